/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Taking a grant into use and giving it back: the only place that reads what the granting domain has
 * written.
 */
#include <asm/processor.h>
#include "private.h"

#define TRIES 5

/* Flags and domain of an entry are one aligned word, changed by compare-and-exchange. */
union head {
    uint32_t word;
    struct { uint16_t flags; domid_t domid; };
};

static int check_head(union head h, domid_t user, bool write, enum grant_use use)
{
    unsigned kind = h.flags & GTF_type_mask;

    if (kind == GTF_transitive ? use != USE_COPY : kind != GTF_permit_access)
        return GNTST_general_error;
    if (h.domid != user || (write && h.flags & GTF_readonly) || (h.flags & GTF_sub_page && use == USE_MAP))
        return GNTST_general_error;
    return GNTST_okay;
}

/* Version 1: the marks are in the flags themselves. */
static int mark_v1(grant_entry_v1_t *e, domid_t user, bool write)
{
    union head seen = { .word = READ_ONCE(*(uint32_t *)e) }, want;
    int rc;

    for (unsigned i = 0; i < TRIES; i++) {
        uint32_t found;

        rc = check_head(seen, user, write, USE_MAP);
        if (rc)
            return rc;
        want = seen;
        want.flags |= GTF_reading | (write ? GTF_writing : 0);
        found = cmpxchg((uint32_t *)e, seen.word, want.word);
        if (found == seen.word)
            return GNTST_okay;
        seen.word = found;
    }
    return GNTST_eagain;         /* the granter keeps changing it */
}

/* Version 2: the marks are in the status word; then the entry must still grant. */
static int mark_v2(grant_entry_v2_t *e, grant_status_t *status, domid_t user, bool write, enum grant_use use,
                   union head *out)
{
    union head h = { .word = READ_ONCE(*(uint32_t *)&e->hdr) };
    uint16_t marks = GTF_reading | (write ? GTF_writing : 0);
    int rc = check_head(h, user, write, use);

    if (rc)
        return rc;
    __atomic_fetch_or(status, marks, __ATOMIC_SEQ_CST);
    h.word = READ_ONCE(*(uint32_t *)&e->hdr);
    rc = check_head(h, user, write, use);
    *out = h;
    return rc;
}

static void unmark(struct grant_table *t, grant_ref_t ref, uint16_t marks)
{
    if (t->version == 1)
        __atomic_fetch_and(&entry_v1(t, ref)->flags, (uint16_t)~marks, __ATOMIC_SEQ_CST);
    else
        __atomic_fetch_and(status_of(t, ref), (uint16_t)~marks, __ATOMIC_SEQ_CST);
}

/* Drop what a pin word that became now does not need any more of the marks. */
static void unmark_unused(struct grant_table *t, grant_ref_t ref, uint32_t now)
{
    uint16_t marks = (now & PIN_WRITES ? 0 : GTF_writing) | (now ? 0 : GTF_reading);

    if (marks)
        unmark(t, ref, marks);
}

/* Where a transitive grant leads: pinned there in turn, one hop and no further. a->lock held. */
static int pin_transitive(struct domain *rd, const grant_entry_v2_t *e, uint32_t how, struct active *a)
{
    struct domain *td = domain_get_by_id(READ_ONCE(e->transitive.trans_domid));
    struct pinned target;
    int rc = GNTST_general_error;

    if (!td)
        return GNTST_general_error;
    a->trans_ref = READ_ONCE(e->transitive.gref);
    if (td != rd)                /* which could grant to the user by itself */
        rc = grant_pin(rd, td, a->trans_ref, how, USE_TARGET, &target);
    if (rc) {
        domain_put(td);
        return rc;
    }
    a->transitive = true;
    a->trans_domain = td;        /* with its reference */
    a->trans_how = how;
    a->frame = target.frame;
    a->start = target.start;
    a->length = target.length;
    a->sub_page = !target.whole;
    return GNTST_okay;
}

static int first_pin_v2(struct domain *ld, struct domain *rd, grant_ref_t ref, uint32_t how,
                        enum grant_use use, struct active *a)
{
    struct grant_table *t = rd->grant_table;
    grant_entry_v2_t *e = entry_v2(t, ref);
    union head h;
    int rc = mark_v2(e, status_of(t, ref), ld->domain_id, how & PIN_WRITES, use, &h);

    if (rc == GNTST_okay && (h.flags & GTF_type_mask) == GTF_transitive) {
        rc = pin_transitive(rd, e, how, a);
    } else if (rc == GNTST_okay && h.flags & GTF_sub_page) {
        a->sub_page = true;
        a->start = READ_ONCE(e->sub_page.page_off);
        a->length = READ_ONCE(e->sub_page.length);
        a->frame = mfn(READ_ONCE(e->sub_page.frame));
    } else if (rc == GNTST_okay) {
        a->frame = mfn(READ_ONCE(e->full_page.frame));
    }
    if (rc)
        unmark(t, ref, GTF_reading | GTF_writing);
    return rc;
}

