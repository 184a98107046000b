/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page tables of guests: what an entry may say, and the references that stand behind each present entry.
 *
 *   level 1   own frames; frames of a domain the caller may map from; I/O frames the domain has been granted.
 *             Writable: the frame also gets a writable type reference, so it can't be a page table or a
 *             descriptor page. Read-only mappings of one's own page tables are fine, and how a guest looks at
 *             them.
 *   level n   own frames that are, or become by this reference, tables of level n - 1; or that are tables of
 *             level n, see linear.c.
 *   level 2   also 2 MiB of own frames, see superpage.c. There are no other large pages.
 *   level 4   the same, but slots 256 to 271 are the hypervisor's; their contents are filled in, never read.
 *   absent    anything, at any level; of guarded domains nothing that names memory, see l1tf.c.
 *
 * 32-bit guests have three levels. Their top level is our level 3, of which they have entries 0 to 3 and the
 * processor walks all 512, so the others are kept empty. PAE's entries there carry no rights; stored they
 * carry all, as the processor in long mode looks at them. The level 2 table behind entry 3 has a type of its
 * own, for the slots of its upper end are the hypervisor's.
 */
#include <xen/lib.h>
#include <xen/softirq.h>
#include <asm/processor.h>
#include <asm/pv.h>
#include "internal.h"

#define UPPER_FORBIDDEN (_PAGE_PSE | _PAGE_GLOBAL | _PAGE_PWT | _PAGE_PCD)
#define L1_CACHING      (_PAGE_PWT | _PAGE_PCD | _PAGE_PAT)
/* PAE's top level: those that are reserved there and that we don't add. */
#define PAE_L3_FORBIDDEN (UPPER_FORBIDDEN | _PAGE_DIRTY | 0xfffUL << 52)
#define PAE_L3_ENTRIES   4
#define PAE_L3_FLAGS     (_PAGE_PRESENT | _PAGE_RW | _PAGE_USER | _PAGE_ACCESSED)
/* What the hypervisor's part of a 32-bit guest's address space shows: its kernel's, and of one domain only. */
#define M2P32_FLAGS      (PAGE_HYPERVISOR_RO & ~_PAGE_GLOBAL)
#define HOLE_FIRST_SLOT  pt_index(PAE_HOLE_START, 2)

bool is_guest_slot(uint64_t type_info, const struct domain *d, unsigned i)
{
    switch (table_level(type_info)) {
    case 4:
        return i < HYPERVISOR_SLOT_FIRST || i > HYPERVISOR_SLOT_LAST;
    case 3:
        return i < PAE_L3_ENTRIES || !d->arch.is_32bit_pv;
    default:
        return i < HOLE_FIRST_SLOT || !(type_info & PGT_xen_l2);
    }
}

static bool is_pae_l3(unsigned level, const struct domain *d)
{
    return level == 3 && unlikely(d->arch.is_32bit_pv);
}

/* The type of the table that slot i points to. */
static uint64_t lower_type(unsigned level, const struct domain *d, unsigned i)
{
    return is_pae_l3(level, d) && i == PAE_L3_ENTRIES - 1 ? PGT_l2_xen_page_table : PT_TYPE(level - 1);
}

static pte_t forbidden_bits(unsigned level, const struct domain *d)
{
    return is_pae_l3(level, d) ? PAE_L3_FORBIDDEN : UPPER_FORBIDDEN;
}

/* The form in which the level 1 entry of a guest is stored: see _PAGE_GUEST_KERNEL. */
pte_t adjust_l1_entry(pte_t e, const struct domain *d)
{
    e &= ~_PAGE_GRANT;
    if (unlikely(d->arch.is_32bit_pv))
        return e & ~(_PAGE_GLOBAL | _PAGE_GUEST_KERNEL);
    if (!(e & _PAGE_USER))
        e |= _PAGE_USER | _PAGE_GUEST_KERNEL;
    return e & _PAGE_GUEST_KERNEL ? e & ~_PAGE_GLOBAL : e | _PAGE_GLOBAL;
}

static pte_t adjust_upper_entry(pte_t e, unsigned level, const struct domain *d)
{
    if (is_superpage(e, level))
        return adjust_l1_entry(e, d);
    if (likely(!d->arch.is_32bit_pv))
        return e | _PAGE_USER;
    return level == 3 ? e | PAE_L3_FLAGS : e;
}

