/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where things are. Virtual CPU n runs on stacks[n]; what the kernel keeps for each lies at the lowest addresses
 * (struct cpu).
 */
#ifndef STACK_H
#define STACK_H

#define STACK_SIZE 32768
#define CPUS_MAX   8

/* Of the kernel's virtual addresses. */
#ifdef __x86_64__
#define VIRT_BASE 0xffffffff80000000
#else
#define VIRT_BASE 0xc0000000
#endif

#endif