/* a->lock held, the entry unused: read the shared entry and mark it. */
static int first_pin(struct domain *ld, struct domain *rd, grant_ref_t ref, uint32_t how, enum grant_use use,
                     struct active *a)
{
    struct grant_table *t = rd->grant_table;
    int rc;

    a->transitive = a->sub_page = false;
    a->start = 0;
    a->length = PAGE_SIZE;
    a->domid = ld->domain_id;
    if (t->version == 2)
        return first_pin_v2(ld, rd, ref, how, use, a);
    rc = mark_v1(entry_v1(t, ref), ld->domain_id, how & PIN_WRITES);
    if (rc == GNTST_okay)
        a->frame = mfn(READ_ONCE(entry_v1(t, ref)->frame));
    return rc;
}

/*
 * One more use of an entry in use: by the same domain, in a mode it was pinned for or that the entry still
 * allows.
 */
static int further_pin(struct domain *ld, struct domain *rd, grant_ref_t ref, uint32_t how,
                       enum grant_use use, struct active *a)
{
    struct grant_table *t = rd->grant_table;
    bool write = how & PIN_WRITES;
    union head h;

    if (a->domid != ld->domain_id || (a->sub_page && use == USE_MAP) || (a->transitive && use != USE_COPY))
        return GNTST_general_error;
    if (a->pin & PIN_FULL)
        return GNTST_general_error;
    if (a->transitive)           /* its target is pinned in the mode of the first use only */
        return write && !(a->pin & PIN_WRITES) ? GNTST_eagain : GNTST_okay;
    if (!write || a->pin & PIN_WRITES)
        return GNTST_okay;
    if (t->version == 1)
        return mark_v1(entry_v1(t, ref), ld->domain_id, true);
    return mark_v2(entry_v2(t, ref), status_of(t, ref), ld->domain_id, true, use, &h);
}

/*
 * ld uses grant ref of rd once more. how: one PIN_*. GNTST_okay: out says what frame (and part) may be
 * used, until grant_unpin(). No references to the frame are taken: grant_frame_get().
 */
int grant_pin(struct domain *ld, struct domain *rd, grant_ref_t ref, uint32_t how, enum grant_use use,
              struct pinned *out)
{
    struct grant_table *t = rd->grant_table;
    struct active *a;
    int rc;

    if (use != USE_TARGET)
        read_lock(&t->lock);
    else if (!read_trylock(&t->lock))
        return GNTST_eagain;
    if (!has_entry(t, &ref)) {
        read_unlock(&t->lock);
        return GNTST_bad_gntref;
    }
    a = active_of(t, ref);
    if (use == USE_TARGET) {     /* the user's entry is locked: two that lead to each other must not wait */
        if (!spin_trylock(&a->lock)) {
            read_unlock(&t->lock);
            return GNTST_eagain;
        }
    } else
        spin_lock(&a->lock);
    rc = a->pin ? further_pin(ld, rd, ref, how, use, a) : first_pin(ld, rd, ref, how, use, a);
    if (rc == GNTST_okay) {
        a->pin += how;
        *out = (struct pinned){ a->frame, a->start, a->length, !a->sub_page,
                                a->transitive ? a->trans_domain : rd };
    } else if (a->pin)
        unmark_unused(t, ref, a->pin);
    spin_unlock(&a->lock);
    read_unlock(&t->lock);
    return rc;
}

void grant_unpin(struct domain *rd, grant_ref_t ref, uint32_t how)
{
    struct grant_table *t = rd->grant_table;
    struct domain *trans_domain = NULL;
    grant_ref_t trans_ref = 0;
    struct active *a;

    read_lock(&t->lock);
    a = active_of(t, ref);
    spin_lock(&a->lock);
    a->pin -= how;
    if (ref < nr_entries(t))     /* the table of a dying domain is gone before its last user */
        unmark_unused(t, ref, a->pin);
    if (!a->pin && a->transitive) {
        trans_domain = a->trans_domain;
        trans_ref = a->trans_ref;
        how = a->trans_how;
    }
    spin_unlock(&a->lock);
    read_unlock(&t->lock);
    if (trans_domain) {
        grant_unpin(trans_domain, trans_ref, how);
        domain_put(trans_domain);
    }
}

int grant_frame_get(mfn_t frame, bool write, const struct domain *owner)
{
    struct page_info *pg = get_page_from_mfn(frame, owner);

    if (!pg)
        return GNTST_bad_page;
    if (!write || get_page_type(pg, PGT_writable_page) == 0)
        return GNTST_okay;
    put_page(pg);
    return GNTST_general_error;
}

void grant_frame_put(mfn_t frame, bool write)
{
    struct page_info *pg = mfn_to_page(frame);

    if (write) {
        mark_dirty(pg);
        put_page_and_type(pg);
    } else
        put_page(pg);
}
