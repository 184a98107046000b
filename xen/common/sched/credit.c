/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The credit scheduler.
 *
 * A vcpu pays for its CPU time in credit, one a nanosecond. Every 30 ms what all have paid is handed out again to those who want to
 * run, in proportion to their domains' weights; the sum stays the same, so long-run shares are exact. Who has saved up a whole
 * period does not take part until it has spent some. Classes, best first: boosted (just woken with credit left, until it has run
 * for 10 ms), under (credit left), over. Within a class the vcpu with most credit runs, for a slice of 30 ms.
 *
 * A cap is a budget of the domain's, filled by cap percent of a CPU each period and never above that; while it is spent, the
 * domain's vcpus are parked.
 *
 * Each CPU has a run queue, in no order. A CPU that would run nobody, or somebody over, looks into the others' queues.
 *
 * Locks: a CPU's lock for its queue and for the credit of its vcpus; credit_lock for the lists of domains and vcpus,
 * taken outside CPU locks. A domain's budget is atomic.
 */
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/param.h>
#include <xen/sched_policy.h>
#include <xen/smp.h>

#define WEIGHT_DEFAULT 256
#define PERIOD         MILLISECS(30)
#define TICK           MILLISECS(10)
#define CREDIT_MAX     PERIOD
#define CREDIT_MIN     (-100 * TICK)
#define SLICE_MIN      MICROSECS(500)

enum class { BOOST, UNDER, OVER, IDLE };

struct credit_domain {
    struct list_head list, vcpus;
    uint16_t weight, cap;               /* cap in percent of one CPU, 0: none */
    int64_t budget;                     /* ns left to a capped domain */
};

struct credit_vcpu {
    struct vcpu *vcpu;
    struct list_head list;              /* of its domain's */
    int64_t credit;
    s_time_t since;                     /* running: paid for up to here */
    s_time_t boosted_for;               /* time run since the boost */
    bool boost, parked, yielded;
};

struct credit_cpu { struct list_head queue; unsigned queued; };

static DEFINE_PER_CPU(struct credit_cpu, credit_cpu);
static DEFINE_SPINLOCK(credit_lock);
static LIST_HEAD(credit_domains);
static cpumask_t idlers;
static atomic_t waiting;                /* vcpus on all queues */
static int64_t paid;                    /* since the last hand-out */
static struct timer period_timer;
static unsigned slice_ms = 30, ratelimit_us = 1000;
integer_param("sched_credit_tslice_ms", slice_ms);
integer_param("sched_ratelimit_us", ratelimit_us);

static struct credit_vcpu *credit_of(const struct vcpu *v) { return v->sched_priv; }
static struct credit_domain *domain_credit(const struct vcpu *v) { return v->domain->sched_priv; }

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
    atomic_inc(&waiting);
}

static void dequeue(struct vcpu *v)
{
    list_del(&v->runq);
    per_cpu(credit_cpu, v->processor).queued--;
    atomic_dec(&waiting);
}

/* An idle CPU that v may run on, a preferred one if there is; NR_CPUS if none. */
static unsigned idle_cpu_for(const struct vcpu *v)
{
    cpumask_t may = cpumask_and(&idlers, &v->hard_affinity);
    cpumask_t likes = cpumask_and(&may, &v->soft_affinity);
    unsigned cpu;

    if (cpumask_test(v->processor, cpumask_empty(&likes) ? &may : &likes))
        return v->processor;
    cpu = cpumask_first(&likes);
    if (cpu >= nr_cpu_ids)
        cpu = cpumask_first(&may);
    return cpu < nr_cpu_ids ? cpu : NR_CPUS;
}

/* v was queued: who should look? Its own CPU if v is better than what runs there, otherwise an idle one that can take it. */
static void notify(struct vcpu *v)
{
    struct vcpu *curr = per_cpu(sched_cpu, v->processor).curr;
    unsigned cpu;

    if (class_of(v) < class_of(curr)) {
        cpu_raise_softirq(v->processor, SCHEDULE_SOFTIRQ);
        if (is_idle_vcpu(curr))
            return;
    }
    cpu = idle_cpu_for(v);
    if (cpu != NR_CPUS)
        cpu_raise_softirq(cpu, SCHEDULE_SOFTIRQ);
    else if (!timer_pending(&per_cpu(sched_cpu, v->processor).timer))
        cpu_raise_softirq(v->processor, SCHEDULE_SOFTIRQ);     /* it runs without a slice: now it has company */
}

