/* SPDX-License-Identifier: MIT */
/*
 * Hypercalls by name, as xen/include/public declares them, and those whose arguments differ between the
 * widths.
 */
#ifndef HYPERCALL_H
#define HYPERCALL_H

#include <public/xen.h>

#include "arch.h"

#define HYPERCALL_(number, a, b, c, d, e, ...)                                                          \
    hypercall(number, (unsigned long)(a), (unsigned long)(b), (unsigned long)(c), (unsigned long)(d),   \
              (unsigned long)(e))
#define HYPERCALL_ARGUMENTS(number, ...) HYPERCALL_(number, __VA_ARGS__, 0, 0, 0, 0, 0)

/*
 * HYPERCALL(name, arguments...): for instance HYPERCALL(xen_version, XENVER_version, 0). 0 or more, or
 * -XEN_E....
 */
#define HYPERCALL(name, ...) HYPERCALL_ARGUMENTS(__HYPERVISOR_##name, __VA_ARGS__)

/* Make the page-table entry that maps an address of ours be entry, and forget the old one. */
static inline long update_va_mapping(const void *address, uint64_t entry)
{
    return HYPERCALL(update_va_mapping, address, ARGUMENT64(entry), UVMF_INVLPG | UVMF_LOCAL);
}

/* Ask for VIRQ_TIMER when the system time is a deadline; 0: never. */
static inline long set_timer(uint64_t deadline)
{
    return HYPERCALL(set_timer_op, ARGUMENT64(deadline));
}

#endif
