/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shadow page tables: what the processor walks in place of a guest's own tables, while what the guest writes to is
 * logged (dirty.c). The guest goes on to read and change its own, and must find in them just what it would find
 * otherwise, accessed and dirty bits included.
 *
 * A shadow stands for one table of the guest that is in use (validated, referenced as its type). Its entries show
 * nothing, or less than the guest's entry at the same place:
 *
 *   level 1   the guest's entry, if that is present and accessed; without write access unless that is dirty and the
 *             frame is in the log already (or no frame that is logged)
 *   level n   the shadow of the table that the guest's entry points to, if there is one and the entry is accessed
 *   linear    (linear.c) the guest's entry, if that is accessed: what is read there are the guest's own tables, which it
 *             shows read-only
 *
 * So whatever would make the processor set a bit in a guest's table, or write to a frame not in the log, faults; then
 * shadow_fix() sets the bits, logs the frame, and fills in the entries. Top-level tables have no shadow of their own:
 * each vcpu has two roots (kernel, user), filled anew for each table that it changes to.
 *
 * References: shadows hold none. A shadow is reachable only through entries at whose places the guest's tables hold the
 * reference, because
 *   - entries are made from the guest's, both read and written under the lock;
 *   - after every write to a guest's table, and before the reference behind the old entry is dropped, the entry of the
 *     shadow is made anew (shadow_written), and a table's shadow goes before the table's entries do (shadow_forget).
 * What processors remember of entries that are gone is dealt with as without shadows: by the flushes that guests ask
 * for, and before frames are put to another use. The frames of shadows, too, are flushed from all CPUs that may know
 * them before they become another shadow.
 *
 * Whoever is to change many entries forgets all shadows instead: they come back by faults.
 */
#include <xen/lib.h>
#include <xen/sched.h>
#include <asm/processor.h>
#include <asm/pv.h>
#include "internal.h"

static unsigned root_level(const struct domain *d)
{
    return d->arch.is_32bit_pv ? 3 : 4;
}

static struct page_list *bucket_of(const struct shadow_mode *s, mfn_t table)
{
    return &s->used[table.n % SHADOW_BUCKETS];
}

/* ---- entries. The lock is held ---- */

static struct page_info *find_shadow(const struct shadow_mode *s, mfn_t table)
{
    struct page_info *pg = page_list_first(bucket_of(s, table));

    while (pg && pg->shadow_of != table.n)
        pg = page_list_next(pg);
    return pg;
}

static bool may_write(const struct domain *d, pte_t e)
{
    return (e & _PAGE_DIRTY) && (!is_logged_frame(d, pte_mfn(e)) || is_in_log(d, pte_mfn(e)));
}

/* Does a table's present entry e name a table of the same level? */
static bool is_linear(unsigned level, pte_t e)
{
    return table_level(READ_ONCE(mfn_to_page(pte_mfn(e))->type_info)) == level;
}

/* What the processor may see in place of the guest's entry e. */
static pte_t shadow_entry(const struct domain *d, unsigned level, pte_t e)
{
    const pte_t visible = _PAGE_PRESENT | _PAGE_ACCESSED;
    const struct page_info *lower;

    if ((e & visible) != visible)
        return 0;
    if (level == 1)
        return may_write(d, e) ? e : e & ~_PAGE_RW;
    if (is_linear(level, e))
        return e;
    lower = find_shadow(&d->arch.shadow, pte_mfn(e));
    return lower ? pte_make(page_to_mfn(lower), pte_flags(e)) : 0;
}

static void fill_shadow(const struct domain *d, pte_t *s, const struct page_info *table)
{
    const pte_t *t = page_to_virt(table);
    unsigned level = table_level(table->type_info);

    for (unsigned i = 0; i < PT_ENTRIES; i++)
        s[i] = is_guest_slot(table->type_info, d, i) ? shadow_entry(d, level, READ_ONCE(t[i])) : t[i];
}

/* NULL: no frame is free. */
static struct page_info *make_shadow(struct domain *d, mfn_t table)
{
    struct shadow_mode *s = &d->arch.shadow;
    struct page_info *pg = page_list_remove_head(&s->free);

    if (!pg)
        return NULL;
    pg->shadow_of = table.n;
    fill_shadow(d, page_to_virt(pg), mfn_to_page(table));
    page_list_add(bucket_of(s, table), pg);
    return pg;
}

/* ---- roots. The lock is held ---- */

