/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Performance counters: how often things happened since the start or the last reset, on each CPU. Each is changed by its own
 * CPU only, by one instruction, so that an interrupt may count as well. They wrap at 2^32.
 */
#ifndef XEN_PERFC_H
#define XEN_PERFC_H

#include <xen/percpu.h>

#define PERFC(name, text)          uint32_t name;
#define PERFC_ARRAY(name, text, n) uint32_t name[n];
struct perfc {
#include <xen/perfc.def>
};
#undef PERFC
#undef PERFC_ARRAY

DECLARE_PER_CPU(struct perfc, perfc);

#define perfc_incr(counter) __asm__ volatile ("incl %0" : "+m" (this_cpu(perfc).counter))
#define perfc_add(counter, n) __asm__ volatile ("addl %1, %0" : "+m" (this_cpu(perfc).counter) : "ri" ((uint32_t)(n)))

struct xen_sysctl_perfc_op;
long perfc_control(struct xen_sysctl_perfc_op *op);     /* XEN_SYSCTL_perfc_op: 0, -EFAULT, -EINVAL */

#endif
