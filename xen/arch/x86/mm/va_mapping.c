/* SPDX-License-Identifier: GPL-2.0-only */
/* update_va_mapping: one level 1 entry, named by the address it maps, and the flush that goes with it. */
#include <xen/hypercall.h>
#include <xen/lib.h>
#include "internal.h"

static int update_va(unsigned long va, uint64_t val, struct domain *from)
{
    const struct pt_update u = { val, PT_SET, 0, from };
    struct domain *d = current->domain;
    struct page_info *pg;
    mfn_t table;
    pte_t *slot;
    int rc;

    if (unlikely(!walk_to_l1(current, va, &table, &slot)))
        return refuse(-EINVAL, "update_va_mapping: no level 1 table for the address");
    pg = get_page_from_mfn(table, d);
    if (unlikely(!pg))
        return refuse(-EINVAL, "update_va_mapping: no level 1 table for the address");
    rc = lock_table(pg);
    if (likely(!rc)) {
        rc = table_level(pg->type_info) == 1 ? update_entry(pg, slot, &u) : -EINVAL;
        unlock_table(pg);
    }
    put_page(pg);
    return rc;
}

/*
 * The flush that UVMF_* asks for: on this CPU, on all that run the domain, or on those of a bitmap of vcpus.
 */
static int flush_as_asked(unsigned long va, unsigned long flags)
{
    const void *bitmap = (const void *)(flags & ~(UVMF_FLUSHTYPE_MASK | UVMF_ALL));
    const struct domain *d = current->domain;
    unsigned what = FLUSH_TLB | FLUSH_TLB_GLOBAL;
    cpumask_t mask;
    int rc;

    switch (flags & UVMF_FLUSHTYPE_MASK) {
    case UVMF_NONE:
        return 0;
    case UVMF_INVLPG:
        what = FLUSH_ONE;
        break;
    case UVMF_TLB_FLUSH:
        break;
    default:
        return refuse(-EINVAL, "update_va_mapping: flush type");
    }
    if (flags & UVMF_ALL) {
        mask = d->arch.dirty_cpumask;
    } else if (!bitmap) {
        flush_area_local((const void *)va, what);
        return 0;
    } else {
        rc = vcpu_bitmap_to_cpus(d, bitmap, &mask);
        if (rc)
            return rc;
    }
    flush_area_mask(&mask, (const void *)va, what);
    return 0;
}

static long update_and_flush(unsigned long va, uint64_t val, unsigned long flags, struct domain *from)
{
    /* Tables that are still to be dropped would make frames look in use. */
    int rc = finish_unref(current, false);

    if (likely(!rc))
        rc = update_va(va, val, from);
    return rc ? rc : flush_as_asked(va, flags);
}

/* Hypercall: write the entry that maps va in the current tables. 0, -EINVAL, -EPERM, -EFAULT */
long do_update_va_mapping(unsigned long va, uint64_t val, unsigned long flags)
{
    long rc = update_and_flush(va, val, flags, current->domain);

    if (unlikely(rc == -ERESTART))
        return hypercall_continue(__HYPERVISOR_update_va_mapping, 3, va, val, flags);
    return rc;
}

/* Hypercall: the same, mapping a frame of the domain domid. Also -ESRCH. */
long do_update_va_mapping_otherdomain(unsigned long va, uint64_t val, unsigned long flags, unsigned domid)
{
    struct domain *from;
    long rc = foreign_domain_get(domid, &from);

    if (rc)
        return rc;
    rc = update_and_flush(va, val, flags, from);
    foreign_domain_put(from);
    if (unlikely(rc == -ERESTART))
        return hypercall_continue(__HYPERVISOR_update_va_mapping_otherdomain, 4, va, val, flags, (unsigned long)domid);
    return rc;
}