/* Make v's root nr (0: kernel, 1: user) show the top-level table m; 0: nothing. The lock is held. */
void shadow_fill_root(struct vcpu *v, unsigned nr, mfn_t m)
{
    const struct domain *d = v->domain;
    unsigned level = root_level(d);
    const pte_t *t = mfn_to_virt(m);
    pte_t *root = v->arch.shadow_root[nr];

    for (unsigned i = 0; root && i < PT_ENTRIES; i++)
        if (is_guest_slot(PT_TYPE(level), d, i))
            WRITE_ONCE(root[i], m.n ? shadow_entry(d, level, READ_ONCE(t[i])) : 0);
    note_l4_change();
}

/* Slot i of the top-level table m has been written. */
static void root_written(struct domain *d, mfn_t m, unsigned i, pte_t e)
{
    pte_t entry = shadow_entry(d, root_level(d), e);
    struct vcpu *v;

    for_each_vcpu (d, v) {
        if (v->arch.shadow_root[0] && mfn_eq(v->arch.guest_table, m))
            WRITE_ONCE(v->arch.shadow_root[0][i], entry);
        if (v->arch.shadow_root[1] && mfn_eq(v->arch.guest_table_user, m))
            WRITE_ONCE(v->arch.shadow_root[1][i], entry);
    }
    note_l4_change();
}

/* One of v's top-level tables, guest_table or guest_table_user, becomes m: in one step with its root. */
void shadow_set_root(struct vcpu *v, mfn_t *which, mfn_t m)
{
    struct shadow_mode *s = &v->domain->arch.shadow;

    spin_lock(&s->lock);
    *which = m;
    shadow_fill_root(v, which == &v->arch.guest_table_user, m);
    spin_unlock(&s->lock);
}

/* ---- faults ---- */

/* What the processor would do to a guest's entry that it uses. Returns the entry then. */
static pte_t touch_entry(struct domain *d, pte_t *slot, bool write)
{
    pte_t e = READ_ONCE(*slot);

    while (e & _PAGE_PRESENT) {
        pte_t want = e | _PAGE_ACCESSED | (write && (e & _PAGE_RW) ? _PAGE_DIRTY : 0), seen;

        if (e == want)
            break;
        seen = cmpxchg(slot, e, want);
        if (seen == e) {
            log_frame(d, virt_to_mfn(slot));
            return want;
        }
        e = seen;
    }
    return e;
}

/*
 * Make the entry of a shadow show the guest's entry e, which points to a lower table. What it shows may be older than e:
 * who changes the guest's stores first and gets the lock, for shadow_written(), after us. The lower table's shadow, made
 * if there is none; NULL: no frame is free.
 */
static struct page_info *link_lower(struct domain *d, unsigned level, pte_t e, pte_t *entry)
{
    struct page_info *lower = find_shadow(&d->arch.shadow, pte_mfn(e));
    pte_t linked;

    if (!lower)
        lower = make_shadow(d, pte_mfn(e));
    if (!lower)
        return NULL;
    linked = pte_make(page_to_mfn(lower), pte_flags(e));
    if (*entry != linked) {
        WRITE_ONCE(*entry, linked);
        if (level == 4)
            note_l4_change();
    }
    return lower;
}

/* The entries for va as the guest's tables are now. False: no frame is free. The lock is held. */
static bool fill_path(struct vcpu *v, unsigned long va, bool write)
{
    struct domain *d = v->domain;
    pte_t *t = mfn_to_virt(guest_root(v)), *s = mfn_to_virt(processor_root(v));

    for (unsigned level = root_level(d); ; level--) {
        unsigned i = pt_index(va, level);
        pte_t e = touch_entry(d, &t[i], level == 1 && write);
        const struct page_info *lower;

        if (!(e & _PAGE_PRESENT) || (level > 1 && !is_guest_slot(mfn_to_page(virt_to_mfn(t))->type_info, d, i)))
            return true;                /* changed meanwhile; or the hole of a 32-bit guest, there by now */
        if (level == 1) {
            if (write && (e & _PAGE_RW) && is_logged_frame(d, pte_mfn(e))) {
                log_frame(d, pte_mfn(e));
                d->arch.shadow.fault_count++;
            }
            WRITE_ONCE(s[i], shadow_entry(d, 1, e));
            return true;
        }
        if (is_linear(level, e)) {
            WRITE_ONCE(s[i], e);        /* below are the guest's own tables, not ours to fill */
            if (level == 4)
                note_l4_change();
            return true;
        }
        lower = link_lower(d, level, e, &s[i]);
        if (!lower)
            return false;
        t = mfn_to_virt(pte_mfn(e));
        s = page_to_virt(lower);
    }
}

/*
 * v, which is current and runs on shadows, faulted at va on what its own tables allow: make its shadows allow it. False:
 * there is no frame for that, and interrupts are off.
 */
