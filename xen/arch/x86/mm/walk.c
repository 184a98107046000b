/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Walks through a guest's page tables. They take no locks: a table may change or go under them, so what they
 * find is checked again by whoever acts on it (lock_table, get_page). What was a table may hold anything by now,
 * so only frames of the guest are read, which are RAM and always mapped: a device's would answer, or there be
 * nothing.
 */
#include <xen/lib.h>
#include <asm/processor.h>
#include "internal.h"

/* Where a walk ended. */
struct walked {
    mfn_t table;            /* the level 1 table, */
    pte_t *slot;            /* and its entry; NULL: there is a superpage */
    pte_t entry;            /* as of level 1 */
    pte_t rights;           /* RW and USER, and NX inverted, of the levels above */
};

/*
 * Down to the entry that maps va below root m. A 32-bit guest's tables begin at level 3 and end at 4 GiB; large pages in
 * its hole are ours. False: there is no level 1 table, or superpage.
 */
static bool walk(const struct vcpu *v, mfn_t m, unsigned long va, struct walked *w)
{
    bool narrow = v->arch.pae_l4;

    w->rights = _PAGE_RW | _PAGE_USER | _PAGE_NX;
    if (!v->arch.guest_table.n || !is_canonical(va) || (va >= HYPERVISOR_START && va < HYPERVISOR_END))
        return false;
    if (unlikely(narrow) && va >> 32)
        return false;
    for (unsigned level = narrow ? 3 : 4; level > 1; level--) {
        pte_t e = READ_ONCE(((const pte_t *)mfn_to_virt(m))[pt_index(va, level)]);

        if (unlikely((e & (_PAGE_PRESENT | _PAGE_PSE)) != _PAGE_PRESENT)) {
            w->slot = NULL;
            w->entry = small_entry(e, va);
            return (e & _PAGE_PRESENT) && level == 2;
        }
        w->rights &= e ^ _PAGE_NX;
        m = pte_mfn(e);
        if (!mfn_valid(m) || mfn_to_page(m)->owner != v->domain->domain_id)
            return false;
    }
    w->table = m;
    w->slot = (pte_t *)mfn_to_virt(m) + pt_index(va, 1);
    w->entry = READ_ONCE(*w->slot);
    return true;
}

/* The level 1 entry for va in v's current tables. False: there is no table for it. */
bool walk_to_l1(const struct vcpu *v, unsigned long va, mfn_t *table, pte_t **slot)
{
    struct walked w;

    if (!walk(v, guest_root(v), va, &w) || unlikely(!w.slot))
        return false;
    *table = w.table;
    *slot = w.slot;
    return true;
}

/* The entry that maps va for v's kernel, in whatever mode v is; 0: none. */
pte_t guest_kernel_pte(const struct vcpu *v, unsigned long va)
{
    struct walked w;

    return walk(v, v->arch.guest_table, va, &w) ? w.entry : 0;
}

/*
 * What the tables say now about a fault: *entry is the level 1 entry, 0 if none. True: they allow the access.
 */
bool access_allowed(const struct vcpu *v, unsigned long va, uint32_t error_code, pte_t *entry)
{
    struct walked w;
    pte_t need = 0;

    *entry = 0;
    if (!walk(v, guest_root(v), va, &w))
        return false;
    *entry = w.entry;
    if (!(w.entry & _PAGE_PRESENT))
        return false;
    if (error_code & PFEC_write)
        need |= _PAGE_RW;
    if (error_code & PFEC_user)
        need |= _PAGE_USER;
    if (error_code & PFEC_insn)
        need |= _PAGE_NX;
    return (w.rights & (w.entry ^ _PAGE_NX) & need) == need;
}

/*
 * The frame of v's domain behind va, with a reference. NULL: not mapped, not writable if write, or not the
 * domain's.
 */
struct page_info *get_page_from_gva(struct vcpu *v, unsigned long va, bool write)
{
    pte_t e;

    if (!access_allowed(v, va, PFEC_user | (write ? PFEC_write : 0), &e))
        return NULL;
    return get_page_from_mfn(pte_mfn(e), v->domain);
}