/* See asm/mm.h. */
bool may_bypass_cache(const struct domain *d)
{
    return rangeset_overlaps(d->iomem_caps, 0, ~0UL) || rangeset_overlaps(d->arch.ioport_caps, 0, ~0UL);
}

static bool caching_refused(pte_t e, const struct domain *d)
{
    return unlikely(e & L1_CACHING) && !may_bypass_cache(d);
}

static int ref_io_frame(mfn_t m, const struct domain *d)
{
    if (m.n >> (boot_cpu.phys_bits - PAGE_SHIFT))
        return refuse(-EINVAL, "page table: frame number beyond the machine's");
    if (!d->iomem_caps || !rangeset_contains(d->iomem_caps, m.n, m.n))
        return refuse(-EPERM, "page table: the domain may not map this I/O frame");
    return 0;
}

/*
 * Take the references of a present or absent level 1 entry of d's that maps a frame of from's. 0, -EINVAL,
 * -EPERM, -EBUSY
 */
int ref_l1_entry(pte_t e, const struct domain *d, const struct domain *from)
{
    mfn_t m = pte_mfn(e);
    struct page_info *pg = mfn_to_page(m);

    if (!(e & _PAGE_PRESENT))
        return 0;
    if (unlikely(!mfn_valid(m) || pg->owner == DOMID_IO))
        return ref_io_frame(m, d);
    if (unlikely(!get_page(pg, from)))
        return refuse(-EINVAL, "page table: frame to be mapped is not the domain's");
    if ((e & _PAGE_RW) && unlikely(get_page_type(pg, PGT_writable_page))) {
        put_page(pg);
        return refuse(-EBUSY, "page table: frame to be mapped writable is a page or descriptor table");
    }
    return 0;
}

/* Drop the references of a level 1 entry. */
void unref_l1_entry(pte_t e)
{
    mfn_t m = pte_mfn(e);
    struct page_info *pg = mfn_to_page(m);

    if (!(e & _PAGE_PRESENT) || unlikely(e & _PAGE_GRANT) || unlikely(!mfn_valid(m) || pg->owner == DOMID_IO))
        return;
    if (e & _PAGE_RW)
        put_page_type(pg);
    put_page(pg);
}

/* Reference the table that entry e of slot i points to. Results as ref_type(). */
static int ref_upper_entry(pte_t e, struct page_info *table, unsigned i, bool preemptible, bool held)
{
    const struct domain *d = page_owner(table);
    unsigned level = table_level(table->type_info);
    mfn_t m = pte_mfn(e);
    struct page_info *child = mfn_to_page(m);
    int rc;

    if (!(e & _PAGE_PRESENT))
        return 0;
    if (is_superpage(e, level))
        return ref_superpage(e, d) ? -EINVAL : 0;
    if (e & forbidden_bits(level, d))
        return refuse(-EINVAL, "page table: large, global or uncached, or reserved bits");
    if (!mfn_valid(m) || (!held && !get_page(child, d)))
        return refuse(-EINVAL, "page table: lower table is not a frame of the domain");
    rc = ref_type(child, held ? child->type_info & PGT_type_mask : lower_type(level, d, i), preemptible, held);
    if (rc == -EINVAL) {
        put_page(child);
        if (!ref_linear_entry(e, table))
            return refuse(-EINVAL, "page table: frame can't be a lower table: in use otherwise");
        rc = 0;
    }
    return rc;
}

/* 0, or -ERESTART: the entry still holds the lower table, now partial. */
static int unref_upper_entry(pte_t e, struct page_info *table, bool preemptible)
{
    struct page_info *child = mfn_to_page(pte_mfn(e));
    int rc;

    if (!(e & _PAGE_PRESENT))
        return 0;
    if (is_superpage(e, table_level(table->type_info))) {
        unref_superpage(e);
        return 0;
    }
    if (unlikely(is_linear_entry(e, table)))
        return unref_linear_entry(e, table, preemptible);
    rc = unref_type(child, preemptible);
    if (!rc)
        put_page(child);
    return rc;
}

