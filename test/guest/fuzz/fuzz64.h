/* SPDX-License-Identifier: GPL-2.0-only */
/* The 64-bit fuzzer: level 4 tables on top, of which the kernel hangs on the last entry. */
#include "test.h"

#define TOP_FIRST     (L1_PAGES + L2_PAGES + L3_PAGES)      /* of the pages we play with, those for top-level tables */
#define TOP_PAGES     L4_PAGES
#define TOP_FLAGS     (PTE_TABLE | PTE_DATA)
#define KERNEL_SLOT   511
#define IDLE_SLOT     256                                   /* of the tables below, unused from here on */
#define TO_OTHER_ENTRIES -64                                /* bytes from an entry near the kernel's */

/* Registers and operand size in assembly. */
#define AX   "rax"
#define CX   "rcx"
#define SI   "rsi"
#define DI   "rdi"
#define WORD "q"
#define CLOBBERED "rbx", "rsi", "rdi", "r8", "r9", "r10", "r11"

#define GOOD_SELECTORS 7

/* A code selector that exceptions find a good stack by: a 32-bit one would cut the stack's address. */
static inline unsigned long kernel_code(unsigned long selector)
{
    return (selector & ~3ul) == (FLAT_KERNEL_CS32 & ~3ul) ? RETURN_CS : selector & ~3ul;
}
