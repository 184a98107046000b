/* SPDX-License-Identifier: GPL-2.0-only */
/* mmuext_op: pinning of page tables, base pointers, flushes, LDT, clearing and copying of frames. */
#include <xen/guest.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/perfc.h>
#include "internal.h"

#define MMUEXT_PREEMPTED (1u << 31)         /* in count: a continuation */

/* Make a frame a page table and keep it one until it is unpinned. */
static int pin_table(const struct mmuext_op *op, struct domain *d)
{
    uint64_t type = PT_TYPE(op->cmd - MMUEXT_PIN_L1_TABLE + 1);
    mfn_t m = mfn(op->arg1.mfn);
    struct page_info *pg = mfn_to_page(m);
    bool possible = mfn_valid(m) && !(type == PGT_l4_page_table && d->arch.is_32bit_pv);
    int rc = possible ? ref_table(pg, d, type) : -EINVAL;

    if (rc == -EINVAL)
        return refuse(rc, "pin: frame is not the domain's, in use otherwise, or has invalid entries");
    if (rc)
        return rc;
    if (__atomic_fetch_or(&pg->type_info, PGT_pinned, __ATOMIC_SEQ_CST) & PGT_pinned) {
        unref_table(pg);
        return refuse(-EINVAL, "pin: frame is pinned already");
    }
    /* A domain that began to die meanwhile may have passed this frame by. */
    if (unlikely(READ_ONCE(d->is_dying)) &&
        (__atomic_fetch_and(&pg->type_info, ~PGT_pinned, __ATOMIC_SEQ_CST) & PGT_pinned))
        unref_table(pg);
    return 0;
}

static int unpin_table(const struct mmuext_op *op, struct domain *d)
{
    struct page_info *pg = get_page_from_mfn(mfn(op->arg1.mfn), d);

    if (!pg)
        return refuse(-EINVAL, "unpin: frame is not the domain's");
    if (!(__atomic_fetch_and(&pg->type_info, ~PGT_pinned, __ATOMIC_SEQ_CST) & PGT_pinned)) {
        put_page(pg);
        return refuse(-EINVAL, "unpin: frame is not pinned");
    }
    put_page(pg);
    unref_table(pg);
    return 0;
}

static int new_baseptr(const struct mmuext_op *op, struct vcpu *v)
{
    mfn_t m = mfn(op->arg1.mfn);

    if (unlikely(!m.n))
        return refuse(-EINVAL, "new_baseptr: no frame");
    if (!mfn_eq(m, v->arch.guest_table))
        return set_guest_table(v, &v->arch.guest_table, m);
    write_cr3_for(v);
    return 0;
}

static int new_user_baseptr(const struct mmuext_op *op, struct vcpu *v)
{
    if (v->domain->arch.is_32bit_pv)
        return refuse(-EINVAL, "new_user_baseptr: for 64-bit guests");
    return set_guest_table(v, &v->arch.guest_table_user, mfn(op->arg1.mfn));
}

static int flush_multi(const struct mmuext_op *op, const struct domain *d)
{
    cpumask_t mask;
    int rc = vcpu_bitmap_to_cpus(d, op->arg2.vcpumask.p, &mask);

    if (rc)
        return rc;
    if (op->cmd == MMUEXT_TLB_FLUSH_MULTI)
        flush_tlb_mask(&mask);
    else if (guest_range_ok((const void *)op->arg1.linear_addr, 1))
        flush_area_mask(&mask, (const void *)op->arg1.linear_addr, FLUSH_ONE);
    return 0;
}

static int flush_cache(const struct mmuext_op *op, const struct domain *d)
{
    if (!may_bypass_cache(d))
        return refuse(-EACCES, "flush_cache: the domain has no I/O memory or ports");
    if (op->cmd == MMUEXT_FLUSH_CACHE)
        flush_area_local(NULL, FLUSH_CACHE);
    else
        flush_area_mask(&cpu_online_map, NULL, FLUSH_CACHE);
    return 0;
}

static int set_ldt(const struct mmuext_op *op, struct vcpu *v)
{
    unsigned long base = op->arg1.linear_addr;
    unsigned ents = op->arg2.nr_ents;

    if ((base & (PAGE_SIZE - 1)) || ents > 8192 || !guest_range_ok((void *)base, ents * 8UL))
        return refuse(-EINVAL, "set_ldt: address or number of entries");
    if (base == v->arch.ldt_base && ents == v->arch.ldt_ents)
        return 0;
    if (invalidate_shadow_ldt(v))
        flush_area_local(NULL, FLUSH_TLB | FLUSH_TLB_GLOBAL);
    v->arch.ldt_base = base;
    v->arch.ldt_ents = ents;
    load_guest_ldt(v);
    return 0;
}

/* The frame, writable by its domain, with both references. */
static struct page_info *get_writable(mfn_t m, const struct domain *d)
{
    struct page_info *pg = get_page_from_mfn(m, d);

    if (pg && get_page_type(pg, PGT_writable_page)) {
        put_page(pg);
        pg = NULL;
    }
    return pg;
}

static int clear_frame(const struct mmuext_op *op, const struct domain *d)
{
    struct page_info *pg = get_writable(mfn(op->arg1.mfn), d);

    if (!pg)
        return refuse(-EINVAL, "clear_page: frame is not the domain's or not writable");
    clear_page(page_to_virt(pg));
    mark_dirty(pg);
    put_page_and_type(pg);
    return 0;
}

