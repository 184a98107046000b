/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ASM_SECTIONS_H
#define ASM_SECTIONS_H
extern char _start[], _end[];
#define XEN_VIRT_START 0UL
#endif
