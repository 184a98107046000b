/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames with an owner: a domain's own memory, and the hypervisor's frames, some of which are shared with a
 * domain.
 *
 * A domain's frame is on its page_list and counts in tot_pages until its last reference goes; PGC_allocated
 * is the domain's own reference. A hypervisor frame that is shared has PGC_xen_heap besides and is on
 * xenpage_list. While a domain owns any frame it holds a reference to itself, so page_owner() of a referenced
 * frame stays valid.
 */
#include <xen/lib.h>
#include <xen/sched.h>
#include "frame_internal.h"

static unsigned long outstanding_claims;    /* frames promised by XENMEM_claim_pages */
static DEFINE_SPINLOCK(claim_lock);

struct domain *frame_owner[DOMID_INVALID + 1];

/* Does d hold a reference to itself for its frames? The special domains never go. */
static bool is_held(const struct domain *d)
{
    return d->tot_pages || d->xenheap_pages || d->domain_id >= DOMID_FIRST_RESERVED;
}

/* Change the number of d's frames; its page_alloc_lock is held. Returns the new number. */
int domain_adjust_tot_pages(struct domain *d, long pages)
{
    unsigned used;

    d->tot_pages += pages;
    if (pages <= 0 || !d->outstanding_pages)
        return d->tot_pages;
    spin_lock(&claim_lock);
    used = min((unsigned long)pages, (unsigned long)d->outstanding_pages);
    d->outstanding_pages -= used;
    outstanding_claims -= used;
    spin_unlock(&claim_lock);
    return d->tot_pages;
}

/* XENMEM_claim_pages: promise d frames up to a total of pages; 0 ends the promise, as a dying domain's must end. */
int domain_claim_pages(struct domain *d, unsigned long pages)
{
    unsigned long wanted;
    int rc = 0;

    spin_lock(&d->page_alloc_lock);
    spin_lock(&claim_lock);
    if (!pages) {
        outstanding_claims -= d->outstanding_pages;
        d->outstanding_pages = 0;
    } else if (d->is_dying) {
        rc = refuse(-EINVAL, "claim: the domain is dying");
    } else if (d->outstanding_pages) {
        rc = refuse(-EINVAL, "claim: the domain has one already");
    } else if (pages > d->max_pages) {
        rc = refuse(-EINVAL, "claim: above the domain's limit");
    } else if (pages <= d->tot_pages) {
        rc = refuse(-EINVAL, "claim: the domain has as much already");
    } else {
        wanted = pages - d->tot_pages;
        if (wanted + outstanding_claims > avail_frames()) {
            rc = refuse(-ENOMEM, "claim: not so much memory free");
        } else {
            d->outstanding_pages = wanted;
            outstanding_claims += wanted;
        }
    }
    spin_unlock(&claim_lock);
    spin_unlock(&d->page_alloc_lock);
    return rc;
}

/* Frames promised to domains, not yet allocated. */
unsigned long claimed_frames(void)
{
    return outstanding_claims;
}

/* Frames promised to others than d (maybe NULL), which asks for some: what it was promised of them isn't. */
static unsigned long claimed_by_others(const struct domain *d, unsigned long count)
{
    unsigned long others;

    if (likely(!READ_ONCE(outstanding_claims)))
        return 0;
    spin_lock(&claim_lock);
    others = outstanding_claims - (d ? min(count, (unsigned long)d->outstanding_pages) : 0);
    spin_unlock(&claim_lock);
    return others;
}

