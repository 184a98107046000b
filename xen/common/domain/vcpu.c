/* SPDX-License-Identifier: GPL-2.0-only */
/* Virtual processors: creation, pausing, and where their vcpu_info is. */
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <xen/smp.h>
#include <asm/shared.h>

static void init_events(struct vcpu *v)
{
    struct domain *d = v->domain;

    spin_lock_init(&v->virq_lock);
    v->vcpu_info_mfn = INVALID_MFN;
    v->vcpu_info = v->vcpu_id < XEN_LEGACY_MAX_VCPUS && d->shared_info
                   ? &d->shared_info->vcpu_info[v->vcpu_id] : dummy_info();
}

/*
 * A vcpu, down and without context, at home on the CPU. Holds d->domain_lock (or is boot). NULL: no memory.
 * Ids are created in ascending order.
 */
struct vcpu *vcpu_create(struct domain *d, unsigned id, unsigned cpu)
{
    struct vcpu *v;

    BUG_ON(id >= d->max_vcpus || d->vcpu[id]);
    v = xzalloc(struct vcpu);
    if (!v)
        return NULL;
    v->vcpu_id = id;
    v->domain = d;
    v->processor = cpu;
    v->dirty_cpu = VCPU_CPU_CLEAN;
    list_init(&v->runq);
    bitmap_fill(v->hard_affinity.bits, NR_CPUS);
    bitmap_fill(v->soft_affinity.bits, NR_CPUS);
    v->runstate.state = is_idle_domain(d) ? RUNSTATE_running : RUNSTATE_offline;
    v->runstate.state_entry_time = NOW();
    if (is_idle_domain(d)) {
        v->is_initialised = true;
        v->hard_affinity = cpumask_of(cpu);
    } else {
        set_bit(VPF_down, &v->pause_flags);
        init_events(v);
        vcpu_timers_init(v);
    }
    if (sched_init_vcpu(v))
        goto fail;
    if (arch_vcpu_create(v)) {
        sched_destroy_vcpu(v);
        goto fail;
    }
    d->vcpu[id] = v;
    return v;

 fail:
    xfree(v);
    return NULL;
}

void vcpu_pause_nosync(struct vcpu *v)
{
    atomic_inc(&v->pause_count);
    vcpu_sleep_nosync(v);
}

void vcpu_pause(struct vcpu *v)
{
    ASSERT(v != current);
    atomic_inc(&v->pause_count);
    vcpu_sleep_sync(v);
}

void vcpu_unpause(struct vcpu *v)
{
    if (atomic_dec_and_test(&v->pause_count))
        vcpu_wake(v);
}

void domain_pause_nosync(struct domain *d)
{
    struct vcpu *v;

    atomic_inc(&d->pause_count);
    for_each_vcpu(d, v)
        vcpu_sleep_nosync(v);
}

void domain_pause(struct domain *d)
{
    struct vcpu *v;

    ASSERT(d != current->domain);
    atomic_inc(&d->pause_count);
    for_each_vcpu(d, v)
        vcpu_sleep_sync(v);
}

void domain_unpause(struct domain *d)
{
    struct vcpu *v;

    if (!atomic_dec_and_test(&d->pause_count))
        return;
    for_each_vcpu(d, v)
        vcpu_wake(v);
}

/* The toolstack's own pauses nest, apart from the debugger's, which ends first, up to a bound so that the count can't wrap. Holds d->domain_lock. */
int domain_pause_by_controller(struct domain *d)
{
    if (d->controller_pause_count >= 255)
        return refuse(-EBUSY, "pausedomain: paused 255 times already");
    if (d->controller_pause_count++ == 0)
        domain_pause(d);
    return 0;
}

int domain_unpause_by_controller(struct domain *d)
{
    if (__atomic_exchange_n(&d->debugger_paused, false, __ATOMIC_SEQ_CST)) {
        domain_unpause(d);
        return 0;
    }
    if (d->controller_pause_count == 0)
        return refuse(-EINVAL, "unpausedomain: not paused");
    if (--d->controller_pause_count == 0) {
        d->creation_finished = true;
        domain_unpause(d);
    }
    return 0;
}

/*
 * Move vcpu_info into a page of the guest. Once only. What was pending stays so: all words are marked for
 * the guest to look at again. Holds v->domain->domain_lock, or is current.
 */
int vcpu_register_info(struct vcpu *v, mfn_t m, unsigned offset)
{
    struct domain *d = v->domain;
    struct page_info *pg;
    struct vcpu_info *fresh;

    if (offset > PAGE_SIZE - sizeof(struct vcpu_info))
        return refuse(-ENXIO, "register_vcpu_info: the structure leaves the page");
    if (!mfn_eq(v->vcpu_info_mfn, INVALID_MFN))
        return refuse(-EINVAL, "register_vcpu_info: registered already");
    if (v != current && !test_bit(VPF_down, &v->pause_flags))
        return refuse(-EINVAL, "register_vcpu_info: the vcpu is up and not the caller's own");
    pg = get_page_from_gfn(d, gfn(m.n));
    if (!pg)
        return refuse(-EINVAL, "register_vcpu_info: no such frame of this domain");
    if (get_page_type(pg, PGT_writable_page)) {
        put_page(pg);
        return refuse(-EINVAL, "register_vcpu_info: the frame is not an ordinary writable one");
    }
    fresh = page_to_virt(pg) + offset;
    if (v->vcpu_info == dummy_info()) {
        memset(fresh, 0, sizeof(*fresh));
        fresh->evtchn_upcall_mask = 1;
    } else
        memcpy(fresh, v->vcpu_info, sizeof(*fresh));
    v->vcpu_info = fresh;
    v->vcpu_info_mfn = page_to_mfn(pg);
    smp_wmb();
    WRITE_ONCE(fresh->evtchn_upcall_pending, 1);
    for (unsigned i = 0; i < guest_word_bits(d); i++)
        set_bit(i, vcpu_info_member(v, evtchn_pending_sel));
    force_update_vcpu_system_time(v);
    return 0;
}

void vcpu_unregister_info(struct vcpu *v)
{
    mfn_t m = v->vcpu_info_mfn;

    if (mfn_eq(m, INVALID_MFN))
        return;
    v->vcpu_info = dummy_info();
    v->vcpu_info_mfn = INVALID_MFN;
    mark_dirty(mfn_to_page(m));
    put_page_and_type(mfn_to_page(m));
}

int vcpu_reset(struct vcpu *v)
{
    int rc;

    vcpu_pause(v);
    set_bit(VPF_down, &v->pause_flags);
    v->is_initialised = v->fpu_initialised = false;
    rc = arch_vcpu_reset(v);
    if (!rc) {
        vcpu_poll_ended(v);
        clear_bit(VPF_blocked, &v->pause_flags);
        v->nmi_pending = false;
    }
    vcpu_unpause(v);
    return rc;
}