/* ---- paying and handing out ---- */

/* Charge a running vcpu up to now. */
static void pay(struct vcpu *v, s_time_t now)
{
    struct credit_vcpu *cv = credit_of(v);
    s_time_t ran = now - cv->since;

    if (is_idle_vcpu(v) || ran <= 0)
        return;
    cv->since = now;
    cv->credit = max(cv->credit - ran, (int64_t)CREDIT_MIN);
    __atomic_add_fetch(&paid, ran, __ATOMIC_RELAXED);
    if (domain_credit(v)->cap)
        __atomic_sub_fetch(&domain_credit(v)->budget, ran, __ATOMIC_RELAXED);
    cv->boosted_for += ran;
    if (cv->boosted_for >= TICK)
        cv->boost = false;
}

/* Give a vcpu its share, and let a parked one go on if its domain has budget again. */
static void credit_vcpu(struct vcpu *v, int64_t share)
{
    struct credit_vcpu *cv = credit_of(v);
    unsigned long flags;
    struct sched_cpu *c = vcpu_sched_lock(v, &flags);

    if (c->curr == v)
        pay(v, NOW());
    cv->credit = min(cv->credit + share, (int64_t)CREDIT_MAX);
    if (c->curr == v && spent_cap(v))
        cpu_raise_softirq(v->processor, SCHEDULE_SOFTIRQ);
    if (cv->parked && !spent_cap(v)) {
        cv->parked = false;
        if (vcpu_runnable(v) && c->curr != v && !queued(v)) {
            enqueue(v);
            notify(v);
        }
    }
    vcpu_sched_unlock(c, flags);
}

/* Vcpus of the domain that have room for more credit. */
static unsigned takers(const struct credit_domain *cd)
{
    struct credit_vcpu *cv;
    unsigned n = 0;

    list_for_each(cv, &cd->vcpus, list)
        n += cv->credit < CREDIT_MAX;
    return n;
}

static void refill_budget(struct credit_domain *cd)
{
    int64_t fill = PERIOD * cd->cap / 100;

    if (cd->cap)
        __atomic_store_n(&cd->budget, min(READ_ONCE(cd->budget) + fill, fill), __ATOMIC_RELAXED);
}

static void period_ended(void *unused)
{
    struct credit_domain *cd;
    struct credit_vcpu *cv;
    uint64_t weights = 0;
    int64_t pot = __atomic_exchange_n(&paid, 0, __ATOMIC_RELAXED);

    spin_lock(&credit_lock);
    list_for_each(cd, &credit_domains, list)
        weights += takers(cd) ? cd->weight : 0;
    list_for_each(cd, &credit_domains, list) {
        unsigned n = takers(cd);
        int64_t share = n ? pot * cd->weight / (int64_t)weights / n : 0;

        refill_budget(cd);
        list_for_each(cv, &cd->vcpus, list)
            credit_vcpu(cv->vcpu, cv->credit < CREDIT_MAX ? share : 0);
    }
    spin_unlock(&credit_lock);
    set_timer(&period_timer, NOW() + PERIOD);
}

/* ---- choosing ---- */

/* *unsaved: there was one more whose registers are not saved yet. */
static struct vcpu *best_in_queue(struct credit_cpu *c, unsigned for_cpu, bool *unsaved)
{
    struct vcpu *v, *best = NULL;

    list_for_each(v, &c->queue, runq) {
        if (per_cpu(sched_cpu, for_cpu).curr != v && READ_ONCE(v->is_running) && v->processor != for_cpu) {
            *unsaved = true;
            continue;
        }
        if (cpumask_test(for_cpu, &v->hard_affinity) && (!best || better(v, best)))
            best = v;
    }
    return best;
}

