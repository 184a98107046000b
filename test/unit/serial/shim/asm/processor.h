/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_PROCESSOR_H
#define SHIM_PROCESSOR_H
#define cpu_relax()          ((void)0)
#define local_irq_save(f)    ((f) = 0)
#define local_irq_restore(f) ((void)(f))
#endif
