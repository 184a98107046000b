/* SPDX-License-Identifier: GPL-2.0-only */
/* What a guest asks of the scheduler: sched_op, its old form, and vcpu_op. */
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <xen/smp.h>
#include <asm/platform.h>

/* ---- sched_op ---- */

static long do_shutdown(uint8_t reason)
{
    domain_shutdown(current->domain, reason);
    return 0;
}

/* Does one of the ports have an event? 0: none. */
static int any_port_pending(struct domain *d, const sched_poll_t *poll, evtchn_port_t *single)
{
    for (unsigned i = 0; i < poll->nr_ports; i++) {
        evtchn_port_t port;
        bool pending;

        if (copy_from_guest_offset(&port, poll->ports, i, 1))
            return -EFAULT;
        if (!evtchn_port_pollable(d, port, &pending))
            return refuse(-EINVAL, "poll: no such port");
        if (pending)
            return 1;
        *single = port;
    }
    return 0;
}

static long poll_ports(void *arg)
{
    struct vcpu *v = current;
    struct domain *d = v->domain;
    sched_poll_t poll;
    evtchn_port_t single = 0;
    int rc;

    if (copy_from_guest(&poll, guest_ptr(arg, sched_poll_t), 1))
        return -EFAULT;
    if (poll.nr_ports > 128)
        return refuse(-EINVAL, "poll: more than 128 ports");
    if (!guest_handle_okay(poll.ports, poll.nr_ports))
        return -EFAULT;

    /* Be seen as polling before looking at the ports: whoever sends later wakes us. */
    set_bit(VPF_blocked, &v->pause_flags);
    v->poll_port = -1;
    v->polling = true;
    set_bit(v->vcpu_id, d->poll_mask);
    smp_mb();
    rc = vcpu_has_event(v) ? 1 : any_port_pending(d, &poll, &single);
    if (rc) {
        vcpu_poll_ended(v);
        clear_bit(VPF_blocked, &v->pause_flags);
        return rc < 0 ? rc : 0;
    }
    if (poll.nr_ports == 1)
        v->poll_port = single;
    if (poll.timeout) {
        migrate_timer(&v->poll_timer, smp_processor_id());
        set_timer(&v->poll_timer, poll.timeout);
    }
    raise_softirq(SCHEDULE_SOFTIRQ);
    return 0;
}

static long remote_shutdown(void *arg)
{
    sched_remote_shutdown_t op;
    struct domain *d;
    long rc = 0;

    if (copy_from_guest(&op, guest_ptr(arg, sched_remote_shutdown_t), 1))
        return -EFAULT;
    d = domain_get_by_id(op.domain_id);
    if (!d)
        return refuse(-ESRCH, "remote_shutdown: no such domain");
    if (!may_control(current->domain, d))
        rc = refuse(-EPERM, "remote_shutdown: the caller does not control the domain");
    else
        domain_shutdown(d, op.reason);
    domain_put(d);
    return rc;
}

static long shutdown_self(void *arg)
{
    sched_shutdown_t op;

    if (copy_from_guest(&op, guest_ptr(arg, sched_shutdown_t), 1))
        return -EFAULT;
    return do_shutdown(op.reason);
}

/* Like a shutdown, but the vcpus go on: the reason is noted for the toolstack to find. */
static long shutdown_code(void *arg)
{
    sched_shutdown_t op;
    struct domain *d = current->domain;

    if (copy_from_guest(&op, guest_ptr(arg, sched_shutdown_t), 1))
        return -EFAULT;
    spin_lock(&d->shutdown_lock);
    if (d->shutdown_code == NO_SHUTDOWN_CODE)
        d->shutdown_code = op.reason;
    spin_unlock(&d->shutdown_lock);
    return 0;
}

static long watchdog(void *arg)
{
    sched_watchdog_t op;

    if (copy_from_guest(&op, guest_ptr(arg, sched_watchdog_t), 1))
        return -EFAULT;
    return domain_watchdog(current->domain, op.id, op.timeout);
}

static long pin_override(void *arg)
{
    struct sched_pin_override op;

    if (current->domain != dom0)
        return refuse(-EPERM, "pin_override: for domain 0 only");
    if (copy_from_guest(&op, guest_ptr(arg, struct sched_pin_override), 1))
        return -EFAULT;
    return vcpu_override_affinity(current, op.pcpu);
}