/* From nr_validated on: whoever tried before us and hasn't let go of the table yet holds what lies below. */
static int validate_l1(struct page_info *pg, const struct domain *d)
{
    pte_t *t = page_to_virt(pg);

    for (unsigned i = pg->nr_validated; i < PT_ENTRIES; i++) {
        pte_t e;

        if (i % 4 == 0 && !((t[i] | t[i + 1] | t[i + 2] | t[i + 3]) & _PAGE_PRESENT)) {
            i += 3;
            continue;
        }
        if (!(t[i] & _PAGE_PRESENT))
            continue;
        e = adjust_l1_entry(t[i], d);
        if (caching_refused(e, d) || unlikely(ref_l1_entry(e, d, d))) {
            pg->nr_validated = i;
            return REF_BROKEN;
        }
        t[i] = e;
    }
    pg->nr_validated = PT_ENTRIES;
    return 0;
}

static void invalidate_l1(struct page_info *pg)
{
    const pte_t *t = page_to_virt(pg);
    unsigned end = pg->nr_validated;

    for (unsigned i = 0; i < end; i++) {
        if (i % 4 == 0 && !((t[i] | t[i + 1] | t[i + 2] | t[i + 3]) & _PAGE_PRESENT))
            i += 3;
        else if (t[i] & _PAGE_PRESENT)
            unref_l1_entry(t[i]);
    }
    pg->nr_validated = 0;
}

/* Fill in the slots that are ours. */
static void finish_upper(pte_t *t, uint64_t type, struct domain *d)
{
    if (type == PGT_l4_page_table) {
        init_guest_l4(t, d);
        note_l4_change();
    } else if (type == PGT_l2_xen_page_table) {
        memset(t + HOLE_FIRST_SLOT, 0, (PT_ENTRIES - HOLE_FIRST_SLOT) * sizeof(*t));
        for (unsigned i = 0; i < M2P32_FRAMES >> M2P32_PIECE_SHIFT; i++)
            if (m2p32_piece(i).n)
                t[HOLE_FIRST_SLOT + i] = pte_make(m2p32_piece(i), M2P32_FLAGS | _PAGE_PSE);
    }
}

static int validate_upper(struct page_info *pg, uint64_t type, bool preemptible)
{
    struct domain *d = page_owner(pg);
    unsigned level = table_level(type);
    pte_t *t = page_to_virt(pg);
    bool held = pg->partial;
    unsigned i;
    int rc = 0;

    /* PAE kernels needn't clear what comes after their four entries. */
    if (is_pae_l3(level, d))
        memset(t + PAE_L3_ENTRIES, 0, (PT_ENTRIES - PAE_L3_ENTRIES) * sizeof(*t));
    for (i = pg->nr_validated; i < PT_ENTRIES; i++, held = false) {
        pte_t e;

        if (!(t[i] & _PAGE_PRESENT) || !is_guest_slot(type, d, i))
            continue;
        if (preemptible && !held && i > pg->nr_validated && hypercall_preempt_check()) {
            rc = -ERESTART;
            break;
        }
        e = adjust_upper_entry(t[i], level, d);
        rc = ref_upper_entry(e, pg, i, preemptible, held);
        if (rc) {
            held = rc == -ERESTART || rc == REF_BROKEN;
            rc = rc == -ERESTART ? rc : REF_BROKEN;
            break;
        }
        t[i] = e;
    }
    pg->nr_validated = i;
    pg->partial = held;
    if (!rc)
        finish_upper(t, type, d);
    return rc;
}

static int invalidate_upper(struct page_info *pg, uint64_t type, bool preemptible)
{
    const struct domain *d = page_owner(pg);
    const pte_t *t = page_to_virt(pg);
    unsigned i = pg->nr_validated, start = i;

    if (pg->partial) {
        if (unref_upper_entry(t[i], pg, preemptible))
            return -ERESTART;
        pg->partial = 0;
    }
    while (i > 0) {
        i--;
        if (!(t[i] & _PAGE_PRESENT) || !is_guest_slot(type, d, i))
            continue;
        if (preemptible && i + 1 < start && hypercall_preempt_check()) {
            pg->nr_validated = i + 1;
            return -ERESTART;
        }
        if (unref_upper_entry(t[i], pg, preemptible)) {
            pg->nr_validated = i;
            pg->partial = 1;
            return -ERESTART;
        }
    }
    pg->nr_validated = 0;
    return 0;
}

