/* SPDX-License-Identifier: GPL-2.0-only */
/* How instructions are tried: a function each, with struct registers. */
#ifndef INSTRUCTION_H
#define INSTRUCTION_H

#include "fuzz.h"

/* Flags are put back whatever the instruction did. */
#define INSTRUCTION(name, code)                                                                             \
    static void name(void *argument)                                                                        \
    {                                                                                                       \
        struct registers r = *(struct registers *)argument;                                                 \
                                                                                                            \
        asm volatile("pushf\n" code "\npopf"                                                                \
                     : "+a"(r.rax), "+c"(r.rcx), "+d"(r.rdx) : : CLOBBERED, "memory", "cc");                \
    }

#endif
