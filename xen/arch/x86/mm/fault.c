/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page faults that are ours to fix: a shadow page table that lags behind the guest's, an LDT page not mapped yet, a
 * translation in the TLB that is older than the tables (rights may be given without a flush), and a guest kernel's
 * write to one of its page tables.
 */
#include <xen/lib.h>
#include <xen/sched.h>
#include <xen/trace.h>
#include <asm/processor.h>
#include <asm/pv.h>
#include "internal.h"

static bool in_ldt_area(const struct vcpu *v, unsigned long va)
{
    return va >= LDT_VIRT_START(v) && va < LDT_VIRT_START(v) + 0x10000;
}

static bool is_in_hole(const struct vcpu *v, unsigned long va)
{
    return v->arch.pae_l4 && va >= PAE_HOLE_START && !(va >> 32);
}

/*
 * The current vcpu, or we on its behalf, faulted at va. True: fixed, the instruction is to be run again or
 * was emulated.
 */
bool fixup_guest_fault(unsigned long va, struct cpu_user_regs *regs)
{
    struct vcpu *v = current;
    uint32_t error_code = regs->error_code;
    pte_t entry;

    if (unlikely(va >= HYPERVISOR_START && va < HYPERVISOR_END)) {
        if (error_code & (PFEC_present | PFEC_reserved) || !in_ldt_area(v, va))
            return false;
        if (unlikely(tracing))
            trace_fixup(TRC_PV_GDT_LDT_MAPPING_FAULT, regs, va - LDT_VIRT_START(v));
        if (regs->rflags & X86_EFLAGS_IF)
            return map_ldt_page(v, va);
        /* IRET to the guest: other CPUs can't be waited for here, guest_frame_refused() does it. */
        v->arch.ldt_fault = va;
        return false;
    }
    if (unlikely(error_code & PFEC_reserved) || (!(error_code & PFEC_present) && !is_shadowed(v->domain)))
        return false;
    if (access_allowed(v, va, error_code, &entry)) {
        if (unlikely(tracing))
            trace_fixup(TRC_PV_PAGING_FIXUP, regs, va);
        return !is_shadowed(v->domain) || shadow_fix(v, va, error_code & PFEC_write);
    }
    if (is_shadowed(v->domain)) {
        if (is_in_hole(v, va) && shadow_fix_hole(v, va))
            return true;
        /* What the guest is told is what its own tables say. */
        regs->error_code = (error_code & ~PFEC_present) | (entry & _PAGE_PRESENT ? PFEC_present : 0);
    }
    return (error_code & PFEC_write) && (entry & _PAGE_PRESENT) && !(entry & _PAGE_RW) && in_guest_kernel(v, regs) &&
           guest_mode(regs) && emulate_table_write(v, va, entry, regs);
}