/* Check all entries and take their references, from nr_validated on. 0, -ERESTART, REF_BROKEN */
int validate_table(struct page_info *pg, uint64_t type, bool preemptible)
{
    struct domain *d = page_owner(pg);

    if (unlikely(d->arch.l1tf_guard) && !pg->nr_validated && l1tf_refuses_table(page_to_virt(pg), type, d))
        return REF_BROKEN;
    return type == PGT_l1_page_table ? validate_l1(pg, d) : validate_upper(pg, type, preemptible);
}

/* Drop the references of all entries below nr_validated. 0, -ERESTART */
int invalidate_table(struct page_info *pg, uint64_t type, bool preemptible)
{
    if (type != PGT_l1_page_table)
        return invalidate_upper(pg, type, preemptible);
    invalidate_l1(pg);
    return 0;
}

/* ---- Changing one entry of a validated table ---- */

/* Write the entry. False: it is not the expected one any more. */
static always_inline bool write_entry(pte_t *slot, pte_t val, const struct pt_update *u)
{
    pte_t old;

    switch (u->how) {
    case PT_SET:
        WRITE_ONCE(*slot, val);
        return true;
    case PT_KEEP_AD:
        do {
            old = READ_ONCE(*slot);
        } while (cmpxchg(slot, old, val | (old & (_PAGE_ACCESSED | _PAGE_DIRTY))) != old);
        return true;
    case PT_IF_SAME:
        return cmpxchg(slot, u->expected, val) == u->expected;
    }
    return false;
}

/* The same, and tell of it. */
static bool store_entry(pte_t *slot, pte_t val, const struct pt_update *u)
{
    bool written = write_entry(slot, val, u);

    note_entry_written(slot);
    return written;
}

/* I/O frames are mapped without references. */
static bool is_owned_ram(pte_t e, const struct domain *d)
{
    return mfn_valid(pte_mfn(e)) && d != dom_io && mfn_to_page(pte_mfn(e))->owner == d->domain_id;
}

/* The entry maps the same frame, whose reference it keeps, writable or no more. 0, -EBUSY, -EAGAIN */
static int change_rights(pte_t *slot, pte_t old, pte_t val, const struct pt_update *u)
{
    struct page_info *pg = mfn_to_page(pte_mfn(val));

    if ((val & _PAGE_RW) && unlikely(get_page_type(pg, PGT_writable_page)))
        return refuse(-EBUSY, "page table: frame to be mapped writable is a page or descriptor table");
    if (unlikely(!store_entry(slot, val, u))) {
        if (val & _PAGE_RW)
            put_page_type(pg);
        return -EAGAIN;
    }
    if (old & _PAGE_RW)
        put_page_type(pg);
    return 0;
}

static int update_l1(pte_t *slot, const struct pt_update *u, struct domain *d)
{
    pte_t old = READ_ONCE(*slot), val = u->val;
    int rc;

    if (u->how == PT_IF_SAME && old != u->expected)
        return -EAGAIN;
    if (!(val & _PAGE_PRESENT)) {
        if (unlikely(d->arch.l1tf_guard) && l1tf_refuses_entry(val, 1, d))
            return refuse(-EINVAL, "page table: an entry not present names memory (L1TF)");
        if (!store_entry(slot, val, u))
            return -EAGAIN;
        unref_l1_entry(old);
        return 0;
    }
    val = adjust_l1_entry(val, d);
    if (caching_refused(val, d))
        return refuse(-EINVAL, "page table: only a domain with I/O memory or ports chooses how memory is cached");
    /* The same frame with the same rights: references stay as they are. */
    if ((old & _PAGE_PRESENT) && !((old ^ val) & (PTE_ADDR_MASK | _PAGE_RW)))
        return store_entry(slot, val | (old & _PAGE_GRANT), u) ? 0 : -EAGAIN;
    if ((old & (_PAGE_PRESENT | _PAGE_GRANT)) == _PAGE_PRESENT && !((old ^ val) & PTE_ADDR_MASK) &&
        is_owned_ram(val, u->from))
        return change_rights(slot, old, val, u);
    rc = ref_l1_entry(val, d, u->from);
    if (unlikely(rc))
        return rc;
    if (unlikely(!store_entry(slot, val, u))) {
        unref_l1_entry(val);
        return -EAGAIN;
    }
    unref_l1_entry(old);
    return 0;
}

