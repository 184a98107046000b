/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The time stamp counter of a guest with tsc_mode="always_emulate": CPUID says so, both instructions that read it
 * work in kernel and user mode, it goes on steadily and agrees with the system time, and none of the hypervisor's
 * own clock is seen.
 */
#include "test.h"

#include <public/arch-x86/cpuid.h>

#define ROUNDS 1000

static void forced_cpuid(uint32_t leaf, uint32_t subleaf, uint32_t out[4])
{
    asm volatile(".byte 0x0f, 0x0b, 0x78, 0x65, 0x6e, 0x0f, 0xa2"
                 : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3]) : "0"(leaf), "2"(subleaf));
}

static void is_announced(void)
{
    uint32_t out[4];

    forced_cpuid(XEN_CPUID_FIRST_LEAF + 3, 0, out);
    CHECK_EQ(out[0] & 1, 1);
    CHECK_EQ(out[1], 1);
    CHECK(out[2] != 0);
    CHECK_EQ(this_vcpu()->time.flags & XEN_PVCLOCK_TSC_STABLE_BIT, 0);
}

static void goes_on(void)
{
    uint64_t before = rdtsc(), begin = before;

    for (int i = 0; i < ROUNDS; i++) {
        uint64_t now = rdtsc();

        CHECK(now >= before);
        before = now;
    }
    CHECK(before > begin);
}

static void rdtscp_too(void)
{
    uint32_t low, high, aux;
    uint64_t before = rdtsc();

    asm volatile("rdtscp" : "=a"(low), "=d"(high), "=c"(aux));
    CHECK((low | (uint64_t)high << 32) >= before);
    CHECK(rdtsc() >= (low | (uint64_t)high << 32));
}

/* A reading, and system times before and after it: however long the processor was elsewhere meanwhile. */
struct reading {
    uint64_t before, tsc, after;
};

static struct reading read_both(void)
{
    struct reading r;

    r.before = system_time();
    r.tsc = rdtsc();
    r.after = system_time();
    return r;
}

/* As many ticks as its rate and the time that has passed make, within 1%. */
static void agrees_with_time(void)
{
    struct reading begin = read_both(), later;
    uint64_t least, most, ticks;
    uint32_t out[4];

    forced_cpuid(XEN_CPUID_FIRST_LEAF + 3, 0, out);
    while (system_time() - begin.after < 50000000)
        ;
    later = read_both();
    ticks = later.tsc - begin.tsc;
    least = (later.before - begin.after) / 1000 * out[2] / 1000;
    most = (later.after - begin.before + 999) / 1000 * out[2] / 1000;
    CHECK(ticks >= least / 100 * 99);
    CHECK(ticks <= most / 100 * 101);
}

const struct test tests[] = {
    { "tsc.is_announced", is_announced },
    { "tsc.goes_on", goes_on },
    { "tsc.rdtscp_too", rdtscp_too },
    { "tsc.agrees_with_time", agrees_with_time },
    { NULL, NULL },
};
