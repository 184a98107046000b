/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shadow page tables and the log of written frames (XEN_DOMCTL_shadow_op): what a domain has of them, and how the rest
 * of the hypervisor tells of what it writes. The models are at the heads of arch/x86/mm/shadow.c and dirty.c.
 */
#ifndef ASM_SHADOW_H
#define ASM_SHADOW_H

#include <asm/mm.h>

struct shadow_mode {
    spinlock_t lock;
    bool on;                            /* the domain's vcpus run on shadows */
    /* shadow.c: frames of the pool, in one list each */
    struct page_list *used;             /* [SHADOW_BUCKETS], by the guest's table */
    struct page_list free, stale;       /* stale: processors may still know them as what they were */
    unsigned frames, limit;             /* in the pool; at most */
    /* dirty.c: one bit for each pseudo-physical frame */
    unsigned long **log;                /* pages of it, [nr_log_pages] */
    unsigned nr_log_pages, max_log_pages;
    unsigned long nr_pfns;              /* logged: those below; 0: there is no log */
    uint32_t fault_count, dirty_count;  /* since it was last cleaned */
    const struct vcpu *reader;          /* who is in the midst of reading it: only compared; domain_lock */
    unsigned long next_read;            /* and how far: in words */
};

/* Domains that run on shadows. None is the rule, so all hooks cost a predicted branch. */
extern unsigned shadowed_domains;
static always_inline bool any_shadowed(void) { return unlikely(READ_ONCE(shadowed_domains)); }

/* dirty.c. A frame has been written to, by us or on behalf of another domain: after the write, with a reference. */
void log_frame_written(const struct page_info *pg);
static always_inline void mark_dirty(const struct page_info *pg)
{
    if (any_shadowed())
        log_frame_written(pg);
}
/* d's frame pfn has become another, or is gone. */
void log_pfn_changed(struct domain *d, unsigned long pfn);
static always_inline void mark_pfn_dirty(struct domain *d, unsigned long pfn)
{
    if (any_shadowed())
        log_pfn_changed(d, pfn);
}
/* All that the mode took, for a domain whose vcpus don't run. 0, -ERESTART: call again */
int dirty_teardown(struct domain *d);
struct xen_domctl_shadow_op;
/* XEN_DOMCTL_shadow_op, d->domain_lock held, d not the caller's. 0, -errno, -ERESTART */
long shadow_op(struct domain *d, struct xen_domctl_shadow_op *op);

/* shadow.c */
void shadow_domain_init(struct domain *d);
/* Rights and a root for a vcpu of a domain that runs on shadows. 0, -ENOMEM */
int shadow_vcpu_init(struct vcpu *v);
void shadow_vcpu_destroy(struct vcpu *v);
/* Back to the guest's own tables, and give all frames back. No vcpu of d runs. 0, -ERESTART */
int shadow_teardown(struct domain *d);

#endif
