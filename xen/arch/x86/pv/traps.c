/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exceptions: each vector's handler, called from entry.S with interrupts off. A guest's exception goes to the
 * guest unless we did what it wanted; one in the hypervisor is expected (exception table) or fatal.
 */
#include <xen/debug.h>
#include <xen/lib.h>
#include <xen/guest.h>
#include <xen/perfc.h>
#include <xen/sched.h>
#include <xen/trace.h>
#include <public/nmi.h>
#include <asm/io.h>
#include <asm/machine_check.h>
#include <asm/processor.h>
#include <asm/pv.h>
#include <asm/shared.h>

#define GP_EXTERNAL 1           /* error code of #GP: raised by an event from outside */
#define GP_IDT      2           /* the selector is an index into the IDT */
#define DR6_SINGLE_STEP 0x4000UL
#define NMI_REASON_PORT 0x61
#define NMI_REASON_MASK 0xc0    /* SERR#, IOCHK# */

typedef void exception_handler(struct cpu_user_regs *regs);

const char *trap_name(unsigned vector)
{
    static const char *const names[] = {
        "divide error", "debug", "NMI", "int3", "overflow", "bounds", "invalid opcode",
        "device not available", "double fault", "coprocessor segment overrun", "invalid TSS",
        "segment not present", "stack fault", "general protection fault", "page fault", "spurious interrupt",
        "x87 error", "alignment check", "machine check", "SIMD error", "virtualisation exception",
        "control protection fault",
    };

    return vector < ARRAY_SIZE(names) ? names[vector] : "unknown exception";
}

/* What IRET refuses of the guest's frame will be the guest's exception: bounce.c. */
static void note_iret_fault(struct vcpu *v, const struct cpu_user_regs *regs)
{
    v->arch.iret_vector = (uint8_t)regs->entry_vector;
    v->arch.iret_error = regs->error_code;
}

static void hypervisor_trap(struct cpu_user_regs *regs)
{
    extern char guest_iret[];

    if (regs->rip == (unsigned long)guest_iret)
        note_iret_fault(current, regs);
    if (!fixup_exception(regs))
        fatal_trap(regs, trap_name((uint8_t)regs->entry_vector));
}

/* From where we were called: on with interrupts if they were on there. */
static void restore_interrupts(const struct cpu_user_regs *regs)
{
    if (regs->rflags & X86_EFLAGS_IF)
        local_irq_enable();
}

/* The bound is the compiler's to see: vectors of exceptions are below it. */
static void count(const struct cpu_user_regs *regs)
{
    perfc_incr(exceptions[(uint8_t)regs->entry_vector % ARRAY_SIZE(per_cpu__perfc.exceptions)]);
}

static void simple_trap(struct cpu_user_regs *regs)
{
    count(regs);
    restore_interrupts(regs);
    if (guest_mode(regs))
        inject_exception((uint8_t)regs->entry_vector, regs->error_code);
    else
        hypervisor_trap(regs);
}

static void breakpoint(struct cpu_user_regs *regs)
{
    count(regs);
    restore_interrupts(regs);
    if (!guest_mode(regs))
        hypervisor_trap(regs);
    else if (!debugger_takes(regs, TRAP_int3))
        inject_exception(TRAP_int3, 0);
}

static void invalid_opcode(struct cpu_user_regs *regs)
{
    count(regs);
    restore_interrupts(regs);
    if (!guest_mode(regs))
        hypervisor_trap(regs);
    else if (!emulate_forced_cpuid(regs))
        inject_exception(TRAP_invalid_op, 0);
}

/*
 * int n through a gate that ring 3 may not use. Some emulators get the vector in the error code wrong: read
 * it from the instruction.
 */
static bool blocked_software_interrupt(struct cpu_user_regs *regs)
{
    uint8_t insn[2];

    return (regs->error_code & (GP_IDT | GP_EXTERNAL)) == GP_IDT &&
           !fetch_code(regs, insn, sizeof(insn)) && insn[0] == 0xcd &&
           software_interrupt(regs, insn[1], sizeof(insn));
}

static void general_protection(struct cpu_user_regs *regs)
{
    count(regs);
    restore_interrupts(regs);
    if (!guest_mode(regs)) {
        hypervisor_trap(regs);
        return;
    }
    if (blocked_software_interrupt(regs) || (regs->error_code == 0 && emulate_privileged(regs)))
        return;
    inject_exception(TRAP_gp_fault, regs->error_code);
}

