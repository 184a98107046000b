/* SPDX-License-Identifier: GPL-2.0-only */
/* The frame that entry from a guest (or an interrupt of ours) leaves on the stack: the ABI's own struct. */
#ifndef ASM_REGS_H
#define ASM_REGS_H

#include <xen/types.h>
#include <public/xen.h>

/* entry_vector carries the vector in its low byte and TRAP_syscall when entered by a hypercall. */
#define TRAP_syscall   256
#define guest_mode(r)  (((r)->cs & 3) != 0)
#define ring_3(r)      (((r)->cs & 3) == 3)

#endif
