/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The credit scheduler.
 *
 * A vcpu pays for its CPU time in credit, one a nanosecond. Every period (30 ms) what all have paid is
 * handed out again to those who ran or wanted to, in proportion to their domains' weights. Who is full
 * leaves the rest to the others, and those who want to run are moved together so that their mean stays 0.
 * So what differs between two of them is what the one has had less than its share. That is remembered for a
 * few periods: slices and periods last longer than they should when the hypervisor is itself a guest whose
 * CPUs stand still now and then. Who is at the bottom, because nobody else can use its CPU, doesn't pay what
 * it runs beyond its share: the others could not make use of that. Who sleeps through a period has credit
 * for one, and isn't looked at again until it wakes: only who is active costs anything.
 *
 * Classes, best first: boosted (just woken with credit left, until it has run for 10 ms), under (credit
 * left), over. Within a class the vcpu with most credit runs, for a slice of 30 ms.
 *
 * A cap is a budget of the domain's, filled by cap percent of a CPU each period and never above that; while
 * it is spent, the domain's vcpus are parked.
 *
 * Each CPU has a run queue, in no order, of vcpus that wait. Nobody waits while a CPU that may run him
 * idles: when a vcpu is queued, an idle CPU is called, which takes one from the queue it finds; the vcpu
 * that has just left its CPU can only be taken when its registers are saved, so that is when one is called
 * for it (credit_saved). A CPU that would run somebody over looks into the others' queues for somebody
 * better. A CPU with an empty queue runs without a timer: who queues somebody there tells it, and when a
 * period ends it is made to look around.
 *
 * Locks: a CPU's lock for its queue and for the credit of its vcpus; credit_lock for the lists of domains
 * and vcpus, taken outside CPU locks, so who wakes joins the active by a list without lock. A domain's budget is
 * atomic.
 */
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/param.h>
#include <xen/sched_policy.h>
#include <xen/smp.h>

#define WEIGHT_DEFAULT 256
#define PERIOD         MILLISECS(30)
#define TICK           MILLISECS(10)
#define SLICE_MIN      MICROSECS(500)
#define CREDIT_MAX     (3 * credit_full())      /* of one that waits */
#define CREDIT_MIN     (-6 * credit_full())
#define STEAL_MARGIN   TICK             /* not for less is one taken from another queue */
#define ROUNDS         8                /* of dividing what the full ones left */

enum class { BOOST, UNDER, OVER, IDLE };

struct credit_domain {
    struct list_head list, vcpus;
    struct list_head capped;            /* if it has a cap */
    uint16_t weight, cap;               /* cap in percent of one CPU, 0: none */
    int64_t budget;                     /* ns left to a capped domain */
    /* While handing out: vcpus that are not full, and what each of them gets */
    unsigned takers;
    int64_t share;
};

struct credit_vcpu {
    struct vcpu *vcpu;
    struct list_head list;              /* of its domain's */
    struct list_head active_list;
    struct credit_vcpu *next_woken;
    bool active;                        /* on that list, or among the woken; the CPU's lock */
    int64_t credit;
    s_time_t since;                     /* running: paid for up to here */
    s_time_t boosted_for;               /* time run since the boost */
    bool boost, parked, yielded;
    bool ran;                           /* since the last hand-out */
    bool wants;                         /* to run, when the hand-out began */
    int64_t forgiven;                   /* in the hand-out */
    enum { SLEPT, TAKES, FULL } part;   /* in the hand-out */
};

struct credit_cpu { struct list_head queue; unsigned queued; };

static DEFINE_PER_CPU(struct credit_cpu, credit_cpu);
static DEFINE_SPINLOCK(credit_lock);
static LIST_HEAD(credit_domains);
static LIST_HEAD(capped_domains);
static LIST_HEAD(active_vcpus);         /* those that a hand-out concerns, */
static struct credit_vcpu *woken;       /* and those that will join them: atomic */
static cpumask_t idlers;                /* idle, and not called yet */
static int64_t paid;                    /* since the last hand-out */
static s_time_t last_hand_out;
static struct timer period_timer;
static unsigned slice_ms = 30, ratelimit_us = 1000;
bounded_param("sched_credit_tslice_ms", slice_ms, XEN_SYSCTL_CSCHED_TSLICE_MIN, XEN_SYSCTL_CSCHED_TSLICE_MAX);
integer_param("sched_ratelimit_us", ratelimit_us);

