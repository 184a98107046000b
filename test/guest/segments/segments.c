/* SPDX-License-Identifier: GPL-2.0-only */
/* Segment bases: set_segment_base, and what survives entry to and exit from the hypervisor. */
#include "test.h"

#include <public/errno.h>

static uint64_t words[2] = { 0x1111, 0x2222 };

static uint64_t fs_word(void)
{
    uint64_t value;

    asm volatile("mov %%fs:0, %0" : "=r"(value));
    return value;
}

static uint64_t gs_word(void)
{
    uint64_t value;

    asm volatile("mov %%gs:0, %0" : "=r"(value));
    return value;
}

static void bases(void)
{
    CHECK_EQ(HYPERCALL(set_segment_base, SEGBASE_FS, &words[0]), 0);
    CHECK_EQ(HYPERCALL(set_segment_base, SEGBASE_GS_KERNEL, &words[1]), 0);
    CHECK_EQ(fs_word(), 0x1111);
    CHECK_EQ(gs_word(), 0x2222);
    HYPERCALL(sched_op, 0 /* yield */, 0);
    CHECK_EQ(fs_word(), 0x1111);
    CHECK_EQ(gs_word(), 0x2222);
    CHECK_EQ(HYPERCALL(set_segment_base, SEGBASE_FS, 0), 0);
    CHECK_EQ(HYPERCALL(set_segment_base, SEGBASE_GS_KERNEL, 0), 0);
}

/* What GS will have in user mode, which the kernel reads as a model-specific register. */
static uint64_t user_base(void)
{
    uint32_t low, high;

    asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(0xc0000102));
    return low | (uint64_t)high << 32;
}

static void user_gs(void)
{
    CHECK_EQ(HYPERCALL(set_segment_base, SEGBASE_GS_KERNEL, &words[1]), 0);
    CHECK_EQ(HYPERCALL(set_segment_base, SEGBASE_GS_USER, &words[0]), 0);
    CHECK_EQ(gs_word(), 0x2222);
    CHECK_EQ(user_base(), &words[0]);
    CHECK_EQ(HYPERCALL(set_segment_base, SEGBASE_GS_USER_SEL, FLAT_USER_DS64), 0);
    CHECK_EQ(user_base(), 0);
    CHECK_EQ(gs_word(), 0x2222);
}

/* A selector that can't be loaded is the null selector: beyond the tables, the hypervisor's, a system segment. */
static void bad_selectors(void)
{
    static const unsigned long selectors[] = { 0xfffb, 0xe008, 0xe013, 0xe040, 7, ~0ul };

    CHECK_EQ(HYPERCALL(set_segment_base, SEGBASE_GS_KERNEL, &words[1]), 0);
    for (unsigned int i = 0; i < ARRAY_SIZE(selectors); i++) {
        CHECK_EQ(HYPERCALL(set_segment_base, SEGBASE_GS_USER, &words[0]), 0);
        CHECK_EQ(HYPERCALL(set_segment_base, SEGBASE_GS_USER_SEL, selectors[i]), 0);
        CHECK_EQ(user_base(), 0);
        CHECK_EQ(gs_word(), 0x2222);
    }
    CHECK_EQ(HYPERCALL(set_segment_base, SEGBASE_GS_KERNEL, 0), 0);
}

static void refusals(void)
{
    static const unsigned long bad[] = { 1ul << 47, 1ul << 63, 0xffff7fffffffffff };

    for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
        CHECK_EQ(HYPERCALL(set_segment_base, SEGBASE_FS, bad[i]), -XEN_EINVAL);
        CHECK_EQ(HYPERCALL(set_segment_base, SEGBASE_GS_USER, bad[i]), -XEN_EINVAL);
        CHECK_EQ(HYPERCALL(set_segment_base, SEGBASE_GS_KERNEL, bad[i]), -XEN_EINVAL);
    }
    CHECK_EQ(HYPERCALL(set_segment_base, 77, 0), -XEN_EINVAL);
}

const struct test tests[] = {
    { "segments.bases", bases },
    { "segments.user_gs", user_gs },
    { "segments.bad_selectors", bad_selectors },
    { "segments.refusals", refusals },
    { NULL, NULL },
};
