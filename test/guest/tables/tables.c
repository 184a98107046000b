/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A tree of page tables so large that its validation is interrupted by timers and continued: it becomes a
 * tree, or comes apart, completely or not at all.
 */
#include "test.h"

#include <public/errno.h>

#define LEAVES 256
#define ENTRIES 512

static uint64_t level1[LEAVES][ENTRIES] __attribute__((aligned(4096)));
static uint64_t level2[ENTRIES] __attribute__((aligned(4096)));
static uint64_t level3[ENTRIES] __attribute__((aligned(4096)));
static char target[PAGE_SIZE] __attribute__((aligned(4096)));

static long extended(unsigned int command, void *table)
{
    struct mmuext_op op = { .cmd = command, .arg1.mfn = virt_to_mfn(table) };

    return HYPERCALL(mmuext_op, &op, 1, 0, DOMID_SELF);
}

/* Timers go off while the next calls run. */
static void interrupt_after(unsigned int nanoseconds)
{
    HYPERCALL(set_timer_op, WIDE(system_time() + nanoseconds));
}

static long protect(uint64_t flags)
{
    long result = 0;

    for (unsigned int i = 0; i < LEAVES && !result; i++)
        result = remap(level1[i], flags);
    if (!result)
        result = remap(level2, flags);
    return result ? result : remap(level3, flags);
}

static void build(void)
{
    for (unsigned int i = 0; i < LEAVES; i++) {
        for (unsigned int j = 0; j < ENTRIES; j++)
            level1[i][j] = virt_to_mfn(target) << PAGE_SHIFT | (j & 1 ? PTE_DATA : PTE_PRESENT | PTE_USER);
        level2[2 * i] = virt_to_mfn(level1[i]) << PAGE_SHIFT | PTE_TABLE;
    }
    level3[1] = level3[300] = virt_to_mfn(level2) << PAGE_SHIFT | PTE_TABLE;
}

static void pinned_and_unpinned(void)
{
    build();
    CHECK_EQ(protect(PTE_PRESENT | PTE_USER), 0);
    for (unsigned int round = 0; round < 12; round++) {
        interrupt_after(50000 + 130000 * round);
        CHECK_EQ(extended(MMUEXT_PIN_L3_TABLE, level3), 0);
        CHECK_EQ(extended(MMUEXT_PIN_L3_TABLE, level3), -XEN_EINVAL);
        CHECK_EQ(remap(level1[LEAVES - 1], PTE_DATA), -XEN_EBUSY);
        CHECK_EQ(remap(level2, PTE_DATA), -XEN_EBUSY);
        interrupt_after(50000 + 130000 * round);
        CHECK_EQ(extended(MMUEXT_UNPIN_TABLE, level3), 0);
        CHECK_EQ(extended(MMUEXT_UNPIN_TABLE, level3), -XEN_EINVAL);
        CHECK_EQ(remap(level1[0], PTE_DATA), 0);
        CHECK_EQ(remap(level1[0], PTE_PRESENT | PTE_USER), 0);
    }
    CHECK_EQ(protect(PTE_DATA), 0);
}

/* The last entry of all is a bad one: nothing stays referenced, however far it got. */
static void broken_at_the_end(void)
{
    build();
    level1[LEAVES - 1][ENTRIES - 1] = virt_to_mfn(level1[0]) << PAGE_SHIFT | PTE_DATA;
    CHECK_EQ(protect(PTE_PRESENT | PTE_USER), 0);
    for (unsigned int round = 0; round < 8; round++) {
        interrupt_after(50000 + 230000 * round);
        CHECK(extended(MMUEXT_PIN_L3_TABLE, level3) < 0);
    }
    CHECK_EQ(protect(PTE_DATA), 0);
}

#ifdef __x86_64__
/* An entry that brings the tree in, and takes it out again. */
static void hung_in_and_out(void)
{
    static uint64_t top[ENTRIES] __attribute__((aligned(4096)));
    uint64_t slot = (virt_to_mfn(top) << PAGE_SHIFT) + 8 * 7;
    struct mmu_update u = { .ptr = slot, .val = virt_to_mfn(level3) << PAGE_SHIFT | PTE_TABLE };
    uint32_t done;

    build();
    CHECK_EQ(protect(PTE_PRESENT | PTE_USER), 0);
    CHECK_EQ(remap(top, PTE_PRESENT | PTE_USER), 0);
    CHECK_EQ(extended(MMUEXT_PIN_L4_TABLE, top), 0);
    for (unsigned int round = 0; round < 8; round++) {
        u.val = virt_to_mfn(level3) << PAGE_SHIFT | PTE_TABLE;
        interrupt_after(50000 + 330000 * round);
        CHECK_EQ(HYPERCALL(mmu_update, &u, 1, &done, DOMID_SELF), 0);
        CHECK_EQ(done, 1);
        CHECK_EQ(remap(level1[0], PTE_DATA), -XEN_EBUSY);
        u.val = 0;
        interrupt_after(50000 + 330000 * round);
        CHECK_EQ(HYPERCALL(mmu_update, &u, 1, &done, DOMID_SELF), 0);
        CHECK_EQ(done, 1);
        CHECK_EQ(protect(PTE_DATA), 0);
        CHECK_EQ(protect(PTE_PRESENT | PTE_USER), 0);
    }
    CHECK_EQ(extended(MMUEXT_UNPIN_TABLE, top), 0);
    CHECK_EQ(remap(top, PTE_DATA), 0);
    CHECK_EQ(protect(PTE_DATA), 0);
}
#endif

const struct test tests[] = {
    { "tables.pinned_and_unpinned", pinned_and_unpinned },
    { "tables.broken_at_the_end", broken_at_the_end },
#ifdef __x86_64__
    { "tables.hung_in_and_out", hung_in_and_out },
#endif
    { NULL, NULL },
};
