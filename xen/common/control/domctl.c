/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * domctl: what the toolstack does to one domain. Privileged callers only. One case, one call; what only the
 * architecture knows is in arch_do_domctl().
 */
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <xen/trace.h>
#include <public/why.h>
#include "bitmap.h"
#include "domain_info.h"

static DEFINE_SPINLOCK(domctl_lock);            /* creation: choosing an id */

void domain_info_fill(struct domain *d, struct xen_domctl_getdomaininfo *info)
{
    bool any_blocked_or_running = false, all_blocked = true;
    struct vcpu *v;

    memset(info, 0, sizeof(*info));
    info->domain = d->domain_id;
    info->max_vcpu_id = XEN_INVALID_MAX_VCPU_ID;
    for_each_vcpu(d, v) {
        vcpu_runstate_info_t r;

        vcpu_runstate_get(v, &r);
        info->cpu_time += r.time[RUNSTATE_running];
        info->max_vcpu_id = v->vcpu_id;
        if (test_bit(VPF_down, &v->pause_flags))
            continue;
        info->nr_online_vcpus++;
        any_blocked_or_running = true;
        if (!test_bit(VPF_blocked, &v->pause_flags))
            all_blocked = false;
        if (v->is_running)
            info->flags |= XEN_DOMINF_running;
    }
    if (any_blocked_or_running && all_blocked)
        info->flags |= XEN_DOMINF_blocked;
    if (d->is_dying == DOMDYING_dead)
        info->flags |= XEN_DOMINF_dying;
    if (d->is_shut_down)
        info->flags |= XEN_DOMINF_shutdown;
    if (d->controller_pause_count > 0 || READ_ONCE(d->debugger_paused))
        info->flags |= XEN_DOMINF_paused;
    if (d->debugger_attached)
        info->flags |= XEN_DOMINF_debugged;
    if (d->createflags & XEN_DOMCTL_CDF_xs_domain)
        info->flags |= XEN_DOMINF_xs_domain;
    info->flags |= (uint32_t)d->shutdown_code << XEN_DOMINF_shutdownshift;
    info->tot_pages = d->tot_pages;
    info->max_pages = d->max_pages;
    info->outstanding_pages = d->outstanding_pages;
    info->shr_pages = atomic_read(&d->shared_pages);
    info->paged_pages = atomic_read(&d->paged_pages);
    info->shared_info_frame = d->shared_info ? virt_to_mfn(d->shared_info).n : INVALID_MFN.n;
    info->gpaddr_bits = PADDR_BITS;
    memcpy(info->handle, d->handle, sizeof(info->handle));
    info->arch_config.emulation_flags = 0;
}

/* ---- creation and the end ---- */

static int check_config(const struct xen_domctl_createdomain *c)
{
    if (c->flags & (XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap | XEN_DOMCTL_CDF_nested_virt))
        return refuse(-EINVAL, "createdomain: HVM guests are not supported");
    if (c->flags & ~(XEN_DOMCTL_CDF_xs_domain | XEN_DOMCTL_CDF_s3_integrity | XEN_DOMCTL_CDF_oos_off))
        return refuse(-EINVAL, "createdomain: flags ask for what this hypervisor has not (IOMMU, vPMU)");
    if (c->max_vcpus == 0 || c->max_vcpus > MAX_VIRT_CPUS)
        return refuse(-EINVAL, "createdomain: max_vcpus must be 1 to 512");
    if (c->cpupool_id != 0)
        return refuse(-ESRCH, "createdomain: there is no cpupool but 0");
    if (c->vmtrace_size)
        return refuse(-EINVAL, "createdomain: no vmtrace");
    if (c->iommu_opts)
        return refuse(-EINVAL, "createdomain: there is no IOMMU to have options");
    if (c->arch.emulation_flags & ~XEN_X86_EMU_ALL || c->arch.misc_flags & ~XEN_X86_MSR_RELAXED)
        return refuse(-EINVAL, "createdomain: unknown flags of the architecture");
    return 0;
}

/* domctl_lock held: the id asked for or, if that can be none, the next free one after the last given. */
static int choose_domid(domid_t wanted)
{
    static domid_t last;
    struct domain *d;
    domid_t id;

    if (wanted != 0 && wanted < DOMID_FIRST_RESERVED) {
        d = domain_get_by_id(wanted);
        if (!d)
            return wanted;
        domain_put(d);
        return refuse(-EEXIST, "createdomain: the domain id is in use");
    }
    for (id = last + 1; id != last; id++) {
        if (id >= DOMID_FIRST_RESERVED)
            id = 1;
        d = domain_get_by_id(id);
        if (!d) {
            last = id;
            return id;
        }
        domain_put(d);
    }
    return refuse(-ENOMEM, "createdomain: all domain ids are in use");
}

