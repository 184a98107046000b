/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page-table entries that are not present, of a domain guarded against L1TF: those that name no memory may say what they
 * like. With write=WAY one that does is written in that way, which must end us: test/system/l1tf.py looks.
 */
#include "test.h"

#include <public/errno.h>

#define BEYOND   ((pte_t)1 << 43)           /* above any memory, below what caches compare */
#define INVERTED (PTE_ADDRESS & ~(pte_t)0xfffff000)
#define ENTRIES  512
#define SLOT     3

static pte_t table[ENTRIES] __attribute__((aligned(4096)));

static long extended(unsigned int command, const void *page)
{
    struct mmuext_op op = { .cmd = command, .arg1.mfn = virt_to_mfn(page) };

    return HYPERCALL(mmuext_op, &op, 1, 0, DOMID_SELF);
}

static long update(uint64_t pointer, pte_t value)
{
    struct mmu_update u = { .ptr = pointer, .val = value };

    return HYPERCALL(mmu_update, &u, 1, 0, DOMID_SELF);
}

static void store(void *value)
{
    *(volatile pte_t *)&table[SLOT] = *(pte_t *)value;
}

/* Write an entry in a table of a level that is pinned, or before it is. */
static long in_table(int level, pte_t value, bool before)
{
    long result;

    memset(table, 0, sizeof(table));
    if (before)
        table[SLOT] = value;
    result = remap(table, PTE_PRESENT | PTE_USER);
    if (!result)
        result = extended(MMUEXT_PIN_L1_TABLE + level - 1, table);
    if (!result && !before)
        result = update((virt_to_mfn(table) << PAGE_SHIFT) + 8 * SLOT, value);
    extended(MMUEXT_UNPIN_TABLE, table);
    remap(table, PTE_DATA);
    return result;
}

static long by_store(pte_t value)
{
    struct fault fault;
    long result;

    memset(table, 0, sizeof(table));
    result = remap(table, PTE_PRESENT | PTE_USER);
    if (!result)
        result = extended(MMUEXT_PIN_L1_TABLE, table);
    if (!result)
        result = probe(&fault, store, &value);
    extended(MMUEXT_UNPIN_TABLE, table);
    remap(table, PTE_DATA);
    return result;
}

static void harmless(void)
{
    static const pte_t values[] = { 0, 2, BEYOND, BEYOND | 0x67e, INVERTED, INVERTED | PTE_NX | 0x100, PTE_NX };
    char *page = page_alloc();

    for (unsigned int i = 0; i < ARRAY_SIZE(values); i++) {
        CHECK_EQ(HYPERCALL(update_va_mapping, page, WIDE(values[i]), UVMF_INVLPG), 0);
        CHECK_EQ(update(pte_machine(page), values[i]), 0);
        CHECK_EQ(read_pte(page), values[i]);
        CHECK_EQ(by_store(values[i]), 0);
        for (int level = 1; level <= TOP_LEVEL; level++) {
            CHECK_EQ(in_table(level, values[i], true), 0);
            CHECK_EQ(in_table(level, values[i], false), 0);
        }
    }
    CHECK_EQ(remap(page, PTE_DATA), 0);
}

/* What is not a page table may hold anything. */
static void data(void)
{
    uint64_t *page = page_alloc();

    CHECK_EQ(update(virt_to_mfn(page) << PAGE_SHIFT, 0x12345000), 0);
    CHECK_EQ(*(volatile uint64_t *)page, 0x12345000);
}

static void vulnerable(void)
{
    char *page = page_alloc();
    pte_t value = virt_to_mfn(page) << PAGE_SHIFT | PTE_WRITE;
    long result = 0;

    if (!option_given("write"))
        return;
    if (option_is("write", "update_va_mapping"))
        result = HYPERCALL(update_va_mapping, page, WIDE(value), UVMF_INVLPG);
    else if (option_is("write", "mmu_update"))
        result = update(pte_machine(page), value);
    else if (option_is("write", "store"))
        result = by_store(value);
    else if (option_is("write", "pin"))
        result = in_table(option("level", 1), value, true);
    else if (option_is("write", "upper"))
        result = in_table(option("level", 2), value, false);
    fail("still there: %ld", result);
}

const struct test tests[] = {
    { "l1tf.harmless", harmless },
    { "l1tf.data", data },
    { "l1tf.vulnerable", vulnerable },
    { NULL, NULL },
};
