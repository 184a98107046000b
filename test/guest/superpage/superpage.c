/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Superpages: level 2 entries that map 2 MiB. What they need, that their frames are no page tables while they are writable,
 * whoever is faster, that marks keep them possible, and that all is as before when they are gone.
 */
#include "test.h"

#include <public/errno.h>
#include <public/memory.h>
#include <public/sched.h>

#define RUN      512
#define LARGE    (PTE_DATA | PTE_PSE | PTE_NX)
#define LARGE_RO (LARGE & ~PTE_WRITE)
#define PAT      ((pte_t)1 << 12)
#define ROUNDS   400

static char *run_small;             /* the kernel's small mapping of the run, where there is one */
static uint64_t run, first_pfn;     /* its first machine frame, and pseudo-physical one */
static pte_t *slot;                 /* of level 2, free, for the large mapping */
static char *large;                 /* what that maps */
static pte_t spare[RUN] __attribute__((aligned(4096)));

static long extended(unsigned int command, uint64_t mfn)
{
    struct mmuext_op op = { .cmd = command, .arg1.mfn = mfn };

    return HYPERCALL(mmuext_op, &op, 1, 0, DOMID_SELF);
}

static long set_from(pte_t *entry, pte_t value, unsigned int domain)
{
    struct mmu_update u = { .ptr = virt_to_mfn(entry) << PAGE_SHIFT | ((unsigned long)entry & (PAGE_SIZE - 1)),
                            .val = value };
    long result = HYPERCALL(mmu_update, &u, 1, 0, domain);

    extended(MMUEXT_TLB_FLUSH_LOCAL, 0);
    return result;
}

static long set(pte_t value)
{
    return set_from(slot, value, DOMID_SELF);
}

static pte_t frame(uint64_t mfn, pte_t flags)
{
    return mfn << PAGE_SHIFT | flags;
}

static bool is_run(const unsigned long *mfns)
{
    for (unsigned int i = 0; i < RUN; i++)
        if (mfns[i] != mfns[0] + i)
            return false;
    return mfns[0] % RUN == 0;
}

/* From the end, where nothing of the kernel is. */
static void found(void)
{
    const unsigned long *list = (const unsigned long *)start_info->mfn_list;

    for (unsigned long pfn = start_info->nr_pages - RUN; pfn > RUN && !run; pfn--)
        if (is_run(list + pfn)) {
            run = list[pfn];
            first_pfn = pfn;
        }
    CHECK(run);
    run_small = (char *)VIRT_BASE + (first_pfn << PAGE_SHIFT);
    slot = entry_of(end, 2) + 8;
    large = (char *)(((unsigned long)end & ~0x1ffffful) + (8 << 21));
    CHECK_EQ(*slot, 0);
    CHECK(!(*entry_of(run_small, 2) & PTE_PRESENT));
}

static void read_byte(void *address)
{
    (void)*(volatile char *)address;
}

static void write_byte(void *address)
{
    *(volatile char *)address = 1;
}

static void mapped(void)
{
    char *page = page_alloc();
    struct fault fault;

    CHECK(run);
    CHECK_EQ(set(frame(run, LARGE)), 0);
    for (unsigned int i = 0; i < RUN; i++)
        *(volatile unsigned int *)(large + i * PAGE_SIZE) = i ^ 0x5a5a;
    for (unsigned int i = 0; i < RUN; i += 73) {
        CHECK_EQ(HYPERCALL(update_va_mapping, page, WIDE(frame(run + i, PTE_DATA)), UVMF_INVLPG), 0);
        CHECK_EQ(*(volatile unsigned int *)page, i ^ 0x5a5a);
    }
    CHECK_EQ(remap(page, PTE_DATA), 0);
    CHECK_EQ(HYPERCALL(update_va_mapping, large, WIDE(0), UVMF_INVLPG), -XEN_EINVAL);
    CHECK_EQ(set(frame(run, LARGE_RO)), 0);
    CHECK(!probe(&fault, read_byte, large + 5));
    CHECK(probe(&fault, write_byte, large + 0x12345));
    CHECK_EQ(fault.frame.error, 3);
    CHECK_EQ(fault.address, large + 0x12345);
    CHECK_EQ(set(0), 0);
    CHECK(probe(&fault, read_byte, large));
    CHECK_EQ(fault.frame.error, 0);
}

/* The bits of caching are those of large entries: bit 12 is PAT, not a frame number's. */
static void cached_otherwise(void)
{
    CHECK_EQ(set(frame(run, LARGE) | PAT | 0x18), 0);
    CHECK_EQ(*slot & (PTE_ADDRESS | 0x18), frame(run, PAT | 0x18));
    *(volatile char *)large = 1;
    CHECK_EQ(set(frame(run, LARGE)), 0);
    CHECK_EQ(*slot & (PTE_ADDRESS | 0x18), frame(run, 0));
    CHECK_EQ(set(frame(run, LARGE_RO) | PAT), 0);
    CHECK_EQ(set(0), 0);
}