static struct credit_vcpu *credit_of(const struct vcpu *v) { return v->sched_priv; }
static struct credit_domain *domain_credit(const struct vcpu *v) { return v->domain->sched_priv; }
static s_time_t credit_full(void) { return max(PERIOD, MILLISECS(slice_ms)); }

static enum class class_of(const struct vcpu *v)
{
    struct credit_vcpu *cv = credit_of(v);

    if (is_idle_vcpu(v))
        return IDLE;
    return cv->credit <= 0 ? OVER : cv->boost ? BOOST : UNDER;
}

/* Is a to be preferred to b? */
static bool better(const struct vcpu *a, const struct vcpu *b)
{
    enum class ca = class_of(a), cb = class_of(b);

    return ca != cb ? ca < cb : credit_of(a)->credit > credit_of(b)->credit;
}

static bool spent_cap(const struct vcpu *v)
{
    struct credit_domain *cd = domain_credit(v);

    return cd->cap && READ_ONCE(cd->budget) <= 0;
}

/* ---- queues ---- */

static bool queued(const struct vcpu *v) { return !list_empty(&v->runq); }

static void enqueue(struct vcpu *v)
{
    struct credit_cpu *c = &per_cpu(credit_cpu, v->processor);

    list_add_tail(&v->runq, &c->queue);
    c->queued++;
}

static void dequeue(struct vcpu *v)
{
    list_del(&v->runq);
    per_cpu(credit_cpu, v->processor).queued--;
}

/* An idle CPU that v may run on: its own, else a preferred one, else any; NR_CPUS if none. */
static unsigned idle_cpu_for(const struct vcpu *v)
{
    cpumask_t may = cpumask_and(&idlers, &v->hard_affinity), likes;
    unsigned cpu;

    if (cpumask_empty(&may))
        return NR_CPUS;
    likes = cpumask_and(&may, &v->soft_affinity);
    if (cpumask_empty(&likes))
        likes = may;
    cpu = v->processor;
    return cpumask_test(cpu, &likes) ? cpu : cpumask_first(&likes);
}

/* Have an idle CPU come and take v, which is queued and saved. False: there is none. */
static bool call_idle_cpu(const struct vcpu *v)
{
    unsigned cpu;

    do {
        cpu = idle_cpu_for(v);
        if (cpu == NR_CPUS)
            return false;
    } while (!cpumask_test_and_clear(cpu, &idlers));     /* each is called for one vcpu */
    cpu_raise_softirq(cpu, SCHEDULE_SOFTIRQ);
    return true;
}

/*
 * v was queued: who should look? An idle CPU, its own first; else its own if v is better, or if that has no
 * timer.
 */
static void notify(struct vcpu *v)
{
    struct sched_cpu *c = &per_cpu(sched_cpu, v->processor);

    smp_mb();                    /* a CPU that goes idle sets its bit, then looks at the queues */
    if (call_idle_cpu(v))
        return;
    if (class_of(v) < class_of(c->curr) || !c->timed)
        cpu_raise_softirq(v->processor, SCHEDULE_SOFTIRQ);
}

/* ---- who is active: all but those that have slept through a period ---- */

/* v wakes or runs. Its CPU's lock is held. */
static void become_active(struct credit_vcpu *cv)
{
    struct credit_vcpu *seen = READ_ONCE(woken);

    if (likely(cv->active))
        return;
    cv->active = true;
    do {
        cv->next_woken = seen;
        seen = cmpxchg(&woken, cv->next_woken, cv);
    } while (seen != cv->next_woken);
}

/* credit_lock is held. */
static void gather_woken(void)
{
    for (struct credit_vcpu *cv = __atomic_exchange_n(&woken, NULL, __ATOMIC_SEQ_CST); cv; cv = cv->next_woken)
        list_add_tail(&cv->active_list, &active_vcpus);
}

/* One that slept, and has its credit: it leaves if it sleeps on. credit_lock is held. */
static void leave_if_asleep(struct credit_vcpu *cv)
{
    struct vcpu *v = cv->vcpu;
    unsigned long flags;
    struct sched_cpu *c = vcpu_sched_lock(v, &flags);

    if (!cv->ran && !cv->parked && !vcpu_runnable(v) && c->curr != v) {
        cv->active = false;
        list_del(&cv->active_list);
    }
    vcpu_sched_unlock(c, flags);
}

