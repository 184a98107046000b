/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames for shadow page tables, and what begins and ends with a domain's running on them. A frame of the pool is in use,
 * free, or stale: not shown to any processor any more, but not yet forgotten by all. The pool grows as shadows are
 * needed; at its limit all shadows are forgotten, and made again by faults.
 */
#include <xen/lib.h>
#include <xen/sched.h>
#include <asm/processor.h>
#include <asm/pv.h>
#include "internal.h"

#define BUCKETS_ORDER    2              /* SHADOW_BUCKETS lists of 16 bytes */
_Static_assert(SHADOW_BUCKETS * sizeof(struct page_list) == PAGE_SIZE << BUCKETS_ORDER, "buckets");
/*
 * Free frames that a fault begins with. One address takes 3 of them at most; faults that can't wait for other CPUs
 * must find the rest here.
 */
#define SHADOW_RESERVE   32
#define STALE_BATCH      128            /* as many are worth a flush */
#define FRAMES_AT_START  64

unsigned shadowed_domains;

/* Nothing of d's is shown any more. The lock is held; recycle() makes the frames free. */
static void forget_shadows(struct domain *d)
{
    struct shadow_mode *s = &d->arch.shadow;
    struct page_info *pg;
    struct vcpu *v;

    for_each_vcpu (d, v) {
        shadow_fill_root(v, 0, mfn(0));
        shadow_fill_root(v, 1, mfn(0));
    }
    for (unsigned i = 0; i < SHADOW_BUCKETS; i++)
        while ((pg = page_list_remove_head(&s->used[i])) != NULL)
            page_list_add(&s->stale, pg);
}

/* Stale frames become free ones. Interrupts are on, the lock is not held. */
static void recycle(struct domain *d)
{
    struct shadow_mode *s = &d->arch.shadow;
    struct page_list batch;
    struct page_info *pg;

    spin_lock(&s->lock);
    batch = s->stale;
    page_list_init(&s->stale);
    spin_unlock(&s->lock);
    flush_tlb_mask(&d->arch.dirty_cpumask);
    spin_lock(&s->lock);
    while ((pg = page_list_remove_head(&batch)) != NULL)
        page_list_add(&s->free, pg);
    spin_unlock(&s->lock);
}

/* Write access is to be asked for again, everywhere. As recycle() */
void shadow_forget_all(struct domain *d)
{
    spin_lock(&d->arch.shadow.lock);
    forget_shadows(d);
    spin_unlock(&d->arch.shadow.lock);
    recycle(d);
}

/* One frame more for the pool. False: it has as many as it may, or there is none. */
static bool grow(struct shadow_mode *s)
{
    void *frame = READ_ONCE(s->frames) < s->limit ? alloc_xenheap_page() : NULL;

    if (!frame)
        return false;
    spin_lock(&s->lock);
    page_list_add(&s->free, virt_to_page(frame));
    s->frames++;
    spin_unlock(&s->lock);
    return true;
}

/* Have enough free frames for a fault. As recycle() */
void shadow_top_up(struct domain *d)
{
    struct shadow_mode *s = &d->arch.shadow;

    if (READ_ONCE(s->stale.count) >= STALE_BATCH)
        recycle(d);
    while (READ_ONCE(s->free.count) < SHADOW_RESERVE)
        if (!grow(s))
            break;
    if (READ_ONCE(s->free.count) < SHADOW_RESERVE)
        shadow_forget_all(d);
}

/* Frames go back to the heap until there are no more than n, or none is free. 0, -ERESTART */
int shadow_shrink(struct domain *d, unsigned n)
{
    struct shadow_mode *s = &d->arch.shadow;
    struct page_info *pg;

    while (s->frames > n) {
        spin_lock(&s->lock);
        pg = page_list_remove_head(&s->free);
        s->frames -= pg != NULL;
        spin_unlock(&s->lock);
        if (!pg)
            return 0;
        pg->shadow_of = 0;
        free_xenheap_page(page_to_virt(pg));
        if (s->frames % 64 == 0 && hypercall_preempt_check())
            return -ERESTART;
    }
    return 0;
}