static void refused(void)
{
    uint64_t last = HYPERCALL(memory_op, XENMEM_maximum_ram_page, 0);
    pte_t *level3 = entry_of(end, 3) + (TOP_LEVEL == 4 ? -1 : -2);

    for (unsigned int bit = 13; bit < 21; bit++)
        CHECK_EQ(set(frame(run, LARGE) | 1ull << bit), -XEN_EINVAL);
    CHECK_EQ(set(frame(0, LARGE_RO)), -XEN_EINVAL);
    CHECK_EQ(set(frame((last + 1) & ~511ul, LARGE_RO)), -XEN_EINVAL);
    CHECK_EQ(set(frame(1ul << 30, LARGE_RO)), -XEN_EINVAL);
    CHECK_EQ(set(frame(512, LARGE_RO)), -XEN_EINVAL);         /* the hypervisor's image */
    CHECK_EQ(set_from(slot, frame(run, LARGE), DOMID_IO), -XEN_EPERM);
    CHECK(set_from(slot, frame(run, LARGE), 1234) < 0);
    CHECK_EQ(set_from(level3, frame(run, LARGE), DOMID_SELF), -XEN_EINVAL);
    CHECK_EQ(*slot, 0);
}

/* Make frame i of the run a table of level 1, or no more. */
static long pin(unsigned int i)
{
    return extended(MMUEXT_PIN_L1_TABLE, run + i);
}

static long unpin(unsigned int i)
{
    return extended(MMUEXT_UNPIN_TABLE, run + i);
}

/* A page table in the run: it may be seen, never written. In the first place, amid, and in the last. */
static void table_inside(void)
{
    static const unsigned int places[] = { 0, 1, 200, RUN - 1 };

    for (unsigned int p = 0; p < ARRAY_SIZE(places); p++) {
        unsigned int i = places[p];

        CHECK_EQ(extended(MMUEXT_CLEAR_PAGE, run + i), 0);
        CHECK_EQ(pin(i), 0);
        CHECK_EQ(set(frame(run, LARGE)), -XEN_EBUSY);
        CHECK_EQ(set(frame(run, LARGE_RO)), 0);
        CHECK_EQ(set(frame(run, LARGE)), -XEN_EBUSY);
        CHECK_EQ(extended(MMUEXT_MARK_SUPER, run), -XEN_EBUSY);
        CHECK_EQ(*slot & PTE_WRITE, 0);
        CHECK_EQ(unpin(i), 0);
        CHECK_EQ(set(frame(run, LARGE)), 0);
        CHECK_EQ(pin(i), -XEN_EINVAL);
        CHECK_EQ(set(frame(run, LARGE_RO)), 0);
        CHECK_EQ(pin(i), 0);
        CHECK_EQ(set(0), 0);
        CHECK_EQ(unpin(i), 0);
    }
}

struct store {
    volatile pte_t *to;
    pte_t value;
};

static void store(void *argument)
{
    const struct store *s = argument;

    *s->to = s->value;
}

/* A store to a level 1 table through a read-only superpage is carried out as any other. */
static void table_written(void)
{
    char *page = page_alloc();
    volatile pte_t *entry = (volatile pte_t *)(large + 7 * PAGE_SIZE) + 9;
    struct store good = { entry, frame(virt_to_mfn(page), PTE_DATA) }, bad = { entry, frame(run + 7, PTE_DATA) };
    struct fault fault;

    CHECK_EQ(extended(MMUEXT_CLEAR_PAGE, run + 7), 0);
    CHECK_EQ(pin(7), 0);
    CHECK_EQ(set(frame(run, LARGE_RO)), 0);
    CHECK(!probe(&fault, store, &good));
    CHECK_EQ(*entry & PTE_ADDRESS, frame(virt_to_mfn(page), 0));
    CHECK(probe(&fault, store, &bad));
    CHECK_EQ(*entry & PTE_ADDRESS, frame(virt_to_mfn(page), 0));
    CHECK_EQ(set(0), 0);
    CHECK_EQ(unpin(7), 0);
}

