/* SPDX-License-Identifier: GPL-2.0-only */
/* The 32-bit fuzzer: four entries on top, of which the kernel hangs on the last one. */
#include "test.h"

#define TOP_FIRST     (L1_PAGES + L2_PAGES)                 /* of the pages we play with, those for top-level tables */
#define TOP_PAGES     L3_PAGES
#define TOP_FLAGS     PTE_PRESENT
#define KERNEL_SLOT   3
#define IDLE_SLOT     256                                   /* of the table below, unused from here on; then the hole */
#define TO_OTHER_ENTRIES 64                                 /* bytes from an entry near the kernel's */

/* Registers and operand size in assembly. */
#define AX   "eax"
#define CX   "ecx"
#define SI   "esi"
#define DI   "edi"
#define WORD "l"
#define CLOBBERED "ebx", "esi", "edi"

#define GOOD_SELECTORS 8

/* A code selector for ring 1. */
static inline unsigned long kernel_code(unsigned long selector)
{
    return (selector & ~3ul) | 1;
}
