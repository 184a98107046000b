/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * References to frames and to their types.
 *
 * count_info counts everything that relies on a frame staying with its owner: the owner itself
 * (PGC_allocated), page-table entries, pins, grants, operations in progress. With the last reference the
 * frame is freed.
 *
 * type_info counts what relies on the frame being used in one way. A type is taken by whoever comes when the
 * count is 0, and stays until it is 0 again. So a writable frame is no page table and the other way round,
 * and every entry of a page table was checked while nobody but us could write to it. Whoever holds a type
 * reference holds a reference too.
 *
 * Page tables and descriptor pages are validated when they get their type. For a page table that takes
 * references to all it points to, which may recurse down the levels and take long; so there are two states
 * before PGT_validated:
 *
 *   neither PGT_validated nor PGT_partial   a CPU is validating or invalidating; others wait for the outcome
 *   PGT_partial                             stopped: entries below nr_validated are referenced, and if
 *                                           partial is set entry nr_validated holds a table that is partial
 *
 * A reference to a partial table always belongs to someone who will go on or drop it: the partial parent's
 * entry, or a vcpu's slot (see below). Anyone else may add a reference to a partial table, and then finishes
 * the validation. Taking the count from 1 to 0 invalidates a table, in the same steps backwards.
 *
 * TLBs: a frame is stamped when its type count drops to 0. If it then turns from something the guest or the
 * processor could use through a stale translation (writable, page table) to something else, the owner's CPUs
 * are flushed first.
 */
#include <xen/lib.h>
#include <xen/smp.h>
#include <xen/softirq.h>
#include <asm/processor.h>
#include "internal.h"

/* Take a reference if the frame belongs to anybody at all. */
bool get_page_any_owner(struct page_info *pg)
{
    uint64_t x = READ_ONCE(pg->count_info), seen;

    for (;; x = seen) {
        if (unlikely(!(x & PGC_count_mask) || (x & PGC_count_mask) == PGC_count_mask))
            return false;
        seen = cmpxchg(&pg->count_info, x, x + 1);
        if (likely(seen == x))
            return true;
    }
}

/* Take a reference if the frame is d's. */
bool get_page(struct page_info *pg, const struct domain *d)
{
    if (unlikely(!get_page_any_owner(pg)))
        return false;
    if (likely(pg->owner == d->domain_id))
        return true;
    put_page(pg);
    return false;
}

/* Drop a reference, and the frame with the last. */
void put_page(struct page_info *pg)
{
    uint64_t x = __atomic_sub_fetch(&pg->count_info, 1, __ATOMIC_SEQ_CST);

    if (unlikely(!(x & PGC_count_mask)))
        free_domheap_pages(pg, 0);
}

/* The frame m with a reference if it is d's, else NULL. */
struct page_info *get_page_from_mfn(mfn_t m, const struct domain *d)
{
    struct page_info *pg = mfn_to_page(m);

    return mfn_valid(m) && get_page(pg, d) ? pg : NULL;
}

/* A guest names its frames by machine frame number. */
struct page_info *get_page_from_gfn(struct domain *d, gfn_t g)
{
    return get_page_from_mfn(mfn(g.n), d);
}

static bool is_table(uint64_t type_info)
{
    return table_level(type_info) != 0;
}

static bool needs_validation(uint64_t type)
{
    return is_table(type) || type == PGT_seg_desc_page;
}

/* May a TLB still hold a translation that would break the new type's promise? */
static bool may_be_stale(uint64_t old, uint64_t type)
{
    return (old & PGT_type_mask) != type && (is_table(old) || (old & PGT_type_mask) == PGT_writable_page);
}

/* Nobody can use the frame until we are done. Its stamp is still there. */
static void flush_before_retype(const struct page_info *pg)
{
    const struct domain *d = page_owner(pg);
    cpumask_t mask;

    if (!d)
        return;
    mask = d->arch.dirty_cpumask;
    tlbflush_filter(&mask, pg->tlbflush_timestamp);
    if (!cpumask_empty(&mask))
        flush_tlb_mask(&mask);
}

