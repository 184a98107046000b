/* SPDX-License-Identifier: GPL-2.0-only */
/* Virtual CPU n runs on stacks[n]; what the kernel keeps for each lies at the lowest addresses (struct cpu). */
#ifndef STACK_H
#define STACK_H

#define STACK_SIZE 32768
#define CPUS_MAX   8

#endif
