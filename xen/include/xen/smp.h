/* SPDX-License-Identifier: GPL-2.0-only */
/* Other processors. arch/x86/smp */
#ifndef XEN_SMP_H
#define XEN_SMP_H

#include <xen/cpumask.h>
#include <asm/current.h>

#define smp_processor_id() (get_cpu_info()->processor_id)

/* Run fn on the CPUs of the set (may include this one), in interrupt context there; wait: until all are done.
 * Interrupts must be on (or the set be this CPU alone). */
void on_selected_cpus(const cpumask_t *set, void (*fn)(void *), void *arg, bool wait);
void smp_send_event_check(unsigned cpu);         /* make it look at its softirqs */
void smp_send_stop(void);                        /* all others halt: for panic, reboot */
void smp_init(void);                             /* bring up all present CPUs, up to maxcpus= */
void noreturn machine_restart(void);
void noreturn machine_halt(void);

#endif
