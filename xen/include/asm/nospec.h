/* SPDX-License-Identifier: GPL-2.0-only */
/* An index of a guest's that was found good by a branch may be bad where the processor executes ahead of that branch (Spectre-v1). */
#ifndef ASM_NOSPEC_H
#define ASM_NOSPEC_H

#include <xen/types.h>

/* The index if it is below the size, else one below it: by a mask or the carry, which aren't predicted. */
static always_inline unsigned long array_index_nospec(unsigned long index, unsigned long size)
{
    unsigned long mask;

    if (__builtin_constant_p(size) && !(size & (size - 1)))
        __asm__ ("and %1, %0" : "+r" (index) : "i" (size - 1) : "cc");
    else {
        __asm__ ("cmp %2, %1; sbb %0, %0" : "=r" (mask) : "r" (index), "g" (size) : "cc");
        index &= mask;
    }
    return index;
}

#endif
