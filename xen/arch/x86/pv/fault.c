/* SPDX-License-Identifier: GPL-2.0-only */
/* Page faults: ours to fix, the guest's, or a bug. */
#include <xen/debug.h>
#include <xen/lib.h>
#include <xen/perfc.h>
#include <xen/sched.h>
#include <xen/trace.h>
#include <asm/processor.h>
#include <asm/pv.h>

unsigned fault_watchers;

/*
 * An absent page in the guest's own part is nobody's but the guest's, unless its page tables have shadows: most faults
 * are of that kind.
 */
static always_inline bool may_be_fixed(unsigned long va, const struct cpu_user_regs *regs)
{
    return unlikely(READ_ONCE(fault_watchers)) || regs->error_code & PFEC_present ||
           (va >= HYPERVISOR_START && va < HYPERVISOR_END);
}

/* Where a fault was, to the guest. If it was loading a selector: in its own LDT, which we show the processor elsewhere. */
static unsigned long address_for_guest(const struct vcpu *v, unsigned long va, uint32_t error_code)
{
    unsigned long offset = va - LDT_VIRT_START(v);

    return offset < v->arch.ldt_ents * 8UL && !(error_code & PFEC_user) ? v->arch.ldt_base + offset : va;
}

static void guest_page_fault(unsigned long va, struct cpu_user_regs *regs)
{
    if (may_be_fixed(va, regs)) {
        if (fixup_guest_fault(va, regs)) {
            perfc_incr(page_fault_fixed);
            return;
        }
        va = address_for_guest(current, va, regs->error_code);
        if (unlikely(tracing))
            trace_page_fault(va, regs->error_code);
    }
    bounce_page_fault(va, regs->error_code);
}

/*
 * We touched an address for a guest (copying, loading a selector), which may be fixed like the guest's own
 * access, or fails and ends at the instruction's fixup.
 */
static void hypervisor_page_fault(unsigned long va, struct cpu_user_regs *regs)
{
    if (current && !is_idle_vcpu(current) && fixup_guest_fault(va, regs)) {
        perfc_incr(page_fault_fixed);
        return;
    }
    perfc_incr(page_fault_copy);
    if (!fixup_exception(regs))
        fatal_trap(regs, "page fault");
}

void handle_page_fault(struct cpu_user_regs *regs)
{
    unsigned long va = read_cr2();

    perfc_incr(exceptions[TRAP_page_fault]);
    if (regs->rflags & X86_EFLAGS_IF)
        local_irq_enable();
    if (guest_mode(regs))
        guest_page_fault(va, regs);
    else
        hypervisor_page_fault(va, regs);
}