static long create(struct xen_domctl *op)
{
    struct domain *d;
    int rc = check_config(&op->u.createdomain);

    if (rc)
        return rc;
    spin_lock(&domctl_lock);
    rc = choose_domid(op->domain);
    if (rc >= 0) {
        d = domain_create(rc, &op->u.createdomain, false, &rc);
        if (d) {
            op->domain = d->domain_id;
            TRACE(TRC_DOM0_DOM_ADD, d->domain_id);
            rc = 0;
        }
    }
    spin_unlock(&domctl_lock);
    return rc;
}

/* ---- vcpus ---- */

static long max_vcpus(struct domain *d, unsigned max)
{
    if (max != d->max_vcpus)
        return refuse(-EINVAL, "max_vcpus: not what the domain was created for");
    if (d->is_dying)
        return refuse(-EINVAL, "max_vcpus: the domain is dying");
    for (unsigned i = 0; i < max; i++) {
        if (d->vcpu[i])
            continue;
        if (!vcpu_create(d, i, cpumask_first(&cpu_online_map)))
            return refuse(-ENOMEM, "max_vcpus: no memory for the vcpus");
        if (i % 16 == 15 && hypercall_preempt_check())
            return -ERESTART;
    }
    return 0;
}

/* A vcpu's context is laid out as its domain has it, whoever the caller is. True: the copy failed. */
static bool get_context(const struct domain *d, struct vcpu_guest_context *c, const void *from)
{
    return d->arch.is_32bit_pv ? width_get(WIDTH_OF(c), c, from, 1) : raw_copy_from_guest(c, from, sizeof(*c)) != 0;
}

static bool put_context(const struct domain *d, void *to, const struct vcpu_guest_context *c)
{
    return d->arch.is_32bit_pv ? width_put(WIDTH_OF(c), to, c, 1) : raw_copy_to_guest(to, c, sizeof(*c)) != 0;
}

static long set_vcpu_context(struct domain *d, struct xen_domctl_vcpucontext *op)
{
    struct vcpu *v = domain_vcpu(d, op->vcpu);
    struct vcpu_guest_context *c;
    long rc;

    if (!v)
        return refuse(-ESRCH, "setvcpucontext: no such vcpu");
    if (guest_handle_is_null(op->ctxt))
        return vcpu_reset(v);
    c = xmalloc(struct vcpu_guest_context);
    if (!c)
        return -ENOMEM;
    if (get_context(d, c, op->ctxt.p)) {
        rc = -EFAULT;
    } else {
        domain_pause(d);
        rc = arch_set_info_guest(v, c);
        domain_unpause(d);
    }
    xfree(c);
    return rc;
}

static long get_vcpu_context(struct domain *d, struct xen_domctl_vcpucontext *op)
{
    struct vcpu *v = domain_vcpu(d, op->vcpu);
    struct vcpu_guest_context *c;
    long rc;

    if (!v)
        return refuse(-ESRCH, "getvcpucontext: no such vcpu");
    if (!v->is_initialised)
        return refuse(-ENODATA, "getvcpucontext: the vcpu has no context yet");
    c = xzalloc(struct vcpu_guest_context);
    if (!c)
        return -ENOMEM;
    vcpu_pause(v);
    arch_get_info_guest(v, c);
    vcpu_unpause(v);
    rc = put_context(d, op->ctxt.p, c) ? -EFAULT : 0;
    xfree(c);
    return rc;
}

static long get_vcpu_info(struct domain *d, struct xen_domctl_getvcpuinfo *op)
{
    struct vcpu *v = domain_vcpu(d, op->vcpu);
    vcpu_runstate_info_t r;

    if (op->vcpu >= d->max_vcpus)
        return refuse(-EINVAL, "getvcpuinfo: vcpu number out of range");
    if (!v)
        return refuse(-ESRCH, "getvcpuinfo: no such vcpu");
    vcpu_runstate_get(v, &r);
    op->online = !test_bit(VPF_down, &v->pause_flags);
    op->blocked = test_bit(VPF_blocked, &v->pause_flags);
    op->running = v->is_running;
    op->cpu_time = r.time[RUNSTATE_running];
    op->cpu = v->processor;
    return 0;
}

