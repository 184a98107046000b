/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a scheduling policy is: a table of functions that registers itself. All are called with the CPU lock
 * of the vcpu's processor held and interrupts off, unless noted.
 */
#ifndef XEN_SCHED_POLICY_H
#define XEN_SCHED_POLICY_H

#include <xen/sched.h>
#include <public/sysctl.h>

struct sched_choice {
    struct vcpu *vcpu;          /* to run now; the idle vcpu when there is nothing else */
    s_time_t slice;             /* look again after this time; 0: no need */
};

struct scheduler {
    const char *name, *option;  /* "Credit scheduler", "credit" for sched= */
    unsigned id;                /* XEN_SCHEDULER_* */
    void (*init)(void);                                              /* boot, no lock */
    int  (*init_domain)(struct domain *d);                           /* no lock: 0 or -ENOMEM */
    void (*destroy_domain)(struct domain *d);                        /* no lock */
    int  (*init_vcpu)(struct vcpu *v);                               /* no lock: 0 or -ENOMEM */
    void (*destroy_vcpu)(struct vcpu *v);                            /* no lock; not runnable */
    void (*wake)(struct vcpu *v);                                    /* became runnable */
    void (*sleep)(struct vcpu *v);                                   /* is not runnable any more */
    void (*yield)(struct vcpu *v);
    unsigned (*pick_cpu)(struct vcpu *v);                            /* a home within its affinity */
    struct sched_choice (*choose)(struct vcpu *prev, s_time_t now);  /* this CPU's */
    void (*saved)(struct vcpu *prev);                               /* left its CPU for good. no lock */
    int  (*adjust)(struct domain *d, struct xen_domctl_scheduler_op *op);       /* no lock */
    int  (*adjust_global)(struct xen_sysctl_scheduler_op *op);                  /* no lock */
    void (*dump)(void);
};
#define register_scheduler(s) static const struct scheduler *const sched_entry_##s used_in(".schedulers") = &s

/*
 * What the core keeps per CPU. lock: IRQ-safe; protects run queues and state of the vcpus whose processor
 * the CPU is.
 */
struct sched_cpu {
    spinlock_t lock;
    struct vcpu *curr;
    bool timed;                 /* curr's slice ends: the timer is or will be set */
    struct timer timer;         /* end of the slice */
    unsigned long switches;
};
DECLARE_PER_CPU(struct sched_cpu, sched_cpu);

/* Lock the CPU a vcpu belongs to, wherever that is by then. */
struct sched_cpu *vcpu_sched_lock(struct vcpu *v, unsigned long *flags);
static inline void vcpu_sched_unlock(struct sched_cpu *c, unsigned long flags)
{
    spin_unlock_irqrestore(&c->lock, flags);
}

#endif
