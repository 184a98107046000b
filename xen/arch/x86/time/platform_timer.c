/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters of a known rate: HPET, ACPI PM timer, PIT. The best that is there, or clocksource=hpet|acpi|pit.
 */
#include <xen/acpi.h>
#include <xen/lib.h>
#include <xen/param.h>
#include <asm/io.h>
#include <asm/page.h>
#include <asm/time.h>

#define HPET_CAPS    0x000
#define HPET_CONFIG  0x010
#define HPET_COUNTER 0x0f0
#define HPET_ENABLE  1
#define HPET_LEGACY  2
#define FEMTO        1000000000000000ULL
#define HPET_MAX_PERIOD 100000000u         /* femtoseconds, by its specification */

#define PM_TIMER_HZ  3579545
#define PIT_HZ       1193182
#define PIT_CHANNEL2 0x42
#define PIT_MODE     0x43
#define PIT_CH2_MODE0 0xb0                  /* both bytes, interrupt on terminal count */
#define PIT_LATCH_CH2 0x80
#define PORT_B       0x61
#define PORT_B_GATE2 1
#define PORT_B_SPEAKER 2

static struct platform_timer *timer;
static uint64_t ticks, last_count, ns_mult;

/* ---- HPET ---- */

static init_text bool hpet_init(struct platform_timer *t)
{
    uint32_t period;

    if (!acpi.hpet_base)
        return false;
    set_fixmap(FIX_HPET, acpi.hpet_base & PAGE_MASK, PAGE_HYPERVISOR_UC);
    period = readl((char *)fix_to_virt(FIX_HPET) + HPET_CAPS + 4);
    if (period == 0 || period > HPET_MAX_PERIOD)
        return false;
    writel((readl((char *)fix_to_virt(FIX_HPET) + HPET_CONFIG) & ~HPET_LEGACY) | HPET_ENABLE,
           (char *)fix_to_virt(FIX_HPET) + HPET_CONFIG);
    t->hz = FEMTO / period;
    return true;
}

static uint64_t hpet_read(void)
{
    return readl((const char *)fix_to_virt(FIX_HPET) + HPET_COUNTER);
}

/* ---- PM timer ---- */

static init_text bool pm_init(struct platform_timer *t)
{
    if (!acpi.pm_timer_port)
        return false;
    if (acpi.pm_timer_32bit)
        t->mask = ~0u;
    return true;
}

static uint64_t pm_read(void)
{
    return inl(acpi.pm_timer_port);
}

/* ---- PIT, channel 2: counts down from 65535 and wraps; only good for calibration ---- */

static init_text bool pit_init(struct platform_timer *t)
{
    outb((inb(PORT_B) & ~PORT_B_SPEAKER) | PORT_B_GATE2, PORT_B);
    outb(PIT_CH2_MODE0, PIT_MODE);
    outb(0xff, PIT_CHANNEL2);
    outb(0xff, PIT_CHANNEL2);
    return true;
}

static uint64_t pit_read(void)
{
    uint16_t v;

    outb(PIT_LATCH_CH2, PIT_MODE);
    v = inb(PIT_CHANNEL2);
    v |= inb(PIT_CHANNEL2) << 8;
    return 0xffff - v;
}

static struct platform_timer timers[] = {
    { "HPET", "hpet", 0, ~0u, hpet_init, hpet_read },
    { "ACPI PM timer", "acpi", PM_TIMER_HZ, 0xffffff, pm_init, pm_read },
    { "PIT", "pit", PIT_HZ, 0xffff, pit_init, pit_read },
};

static init_data struct platform_timer *opt_clocksource;

static init_text int parse_clocksource(const char *s)
{
    for (unsigned i = 0; i < ARRAY_SIZE(timers); i++)
        if (strcmp(s, timers[i].option) == 0) {
            opt_clocksource = &timers[i];
            return 0;
        }
    return -EINVAL;
}
custom_param("clocksource", parse_clocksource);

/* A counter that the firmware tells of but that stands still would be waited for without end. */
static init_text bool works(struct platform_timer *t)
{
    uint64_t first;

    if (!t->init(t))
        return false;
    first = t->read();
    for (unsigned i = 0; i < 10000; i++)
        if (t->read() != first)
            return true;
    printk(LOG_WARN "The %s doesn't count\n", t->name);
    return false;
}

static init_text struct platform_timer *choose(void)
{
    struct platform_timer *t;

    if (opt_clocksource && works(opt_clocksource))
        return opt_clocksource;
    for (t = timers; t < &timers[ARRAY_SIZE(timers)]; t++)
        if (works(t))
            return t;
    panic("there is no timer that counts");
}

init_text void platform_timer_init(void)
{
    timer = choose();
    ns_mult = (1000000000ULL << 32) / timer->hz;
    last_count = timer->read() & timer->mask;
}

const char *platform_timer_name(void) { return timer->name; }
uint64_t platform_timer_hz(void) { return timer->hz; }
bool platform_timer_lasts(void) { return timer->mask / timer->hz >= 4; }

uint64_t platform_ticks(void)
{
    uint64_t count = timer->read() & timer->mask;

    ticks += (count - last_count) & timer->mask;
    last_count = count;
    return ticks;
}

s_time_t platform_time(void)
{
    return scale_mult(platform_ticks(), ns_mult);
}