/* Found in a table that is pinned; one bad entry, and nothing stays referenced. */
static void validated(void)
{
    spare[0] = frame(run, LARGE);
    spare[299] = frame(run, LARGE_RO);
    CHECK_EQ(remap(spare, PTE_PRESENT | PTE_USER), 0);
    CHECK_EQ(extended(MMUEXT_PIN_L2_TABLE, virt_to_mfn(spare)), 0);
    CHECK_EQ(pin(5), -XEN_EINVAL);
    CHECK_EQ(press_keys("A"), 0);
    CHECK_EQ(extended(MMUEXT_UNPIN_TABLE, virt_to_mfn(spare)), 0);
    CHECK_EQ(remap(spare, PTE_DATA), 0);
    spare[300] = frame(run + 2, LARGE_RO);
    CHECK_EQ(remap(spare, PTE_PRESENT | PTE_USER), 0);
    CHECK_EQ(extended(MMUEXT_PIN_L2_TABLE, virt_to_mfn(spare)), -XEN_EINVAL);
    CHECK_EQ(remap(spare, PTE_DATA), 0);
    memset(spare, 0, sizeof(spare));
    CHECK_EQ(extended(MMUEXT_CLEAR_PAGE, run + 5), 0);
    CHECK_EQ(pin(5), 0);
    CHECK_EQ(unpin(5), 0);
}

static void marked(void)
{
    CHECK_EQ(extended(MMUEXT_UNMARK_SUPER, run), -XEN_EINVAL);
    CHECK_EQ(extended(MMUEXT_MARK_SUPER, run + 1), -XEN_EINVAL);
    CHECK_EQ(extended(MMUEXT_MARK_SUPER, 0), -XEN_EINVAL);
    CHECK_EQ(extended(MMUEXT_MARK_SUPER, 1ul << 31), -XEN_EINVAL);
    CHECK_EQ(extended(MMUEXT_UNMARK_SUPER, 1ul << 31), -XEN_EINVAL);
    CHECK_EQ(extended(MMUEXT_MARK_SUPER, run), 0);
    CHECK_EQ(extended(MMUEXT_MARK_SUPER, run), -XEN_EINVAL);
    CHECK_EQ(extended(MMUEXT_UNPIN_TABLE, run), -XEN_EINVAL);
    CHECK_EQ(pin(RUN - 1), -XEN_EINVAL);
    CHECK_EQ(set(frame(run, LARGE)), 0);
    CHECK_EQ(press_keys("A"), 0);
    CHECK_EQ(extended(MMUEXT_UNMARK_SUPER, run), 0);
    CHECK_EQ(extended(MMUEXT_UNMARK_SUPER, run), -XEN_EINVAL);
    CHECK_EQ(pin(RUN - 1), -XEN_EINVAL);
    CHECK_EQ(set(0), 0);
    CHECK_EQ(extended(MMUEXT_CLEAR_PAGE, run + RUN - 1), 0);
    CHECK_EQ(pin(RUN - 1), 0);
    CHECK_EQ(unpin(RUN - 1), 0);
}

/* Two virtual CPUs: one maps the run writable, the other makes a page of it a table. Never both. */
static volatile bool go, stop, is_table, is_mapped, both;
static volatile unsigned int tables;

static void make_tables(void *unused)
{
    go = true;
    while (!stop) {
        if (pin(333))
            continue;
        is_table = true;
        tables++;
        __sync_synchronize();
        both = both || is_mapped;
        is_table = false;
        unpin(333);
    }
    go = false;
}

static void raced(void)
{
    unsigned int maps = 0;

    CHECK_EQ(extended(MMUEXT_CLEAR_PAGE, run + 333), 0);
    CHECK_EQ(start_vcpu(1, make_tables, NULL), 0);
    while (!go)
        HYPERCALL(sched_op, SCHEDOP_yield, 0);
    for (unsigned int i = 0; i < 20000 && (maps < ROUNDS || tables < ROUNDS); i++) {
        if (set(frame(run, LARGE)))
            continue;
        is_mapped = true;
        maps++;
        __sync_synchronize();
        both = both || is_table;
        is_mapped = false;
        set(0);
    }
    stop = true;
    while (go)
        HYPERCALL(sched_op, SCHEDOP_yield, 0);
    CHECK(!both);
    CHECK(maps && tables);
}

/* Every frame can be anything again, and the hypervisor counts none in use. */
static void as_before(void)
{
    for (unsigned int i = 0; i < RUN; i++) {
        CHECK_EQ(extended(MMUEXT_CLEAR_PAGE, run + i), 0);
        CHECK_EQ(pin(i), 0);
        CHECK_EQ(unpin(i), 0);
    }
    CHECK_EQ(press_keys("A"), 0);
}

const struct test tests[] = {
    { "superpage.found", found },
    { "superpage.mapped", mapped },
    { "superpage.cached_otherwise", cached_otherwise },
    { "superpage.refused", refused },
    { "superpage.table_inside", table_inside },
    { "superpage.table_written", table_written },
    { "superpage.validated", validated },
    { "superpage.marked", marked },
    { "superpage.raced", raced },
    { "superpage.as_before", as_before },
    { NULL, NULL },
};
