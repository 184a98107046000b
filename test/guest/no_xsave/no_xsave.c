/* SPDX-License-Identifier: GPL-2.0-only */
/* A processor whose firmware hides the leaves of CPUID above 4, but not the bit that says XSAVE is there. */
#include "test.h"

#include <public/sched.h>

#define LEAF1_XSAVE   (1u << 26)
#define LEAF1_OSXSAVE (1u << 27)

/* The hypervisor does without, and guests aren't shown any. */
static void hidden(void)
{
    uint32_t a = 1, b, c = 0, d;

    asm volatile("ud2; .ascii \"xen\"; cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    CHECK_EQ(c & (LEAF1_XSAVE | LEAF1_OSXSAVE), 0);
}

static void numbers_are_kept(void)
{
    uint32_t in = 0x12345678, out = 0;

    asm volatile("movd %0, %%xmm7" : : "r"(in));
    HYPERCALL(sched_op, SCHEDOP_yield, 0);
    asm volatile("movd %%xmm7, %0" : "=r"(out));
    CHECK_EQ(out, in);
}

const struct test tests[] = {
    { "no_xsave.hidden", hidden },
    { "no_xsave.numbers_are_kept", numbers_are_kept },
    { NULL, NULL },
};
