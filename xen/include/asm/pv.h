/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of arch/x86/pv, hypercall and setup say to each other. */
#ifndef ASM_PV_H
#define ASM_PV_H

#include <xen/sched.h>
#include <asm/entry.h>
#include <asm/guest_copy.h>
#include <asm/processor.h>

/* traps.c */
const char *trap_name(unsigned vector);

/* bounce.c: the ways into a guest's kernel */
void inject_failsafe(void);
void publish_late(struct vcpu *v);              /* its kernel's page tables are loaded */
void guest_exit_work(void);
void inject_software_interrupt(unsigned vector);
bool software_interrupt(struct cpu_user_regs *regs, unsigned vector, unsigned length);

/*
 * Is it the guest's kernel that the registers are of? A 64-bit guest's is told by its mode, a 32-bit guest's runs in
 * ring 1, where nothing of a 64-bit guest can be.
 */
static always_inline bool in_ring1(const struct cpu_user_regs *regs)
{
    return (regs->cs & 3) == 1;
}
/* ---- debugger.c. Of the current vcpu: true if its debugger gets the exception, the domain is paused then. ---- */
bool debugger_takes(struct cpu_user_regs *regs, unsigned vector);
/* XEN_DOMCTL_setdebugging and gdbsx_*: d->domain_lock is held, d is not the caller's (but of status). 0 or -errno */
long set_debugging(struct domain *d, bool on);
long debugger_memory(struct domain *d, struct xen_domctl_gdbsx_memio *op);
long debugger_pause_vcpu(struct domain *d, unsigned id, bool pause);
void debugger_status(struct domain *d, struct xen_domctl_gdbsx_domstatus *op);

/* ---- trace.c: records of what the current guest does, while somebody traces. event: TRC_PV_* ---- */
void trace_at(uint32_t event, const struct cpu_user_regs *regs);                  /* with its rip */
void trace_fixup(uint32_t event, const struct cpu_user_regs *regs, unsigned long va);
void trace_trap(unsigned vector, bool has_error_code, uint32_t error_code);
void trace_page_fault(unsigned long va, uint32_t error_code);
void trace_ptwr(const struct cpu_user_regs *regs, unsigned long va, pte_t new);
void trace_hypercall(uint32_t event, unsigned nr, const unsigned long arg[5]);

static always_inline bool in_guest_kernel(const struct vcpu *v, const struct cpu_user_regs *regs)
{
    return likely(v->arch.kernel_mode) || in_ring1(regs);
}

/* ring1.c: a 32-bit guest's kernel. Selectors it gives us become ring 1's. */
static always_inline uint16_t ring1_selector(unsigned long selector)
{
    return (selector & 0xfffc) | 1;
}
void enter_ring1(unsigned long address, uint16_t cs, bool mask, const uint32_t *extra, unsigned nr_extra);
long ring1_iret(void);

/* state.c: the flags a guest may have, interrupts always on: arithmetic, DF, TF, NT, RF, AC, ID */
#define FLAGS_OF_GUEST (0xcd5UL | X86_EFLAGS_TF | X86_EFLAGS_NT | X86_EFLAGS_RF | X86_EFLAGS_AC | 0x200000UL)
static always_inline uint64_t guest_flags(uint64_t asked)
{
    return (asked & FLAGS_OF_GUEST) | X86_EFLAGS_IF | 2;
}
void nmi_handler_done(struct vcpu *v);

/* segment.c: a segment of the current guest, for what we access in its place */
struct segment {
    unsigned long base;
    uint32_t limit, rights;         /* rights: the descriptor's second word */
};
#define SEGMENT_CODE     (1u << 11)
#define SEGMENT_DOWN     (1u << 10)     /* of data: expands down */
#define SEGMENT_ACCESS   (1u << 9)      /* code: readable, data: writable */
#define SEGMENT_LONG     (1u << 21)
#define SEGMENT_BIG      (1u << 22)
struct segment segment_from(uint32_t a, uint32_t b);
bool segment_allows(const struct segment *s, uint32_t offset, unsigned bytes, bool write);
bool read_segment(const struct vcpu *v, uint16_t selector, struct segment *s);
bool code_segment(const struct vcpu *v, const struct cpu_user_regs *regs, struct segment *s);
size_t fetch_other_code(const struct cpu_user_regs *regs, void *bytes, size_t n);
/* The next bytes that the current vcpu would execute: how many of n could not be read. */
static always_inline size_t fetch_code(const struct cpu_user_regs *regs, void *bytes, size_t n)
{
    if (likely(regs->cs == RING3_CS64_SEL))
        return raw_copy_from_guest(bytes, (const void *)regs->rip, n);
    return fetch_other_code(regs, bytes, n);
}

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
mfn_t guest_cr3_frame(const struct domain *d, unsigned long cr3);
unsigned long guest_cr3_from(const struct domain *d, mfn_t m);
unsigned long guest_cr4_fixup(unsigned long value);
unsigned long guest_cr4_real(const struct vcpu *v);

/* cpuid.c: the policy */
void guest_cpuid(const struct vcpu *v, uint32_t leaf, uint32_t subleaf, uint32_t out[4]);
int cpuid_policy_create(struct domain *d);
long cpuid_policy_set(struct domain *d, const struct xen_cpuid_leaf *leaves, unsigned nr);
const struct xen_cpuid_leaf *cpuid_policy_max(unsigned *nr);
/* The bits of SPEC_CTRL that a domain is shown, 0: no such register; and whether it has PRED_CMD. */
uint32_t cpuid_policy_spec_ctrl(const struct domain *d, bool *barrier);

/* switch.c */
void read_selectors(struct cpu_user_regs *regs);    /* ds, es, fs, gs as loaded now */
void load_tsc_aux(const struct vcpu *v);            /* v is current, or becomes it */

/* domain.c: a domain without memory becomes a 32-bit or 64-bit one. 0, -EINVAL, -EBUSY, -ENOMEM */
int domain_set_width(struct domain *d, unsigned bits);

/* xpti.c */
bool xpti_isolates(const struct domain *d);         /* its page tables must not show the hypervisor */
extern uint32_t l4_changes;
/* A top-level entry of a guest has been written: before anything that it referred to is dropped. */
static always_inline void note_l4_change(void)
{
    __atomic_add_fetch(&l4_changes, 1, __ATOMIC_SEQ_CST);
}

/* hypercall/page.c: fill a page with the hypercalls of a guest of this width. */
void hypercall_page_fill(void *page, bool narrow);
/* MSR 0x40000000 and XEN_DOMCTL_hypercall_init */
int hypercall_page_write(struct domain *d, gfn_t where);

#endif