static long set_affinity(struct vcpu *v, struct xen_domctl_vcpuaffinity *op)
{
    cpumask_t mask, effective;
    int rc = 0;

    if (op->flags & XEN_VCPUAFFINITY_HARD) {
        rc = xenctl_to_bitmap(mask.bits, &op->cpumap_hard, NR_CPUS);
        if (!rc)
            rc = vcpu_set_hard_affinity(v, &mask);
        effective = cpumask_and(&v->hard_affinity, &cpu_online_map);
        if (!rc)
            rc = bitmap_to_xenctl(&op->cpumap_hard, effective.bits, nr_cpu_ids);
    }
    if (!rc && op->flags & XEN_VCPUAFFINITY_SOFT) {
        rc = xenctl_to_bitmap(mask.bits, &op->cpumap_soft, NR_CPUS);
        if (!rc)
            rc = vcpu_set_soft_affinity(v, &mask);
        effective = cpumask_and(&v->soft_affinity, &v->hard_affinity);
        effective = cpumask_and(&effective, &cpu_online_map);
        if (!rc)
            rc = bitmap_to_xenctl(&op->cpumap_soft, effective.bits, nr_cpu_ids);
    }
    return rc;
}

static long vcpu_affinity(struct domain *d, uint32_t cmd, struct xen_domctl_vcpuaffinity *op)
{
    struct vcpu *v = domain_vcpu(d, op->vcpu);
    int rc = 0;

    if (op->vcpu >= d->max_vcpus)
        return refuse(-EINVAL, "vcpuaffinity: vcpu number out of range");
    if (!v)
        return refuse(-ESRCH, "vcpuaffinity: no such vcpu");
    if (!(op->flags & (XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT)))
        return refuse(-EINVAL, "vcpuaffinity: neither hard nor soft");
    if (cmd == XEN_DOMCTL_setvcpuaffinity)
        return set_affinity(v, op);
    if (op->flags & XEN_VCPUAFFINITY_HARD)
        rc = bitmap_to_xenctl(&op->cpumap_hard, v->hard_affinity.bits, nr_cpu_ids);
    if (!rc && op->flags & XEN_VCPUAFFINITY_SOFT)
        rc = bitmap_to_xenctl(&op->cpumap_soft, v->soft_affinity.bits, nr_cpu_ids);
    return rc;
}

/* One node, the machine. */
static long node_affinity(uint32_t cmd, struct xen_domctl_nodeaffinity *op)
{
    unsigned long nodes[1] = { 1 };
    int rc;

    if (cmd == XEN_DOMCTL_getnodeaffinity)
        return bitmap_to_xenctl(&op->nodemap, nodes, 1);
    rc = xenctl_to_bitmap(nodes, &op->nodemap, 1);
    if (!rc && !nodes[0])
        rc = refuse(-EINVAL, "setnodeaffinity: no node of the set exists");
    return rc;
}

/* ---- what a domain may use ---- */

static long set_max_mem(struct domain *d, uint64_t kb)
{
    uint64_t pages = kb >> (PAGE_SHIFT - 10);

    if (pages > UINT32_MAX)
        return refuse(-EINVAL, "max_mem: beyond what a domain can have");
    spin_lock(&d->page_alloc_lock);
    d->max_pages = pages;
    spin_unlock(&d->page_alloc_lock);
    return 0;
}

/* The interrupt behind the caller's pirq, or -1. */
static int mapped_irq(uint32_t nr)
{
    struct domain *caller = current->domain;
    const struct pirq *pirq;
    int irq;

    spin_lock(&caller->event_lock);
    pirq = pirq_get(caller, nr, false);
    irq = pirq ? pirq->irq : -1;
    spin_unlock(&caller->event_lock);
    return irq;
}

static long irq_permission(struct domain *d, const struct xen_domctl_irq_permission *op)
{
    int irq;

    if (op->pirq >= current->domain->nr_pirqs)
        return refuse(-EINVAL, "irq_permission: no such pirq");
    irq = mapped_irq(op->pirq);
    if (irq < 0 || !rangeset_contains(current->domain->irq_caps, irq, irq))
        return refuse(-EPERM, "irq_permission: the caller has not mapped it, or has no right itself");
    return op->allow_access ? rangeset_add(d->irq_caps, irq, irq) : rangeset_remove(d->irq_caps, irq, irq);
}

