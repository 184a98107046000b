/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Timers. Each CPU keeps its pending timers in a pairing heap, linked through the timers themselves:
 * setting one is O(1), needs no memory and can't fail; removing one is O(log n) amortized.
 */
#include <xen/lib.h>
#include <xen/percpu.h>
#include <xen/smp.h>
#include <xen/softirq.h>
#include <xen/spinlock.h>
#include <xen/timer.h>
#include <asm/processor.h>

struct timer_queue {
    spinlock_t lock;
    struct timer *first;         /* root: the earliest */
    struct timer *running;
};

static DEFINE_PER_CPU(struct timer_queue, timer_queue);

/* Two heaps into one; either may be empty. Roots have neither siblings nor a parent. */
static struct timer *meld(struct timer *a, struct timer *b)
{
    struct timer *top, *under;

    if (!a || !b)
        return a ? a : b;
    top = a->expires <= b->expires ? a : b;
    under = top == a ? b : a;
    under->prev = top;
    under->next = top->child;
    if (top->child)
        top->child->prev = under;
    top->child = under;
    return top;
}

/* A list of siblings into one heap: meld pairs from left to right, then all from right to left. */
static struct timer *meld_siblings(struct timer *t)
{
    struct timer *pairs = NULL, *root = NULL;

    while (t) {
        struct timer *a = t, *b = t->next, *both;

        t = b ? b->next : NULL;
        a->next = a->prev = NULL;
        if (b)
            b->next = b->prev = NULL;
        both = meld(a, b);
        both->next = pairs;      /* a stack, for the way back */
        pairs = both;
    }
    while (pairs) {
        struct timer *next = pairs->next;

        pairs->next = NULL;
        root = meld(root, pairs);
        pairs = next;
    }
    return root;
}

static void queue_insert(struct timer_queue *q, struct timer *t)
{
    t->pending = true;
    t->child = t->next = t->prev = NULL;
    q->first = meld(q->first, t);
}

static void queue_remove(struct timer_queue *q, struct timer *t)
{
    struct timer *below = meld_siblings(t->child);

    t->pending = false;
    if (t == q->first) {
        q->first = below;
        return;
    }
    if (t->prev->child == t)
        t->prev->child = t->next;
    else
        t->prev->next = t->next;
    if (t->next)
        t->next->prev = t->prev;
    q->first = meld(q->first, below);
}

/* The queue a timer belongs to, locked; it may move while we are not looking. */
static struct timer_queue *lock_queue(struct timer *t, unsigned long *flags)
{
    for (;;) {
        unsigned cpu = READ_ONCE(t->cpu);
        struct timer_queue *q = &per_cpu(timer_queue, cpu);

        spin_lock_irqsave(&q->lock, *flags);
        if (likely(t->cpu == cpu))
            return q;
        spin_unlock_irqrestore(&q->lock, *flags);
    }
}

void init_timer(struct timer *t, void (*fn)(void *), void *data, unsigned cpu)
{
    *t = (struct timer){ .function = fn, .data = data, .cpu = cpu };
}

/* Lock held. The CPU re-arms its interrupt from the softirq when its earliest timer changed. */
static void insert_and_notify(struct timer_queue *q, struct timer *t)
{
    queue_insert(q, t);
    if (q->first == t)
        cpu_raise_softirq(t->cpu, TIMER_SOFTIRQ);
}

void set_timer(struct timer *t, s_time_t expires)
{
    unsigned long flags;
    struct timer_queue *q = lock_queue(t, &flags);

    if (!t->killed) {
        if (t->pending)
            queue_remove(q, t);
        t->expires = expires;
        insert_and_notify(q, t);
    }
    spin_unlock_irqrestore(&q->lock, flags);
}

void stop_timer(struct timer *t)
{
    unsigned long flags;
    struct timer_queue *q = lock_queue(t, &flags);

    if (t->pending)
        queue_remove(q, t);
    spin_unlock_irqrestore(&q->lock, flags);
}

/*
 * Its handler may still run on the CPU it was migrated from. Not waited for: a handler that kills its own
 * timer.
 */
void kill_timer(struct timer *t)
{
    unsigned long flags;
    struct timer_queue *q;
    unsigned cpu;

    if (!t->function || t->killed)
        return;
    q = lock_queue(t, &flags);
    if (t->pending)
        queue_remove(q, t);
    t->killed = true;
    spin_unlock_irqrestore(&q->lock, flags);
    for_each_online_cpu(cpu)
        while (cpu != smp_processor_id() && READ_ONCE(per_cpu(timer_queue, cpu).running) == t)
            cpu_relax();
}

/* Both queues are locked, lower CPU first, so that nobody sees it stopped in between. */
void migrate_timer(struct timer *t, unsigned cpu)
{
    struct timer_queue *from, *to = &per_cpu(timer_queue, cpu);
    unsigned long flags;
    unsigned old;
    bool pending;

    for (;;) {
        old = READ_ONCE(t->cpu);
        if (old == cpu || t->killed)
            return;
        from = &per_cpu(timer_queue, old);
        spin_lock_irqsave(old < cpu ? &from->lock : &to->lock, flags);
        spin_lock(old < cpu ? &to->lock : &from->lock);
        if (likely(t->cpu == old))
            break;
        spin_unlock(&from->lock);
        spin_unlock_irqrestore(&to->lock, flags);
    }
    pending = t->pending;
    if (pending)
        queue_remove(from, t);
    WRITE_ONCE(t->cpu, cpu);
    if (pending)
        insert_and_notify(to, t);
    spin_unlock(&from->lock);
    spin_unlock_irqrestore(&to->lock, flags);
}

static void timer_softirq(void)
{
    struct timer_queue *q = &this_cpu(timer_queue);

    spin_lock_irq(&q->lock);
    for (;;) {
        struct timer *t = q->first;

        if (!t || t->expires > NOW()) {
            if (reprogram_timer(t ? t->expires : 0))
                break;
            continue;            /* it passed while we were arming */
        }
        queue_remove(q, t);
        q->running = t;
        spin_unlock_irq(&q->lock);
        t->function(t->data);
        spin_lock_irq(&q->lock);
        q->running = NULL;
    }
    spin_unlock_irq(&q->lock);
}

/* Boot CPU, once, before any timer is set. */
void timer_init(void)
{
    open_softirq(TIMER_SOFTIRQ, timer_softirq);
}
