/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mappings of granted frames in the current domain's level 1 tables. Entries made here carry _PAGE_GRANT:
 * the references to the frame are the grant's, so overwriting such an entry otherwise drops none, and the
 * grant stays to be unmapped.
 */
#include <xen/grant.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include "internal.h"

#define GUEST_AVAIL_SHIFT 16            /* GNTMAP_guest_avail0 */

/* A level 1 entry of the current domain, its table referenced and locked. */
struct place {
    struct page_info *table;
    pte_t *slot;
};

/* A grant's operation can't stop in the middle: it waits, whatever else there is to do, for a batch of mmu_update to end. */
static bool lock_l1(struct place *p, mfn_t m)
{
    int rc;

    p->table = get_page_from_mfn(m, current->domain);
    if (!p->table)
        return false;
    do {
        rc = lock_table(p->table);
    } while (unlikely(rc == -ERESTART));
    if (!rc) {
        if (table_level(p->table->type_info) == 1)
            return true;
        unlock_table(p->table);
    }
    put_page(p->table);
    return false;
}

/* addr: a virtual address, or with GNTMAP_contains_pte the machine address of the entry. */
static bool place_get(struct place *p, uint64_t addr, unsigned flags)
{
    mfn_t m;

    if (flags & GNTMAP_contains_pte) {
        if (addr & (sizeof(pte_t) - 1))
            return false;
        p->slot = __va(addr);
        m = mfn(addr >> PAGE_SHIFT);
    } else if (!walk_to_l1(current, addr, &m, &p->slot)) {
        return false;
    }
    return lock_l1(p, m);
}

static void place_put(struct place *p)
{
    unlock_table(p->table);
    put_page(p->table);
}

static pte_t grant_entry(mfn_t frame, unsigned flags)
{
    pte_t e = pte_make(frame, _PAGE_PRESENT | _PAGE_ACCESSED | _PAGE_NX);

    if (!(flags & GNTMAP_readonly))
        e |= _PAGE_RW | _PAGE_DIRTY;
    if (flags & GNTMAP_application_map)
        e |= _PAGE_USER;
    e |= ((uint64_t)(flags >> GUEST_AVAIL_SHIFT) << 9) & _PAGE_AVAIL;
    return adjust_l1_entry(e, current->domain) | _PAGE_GRANT;
}

/* Map a granted frame at addr; what was mapped there goes. GNTST_okay, GNTST_general_error */
int create_grant_host_mapping(uint64_t addr, mfn_t frame, unsigned flags)
{
    struct place p;
    pte_t old;

    if (!place_get(&p, addr, flags)) {
        refused(-EINVAL, "grant map: no level 1 entry at the address given");
        return GNTST_general_error;
    }
    old = xchg(p.slot, grant_entry(frame, flags));
    note_entry_written(p.slot);
    place_put(&p);
    unref_l1_entry(old);
    return GNTST_okay;
}

/* Does the entry map the frame as a grant with these rights? */
static bool is_grant_of(pte_t e, mfn_t frame, unsigned flags)
{
    const pte_t both = _PAGE_PRESENT | _PAGE_GRANT;

    return (e & both) == both && mfn_eq(pte_mfn(e), frame) && !(e & _PAGE_RW) == !!(flags & GNTMAP_readonly);
}

/* Take the entry that maps addr away, with its references. False: there is no table. */
static bool steal_entry(uint64_t addr, pte_t *e)
{
    struct place p;

    if (!place_get(&p, addr, 0))
        return false;
    *e = xchg(p.slot, 0);
    note_entry_written(p.slot);
    place_put(&p);
    return true;
}

/* Undo create_grant_host_mapping(); new_addr, if not 0: move the mapping from there in its place. GNTST_* */
int replace_grant_host_mapping(uint64_t addr, mfn_t frame, uint64_t new_addr, unsigned flags)
{
    pte_t new = 0, old;
    struct place p;

    if (new_addr && ((flags & GNTMAP_contains_pte) || !steal_entry(new_addr, &new))) {
        refused(-EINVAL, "grant unmap: nothing to put in its place");
        return GNTST_general_error;
    }
    if (!place_get(&p, addr, flags)) {
        unref_l1_entry(new);
        refused(-EINVAL, "grant unmap: no level 1 entry at the address given");
        return GNTST_general_error;
    }
    old = READ_ONCE(*p.slot);
    if (is_grant_of(old, frame, flags)) {
        xchg(p.slot, new);
        note_entry_written(p.slot);
    }
    place_put(&p);
    if (is_grant_of(old, frame, flags))
        return GNTST_okay;
    unref_l1_entry(new);
    refused(-EINVAL, "grant unmap: the entry no longer maps the granted frame");
    return GNTST_general_error;
}
