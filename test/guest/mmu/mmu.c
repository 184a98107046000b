/* SPDX-License-Identifier: GPL-2.0-only */
/* Page tables: mmu_update, update_va_mapping, pinning, and the attempts that must be refused. */
#include "test.h"

#include <public/errno.h>
#include <public/memory.h>

static long update(uint64_t pointer, uint64_t value)
{
    struct mmu_update u = { .ptr = pointer, .val = value };

    return HYPERCALL(mmu_update, &u, 1, 0, DOMID_SELF);
}

static long extended(unsigned int command, uint64_t argument)
{
    struct mmuext_op op = { .cmd = command, .arg1.mfn = argument };

    return HYPERCALL(mmuext_op, &op, 1, 0, DOMID_SELF);
}

static void read_word(void *address)
{
    (void)*(volatile uint64_t *)address;
}

static void update_va_mapping(void)
{
    char *a = page_alloc(), *b = page_alloc();
    struct fault fault;

    *a = 1;
    *b = 2;
    CHECK_EQ(HYPERCALL(update_va_mapping, a, WIDE(virt_to_mfn(b) << PAGE_SHIFT | PTE_DATA), UVMF_INVLPG), 0);
    CHECK_EQ(*(volatile char *)a, 2);
    CHECK_EQ(remap(a, 0), 0);
    CHECK(probe(&fault, read_word, a));
    CHECK_EQ(remap(a, PTE_DATA), 0);
    CHECK_EQ(*(volatile char *)a, 1);
    CHECK_EQ(HYPERCALL(update_va_mapping, HYPERVISOR_ADDRESS, WIDE(0), 0), -XEN_EINVAL);
    CHECK_EQ(HYPERCALL(update_va_mapping, HYPERVISOR_VIRT_START, WIDE(0), 0), -XEN_EINVAL);
}

static void mmu_update(void)
{
    char *a = page_alloc(), *b = page_alloc();
    uint32_t done = 0;
    struct mmu_update two[2] = {
        { .ptr = pte_machine(a), .val = virt_to_mfn(b) << PAGE_SHIFT | PTE_DATA },
        { .ptr = pte_machine(b), .val = virt_to_mfn(a) << PAGE_SHIFT | PTE_DATA },
    };

    *a = 3;
    *b = 4;
    CHECK_EQ(HYPERCALL(mmu_update, two, 2, &done, DOMID_SELF), 0);
    CHECK_EQ(done, 2);
    CHECK_EQ(extended(MMUEXT_TLB_FLUSH_LOCAL, 0), 0);
    CHECK_EQ(*(volatile char *)a, 4);
    CHECK_EQ(*(volatile char *)b, 3);
    CHECK_EQ(remap(a, PTE_DATA), 0);
    CHECK_EQ(remap(b, PTE_DATA), 0);
}

/* A batch stops at its first bad entry and says how many were done. */
static void batch_stops(void)
{
    char *a = page_alloc();
    uint32_t done = 77;
    struct mmu_update three[3] = {
        { .ptr = pte_machine(a), .val = virt_to_mfn(a) << PAGE_SHIFT | PTE_DATA },
        { .ptr = 1ull << 50, .val = 0 },
        { .ptr = pte_machine(a), .val = 0 },
    };

    CHECK_EQ(HYPERCALL(mmu_update, three, 3, &done, DOMID_SELF), -XEN_EINVAL);
    CHECK_EQ(done, 1);
    CHECK(read_pte(a) & PTE_PRESENT);
}

/* Accessed and dirty bits that the processor set are kept by MMU_PT_UPDATE_PRESERVE_AD. */
static void preserve_accessed_dirty(void)
{
    char *a = page_alloc();
    uint64_t entry = virt_to_mfn(a) << PAGE_SHIFT | PTE_PRESENT | PTE_WRITE | PTE_USER;

    CHECK_EQ(update(pte_machine(a), entry), 0);
    CHECK_EQ(extended(MMUEXT_INVLPG_LOCAL, (unsigned long)a), 0);
    *(volatile char *)a = 1;
    CHECK_EQ(read_pte(a) & 0x60, 0x60);
    CHECK_EQ(update(pte_machine(a) | MMU_PT_UPDATE_PRESERVE_AD, entry), 0);
    CHECK_EQ(read_pte(a) & 0x60, 0x60);
    CHECK_EQ(update(pte_machine(a), entry), 0);
    CHECK_EQ(read_pte(a) & 0x60, 0);
}

