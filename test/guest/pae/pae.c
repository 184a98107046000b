/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What 32-bit guests' page tables have of their own: four entries at the top, the hypervisor's hole behind the last of
 * them, the machine-to-phys table there, and entries that the kernel writes in halves.
 */
#include "test.h"

#include <public/errno.h>
#include <public/memory.h>

#define ENTRIES    512
#define HOLE_SLOT  (HYPERVISOR_VIRT_START >> 21 & (ENTRIES - 1))
#define READ_ONLY  (PTE_PRESENT | PTE_USER)
#define PTE_DIRTY  (pte_t)0x40
#define PTE_GRANT  ((pte_t)1 << 53)     /* how the hypervisor marks entries that hold no reference */

static long update(uint64_t pointer, uint64_t value)
{
    struct mmu_update u = { .ptr = pointer, .val = value };

    return HYPERCALL(mmu_update, &u, 1, 0, DOMID_SELF);
}

static long extended(unsigned int command, const void *table)
{
    struct mmuext_op op = { .cmd = command, .arg1.mfn = virt_to_mfn(table) };

    return HYPERCALL(mmuext_op, &op, 1, 0, DOMID_SELF);
}

static pte_t entry_to(const void *table, pte_t flags)
{
    return virt_to_mfn(table) << PAGE_SHIFT | flags;
}

static uint64_t machine_of(const pte_t *entry)
{
    return virt_to_mfn(entry) << PAGE_SHIFT | ((unsigned long)entry & (PAGE_SIZE - 1));
}

/* An empty table of any level, ready for use. */
static pte_t *table_alloc(void)
{
    pte_t *t = page_alloc();

    return remap(t, READ_ONLY) ? NULL : t;
}

/* A table with one entry. */
static pte_t *table_with(unsigned int slot, pte_t entry)
{
    pte_t *t = page_alloc();

    t[slot] = entry;
    return remap(t, READ_ONLY) ? NULL : t;
}

static pte_t *top_level(void)
{
    return (pte_t *)start_info->pt_base;
}

static void write_word(void *address)
{
    *(volatile uint32_t *)address = 1;
}

static void read_word(void *address)
{
    (void)*(volatile uint32_t *)address;
}

static void reverse_table(void)
{
    char *page = page_alloc();
    const unsigned long *reverse = (const unsigned long *)MACH2PHYS_VIRT_START;
    struct xen_machphys_mapping mapping;
    struct fault fault;

    CHECK_EQ(HYPERCALL(memory_op, XENMEM_machphys_mapping, &mapping), 0);
    CHECK_EQ(mapping.v_start, MACH2PHYS_VIRT_START);
    CHECK_EQ(mapping.v_end, MACH2PHYS_VIRT_END);
    CHECK(mapping.max_mfn < MACH2PHYS_NR_ENTRIES && mapping.max_mfn >= virt_to_mfn(page));
    CHECK_EQ(reverse[virt_to_mfn(page)], ((unsigned long)page - VIRT_BASE) >> PAGE_SHIFT);
    read_word((void *)&reverse[mapping.max_mfn]);
    CHECK(probe(&fault, write_word, (void *)reverse));
    CHECK_EQ(fault.frame.vector, 14);
    CHECK_EQ(fault.frame.error, 3);
    CHECK_EQ(fault.address, MACH2PHYS_VIRT_START);
    CHECK(probe(&fault, read_word, (void *)MACH2PHYS_VIRT_END));
    CHECK_EQ(fault.frame.error, 0);
    CHECK_EQ(HYPERCALL(memory_op, XENMEM_machphys_mapping, reverse), -XEN_EFAULT);
}

/* Domain 0 may map the table's frames to look at, never to write. */
static void reverse_table_frames(void)
{
    xen_pfn_t frame = 0;
    struct xen_machphys_mfn_list list = { .max_extents = 1 };
    char *page = page_alloc();
    pte_t e;

    set_xen_guest_handle(list.extent_start, &frame);
    if (!is_domain_0()) {
        CHECK_EQ(HYPERCALL(memory_op, XENMEM_machphys_mfn_list, &list), -XEN_EPERM);
        return;
    }
    CHECK_EQ(HYPERCALL(memory_op, XENMEM_machphys_mfn_list, &list), 0);
    CHECK_EQ(list.nr_extents, 1);
    e = (pte_t)frame << PAGE_SHIFT;
    CHECK(HYPERCALL(update_va_mapping, page, WIDE(e | READ_ONLY), UVMF_INVLPG) < 0);
    CHECK(HYPERCALL(update_va_mapping_otherdomain, page, WIDE(e | PTE_DATA), UVMF_INVLPG, DOMID_XEN) < 0);
    CHECK_EQ(HYPERCALL(update_va_mapping_otherdomain, page, WIDE(e | READ_ONLY), UVMF_INVLPG, DOMID_XEN), 0);
    CHECK_EQ(memcmp(page, (const void *)MACH2PHYS_VIRT_START, 1024), 0);
    CHECK_EQ(remap(page, PTE_DATA), 0);
}

