/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of this room share. */
#ifndef MM_INTERNAL_H
#define MM_INTERNAL_H

#include <xen/sched.h>
#include <asm/mm.h>

/* flush.c */
void flush_init(void);
void switch_cr3(unsigned long cr3);

/* ---- frame.c: type references ---- */

#define PT_TYPE(level) ((uint64_t)(level) << 61)
/* 1..4 for a page table, else 0. */
static always_inline unsigned table_level(uint64_t type_info)
{
    unsigned t = type_info >> 61;

    return t <= 4 ? t : 0;
}

/*
 * Results of ref_type() besides 0 and -EINVAL (no reference taken):
 *   -ERESTART   stopped for softirqs; the caller holds a reference to a partly validated table and calls
 *               again with held
 *   REF_BROKEN  the table has an invalid entry; the caller holds a reference to a partly validated table, to
 *               be dropped
 */
#define REF_BROKEN (-EILSEQ)
int ref_type(struct page_info *pg, uint64_t type, bool preemptible, bool held);
/* 0; -ERESTART: the reference remains, to a partly validated table: call again. */
int unref_type(struct page_info *pg, bool preemptible);
/* The same for one that name_table() gave. */
int unref_named(struct page_info *pg, bool preemptible);

/*
 * A reference and a type reference for the current vcpu, continuing where it stopped before. 0, -EINVAL,
 * -ERESTART
 */
int ref_table(struct page_info *pg, struct domain *d, uint64_t type);
/* Drop both. What can't be done at once is left for the vcpu's finish_unref(). */
void unref_table(struct page_info *pg);
/* Finish what the vcpu was interrupted in dropping (or whatever it holds, if all). 0 or -ERESTART */
int finish_unref(struct vcpu *v, bool all);

/*
 * Keep pg a validated page table, and be the only one to change it. 0; -EINVAL: it is no page table (any more);
 * -ERESTART: somebody else has it, and this CPU something else to do.
 */
int lock_table(struct page_info *pg);
void unlock_table(struct page_info *pg);

/* ---- table.c: what entries may say ---- */

int validate_table(struct page_info *pg, uint64_t type, bool preemptible);
int invalidate_table(struct page_info *pg, uint64_t type, bool preemptible);
/* May d have an entry in slot i of a table with this type_info? The others are ours, or must stay empty. */
bool is_guest_slot(uint64_t type_info, const struct domain *d, unsigned i);

/* How an entry is written. */
enum pt_write { PT_SET, PT_KEEP_AD, PT_IF_SAME };
struct pt_update {
    pte_t val;
    enum pt_write how;
    pte_t expected;                 /* PT_IF_SAME: -EAGAIN unless the entry is this */
    struct domain *from;            /* owner of the frames a level 1 entry maps */
};
/*
 * Check val, take its references, write it, drop the old one's. Table locked. 0, -EINVAL, -EPERM, -EBUSY,
 * -EAGAIN, -ERESTART
 */
int update_entry(struct page_info *table, pte_t *slot, const struct pt_update *u);
/* References of a level 1 entry of d's that maps a frame of from's. ref: 0, -EINVAL, -EPERM, -EBUSY */
int ref_l1_entry(pte_t e, const struct domain *d, const struct domain *from);
void unref_l1_entry(pte_t e);
/* The form in which the level 1 entry of a guest is stored. */
pte_t adjust_l1_entry(pte_t e, const struct domain *d);

/* ---- linear.c: entries that name a table of their own level ---- */

/* Reference the table that e in a table of its level names; the latter is locked or being validated. False: it may not. */
bool ref_linear_entry(pte_t e, struct page_info *table);
/* Is the present entry e of table a linear one? */
static inline bool is_linear_entry(pte_t e, const struct page_info *table)
{
    return table_level(mfn_to_page(pte_mfn(e))->type_info) == table_level(table->type_info);
}
/* Drop that reference. 0, or -ERESTART: it remains, call again. */
int unref_linear_entry(pte_t e, struct page_info *table, bool preemptible);
/* The same at once: what takes long is left for the current vcpu's finish_unref(). */
void unref_linear_entry_now(pte_t e, struct page_info *table);

