/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A page is a page table or writable, never both: each way to get a writable mapping of a page table, or to make a
 * table of a page that is mapped writable, one test a way. Superpages are in guest/superpage, linear page tables in
 * guest/linear.
 */
#include "confusion.h"

pte_t table[ENTRIES] __attribute__((aligned(4096)));
pte_t other[ENTRIES] __attribute__((aligned(4096)));
static char page[PAGE_SIZE] __attribute__((aligned(4096)));
volatile pte_t *window = (volatile pte_t *)page;

static const unsigned int commands[] = { MMU_NORMAL_PT_UPDATE, MMU_PT_UPDATE_PRESERVE_AD, MMU_PT_UPDATE_NO_TRANSLATE };

static long extended(unsigned int command, const void *at)
{
    struct mmuext_op op = { .cmd = command, .arg1.mfn = virt_to_mfn(at) };

    return HYPERCALL(mmuext_op, &op, 1, 0, DOMID_SELF);
}

long pin(const void *at, int level)
{
    return extended(MMUEXT_PIN_L1_TABLE + level - 1, at);
}

long unpin(const void *at)
{
    return extended(MMUEXT_UNPIN_TABLE, at);
}

long show(uint64_t mfn, pte_t flags, domid_t domain)
{
    return HYPERCALL(update_va_mapping_otherdomain, window, WIDE(mfn << PAGE_SHIFT | flags), UVMF_INVLPG, domain);
}

bool made_table(int level)
{
    memset(table, 0, sizeof(table));
    return !remap(table, READ_ONLY) && !pin(table, level);
}

bool made_page(void)
{
    return !unpin(table) && !remap(table, PTE_DATA) && !remap(page, PTE_DATA);
}

static long update(unsigned int command, uint64_t pointer, pte_t value)
{
    struct mmu_update u = { .ptr = pointer | command, .val = value };

    return HYPERCALL(mmu_update, &u, 1, 0, DOMID_SELF);
}

/* Entries that map it: new ones, and those that map it for reading and would lose no more than that. */
static void by_entry(void)
{
    uint64_t mfn = virt_to_mfn(table);
    pte_t writable = mfn << PAGE_SHIFT | PTE_DATA, readable = mfn << PAGE_SHIFT | READ_ONLY;

    for (int level = 1; level <= TOP_LEVEL; level++) {
        CHECK(made_table(level));
        CHECK_EQ(show(mfn, PTE_DATA, DOMID_SELF), -XEN_EBUSY);
        for (unsigned int i = 0; i < ARRAY_SIZE(commands); i++) {
            CHECK_EQ(update(commands[i], pte_machine(page), writable), -XEN_EBUSY);
            CHECK_EQ(update(commands[i], pte_machine(page), readable), 0);
            CHECK_EQ(update(commands[i], pte_machine(page), writable), -XEN_EBUSY);
            CHECK_EQ(update(commands[i], pte_machine(page), writable & ~(pte_t)0x40), -XEN_EBUSY);
            CHECK_EQ(read_pte(page) & (PTE_ADDRESS | PTE_WRITE), readable & PTE_ADDRESS);
            CHECK_EQ(remap(page, PTE_DATA), 0);
        }
        CHECK(made_page());
        CHECK_EQ(show(mfn, PTE_DATA, DOMID_SELF), 0);
        CHECK_EQ(remap(table, READ_ONLY), 0);
        CHECK_EQ(pin(table, level), -XEN_EINVAL);
        CHECK_EQ(show(mfn, READ_ONLY, DOMID_SELF), 0);
        CHECK_EQ(pin(table, level), 0);
        CHECK(made_page());
    }
}

/* A table that maps it, when that becomes one. */
static void by_validation(void)
{
    other[3] = virt_to_mfn(table) << PAGE_SHIFT | PTE_DATA;
    CHECK_EQ(remap(other, READ_ONLY), 0);
    for (int level = 1; level <= TOP_LEVEL; level++) {
        CHECK(made_table(level));
        CHECK(pin(other, 1) < 0);
        CHECK_EQ(unpin(table), 0);
        CHECK_EQ(pin(other, 1), 0);
        CHECK_EQ(pin(table, level), -XEN_EINVAL);
        CHECK_EQ(unpin(other), 0);
        CHECK_EQ(pin(table, level), 0);
        CHECK(made_page());
    }
    CHECK_EQ(remap(other, PTE_DATA), 0);
    memset(other, 0, sizeof(other));
}

static void store(void *value)
{
    *(volatile pte_t *)&other[5] = *(pte_t *)value;
}

/* A plain store into a table of level 1, of the whole entry and of what makes it writable. */
static void by_store(void)
{
    pte_t writable = virt_to_mfn(table) << PAGE_SHIFT | PTE_DATA, readable = writable & ~PTE_WRITE;
    struct fault fault;

    CHECK_EQ(remap(other, READ_ONLY), 0);
    CHECK_EQ(pin(other, 1), 0);
    CHECK(made_table(1));
    CHECK(probe(&fault, store, &writable));
    CHECK_EQ(fault.frame.error, 3);
    CHECK_EQ(other[5], 0);
    CHECK(!probe(&fault, store, &readable));
    CHECK(probe(&fault, store, &writable));
    CHECK_EQ(other[5] & (PTE_ADDRESS | PTE_PRESENT | PTE_WRITE), (readable & PTE_ADDRESS) | PTE_PRESENT);
    CHECK(made_page());
    CHECK(!probe(&fault, store, &writable));
    CHECK_EQ(remap(table, READ_ONLY), 0);
    CHECK_EQ(pin(table, 1), -XEN_EINVAL);
    CHECK_EQ(unpin(other), 0);
    CHECK_EQ(remap(other, PTE_DATA), 0);
    CHECK_EQ(remap(table, PTE_DATA), 0);
    memset(other, 0, sizeof(other));
}

const struct test tests[] = {
    { "confusion.by_entry", by_entry },
    { "confusion.by_validation", by_validation },
    { "confusion.by_store", by_store },
    { "confusion.by_grant", by_grant },
    { "confusion.by_hypervisor", by_hypervisor },
    { "confusion.of_child", of_child },
    { "confusion.in_childs_tables", in_childs_tables },
    { "confusion.racing_entry", racing_entry },
    { "confusion.racing_grant", racing_grant },
    { "confusion.racing_validation", racing_validation },
    { NULL, NULL },
};
