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
        if (width_differs())
            ti.cs = ring1_selector(ti.cs);
        v->arch.trap_ctxt[ti.vector] = ti;
        if (hypercall_preempt_check())
            return hypercall_continue(__HYPERVISOR_set_trap_table, 1, guest_at(guest, 1));
    }
}

static long register_nmi(struct vcpu *v, unsigned long address, uint16_t cs)
{
    struct trap_info *ti = &v->arch.trap_ctxt[TRAP_nmi];

    if (!is_canonical(address))
        return refuse(-EINVAL, "NMI callback: address not canonical");
    ti->vector = TRAP_nmi;
    ti->flags = 0;
    TI_SET_IF(ti, 1);
    ti->cs = cs;
    ti->address = address;
    return 0;
}

static struct guest_callback *callback_of(struct vcpu *v, unsigned type)
{
    switch (type) {
    case CALLBACKTYPE_event:     return &v->arch.event_callback;
    case CALLBACKTYPE_failsafe:  return &v->arch.failsafe_callback;
    case CALLBACKTYPE_syscall:   return &v->arch.syscall_callback;
    case CALLBACKTYPE_syscall32: return &v->arch.syscall32_callback;
    case CALLBACKTYPE_sysenter:  return &v->arch.sysenter_callback;
    default:                     return NULL;
    }
}

/* An event's is always entered with events masked. */
static long register_callback(struct vcpu *v, unsigned type, const struct guest_callback *to)
{
    struct guest_callback *callback = callback_of(v, type);

    if (!is_canonical(to->address))
        return refuse(-EINVAL, "callback_op: address not canonical");
    if (type == CALLBACKTYPE_nmi)
        return register_nmi(v, to->address, to->cs);
    if (!callback)
        return refuse(-ENOSYS, "callback_op: unknown type");
    *callback = *to;
    v->arch.event_callback.mask = true;
    return 0;
}

static long unregister_callback(struct vcpu *v, unsigned type)
{
    if (callback_of(v, type))
        return refuse(-EINVAL, "callback_op: this callback can't be taken away");
    if (type != CALLBACKTYPE_nmi)
        return refuse(-ENOSYS, "callback_op: unknown type");
    memset(&v->arch.trap_ctxt[TRAP_nmi], 0, sizeof(v->arch.trap_ctxt[0]));
    return 0;
}

/* A 32-bit guest's struct callback_register differs by more than the width of its numbers. */
struct callback_register_32 {
    uint16_t type, flags;
    uint32_t cs, eip;
};

static long register_op(const void *arg)
{
    struct callback_register_32 narrow;
    struct callback_register reg;
    struct guest_callback to;

    if (!width_differs()) {
        if (get_guest(&reg, arg))
            return refuse(-EFAULT, "callback_op: unreadable argument");
        to = (struct guest_callback) { reg.address, FLAT_KERNEL_CS64, reg.flags & CALLBACKF_mask_events };
        return register_callback(current, reg.type, &to);
    }
    if (get_guest(&narrow, arg))
        return refuse(-EFAULT, "callback_op: unreadable argument");
    to = (struct guest_callback) { narrow.eip, ring1_selector(narrow.cs), narrow.flags & CALLBACKF_mask_events };
    return register_callback(current, narrow.type, &to);
}

/*
 * HYPERVISOR_callback_op(cmd, struct callback_register or callback_unregister). Errors: -EFAULT, -EINVAL,
 * -ENOSYS
 */
long do_callback_op(int cmd, void *arg)
{
    struct callback_unregister unreg;

    switch (cmd) {
    case CALLBACKOP_register:
        return register_op(arg);
    case CALLBACKOP_unregister:
        if (get_guest(&unreg, arg))
            return refuse(-EFAULT, "callback_op: unreadable argument");
        return unregister_callback(current, unreg.type);
    default:
        return refuse(-ENOSYS, "callback_op: unknown command");
    }
}

static void set_callback(struct guest_callback *to, unsigned long address, uint16_t cs)
{
    to->address = address;
    to->cs = cs;
}

/*
 * HYPERVISOR_set_callbacks(event, failsafe, syscall): the older way. 32-bit guests: (event cs, eip, failsafe cs,
 * eip). Masks stay.
 */
long do_set_callbacks(unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
    struct vcpu *v = current;

    if (width_differs()) {
        set_callback(&v->arch.event_callback, b, ring1_selector(a));
        set_callback(&v->arch.failsafe_callback, d, ring1_selector(c));
        return 0;
    }
    if (!is_canonical(a) || !is_canonical(b) || !is_canonical(c))
        return refuse(-EINVAL, "set_callbacks: address not canonical");
    set_callback(&v->arch.event_callback, a, FLAT_KERNEL_CS64);
    set_callback(&v->arch.failsafe_callback, b, FLAT_KERNEL_CS64);
    set_callback(&v->arch.syscall_callback, c, FLAT_KERNEL_CS64);
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
        return register_nmi(current, cb.handler_address, width_differs() ? RING1_CS_SEL : FLAT_KERNEL_CS64);
    case XENNMI_unregister_callback:
        return unregister_callback(current, CALLBACKTYPE_nmi);
    default:
        return refuse(-ENOSYS, "nmi_op: unknown command");
    }
}
