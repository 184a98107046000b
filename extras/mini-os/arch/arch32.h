/* SPDX-License-Identifier: MIT */
/*
 * What is different for a 32-bit kernel: it runs in ring 1 on PAE page tables, three levels with 64-bit
 * entries, and hypercalls take a 64-bit value as two arguments.
 */
#ifndef ARCH32_H
#define ARCH32_H

#define WIDTH       32
#define WORD        .long                   /* the assembler's directive for an address */
#define VIRT_BASE   0xc0000000

#ifndef __ASSEMBLY__

#include "types.h"

#define WORD_FORMAT "%08lx"
#define WORD_TEXT   ".long"

/* ---- hypercalls: arguments in ebx, ecx, edx, esi, edi */

extern const char hypercall_page[];

static inline long hypercall(unsigned int number, unsigned long a, unsigned long b, unsigned long c,
                             unsigned long d, unsigned long e)
{
    long result;

    asm volatile("call *%[entry]"
                 : "=a"(result), "+b"(a), "+c"(b), "+d"(c), "+S"(d), "+D"(e)
                 : [entry] "0"(hypercall_page + 32 * number)
                 : "memory", "cc");
    return result;
}

/* A 64-bit value is two arguments, low half first. */
#define ARGUMENT64(value) (uint32_t)(value), (uint32_t)((uint64_t)(value) >> 32)

/* What set_callbacks takes to describe one entry point: selector and offset. */
#define ENTRY_POINT(function) FLAT_KERNEL_CS, (function)

/* ---- page tables. Ring 1 counts as the supervisor. */

#define PAGE_TABLE_LEVELS 3
#define PTE_KERNEL        (PTE_PRESENT | PTE_WRITE | PTE_ACCESSED | PTE_DIRTY)
#define START_MAGIC       "x86_32p"

/*
 * ---- exceptions: what start32.S makes on the stack, lowest address first. No sp: the ring doesn't change.
 */

struct frame {
    uint32_t edi, esi, ebp, ebx, edx, ecx, eax;
    uint32_t vector, error;
    uint32_t ip, cs, flags;
};

#define FRAME_REGISTERS(each) each(eax) each(ebx) each(ecx) each(edx) each(esi) each(edi) each(ebp)

/* Registers that switch_stack keeps on the stack. */
#define SWITCH_REGISTERS 4

/* ---- division of 64 bits in two steps, since there is no library to do it */

static inline uint64_t divide(uint64_t dividend, uint32_t divisor, uint32_t *remainder)
{
    uint32_t high = dividend >> 32, low = dividend, rest = high % divisor;

    asm("divl %[divisor]" : "+a"(low), "+d"(rest) : [divisor] "rm"(divisor) : "cc");
    *remainder = rest;
    return (uint64_t)(high / divisor) << 32 | low;
}

#endif
#endif
