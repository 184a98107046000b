/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hypercalls. hypercalls.def is the one table: number, name, arguments. The prototypes of the bodies
 * (do_NAME) come from it, and so do dispatch and counters; docs/hypercalls.md is held against it. Bodies
 * return 0 or more, or -Exxx.
 */
#ifndef XEN_HYPERCALL_H
#define XEN_HYPERCALL_H

#include <xen/types.h>
#include <xen/guest.h>
#include <xen/percpu.h>
#include <xen/reason.h>
#include <xen/softirq.h>
#include <public/xen.h>

/* X(number, name, argument types...) : see the head of hypercalls.def */
#define HYPERCALL0(nr, name)                 long do_##name(void);
#define HYPERCALL1(nr, name, a)              long do_##name(a);
#define HYPERCALL2(nr, name, a, b)           long do_##name(a, b);
#define HYPERCALL3(nr, name, a, b, c)        long do_##name(a, b, c);
#define HYPERCALL4(nr, name, a, b, c, d)     long do_##name(a, b, c, d);
#define HYPERCALL5(nr, name, a, b, c, d, e)  long do_##name(a, b, c, d, e);
#include <xen/hypercalls.def>
#undef HYPERCALL0
#undef HYPERCALL1
#undef HYPERCALL2
#undef HYPERCALL3
#undef HYPERCALL4
#undef HYPERCALL5

#define NR_HYPERCALLS 64

/* By number; -ENOSYS where there is none. Counted per CPU (perfc). */
typedef long hypercall_fn(unsigned long, unsigned long, unsigned long, unsigned long, unsigned long);
extern hypercall_fn *const hypercall_table[NR_HYPERCALLS];
/* What callers go by: that table, or while hypercalls are traced one that traces them first. */
extern hypercall_fn *const *hypercall_dispatch;
extern const char *const hypercall_names[NR_HYPERCALLS];
DECLARE_PER_CPU(uint32_t[NR_HYPERCALLS], hypercall_count);

/* A 32-bit guest passes some arguments in two registers, low half first: bit i tells that argument i is such. */
extern const uint8_t hypercall_wide_args[NR_HYPERCALLS];
/* Bit i: argument i is a number, not a pointer. */
extern const uint8_t hypercall_number_args[NR_HYPERCALLS];
/* The arguments of call nr, which is in range, from the six words of a 32-bit guest. */
void hypercall_widen_args(unsigned nr, const uint32_t word[6], unsigned long arg[5]);

/*
 * Stop here and run the call again with these arguments after softirqs (or, inside a multicall, leave the
 * entry with them). The body returns what this returns.
 */
long hypercall_continue(unsigned op, unsigned nargs, ...);

#endif
