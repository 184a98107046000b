/* SPDX-License-Identifier: GPL-2.0-only */
/* Taking a frame away from its owner, to give it to another: grant transfer. */
#include <xen/lib.h>
#include <xen/sched.h>

/* The owner's reference is the only one, and nothing uses the frame as any type. */
static bool take_last_reference(struct page_info *pg)
{
    uint64_t alone = PGC_allocated | 1;

    if (pg->type_info & PGT_count_mask)
        return false;
    return cmpxchg(&pg->count_info, alone, 0) == alone;
}

bool steal_page(struct domain *d, struct page_info *pg)
{
    bool taken = false, last = false;

    spin_lock(&d->page_alloc_lock);
    if (!d->is_dying && page_owner(pg) == d && take_last_reference(pg)) {
        page_list_del(&d->page_list, pg);
        last = domain_adjust_tot_pages(d, -1) == 0 && d->xenheap_pages == 0;
        pg->owner = DOMID_INVALID;
        pg->type_info = 0;
        taken = true;
    }
    spin_unlock(&d->page_alloc_lock);
    if (taken)
        flush_tlb_mask(&d->arch.dirty_cpumask);     /* it may still be seen through old entries */
    if (last)
        domain_put(d);
    return taken;
}
