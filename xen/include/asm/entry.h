/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ways in and out of the hypervisor (arch/x86/pv/entry.S), and what fault paths elsewhere ask of pv/.
 * Vectors of exceptions, int n and devices all enter through IDT stubs; vectors 32 and up end in do_IRQ().
 */
#ifndef ASM_ENTRY_H
#define ASM_ENTRY_H

#define ENTRY_STUB_SIZE   16
#define SYSCALL_STUB_SIZE 32
#define INT80_VECTOR      0x80  /* 32-bit programs' system call, through the guest's trap table: gate DPL 3 */
#define HYPERCALL_VECTOR  0x82      /* 32-bit guest kernels: gate DPL 1 */

#ifndef __ASSEMBLER__
#include <xen/types.h>
#include <asm/desc.h>
#include <asm/regs.h>

struct vcpu; struct guest_callback;

/* IDT: all interrupt gates (type 14), selector HYPERVISOR_CS64. */
extern char entry_stubs[256 * ENTRY_STUB_SIZE];
static inline unsigned long entry_stub(unsigned vector)
{
    return (unsigned long)entry_stubs + vector * ENTRY_STUB_SIZE;
}
static inline unsigned entry_gate_dpl(unsigned vector)
{
    return vector == 3 || vector == 4 || vector == INT80_VECTOR ? 3 : vector == HYPERCALL_VECTOR ? 1 : 0;
}
static inline unsigned entry_gate_ist(unsigned vector)
{
    return vector == 1 ? IST_DB : vector == 2 ? IST_NMI : vector == 8 ? IST_DF : vector == 18 ? IST_MCE : 0;
}

/* What the SYSCALL stubs of entry.S know of each CPU: a place for the guest's RSP, and where the frame begins. */
extern struct syscall_cpu { unsigned long guest_rsp, rsp0; } syscall_cpu[];

/* This CPU's SYSCALL and SYSENTER MSRs. Called by cpu_init() when the stack top holds the CPU's number. */
void syscall_entry_init(void);

/*
 * Leave for the guest whose frame is at the top of the stack: softirqs and events first. Jumped to, never
 * called.
 */
void noreturn exit_to_guest(void);

/*
 * Make the current vcpu take an exception at once: its frame is written to the guest kernel's stack and the
 * registers point at its handler. A guest without handler or stack is crashed.
 */
void inject_exception(unsigned vector, uint32_t error_code);
void inject_page_fault(unsigned long va, uint32_t error_code);
/* A fault that the processor raised in the guest, which who calls has traced. */
void bounce_page_fault(unsigned long va, uint32_t error_code);
/* pv/fault.c. Not 0: each fault of a guest is looked at. Counts domains on shadow page tables, and tracing. */
extern unsigned fault_watchers;
/*
 * The same with no error code and a handler of its own (event, syscall).
 */
void inject_callback(const struct guest_callback *to);
#endif
#endif
