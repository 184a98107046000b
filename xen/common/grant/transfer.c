/* SPDX-License-Identifier: GPL-2.0-only */
/* Giving a frame away: to a domain that waits for one in a GTF_accept_transfer entry. */
#include <xen/trace.h>
#include "private.h"

/* The head of the receiver's entry, if it still waits for a frame of ld's, marked as committed. */
static bool commit_entry(struct domain *rd, domid_t giver, grant_ref_t ref)
{
    struct grant_table *t = rd->grant_table;
    uint32_t *head, seen;
    bool ok = false;

    read_lock(&t->lock);
    if (has_entry(t, &ref)) {
        head = t->version == 1 ? (uint32_t *)entry_v1(t, ref) : (uint32_t *)&entry_v2(t, ref)->hdr;
        seen = READ_ONCE(*head);
        ok = seen == ((uint32_t)giver << 16 | GTF_accept_transfer) &&
             cmpxchg(head, seen, seen | GTF_transfer_committed) == seen;
    }
    read_unlock(&t->lock);
    return ok;
}

/* Nothing came of it: the entry waits as before. */
static void uncommit_entry(struct domain *rd, grant_ref_t ref)
{
    struct grant_table *t = rd->grant_table;

    read_lock(&t->lock);
    if (ref < nr_entries(t))
        __atomic_fetch_and(t->version == 1 ? &entry_v1(t, ref)->flags : &entry_v2(t, ref)->hdr.flags,
                           (uint16_t)~GTF_transfer_committed, __ATOMIC_SEQ_CST);
    read_unlock(&t->lock);
}

/* The frame is rd's. */
static void complete_entry(struct domain *rd, grant_ref_t ref, mfn_t frame)
{
    struct grant_table *t = rd->grant_table;

    read_lock(&t->lock);
    if (ref < nr_entries(t)) {
        if (t->version == 1) {
            WRITE_ONCE(entry_v1(t, ref)->frame, frame.n);
            smp_wmb();
            __atomic_fetch_or(&entry_v1(t, ref)->flags, GTF_transfer_completed, __ATOMIC_SEQ_CST);
        } else {
            WRITE_ONCE(entry_v2(t, ref)->full_page.frame, frame.n);
            smp_wmb();
            __atomic_fetch_or(&entry_v2(t, ref)->hdr.flags, GTF_transfer_completed, __ATOMIC_SEQ_CST);
        }
    }
    read_unlock(&t->lock);
}

/* The frame is nobody's: give it to rd if that waits for it. */
static int hand_over(struct domain *ld, struct domain *rd, mfn_t frame, grant_ref_t ref)
{
    if (!commit_entry(rd, ld->domain_id, ref))
        return GNTST_general_error;
    if (assign_pages(rd, mfn_to_page(frame), 0, 0)) {
        uncommit_entry(rd, ref);
        return GNTST_general_error;
    }
    complete_entry(rd, ref, frame);
    TRACE(TRC_MEM_PAGE_GRANT_TRANSFER, rd->domain_id);
    return GNTST_okay;
}

/* A frame too high for rd is replaced by a copy. */
static int bring_in_reach(const struct domain *rd, mfn_t *frame)
{
    struct page_info *copy;

    if (!rd->addr_bits || !(frame->n >> (rd->addr_bits - PAGE_SHIFT)))
        return GNTST_okay;
    copy = alloc_domheap_page(NULL, domain_memflags(rd, MEMF_no_scrub));
    if (!copy)
        return GNTST_address_too_big;
    copy_page(page_to_virt(copy), mfn_to_virt(*frame));
    free_domheap_page(mfn_to_page(*frame));
    *frame = page_to_mfn(copy);
    set_m2p(*frame, INVALID_M2P_ENTRY);      /* it may have been another's */
    return GNTST_okay;
}

/* Whatever else is wrong: unless it is the frame itself, the caller has lost it. */
static int transfer_one(const struct gnttab_transfer *op)
{
    struct domain *ld = current->domain, *rd;
    mfn_t frame = mfn(op->mfn);
    int rc = GNTST_bad_domain;

    if (!mfn_valid(frame) || !steal_page(ld, mfn_to_page(frame)))
        return GNTST_bad_page;               /* not the caller's, or mapped, typed, shared */
    mark_pfn_dirty(ld, get_m2p(frame));
    set_m2p(frame, INVALID_M2P_ENTRY);
    rd = domain_get_by_id(op->domid);
    if (rd) {
        rc = bring_in_reach(rd, &frame);
        if (!rc)
            rc = hand_over(ld, rd, frame, op->ref);
        domain_put(rd);
    }
    if (rc)
        free_domheap_page(mfn_to_page(frame));
    return rc;
}

long grant_transfer_batch(void *uop, unsigned count)
{
    struct gnttab_transfer op, *u = uop;
    unsigned i;

    for (i = 0; i < count && !(i && hypercall_preempt_check()); i++) {
        if (get_guest(&op, guest_at(u, i)))
            return -EFAULT;
        op.status = transfer_one(&op);
        if (op.status != GNTST_okay)
            refused(op.status, "grant transfer: see the status code");
        if (put_guest_member(guest_at(u, i), &op, status))
            return -EFAULT;
    }
    return i;
}