static void top_entries(void)
{
    static const pte_t reserved[] = { PTE_PSE, PTE_GLOBAL, PTE_DIRTY, PTE_NX, (pte_t)1 << 52, PTE_GRANT };
    pte_t *top = top_level(), *l2 = table_alloc(), e = entry_to(l2, PTE_PRESENT), old = top[0];

    CHECK(l2);
    for (unsigned int slot = 4; slot < ENTRIES; slot += 127) {
        CHECK_EQ(update(machine_of(&top[slot]), e), -XEN_EINVAL);
        CHECK_EQ(update(machine_of(&top[slot]), 0), -XEN_EINVAL);
        CHECK_EQ(top[slot], 0);
    }
    for (unsigned int i = 0; i < ARRAY_SIZE(reserved); i++)
        CHECK_EQ(update(machine_of(&top[0]), e | reserved[i]), -XEN_EINVAL);
    CHECK_EQ(update(machine_of(&top[0]), e), 0);
    CHECK_EQ(top[0] & PTE_ADDRESS, e & PTE_ADDRESS);
    CHECK_EQ(update(machine_of(&top[0]), top[0]), 0);       /* what is read there can be written */
    CHECK_EQ(remap(l2, PTE_DATA), -XEN_EBUSY);
    CHECK_EQ(update(machine_of(&top[0]), old), 0);
    CHECK_EQ(remap(l2, PTE_DATA), 0);
}

/* The rest of a top-level page is nobody's: whatever stood there does not come to life. */
static void rest_of_top_page(void)
{
    pte_t *l2 = table_alloc(), *top = page_alloc();

    top[0] = entry_to(l2, PTE_PRESENT);
    top[4] = top[511] = entry_to(l2, PTE_TABLE);
    CHECK_EQ(remap(top, READ_ONLY), 0);
    CHECK_EQ(extended(MMUEXT_PIN_L3_TABLE, top), 0);
    CHECK(top[4] == 0 && top[511] == 0);
    CHECK_EQ(extended(MMUEXT_UNPIN_TABLE, top), 0);
    CHECK_EQ(remap(l2, PTE_DATA), 0);
    CHECK_EQ(remap(top, PTE_DATA), 0);
}

static void hole_slots(void)
{
    pte_t *l1 = table_alloc(), *l2 = entry_of((void *)HYPERVISOR_VIRT_START, 2);

    for (unsigned int slot = HOLE_SLOT; slot < ENTRIES; slot++, l2++) {
        pte_t old = *l2;

        CHECK_EQ(update(machine_of(l2), entry_to(l1, PTE_TABLE)), -XEN_EINVAL);
        CHECK_EQ(update(machine_of(l2), 0), -XEN_EINVAL);
        CHECK_EQ(update(machine_of(l2), old), -XEN_EINVAL);
        CHECK_EQ(*l2, old);
    }
    l2 -= ENTRIES - HOLE_SLOT + 1;                          /* the last one of ours */
    CHECK_EQ(update(machine_of(l2), entry_to(l1, PTE_TABLE | PTE_PSE)), -XEN_EINVAL);
    CHECK_EQ(update(machine_of(l2), entry_to(l1, PTE_TABLE)), 0);
    CHECK_EQ(update(machine_of(l2), 0), 0);
    CHECK_EQ(remap(l1, PTE_DATA), 0);
}