/* int 0x80 has a gate that lets the guest through, whatever level its trap table says. RIP is past it. */
static void direct_software_interrupt(struct cpu_user_regs *regs)
{
    unsigned vector = (uint8_t)regs->entry_vector;

    local_irq_enable();
    if (!guest_mode(regs))
        fatal_trap(regs, "software interrupt");
    if (current->arch.trap_ctxt[vector].address) {
        inject_software_interrupt(vector);
        return;
    }
    regs->rip -= 2;
    inject_exception(TRAP_gp_fault, vector * 8 + GP_IDT);
}

/* Only a guest that set its TS bit gets here; by the ABI the exception clears it. */
static void device_not_available(struct cpu_user_regs *regs)
{
    struct vcpu *v = current;

    count(regs);
    if (!guest_mode(regs)) {
        hypervisor_trap(regs);
        return;
    }
    clts();
    v->arch.ctrlreg[0] &= ~X86_CR0_TS;
    TRACE(TRC_PV_MATH_STATE_RESTORE);
    local_irq_enable();
    inject_exception(TRAP_no_device, 0);
}

/*
 * In the hypervisor: a single step that SYSENTER carried in, which ends once entry.S has saved the guest's flags, or a
 * breakpoint that a pending MOV SS delayed until after SYSCALL. Neither is ours to care for.
 */
static void drop_debug(struct cpu_user_regs *regs)
{
    extern char entry_sysenter[], sysenter_flags_saved[];

    if (regs->rip < (unsigned long)entry_sysenter || regs->rip >= (unsigned long)sysenter_flags_saved)
        regs->rflags &= ~(uint64_t)X86_EFLAGS_TF;
}

static void debug(struct cpu_user_regs *regs)
{
    struct vcpu *v = current;
    unsigned long dr6;

    count(regs);
    __asm__ volatile ("mov %%dr6, %0" : "=r" (dr6));
    __asm__ volatile ("mov %0, %%dr6" :: "r" (0xffff0ff0UL));
    if (!guest_mode(regs)) {
        drop_debug(regs);
        return;
    }
    local_irq_enable();
    v->arch.debugreg[6] = (v->arch.debugreg[6] & ~0xfUL) | (dr6 & (0xe00fUL)) | 0xffff0ff0UL;
    if (!debugger_takes(regs, TRAP_debug))
        inject_exception(TRAP_debug, 0);
}

static void non_maskable(struct cpu_user_regs *regs)
{
    uint8_t reason = inb(NMI_REASON_PORT) & NMI_REASON_MASK;
    struct vcpu *v = dom0 ? domain_vcpu(dom0, 0) : NULL;

    count(regs);
    if (!reason)
        return;
    /* Give the line back, tell domain 0 which it was. */
    outb((inb(NMI_REASON_PORT) & 0xf) | (reason >> 4), NMI_REASON_PORT);
    outb(inb(NMI_REASON_PORT) & 0x3, NMI_REASON_PORT);
    if (!v)
        return;
    if (reason & 0x80)
        set_bit(_XEN_NMIREASON_pci_serr, shared_member(dom0, arch.nmi_reason));
    if (reason & 0x40)
        set_bit(_XEN_NMIREASON_io_error, shared_member(dom0, arch.nmi_reason));
    v->nmi_pending = true;
}

static void unrecoverable(struct cpu_user_regs *regs)
{
    fatal_trap(regs, trap_name((uint8_t)regs->entry_vector));
}

#pragma GCC diagnostic ignored "-Woverride-init"   /* most exceptions are simple */
exception_handler *const exception_table[256] = {
    [0 ... 31]              = simple_trap,
    [TRAP_debug]            = debug,
    [TRAP_nmi]              = non_maskable,
    [TRAP_int3]             = breakpoint,
    [TRAP_invalid_op]       = invalid_opcode,
    [TRAP_no_device]        = device_not_available,
    [TRAP_double_fault]     = unrecoverable,
    [TRAP_gp_fault]         = general_protection,
    [TRAP_page_fault]       = handle_page_fault,
    [TRAP_machine_check]    = machine_check,
    [INT80_VECTOR]          = direct_software_interrupt,
};
