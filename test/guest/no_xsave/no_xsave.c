/* SPDX-License-Identifier: GPL-2.0-only */
/* A processor whose firmware hides the leaves of CPUID above 4, but not the bit that says XSAVE is there. */
#include "beside.h"
#include "test.h"

#define LEAF1_XSAVE   (1u << 26)
#define LEAF1_OSXSAVE (1u << 27)

/* The hypervisor does without, and guests aren't shown any. */
static void hidden(void)
{
    uint32_t a = 1, b, c = 0, d;

    asm volatile("ud2; .ascii \"xen\"; cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    CHECK_EQ(c & (LEAF1_XSAVE | LEAF1_OSXSAVE), 0);
}

static uint32_t exchange(uint32_t in)
{
    uint32_t out;

    asm volatile("movd %%xmm7, %0; movd %1, %%xmm7" : "=&r"(out) : "r"(in));
    return out;
}

static void use_other_number(void *found)
{
    *(uint32_t *)found = exchange(0x87654321);
}

/* Each of two virtual CPUs on one processor has its own. */
static void numbers_are_kept(void)
{
    uint32_t found = 1;

    exchange(0x12345678);
    CHECK_EQ(run_beside(use_other_number, &found), 0);
    CHECK(ended_beside());
    CHECK_EQ(found, 0);
    CHECK_EQ(exchange(0), 0x12345678);
}

const struct test tests[] = {
    { "no_xsave.hidden", hidden },
    { "no_xsave.numbers_are_kept", numbers_are_kept },
    { NULL, NULL },
};
