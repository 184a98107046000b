/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Address spaces: a vcpu's two top-level tables (guest kernel, guest user) and the per-domain slot. A table a
 * vcpu may run on is held by a reference and a level 4 type reference, so it never changes its nature while a
 * processor uses it.
 *
 * A 32-bit guest's top level is a level 3 table. The processor, always in long mode, gets a level 4 table of
 * the vcpu's, which is ours: its slot 0 points to the guest's, and the hypervisor's slots are as everywhere.
 */
#include <xen/lib.h>
#include <xen/smp.h>
#include <asm/processor.h>
#include <asm/pv.h>
#include "internal.h"

#define TABLE_FLAGS (_PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED | _PAGE_DIRTY)
#define VCPUS_PER_L1 16

/* What the GDT shows where the guest has nothing: descriptors that fault on use. */
static const uint64_t zero_page[512] aligned_to(4096);

/* Fill in the hypervisor's slots of a top-level table of d's. */
void init_guest_l4(pte_t *l4, struct domain *d)
{
    for (unsigned i = HYPERVISOR_SLOT_FIRST; i <= HYPERVISOR_SLOT_LAST; i++)
        l4[i] = idle_pg_table[i];
    l4[PERDOMAIN_SLOT] = d->arch.perdomain_l3 ? pte_make(virt_to_mfn(d->arch.perdomain_l3), TABLE_FLAGS) : 0;
}

/* What mm needs of a new domain: the per-domain slot. */
int domain_mm_init(struct domain *d)
{
    spin_lock_init(&d->arch.e820_lock);
    shadow_domain_init(d);
    d->arch.l1tf_guard = l1tf_guards(d);
    d->arch.perdomain_l3 = zalloc_xenheap_page();
    return d->arch.perdomain_l3 ? 0 : -ENOMEM;
}

/* Undo domain_mm_init(); all vcpus are gone. */
void domain_mm_destroy(struct domain *d)
{
    pte_t *l3 = d->arch.perdomain_l3;
    pte_t *l2 = l3 && l3[0] ? mfn_to_virt(pte_mfn(l3[0])) : NULL;

    for (unsigned i = 0; l2 && i < PT_ENTRIES; i++)
        if (l2[i])
            free_xenheap_page(mfn_to_virt(pte_mfn(l2[i])));
    free_xenheap_page(l2);
    free_xenheap_page(l3);
    d->arch.perdomain_l3 = NULL;
    xfree(d->arch.e820);
    d->arch.e820 = NULL;
}

static pte_t *lower_table(pte_t *e)
{
    if (!*e) {
        void *t = zalloc_xenheap_page();

        if (!t)
            return NULL;
        *e = pte_make(virt_to_mfn(t), TABLE_FLAGS);
    }
    return mfn_to_virt(pte_mfn(*e));
}

static int make_pae_l4(struct vcpu *v)
{
    v->arch.pae_l4 = zalloc_xenheap_page();
    if (!v->arch.pae_l4)
        return -ENOMEM;
    init_guest_l4(v->arch.pae_l4, v->domain);
    return 0;
}

static void free_pae_l4(struct vcpu *v)
{
    free_xenheap_page(v->arch.pae_l4);
    v->arch.pae_l4 = NULL;
}

/*
 * A domain that has no memory yet, and so no tables, becomes a 32-bit one or a 64-bit one again. Holds its
 * domain lock, as whoever makes its vcpus. 0, -EBUSY, -ENOMEM, -ERESTART: to be called again
 */
