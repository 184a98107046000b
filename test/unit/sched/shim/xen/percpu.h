/* SPDX-License-Identifier: GPL-2.0-only */
/* The test says which CPU runs. */
#ifndef SHIM_PERCPU_H
#define SHIM_PERCPU_H
#include <xen/cpumask.h>
#define SIM_CPUS 8
#define DEFINE_PER_CPU(type, name)  __typeof__(type) per_cpu__##name[SIM_CPUS]
#define DECLARE_PER_CPU(type, name) extern __typeof__(type) per_cpu__##name[SIM_CPUS]
extern unsigned sim_cpu;
#define per_cpu(name, cpu) per_cpu__##name[cpu]
#define this_cpu(name)     per_cpu__##name[sim_cpu]
#endif
