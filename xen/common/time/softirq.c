/* SPDX-License-Identifier: GPL-2.0-only */
/* Softirqs and tasklets: see xen/softirq.h. */
#include <xen/lib.h>
#include <xen/perfc.h>
#include <xen/sched.h>
#include <xen/smp.h>
#include <xen/softirq.h>
#include <asm/processor.h>

DEFINE_PER_CPU(unsigned long, softirq_pending);

static void (*handlers[NR_SOFTIRQS])(void);

void open_softirq(enum softirq nr, void (*handler)(void))
{
    ASSERT(nr < NR_SOFTIRQS);
    handlers[nr] = handler;
}

void raise_softirq(enum softirq nr)
{
    __atomic_fetch_or(&this_cpu(softirq_pending), 1UL << nr, __ATOMIC_RELAXED);
}

void cpu_raise_softirq(unsigned cpu, enum softirq nr)
{
    unsigned long bit = 1UL << nr;

    if (__atomic_fetch_or(&per_cpu(softirq_pending, cpu), bit, __ATOMIC_SEQ_CST) & bit)
        return;
    if (cpu != smp_processor_id())
        smp_send_event_check(cpu);
}

/* The lowest pending one outside the mask is taken and run, until none is left. */
static void run_softirqs(unsigned long ignore)
{
    for (;;) {
        unsigned long pending = READ_ONCE(this_cpu(softirq_pending)) & ~ignore;
        unsigned nr;

        if (!pending)
            return;
        perfc_incr(softirqs);
        nr = find_first_set(pending);
        __atomic_fetch_and(&this_cpu(softirq_pending), ~(1UL << nr), __ATOMIC_SEQ_CST);
        handlers[nr]();
    }
}

void do_softirq(void)
{
    run_softirqs(0);
}

void process_pending_softirqs(void)
{
    run_softirqs(1UL << SCHEDULE_SOFTIRQ);
}

bool hypercall_preempt_check(void)
{
    return unlikely(READ_ONCE(this_cpu(softirq_pending)) != 0);
}

/* ---- tasklets: one queue for all CPUs, drained by whichever CPU scheduled the tasklet ---- */

static DEFINE_PER_CPU(struct list_head, tasklet_queue);
static DEFINE_SPINLOCK(tasklet_lock);

static struct list_head *own_queue(void)
{
    struct list_head *q = &this_cpu(tasklet_queue);

    if (!q->next)
        list_init(q);
    return q;
}

void tasklet_init(struct tasklet *t, void (*fn)(void *), void *data)
{
    *t = (struct tasklet){ .fn = fn, .data = data };
    list_init(&t->list);
}

void tasklet_schedule(struct tasklet *t)
{
    unsigned long flags;

    spin_lock_irqsave(&tasklet_lock, flags);
    if (!t->dead && !t->scheduled) {
        t->scheduled = true;
        if (!t->running) {
            list_add_tail(&t->list, own_queue());
            raise_softirq(TASKLET_SOFTIRQ);
        }
    }
    spin_unlock_irqrestore(&tasklet_lock, flags);
}

static void tasklet_softirq(void)
{
    struct list_head *queue = own_queue();
    struct tasklet *t;

    spin_lock_irq(&tasklet_lock);
    if (!list_empty(queue)) {
        t = list_first(queue, struct tasklet, list);
        list_del(&t->list);
        t->scheduled = false;
        t->running = true;
        spin_unlock_irq(&tasklet_lock);
        t->fn(t->data);
        spin_lock_irq(&tasklet_lock);
        t->running = false;
        if (t->scheduled)
            list_add_tail(&t->list, queue);
    }
    if (!list_empty(queue))
        raise_softirq(TASKLET_SOFTIRQ);
    spin_unlock_irq(&tasklet_lock);
}

void tasklet_kill(struct tasklet *t)
{
    unsigned long flags;

    spin_lock_irqsave(&tasklet_lock, flags);
    t->dead = true;
    t->scheduled = false;
    list_del(&t->list);
    while (READ_ONCE(t->running)) {
        spin_unlock_irqrestore(&tasklet_lock, flags);
        cpu_relax();
        spin_lock_irqsave(&tasklet_lock, flags);
    }
    spin_unlock_irqrestore(&tasklet_lock, flags);
}

/* Before interrupts are on, boot CPU. */
void softirq_init(void)
{
    open_softirq(TASKLET_SOFTIRQ, tasklet_softirq);
}