int domain_mm_set_width(struct domain *d, bool is_32bit)
{
    struct vcpu *v;
    int rc = 0;

    if (d->arch.is_32bit_pv == is_32bit)
        return 0;
    if (d->tot_pages || d->arch.shadow.on)
        return refuse(-EBUSY, "set_address_size: the domain has memory, or runs on shadows");
    for_each_vcpu (d, v)
        if (v->is_initialised)
            return refuse(-EBUSY, "set_address_size: a vcpu has its context");
    if (is_32bit)
        rc = m2p32_make();
    if (rc)
        return rc;
    for_each_vcpu (d, v)
        if (is_32bit && !rc)
            rc = make_pae_l4(v);
    if (rc || !is_32bit)
        for_each_vcpu (d, v)
            free_pae_l4(v);
    if (rc)
        return rc;
    d->arch.is_32bit_pv = is_32bit;
    d->addr_bits = is_32bit ? PAE_ADDRESS_BITS : 0;
    return 0;
}

/* What mm needs of a new vcpu: room for its GDT and LDT, a 32-bit one's level 4 table. */
int vcpu_mm_init(struct vcpu *v)
{
    pte_t *l2, *l1;

    if (!v->domain->arch.perdomain_l3)
        return 0;
    l2 = lower_table(&v->domain->arch.perdomain_l3[0]);
    if (!l2)
        return -ENOMEM;
    l1 = lower_table(&l2[v->vcpu_id / VCPUS_PER_L1]);
    if (!l1)
        return -ENOMEM;
    v->arch.perdomain_ptes = l1 + v->vcpu_id % VCPUS_PER_L1 * PERDOMAIN_PTES;
    for (unsigned i = 0; i < FIRST_RESERVED_GDT_PAGE; i++)
        v->arch.perdomain_ptes[i] = zero_gdt_pte();
    if (v->domain->arch.shadow.on && shadow_vcpu_init(v))
        goto no_memory;
    if (!v->domain->arch.is_32bit_pv || !make_pae_l4(v))
        return 0;
 no_memory:
    vcpu_mm_destroy(v);
    return -ENOMEM;
}

/* Undo vcpu_mm_init(). The tables it was in go with the domain. */
void vcpu_mm_destroy(struct vcpu *v)
{
    v->arch.perdomain_ptes = NULL;
    shadow_vcpu_destroy(v);
    free_pae_l4(v);
}

/* GDT page without descriptors. */
pte_t zero_gdt_pte(void)
{
    return pte_make(virt_to_mfn(zero_page), PAGE_HYPERVISOR_RO & ~_PAGE_GLOBAL);
}

static unsigned long cr3_of(mfn_t root)
{
    return root.n ? root.n << PAGE_SHIFT : virt_to_maddr(idle_pg_table);
}

/* Compute the CR3 v runs on, from its tables and mode. */
void update_cr3(struct vcpu *v)
{
    mfn_t m = processor_root(v);

    if (v->arch.pae_l4) {
        WRITE_ONCE(v->arch.pae_l4[0], m.n ? pte_make(m, (TABLE_FLAGS & ~_PAGE_DIRTY) | _PAGE_USER) : 0);
        m = virt_to_mfn(v->arch.pae_l4);
    }
    v->arch.cr3 = cr3_of(m);
}

/*
 * Load v's address space on this CPU, forgetting the last one. The context switch takes the CPU out of prev's
 * dirty mask.
 */
void write_cr3_for(struct vcpu *v)
{
    unsigned cpu = smp_processor_id();

    if (!cpumask_test(cpu, &v->domain->arch.dirty_cpumask))
        cpumask_set(cpu, &v->domain->arch.dirty_cpumask);
    switch_cr3(v->arch.cr3);
}

/* The current vcpu, a 64-bit one, goes from guest kernel to guest user or back. User mappings are global and survive. */
void toggle_guest_mode(struct vcpu *v)
{
    v->arch.kernel_mode = !v->arch.kernel_mode;
    __asm__ volatile ("swapgs" ::: "memory");
    v->arch.cr3 = cr3_of(processor_root(v));
    write_cr3(v->arch.cr3);
    if (unlikely(v->arch.runstate_late || v->arch.time_late) && v->arch.kernel_mode)
        publish_late(v);
}

static uint64_t root_type(const struct domain *d)
{
    return d->arch.is_32bit_pv ? PGT_l3_page_table : PGT_l4_page_table;
}