/* Give 2^order frames without owner to d. 0, or -E2BIG above its limit, -EINVAL when it is dying. */
int assign_pages(struct domain *d, struct page_info *pg, unsigned order, unsigned memflags)
{
    unsigned long count = 1UL << order;
    int rc = 0;

    spin_lock(&d->page_alloc_lock);
    if (d->is_dying) {
        rc = refuse(-EINVAL, "memory: the domain is dying");
    } else if (!(memflags & MEMF_no_limit) && d->tot_pages + count > d->max_pages) {
        rc = refuse(-E2BIG, "memory: above the domain's limit");
    } else {
        if (!is_held(d) && !domain_get(d))
            rc = -EINVAL;
        frame_owner[d->domain_id] = d;
        for (unsigned long i = 0; !rc && i < count; i++) {
            pg[i].owner = d->domain_id;
            smp_wmb();                      /* owner before the reference that makes it findable */
            pg[i].count_info = PGC_allocated | 1;
            page_list_add_tail(&d->page_list, &pg[i]);
        }
        if (!rc)
            domain_adjust_tot_pages(d, count);
    }
    spin_unlock(&d->page_alloc_lock);
    return rc;
}

/* The same flags, with the limit on where d's memory may lie. */
unsigned domain_memflags(const struct domain *d, unsigned memflags)
{
    unsigned bits = memflags >> MEMF_bits_shift;

    if (likely(!d->addr_bits) || (bits && bits <= d->addr_bits))
        return memflags;
    return (memflags & ~MEMF_bits(~0u)) | MEMF_bits(d->addr_bits);
}

struct page_info *take_domheap_pages(struct domain *d, unsigned order, unsigned memflags)
{
    struct page_info *pg;

    if (d)
        memflags = domain_memflags(d, memflags);
    pg = frames_take(order, memflags >> MEMF_bits_shift, claimed_by_others(d, 1UL << order));
    if (pg && !(memflags & MEMF_no_scrub))
        frames_scrub(pg, order);
    return pg;
}

/*
 * 2^order frames for d, cleared unless MEMF_no_scrub, or for nobody in particular (d NULL). NULL: none, or d
 * may not.
 */
struct page_info *alloc_domheap_pages(struct domain *d, unsigned order, unsigned memflags)
{
    struct page_info *pg = take_domheap_pages(d, order, memflags);

    if (pg && d && assign_pages(d, pg, order, memflags)) {
        frames_release(pg, order);
        return NULL;
    }
    return pg;
}

/* Which of its owner's lists a frame is on. */
static struct page_list *list_of(struct domain *d, const struct page_info *pg)
{
    return pg->count_info & PGC_xen_heap ? &d->xenpage_list :
           pg->count_info & PGC_relinquished ? &d->relmem_list : &d->page_list;
}

static void disown(struct domain *d, struct page_info *pg, unsigned long count)
{
    bool last;

    spin_lock(&d->page_alloc_lock);
    for (unsigned long i = 0; i < count; i++)
        page_list_del(list_of(d, &pg[i]), &pg[i]);
    if (pg->count_info & PGC_xen_heap)
        d->xenheap_pages -= count;
    else
        domain_adjust_tot_pages(d, -(long)count);
    last = !is_held(d);
    spin_unlock(&d->page_alloc_lock);
    if (last)
        domain_put(d);
}

/*
 * Take a frame from d whose only reference besides d's own is the caller's: it is nobody's then. False: in
 * use.
 */
bool detach_page(struct domain *d, struct page_info *pg)
{
    uint64_t alone = PGC_allocated | 2;

    if (cmpxchg(&pg->count_info, alone, 0) != alone)
        return false;
    disown(d, pg, 1);
    pg->owner = DOMID_INVALID;
    pg->count_info = 0;
    return true;
}

/* The same for a frame the caller has no reference to, and that may go to another domain at once. */
bool steal_page(struct domain *d, struct page_info *pg)
{
    if (!get_page(pg, d))
        return false;
    if (!detach_page(d, pg)) {
        put_page(pg);
        return false;
    }
    pg->type_info = 0;
    flush_tlb_mask(&d->arch.dirty_cpumask);
    return true;
}

/* Free 2^order frames without references, owned or not. put_page() comes here with the last reference. */
void free_domheap_pages(struct page_info *pg, unsigned order)
{
    struct domain *d = page_owner(pg);

    if (d)
        disown(d, pg, 1UL << order);
    frames_release(pg, order);
}