/* ---- paying and handing out ---- */

/* Charge a running vcpu up to now. */
static void pay(struct vcpu *v, s_time_t now)
{
    struct credit_vcpu *cv = credit_of(v);
    s_time_t ran = now - cv->since;

    if (is_idle_vcpu(v) || ran <= 0)
        return;
    become_active(cv);
    cv->since = now;
    cv->ran = true;
    cv->credit -= ran;
    __atomic_add_fetch(&paid, ran, __ATOMIC_RELAXED);
    if (domain_credit(v)->cap)
        __atomic_sub_fetch(&domain_credit(v)->budget, ran, __ATOMIC_RELAXED);
    cv->boosted_for += ran;
    if (cv->boosted_for >= TICK)
        cv->boost = false;
}

/* What is handed out, and to whom. */
struct hand_out {
    int64_t pot;                        /* for those who are not full */
    uint64_t weights;                   /* of domains that have some of them */
    int64_t shift;                      /* of those who want to run: the mean above the bottom becomes 0 */
};

/* A domain's takers get the same each; while it has some its weight is one of the weights. */
static void set_shares(const struct hand_out *h)
{
    struct credit_vcpu *cv;

    list_for_each(cv, &active_vcpus, active_list) {
        struct credit_domain *cd = domain_credit(cv->vcpu);

        cd->share = cd->takers ? h->pot * cd->weight / (int64_t)h->weights / (int64_t)cd->takers : 0;
    }
}

/* What the wanting have, to be moved to the middle. */
struct mean { int64_t sum; unsigned nr; };

static void mean_add(struct mean *m, int64_t credit)
{
    m->sum += credit;
    m->nr++;
}

/* bottom: less than this is forgiven. Those at the bottom don't count for the mean, unless all are there. */
static void find_takers(struct hand_out *h, int64_t bottom)
{
    struct mean above = { 0 }, all = { 0 };
    struct credit_vcpu *cv;

    list_for_each(cv, &active_vcpus, active_list)
        domain_credit(cv->vcpu)->takers = 0;
    list_for_each(cv, &active_vcpus, active_list) {
        struct credit_domain *cd = domain_credit(cv->vcpu);
        int64_t credit = READ_ONCE(cv->credit);

        cv->wants = vcpu_runnable(cv->vcpu);
        cv->part = cv->wants || cv->ran ? TAKES : SLEPT;
        cv->ran = false;
        cv->forgiven = max(bottom - credit, (int64_t)0);
        h->pot -= cv->forgiven;
        if (cv->part == TAKES && cd->takers++ == 0)
            h->weights += cd->weight;
        if (cv->wants)
            mean_add(&all, max(credit, bottom));
        if (cv->wants && credit > bottom)
            mean_add(&above, credit);
    }
    if (!above.nr)
        above = all;
    h->shift = above.nr ? -(h->pot + above.sum) / (int64_t)above.nr : 0;
}

/* What v may still get. */
static int64_t room_for(const struct credit_vcpu *cv, const struct hand_out *h)
{
    int64_t credit = READ_ONCE(cv->credit) + cv->forgiven;

    return cv->wants ? CREDIT_MAX - credit - h->shift : credit_full() - credit;
}

/*
 * Those whose share is more than they have room for get that room. True: there were some, the shares have
 * changed.
 */
static bool fill_up(struct hand_out *h)
{
    struct credit_vcpu *cv;
    bool filled = false;

    set_shares(h);
    list_for_each(cv, &active_vcpus, active_list) {
        struct credit_domain *cd = domain_credit(cv->vcpu);
        int64_t room = room_for(cv, h);

        if (cv->part != TAKES || room > cd->share)
            continue;
        filled = true;
        cv->part = FULL;
        h->pot -= max(room, (int64_t)0);
        if (--cd->takers == 0)
            h->weights -= cd->weight;
    }
    return filled;
}

/* Everybody has paid for what he has had so far. */
static void collect(void)
{
    unsigned long flags;
    unsigned cpu;

    for_each_online_cpu(cpu) {
        struct sched_cpu *c = &per_cpu(sched_cpu, cpu);

        spin_lock_irqsave(&c->lock, flags);
        pay(c->curr, NOW());
        if (!is_idle_vcpu(c->curr) && spent_cap(c->curr))
            cpu_raise_softirq(cpu, SCHEDULE_SOFTIRQ);
        spin_unlock_irqrestore(&c->lock, flags);
    }
}

