/* SPDX-License-Identifier: GPL-2.0-only */
/* Dispatch by number, and what the counters are called: both made from hypercalls.def. */
#include <xen/hypercall.h>
#include <xen/lib.h>

static long no_hypercall(unsigned long a, unsigned long b, unsigned long c, unsigned long d, unsigned long e)
{
    return -ENOSYS;
}

/* Bodies declare as many arguments, and as narrow ones, as they use: the calling convention allows it. */
#define ENTRY(nr, name) [nr] = (hypercall_fn *)(void *)do_##name,
#define HYPERCALL0(nr, name)                ENTRY(nr, name)
#define HYPERCALL1(nr, name, a)             ENTRY(nr, name)
#define HYPERCALL2(nr, name, a, b)          ENTRY(nr, name)
#define HYPERCALL3(nr, name, a, b, c)       ENTRY(nr, name)
#define HYPERCALL4(nr, name, a, b, c, d)    ENTRY(nr, name)
#define HYPERCALL5(nr, name, a, b, c, d, e) ENTRY(nr, name)

#pragma GCC diagnostic ignored "-Woverride-init"   /* the holes are filled first */
hypercall_fn *const hypercall_table[NR_HYPERCALLS] = {
    [0 ... NR_HYPERCALLS - 1] = no_hypercall,
#include <xen/hypercalls.def>
};

hypercall_fn *const *hypercall_dispatch = hypercall_table;

#undef ENTRY
#define ENTRY(nr, name) [nr] = #name,
const char *const hypercall_names[NR_HYPERCALLS] = {
#include <xen/hypercalls.def>
};

#undef HYPERCALL0
#undef HYPERCALL1
#undef HYPERCALL2
#undef HYPERCALL3
#undef HYPERCALL4
#undef HYPERCALL5
#define WIDE(type, i) (!__builtin_strcmp(#type, "uint64_t") || !__builtin_strcmp(#type, "int64_t")) << i
#define HYPERCALL0(nr, name)                [nr] = 0,
#define HYPERCALL1(nr, name, a)             [nr] = WIDE(a, 0),
#define HYPERCALL2(nr, name, a, b)          [nr] = WIDE(a, 0) | WIDE(b, 1),
#define HYPERCALL3(nr, name, a, b, c)       [nr] = WIDE(a, 0) | WIDE(b, 1) | WIDE(c, 2),
#define HYPERCALL4(nr, name, a, b, c, d)    [nr] = WIDE(a, 0) | WIDE(b, 1) | WIDE(c, 2) | WIDE(d, 3),
#define HYPERCALL5(nr, name, a, b, c, d, e) [nr] = WIDE(a, 0) | WIDE(b, 1) | WIDE(c, 2) | WIDE(d, 3) | WIDE(e, 4),
const uint8_t hypercall_wide_args[NR_HYPERCALLS] = {
#include <xen/hypercalls.def>
};

#undef WIDE
#define WIDE(type, i) !!__builtin_strcmp(#type, "void *") << i
const uint8_t hypercall_number_args[NR_HYPERCALLS] = {
#include <xen/hypercalls.def>
};

void hypercall_widen_args(unsigned nr, const uint32_t word[6], unsigned long arg[5])
{
    for (unsigned i = 0, w = 0; i < 5; i++) {
        arg[i] = w < 6 ? word[w++] : 0;
        if ((hypercall_wide_args[nr] >> i) & 1)
            arg[i] |= (unsigned long)word[w++] << 32;
    }
}

/* From entry.S: a 32-bit guest's call that has 64-bit arguments, each in two registers. */
long hypercall_with_wide_args(unsigned nr, const struct cpu_user_regs *regs);
long hypercall_with_wide_args(unsigned nr, const struct cpu_user_regs *regs)
{
    const uint32_t word[6] = { regs->ebx, regs->ecx, regs->edx, regs->esi, regs->edi, regs->ebp };
    unsigned long arg[5] = { 0 };

    hypercall_widen_args(nr, word, arg);
    return hypercall_dispatch[nr](arg[0], arg[1], arg[2], arg[3], arg[4]);
}

DEFINE_PER_CPU(uint32_t[NR_HYPERCALLS], hypercall_count);
