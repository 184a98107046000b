/* SPDX-License-Identifier: GPL-2.0-only */
/* Where SYSCALL and SYSENTER of this CPU lead: its own stubs in entry.S. */
#include <xen/lib.h>
#include <xen/smp.h>
#include <asm/processor.h>
#include <asm/pv.h>

#define EFLAGS_CLEARED (X86_EFLAGS_AC | X86_EFLAGS_NT | X86_EFLAGS_IOPL | X86_EFLAGS_DF | X86_EFLAGS_IF | \
                        X86_EFLAGS_TF | X86_EFLAGS_RF)

/* Read by the stubs: RSP of the guest while the frame is begun, and where the frame begins. */
extern char syscall64_stubs[], syscall32_stubs[];
void entry_sysenter(void);

/* SYSRET takes CS from base + 16 and SS from base + 8: RING3_CS64_SEL and RING3_DS_SEL. */
void syscall_entry_init(void)
{
    unsigned cpu = smp_processor_id();
    unsigned long top = (unsigned long)(get_cpu_info() + 1);

    syscall_cpu[cpu].rsp0 = entry_rsp0(top);
    wrmsr(MSR_STAR, (uint64_t)HYPERVISOR_CS64 << 32 | (uint64_t)RING3_CS32_SEL << 48);
    wrmsr(MSR_LSTAR, (unsigned long)syscall64_stubs + cpu * SYSCALL_STUB_SIZE);
    wrmsr(MSR_CSTAR, (unsigned long)syscall32_stubs + cpu * SYSCALL_STUB_SIZE);
    wrmsr(MSR_SYSCALL_MASK, EFLAGS_CLEARED);
    if (!boot_cpu.sysenter || !boot_cpu.intel)
        return;
    wrmsr(MSR_SYSENTER_CS, HYPERVISOR_CS64);
    wrmsr(MSR_SYSENTER_ESP, entry_rsp0(top));
    wrmsr(MSR_SYSENTER_EIP, (unsigned long)entry_sysenter);
}