/* Give a vcpu its share, and let a parked one go on if its domain has budget again. */
static void credit_vcpu(struct credit_vcpu *cv, int64_t gain)
{
    struct vcpu *v = cv->vcpu;
    unsigned long flags;
    struct sched_cpu *c = vcpu_sched_lock(v, &flags);

    cv->credit = min(cv->credit + gain, (int64_t)CREDIT_MAX);
    cv->credit = max(cv->credit, (int64_t)CREDIT_MIN);
    if (cv->parked && !spent_cap(v)) {
        cv->parked = false;
        if (vcpu_runnable(v) && c->curr != v && !queued(v)) {
            enqueue(v);
            notify(v);
        }
    }
    vcpu_sched_unlock(c, flags);
}

static void refill_budget(struct credit_domain *cd, s_time_t elapsed)
{
    int64_t most = PERIOD * cd->cap / 100, fill = elapsed * cd->cap / 100;
    int64_t seen = READ_ONCE(cd->budget), was;

    do {
        was = seen;
        seen = cmpxchg(&cd->budget, was, min(was + fill, most));
    } while (seen != was);
}

/*
 * Whoever runs without a timer, because nobody waits on his CPU, looks whether somebody better waits on
 * another.
 */
static void look_around(void)
{
    unsigned cpu, waiting = 0;

    for_each_online_cpu(cpu)
        waiting += READ_ONCE(per_cpu(credit_cpu, cpu).queued);
    if (!waiting)
        return;
    for_each_online_cpu(cpu) {
        struct sched_cpu *c = &per_cpu(sched_cpu, cpu);

        if (!READ_ONCE(c->timed) && READ_ONCE(c->curr) != idle_vcpu[cpu])
            cpu_raise_softirq(cpu, SCHEDULE_SOFTIRQ);
    }
}

static int64_t gain_of(const struct credit_vcpu *cv, const struct hand_out *h)
{
    switch (cv->part) {
    case TAKES: return cv->forgiven + domain_credit(cv->vcpu)->share + (cv->wants ? h->shift : 0);
    case FULL:  return cv->forgiven + room_for(cv, h) + (cv->wants ? h->shift : 0);
    default:    return credit_full() - READ_ONCE(cv->credit);
    }
}

/* A late hand-out finds them deeper in debt, which their share makes up for. */
static void hand_out(s_time_t elapsed)
{
    struct hand_out h = { .pot = __atomic_exchange_n(&paid, 0, __ATOMIC_RELAXED) };
    struct credit_domain *cd;
    struct credit_vcpu *cv, *next;
    bool more = true;

    gather_woken();
    find_takers(&h, CREDIT_MIN - max(elapsed - PERIOD, (s_time_t)0));
    for (unsigned round = 0; round < ROUNDS && more; round++)
        more = fill_up(&h);
    set_shares(&h);
    list_for_each(cd, &capped_domains, capped)
        refill_budget(cd, elapsed);
    list_for_each_safe(cv, next, &active_vcpus, active_list) {
        credit_vcpu(cv, gain_of(cv, &h));
        if (cv->part == SLEPT)
            leave_if_asleep(cv);
    }
}

static void period_ended(void *unused)
{
    s_time_t now = NOW();

    collect();
    spin_lock(&credit_lock);
    hand_out(now - last_hand_out);
    spin_unlock(&credit_lock);
    last_hand_out = now;
    look_around();
    set_timer(&period_timer, NOW() + PERIOD);
}

/* ---- choosing ---- */

/* Another CPU than the queue's can't have a vcpu whose registers are not saved yet. */
static struct vcpu *best_in_queue(unsigned queue_cpu, unsigned for_cpu)
{
    struct vcpu *v, *best = NULL;

    list_for_each(v, &per_cpu(credit_cpu, queue_cpu).queue, runq) {
        if (queue_cpu != for_cpu && READ_ONCE(v->is_running))
            continue;
        if (cpumask_test(for_cpu, &v->hard_affinity) && (!best || better(v, best)))
            best = v;
    }
    return best;
}

