/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ASM_PROCESSOR_H
#define ASM_PROCESSOR_H
extern struct { unsigned phys_bits; } boot_cpu;
#endif
