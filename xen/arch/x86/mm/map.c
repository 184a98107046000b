/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypervisor's own mappings: entries of idle_pg_table and of the tables below it, which all top-level
 * tables share for slots 256 to 271. Slots themselves are filled in at boot only, so a change here is seen in
 * every address space.
 */
#include <xen/lib.h>
#include <xen/mm.h>
#include <asm/mm.h>
#include <asm/processor.h>

#define TABLE_FLAGS (_PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED | _PAGE_DIRTY)

/* The fixmap is used before there is an allocator. */
static pte_t fixmap_l2[PT_ENTRIES] aligned_to(4096), fixmap_l1[PT_ENTRIES] aligned_to(4096);

static unsigned long level_pages(unsigned level)
{
    return 1UL << (9 * (level - 1));
}

static pte_t *table_of(pte_t e)
{
    return __va(e & PTE_ADDR_MASK);
}

static mfn_t new_table(void)
{
    void *p;

    if (!frame_allocator_ready) {
        mfn_t m = boot_pages_alloc(1, 1);

        clear_page(mfn_to_virt(m));
        return m;
    }
    p = zalloc_xenheap_page();
    return p ? virt_to_mfn(p) : INVALID_MFN;
}

/* Turn a large page into a table of smaller ones with the same rights. */
static bool shatter(pte_t *entry, unsigned level)
{
    pte_t e = *entry, *t;
    mfn_t m = new_table();

    if (mfn_eq(m, INVALID_MFN))
        return false;
    if (level == 2)
        e &= ~_PAGE_PSE;
    t = mfn_to_virt(m);
    for (unsigned i = 0; i < PT_ENTRIES; i++)
        t[i] = e + ((uint64_t)i * level_pages(level - 1) << PAGE_SHIFT);
    *entry = pte_make(m, TABLE_FLAGS | (e & _PAGE_USER));
    return true;
}

/*
 * The entry of the given level for va; tables on the way are made if flags say what for. NULL: no memory, or
 * not there.
 */
static pte_t *entry_at(unsigned long va, unsigned level, uint64_t flags)
{
    pte_t *e = &idle_pg_table[pt_index(va, 4)];

    for (unsigned l = 4; l > level; l--) {
        if (!(*e & _PAGE_PRESENT)) {
            mfn_t m = flags ? new_table() : INVALID_MFN;

            if (mfn_eq(m, INVALID_MFN))
                return NULL;
            *e = pte_make(m, TABLE_FLAGS | (flags & _PAGE_USER));
        } else if (l < 4 && (*e & _PAGE_PSE) && !shatter(e, l)) {
            return NULL;
        }
        e = &table_of(*e)[pt_index(va, l - 1)];
    }
    return e;
}

/*
 * Largest page that starts here: 1 GiB and 2 MiB where everything is aligned and no smaller mappings exist.
 */
static unsigned level_for(unsigned long va, mfn_t m, unsigned long count, uint64_t flags)
{
    for (unsigned level = 3; level > 1; level--) {
        unsigned long pages = level_pages(level);
        const pte_t *e;

        if (count < pages || ((va >> PAGE_SHIFT) | m.n) & (pages - 1) || (level == 3 && !boot_cpu.page1gb))
            continue;
        e = entry_at(va, level, flags);
        if (e && (!(*e & _PAGE_PRESENT) || (*e & _PAGE_PSE)))
            return level;
    }
    return 1;
}

/*
 * Map count pages at va to frames from m on, with PAGE_HYPERVISOR_* rights; replaces what was there. 0 or
 * -ENOMEM
 */
int map_pages(unsigned long va, mfn_t m, unsigned long count, uint64_t flags)
{
    bool replaced = false;

    while (count) {
        unsigned level = level_for(va, m, count, flags);
        pte_t *e = entry_at(va, level, flags);

        if (!e)
            return -ENOMEM;
        if (*e & _PAGE_PRESENT)
            replaced = true;
        *e = pte_make(m, level > 1 ? flags | _PAGE_PSE : flags);
        va += level_pages(level) << PAGE_SHIFT;
        m.n += level_pages(level);
        count -= level_pages(level);
    }
    if (replaced)
        flush_tlb_all();
    return 0;
}

/* Remove mappings and flush. Tables stay. */
void unmap_pages(unsigned long va, unsigned long count)
{
    for (; count; count--, va += PAGE_SIZE) {
        pte_t *e = entry_at(va, 1, 0);

        if (e)
            *e = 0;
    }
    flush_tlb_all();
}

/* Machine address of something of ours: in the direct map, the image, or mapped otherwise. */
paddr_t virt_to_maddr(const void *va)
{
    unsigned long a = (unsigned long)va;
    pte_t e;

    if (likely(a >= DIRECTMAP_VIRT_START && a < DIRECTMAP_VIRT_END))
        return a - DIRECTMAP_VIRT_START;
    e = idle_pg_table[pt_index(a, 4)];
    for (unsigned level = 3; level; level--) {
        BUG_ON(!(e & _PAGE_PRESENT));
        e = table_of(e)[pt_index(a, level)];
        if (level == 1 || (e & _PAGE_PSE)) {
            unsigned long mask = (level_pages(level) << PAGE_SHIFT) - 1;

            BUG_ON(!(e & _PAGE_PRESENT));
            return (e & PTE_ADDR_MASK & ~mask) | (a & mask);
        }
    }
    BUG();
}

/* Map the frame at ma in the slot idx; usable from the start. */
void set_fixmap(unsigned idx, paddr_t ma, uint64_t flags)
{
    unsigned long va = fix_to_virt(idx);
    pte_t *e3 = entry_at(va, 3, 0), *e;

    BUG_ON(!e3 || idx >= NR_FIXMAP);
    if (!(*e3 & _PAGE_PRESENT)) {
        *e3 = virt_to_maddr(fixmap_l2) | TABLE_FLAGS;
        fixmap_l2[pt_index(va, 2)] = virt_to_maddr(fixmap_l1) | TABLE_FLAGS;
    }
    e = entry_at(va, 1, 0);
    BUG_ON(!e);
    *e = (ma & PTE_ADDR_MASK) | flags;
    flush_area_local((void *)va, FLUSH_ONE);
}