/* Is it worth taking v from another CPU, to run instead of what is here (NULL: nothing)? */
static bool worth_stealing(const struct vcpu *v, const struct vcpu *here)
{
    return !here || class_of(v) < class_of(here) ||
           credit_of(v)->credit > credit_of(here)->credit + STEAL_MARGIN;
}

/*
 * The best of all the other CPUs' queues, if it is better than what is here, taken off there and made ours;
 * or NULL. The lock of the queue where it is is kept: it can't lock up, for nobody waits for a second CPU's
 * lock. An idle CPU that was called while the queue is locked, perhaps by the caller, looks again soon: it
 * won't be called a second time.
 */
static struct vcpu *steal(unsigned me, const struct vcpu *here)
{
    struct sched_cpu *from = NULL;
    struct vcpu *best = NULL;
    bool again = false;
    unsigned cpu;

    for_each_online_cpu(cpu) {
        struct sched_cpu *c = &per_cpu(sched_cpu, cpu);
        struct vcpu *v;

        if (cpu == me || !READ_ONCE(per_cpu(credit_cpu, cpu).queued))
            continue;
        if (!spin_trylock(&c->lock)) {
            again = !here;
            continue;
        }
        v = best_in_queue(cpu, me);
        if (v && worth_stealing(v, here) && (!best || better(v, best))) {
            if (from)
                spin_unlock(&from->lock);
            from = c;
            best = v;
        } else
            spin_unlock(&c->lock);
    }
    if (best) {
        dequeue(best);
        WRITE_ONCE(best->processor, me);
        spin_unlock(&from->lock);
    } else if (again) {
        cpu_relax();
        raise_softirq(SCHEDULE_SOFTIRQ);
    }
    return best;
}

static s_time_t slice_for(const struct vcpu *v)
{
    s_time_t slice = MILLISECS(slice_ms);

    if (is_idle_vcpu(v))
        return 0;
    if (domain_credit(v)->cap) {
        slice = min(slice, (s_time_t)READ_ONCE(domain_credit(v)->budget));
        return max(slice, SLICE_MIN);
    }
    if (per_cpu(credit_cpu, v->processor).queued == 0)
        return 0;
    return class_of(v) == BOOST ? min(slice, TICK) : slice;
}

/* prev gave up the CPU, or its time is over: back to the queue with it if it still wants to run. */
static void put_back(struct vcpu *prev)
{
    if (is_idle_vcpu(prev) || !vcpu_runnable(prev))
        return;
    if (spent_cap(prev))
        credit_of(prev)->parked = true;
    else
        enqueue(prev);
}

/*
 * The best of those that wait on this CPU and, if they are no better than over, on others. NULL: nobody.
 * *marked: this CPU is among the idlers, so that who queues something while we look around calls us again.
 */
static struct vcpu *take_best(unsigned me, struct vcpu *prev, bool *marked)
{
    struct vcpu *next = NULL, *stolen;

    if (credit_of(prev)->yielded)        /* others before it */
        next = best_in_queue(me, me);
    put_back(prev);
    if (!next)
        next = best_in_queue(me, me);
    if (next)
        dequeue(next);
    if (next && class_of(next) < OVER)
        return next;
    if (!next && !*marked) {
        cpumask_set(me, &idlers);
        *marked = true;
    }
    stolen = steal(me, next);
    if (!stolen)
        return next;
    if (next) {                  /* it was not there for an idle CPU that looked meanwhile */
        enqueue(next);
        smp_mb();
        if (next != prev)
            call_idle_cpu(next);
    }
    return stolen;
}

/*
 * This CPU has something to run. If it was called while it was looking, for something else perhaps, another
 * one goes.
 */
static void stop_idling(unsigned me)
{
    unsigned cpu;

    if (cpumask_test_and_clear(me, &idlers))
        return;
    for_each_cpu(cpu, &idlers)
        if (cpumask_test_and_clear(cpu, &idlers)) {
            cpu_raise_softirq(cpu, SCHEDULE_SOFTIRQ);
            return;
        }
}

static struct sched_choice credit_choose(struct vcpu *prev, s_time_t now)
{
    unsigned me = smp_processor_id();
    struct credit_vcpu *cv = credit_of(prev);
    struct vcpu *next;
    bool marked = cpumask_test(me, &idlers);
    s_time_t protected = (s_time_t)prev->runstate.state_entry_time + MICROSECS(ratelimit_us) - now;

