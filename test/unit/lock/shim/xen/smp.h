/* SPDX-License-Identifier: GPL-2.0-only */
/* Each thread is a CPU. */
#ifndef SHIM_SMP_H
#define SHIM_SMP_H
extern _Thread_local unsigned sim_cpu;
#define smp_processor_id() sim_cpu
#endif
