/* SPDX-License-Identifier: GPL-2.0-only */
/* MSRs that may not exist. */
#include <asm/processor.h>

bool rdmsr_safe(unsigned msr, uint64_t *v)
{
    uint32_t lo = 0, hi = 0;
    bool ok = false;

    __asm__ volatile ("1: rdmsr; movb $1, %0; 2:\n" ASM_EXTABLE(1b, 2b)
                      : "+q" (ok), "+a" (lo), "+d" (hi) : "c" (msr));
    if (ok)
        *v = lo | ((uint64_t)hi << 32);
    return ok;
}

bool wrmsr_safe(unsigned msr, uint64_t v)
{
    bool ok = false;

    __asm__ volatile ("1: wrmsr; movb $1, %0; 2:\n" ASM_EXTABLE(1b, 2b)
                      : "+q" (ok) : "c" (msr), "a" ((uint32_t)v), "d" ((uint32_t)(v >> 32)) : "memory");
    return ok;
}