static long iomem_permission(struct domain *d, const struct xen_domctl_iomem_permission *op)
{
    unsigned long last = op->first_mfn + op->nr_mfns - 1;

    if (op->nr_mfns == 0 || last < op->first_mfn)
        return refuse(-EINVAL, "iomem_permission: empty or impossible range");
    if (!rangeset_contains(current->domain->iomem_caps, op->first_mfn, last))
        return refuse(-EPERM, "iomem_permission: the caller has no access itself");
    return op->allow_access ? rangeset_add(d->iomem_caps, op->first_mfn, last)
                            : rangeset_remove(d->iomem_caps, op->first_mfn, last);
}

static long set_target(struct domain *d, domid_t target)
{
    struct domain *t;

    if (d->target)
        return refuse(-EINVAL, "set_target: done before");
    if (d->is_dying)
        return refuse(-EINVAL, "set_target: the domain is dying");
    t = domain_get_by_id(target);
    if (!t)
        return refuse(-ESRCH, "set_target: no such domain");
    if (t == d) {
        domain_put(t);
        return refuse(-EINVAL, "set_target: itself");
    }
    WRITE_ONCE(d->target, t);
    return 0;
}

static long set_time_offset(struct domain *d, int64_t seconds)
{
    if (seconds > INT32_MAX || seconds < INT32_MIN)
        return refuse(-EINVAL, "settimeoffset: over 68 years");
    d->time_offset_ns = SECONDS(seconds);
    update_domain_wallclock(d);
    return 0;
}

static long send_trigger(struct domain *d, const struct xen_domctl_sendtrigger *op)
{
    struct vcpu *v = domain_vcpu(d, op->vcpu);

    if (!v)
        return refuse(-ESRCH, "sendtrigger: no such vcpu");
    if (op->trigger == XEN_DOMCTL_SENDTRIGGER_POWER || op->trigger == XEN_DOMCTL_SENDTRIGGER_SLEEP)
        return refuse(-EINVAL, "sendtrigger: PV guests have no buttons");
    if (op->trigger != XEN_DOMCTL_SENDTRIGGER_NMI)
        return refuse(-ENOSYS, "sendtrigger: PV guests take NMI only");
    if (!__atomic_exchange_n(&v->nmi_pending, true, __ATOMIC_SEQ_CST))
        vcpu_kick(v);
    return 0;
}

/* ---- why requests were refused ---- */

static long why(struct domain *d, struct xen_domctl *op)
{
    struct xen_domctl_why *w = (void *)&op->u;
    unsigned ever = READ_ONCE(d->nr_reasons), have = min(ever, (unsigned)REASONS_PER_DOMAIN);
    unsigned n = min(w->nr, have);

    for (unsigned i = 0; i < n; i++) {
        const struct reason *r = &d->reasons[(ever - 1 - i) % REASONS_PER_DOMAIN];
        struct xen_why_note note = { .when = r->when, .error = r->error, .hypercall = r->hypercall,
                                     .vcpu = r->vcpu, .times = r->times };

        if (r->text)
            strlcpy(note.reason, r->text, sizeof(note.reason));
        if (copy_to_guest_offset(w->notes, i, &note, 1))
            return -EFAULT;
    }
    w->nr = n;
    w->ever = ever;
    return 0;
}

/* ---- the table ---- */

static long getdomaininfo(struct xen_domctl *op)
{
    struct domain *d;
    bool found = false;

    read_lock(&domlist_lock);
    for_each_domain(d) {
        if (d->domain_id < op->domain || d->domain_id >= DOMID_FIRST_RESERVED)
            continue;
        op->domain = d->domain_id;
        domain_info_fill(d, &op->u.getdomaininfo);
        found = true;
        break;
    }
    read_unlock(&domlist_lock);
    return found ? 0 : -ESRCH;
}

/* What makes the domain stand still: nobody can wait for himself to stop. */
static bool pauses(const struct xen_domctl *op)
{
    switch (op->cmd) {
    case XEN_DOMCTL_destroydomain:
    case XEN_DOMCTL_pausedomain:
    case XEN_DOMCTL_resumedomain:
    case XEN_DOMCTL_shadow_op:
    case XEN_DOMCTL_setdebugging:
    case XEN_DOMCTL_gdbsx_guestmemio:
    case XEN_DOMCTL_gdbsx_pausevcpu:
    case XEN_DOMCTL_gdbsx_unpausevcpu:
    case XEN_DOMCTL_setvcpucontext:
    case XEN_DOMCTL_getvcpucontext:
    case XEN_DOMCTL_set_ext_vcpucontext:
    case XEN_DOMCTL_getvcpuextstate:
    case XEN_DOMCTL_setvcpuextstate:
    case XEN_DOMCTL_get_vcpu_msrs:
    case XEN_DOMCTL_set_vcpu_msrs:
        return true;
    }
    return false;
}

