/* SPDX-License-Identifier: GPL-2.0-only */
/* There are no interrupts. Threads are more than the host's CPUs: who waits gives way. */
#ifndef SHIM_PROCESSOR_H
#define SHIM_PROCESSOR_H
#include <xen/atomic.h>
int sched_yield(void);
#undef cpu_relax
#define cpu_relax() sched_yield()
#define local_irq_is_enabled()   true
#define local_irq_disable()      ((void)0)
#define local_irq_enable()       ((void)0)
#define local_irq_save(flags)    ((flags) = 0)
#define local_irq_restore(flags) ((void)(flags))
#endif