/*
 * Something of a better class on another CPU's queue, taken off it and made ours; or NULL. A queue that is locked, perhaps
 * by the very CPU that wants us to look, or whose vcpus are not saved yet, is looked at again soon: nobody will tell
 * us a second time.
 */
static struct vcpu *steal(unsigned me, enum class than)
{
    bool again = false;
    unsigned cpu;

    for_each_online_cpu(cpu) {
        struct sched_cpu *c = &per_cpu(sched_cpu, cpu);
        struct vcpu *v;

        if (cpu == me || !READ_ONCE(per_cpu(credit_cpu, cpu).queued))
            continue;
        if (!spin_trylock(&c->lock)) {
            again = true;
            continue;
        }
        v = best_in_queue(&per_cpu(credit_cpu, cpu), me, &again);
        if (v && class_of(v) < than) {
            dequeue(v);
            v->processor = me;
            spin_unlock(&c->lock);
            return v;
        }
        spin_unlock(&c->lock);
    }
    if (again)
        raise_softirq(SCHEDULE_SOFTIRQ);
    return NULL;
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
    if (atomic_read(&waiting) == 0)
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

static struct sched_choice credit_choose(struct vcpu *prev, s_time_t now)
{
    unsigned me = smp_processor_id();
    struct credit_cpu *c = &per_cpu(credit_cpu, me);
    struct vcpu *next, *stolen;
    bool unsaved = false;        /* never of our own queue */
    bool yielded = credit_of(prev)->yielded;
    s_time_t protected = (s_time_t)prev->runstate.state_entry_time + MICROSECS(ratelimit_us) - now;

    pay(prev, now);
    if (protected > 0 && !yielded && !is_idle_vcpu(prev) && vcpu_runnable(prev) && !spent_cap(prev))
        return (struct sched_choice){ prev, protected };        /* too early to be preempted */
    credit_of(prev)->yielded = false;
    if (yielded) {               /* others of its class first */
        next = best_in_queue(c, me, &unsaved);
        put_back(prev);
        next = next ? next : best_in_queue(c, me, &unsaved);
    } else {
        put_back(prev);
        next = best_in_queue(c, me, &unsaved);
    }
    if (next)
        dequeue(next);
    if (!next || class_of(next) == OVER) {
        stolen = steal(me, next ? OVER : IDLE);
        if (stolen && next)
            enqueue(next);
        next = stolen ? stolen : next;
    }
    if (!next) {
        next = idle_vcpu[me];
        cpumask_set(me, &idlers);
    } else
        cpumask_clear(me, &idlers);
    credit_of(next)->since = now;
    return (struct sched_choice){ next, slice_for(next) };
}

/* ---- events of a vcpu's life ---- */

static void credit_wake(struct vcpu *v)
{
    struct credit_vcpu *cv = credit_of(v);

    if (per_cpu(sched_cpu, v->processor).curr == v || queued(v) || is_idle_vcpu(v))
        return;
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
    cv->credit = PERIOD / 2;
    list_init(&cv->list);
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
    spin_unlock(&credit_lock);
    d->sched_priv = NULL;
    xfree(cd);
}

static void credit_init(void)
{
    init_timer(&period_timer, period_ended, NULL, 0);
    set_timer(&period_timer, NOW() + PERIOD);
}

/* ---- the tools' view ---- */

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
        if (op->u.credit.cap != (uint16_t)~0) {
            cd->cap = op->u.credit.cap;
            cd->budget = PERIOD * cd->cap / 100;
        }
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
        slice_ms = p->tslice_ms;
        ratelimit_us = p->ratelimit_us;
        /* fall through */
    case XEN_SYSCTL_SCHEDOP_getinfo:
        p->tslice_ms = slice_ms;
        p->ratelimit_us = ratelimit_us;
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
            printk("  d%dv%d cpu %u weight %u cap %u credit %ld us%s%s\n", cv->vcpu->domain->domain_id, cv->vcpu->vcpu_id,
                   cv->vcpu->processor, cd->weight, cd->cap, cv->credit / 1000,
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
    .pick_cpu = credit_pick_cpu, .choose = credit_choose,
    .adjust = credit_adjust, .adjust_global = credit_adjust_global, .dump = credit_dump,
};
register_scheduler(credit_scheduler);
