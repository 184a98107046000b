/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mmu_update: a batch of checked writes to page-table entries (or to frames not yet in use as page tables),
 * and of changes to the machine-to-phys table. Consecutive entries mostly hit the same table, which stays
 * looked up and locked within a batch: not longer, for others may wait for it.
 */
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/perfc.h>
#include "internal.h"

#define MMU_UPDATE_PREEMPTED (1u << 31)     /* in count: a continuation, *pdone counts from what it holds */
#define MMU_CMD_MASK         3
#define NO_CMD               4              /* set in what is neither a command nor an aligned address */
#define BATCH                32             /* requests read from the guest at a time: 512 bytes of stack */

/* The frame the last request wrote to. */
struct target {
    mfn_t m;
    struct page_info *pg;                   /* NULL: none. Referenced, and locked as a table or writable */
    bool is_table;
};

static void target_put(struct target *t)
{
    if (!t->pg)
        return;
    if (t->is_table)
        unlock_table(t->pg);
    else
        put_page_type(t->pg);
    put_page(t->pg);
    t->pg = NULL;
}

/*
 * Get hold of frame m of d to write to it: a page table, or else something the guest could write to itself.
 */
static int target_get(struct target *t, mfn_t m, const struct domain *d)
{
    int rc;

    if (likely(t->pg && mfn_eq(t->m, m)))
        return 0;
    target_put(t);
    t->pg = get_page_from_mfn(m, d);
    if (!t->pg)
        return refuse(-EINVAL, "mmu_update: the entry is not in a frame of the domain");
    t->m = m;
    rc = lock_table(t->pg);
    t->is_table = !rc;
    if (likely(!rc) || (rc == -EINVAL && !get_page_type(t->pg, PGT_writable_page)))
        return 0;
    put_page(t->pg);
    t->pg = NULL;
    return rc == -ERESTART ? rc : refuse(rc, "mmu_update: the entry's frame is neither page table nor writable");
}

static int unknown_command(void)
{
    return refuse(-ENOSYS, "mmu_update: unknown command, or the entry's address is not aligned");
}

static int update_pt(struct target *t, const struct mmu_update *req, struct domain *pt_owner,
                     struct domain *from)
{
    unsigned cmd = req->ptr & MMU_CMD_MASK;
    pte_t *slot = __va(req->ptr & ~(uint64_t)MMU_CMD_MASK);
    struct pt_update u = { req->val, cmd == MMU_PT_UPDATE_PRESERVE_AD ? PT_KEEP_AD : PT_SET, 0, from };
    int rc;

    if (unlikely(req->ptr & NO_CMD))
        return unknown_command();
    rc = target_get(t, mfn(req->ptr >> PAGE_SHIFT), pt_owner);
    if (unlikely(rc))
        return rc;
    if (unlikely(!t->is_table)) {
        WRITE_ONCE(*slot, req->val);
        mark_dirty(t->pg);
        return 0;
    }
    return update_entry(t->pg, slot, &u);
}

static int update_m2p(const struct mmu_update *req, struct domain *from)
{
    mfn_t m = mfn(req->ptr >> PAGE_SHIFT);
    struct page_info *pg;

    if (req->ptr & NO_CMD)
        return unknown_command();
    pg = get_page_from_mfn(m, from);
    if (!pg)
        return refuse(-EINVAL, "mmu_update: machine-to-phys entry of a frame that is not the domain's");
    set_m2p(m, req->val);
    mark_dirty(pg);
    put_page(pg);
    return 0;
}

/*
 * Carry out requests until one fails or is to be continued. Returns how many are done; *result: 0, -errno,
 * -ERESTART
 */
static unsigned run_batch(const struct mmu_update *req, unsigned n, struct domain *pt_owner, struct domain *from,
                          int *result)
{
    struct target t = { .pg = NULL };
    unsigned i;

    *result = 0;
    for (i = 0; i < n; i++, req++) {
        if (likely((req->ptr & MMU_CMD_MASK) != MMU_MACHPHYS_UPDATE))
            *result = update_pt(&t, req, pt_owner, from);
        else
            *result = update_m2p(req, from);
        if (unlikely(*result))
            break;
        /* Done, but what the entry pointed to takes long to drop: with no lock held. */
        if (unlikely(current->arch.dropping)) {
            *result = -ERESTART;
            i++;
            break;
        }
    }
    target_put(&t);
    return i;
}

/* All requests. *done: how many; 0, -errno, -ERESTART */
static int run_all(const struct mmu_update *guest, unsigned count, struct domain *pt_owner,
                   struct domain *from, unsigned *done)
{
    struct mmu_update req[BATCH];
    int rc = finish_unref(current, false);

    while (!rc && *done < count) {
        unsigned n = min(count - *done, (unsigned)BATCH);

        if (*done && hypercall_preempt_check()) {
            rc = -ERESTART;
            break;
        }
        if (unlikely(raw_copy_from_guest(req, guest + *done, n * sizeof(*req)))) {
            rc = -EFAULT;
            break;
        }
        perfc_add(mmu_updates, n);
        *done += run_batch(req, n, pt_owner, from, &rc);
    }
    return rc;
}

/*
 * The domains of the foreigndom argument: owner of mapped frames in the low half, of the tables (id + 1) in
 * the high half.
 */
static int get_domains(unsigned foreigndom, struct domain **pt_owner, struct domain **from)
{
    unsigned pt = foreigndom >> 16;
    int rc = foreign_domain_get(pt ? pt - 1 : DOMID_SELF, pt_owner);

    if (rc)
        return rc;
    if (unlikely(*pt_owner == dom_io || *pt_owner == dom_xen))
        return refuse(-EINVAL, "mmu_update: owner of the page tables is no domain");
    rc = foreign_domain_get(foreigndom, from);
    if (rc)
        foreign_domain_put(*pt_owner);
    return rc;
}

/*
 * Hypercall. count: of ureqs; pdone (may be NULL) OUT: how many were carried out. foreigndom: see
 * get_domains(). 0, -EFAULT, -EINVAL, -ENOSYS, -EPERM, -ESRCH; requests before the failing one stay done.
 */
long do_mmu_update(void *ureqs, unsigned count, void *pdone, unsigned foreigndom)
{
    const struct mmu_update *guest = ureqs;
    struct domain *pt_owner, *from;
    unsigned done = 0, before = 0;
    int rc;

    if (count & MMU_UPDATE_PREEMPTED) {
        count &= ~MMU_UPDATE_PREEMPTED;
        if (pdone && get_guest(&before, pdone))
            return -EFAULT;
    }
    rc = get_domains(foreigndom, &pt_owner, &from);
    if (unlikely(rc))
        return rc;
    rc = run_all(guest, count, pt_owner, from, &done);
    foreign_domain_put(from);
    foreign_domain_put(pt_owner);
    before += done;
    if (pdone && put_guest(pdone, &before))
        return -EFAULT;
    if (rc == -ERESTART)
        return hypercall_continue(__HYPERVISOR_mmu_update, 4, guest + done,
                                  (count - done) | MMU_UPDATE_PREEMPTED, pdone, foreigndom);
    return rc;
}