/* The frame has just got this type, or its validation was stopped; make it ready to use. */
static int make_valid(struct page_info *pg, uint64_t type, bool preemptible)
{
    int rc = 0;

    if (is_table(type))
        rc = validate_table(pg, type, preemptible);
    else if (type == PGT_seg_desc_page)
        rc = validate_descriptors(pg);
    mark_dirty(pg);                     /* entries may have been adjusted */
    if (rc == -EINVAL) {                /* descriptors: nothing is held */
        pg->type_info = PGT_none;
        return rc;
    }
    __atomic_fetch_or(&pg->type_info, rc ? PGT_partial : PGT_validated, __ATOMIC_SEQ_CST);
    return rc;
}

/* Take a type reference, or go on with one that is held. See internal.h for the results. */
int ref_type(struct page_info *pg, uint64_t type, bool preemptible, bool held)
{
    uint64_t x = READ_ONCE(pg->type_info), next, seen;

    for (;; x = seen) {
        bool fresh = !(x & PGT_count_mask);

        if (held && (x & PGT_validated))
            return 0;
        if (unlikely(fresh))
            next = type | 1 | (needs_validation(type) || may_be_stale(x, type) ? 0 : PGT_validated);
        else if (unlikely((x & PGT_type_mask) != type))
            return -EINVAL;
        else if (likely(x & PGT_validated))
            next = x + 1;
        else if (x & PGT_partial)
            next = (x & ~PGT_partial) + !held;
        else {
            cpu_relax();
            seen = READ_ONCE(pg->type_info);
            continue;
        }
        seen = cmpxchg(&pg->type_info, x, next);
        if (unlikely(seen != x))
            continue;
        if (likely(next & PGT_validated))
            return 0;
        if (fresh) {
            if (may_be_stale(x, type))
                flush_before_retype(pg);
            pg->nr_validated = pg->partial = pg->nr_linear = 0;
        }
        return make_valid(pg, type, preemptible);
    }
}

/* The last type reference to a table goes. */
static int unref_last(struct page_info *pg, uint64_t x, bool preemptible)
{
    int rc;

    if (any_shadowed())
        shadow_forget(pg);
    rc = invalidate_table(pg, x & PGT_type_mask, preemptible);
    if (rc) {
        __atomic_fetch_or(&pg->type_info, PGT_partial, __ATOMIC_SEQ_CST);
        return rc;
    }
    pg->tlbflush_timestamp = tlbflush_current_time();       /* after drop_type()'s cmpxchg, which all stores precede */
    smp_wmb();
    WRITE_ONCE(pg->type_info, x & PGT_type_mask);
    return 0;
}

/*
 * Whoever has a table locked holds a reference, which must not become the last: he could not stop while all below it
 * is dropped.
 */
static bool would_leave_last_to_lock(uint64_t x)
{
    return (x & PGT_locked) && (x & PGT_count_mask) == 2 && table_level(x) > 1;
}

/*
 * Drop a type reference; one: what it counts in type_info. 0, or -ERESTART: the reference stays, to a table now
 * partial or one that is locked.
 */
static always_inline int drop_type(struct page_info *pg, uint64_t one, bool preemptible)
{
    uint64_t x = READ_ONCE(pg->type_info), next, seen;

    for (;; x = seen) {
        bool last = (x & PGT_count_mask) == 1, teardown = last && is_table(x);

        ASSERT(x & PGT_count_mask);
        if (preemptible && unlikely(would_leave_last_to_lock(x)))
            return -ERESTART;
        if (teardown) {
            /* Keep the count while we work: others wait, and find it untyped. */
            next = x & ~(PGT_validated | PGT_partial);
        } else {
            next = x - one;
            if (last) {
                /*
                 * The entry that mapped it was changed by a plain store. All must see that before the clock is read: else
                 * who flushes in between counts as having flushed since, and may have read the old entry again after that.
                 */
                smp_mb();
                pg->tlbflush_timestamp = tlbflush_current_time();
            }
        }
        seen = cmpxchg(&pg->type_info, x, next);
        if (likely(seen == x))
            return teardown ? unref_last(pg, x, preemptible) : 0;
    }
}

/* Drop a type reference, see internal.h. */
int unref_type(struct page_info *pg, bool preemptible)
{
    return drop_type(pg, 1, preemptible);
}

/* Drop the type reference of a linear entry, see internal.h. */
int unref_named(struct page_info *pg, bool preemptible)
{
    return drop_type(pg, PGT_named_one + 1, preemptible);
}

