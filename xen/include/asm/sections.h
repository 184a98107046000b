/* SPDX-License-Identifier: GPL-2.0-only */
/* Borders the linker script sets (arch/x86/xen.lds.in). Each part starts on a 2 MiB page of its own. */
#ifndef ASM_SECTIONS_H
#define ASM_SECTIONS_H

#include <xen/types.h>

extern const char _start[], _end[];                /* the whole image */
extern const char _stext[], _etext[];              /* read, execute */
extern const char __init_begin[], __init_end[];    /* read, write, execute; freed after boot */
extern const char _sentry[], _eentry[];            /* of it, what an entry begins with */
extern const char _sinittext[], _einittext[];
extern const char _srodata[], _erodata[];          /* read */
extern const char _sdata[];                        /* read, write, to _end */
extern const char __percpu_start[], __percpu_end[];

static inline bool is_kernel_text(unsigned long va)
{
    return (va >= (unsigned long)_stext && va < (unsigned long)_etext) ||
           (va >= (unsigned long)_sinittext && va < (unsigned long)_einittext);
}

#endif
