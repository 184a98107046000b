/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The auditor (key 'A'): counts from scratch what refers to each frame, and compares with count_info and
 * type_info.
 *
 * Domains are paused meanwhile. Found are the references of page tables, pins, base pointers, descriptor
 * tables, vcpu_info and owners. Grants, event rings and operations in progress hold more, on writable frames;
 * so a frame may have more references than found, never fewer, and page tables must have exactly those found.
 *
 * Shadow page tables hold no references; what they show must be what the guest's tables do.
 *
 * Where memory is short or in pieces, the frames are checked a window at a time: all is counted anew for each.
 */
#include <xen/console.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <asm/desc.h>
#include "internal.h"

struct found { uint32_t refs, types; };

#define MAX_WINDOWS 128

static struct found *found;             /* [window], while an audit runs */
static unsigned long first, window;     /* the frames looked at: from the first one on */
static unsigned long complaints, tables, excess;

static bool in_window(mfn_t m)
{
    return m.n - first < window;
}

static void add(mfn_t m, unsigned refs, unsigned types)
{
    if (!in_window(m) || !mfn_valid(m) || mfn_to_page(m)->owner == DOMID_IO)
        return;
    found[m.n - first].refs += refs;
    found[m.n - first].types += types;
}

/* The frames of a superpage. */
static void add_run(paddr_t start, bool writable)
{
    for (unsigned i = 0; i < PT_ENTRIES; i++)
        add(mfn((start >> PAGE_SHIFT) + i), 1, writable);
}

/* Returns whether it names another table of its level. */
static bool count_entry(pte_t e, const struct page_info *table, unsigned level)
{
    if (!(e & _PAGE_PRESENT) || (level == 1 && (e & _PAGE_GRANT)))
        return false;
    if (level == 1) {
        add(pte_mfn(e), 1, (e & _PAGE_RW) != 0);
        return false;
    }
    if (is_superpage(e, level)) {
        add_run(e & LARGE_ADDR_MASK, e & _PAGE_RW);
        return false;
    }
    if (mfn_to_page(pte_mfn(e)) == table)
        return false;
    add(pte_mfn(e), 1, 1);
    return is_linear_entry(e, table);
}

static void count_table(const struct page_info *pg, unsigned level)
{
    const struct domain *d = page_owner(pg);
    const pte_t *t = page_to_virt(pg);
    unsigned n = pg->type_info & PGT_validated ? PT_ENTRIES : pg->nr_validated + pg->partial, linear = 0;

    for (unsigned i = 0; i < n; i++)
        if (is_guest_slot(pg->type_info, d, i))
            linear += count_entry(t[i], pg, level);
    if (!in_window(page_to_mfn(pg)))
        return;
    tables++;
    if (linear != pg->nr_linear || !linear != !(pg->type_info & PGT_linear)) {
        complaints++;
        printk("  frame %lx of d%u: linear entries: count %u, found %u; type %lx\n", page_to_mfn(pg).n, pg->owner,
               pg->nr_linear, linear, pg->type_info);
    }
}

static void count_list(const struct page_list *list)
{
    for (const struct page_info *pg = page_list_first(list); pg; pg = page_list_next(pg)) {
        unsigned level = table_level(pg->type_info);
        bool pinned = pg->type_info & PGT_pinned;

        if (pg->count_info & PGC_allocated)
            add(page_to_mfn(pg), 1, (pg->count_info & PGC_xen_heap) != 0);
        add(page_to_mfn(pg), pinned, pinned);
        if (pg->type_info & PGT_superpage)
            add_run(page_to_mfn(pg).n << PAGE_SHIFT, true);
        if (level && (pg->type_info & PGT_count_mask))
            count_table(pg, level);
    }
}

static void count_vcpu(const struct vcpu *v)
{
    if (v->arch.guest_table.n)
        add(v->arch.guest_table, 1, 1);
    if (v->arch.guest_table_user.n)
        add(v->arch.guest_table_user, 1, 1);
    if (v->arch.validating)
        add(page_to_mfn(v->arch.validating), 1, 1);
    if (v->arch.dropping)
        add(page_to_mfn(v->arch.dropping), 1, 1);
    if (!mfn_eq(v->vcpu_info_mfn, INVALID_MFN))
        add(v->vcpu_info_mfn, 1, 1);
    for (unsigned i = 0; i < FIRST_RESERVED_GDT_PAGE; i++)
        if (v->arch.gdt_frames[i])
            add(mfn(v->arch.gdt_frames[i]), 1, 1);
    for (unsigned i = LDT_PTE; v->arch.perdomain_ptes && i < PERDOMAIN_PTES; i++)
        if (v->arch.perdomain_ptes[i] & _PAGE_PRESENT)
            add(pte_mfn(v->arch.perdomain_ptes[i]), 1, 1);
}

