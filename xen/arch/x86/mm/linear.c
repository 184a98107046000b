/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linear page tables: an entry that names a table of its own level, so that the processor goes one level less deep
 * and a guest sees its tables as memory. It must be read-only, and what it names a table of that level already.
 *
 * An entry that names another table holds it by a reference and a type reference, as all do. That must not make
 * chains, which would be dropped one inside the other, or circles, which never would be. So a table that names
 * others is not named and the other way round: of type_info, PGT_linear and PGT_named_mask are not both set. As
 * long as the type reference exists, even to a table that is partly dropped, so does its part in PGT_named_mask.
 * An entry that names its own table holds nothing: there it ends.
 *
 * Of a 32-bit guest that is for level 2 only: its top level has no rights to take away. At level 4 a table shows
 * the hypervisor's slots, too: it is read as a level 3 table then. They are not user's, so the guest can't get at what
 * they map; where the processor leaks that (pv/xpti.c) there are none of level 4.
 */
#include <xen/lib.h>
#include <xen/param.h>
#include <asm/pv.h>
#include "internal.h"

static bool opt_linear = true;
boolean_param("pv-linear-pt", opt_linear);

/* The table is about to name another. False: it is named itself. */
static bool begin_naming(struct page_info *table)
{
    uint64_t x = READ_ONCE(table->type_info), seen;

    for (;; x = seen) {
        if (x & PGT_named_mask)
            return false;
        seen = cmpxchg(&table->type_info, x, x | PGT_linear);
        if (likely(seen == x))
            break;
    }
    table->nr_linear++;
    return true;
}

static void end_naming(struct page_info *table)
{
    ASSERT(table->nr_linear);
    if (!--table->nr_linear)
        __atomic_fetch_and(&table->type_info, ~PGT_linear, __ATOMIC_SEQ_CST);
}

/*
 * Take a type reference for a linear entry. Nobody is waited for: who validates the table may be waiting for ours.
 * False: it is no validated table of the level, names others, or is named too often.
 */
static bool name_table(struct page_info *pg, unsigned level)
{
    uint64_t x = READ_ONCE(pg->type_info), seen;

    for (;; x = seen) {
        if (!(x & PGT_count_mask) || !(x & PGT_validated) || table_level(x) != level || (x & PGT_linear) ||
            (x & PGT_named_mask) == PGT_named_mask)
            return false;
        seen = cmpxchg(&pg->type_info, x, x + PGT_named_one + 1);
        if (likely(seen == x))
            return true;
    }
}

static bool may_be_linear(pte_t e, unsigned level, const struct domain *d)
{
    if (!opt_linear || (e & _PAGE_RW))
        return false;
    return d->arch.is_32bit_pv ? level == 2 : level < 4 || !xpti_isolates(d);
}

bool ref_linear_entry(pte_t e, struct page_info *table)
{
    const struct domain *d = page_owner(table);
    struct page_info *named = mfn_to_page(pte_mfn(e));
    unsigned level = table_level(table->type_info);

    if (!may_be_linear(e, level, d))
        return false;
    if (named == table)
        return true;
    if (!get_page(named, d))
        return false;
    if (begin_naming(table)) {
        if (name_table(named, level))
            return true;
        end_naming(table);
    }
    put_page(named);
    return false;
}

int unref_linear_entry(pte_t e, struct page_info *table, bool preemptible)
{
    struct page_info *named = mfn_to_page(pte_mfn(e));

    if (named == table)
        return 0;
    if (unref_named(named, preemptible))
        return -ERESTART;
    put_page(named);
    end_naming(table);
    return 0;
}

/* Nothing is above this reference, so that it may become a plain one before it goes. */
void unref_linear_entry_now(pte_t e, struct page_info *table)
{
    struct page_info *named = mfn_to_page(pte_mfn(e));

    if (named == table)
        return;
    __atomic_fetch_sub(&named->type_info, PGT_named_one, __ATOMIC_SEQ_CST);
    end_naming(table);
    unref_table(named);
}