/*
 * Replace v's table *which (kernel or user) by m; 0: none. 0, -EINVAL, -ERESTART: call again. CR3 is not
 * loaded here.
 */
int set_guest_table(struct vcpu *v, mfn_t *which, mfn_t m)
{
    mfn_t old = *which;
    int rc;

    if (mfn_eq(m, old))
        return 0;
    if (m.n) {
        rc = mfn_valid(m) ? ref_table(mfn_to_page(m), v->domain, root_type(v->domain)) : -EINVAL;
        if (rc == -EINVAL)
            return refuse(rc, "base pointer: frame is not the domain's or no valid top-level table");
        if (rc)
            return rc;
    }
    if (is_shadowed(v->domain))
        shadow_set_root(v, which, m);
    else
        *which = m;
    update_cr3(v);
    if (v == current)
        write_cr3_for(v);
    if (old.n)
        unref_table(mfn_to_page(old));
    return 0;
}

/*
 * New kernel and user tables of v, which does not run or is current; user: 64-bit only. 0, -EINVAL,
 * -ERESTART: call again with the same.
 */
int vcpu_set_guest_cr3(struct vcpu *v, mfn_t kernel, mfn_t user)
{
    int rc = finish_unref(current, false);

    if (mfn_eq(kernel, INVALID_MFN))
        kernel = mfn(0);
    if (mfn_eq(user, INVALID_MFN))
        user = mfn(0);
    if (user.n && v->domain->arch.is_32bit_pv)
        return refuse(-EINVAL, "base pointer: a 32-bit guest's user mode has none of its own");
    if (!rc)
        rc = set_guest_table(v, &v->arch.guest_table, kernel);
    if (!rc)
        rc = finish_unref(current, false);
    return rc ? rc : set_guest_table(v, &v->arch.guest_table_user, user);
}

/* Drop a table of a dying domain. */
static int drop_guest_table(mfn_t *which)
{
    struct page_info *pg = which->n ? mfn_to_page(*which) : NULL;

    *which = mfn(0);
    if (pg)
        unref_table(pg);
    return finish_unref(current, true);
}

/* What v, which won't run again, was interrupted in becomes ours to drop. */
static int drop_interrupted(const struct vcpu *v, struct page_info **slot)
{
    struct page_info *pg = *slot;

    if (!pg || v == current)
        return 0;
    *slot = NULL;
    unref_table(pg);
    return finish_unref(current, true);
}

static int relinquish_vcpu(struct vcpu *v)
{
    int rc = drop_guest_table(&v->arch.guest_table_user);

    if (!rc)
        rc = drop_guest_table(&v->arch.guest_table);
    if (!rc)
        rc = drop_interrupted(v, &v->arch.validating);
    if (!rc)
        rc = drop_interrupted(v, &v->arch.dropping);
    if (rc)
        return rc;
    update_cr3(v);
    destroy_guest_gdt(v);
    invalidate_shadow_ldt(v);
    v->arch.ldt_ents = 0;
    return 0;
}

/*
 * All that mm holds for a dying domain, whose vcpus run no more: tables in use, pins, frames. 0 or -ERESTART
 */
int domain_mm_relinquish(struct domain *d)
{
    struct vcpu *v;
    int rc = finish_unref(current, true);

    for_each_vcpu(d, v) {
        if (rc)
            return rc;
        vcpu_sync_state(v);
    }
    if (!rc)
        rc = dirty_teardown(d);
    for_each_vcpu(d, v) {
        if (rc)
            return rc;
        rc = relinquish_vcpu(v);
    }
    return rc ? rc : domain_relinquish_pages(d);
}

/* A frame of a dying domain loses its pin, or its mark. 0 or -ERESTART */
int relinquish_pin(struct page_info *pg)
{
    relinquish_superpage(pg);
    if (__atomic_fetch_and(&pg->type_info, ~PGT_pinned, __ATOMIC_SEQ_CST) & PGT_pinned)
        unref_table(pg);
    return finish_unref(current, true);
}