/* A level 2 table is the one behind entry 3, with the hole, or another one: never both. */
static void two_kinds_of_level_2(void)
{
    pte_t *l2 = table_alloc(), *upper = table_with(3, entry_to(l2, PTE_PRESENT));
    pte_t *second = table_with(3, entry_to(l2, PTE_PRESENT)), *lower = table_with(2, entry_to(l2, PTE_PRESENT));

    CHECK(upper && second && lower);
    CHECK_EQ(extended(MMUEXT_PIN_L3_TABLE, upper), 0);
    CHECK(l2[HOLE_SLOT] & PTE_PRESENT && !(l2[HOLE_SLOT] & PTE_WRITE));
    CHECK_EQ(extended(MMUEXT_PIN_L3_TABLE, lower), -XEN_EINVAL);
    CHECK_EQ(extended(MMUEXT_PIN_L2_TABLE, l2), -XEN_EINVAL);
    CHECK_EQ(update(machine_of(&upper[0]), entry_to(l2, PTE_PRESENT)), -XEN_EINVAL);
    CHECK_EQ(extended(MMUEXT_PIN_L3_TABLE, second), 0);     /* in the same place it may be shared */
    CHECK_EQ(extended(MMUEXT_UNPIN_TABLE, second), 0);
    CHECK_EQ(extended(MMUEXT_UNPIN_TABLE, upper), 0);
    CHECK_EQ(extended(MMUEXT_PIN_L3_TABLE, lower), -XEN_EINVAL);    /* large pages, left there by the hypervisor */
    CHECK_EQ(remap(l2, PTE_DATA), 0);
    memset(l2, 0, PAGE_SIZE);
    CHECK_EQ(remap(l2, READ_ONLY), 0);
    CHECK_EQ(extended(MMUEXT_PIN_L3_TABLE, lower), 0);
    CHECK_EQ(extended(MMUEXT_PIN_L3_TABLE, upper), -XEN_EINVAL);
    CHECK_EQ(extended(MMUEXT_UNPIN_TABLE, lower), 0);
    CHECK_EQ(extended(MMUEXT_PIN_L2_TABLE, l2), 0);
    CHECK_EQ(extended(MMUEXT_PIN_L3_TABLE, upper), -XEN_EINVAL);
    CHECK_EQ(extended(MMUEXT_UNPIN_TABLE, l2), 0);
    CHECK_EQ(remap(l2, PTE_DATA), 0);
}

/* Entries that the guest put in the hole's slots hold nothing, whatever they say. */
static void hole_filled_before(void)
{
    pte_t *l2 = page_alloc(), *upper;
    char *page = page_alloc();

    for (unsigned int slot = HOLE_SLOT; slot < ENTRIES; slot++)
        l2[slot] = entry_to(page, PTE_TABLE);
    CHECK_EQ(remap(l2, READ_ONLY), 0);
    upper = table_with(3, entry_to(l2, PTE_PRESENT));
    CHECK_EQ(extended(MMUEXT_PIN_L3_TABLE, upper), 0);
    CHECK_EQ(l2[HOLE_SLOT] & ~PTE_ADDRESS, *entry_of((void *)HYPERVISOR_VIRT_START, 2) & ~PTE_ADDRESS);
    CHECK_EQ(l2[ENTRIES - 1], 0);
    CHECK_EQ(extended(MMUEXT_UNPIN_TABLE, upper), 0);
    CHECK_EQ(remap(page, 0), 0);
    CHECK_EQ(remap(page, PTE_DATA), 0);
    CHECK_EQ(remap(l2, PTE_DATA), 0);
}

static void no_fourth_level(void)
{
    pte_t *t = table_alloc();

    CHECK_EQ(extended(MMUEXT_PIN_L4_TABLE, t), -XEN_EINVAL);
    CHECK_EQ(extended(MMUEXT_NEW_USER_BASEPTR, t), -XEN_EINVAL);
    CHECK_EQ(remap(t, PTE_DATA), 0);
}

/* ---- entries written in halves ---- */

struct store { volatile uint32_t *half; uint32_t value; };

static void store_half(void *argument)
{
    struct store *s = argument;

    *s->half = s->value;
}

static volatile uint32_t *half(const void *address, unsigned int n)
{
    return (volatile uint32_t *)pte_of(address) + n;
}

static void flush(void)
{
    extended(MMUEXT_TLB_FLUSH_LOCAL, start_info);
}

/* Off, high half, low half, as kernels do it. */
static void halves(void)
{
    char *a = page_alloc(), *b = page_alloc();
    pte_t e = entry_to(b, PTE_DATA | PTE_NX);

    *a = 1;
    *b = 2;
    HYPERCALL(vm_assist, VMASST_CMD_enable, VMASST_TYPE_writable_pagetables);
    *half(a, 0) = 0;
    *half(a, 1) = e >> 32;
    CHECK_EQ(read_pte(a), e >> 32 << 32);
    *half(a, 0) = e;
    flush();
    CHECK_EQ(*(volatile char *)a, 2);
    CHECK_EQ(read_pte(a), e);
    CHECK_EQ(remap(a, PTE_DATA), 0);
    CHECK_EQ(*(volatile char *)a, 1);
}

