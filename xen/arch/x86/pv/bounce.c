/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Into the guest's kernel: exceptions, events, system calls and NMIs.
 *
 * What a handler finds on the guest kernel's stack, lowest address first:
 *
 *     rcx  r11  [ds es fs gs]  [error code]  rip  cs  rflags  rsp  ss
 *               failsafe only
 *
 * Bits 0..1 of cs are 0 if the kernel itself was interrupted (it runs in ring 3, but this is what it
 * expects), byte 4 of the slot is the upcall mask as it was, rflags.IF its opposite. The stack is the
 * kernel's own, or kernel_sp when the guest's user mode was interrupted, aligned to 16. Since rcx and r11 are
 * saved there, SYSRET may start the handler.
 */
#include <xen/lib.h>
#include <xen/sched.h>
#include <xen/guest.h>
#include <xen/smp.h>
#include <xen/softirq.h>
#include <asm/processor.h>
#include <asm/pv.h>
#include <asm/shared.h>

#define FRAME_WORDS 13
/* A handler starts with these clear. */
#define FLAGS_CLEARED (X86_EFLAGS_TF | X86_EFLAGS_DF | X86_EFLAGS_NT | X86_EFLAGS_RF | X86_EFLAGS_VM | \
                       X86_EFLAGS_AC)
#define VECTORS_WITH_ERROR_CODE 0x227d00u     /* 8, 10 - 14, 17, 21 */

struct frame { unsigned words; uint64_t word[FRAME_WORDS]; };

static always_inline void put(struct frame *f, uint64_t word)
{
    f->word[f->words++] = word;
}

/* rip, cs, rflags, rsp, ss, ready to be written below sp. Switches to the guest's kernel. */
static always_inline unsigned long end_frame(struct frame *f, struct vcpu *v,
                                             const struct cpu_user_regs *regs)
{
    uint8_t mask = v->vcpu_info->evtchn_upcall_mask;
    uint64_t flags = regs->rflags & ~(uint64_t)(X86_EFLAGS_IF | X86_EFLAGS_IOPL);
    uint64_t cs = regs->cs;
    unsigned long sp = regs->rsp;

    if (v->arch.kernel_mode)
        cs &= ~3UL;
    else {
        toggle_guest_mode(v);
        sp = v->arch.kernel_sp;
    }
    if (!mask)
        flags |= X86_EFLAGS_IF;
    if (vm_assist(v->domain, VMASST_TYPE_architectural_iopl))
        flags |= v->arch.iopl << 12;
    put(f, regs->rip);
    put(f, cs | (uint64_t)mask << 32);
    put(f, flags);
    put(f, regs->rsp);
    put(f, regs->ss);
    return (sp & ~15UL) - f->words * sizeof(uint64_t);
}

/* Write the frame and point the registers at the handler. */
static always_inline void enter_handler(struct vcpu *v, struct cpu_user_regs *regs, const struct frame *f,
                                        unsigned long sp, unsigned long handler, bool mask)
{
    if (unlikely(!handler || !is_canonical(handler))) {
        domain_crash(v->domain, "event or exception without a handler in the guest's kernel");
        return;
    }
    if (unlikely(raw_copy_to_guest((void *)sp, f->word, f->words * sizeof(uint64_t)))) {
        domain_crash(v->domain, "the guest kernel's stack can't take the frame of an event or exception");
        return;
    }
    regs->rsp = sp;
    regs->rip = handler;
    regs->rflags = (regs->rflags & ~(uint64_t)FLAGS_CLEARED) | X86_EFLAGS_IF;
    regs->cs = FLAT_KERNEL_CS64;
    regs->ss = FLAT_KERNEL_SS64;
    regs->entry_vector = TRAP_syscall;
    if (mask)
        v->vcpu_info->evtchn_upcall_mask = 1;
}

void inject_callback(unsigned long rip, bool mask)
{
    struct vcpu *v = current;
    struct cpu_user_regs *regs = guest_cpu_user_regs();
    struct frame f = { .words = 0 };
    unsigned long sp;

    put(&f, regs->rcx);
    put(&f, regs->r11);
    sp = end_frame(&f, v, regs);
    enter_handler(v, regs, &f, sp, rip, mask);
}

static void inject_trap(unsigned vector, bool has_error_code, uint32_t error_code)
{
    struct vcpu *v = current;
    struct cpu_user_regs *regs = guest_cpu_user_regs();
    const struct trap_info *ti = &v->arch.trap_ctxt[vector];
    struct frame f = { .words = 0 };
    unsigned long sp;

    if (unlikely(!ti->address))
        printk(LOG_GUEST LOG_ERR "d%dv%d: unhandled %s, error code %04x\n", v->domain->domain_id, v->vcpu_id,
               trap_name(vector), error_code);
    put(&f, regs->rcx);
    put(&f, regs->r11);
    if (has_error_code)
        put(&f, error_code);
    sp = end_frame(&f, v, regs);
    enter_handler(v, regs, &f, sp, ti->address, TI_GET_IF(ti));
}