/* d->domain_lock held. *out: the structure goes back to the caller. */
static long on_domain(struct xen_domctl *op, struct domain *d, bool *out)
{
    switch (op->cmd) {
    case XEN_DOMCTL_destroydomain:     return domain_kill(d);
    case XEN_DOMCTL_pausedomain:       return domain_pause_by_controller(d);
    case XEN_DOMCTL_unpausedomain:     return domain_unpause_by_controller(d);
    case XEN_DOMCTL_resumedomain:      domain_resume(d); return 0;
    case XEN_DOMCTL_max_vcpus:         return max_vcpus(d, op->u.max_vcpus.max);
    case XEN_DOMCTL_max_mem:           return set_max_mem(d, op->u.max_mem.max_memkb);
    case XEN_DOMCTL_setvcpucontext:    return set_vcpu_context(d, &op->u.vcpucontext);
    case XEN_DOMCTL_getvcpucontext:    *out = true; return get_vcpu_context(d, &op->u.vcpucontext);
    case XEN_DOMCTL_getvcpuinfo:       *out = true; return get_vcpu_info(d, &op->u.getvcpuinfo);
    case XEN_DOMCTL_setvcpuaffinity:
    case XEN_DOMCTL_getvcpuaffinity:   *out = true; return vcpu_affinity(d, op->cmd, &op->u.vcpuaffinity);
    case XEN_DOMCTL_setnodeaffinity:
    case XEN_DOMCTL_getnodeaffinity:   *out = true; return node_affinity(op->cmd, &op->u.nodeaffinity);
    case XEN_DOMCTL_scheduler_op:      *out = true; return sched_adjust(d, &op->u.scheduler_op);
    case XEN_DOMCTL_setdomainhandle:
        memcpy(d->handle, op->u.setdomainhandle.handle, sizeof(d->handle));
        return 0;
    case XEN_DOMCTL_irq_permission:    return irq_permission(d, &op->u.irq_permission);
    case XEN_DOMCTL_iomem_permission:  return iomem_permission(d, &op->u.iomem_permission);
    case XEN_DOMCTL_settimeoffset:     return set_time_offset(d, op->u.settimeoffset.time_offset_seconds);
    case XEN_DOMCTL_set_target:        return set_target(d, op->u.set_target.target);
    case XEN_DOMCTL_set_virq_handler:  return set_global_virq_handler(d, op->u.set_virq_handler.virq);
    case XEN_DOMCTL_sendtrigger:       return send_trigger(d, &op->u.sendtrigger);
    case XEN_DOMCTL_why:               *out = true; return why(d, op);
    }
    return arch_do_domctl(op, d, out);
}

long do_domctl(void *arg)
{
    struct xen_domctl op;
    struct domain *d;
    bool out = false;
    long rc;

    if (!is_privileged(current->domain))
        return refuse(-EPERM, "domctl: for privileged domains");
    if (get_guest(&op, arg))
        return -EFAULT;
    if (op.interface_version != XEN_DOMCTL_INTERFACE_VERSION)
        return refuse(-EACCES, "domctl: the tools are of another interface version");

    if (op.cmd == XEN_DOMCTL_createdomain || op.cmd == XEN_DOMCTL_getdomaininfo) {
        rc = op.cmd == XEN_DOMCTL_createdomain ? create(&op) : getdomaininfo(&op);
        out = true;
    } else {
        /* By its number: DOMID_SELF is no domain to the tools. But everybody may be asked about itself. */
        d = op.cmd == XEN_DOMCTL_why ? domain_get_by_any_id(op.domain) : domain_get_by_id(op.domain);
        if (!d)
            return refuse(-ESRCH, "domctl: no such domain");
        if (d == current->domain && pauses(&op)) {
            domain_put(d);
            return refuse(-EINVAL, "domctl: not on the caller's own domain");
        }
        if (!spin_trylock(&d->domain_lock)) {        /* held for long, perhaps: do not spin, let others run */
            domain_put(d);
            return hypercall_continue(__HYPERVISOR_domctl, 1, arg);
        }
        rc = on_domain(&op, d, &out);
        spin_unlock(&d->domain_lock);
        domain_put(d);
    }
    if (rc == -ERESTART)
        return hypercall_continue(__HYPERVISOR_domctl, 1, arg);
    if (out && rc >= 0 && put_guest(arg, &op))
        rc = -EFAULT;
    return rc;
}