/* Frame numbers are machine ones anyway: MMU_PT_UPDATE_NO_TRANSLATE does what MMU_NORMAL_PT_UPDATE does. */
static void not_translated(void)
{
    char *a = page_alloc(), *b = page_alloc();

    *b = 7;
    CHECK_EQ(update(pte_machine(a) | MMU_PT_UPDATE_NO_TRANSLATE, virt_to_mfn(b) << PAGE_SHIFT | PTE_DATA), 0);
    CHECK_EQ(extended(MMUEXT_INVLPG_LOCAL, (unsigned long)a), 0);
    CHECK_EQ(*(volatile char *)a, 7);
    CHECK_EQ(update(pte_machine(a) | MMU_PT_UPDATE_NO_TRANSLATE, virt_to_mfn(a) << PAGE_SHIFT | PTE_PRESENT), 0);
    CHECK_EQ(read_pte(a) & 0x60, 0);
    CHECK_EQ(remap(a, PTE_DATA), 0);
}

static void machphys_update(void)
{
    char *a = page_alloc();
    uint64_t mfn = virt_to_mfn(a), pfn = ((unsigned long)a - VIRT_BASE) >> PAGE_SHIFT;
    const volatile unsigned long *reverse = (const unsigned long *)MACH2PHYS_VIRT_START;

    CHECK_EQ(update(mfn << PAGE_SHIFT | MMU_MACHPHYS_UPDATE, 0x1234567), 0);
    CHECK_EQ(reverse[mfn], 0x1234567);
    CHECK_EQ(update(mfn << PAGE_SHIFT | MMU_MACHPHYS_UPDATE, pfn), 0);
    CHECK_EQ(reverse[mfn], pfn);
    CHECK_EQ(update(1ull << 51 | MMU_MACHPHYS_UPDATE, pfn), -XEN_EINVAL);
}

/* A page with a writable mapping can't become a level 1 table; a table can't be mapped writable. */
static void pin_level_1(void)
{
    uint64_t *table = page_alloc();
    uint64_t mfn = virt_to_mfn(table);

    CHECK_EQ(extended(MMUEXT_PIN_L1_TABLE, mfn), -XEN_EINVAL);
    CHECK_EQ(remap(table, PTE_PRESENT | PTE_USER), 0);
    CHECK_EQ(extended(MMUEXT_PIN_L1_TABLE, mfn), 0);
    CHECK_EQ(extended(MMUEXT_PIN_L1_TABLE, mfn), -XEN_EINVAL);
    CHECK_EQ(remap(table, PTE_DATA), -XEN_EBUSY);
    CHECK_EQ(extended(MMUEXT_UNPIN_TABLE, mfn), 0);
    CHECK_EQ(extended(MMUEXT_UNPIN_TABLE, mfn), -XEN_EINVAL);
    CHECK_EQ(remap(table, PTE_DATA), 0);
    *(volatile uint64_t *)table = 0;
}

struct store {
    uint64_t *to, value;
};

static void store_word(void *argument)
{
    struct store *s = argument;

    *(volatile uint64_t *)s->to = s->value;
}

/* A plain store into a level 1 table is checked and carried out like an update; a bad one is a page fault. */
static void written_by_emulation(void)
{
    uint64_t *table = page_alloc();
    char *page = page_alloc();
    uint64_t mfn = virt_to_mfn(table), good = virt_to_mfn(page) << PAGE_SHIFT | PTE_DATA;
    struct store allowed = { table + 7, good }, own = { table + 8, mfn << PAGE_SHIFT | PTE_DATA };
    struct fault fault;

    CHECK_EQ(remap(table, PTE_PRESENT | PTE_USER), 0);
    CHECK_EQ(extended(MMUEXT_PIN_L1_TABLE, mfn), 0);
    CHECK(!probe(&fault, store_word, &allowed));
    CHECK_EQ(table[7] & ~PTE_GLOBAL, good);
    CHECK(probe(&fault, store_word, &own));
    CHECK_EQ(fault.frame.vector, 14);
    CHECK_EQ(fault.frame.error, 3);
    CHECK_EQ(fault.address, table + 8);
    CHECK_EQ(table[8], 0);
    CHECK_EQ(extended(MMUEXT_UNPIN_TABLE, mfn), 0);
    CHECK_EQ(remap(table, PTE_DATA), 0);
}

/* A table that maps itself writable is refused. */
static void pin_self(void)
{
    uint64_t *table = page_alloc();
    uint64_t mfn = virt_to_mfn(table);

    table[5] = mfn << PAGE_SHIFT | PTE_DATA;
    CHECK_EQ(remap(table, PTE_PRESENT | PTE_USER), 0);
    CHECK(extended(MMUEXT_PIN_L1_TABLE, mfn) < 0);
    CHECK_EQ(remap(table, PTE_DATA), 0);
}

