/* SPDX-License-Identifier: MIT */
/*
 * What is different for a 64-bit kernel: it runs in ring 3, has four levels of page tables, and 64-bit
 * registers.
 */
#ifndef ARCH64_H
#define ARCH64_H

#define WIDTH       64
#define WORD        .quad                   /* the assembler's directive for an address */
#define VIRT_BASE   0xffffffff80000000

#ifndef __ASSEMBLY__

#include "types.h"

#define WORD_FORMAT "%016lx"
#define WORD_TEXT   ".quad"

/* ---- hypercalls: arguments in rdi, rsi, rdx, r10, r8; the page's stubs keep rcx and r11 */

extern const char hypercall_page[];

static inline long hypercall(unsigned int number, unsigned long a, unsigned long b, unsigned long c,
                             unsigned long d, unsigned long e)
{
    register unsigned long r10 asm("r10") = d;
    register unsigned long r8 asm("r8") = e;
    long result;

    asm volatile("call *%[entry]"
                 : "=a"(result), "+D"(a), "+S"(b), "+d"(c), "+r"(r10), "+r"(r8)
                 : [entry] "0"(hypercall_page + 32 * number)
                 : "rcx", "r11", "memory", "cc");
    return result;
}

/* A 64-bit value is one argument. */
#define ARGUMENT64(value) (value)

/* What set_callbacks takes to describe one entry point. */
#define ENTRY_POINT(function) (function)

/* ---- page tables. Ring 3 needs the user bit; the hypervisor would set it if we didn't. */

#define PAGE_TABLE_LEVELS 4
#define PTE_KERNEL        (PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED | PTE_DIRTY)
#define START_MAGIC       "x86_64"

/* ---- exceptions: what start64.S makes on the stack, lowest address first */

struct frame {
    uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rdi, rsi, rdx, rcx, rax;
    uint64_t vector, error;
    uint64_t ip, cs, flags, sp, ss;
};

#define FRAME_REGISTERS(each) \
    each(rax) each(rbx) each(rcx) each(rdx) each(rsi) each(rdi) each(rbp) each(sp) \
    each(r8) each(r9) each(r10) each(r11) each(r12) each(r13) each(r14) each(r15)

/* Registers that switch_stack keeps on the stack. */
#define SWITCH_REGISTERS 6

/* ---- division, which 64 bits do by themselves */

static inline uint64_t divide(uint64_t dividend, uint32_t divisor, uint32_t *remainder)
{
    *remainder = dividend % divisor;
    return dividend / divisor;
}

#endif
#endif