long do_sched_op(int cmd, void *arg)
{
    switch (cmd) {
    case SCHEDOP_yield:           vcpu_yield(); return 0;
    case SCHEDOP_block:           current->vcpu_info->evtchn_upcall_mask = 0; vcpu_block(); return 0;
    case SCHEDOP_shutdown:        return shutdown_self(arg);
    case SCHEDOP_shutdown_code:   return shutdown_code(arg);
    case SCHEDOP_poll:            return poll_ports(arg);
    case SCHEDOP_remote_shutdown: return remote_shutdown(arg);
    case SCHEDOP_watchdog:        return watchdog(arg);
    case SCHEDOP_pin_override:    return pin_override(arg);
    }
    return refuse(-ENOSYS, "sched_op: unknown operation");
}

/* The interface before 3.1: the argument is a number, not a pointer. */
long do_sched_op_compat(int cmd, unsigned long arg)
{
    switch (cmd) {
    case SCHEDOP_yield:    vcpu_yield(); return 0;
    case SCHEDOP_block:    current->vcpu_info->evtchn_upcall_mask = 0; vcpu_block(); return 0;
    case SCHEDOP_shutdown: return do_shutdown(arg);
    }
    return refuse(-ENOSYS, "sched_op_compat: unknown operation");
}

/* ---- vcpu_op ---- */

static long initialise(struct vcpu *v, void *arg)
{
    struct vcpu_guest_context *ctxt;
    long rc;

    if (v->vcpu_info == dummy_info())
        return refuse(-EINVAL, "vcpu_op initialise: register a vcpu_info first");
    if (v->is_initialised)
        return refuse(-EEXIST, "vcpu_op initialise: done before");
    ctxt = xmalloc(struct vcpu_guest_context);
    if (!ctxt)
        return -ENOMEM;
    rc = -EFAULT;
    if (!copy_from_guest(ctxt, guest_ptr(arg, struct vcpu_guest_context), 1))
        rc = arch_set_info_guest(v, ctxt);
    xfree(ctxt);
    return rc;
}

static long up(struct vcpu *v)
{
    if (!v->is_initialised)
        return refuse(-EINVAL, "vcpu_op up: not initialised");
    clear_bit(VPF_down, &v->pause_flags);
    vcpu_wake(v);
    return 0;
}

/* The last vcpu that goes down takes the domain with it: of two that go at once, at least one sees that. */
static long down(struct vcpu *v)
{
    struct vcpu *other;

    set_bit(VPF_down, &v->pause_flags);
    for_each_vcpu(v->domain, other)
        if (!test_bit(VPF_down, &other->pause_flags)) {
            vcpu_sleep_nosync(v);
            return 0;
        }
    clear_bit(VPF_down, &v->pause_flags);
    domain_shutdown(v->domain, SHUTDOWN_poweroff);
    return 0;
}

static long get_runstate(struct vcpu *v, void *arg)
{
    vcpu_runstate_info_t r;

    vcpu_runstate_get(v, &r);
    return copy_to_guest(guest_ptr(arg, vcpu_runstate_info_t), &r, 1) ? -EFAULT : 0;
}

static long register_runstate(struct vcpu *v, void *arg)
{
    vcpu_register_runstate_memory_area_t area;
    vcpu_runstate_info_t r;

    if (copy_from_guest(&area, guest_ptr(arg, vcpu_register_runstate_memory_area_t), 1))
        return -EFAULT;
    if (!guest_handle_okay(area.addr.h, 1))
        return refuse(-EFAULT, "register_runstate: the area is not the guest's");
    v->runstate_guest = area.addr.h;
    vcpu_runstate_get(v, &r);
    (void)copy_to_guest(area.addr.h, &r, 1);
    return 0;
}

static long register_time(struct vcpu *v, void *arg)
{
    vcpu_register_time_memory_area_t area;

    if (copy_from_guest(&area, guest_ptr(arg, vcpu_register_time_memory_area_t), 1))
        return -EFAULT;
    if (!guest_handle_okay(area.addr.h, 1))
        return refuse(-EFAULT, "register_vcpu_time: the area is not the guest's");
    v->time_info_guest = area.addr.h.p;
    force_update_vcpu_system_time(v);
    return 0;
}

