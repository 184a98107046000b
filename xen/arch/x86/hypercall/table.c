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

#undef ENTRY
#define ENTRY(nr, name) [nr] = #name,
const char *const hypercall_names[NR_HYPERCALLS] = {
#include <xen/hypercalls.def>
};

DEFINE_PER_CPU(uint32_t[NR_HYPERCALLS], hypercall_count);
