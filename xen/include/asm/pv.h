/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of arch/x86/pv, hypercall and setup say to each other. */
#ifndef ASM_PV_H
#define ASM_PV_H

#include <xen/sched.h>
#include <asm/entry.h>

/* traps.c */
const char *trap_name(unsigned vector);

/* bounce.c: the ways into a guest's kernel */
void inject_failsafe(void);
void publish_late(struct vcpu *v);              /* its kernel's page tables are loaded */
void guest_exit_work(void);
void inject_software_interrupt(unsigned vector);
bool software_interrupt(struct cpu_user_regs *regs, unsigned vector, unsigned length);

/* fault.c */
void handle_page_fault(struct cpu_user_regs *regs);

/* emulate.c: false if the instruction at the guest's RIP is not one we do for it (the guest gets its #GP). */
bool emulate_privileged(struct cpu_user_regs *regs);
bool emulate_forced_cpuid(struct cpu_user_regs *regs);
/* emul_io.c, emul_msr.c. False: #GP for the guest */
bool guest_port_allowed(struct vcpu *v, unsigned port, unsigned bytes);
uint32_t guest_port_read(struct vcpu *v, unsigned port, unsigned bytes);
void guest_port_write(struct vcpu *v, unsigned port, unsigned bytes, uint32_t value);
bool guest_rdmsr(struct vcpu *v, uint32_t msr, uint64_t *value);
bool guest_wrmsr(struct vcpu *v, uint32_t msr, uint64_t value);
/* control.c: control and debug registers as the guest sees them */
unsigned long guest_read_cr(struct vcpu *v, unsigned reg);
bool guest_write_cr(struct vcpu *v, unsigned reg, unsigned long value);
long set_debugreg(struct vcpu *v, unsigned reg, unsigned long value);
void load_debug_registers(struct vcpu *v);
#define ACTIVE_BREAKPOINTS 0xffUL       /* DR7: L0..G3 */
unsigned long guest_cr4_fixup(unsigned long value);
unsigned long guest_cr4_real(const struct vcpu *v);

/* cpuid.c: the policy */
void guest_cpuid(const struct vcpu *v, uint32_t leaf, uint32_t subleaf, uint32_t out[4]);
int cpuid_policy_create(struct domain *d);
long cpuid_policy_set(struct domain *d, const struct xen_cpuid_leaf *leaves, unsigned nr);
const struct xen_cpuid_leaf *cpuid_policy_max(unsigned *nr);

/* switch.c */
void read_selectors(struct cpu_user_regs *regs);    /* ds, es, fs, gs as loaded now */

/* hypercall/page.c: fill a page with the hypercalls of a 64-bit guest. */
void hypercall_page_fill(void *page);
/* MSR 0x40000000 and XEN_DOMCTL_hypercall_init */
int hypercall_page_write(struct domain *d, gfn_t where);

#endif