static void complain(const struct page_info *pg, const struct found *f, const char *what)
{
    if (complaints++ < 20)
        printk("  frame %lx of d%u: %s: count %lx, found %u; type %lx, found %u\n", page_to_mfn(pg).n,
               pg->owner, what, pg->count_info, f->refs, pg->type_info, f->types);
}

static void check_frame(const struct page_info *pg)
{
    const struct found *f = &found[page_to_mfn(pg).n - first];
    uint64_t refs = pg->count_info & PGC_count_mask, types = pg->type_info & PGT_count_mask;

    if (refs < f->refs || types < f->types)
        complain(pg, f, "fewer references than uses");
    else if (types > refs)
        complain(pg, f, "more type references than references");
    else if (table_level(pg->type_info) && types != f->types)
        complain(pg, f, "page table with unknown uses");
    else if (refs > f->refs) {
        if (excess++ < 20)
            printk("  frame %lx of d%u has %lu references of which %u found, %lu and %u of its type\n",
                   page_to_mfn(pg).n, pg->owner, refs, f->refs, types, f->types);
    }
}

static void check_list(const struct page_list *list)
{
    for (const struct page_info *pg = page_list_first(list); pg; pg = page_list_next(pg))
        if (in_window(page_to_mfn(pg)))
            check_frame(pg);
}

static void check_shadows(void)
{
    struct domain *d;

    for_each_domain (d) {
        unsigned wrong = shadow_audit(d);

        if (wrong)
            printk("  d%u: %u entries of shadow page tables show more than the guest's\n", d->domain_id, wrong);
        complaints += wrong;
    }
}

/* The frames of the window, in all domains. */
static void audit_window(void)
{
    struct domain *d;
    struct vcpu *v;

    for_each_domain (d) {
        count_list(&d->page_list);
        count_list(&d->relmem_list);
        count_list(&d->xenpage_list);
        for_each_vcpu (d, v)
            count_vcpu(v);
    }
    for_each_domain (d) {
        check_list(&d->page_list);
        check_list(&d->relmem_list);
        check_list(&d->xenpage_list);
    }
}

/* All domains, which are paused. */
static void audit(void)
{
    complaints = tables = excess = 0;
    for (window = max_page; !(found = xmalloc_array(struct found, window)); window = DIV_ROUND_UP(window, 2))
        if (window <= max_page / MAX_WINDOWS) {
            printk("Audit: no memory\n");
            return;
        }
    for (first = 0; first < max_page; first += window) {
        memset(found, 0, window * sizeof(*found));
        audit_window();
    }
    check_shadows();
    printk("Audit: %lu page tables, %lu frames with other references, %lu errors\n", tables, excess,
           complaints);
    xfree(found);
}

/* All domains, referenced and about to stop; linked by audit_next. */
static struct domain *pause_all(void)
{
    struct domain *d, *paused = NULL;

    read_lock(&domlist_lock);
    for_each_domain (d)
        if (domain_get(d)) {
            domain_pause_nosync(d);
            d->audit_next = paused;
            paused = d;
        }
    read_unlock(&domlist_lock);
    return paused;
}

static void unpause(struct domain *paused)
{
    while (paused) {
        struct domain *d = paused;

        paused = d->audit_next;
        domain_unpause(d);
        domain_put(d);
    }
}

/*
 * All but the vcpu that we interrupted. Not waited for longer than a second: one of them may itself wait for that
 * one to stop.
 */
static bool have_stopped(const struct domain *paused)
{
    s_time_t deadline = NOW() + SECONDS(1);
    struct vcpu *v;

    for (; paused; paused = paused->audit_next)
        for_each_vcpu (paused, v)
            while (v != current && READ_ONCE(v->is_running)) {
                if (NOW() > deadline)
                    return false;
                cpu_relax();
            }
    return true;
}

/*
 * No lock is held while others are waited for: they may be about to take it. Another audit at the same time
 * would be the same.
 */
static void audit_key(char key)
{
    static DEFINE_SPINLOCK(lock);
    struct domain *paused;

    if (!spin_trylock(&lock))
        return;
    paused = pause_all();
    if (have_stopped(paused)) {
        read_lock(&domlist_lock);
        audit();
        read_unlock(&domlist_lock);
    } else
        printk("Audit: a domain does not stop; try again\n");
    unpause(paused);
    spin_unlock(&lock);
}
debug_key('A', "audit references and types of all frames", audit_key);
