/* SPDX-License-Identifier: GPL-2.0-only */
/* Two CPUs; the test says which one runs. */
#ifndef SHIM_PERCPU_H
#define SHIM_PERCPU_H
#include <xen/cpumask.h>
#define DEFINE_PER_CPU(type, name) __typeof__(type) per_cpu__##name[2]
extern unsigned test_cpu;
#define per_cpu(name, cpu) per_cpu__##name[cpu]
#define this_cpu(name)     per_cpu__##name[test_cpu]
#endif