/* The hypervisor's own frames can't be mapped, not even for reading and not even by domain 0. */
static void hypervisor_frames(void)
{
    char *page = page_alloc();
    const unsigned long *reverse = (const unsigned long *)MACH2PHYS_VIRT_START;
    long last = HYPERCALL(memory_op, XENMEM_maximum_ram_page, 0);
    unsigned long refused = 0;

    CHECK(last > 256);
    for (long mfn = 256; mfn <= last; mfn++) {
        if (reverse[mfn] < start_info->nr_pages)
            continue;
        if (HYPERCALL(update_va_mapping, page, WIDE((pte_t)mfn << PAGE_SHIFT | PTE_PRESENT | PTE_USER), UVMF_INVLPG))
            refused++;
    }
    CHECK_EQ(remap(page, PTE_DATA), 0);
    if (refused < 200)
        fail("only %lu frames can't be mapped", refused);
}

/* The tables in use can't become writable, whatever way is tried. */
static void live_tables(void)
{
    char *page = page_alloc();

    for (int level = 1; level <= TOP_LEVEL; level++) {
        uint64_t table = virt_to_mfn(entry_of(page, level)) << PAGE_SHIFT;

        CHECK_EQ(HYPERCALL(update_va_mapping, page, WIDE(table | PTE_DATA), UVMF_INVLPG), -XEN_EBUSY);
        CHECK_EQ(update(pte_machine(page), table | PTE_DATA), -XEN_EBUSY);
        CHECK_EQ(HYPERCALL(update_va_mapping, page, WIDE(table | PTE_PRESENT | PTE_USER), UVMF_INVLPG), 0);
        CHECK_EQ(remap(page, PTE_DATA), 0);
    }
}

/* Entries of each level name a table of the level below, with no bits that matter to the hypervisor. */
static void wrong_levels(void)
{
    char *page = page_alloc();
    uint64_t l1 = virt_to_mfn(entry_of(page, 1)) << PAGE_SHIFT, mfn = virt_to_mfn(page) << PAGE_SHIFT;

    for (int level = 2; level <= TOP_LEVEL; level++) {
        pte_t *entry = entry_of(page, level);
        uint64_t at = virt_to_mfn(entry) << PAGE_SHIFT | ((unsigned long)entry & (PAGE_SIZE - 1));
        pte_t before = *entry;

        CHECK(update(at, mfn | PTE_TABLE) < 0);
        if (level > 2)
            CHECK(update(at, l1 | PTE_TABLE) < 0);
        CHECK(update(at, (before & PTE_ADDRESS) | PTE_TABLE | PTE_PSE) < 0);
        CHECK_EQ(*entry & PTE_ADDRESS, before & PTE_ADDRESS);
    }
}

/* The hypervisor's slots of a level 4 table are neither readable as ours nor ours to change. */
static void hypervisor_slots(void)
{
    uint64_t root = virt_to_mfn((void *)start_info->pt_base) << PAGE_SHIFT;

    for (unsigned int slot = 256; slot < 272; slot++)
        CHECK_EQ(update(root + slot * 8, 0), -XEN_EINVAL);
}

/* A new address space, switched to and back. */
static void new_baseptr(void)
{
    uint64_t *root = page_alloc();
    uint64_t old = virt_to_mfn((void *)start_info->pt_base), mfn = virt_to_mfn(root);
    unsigned long cr3;

    for (unsigned int slot = 0; slot < 512; slot++)
        if (slot < 256 || slot >= 272)
            root[slot] = ((uint64_t *)start_info->pt_base)[slot];
    CHECK_EQ(extended(PIN_TOP, mfn), -XEN_EINVAL);
    CHECK_EQ(remap(root, PTE_PRESENT | PTE_USER), 0);
    CHECK_EQ(extended(PIN_TOP, mfn), 0);
    CHECK_EQ(extended(MMUEXT_NEW_BASEPTR, mfn), 0);
    asm volatile("mov %%cr3, %0" : "=r"(cr3));
    CHECK_EQ(xen_cr3_to_pfn(cr3), mfn);
    CHECK_EQ(extended(MMUEXT_UNPIN_TABLE, mfn), 0);         /* in use, so it stays a table */
    CHECK_EQ(remap(root, PTE_DATA), -XEN_EBUSY);
    CHECK_EQ(extended(MMUEXT_NEW_BASEPTR, old), 0);
    CHECK_EQ(remap(root, PTE_DATA), 0);
    CHECK_EQ(extended(MMUEXT_NEW_BASEPTR, mfn), -XEN_EINVAL);
    asm volatile("mov %%cr3, %0" : "=r"(cr3));
    CHECK_EQ(xen_cr3_to_pfn(cr3), old);
}

