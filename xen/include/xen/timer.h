/* SPDX-License-Identifier: GPL-2.0-only */
/* Timers: a heap per CPU, run from TIMER_SOFTIRQ on the CPU they were last set up on. common/time/timer.c */
#ifndef XEN_TIMER_H
#define XEN_TIMER_H

#include <xen/list.h>
#include <xen/time.h>

struct timer {
    s_time_t expires;
    void (*function)(void *data);
    void *data;
    unsigned cpu;
    bool pending, killed;
    /* pairing heap: first child; siblings; prev of the first child is the parent */
    struct timer *child, *next, *prev;
};

void init_timer(struct timer *t, void (*fn)(void *), void *data, unsigned cpu);
void set_timer(struct timer *t, s_time_t expires);   /* replaces an earlier setting; any context */
void stop_timer(struct timer *t);                 /* not pending afterwards; may still be running elsewhere */
void kill_timer(struct timer *t);                     /* stops for good and waits for a running handler */
void migrate_timer(struct timer *t, unsigned cpu);
static inline bool timer_pending(const struct timer *t) { return t->pending; }
void timer_init(void);

#endif