    pay(prev, now);
    if (protected > 0 && !cv->yielded && !is_idle_vcpu(prev) && vcpu_runnable(prev) && !spent_cap(prev))
        return (struct sched_choice){ prev, protected };        /* too early to be preempted */
    next = take_best(me, prev, &marked);
    cv->yielded = false;
    if (next && marked)
        stop_idling(me);
    if (!next)
        next = idle_vcpu[me];
    credit_of(next)->since = now;
    return (struct sched_choice){ next, slice_for(next) };
}

/* ---- events of a vcpu's life ---- */

static void credit_wake(struct vcpu *v)
{
    struct credit_vcpu *cv = credit_of(v);

    if (per_cpu(sched_cpu, v->processor).curr == v || queued(v) || is_idle_vcpu(v))
        return;
    become_active(cv);
    if (spent_cap(v)) {
        cv->parked = true;
        return;
    }
    cv->parked = false;
    cv->boost = cv->credit > 0;
    cv->boosted_for = 0;
    enqueue(v);
    notify(v);
}

static void credit_sleep(struct vcpu *v)
{
    credit_of(v)->parked = false;
    if (per_cpu(sched_cpu, v->processor).curr == v)
        cpu_raise_softirq(v->processor, SCHEDULE_SOFTIRQ);
    else if (queued(v))
        dequeue(v);
}

/* It may wait for its CPU, and now another one can have it. No lock is held. */
static void credit_saved(struct vcpu *v)
{
    if (!is_idle_vcpu(v) && queued(v))
        call_idle_cpu(v);
}

static void credit_yield(struct vcpu *v)
{
    credit_of(v)->yielded = true;
    credit_of(v)->boost = false;
}

/* An idle CPU; otherwise where it is, if allowed; otherwise the shortest queue. */
static unsigned credit_pick_cpu(struct vcpu *v)
{
    cpumask_t may = cpumask_and(&cpu_online_map, &v->hard_affinity);
    unsigned cpu = idle_cpu_for(v), best = NR_CPUS;

    if (cpu != NR_CPUS)
        return cpu;
    if (cpumask_test(v->processor, &may))
        return v->processor;
    for_each_cpu(cpu, &may)
        if (best == NR_CPUS || per_cpu(credit_cpu, cpu).queued < per_cpu(credit_cpu, best).queued)
            best = cpu;
    return best == NR_CPUS ? cpumask_first(&cpu_online_map) : best;
}

static int credit_init_vcpu(struct vcpu *v)
{
    struct credit_vcpu *cv = xzalloc(struct credit_vcpu);

    if (!cv)
        return -ENOMEM;
    cv->vcpu = v;
    cv->credit = PERIOD;
    list_init(&cv->list);
    list_init(&cv->active_list);
    v->sched_priv = cv;
    if (is_idle_vcpu(v)) {
        list_init(&per_cpu(credit_cpu, v->processor).queue);
        return 0;
    }
    spin_lock(&credit_lock);
    list_add_tail(&cv->list, &domain_credit(v)->vcpus);
    spin_unlock(&credit_lock);
    return 0;
}

static void credit_destroy_vcpu(struct vcpu *v)
{
    struct credit_vcpu *cv = credit_of(v);

    if (!cv)
        return;
    spin_lock(&credit_lock);
    gather_woken();
    list_del(&cv->active_list);
    list_del(&cv->list);
    spin_unlock(&credit_lock);
    v->sched_priv = NULL;
    xfree(cv);
}

static int credit_init_domain(struct domain *d)
{
    struct credit_domain *cd = xzalloc(struct credit_domain);

    if (!cd)
        return -ENOMEM;
    cd->weight = WEIGHT_DEFAULT;
    list_init(&cd->vcpus);
    list_init(&cd->capped);
    d->sched_priv = cd;
    spin_lock(&credit_lock);
    list_add_tail(&cd->list, &credit_domains);
    spin_unlock(&credit_lock);
    return 0;
}

static void credit_destroy_domain(struct domain *d)
{
    struct credit_domain *cd = d->sched_priv;

    spin_lock(&credit_lock);
    list_del(&cd->list);
    list_del(&cd->capped);
    spin_unlock(&credit_lock);
    d->sched_priv = NULL;
    xfree(cd);
}