/* ---- The interface of other rooms ---- */

/* Take a type reference, however long that takes. 0 or -EINVAL. The caller holds a reference. */
int get_page_type(struct page_info *pg, uint64_t type)
{
    int rc = ref_type(pg, type, false, false);

    if (unlikely(rc == REF_BROKEN)) {
        unref_type(pg, false);
        rc = -EINVAL;
    }
    return rc;
}

/* Drop a type reference, however long that takes. */
void put_page_type(struct page_info *pg)
{
    unref_type(pg, false);
}

/*
 * ---- What a vcpu was interrupted in ----
 *
 * It may have one table whose validation was stopped and one whose dropping was, each with a reference and a type
 * reference. What is being dropped is finished first by each call that could drop more. What was being validated waits
 * for its call to go on, whatever the guest does meanwhile in its handlers; validating another one gives it up. Two
 * slots, so that a validation that the guest never goes on with doesn't make it drop without stopping.
 */

/* Go on dropping the slot's table, if it has one. 0 or -ERESTART: some is done, and some remains. */
static always_inline int drop_from(struct page_info **slot)
{
    struct page_info *pg = *slot;

    if (likely(!pg))
        return 0;
    if (unref_type(pg, true))
        return -ERESTART;
    *slot = NULL;
    put_page(pg);
    return 0;
}

/* Finish dropping a table; with all also give up one that was being validated. 0 or -ERESTART */
int finish_unref(struct vcpu *v, bool all)
{
    int rc = drop_from(&v->arch.dropping);

    return rc || !all ? rc : drop_from(&v->arch.validating);
}

/* Drop a reference and a type reference. What can't be done at once stays in the vcpu's slot, which should be empty. */
void unref_table(struct page_info *pg)
{
    struct vcpu *v = current;

    if (unref_type(pg, !v->arch.dropping))
        v->arch.dropping = pg;
    else
        put_page(pg);
}

/* Reference d's frame as a table of the type. 0; -EINVAL; -ERESTART: call again, for the same table. */
int ref_table(struct page_info *pg, struct domain *d, uint64_t type)
{
    struct vcpu *v = current;
    bool held = v->arch.validating == pg && (READ_ONCE(pg->type_info) & PGT_type_mask) == type;
    int rc;

    if (held)
        v->arch.validating = NULL;
    else if (finish_unref(v, true))
        return -ERESTART;
    else if (!get_page(pg, d))
        return -EINVAL;
    rc = ref_type(pg, type, true, held);
    if (likely(!rc))
        return 0;
    if (rc == -ERESTART) {
        v->arch.validating = pg;
        return rc;
    }
    if (rc == REF_BROKEN)
        unref_table(pg);
    else
        put_page(pg);
    return -EINVAL;
}

/* ---- Locks of page tables ---- */

/*
 * Hold a validated page table as it is, with a type reference. 0; -EINVAL: it isn't one; -ERESTART: call again. The lock
 * is not fair, and may be held for as long as its owner isn't wanted elsewhere: so who waits must not be, either.
 */
int lock_table(struct page_info *pg)
{
    uint64_t x = READ_ONCE(pg->type_info), seen;

    for (;; x = seen) {
        if (unlikely(x & PGT_locked)) {
            cpu_relax();
            if (softirq_pending(smp_processor_id()))
                return -ERESTART;
            seen = READ_ONCE(pg->type_info);
            continue;
        }
        if (!(x & PGT_count_mask) || !(x & PGT_validated) || !is_table(x))
            return -EINVAL;
        seen = cmpxchg(&pg->type_info, x, (x | PGT_locked) + 1);
        if (likely(seen == x))
            return 0;
    }
}

/* The caller holds a reference besides: ours to the type may have become the last, which then goes. */
void unlock_table(struct page_info *pg)
{
    uint64_t x = READ_ONCE(pg->type_info), seen;

    for (;; x = seen) {
        uint64_t next = (x & ~PGT_locked) - ((x & PGT_count_mask) > 1);

        seen = cmpxchg(&pg->type_info, x, next);
        if (likely(seen == x)) {
            if (unlikely((x & PGT_count_mask) == 1))
                unref_type(pg, false);
            return;
        }
    }
}