void inject_exception(unsigned vector, uint32_t error_code)
{
    inject_trap(vector, (VECTORS_WITH_ERROR_CODE >> vector) & 1, error_code);
}

/* The guest's kernel counts as supervisor, whatever ring it runs in. */
void inject_page_fault(unsigned long va, uint32_t error_code)
{
    struct vcpu *v = current;

    v->arch.ctrlreg[2] = va;
    set_guest_cr2(v, va);
    error_code &= ~PFEC_user;
    if (!v->arch.kernel_mode)
        error_code |= PFEC_user;
    inject_trap(TRAP_page_fault, true, error_code);
}

/* int n that is allowed, RIP past it. */
void inject_software_interrupt(unsigned vector)
{
    inject_trap(vector, false, 0);
}

/* int n in the guest: allowed by its trap table? length: of the instruction, still ahead of RIP. */
bool software_interrupt(struct cpu_user_regs *regs, unsigned vector, unsigned length)
{
    struct vcpu *v = current;
    const struct trap_info *ti = &v->arch.trap_ctxt[vector];

    if (!ti->address || TI_GET_DPL(ti) < (v->arch.kernel_mode ? 1 : 3))
        return false;
    regs->rip += length;
    inject_trap(vector, false, 0);
    return true;
}

/*
 * The guest's frame or a selector of it (regs->ds .. gs) can't be loaded. The guest tells which it was by
 * comparing the selectors it is told with those in the registers.
 */
void inject_failsafe(void)
{
    struct vcpu *v = current;
    struct cpu_user_regs *regs = guest_cpu_user_regs();
    struct frame f = { .words = 0 };
    unsigned long sp;

    put(&f, regs->rcx);
    put(&f, regs->r11);
    put(&f, regs->ds);
    put(&f, regs->es);
    put(&f, regs->fs);
    put(&f, regs->gs);
    sp = end_frame(&f, v, regs);
    enter_handler(v, regs, &f, sp, v->arch.failsafe_callback, v->arch.failsafe_disables_events);
}

/*
 * From entry.S, when IRET to the guest faulted. It is tried again if all that was missing is a page of the LDT.
 */
void guest_frame_refused(void);
void guest_frame_refused(void)
{
    struct vcpu *v = current;
    unsigned long ldt_fault = v->arch.ldt_fault;

    v->arch.ldt_fault = 0;
    if (ldt_fault && map_ldt_page(v, ldt_fault))
        return;
    read_selectors(guest_cpu_user_regs());
    inject_failsafe();
}

/* ---- system calls of the guest's programs: called from entry.S ---- */

void syscall64_from_user(void);
void syscall64_from_user(void)
{
    struct vcpu *v = current;

    inject_callback(v->arch.syscall_callback, v->arch.syscall_callback_disables);
}

void syscall32_from_user(struct cpu_user_regs *regs);
void syscall32_from_user(struct cpu_user_regs *regs)
{
    struct vcpu *v = current;

    if (v->arch.syscall32_callback)
        inject_callback(v->arch.syscall32_callback, v->arch.syscall32_disables_events);
    else {
        regs->rip -= 2;
        inject_exception(TRAP_invalid_op, 0);
    }
}

void sysenter_from_user(struct cpu_user_regs *regs);
void sysenter_from_user(struct cpu_user_regs *regs)
{
    struct vcpu *v = current;

    if (v->arch.sysenter_callback)
        inject_callback(v->arch.sysenter_callback, v->arch.sysenter_disables_events);
    else
        inject_exception(TRAP_gp_fault, 0);
}

/* ---- what is pending when a vcpu is about to go on ---- */

static bool event_deliverable(const struct vcpu *v)
{
    return v->vcpu_info->evtchn_upcall_pending && !v->vcpu_info->evtchn_upcall_mask;
}

/* One NMI at a time: the next waits for the handler's iret. */
static void deliver_nmi(struct vcpu *v)
{
    v->nmi_pending = false;
    if (!v->arch.trap_ctxt[TRAP_nmi].address)
        return;
    if (v->arch.in_nmi) {
        v->arch.nmi_again = true;
        return;
    }
    v->arch.in_nmi = true;
    inject_trap(TRAP_nmi, false, 0);
}

/*
 * Exit work of the current vcpu, which may be another's when it comes back: softirqs, then NMI and events of
 * the vcpu. In and out: interrupts off.
 */
void guest_exit_work(void)
{
    struct vcpu *v;

    do {
        local_irq_enable();
        if (softirq_pending(smp_processor_id()))
            do_softirq();
        v = current;
        if (v->nmi_pending)
            deliver_nmi(v);
        else if (event_deliverable(v))
            inject_callback(v->arch.event_callback, true);
        local_irq_disable();
    } while (softirq_pending(smp_processor_id()) || v->nmi_pending || event_deliverable(v));
}
