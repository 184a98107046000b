/* SPDX-License-Identifier: GPL-2.0-only */
/* A simulated machine: CPUs that run vcpus for a time, nothing else. */
#ifndef MACHINE_H
#define MACHINE_H

#include <xen/sched.h>
#include <xen/sched_policy.h>

int printf(const char *fmt, ...);
int rand(void);
void srand(unsigned seed);
_Noreturn void exit(int status);
void *calloc(size_t n, size_t size);
void free(void *p);

/* A vcpu and what its guest does: run for a while, sleep for a while; run 0: it never sleeps. */
struct task {
    struct vcpu v;
    struct vcpu_info info;
    s_time_t run, sleep;
    s_time_t burst;             /* of this run */
    s_time_t wake_at;           /* asleep; 0 if not */
    s_time_t used;              /* CPU time since the last reset_times() */
};

extern bool contended;          /* spin_trylock fails now and then */
extern s_time_t turn;           /* CPUs take turns of up to this time, the others stand still; 0: all run */
extern unsigned long locks_taken;       /* how often; those tried not included */
extern const char *trouble;     /* the first thing that went wrong */

void machine_start(unsigned cpus);
struct domain *new_domain(unsigned weight, unsigned cap);
struct task *new_task(struct domain *d, s_time_t run, s_time_t sleep);
void set_share(struct domain *d, unsigned weight, unsigned cap);
void forget_tasks(void);        /* all end */
void settle(void);              /* until nobody has anything to do now */
void run_for(s_time_t time);
void reset_times(void);
struct task *any_task(void);
cpumask_t some_cpus(void);

#endif