bool shadow_fix(struct vcpu *v, unsigned long va, bool write)
{
    struct shadow_mode *s = &v->domain->arch.shadow;
    bool fixed;

    do {
        if (local_irq_is_enabled())
            shadow_top_up(v->domain);
        spin_lock(&s->lock);
        fixed = fill_path(v, va, write);
        spin_unlock(&s->lock);
    } while (!fixed && local_irq_is_enabled());
    return fixed;
}

/*
 * A 32-bit guest faulted in the hypervisor's hole. True: because the table that shows the hole had no shadow, which it
 * has now.
 */
bool shadow_fix_hole(struct vcpu *v, unsigned long va)
{
    const pte_t *root = mfn_to_virt(processor_root(v));

    return !(READ_ONCE(root[pt_index(va, 3)]) & _PAGE_PRESENT) && shadow_fix(v, va, false) &&
           (READ_ONCE(root[pt_index(va, 3)]) & _PAGE_PRESENT);
}

/* ---- changes of the guest's tables ---- */

/* An entry of a page table in use has been written; what it referred to is still referenced. */
void shadow_written(const pte_t *slot)
{
    mfn_t m = virt_to_mfn(slot);
    const struct page_info *table = mfn_to_page(m);
    struct domain *d = page_owner(table);
    unsigned level = table_level(READ_ONCE(table->type_info)), i = (unsigned long)slot / sizeof(*slot) % PT_ENTRIES;
    struct page_info *pg;

    spin_lock(&d->arch.shadow.lock);
    log_frame(d, m);
    if (d->arch.shadow.on && level == root_level(d)) {
        root_written(d, m, i, READ_ONCE(*slot));
    } else if (d->arch.shadow.on && (pg = find_shadow(&d->arch.shadow, m)) != NULL) {
        pte_t *s = page_to_virt(pg);

        WRITE_ONCE(s[i], shadow_entry(d, level, READ_ONCE(*slot)));
    }
    spin_unlock(&d->arch.shadow.lock);
}

/* A frame ceases to be a page table; its entries still hold their references. */
void shadow_forget(const struct page_info *table)
{
    struct domain *d = page_owner(table);
    struct shadow_mode *s = &d->arch.shadow;
    struct page_info *pg;

    spin_lock(&s->lock);
    pg = s->on ? find_shadow(s, page_to_mfn(table)) : NULL;
    if (pg) {
        page_list_del(bucket_of(s, page_to_mfn(table)), pg);
        page_list_add(&s->stale, pg);
    }
    spin_unlock(&s->lock);
}

/* ---- the audit ---- */

/* Entries of a shadow that are not what the guest's would make them. All domains are paused. */
static unsigned wrong_entries(const struct domain *d, const pte_t *s, const struct page_info *table, unsigned level)
{
    const pte_t *t = page_to_virt(table);
    unsigned wrong = 0;

    for (unsigned i = 0; i < PT_ENTRIES; i++) {
        if (!is_guest_slot(table->type_info, d, i))
            continue;
        wrong += s[i] && ((s[i] ^ shadow_entry(d, level, t[i])) & ~(_PAGE_RW | _PAGE_ACCESSED | _PAGE_DIRTY));
        wrong += level == 1 && !d->arch.shadow.reader && (s[i] & ~shadow_entry(d, level, t[i]) & _PAGE_RW);
    }
    return wrong;
}

static unsigned audit_root(const struct vcpu *v, unsigned nr, mfn_t m)
{
    const struct domain *d = v->domain;

    return m.n ? wrong_entries(d, v->arch.shadow_root[nr], mfn_to_page(m), root_level(d)) : 0;
}

/* Entries and shadows of d's that show what they must not. All domains are paused. */
unsigned shadow_audit(const struct domain *d)
{
    const struct shadow_mode *s = &d->arch.shadow;
    unsigned wrong = 0;
    struct vcpu *v;

    if (!s->on)
        return 0;
    for (unsigned i = 0; i < SHADOW_BUCKETS; i++)
        for (const struct page_info *pg = page_list_first(&s->used[i]); pg; pg = page_list_next(pg)) {
            const struct page_info *table = mfn_to_page(mfn(pg->shadow_of));
            unsigned level = table_level(table->type_info);

            if (page_owner(table) != d || !level || level >= root_level(d) || !(table->type_info & PGT_validated))
                wrong++;
            else
                wrong += wrong_entries(d, page_to_virt(pg), table, level);
        }
    for_each_vcpu (d, v)
        wrong += audit_root(v, 0, v->arch.guest_table) + audit_root(v, 1, v->arch.guest_table_user);
    return wrong;
}
