/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Superpages of guests: level 2 entries that map 2 MiB of the domain's own frames. There is nothing between such an
 * entry and the frames: it holds a reference to each of the 512, and a writable type reference if it is writable.
 * So all that is true of small mappings is of large ones, whatever else the frames are used for.
 *
 * A guest can mark a run: that holds the same references as a writable entry, and so keeps it possible to make one.
 */
#include <xen/lib.h>
#include <xen/param.h>
#include <asm/processor.h>
#include "internal.h"

#define RUN_FRAMES PT_ENTRIES

bool superpages_allowed;
boolean_param("allowsuperpage", superpages_allowed);

/* Drop the references to the first n frames of a run. */
static void unref_run(mfn_t first, unsigned n, bool writable)
{
    struct page_info *pg = mfn_to_page(first);

    for (; n; n--, pg++) {
        if (writable)
            put_page_type(pg);
        put_page(pg);
    }
}

/* Reference all frames of an aligned run, or none. 0, -EINVAL, -EBUSY */
static int ref_run(mfn_t first, const struct domain *d, bool writable)
{
    struct page_info *pg = mfn_to_page(first);

    if (!mfn_valid(first))
        return refuse(-EINVAL, "superpage: not RAM");
    for (unsigned i = 0; i < RUN_FRAMES; i++, pg++) {
        bool own = get_page(pg, d);

        if (likely(own && (!writable || !get_page_type(pg, PGT_writable_page))))
            continue;
        if (own)
            put_page(pg);
        unref_run(first, i, writable);
        return own ? refuse(-EBUSY, "superpage: one of the frames is a page or descriptor table")
                   : refuse(-EINVAL, "superpage: not all frames are the domain's");
    }
    return 0;
}

static mfn_t large_mfn(pte_t e)
{
    return mfn((e & LARGE_ADDR_MASK) >> PAGE_SHIFT);
}

/* References of a level 2 entry of d's with _PAGE_PSE. 0, -EINVAL, -EPERM, -EBUSY */
int ref_superpage(pte_t e, const struct domain *d)
{
    if (e & PTE_ADDR_MASK & ~(LARGE_ADDR_MASK | _PAGE_PAT_LARGE))
        return refuse(-EINVAL, "superpage: frame number is not a multiple of 512");
    if ((e & (_PAGE_PWT | _PAGE_PCD | _PAGE_PAT_LARGE)) && !may_bypass_cache(d))
        return refuse(-EINVAL, "superpage: only a domain with I/O memory or ports chooses how memory is cached");
    if (!(e & _PAGE_NX) && boot_cpu.itlb_multihit)
        return refuse(-EPERM, "superpage: executable, which can be made to stop this processor");
    return ref_run(large_mfn(e), d, e & _PAGE_RW);
}

/* Drop them. */
void unref_superpage(pte_t e)
{
    unref_run(large_mfn(e), RUN_FRAMES, e & _PAGE_RW);
}

/* The level 1 entry that would map the page of va as the superpage does. */
pte_t small_entry(pte_t large, unsigned long va)
{
    pte_t e = large & ~(PTE_ADDR_MASK | _PAGE_PSE);

    if (large & _PAGE_PAT_LARGE)
        e |= _PAGE_PAT;
    return e | (large & LARGE_ADDR_MASK) | (va & ~LARGE_ADDR_MASK & PAGE_MASK & PTE_ADDR_MASK);
}

/* MMUEXT_MARK_SUPER. 0, -EOPNOTSUPP, -EINVAL, -EBUSY */
int mark_superpage(mfn_t m, struct domain *d)
{
    struct page_info *pg = mfn_to_page(m);
    int rc;

    if (!superpages_allowed)
        return refuse(-EOPNOTSUPP, "mark_super: no superpages for PV guests (boot option allowsuperpage)");
    if (m.n % RUN_FRAMES)
        return refuse(-EINVAL, "mark_super: frame number is not a multiple of 512");
    rc = ref_run(m, d, true);
    if (rc)
        return rc;
    if (__atomic_fetch_or(&pg->type_info, PGT_superpage, __ATOMIC_SEQ_CST) & PGT_superpage) {
        unref_run(m, RUN_FRAMES, true);
        return refuse(-EINVAL, "mark_super: marked already");
    }
    /* A domain that began to die meanwhile may have passed this frame by. */
    if (unlikely(READ_ONCE(d->is_dying)))
        relinquish_superpage(pg);
    return 0;
}

/* MMUEXT_UNMARK_SUPER. 0, -EOPNOTSUPP, -EINVAL */
int unmark_superpage(mfn_t m, struct domain *d)
{
    struct page_info *pg;
    bool marked;

    if (!superpages_allowed)
        return refuse(-EOPNOTSUPP, "unmark_super: no superpages for PV guests (boot option allowsuperpage)");
    pg = get_page_from_mfn(m, d);
    if (!pg)
        return refuse(-EINVAL, "unmark_super: frame is not the domain's");
    marked = relinquish_superpage(pg);
    put_page(pg);
    return marked ? 0 : refuse(-EINVAL, "unmark_super: not marked");
}

/* Take away a mark, with its references. False: there is none. */
bool relinquish_superpage(struct page_info *pg)
{
    if (!(READ_ONCE(pg->type_info) & PGT_superpage) ||
        !(__atomic_fetch_and(&pg->type_info, ~PGT_superpage, __ATOMIC_SEQ_CST) & PGT_superpage))
        return false;
    unref_run(page_to_mfn(pg), RUN_FRAMES, true);
    return true;
}