static int copy_frame(const struct mmuext_op *op, const struct domain *d)
{
    struct page_info *src = get_page_from_mfn(mfn(op->arg2.src_mfn), d), *dst;

    if (!src)
        return refuse(-EINVAL, "copy_page: source is not the domain's");
    dst = get_writable(mfn(op->arg1.mfn), d);
    if (!dst) {
        put_page(src);
        return refuse(-EINVAL, "copy_page: frame is not the domain's or not writable");
    }
    copy_page(page_to_virt(dst), page_to_virt(src));
    mark_dirty(dst);
    put_page_and_type(dst);
    put_page(src);
    return 0;
}

/* One operation of v's, on frames of d. 0, -errno, -ERESTART: again */
static int do_one(const struct mmuext_op *op, struct vcpu *v, struct domain *d)
{
    switch (op->cmd) {
    case MMUEXT_PIN_L1_TABLE ... MMUEXT_PIN_L4_TABLE:
        return pin_table(op, d);
    case MMUEXT_UNPIN_TABLE:
        return unpin_table(op, d);
    case MMUEXT_CLEAR_PAGE:
        return clear_frame(op, d);
    case MMUEXT_COPY_PAGE:
        return copy_frame(op, d);
    }
    if (unlikely(d != v->domain))
        return refuse(-EPERM, "mmuext_op: the operation is on the caller itself only");
    switch (op->cmd) {
    case MMUEXT_NEW_BASEPTR:
        return new_baseptr(op, v);
    case MMUEXT_NEW_USER_BASEPTR:
        return new_user_baseptr(op, v);
    case MMUEXT_TLB_FLUSH_LOCAL:
        flush_area_local(NULL, FLUSH_TLB | FLUSH_TLB_GLOBAL);
        return 0;
    case MMUEXT_INVLPG_LOCAL:
        if (guest_range_ok((const void *)op->arg1.linear_addr, 1))
            flush_area_local((const void *)op->arg1.linear_addr, FLUSH_ONE);
        return 0;
    case MMUEXT_TLB_FLUSH_MULTI:
    case MMUEXT_INVLPG_MULTI:
        return flush_multi(op, d);
    case MMUEXT_TLB_FLUSH_ALL:
        flush_tlb_mask(&d->arch.dirty_cpumask);
        return 0;
    case MMUEXT_INVLPG_ALL:
        if (guest_range_ok((const void *)op->arg1.linear_addr, 1))
            flush_area_mask(&d->arch.dirty_cpumask, (const void *)op->arg1.linear_addr, FLUSH_ONE);
        return 0;
    case MMUEXT_FLUSH_CACHE:
    case MMUEXT_FLUSH_CACHE_GLOBAL:
        return flush_cache(op, d);
    case MMUEXT_SET_LDT:
        return set_ldt(op, v);
    case MMUEXT_MARK_SUPER:
        return mark_superpage(mfn(op->arg1.mfn), d);
    case MMUEXT_UNMARK_SUPER:
        return unmark_superpage(mfn(op->arg1.mfn), d);
    default:
        return refuse(-ENOSYS, "mmuext_op: unknown operation");
    }
}

/* Operations until one fails. *done: how many; 0, -errno, -ERESTART */
static int do_all(const struct mmuext_op *guest, unsigned count, struct domain *d, unsigned *done)
{
    struct vcpu *v = current;
    int rc = finish_unref(v, false);

    for (; !rc && *done < count; ++*done) {
        struct mmuext_op op;

        if (*done && hypercall_preempt_check())
            return -ERESTART;
        if (unlikely(get_guest(&op, guest_at(guest, *done))))
            return -EFAULT;
        perfc_incr(mmuext_ops);
        rc = do_one(&op, v, d);
        if (unlikely(rc))
            return rc;
        /* The operation is done but for something to drop. */
        if (unlikely(v->arch.dropping))
            rc = -ERESTART;
    }
    return rc;
}

/*
 * Hypercall: count operations; pdone (may be NULL) OUT: how many were carried out. foreigndom: owner of the
 * frames of (un)pin, clear and copy. 0, -EFAULT, -EINVAL, -EPERM, -ESRCH, -EACCES, -EBUSY, -EOPNOTSUPP,
 * -ENOSYS
 */
long do_mmuext_op(void *uops, unsigned count, void *pdone, unsigned foreigndom)
{
    const struct mmuext_op *guest = uops;
    unsigned done = 0, before = 0;
    struct domain *d;
    int rc;

    if (count & MMUEXT_PREEMPTED) {
        count &= ~MMUEXT_PREEMPTED;
        if (pdone && get_guest(&before, pdone))
            return -EFAULT;
    }
    rc = foreign_domain_get(foreigndom, &d);
    if (unlikely(rc))
        return rc;
    rc = do_all(guest, count, d, &done);
    foreign_domain_put(d);
    before += done;
    if (pdone && put_guest(pdone, &before))
        return -EFAULT;
    if (rc == -ERESTART)
        return hypercall_continue(__HYPERVISOR_mmuext_op, 4, guest_at(guest, done), (count - done) | MMUEXT_PREEMPTED,
                                  pdone, foreigndom);
    return rc;
}
