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

static void user_gs(void)
{
    CHECK_EQ(HYPERCALL(set_segment_base, SEGBASE_GS_KERNEL, &words[1]), 0);
    CHECK_EQ(HYPERCALL(set_segment_base, SEGBASE_GS_USER, &words[0]), 0);
    CHECK_EQ(gs_word(), 0x2222);
    CHECK_EQ(HYPERCALL(set_segment_base, SEGBASE_GS_USER_SEL, 0), 0);
    CHECK_EQ(gs_word(), 0x2222);
}

static void refusals(void)
{
    CHECK_EQ(HYPERCALL(set_segment_base, SEGBASE_FS, 0x800000000000), -XEN_EINVAL);
    CHECK_EQ(HYPERCALL(set_segment_base, SEGBASE_GS_KERNEL, 0x800000000000), -XEN_EINVAL);
    CHECK_EQ(HYPERCALL(set_segment_base, 77, 0), -XEN_EINVAL);
}

const struct test tests[] = {
    { "segments.bases", bases },
    { "segments.user_gs", user_gs },
    { "segments.refusals", refusals },
    { NULL, NULL },
};
