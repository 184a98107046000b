/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside arch/x86/time, and for the emulation of a guest's RDTSC. */
#ifndef ASM_TIME_H
#define ASM_TIME_H

#include <xen/time.h>

/*
 * System time from a TSC value: stime + (((tsc - this.tsc) << shift) * mul >> 32). It is the ABI's formula, to the bit:
 * a scale may hold for years, and with any other rounding guests would see their timers go off later and later. drop and
 * mult say the same without a question: ((tsc - this.tsc) >> drop) * mult >> 32.
 */
struct time_scale {
    uint64_t tsc;
    s_time_t stime;
    uint64_t mult;
    uint32_t mul;
    int8_t shift;
    uint8_t drop;
};

extern bool tsc_stable;                     /* one scale for all CPUs and for good */
const struct time_scale *this_time_scale(void);
void time_scale_set_rate(struct time_scale *s, uint64_t ticks_per_second);

/* (v * mult) >> 32 without overflow */
static always_inline uint64_t scale_mult(uint64_t v, uint64_t mult)
{
    return ((unsigned __int128)v * mult) >> 32;
}

/* ns in so many ticks of the TSC */
static always_inline uint64_t scale_ticks(const struct time_scale *s, uint64_t ticks)
{
    return scale_mult(ticks >> s->drop, s->mult);
}

/* a * b / c; the result must fit. */
static always_inline uint64_t mul_div(uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t hi, lo;

    __asm__ ("mulq %3; divq %4" : "=&a" (lo), "=&d" (hi) : "0" (a), "rm" (b), "rm" (c) : "cc");
    return lo;
}

/*
 * The counter everything else is measured with, in nanoseconds since platform_timer_init(). platform_timer.c
 */
struct platform_timer {
    const char *name, *option;
    uint64_t hz;
    uint64_t mask;                          /* of the counter's width */
    bool (*init)(struct platform_timer *t);
    uint64_t (*read)(void);
};
void platform_timer_init(void);
const char *platform_timer_name(void);
uint64_t platform_timer_hz(void);
bool platform_timer_lasts(void);            /* wraps rarely enough to be read once a second */
uint64_t platform_ticks(void);              /* never wraps if read often enough; one CPU at a time */
s_time_t platform_time(void);

/* apic_timer.c: its rate is found in the same window as the TSC's */
void apic_timer_begin(void);
void apic_timer_end(uint64_t window_ns);
void apic_timer_init_cpu(void);
uint64_t ns_to_tsc(s_time_t ns);

/* cmos.c: seconds since 1970, 0 if there is no clock */
uint64_t cmos_time(void);
void wallclock_init(void);

/* What a domain reads from the TSC now. */
struct domain;
uint64_t guest_tsc(const struct domain *d);
/*
 * How it does, as XEN_DOMCTL_settscinfo says: mode TSC_MODE_*, the rate it has been told (0: none), and the ns of
 * time it has behind it. It doesn't run.
 */
enum { TSC_MODE_DEFAULT, TSC_MODE_ALWAYS_EMULATE, TSC_MODE_NATIVE };
void set_domain_tsc(struct domain *d, unsigned mode, uint32_t khz, uint64_t elapsed_ns);

/* A new CPU and the boot CPU compare their TSCs: both call it at the same time. */
void tsc_sync_check(bool boot_cpu_side);

#endif
