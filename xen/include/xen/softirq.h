/* SPDX-License-Identifier: GPL-2.0-only */
/* Deferred work of a CPU: run on the way out to a guest, in the idle loop, and where long work calls in. */
#ifndef XEN_SOFTIRQ_H
#define XEN_SOFTIRQ_H

#include <xen/list.h>
#include <xen/percpu.h>

enum softirq { TIMER_SOFTIRQ, RCU_SOFTIRQ, SCHEDULE_SOFTIRQ, TASKLET_SOFTIRQ, FLUSH_SOFTIRQ,
               TIME_CALIBRATE_SOFTIRQ, TRACE_SOFTIRQ, MACHINE_CHECK_SOFTIRQ, NR_SOFTIRQS };

DECLARE_PER_CPU(unsigned long, softirq_pending);

void open_softirq(enum softirq nr, void (*handler)(void));
void raise_softirq(enum softirq nr);                          /* on this CPU */
void cpu_raise_softirq(unsigned cpu, enum softirq nr);        /* and kick it by IPI if it is another */
static inline bool softirq_pending(unsigned cpu) { return READ_ONCE(per_cpu(softirq_pending, cpu)) != 0; }
/* Run all pending ones, scheduling included. Only on exit to guest and in the idle loop: may not return. */
void do_softirq(void);
/* For long work in the middle of something: everything but scheduling. */
void process_pending_softirqs(void);
/* Should a preemptible operation stop and continue later? */
bool hypercall_preempt_check(void);

/* A function to be run soon, once, in softirq context on some CPU. It must not free its tasklet. */
struct tasklet {
    struct list_head list;
    void (*fn)(void *data);
    void *data;
    bool scheduled, running, dead;
};
void tasklet_init(struct tasklet *t, void (*fn)(void *), void *data);
void tasklet_schedule(struct tasklet *t);
void tasklet_kill(struct tasklet *t);                          /* waits for a running one */

void softirq_init(void);

#endif
