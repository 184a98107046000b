/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A CPU's stack: STACK_SIZE bytes, aligned to their number, so that any stack pointer finds what lies at the
 * top.
 *
 *   top     struct cpu_info: the guest's frame first, then who and where we are
 *           ... grows down ...
 *   page 4  guard, where it can be unmapped
 *   page 3  IST_DB   page 2  IST_MCE   page 1  IST_NMI   page 0  IST_DF
 *
 * TSS.RSP0 is entry_rsp0(): the processor's own pushes fill the guest's frame from ss downward. The processor
 * aligns that address to 16, hence the odd size of cpu_info.
 */
#ifndef ASM_CURRENT_H
#define ASM_CURRENT_H

#include <asm/memmap.h>
#include <asm/regs.h>

struct vcpu;

struct cpu_info {
    struct cpu_user_regs guest_cpu_user_regs;
    unsigned int processor_id;
    bool narrow;                    /* the current domain is a 32-bit one */
    struct vcpu *current_vcpu;
    unsigned long per_cpu_offset;
    unsigned long cr4;              /* as loaded */
    unsigned long guest_root, full_root;    /* CR3 while an isolated guest runs, and while we do: pv/xpti.c */
    uint32_t guest_control, own_control;    /* SPEC_CTRL, likewise: cpu/speculation.c */
    uint8_t guards;                 /* GUARD_* of the current vcpu */
};
_Static_assert((sizeof(struct cpu_info) - offsetof(struct cpu_info, guest_cpu_user_regs.es)) % 16 == 0,
               "the processor would align the frame away");

/*
 * The stack whose highest address (exclusive) is top: a CPU's info block, TSS.RSP0, and TSS.IST[n], n = IST_*
 * 1..4.
 */
#define cpu_info_at(top)       ((struct cpu_info *)(top) - 1)
#define entry_rsp0(top)        ((unsigned long)&cpu_info_at(top)->guest_cpu_user_regs.es)
#define entry_ist_top(top, n)  ((unsigned long)(top) - STACK_SIZE + (n) * 4096)

static always_inline struct cpu_info *get_cpu_info(void)
{
    unsigned long sp;
    __asm__ ("mov %%rsp, %0" : "=r" (sp));
    return cpu_info_at((sp | (STACK_SIZE - 1)) + 1);
}

#define current               (get_cpu_info()->current_vcpu)
#define set_current(v)        (get_cpu_info()->current_vcpu = (v))
#define guest_cpu_user_regs() (&get_cpu_info()->guest_cpu_user_regs)

/* Forget this CPU's stack contents and go on in fn, which does not return. */
#define reset_stack_and_jump(fn) do {                                           \
    __asm__ volatile ("mov %0, %%rsp; jmp %P1"                                  \
                      :: "r" (guest_cpu_user_regs()), "i" (fn) : "memory");     \
    __builtin_unreachable();                                                    \
} while (0)

#endif