/* ---- superpage.c ---- */
extern bool superpages_allowed;
/* An entry of a table of this level that maps 2 MiB, or is about to. */
static inline bool is_superpage(pte_t e, unsigned level)
{
    return unlikely(e & _PAGE_PSE) && level == 2 && superpages_allowed;
}
int ref_superpage(pte_t e, const struct domain *d);
void unref_superpage(pte_t e);
pte_t small_entry(pte_t large, unsigned long va);
int mark_superpage(mfn_t m, struct domain *d);
int unmark_superpage(mfn_t m, struct domain *d);
bool relinquish_superpage(struct page_info *pg);

/* ---- l1tf.c: entries not present of domains with d->arch.l1tf_guard. True: refused, and the domain is crashed ---- */
bool l1tf_guards(const struct domain *d);
bool l1tf_refuses_entry(pte_t e, unsigned level, struct domain *d);
bool l1tf_refuses_table(const pte_t *t, uint64_t type, struct domain *d);

/* ---- descriptors.c ---- */
int validate_descriptors(struct page_info *pg);

/* ---- walk.c ---- */
/* The top-level table of its own that v runs on. */
static inline mfn_t guest_root(const struct vcpu *v)
{
    bool kernel = v->arch.kernel_mode || !v->arch.guest_table_user.n;

    return kernel ? v->arch.guest_table : v->arch.guest_table_user;
}
/*
 * The level 1 entry for va in v's current tables: its table's frame; slot through the direct map. False: no
 * table.
 */
bool walk_to_l1(const struct vcpu *v, unsigned long va, mfn_t *table, pte_t **slot);

/* ---- shadow.c, shadow_pool.c ---- */
#define SHADOW_BUCKETS 1024
static inline bool is_shadowed(const struct domain *d) { return unlikely(d->arch.shadow.on); }
/* The top-level table for v that the processor gets. */
static inline mfn_t processor_root(const struct vcpu *v)
{
    mfn_t m = guest_root(v);
    bool user = !v->arch.kernel_mode && v->arch.guest_table_user.n;

    return is_shadowed(v->domain) && m.n ? virt_to_mfn(v->arch.shadow_root[user]) : m;
}
void shadow_set_root(struct vcpu *v, mfn_t *which, mfn_t m);
void shadow_fill_root(struct vcpu *v, unsigned nr, mfn_t m);
bool shadow_fix(struct vcpu *v, unsigned long va, bool write);
bool shadow_fix_hole(struct vcpu *v, unsigned long va);
void shadow_written(const pte_t *slot);
void shadow_forget(const struct page_info *table);
/* An entry of a page table has been written: call it before any reference behind the old entry is dropped. */
static always_inline void note_entry_written(const pte_t *slot)
{
    if (any_shadowed())
        shadow_written(slot);
}
unsigned shadow_audit(const struct domain *d);
void shadow_top_up(struct domain *d);
void shadow_forget_all(struct domain *d);
int shadow_shrink(struct domain *d, unsigned n);
int shadow_prepare(struct domain *d);
void shadow_enable(struct domain *d);

/* ---- dirty.c. The shadow's lock is held ---- */
static inline bool is_logged_frame(const struct domain *d, mfn_t m)
{
    return mfn_valid(m) && mfn_to_page(m)->owner == d->domain_id && get_m2p(m) < d->arch.shadow.nr_pfns;
}
bool is_in_log(const struct domain *d, mfn_t m);
void log_frame(struct domain *d, mfn_t m);

/* ---- space.c ---- */
pte_t zero_gdt_pte(void);
int set_guest_table(struct vcpu *v, mfn_t *which, mfn_t m);

/* ---- foreign.c ---- */
/*
 * The domain a request names besides the caller: DOMID_SELF, DOMID_IO, DOMID_XEN, or one the caller controls.
 */
int foreign_domain_get(domid_t id, struct domain **d);
void foreign_domain_put(struct domain *d);

/* ---- ptwr.c ---- */
bool emulate_table_write(struct vcpu *v, unsigned long va, pte_t entry, struct cpu_user_regs *regs);

/* ---- descriptors.c ---- */
void load_guest_ldt(struct vcpu *v);

/* ---- foreign.c ---- */
/* CPUs that may hold translations of the vcpus in a guest's bitmap. 0 or -EFAULT */
int vcpu_bitmap_to_cpus(const struct domain *d, const void *guest_bitmap, cpumask_t *mask);

/* m2p.c */
void share_m2p(mfn_t m);

#endif