static long register_info(struct vcpu *v, void *arg)
{
    struct vcpu_register_vcpu_info info;

    if (copy_from_guest(&info, guest_ptr(arg, struct vcpu_register_vcpu_info), 1))
        return -EFAULT;
    return vcpu_register_info(v, mfn(info.mfn), info.offset);
}

static long set_periodic(struct vcpu *v, void *arg)
{
    struct vcpu_set_periodic_timer set;

    if (copy_from_guest(&set, guest_ptr(arg, struct vcpu_set_periodic_timer), 1))
        return -EFAULT;
    return vcpu_set_periodic_timer(v, set.period_ns);
}

static long set_singleshot(struct vcpu *v, void *arg)
{
    struct vcpu_set_singleshot_timer set;

    if (v != current)
        return refuse(-EINVAL, "set_singleshot_timer: for the caller itself only");
    if (copy_from_guest(&set, guest_ptr(arg, struct vcpu_set_singleshot_timer), 1))
        return -EFAULT;
    return vcpu_set_singleshot_timer(v, set.timeout_abs_ns, set.flags & VCPU_SSHOTTMR_future);
}

static long stop_singleshot(struct vcpu *v)
{
    if (v != current)
        return refuse(-EINVAL, "stop_singleshot_timer: for the caller itself only");
    stop_timer(&v->singleshot_timer);
    return 0;
}

static long send_nmi(struct vcpu *v)
{
    if (!__atomic_exchange_n(&v->nmi_pending, true, __ATOMIC_SEQ_CST))
        vcpu_kick(v);
    return 0;
}

/*
 * Which CPU a pinned vcpu is on: (ACPI id << 32) | APIC id. Domain 0 only, and only a vcpu that can't move.
 */
static long get_physid(struct vcpu *v, void *arg)
{
    unsigned cpu = READ_ONCE(v->processor);
    struct vcpu_get_physid id = { .phys_id = (uint64_t)cpu_acpi_id(cpu) << 32 | cpu_apic_id(cpu) };

    if (v->domain != dom0 || cpumask_weight(&v->hard_affinity) != 1)
        return refuse(-EINVAL, "get_physid: the vcpu is not pinned to one CPU");
    return copy_to_guest(guest_ptr(arg, struct vcpu_get_physid), &id, 1) ? -EFAULT : 0;
}

/*
 * What needs the domain's lock. Its holder may be waiting for this very vcpu to leave its CPU, so it is not
 * waited for: the guest comes again.
 */
static long vcpu_op_locked(int cmd, struct vcpu *v, void *arg)
{
    struct domain *d = v->domain;
    long rc = -ERESTART;

    if (spin_trylock(&d->domain_lock)) {
        rc = cmd == VCPUOP_initialise ? initialise(v, arg) : cmd == VCPUOP_up ? up(v) : register_info(v, arg);
        spin_unlock(&d->domain_lock);
    }
    return rc == -ERESTART ? hypercall_continue(__HYPERVISOR_vcpu_op, 3, (unsigned long)cmd,
                                                (unsigned long)v->vcpu_id, arg) : rc;
}

long do_vcpu_op(int cmd, unsigned vcpu_id, void *arg)
{
    struct vcpu *v = domain_vcpu(current->domain, vcpu_id);

    if (!v)
        return refuse(-ENOENT, "vcpu_op: no such vcpu");
    switch (cmd) {
    case VCPUOP_initialise:
    case VCPUOP_up:
    case VCPUOP_register_vcpu_info:            return vcpu_op_locked(cmd, v, arg);
    case VCPUOP_down:                          return down(v);
    case VCPUOP_is_up:                         return !test_bit(VPF_down, &v->pause_flags);
    case VCPUOP_get_runstate_info:             return get_runstate(v, arg);
    case VCPUOP_register_runstate_memory_area: return register_runstate(v, arg);
    case VCPUOP_register_vcpu_time_memory_area: return register_time(v, arg);
    case VCPUOP_set_periodic_timer:            return set_periodic(v, arg);
    case VCPUOP_stop_periodic_timer:           return vcpu_set_periodic_timer(v, 0);
    case VCPUOP_set_singleshot_timer:          return set_singleshot(v, arg);
    case VCPUOP_stop_singleshot_timer:         return stop_singleshot(v);
    case VCPUOP_send_nmi:                      return send_nmi(v);
    case VCPUOP_get_physid:                    return get_physid(v, arg);
    }
    return refuse(-ENOSYS, "vcpu_op: unknown operation");
}