/* ---- vcpus ---- */

/* See asm/shadow.h. */
int shadow_vcpu_init(struct vcpu *v)
{
    for (unsigned nr = 0; nr < 2; nr++) {
        pte_t *root = v->arch.shadow_root[nr] ? NULL : zalloc_xenheap_page();

        if (v->arch.shadow_root[nr])
            continue;
        if (!root)
            return -ENOMEM;
        if (!v->domain->arch.is_32bit_pv)
            init_guest_l4(root, v->domain);
        v->arch.shadow_root[nr] = root;
    }
    return 0;
}

void shadow_vcpu_destroy(struct vcpu *v)
{
    for (unsigned nr = 0; nr < 2; nr++) {
        free_xenheap_page(v->arch.shadow_root[nr]);
        v->arch.shadow_root[nr] = NULL;
    }
}

/* ---- on and off ---- */

void shadow_domain_init(struct domain *d)
{
    spin_lock_init(&d->arch.shadow.lock);
}

/* Get what a domain needs to run on shadows. 0, -ENOMEM: shadow_teardown() */
int shadow_prepare(struct domain *d)
{
    struct shadow_mode *s = &d->arch.shadow;
    struct vcpu *v;

    if (!s->used) {
        s->used = alloc_xenheap_pages(BUCKETS_ORDER);
        if (!s->used)
            return -ENOMEM;
        memset(s->used, 0, PAGE_SIZE << BUCKETS_ORDER);
    }
    for_each_vcpu (d, v)
        if (shadow_vcpu_init(v))
            return -ENOMEM;
    while (s->frames < FRAMES_AT_START)
        if (!grow(s))
            return -ENOMEM;
    return 0;
}

/*
 * d's vcpus, which don't run, are to run on shadows. Whoever is changing a table of d's on another CPU may have asked
 * any_shadowed() before, but after the flush his change can be seen.
 */
void shadow_enable(struct domain *d)
{
    struct shadow_mode *s = &d->arch.shadow;
    struct vcpu *v;

    __atomic_add_fetch(&shadowed_domains, 1, __ATOMIC_SEQ_CST);
    __atomic_add_fetch(&fault_watchers, 1, __ATOMIC_SEQ_CST);
    spin_lock(&s->lock);
    s->on = true;
    spin_unlock(&s->lock);
    flush_tlb_mask(&cpu_online_map);
    spin_lock(&s->lock);
    for_each_vcpu (d, v) {
        shadow_fill_root(v, 0, v->arch.guest_table);
        shadow_fill_root(v, 1, v->arch.guest_table_user);
    }
    spin_unlock(&s->lock);
    for_each_vcpu (d, v)
        update_cr3(v);
}

/* See asm/shadow.h. May be called with all or nothing done. */
int shadow_teardown(struct domain *d)
{
    struct shadow_mode *s = &d->arch.shadow;
    bool was_on = s->on;
    struct vcpu *v;
    int rc;

    if (s->used) {
        spin_lock(&s->lock);
        s->on = false;
        forget_shadows(d);
        spin_unlock(&s->lock);
    }
    for_each_vcpu (d, v) {
        update_cr3(v);
        shadow_vcpu_destroy(v);
    }
    if (was_on) {
        __atomic_sub_fetch(&fault_watchers, 1, __ATOMIC_SEQ_CST);
        __atomic_sub_fetch(&shadowed_domains, 1, __ATOMIC_SEQ_CST);
    }
    if (s->used)
        recycle(d);
    rc = shadow_shrink(d, 0);
    if (rc)
        return rc;
    free_xenheap_pages(s->used, BUCKETS_ORDER);
    s->used = NULL;
    return 0;
}
