/* SPDX-License-Identifier: GPL-2.0-only */
/* What is at the top of this CPU's stack: the guest's frame lies right below the rest. */
#ifndef ASM_CURRENT_H
#define ASM_CURRENT_H

#include <asm/memmap.h>
#include <asm/regs.h>

struct vcpu;

struct cpu_info {
    struct cpu_user_regs guest_cpu_user_regs;
    unsigned int processor_id;
    unsigned int pad;
    struct vcpu *current_vcpu;
    unsigned long per_cpu_offset;
    unsigned long cr4;              /* as loaded */
    unsigned long scratch[3];       /* SYSCALL entry and the like */
} aligned_to(16);

static always_inline struct cpu_info *get_cpu_info(void)
{
    unsigned long sp;
    __asm__ ("mov %%rsp, %0" : "=r" (sp));
    return (struct cpu_info *)((sp | (STACK_SIZE - 1)) + 1) - 1;
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
