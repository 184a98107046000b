/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a guest's handlers are: its trap table and callbacks. */
#include <xen/guest.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <public/callback.h>
#include <public/nmi.h>
#include <asm/processor.h>
#include <asm/pv.h>

/*
 * HYPERVISOR_set_trap_table(traps): the vectors listed up to an entry with address 0; NULL clears all.
 * Errors: -EFAULT; -EINVAL for an address that isn't canonical. Entries before a bad one stay.
 */
long do_set_trap_table(void *traps)
{
    struct vcpu *v = current;
    struct trap_info *guest = traps, ti;

    if (!guest) {
        memset(v->arch.trap_ctxt, 0, sizeof(v->arch.trap_ctxt));
        return 0;
    }
    for (;; guest = guest_at(guest, 1)) {
        if (get_guest(&ti, guest))
            return refuse(-EFAULT, "set_trap_table: unreadable table");
        if (ti.address == 0)
            return 0;
        if (!is_canonical(ti.address))
            return refuse(-EINVAL, "set_trap_table: address not canonical");
        v->arch.trap_ctxt[ti.vector] = ti;
        if (hypercall_preempt_check())
            return hypercall_continue(__HYPERVISOR_set_trap_table, 1, guest_at(guest, 1));
    }
}

static long register_nmi(struct vcpu *v, unsigned long address)
{
    struct trap_info *ti = &v->arch.trap_ctxt[TRAP_nmi];

    if (!is_canonical(address))
        return refuse(-EINVAL, "NMI callback: address not canonical");
    ti->vector = TRAP_nmi;
    ti->flags = 0;
    TI_SET_IF(ti, 1);
    ti->cs = FLAT_KERNEL_CS64;
    ti->address = address;
    return 0;
}

static long register_callback(struct vcpu *v, unsigned type, unsigned flags, unsigned long address)
{
    bool mask = flags & CALLBACKF_mask_events;

    if (!is_canonical(address))
        return refuse(-EINVAL, "callback_op: address not canonical");
    switch (type) {
    case CALLBACKTYPE_event:
        v->arch.event_callback = address;
        return 0;
    case CALLBACKTYPE_failsafe:
        v->arch.failsafe_callback = address;
        v->arch.failsafe_disables_events = mask;
        return 0;
    case CALLBACKTYPE_syscall:
        v->arch.syscall_callback = address;
        v->arch.syscall_callback_disables = mask;
        return 0;
    case CALLBACKTYPE_syscall32:
        v->arch.syscall32_callback = address;
        v->arch.syscall32_disables_events = mask;
        return 0;
    case CALLBACKTYPE_sysenter:
        v->arch.sysenter_callback = address;
        v->arch.sysenter_disables_events = mask;
        return 0;
    case CALLBACKTYPE_nmi:
        return register_nmi(v, address);
    default:
        return refuse(-ENOSYS, "callback_op: unknown type");
    }
}

static long unregister_callback(struct vcpu *v, unsigned type)
{
    switch (type) {
    case CALLBACKTYPE_event:
    case CALLBACKTYPE_failsafe:
    case CALLBACKTYPE_syscall:
    case CALLBACKTYPE_syscall32:
    case CALLBACKTYPE_sysenter:
        return refuse(-EINVAL, "callback_op: this callback can't be taken away");
    case CALLBACKTYPE_nmi:
        memset(&v->arch.trap_ctxt[TRAP_nmi], 0, sizeof(v->arch.trap_ctxt[0]));
        return 0;
    default:
        return refuse(-ENOSYS, "callback_op: unknown type");
    }
}

/*
 * HYPERVISOR_callback_op(cmd, struct callback_register or callback_unregister). Errors: -EFAULT, -EINVAL,
 * -ENOSYS
 */
long do_callback_op(int cmd, void *arg)
{
    struct callback_register reg;
    struct callback_unregister unreg;

    switch (cmd) {
    case CALLBACKOP_register:
        if (get_guest(&reg, arg))
            return refuse(-EFAULT, "callback_op: unreadable argument");
        return register_callback(current, reg.type, reg.flags, reg.address);
    case CALLBACKOP_unregister:
        if (get_guest(&unreg, arg))
            return refuse(-EFAULT, "callback_op: unreadable argument");
        return unregister_callback(current, unreg.type);
    default:
        return refuse(-ENOSYS, "callback_op: unknown command");
    }
}

/* HYPERVISOR_set_callbacks(event, failsafe, syscall): the older way. */
long do_set_callbacks(unsigned long event, unsigned long failsafe, unsigned long syscall)
{
    struct vcpu *v = current;

    if (!is_canonical(event) || !is_canonical(failsafe) || !is_canonical(syscall))
        return refuse(-EINVAL, "set_callbacks: address not canonical");
    v->arch.event_callback = event;
    v->arch.failsafe_callback = failsafe;
    v->arch.syscall_callback = syscall;
    return 0;
}

/* HYPERVISOR_nmi_op(cmd, arg): the older way for the NMI callback. */
long do_nmi_op(unsigned cmd, void *arg)
{
    struct xennmi_callback cb;

    switch (cmd) {
    case XENNMI_register_callback:
        if (get_guest(&cb, arg))
            return refuse(-EFAULT, "nmi_op: unreadable argument");
        return register_nmi(current, cb.handler_address);
    case XENNMI_unregister_callback:
        return unregister_callback(current, CALLBACKTYPE_nmi);
    default:
        return refuse(-ENOSYS, "nmi_op: unknown command");
    }
}
