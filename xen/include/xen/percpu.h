/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Per-CPU variables live in .bss.percpu, which is the template; each CPU's copy is at a constant offset from
 * it. this_cpu() finds the offset in the cpu_info block at the top of the CPU's stack. CPU 0 uses the
 * template itself. They start as zero on every CPU: an initialiser is not allowed.
 */
#ifndef XEN_PERCPU_H
#define XEN_PERCPU_H

#include <xen/types.h>
#include <xen/cpumask.h>
#include <asm/current.h>

#define DEFINE_PER_CPU(type, name)  in_section(".bss.percpu") __typeof__(type) per_cpu__##name
#define DECLARE_PER_CPU(type, name) extern __typeof__(type) per_cpu__##name

extern unsigned long per_cpu_offset[NR_CPUS];

#define per_cpu_at(name, off) (*(__typeof__(&per_cpu__##name))((unsigned long)&per_cpu__##name + (off)))
#define per_cpu(name, cpu) per_cpu_at(name, per_cpu_offset[cpu])
#define this_cpu(name)     per_cpu_at(name, get_cpu_info()->per_cpu_offset)

#endif
