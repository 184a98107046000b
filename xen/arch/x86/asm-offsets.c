/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers that assembly needs and only the compiler knows; the build turns "->NAME VALUE" into asm/offsets.h.
 */
#include <xen/sched.h>
#include <xen/hypercall.h>
#include <asm/current.h>
#include <asm/domain.h>
#include <asm/processor.h>

#define DEFINE(name, value) __asm__ volatile ("\n.ascii \"->" #name " %c0\"" :: "i" ((unsigned long)(value)))
#define OFFSET(name, type, member) DEFINE(name, offsetof(type, member))

void asm_offsets(void);
void asm_offsets(void)
{
    OFFSET(UREGS_r10, struct cpu_user_regs, r10);
    OFFSET(UREGS_rax, struct cpu_user_regs, rax);
    OFFSET(UREGS_rcx, struct cpu_user_regs, rcx);
    OFFSET(UREGS_rdx, struct cpu_user_regs, rdx);
    OFFSET(UREGS_error_code, struct cpu_user_regs, error_code);
    OFFSET(UREGS_entry_vector, struct cpu_user_regs, entry_vector);
    OFFSET(UREGS_rip, struct cpu_user_regs, rip);
    OFFSET(UREGS_cs, struct cpu_user_regs, cs);
    OFFSET(UREGS_rflags, struct cpu_user_regs, rflags);
    OFFSET(UREGS_rsp, struct cpu_user_regs, rsp);
    OFFSET(UREGS_es, struct cpu_user_regs, es);

    /* From the start of the guest's frame, which is the start of cpu_info. */
    OFFSET(CPUINFO_current, struct cpu_info, current_vcpu);
    OFFSET(CPUINFO_percpu, struct cpu_info, per_cpu_offset);
    OFFSET(CPUINFO_guest_root, struct cpu_info, guest_root);
    OFFSET(CPUINFO_full_root, struct cpu_info, full_root);
    OFFSET(CPUINFO_guest_control, struct cpu_info, guest_control);
    OFFSET(CPUINFO_own_control, struct cpu_info, own_control);
    OFFSET(CPUINFO_guards, struct cpu_info, guards);
    DEFINE(CPUINFO_sizeof, sizeof(struct cpu_info));

    OFFSET(VCPU_vcpu_info, struct vcpu, vcpu_info);
    OFFSET(VCPU_nmi_pending, struct vcpu, nmi_pending);
    OFFSET(VCPU_hypercall, struct vcpu, current_hypercall);
    OFFSET(VCPU_kernel_mode, struct vcpu, arch.kernel_mode);

    OFFSET(VCPUINFO_upcall_pending, struct vcpu_info, evtchn_upcall_pending);
    OFFSET(VCPUINFO_upcall_mask, struct vcpu_info, evtchn_upcall_mask);
    DEFINE(NR_CPUS, NR_CPUS);
    DEFINE(NR_HYPERCALLS, NR_HYPERCALLS);
}
