/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_IRQ_H
#define SHIM_IRQ_H
struct cpu_user_regs;
int setup_irq(unsigned irq, void (*handler)(unsigned irq, void *data, struct cpu_user_regs *regs), void *data,
              const char *name);
#endif