static void *take_xenheap(unsigned order, unsigned bits)
{
    struct page_info *pg = frames_take(order, bits, 0);

    if (!pg)
        return NULL;
    for (unsigned long i = 0; i < 1UL << order; i++) {
        pg[i].count_info = PGC_xen_heap;
        pg[i].dirty = true;
    }
    return page_to_virt(pg);
}

/* 2^order frames for the hypervisor itself, contents undefined. NULL: none. */
void *alloc_xenheap_pages(unsigned order)
{
    return take_xenheap(order, 0);
}

/* One cleared frame for the hypervisor, below 2^bits. */
void *zalloc_xenheap_page_below(unsigned bits)
{
    void *p = take_xenheap(0, bits);

    if (p)
        clear_page(p);
    return p;
}

/* One cleared frame for the hypervisor, anywhere. */
void *zalloc_xenheap_page(void)
{
    return zalloc_xenheap_page_below(0);
}

/* Free frames of alloc_xenheap_pages(); shared ones go by unshare_xen_page(). NULL is fine. */
void free_xenheap_pages(void *v, unsigned order)
{
    if (v)
        frames_release(virt_to_page(v), order);
}

/* Let d map a hypervisor frame: it becomes its owner, with one reference that unshare_xen_page() drops. */
void share_xen_page_with_guest(struct page_info *pg, struct domain *d, enum share_access access)
{
    if (pg->owner == d->domain_id)
        return;
    set_m2p(page_to_mfn(pg), INVALID_M2P_ENTRY);
    spin_lock(&d->page_alloc_lock);
    if (!is_held(d))
        BUG_ON(!domain_get(d));
    frame_owner[d->domain_id] = d;
    /* A type reference of our own keeps the access: read-only frames never become writable. */
    pg->type_info = (access == SHARE_ro ? PGT_none : PGT_writable_page) | PGT_validated | 1;
    pg->owner = d->domain_id;
    smp_wmb();
    pg->count_info |= PGC_allocated | 1;
    page_list_add_tail(&d->xenpage_list, pg);
    d->xenheap_pages++;
    spin_unlock(&d->page_alloc_lock);
}

/* Let privileged domains map a hypervisor frame, as one of DOMID_XEN. */
void share_xen_page_with_privileged_guests(struct page_info *pg, enum share_access access)
{
    share_xen_page_with_guest(pg, dom_xen, access);
}

/*
 * The hypervisor is done with a shared frame. Its owner must not be able to map it anew: it is freed once
 * unmapped.
 */
void unshare_xen_page(struct page_info *pg)
{
    if (__atomic_fetch_and(&pg->count_info, ~PGC_allocated, __ATOMIC_SEQ_CST) & PGC_allocated)
        put_page(pg);
}

/*
 * Move the next frame of a dying domain to relmem_list and get a reference. NULL: none left. *going: its last
 * is gone.
 */
static struct page_info *next_to_relinquish(struct domain *d, bool *going)
{
    struct page_info *pg;

    spin_lock(&d->page_alloc_lock);
    pg = page_list_remove_head(&d->page_list);
    if (pg) {
        page_list_add_tail(&d->relmem_list, pg);
        __atomic_fetch_or(&pg->count_info, PGC_relinquished, __ATOMIC_SEQ_CST);
        *going = !get_page(pg, d);
    }
    spin_unlock(&d->page_alloc_lock);
    return pg;
}

/*
 * Take all frames from a dying domain: 0, -ERESTART. Those mapped elsewhere stay on relmem_list and are freed
 * with their last reference.
 */
int domain_relinquish_pages(struct domain *d)
{
    struct page_info *pg;
    unsigned n = 0;
    bool going;
    int rc;

    while ((pg = next_to_relinquish(d, &going)) != NULL) {
        if (going)
            continue;
        rc = relinquish_pin(pg);
        if (__atomic_fetch_and(&pg->count_info, ~PGC_allocated, __ATOMIC_SEQ_CST) & PGC_allocated)
            put_page(pg);
        put_page(pg);
        if (rc)
            return rc;
        if (!(++n & 63) && hypercall_preempt_check())
            return -ERESTART;
    }
    return 0;
}