static void whole_by_compare_and_exchange(void)
{
    char *a = page_alloc(), *b = page_alloc();
    pte_t old = read_pte(a), e = entry_to(b, PTE_DATA);
    bool done;

    *b = 3;
    asm volatile("lock cmpxchg8b %1; setz %0"
                 : "=q"(done), "+m"(*pte_of(a)), "+A"(old) : "b"((uint32_t)e), "c"((uint32_t)(e >> 32)));
    CHECK(done);
    flush();
    CHECK_EQ(*(volatile char *)a, 3);
    old = 0;
    asm volatile("lock cmpxchg8b %1; setz %0"
                 : "=q"(done), "+m"(*pte_of(a)), "+A"(old) : "b"(0), "c"(0));
    CHECK(!done);
    CHECK_EQ(old, read_pte(a));
    CHECK_EQ(remap(a, PTE_DATA), 0);
}

static void half_by_exchange(void)
{
    char *a = page_alloc();
    uint32_t low = 0, was = read_pte(a);

    asm volatile("xchg %0, %1" : "+r"(low), "+m"(*half(a, 0)) : : "memory");
    CHECK_EQ(low, was);
    CHECK_EQ((uint32_t)read_pte(a), 0);
    CHECK_EQ(remap(a, PTE_DATA), 0);
}

/* The form of MOV that has its address in the instruction. */
static void half_by_address(void)
{
    static uint8_t code[6] = { 0xa3, 0, 0, 0, 0, 0xc3 };
    char *a = page_alloc();
    unsigned long to = (unsigned long)half(a, 0);

    memcpy(code + 1, &to, sizeof(to));
    asm volatile("call *%1" : : "a"(0), "r"(code) : "memory");
    CHECK_EQ((uint32_t)read_pte(a), 0);
    CHECK_EQ(remap(a, PTE_DATA), 0);
}

/* Each half must be fine with the other one as it is. */
static void bad_halves(void)
{
    char *a = page_alloc(), *table = (char *)top_level();
    pte_t old = read_pte(a);
    struct store high = { half(a, 1), old >> 32 | 0x80000 }, low = { half(a, 0), entry_to(table, PTE_DATA) };
    struct fault fault;

    *a = 5;
    CHECK(probe(&fault, store_half, &high));
    CHECK_EQ(fault.frame.vector, 14);
    CHECK_EQ(fault.frame.error, 3);
    CHECK_EQ(fault.address, (unsigned long)high.half);
    CHECK_EQ(read_pte(a), old);
    CHECK(probe(&fault, store_half, &low));
    CHECK_EQ(fault.address, (unsigned long)low.half);
    CHECK_EQ(read_pte(a), old);
    *half(a, 0) = 0;
    *half(a, 1) = old >> 32 | 0x80000;              /* not present: anything */
    CHECK(probe(&fault, store_half, &(struct store){ half(a, 0), old }));
    CHECK_EQ(remap(a, PTE_DATA), 0);
    CHECK_EQ(*(volatile char *)a, 5);
}

/* The mark of granted frames can't be forged, in any order: afterwards no reference is left behind. */
static void forged_grant(void)
{
    char *a = page_alloc(), *b = page_alloc();
    pte_t old = read_pte(b);

    *half(b, 1) = (old | PTE_GRANT) >> 32;
    CHECK(!(read_pte(b) & PTE_GRANT));
    *half(b, 0) = 0;
    *half(b, 1) = (old | PTE_GRANT) >> 32;
    *half(b, 0) = old;
    CHECK(!(read_pte(b) & PTE_GRANT));
    flush();
    *half(b, 0) = 0;
    flush();
    CHECK_EQ(extended(MMUEXT_PIN_L1_TABLE, b), 0);  /* no writable mapping is left */
    CHECK_EQ(HYPERCALL(update_va_mapping, a, WIDE(entry_to(b, PTE_DATA)), UVMF_INVLPG), -XEN_EBUSY);
    CHECK_EQ(extended(MMUEXT_UNPIN_TABLE, b), 0);
    CHECK_EQ(remap(b, PTE_DATA), 0);
}

const struct test tests[] = {
    { "pae.reverse_table", reverse_table },
    { "pae.reverse_table_frames", reverse_table_frames },
    { "pae.top_entries", top_entries },
    { "pae.rest_of_top_page", rest_of_top_page },
    { "pae.hole_slots", hole_slots },
    { "pae.two_kinds_of_level_2", two_kinds_of_level_2 },
    { "pae.hole_filled_before", hole_filled_before },
    { "pae.no_fourth_level", no_fourth_level },
    { "pae.halves", halves },
    { "pae.whole_by_compare_and_exchange", whole_by_compare_and_exchange },
    { "pae.half_by_exchange", half_by_exchange },
    { "pae.half_by_address", half_by_address },
    { "pae.bad_halves", bad_halves },
    { "pae.forged_grant", forged_grant },
    { NULL, NULL },
};