static void credit_init(void)
{
    ratelimit_us = min(ratelimit_us, slice_ms * 1000);
    last_hand_out = NOW();
    init_timer(&period_timer, period_ended, NULL, 0);
    set_timer(&period_timer, NOW() + PERIOD);
}

/* ---- the tools' view ---- */

static void set_cap(struct credit_domain *cd, unsigned cap)
{
    struct credit_vcpu *cv;

    cd->cap = cap;
    list_del(&cd->capped);
    if (cap)
        list_add_tail(&cd->capped, &capped_domains);
    __atomic_store_n(&cd->budget, PERIOD * cap / 100, __ATOMIC_RELAXED);
    list_for_each(cv, &cd->vcpus, list)
        credit_vcpu(cv, 0);              /* the parked go on */
}

static int credit_adjust(struct domain *d, struct xen_domctl_scheduler_op *op)
{
    struct credit_domain *cd = d->sched_priv;
    int rc = 0;

    spin_lock(&credit_lock);
    switch (op->cmd) {
    case XEN_DOMCTL_SCHEDOP_getinfo:
        op->u.credit.weight = cd->weight;
        op->u.credit.cap = cd->cap;
        break;
    case XEN_DOMCTL_SCHEDOP_putinfo:
        if (op->u.credit.weight != 0)
            cd->weight = op->u.credit.weight;
        if (op->u.credit.cap != (uint16_t)~0)
            set_cap(cd, op->u.credit.cap);
        break;
    default:
        rc = refuse(-EINVAL, "scheduler_op: the credit scheduler has no settings per vcpu");
    }
    spin_unlock(&credit_lock);
    return rc;
}

static int credit_adjust_global(struct xen_sysctl_scheduler_op *op)
{
    struct xen_sysctl_credit_schedule *p = &op->u.sched_credit;

    switch (op->cmd) {
    case XEN_SYSCTL_SCHEDOP_putinfo:
        if (p->tslice_ms < XEN_SYSCTL_CSCHED_TSLICE_MIN || p->tslice_ms > XEN_SYSCTL_CSCHED_TSLICE_MAX)
            return refuse(-EINVAL, "scheduler_op: time slice out of range");
        if (p->ratelimit_us && (p->ratelimit_us < XEN_SYSCTL_SCHED_RATELIMIT_MIN ||
                                p->ratelimit_us > XEN_SYSCTL_SCHED_RATELIMIT_MAX))
            return refuse(-EINVAL, "scheduler_op: rate limit out of range");
        if (p->ratelimit_us > p->tslice_ms * 1000)
            return refuse(-EINVAL, "scheduler_op: the rate limit is longer than the time slice");
        slice_ms = p->tslice_ms;
        ratelimit_us = p->ratelimit_us;
        /* fall through */
    case XEN_SYSCTL_SCHEDOP_getinfo:
        p->tslice_ms = slice_ms;
        p->ratelimit_us = ratelimit_us;
        p->vcpu_migr_delay_us = 0;
        return 0;
    }
    return refuse(-EINVAL, "scheduler_op: unknown command");
}

static void credit_dump(void)
{
    struct credit_domain *cd;
    struct credit_vcpu *cv;

    spin_lock(&credit_lock);
    list_for_each(cd, &credit_domains, list) {
        list_for_each(cv, &cd->vcpus, list)
            printk("  d%dv%d cpu %u weight %u cap %u credit %ld us%s%s\n", cv->vcpu->domain->domain_id,
                   cv->vcpu->vcpu_id, cv->vcpu->processor, cd->weight, cd->cap, cv->credit / 1000,
                   queued(cv->vcpu) ? " queued" : "", cv->parked ? " parked" : "");
    }
    spin_unlock(&credit_lock);
}

static const struct scheduler credit_scheduler = {
    .name = "Credit scheduler", .option = "credit", .id = XEN_SCHEDULER_CREDIT,
    .init = credit_init,
    .init_domain = credit_init_domain, .destroy_domain = credit_destroy_domain,
    .init_vcpu = credit_init_vcpu, .destroy_vcpu = credit_destroy_vcpu,
    .wake = credit_wake, .sleep = credit_sleep, .yield = credit_yield,
    .pick_cpu = credit_pick_cpu, .choose = credit_choose, .saved = credit_saved,
    .adjust = credit_adjust, .adjust_global = credit_adjust_global, .dump = credit_dump,
};
register_scheduler(credit_scheduler);