/* Like ref_table(), for the table an entry in slot i is going to point to. */
static int ref_new_child(pte_t e, struct page_info *table, unsigned i, struct domain *d)
{
    unsigned level = table_level(table->type_info);
    mfn_t m = pte_mfn(e);
    int rc;

    if (is_superpage(e, level))
        return ref_superpage(e, d);
    if (e & forbidden_bits(level, d))
        return refuse(-EINVAL, "page table: large, global or uncached, or reserved bits");
    if (!mfn_valid(m))
        return refuse(-EINVAL, "page table: lower table is not RAM");
    rc = ref_table(mfn_to_page(m), d, lower_type(level, d, i));
    if (rc == -EINVAL && !ref_linear_entry(e, table))
        return refuse(rc, "page table: frame can't be a lower table: not the domain's, or in use otherwise");
    return rc == -EINVAL ? 0 : rc;
}

static void unref_child(pte_t e, struct page_info *table)
{
    if (!(e & _PAGE_PRESENT))
        return;
    if (is_superpage(e, table_level(table->type_info)))
        unref_superpage(e);
    else if (unlikely(is_linear_entry(e, table)))
        unref_linear_entry_now(e, table);
    else
        unref_table(mfn_to_page(pte_mfn(e)));
}

/* Do the references that stand behind the old entry serve the new one, too? A linear one is always read-only. */
static bool same_child(pte_t old, pte_t val, const struct page_info *table, pte_t forbidden)
{
    if (!(old & _PAGE_PRESENT) || ((old ^ val) & (PTE_ADDR_MASK | forbidden)))
        return false;
    if (is_superpage(old, table_level(table->type_info)))
        return !((old ^ val) & (_PAGE_RW | _PAGE_NX));
    return !(val & ~old & _PAGE_RW) || !is_linear_entry(old, table);
}

static int update_upper(struct page_info *table, pte_t *slot, const struct pt_update *u, struct domain *d)
{
    uint64_t type_info = READ_ONCE(table->type_info);
    unsigned level = table_level(type_info), i = (unsigned long)slot / sizeof(*slot) % PT_ENTRIES;
    pte_t old = READ_ONCE(*slot), val = u->val;
    int rc;

    if (!is_guest_slot(type_info, d, i))
        return refuse(-EINVAL, "page table: slot of the hypervisor");
    if (u->how == PT_IF_SAME && old != u->expected)
        return -EAGAIN;
    if (val & _PAGE_PRESENT) {
        val = adjust_upper_entry(val, level, d);
        if (same_child(old, val, table, forbidden_bits(level, d))) {
            rc = store_entry(slot, val, u) ? 0 : -EAGAIN;
            if (level == 4)
                note_l4_change();
            return rc;
        }
        if (is_superpage(val, level) && u->from != d)
            return refuse(-EPERM, "superpage: of the tables' owner's frames only");
        rc = ref_new_child(val, table, i, d);
        if (rc)
            return rc;
    } else if (unlikely(d->arch.l1tf_guard) && l1tf_refuses_entry(val, level, d)) {
        return refuse(-EINVAL, "page table: an entry not present names memory (L1TF)");
    }
    if (!store_entry(slot, val, u)) {
        unref_child(val, table);
        return -EAGAIN;
    }
    if (level == 4)
        note_l4_change();
    unref_child(old, table);
    return 0;
}

/*
 * Check the new value, take its references, write it, drop the old one's. The table is locked, and its
 * owner's. 0; -EINVAL; -EPERM; -EBUSY; -EAGAIN: not the expected entry; -ERESTART: call again. A lower table
 * that takes long to drop is left for the current vcpu's finish_unref().
 */
int update_entry(struct page_info *table, pte_t *slot, const struct pt_update *u)
{
    struct domain *d = page_owner(table);
    uint64_t type_info = READ_ONCE(table->type_info);

    return likely(table_level(type_info) == 1) ? update_l1(slot, u, d) : update_upper(table, slot, u, d);
}
