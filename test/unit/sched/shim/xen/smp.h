/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_SMP_H
#define SHIM_SMP_H
#include <xen/percpu.h>
#define smp_processor_id() sim_cpu
#include <asm/current.h>
void smp_send_event_check(unsigned cpu);
#endif