/* A 64-bit kernel's second set of page tables, for user mode: held while it is that, until there is none. */
static void new_user_baseptr(void)
{
    uint64_t *root = page_alloc();
    uint64_t mfn = virt_to_mfn(root);

    if (TOP_LEVEL != 4) {
        CHECK_EQ(extended(MMUEXT_NEW_USER_BASEPTR, mfn), -XEN_EINVAL);
        return;
    }
    CHECK_EQ(extended(MMUEXT_NEW_USER_BASEPTR, mfn), -XEN_EINVAL);          /* mapped writable */
    CHECK_EQ(extended(MMUEXT_NEW_USER_BASEPTR, 1ul << 30), -XEN_EINVAL);
    CHECK_EQ(extended(MMUEXT_NEW_USER_BASEPTR, virt_to_mfn(entry_of(root, 1))), -XEN_EINVAL);
    CHECK_EQ(remap(root, PTE_PRESENT | PTE_USER), 0);
    CHECK_EQ(extended(PIN_TOP, mfn), 0);
    CHECK_EQ(extended(MMUEXT_NEW_USER_BASEPTR, mfn), 0);
    CHECK_EQ(extended(MMUEXT_UNPIN_TABLE, mfn), 0);
    CHECK_EQ(remap(root, PTE_DATA), -XEN_EBUSY);
    CHECK_EQ(extended(MMUEXT_NEW_USER_BASEPTR, mfn), 0);
    CHECK_EQ(extended(MMUEXT_NEW_USER_BASEPTR, 0), 0);
    CHECK_EQ(remap(root, PTE_DATA), 0);
}

static void clear_and_copy(void)
{
    char *a = page_alloc(), *b = page_alloc();
    struct mmuext_op op = {
        .cmd = MMUEXT_COPY_PAGE, .arg1.mfn = virt_to_mfn(b), .arg2.src_mfn = virt_to_mfn(a),
    };

    memset(a, 0x5a, PAGE_SIZE);
    CHECK_EQ(HYPERCALL(mmuext_op, &op, 1, 0, DOMID_SELF), 0);
    CHECK(!memcmp(a, b, PAGE_SIZE));
    CHECK_EQ(extended(MMUEXT_CLEAR_PAGE, virt_to_mfn(b)), 0);
    CHECK_EQ(*(volatile uint64_t *)b, 0);
    CHECK_EQ(extended(MMUEXT_CLEAR_PAGE, virt_to_mfn((void *)start_info->pt_base)), -XEN_EINVAL);
}

static void refusals(void)
{
    uint32_t done;

    CHECK_EQ(HYPERCALL(mmu_update, 0x1000, 1, 0, DOMID_SELF), -XEN_EFAULT);
    CHECK_EQ(HYPERCALL(mmu_update, HYPERVISOR_ADDRESS, 1, &done, DOMID_SELF), -XEN_EFAULT);
    CHECK_EQ(HYPERCALL(mmu_update, 0x1000, 1, 0, 1234), -XEN_ESRCH);
    CHECK_EQ(HYPERCALL(mmuext_op, 0x1000, 1, 0, DOMID_SELF), -XEN_EFAULT);
    CHECK_EQ(extended(999, 0), -XEN_ENOSYS);
    for (unsigned int kind = MMU_NORMAL_PT_UPDATE; kind <= MMU_PT_UPDATE_NO_TRANSLATE; kind++) {
        CHECK_EQ(update(1ull << 50 | kind, 0), -XEN_EINVAL);
        CHECK_EQ(update(pte_machine(&done) | kind | 4, 0), -XEN_ENOSYS);
    }
    CHECK_EQ(extended(MMUEXT_NEW_BASEPTR, 1ul << 30), -XEN_EINVAL);
}

const struct test tests[] = {
    { "mmu.update_va_mapping", update_va_mapping },
    { "mmu.mmu_update", mmu_update },
    { "mmu.batch_stops", batch_stops },
    { "mmu.preserve_accessed_dirty", preserve_accessed_dirty },
    { "mmu.not_translated", not_translated },
    { "mmu.machphys_update", machphys_update },
    { "mmu.pin_level_1", pin_level_1 },
    { "mmu.written_by_emulation", written_by_emulation },
    { "mmu.pin_self", pin_self },
    { "mmu.hypervisor_frames", hypervisor_frames },
    { "mmu.live_tables", live_tables },
    { "mmu.wrong_levels", wrong_levels },
    { "mmu.hypervisor_slots", hypervisor_slots },
    { "mmu.new_baseptr", new_baseptr },
    { "mmu.new_user_baseptr", new_user_baseptr },
    { "mmu.clear_and_copy", clear_and_copy },
    { "mmu.refusals", refusals },
    { NULL, NULL },
};
