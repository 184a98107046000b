/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A processor that says it has controls of speculation (the emulator lets the registers be written, they do nothing), all of
 * them chosen: a guest has its own, and every way in and out works with the guards on it.
 */
#include "test.h"

#include <public/sched.h>
#include <public/vcpu.h>

#define MSR_SPEC_CTRL  0x48
#define MSR_PRED_CMD   0x49
#define MSR_FLUSH_CMD  0x10b
#define IBRS_IBPB      (1u << 26)
#define STIBP          (1u << 27)
#define L1D_FLUSH      (1u << 28)
#define SSBD           (1u << 31)
#define MD_CLEAR       (1u << 10)

struct msr {
    uint32_t number;
    uint64_t value;
};

static void read_msr(void *argument)
{
    struct msr *m = argument;
    uint32_t low, high;

    asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(m->number));
    m->value = low | (uint64_t)high << 32;
}

static void write_msr(void *argument)
{
    struct msr *m = argument;

    asm volatile("wrmsr" : : "c"(m->number), "a"((uint32_t)m->value), "d"((uint32_t)(m->value >> 32)));
}

static bool writes(uint32_t number, uint64_t value)
{
    struct msr m = { number, value };
    struct fault fault;

    return !probe(&fault, write_msr, &m);
}

/* ~0: it can't be read. */
static uint64_t value_of(uint32_t number)
{
    struct msr m = { number, 0 };
    struct fault fault;

    return probe(&fault, read_msr, &m) ? ~0ull : m.value;
}

static void announced(void)
{
    uint32_t a = 7, b, c = 0, d;

    asm volatile("ud2; .ascii \"xen\"; cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    CHECK_EQ(d & (IBRS_IBPB | STIBP | SSBD | MD_CLEAR), IBRS_IBPB | STIBP | SSBD | MD_CLEAR);
    CHECK_EQ(d & L1D_FLUSH, 0);
}

static void registers(void)
{
    static const uint64_t hostile[] = { 8, 1ull << 31, 1ull << 32, 1ull << 63, ~0ull };

    for (uint64_t value = 0; value < 8; value++) {
        CHECK(writes(MSR_SPEC_CTRL, value));
        CHECK_EQ(value_of(MSR_SPEC_CTRL), value);
    }
    for (unsigned int i = 0; i < ARRAY_SIZE(hostile); i++) {
        CHECK(!writes(MSR_SPEC_CTRL, hostile[i]));
        CHECK(!writes(MSR_PRED_CMD, hostile[i] & ~1ull));
        CHECK_EQ(value_of(MSR_SPEC_CTRL), 7);
    }
    CHECK(writes(MSR_PRED_CMD, 0));
    CHECK(writes(MSR_PRED_CMD, 1));
    CHECK_EQ(value_of(MSR_PRED_CMD), ~0ull);
    CHECK(!writes(MSR_FLUSH_CMD, 1));
}

/* Each virtual CPU has its own, also when two share a CPU. */
static volatile uint64_t other_has[2];
static volatile bool other_done;

static void other(void *unused)
{
    other_has[0] = value_of(MSR_SPEC_CTRL);
    writes(MSR_SPEC_CTRL, 2);
    HYPERCALL(sched_op, SCHEDOP_yield, 0);
    other_has[1] = value_of(MSR_SPEC_CTRL);
    other_done = true;
}

static void of_its_own(void)
{
    CHECK(writes(MSR_SPEC_CTRL, 5));
    CHECK_EQ(start_vcpu(1, other, NULL), 0);
    while (!other_done)
        HYPERCALL(sched_op, SCHEDOP_yield, 0);
    CHECK_EQ(other_has[0], 0);
    CHECK_EQ(other_has[1], 2);
    CHECK_EQ(value_of(MSR_SPEC_CTRL), 5);
}

static void store_nowhere(void *unused)
{
    asm volatile("movb $1, %0" : "=m"(*(char *)HYPERVISOR_ADDRESS));
}

static void breakpoint(void *unused)
{
    asm volatile("int3");
}

/* The registers survive, and so do their upper halves. */
static void ways_in_and_out(void)
{
    uint64_t begin = system_time();
    unsigned long calls = 0;
    struct fault fault;

    while (system_time() - begin < 100000000) {     /* timer interrupts hit in all of it */
        CHECK_EQ(HYPERCALL(sched_op, SCHEDOP_yield, 0), 0);
        CHECK(probe(&fault, breakpoint, NULL));
        CHECK_EQ(fault.frame.vector, 3);
        CHECK(probe(&fault, store_nowhere, NULL));
        CHECK_EQ(fault.frame.vector, 14);
        calls++;
    }
    CHECK(calls > 10);
}

const struct test tests[] = {
    { "speculation.announced", announced },
    { "speculation.registers", registers },
    { "speculation.of_its_own", of_its_own },
    { "speculation.ways_in_and_out", ways_in_and_out },
    { NULL, NULL },
};
