/* SPDX-License-Identifier: GPL-2.0-only */
/* Showing where we are. common/debug/ */
#ifndef XEN_DEBUG_H
#define XEN_DEBUG_H

#include <asm/regs.h>

void show_registers(const struct cpu_user_regs *regs);
/* Follow frame pointers from rbp while they stay on this CPU's stack, naming functions. */
void show_stack_trace(unsigned long rip, unsigned long rbp);
/* An exception of our own that nothing fixes up: registers, stack trace, panic(). */
void noreturn fatal_trap(const struct cpu_user_regs *regs, const char *what);

#endif
