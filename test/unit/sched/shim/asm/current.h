/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ASM_CURRENT_H
#define ASM_CURRENT_H
#include <xen/percpu.h>
#include <asm/memmap.h>
#include <asm/regs.h>
struct vcpu;
extern struct vcpu *sim_current[SIM_CPUS];
#define current        sim_current[sim_cpu]
#define set_current(v) (sim_current[sim_cpu] = (v))
#endif
