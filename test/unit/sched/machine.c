/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine: CPUs take turns in random order, each doing one thing at a time: saving the vcpu it has
 * left, or a softirq. Only when none has anything to do does time go on, to the next moment at which
 * something happens. Whenever that is so, nobody may wait while a CPU idles that could run him, or wait
 * behind one whose timer is not set.
 */
#include <xen/console.h>
#include <xen/lib.h>
#include <xen/perfc.h>
#include <xen/smp.h>
#include <xen/trace.h>
#include "machine.h"

#define MAX_TASKS 64

cpumask_t cpu_online_map;
unsigned nr_cpu_ids;
unsigned sim_cpu;
DEFINE_PER_CPU(struct perfc, perfc);
bool tracing;
struct vcpu *sim_current[SIM_CPUS];
struct domain *idle_domain;
bool contended;
unsigned long locks_taken;
s_time_t turn;
const char *trouble;

static s_time_t now = SECONDS(1);
static s_time_t armed[SIM_CPUS];
static struct vcpu *unsaved[SIM_CPUS];
static struct vcpu *leaving;        /* whose registers are saved */
static unsigned references;         /* held meanwhile to its domain */
static void (*handlers[NR_SOFTIRQS])(void);
static unsigned long pending[SIM_CPUS];
static unsigned whose_turn;
static s_time_t turn_ends;
static struct task *tasks[MAX_TASKS];
static unsigned nr_tasks;

static void wrong(const char *what)
{
    if (!trouble)
        trouble = what;
}

/* ---- what the scheduler needs of the rest ---- */

s_time_t NOW(void) { return now; }
void trace_record(uint32_t event, const uint32_t *words, unsigned n) { }
bool reprogram_timer(s_time_t deadline) { armed[sim_cpu] = deadline; return deadline == 0 || deadline > now; }
void open_softirq(enum softirq nr, void (*handler)(void)) { handlers[nr] = handler; }
void raise_softirq(enum softirq nr) { pending[sim_cpu] |= 1UL << nr; }
void cpu_raise_softirq(unsigned cpu, enum softirq nr)
{
    pending[cpu] |= 1UL << nr;
    turn_ends = cpu == sim_cpu ? turn_ends : now;
}
void smp_send_event_check(unsigned cpu) { }
void spin_lock_init(spinlock_t *l) { l->held = false; }
void spin_unlock(spinlock_t *l) { l->held = false; }
void spin_lock(spinlock_t *l)
{
    if (l->held)
        wrong("a lock was taken twice");
    l->held = true;
    locks_taken++;
}
bool spin_trylock(spinlock_t *l)
{
    if (l->held || (contended && rand() % 4 == 0))
        return false;
    return l->held = true;
}
void *xzalloc_bytes(size_t size, size_t align) { return calloc(1, size); }
void xfree(void *p) { free(p); }
int refuse_note(int error, const char *text) { return error; }
void printk(const char *fmt, ...) { }
void panic(const char *fmt, ...) { printf("FAIL panic: %s\n", fmt); exit(1); }
void bug(const char *file, int line, const char *what)
{
    printf("FAIL bug: %s:%d %s\n", file, line, what);
    exit(1);
}
unsigned long raw_copy_to_guest(void *to, const void *from, size_t n) { return n; }
void evtchn_move_pirqs(struct vcpu *v) { }
void arch_flush_vcpu_state(struct vcpu *v) { }
void arch_continue_running(struct vcpu *same) { }
void vcpu_periodic_timer_stop(struct vcpu *v) { }
void vcpu_periodic_timer_start(struct vcpu *v) { }

void __asan_poison_memory_region(const volatile void *p, size_t size);
void __asan_unpoison_memory_region(const volatile void *p, size_t size);

/* Who has been saved may go with its domain, unless interrupts are off or there is a reference. */
static void may_be_gone(void)
{
    if (leaving && !references)
        __asan_poison_memory_region(leaving, sizeof(*leaving));
}

void local_irq_enable(void) { may_be_gone(); }
bool domain_get(struct domain *d) { return ++references; }
void domain_put(struct domain *d)
{
    references--;
    may_be_gone();
}

static void nothing(void *unused) { }

static void init_vcpu(struct vcpu *v, struct domain *d, unsigned id, unsigned cpu)
{
    v->vcpu_id = id;
    v->domain = d;
    v->processor = cpu;
    v->dirty_cpu = VCPU_CPU_CLEAN;
    list_init(&v->runq);
    bitmap_fill(v->hard_affinity.bits, NR_CPUS);
    bitmap_fill(v->soft_affinity.bits, NR_CPUS);
    v->runstate.state = RUNSTATE_offline;
    v->runstate.state_entry_time = now;
    init_timer(&v->periodic_timer, nothing, v, cpu);
    init_timer(&v->singleshot_timer, nothing, v, cpu);
    init_timer(&v->poll_timer, nothing, v, cpu);
}

/* The core makes idle vcpus by this. */
struct vcpu *vcpu_create(struct domain *d, unsigned id, unsigned cpu)
{
    struct vcpu *v = calloc(1, sizeof(*v));

    init_vcpu(v, d, id, cpu);
    v->hard_affinity = cpumask_of(cpu);
    v->runstate.state = RUNSTATE_running;
    sched_init_vcpu(v);
    return v;
}

void arch_context_switch(struct vcpu *prev, struct vcpu *next)
{
    if (unsaved[sim_cpu] || prev != sim_current[sim_cpu])
        wrong("a switch within a switch");
    for (unsigned cpu = 0; cpu < nr_cpu_ids; cpu++)
        if (next == sim_current[cpu] || next == unsaved[cpu])
            wrong("a vcpu was taken whose registers were not saved");
    set_current(next);
    unsaved[sim_cpu] = prev;
}

/* ---- set-up ---- */

void machine_start(unsigned cpus)
{
    static struct domain idle = { .domain_id = DOMID_IDLE };
    static bool started;

    if (!started) {
        idle_domain = &idle;
        nr_cpu_ids = SIM_CPUS;
        cpu_online_map = cpumask_of(0);
        timer_init();
        sched_init();
        for (unsigned cpu = 1; cpu < SIM_CPUS; cpu++) {
            sched_init_cpu(cpu);
            sim_current[cpu] = idle_vcpu[cpu];
        }
        started = true;
    }
    contended = false;
    turn = 0;
    settle();
    forget_tasks();
    cpu_online_map = CPUMASK_NONE;
    for (unsigned cpu = 0; cpu < cpus; cpu++) {
        cpumask_set(cpu, &cpu_online_map);
        pending[cpu] |= 1UL << SCHEDULE_SOFTIRQ;
    }
    nr_cpu_ids = cpus;
    settle();
}

void set_share(struct domain *d, unsigned weight, unsigned cap)
{
    struct xen_domctl_scheduler_op op = {
        .sched_id = XEN_SCHEDULER_CREDIT, .cmd = XEN_DOMCTL_SCHEDOP_putinfo,
        .u.credit = { .weight = weight, .cap = cap },
    };

    if (sched_adjust(d, &op))
        wrong("weight and cap can't be set");
}

struct domain *new_domain(unsigned weight, unsigned cap)
{
    struct domain *d = calloc(1, sizeof(*d));

    d->domain_id = 1;
    d->max_vcpus = MAX_TASKS;
    d->vcpu = calloc(MAX_TASKS, sizeof(d->vcpu[0]));
    sched_init_domain(d);
    set_share(d, weight, cap);
    return d;
}

struct task *new_task(struct domain *d, s_time_t run, s_time_t sleep)
{
    struct task *t = calloc(1, sizeof(*t));
    unsigned id = 0;

    while (d->vcpu[id])
        id++;
    t->run = run;
    t->sleep = sleep;
    t->v.vcpu_info = &t->info;
    init_vcpu(&t->v, d, id, 0);
    sched_init_vcpu(&t->v);
    d->vcpu[id] = &t->v;
    tasks[nr_tasks++] = t;
    vcpu_wake(&t->v);
    return t;
}

static void end_domain(struct domain *d)
{
    for (unsigned id = 0; id < d->max_vcpus; id++)
        if (d->vcpu[id])
            return;
    sched_destroy_domain(d);
    free(d->vcpu);
    free(d);
}

void forget_tasks(void)
{
    while (nr_tasks) {
        struct task *t = tasks[--nr_tasks];
        struct domain *d = t->v.domain;

        atomic_inc(&t->v.pause_count);
        vcpu_sleep_nosync(&t->v);
        settle();
        if (t->v.is_running)
            wrong("a paused vcpu runs");
        sched_destroy_vcpu(&t->v);
        d->vcpu[t->v.vcpu_id] = NULL;
        free(t);
        end_domain(d);
    }
}

/* ---- going on ---- */

static bool has_work(unsigned cpu) { return pending[cpu] || unsaved[cpu]; }

static bool one_thing(unsigned cpu)
{
    struct vcpu *prev = unsaved[cpu];
    unsigned nr;

    if (turn && cpu != whose_turn)
        return false;
    sim_cpu = cpu;
    if (prev) {
        unsaved[cpu] = NULL;
        leaving = prev;
        context_saved(prev);
        leaving = NULL;
        __asan_unpoison_memory_region(prev, sizeof(*prev));
    } else if (pending[cpu]) {
        nr = find_first_set(pending[cpu]);
        pending[cpu] &= ~(1UL << nr);
        handlers[nr]();
    } else
        return false;
    return true;
}

static bool capped(const struct vcpu *v)
{
    struct xen_domctl_scheduler_op op = {
        .sched_id = XEN_SCHEDULER_CREDIT, .cmd = XEN_DOMCTL_SCHEDOP_getinfo
    };

    sched_adjust(v->domain, &op);
    return op.u.credit.cap;
}

static void check_waiting(struct vcpu *v)
{
    unsigned cpu;

    if (!cpumask_test(v->processor, &v->hard_affinity))
        wrong("a vcpu waits where it may not run");
    for_each_online_cpu(cpu)
        if (is_idle_vcpu(sim_current[cpu]) && cpumask_test(cpu, &v->hard_affinity))
            wrong("a vcpu waits while a CPU idles");
    if (!timer_pending(&per_cpu(sched_cpu, v->processor).timer))
        wrong("a vcpu waits behind one without a time slice");
}

static void check(void)
{
    unsigned cpu;

    for_each_online_cpu(cpu) {
        struct vcpu *v = sim_current[cpu];

        if (v != per_cpu(sched_cpu, cpu).curr || !v->is_running || v->processor != cpu)
            wrong("the core does not know who runs");
        if (!is_idle_vcpu(v) && (!vcpu_runnable(v) || !cpumask_test(cpu, &v->hard_affinity)))
            wrong("somebody runs who may not");
    }
    for (unsigned i = 0; i < nr_tasks; i++) {
        struct vcpu *v = &tasks[i]->v;

        if (test_bit(VPF_migrating, &v->pause_flags))
            wrong("a migration is not finished");
        if (vcpu_runnable(v) && !v->is_running && !capped(v))
            check_waiting(v);
    }
}

void settle(void)
{
    unsigned idle = 0, cpu = rand() % nr_cpu_ids;

    for (unsigned steps = 0; idle < nr_cpu_ids; cpu = (cpu + 1) % nr_cpu_ids) {
        bool did = rand() % 3 && one_thing(cpu), stalled = turn && cpu != whose_turn;

        idle = did || (has_work(cpu) && !stalled) ? 0 : idle + 1;
        if (++steps > 1000000) {
            wrong("the CPUs never come to rest");
            return;
        }
    }
    if (!turn)
        check();
}

/* The next CPU that has anything to do, if the turn is over or this one idles. An interrupt ends it, too. */
static void next_turn(void)
{
    bool idles = is_idle_vcpu(sim_current[whose_turn]);

    if (now < turn_ends && !idles)
        return;
    for (unsigned i = 0; i < nr_cpu_ids; i++) {
        whose_turn = (whose_turn + 1) % nr_cpu_ids;
        if (has_work(whose_turn) || !is_idle_vcpu(sim_current[whose_turn]))
            break;
    }
    turn_ends = now + turn;
}

static s_time_t next_moment(s_time_t until)
{
    for (unsigned cpu = 0; cpu < nr_cpu_ids; cpu++)
        if (armed[cpu])
            until = min(until, max(armed[cpu], now));
    for (unsigned i = 0; i < nr_tasks; i++) {
        if (tasks[i]->wake_at)
            until = min(until, tasks[i]->wake_at);
        else if (tasks[i]->run && tasks[i]->v.is_running)
            until = min(until, now + tasks[i]->run - tasks[i]->burst);
    }
    if (turn && turn_ends > now)
        until = min(until, turn_ends);
    return until;
}

static void advance(s_time_t to)
{
    for (unsigned i = 0; i < nr_tasks; i++)
        if (tasks[i]->v.is_running) {
            tasks[i]->burst += to - now;
            tasks[i]->used += to - now;
        }
    now = to;
    for (unsigned cpu = 0; cpu < nr_cpu_ids; cpu++)
        if (armed[cpu] && armed[cpu] <= now) {
            armed[cpu] = 0;
            pending[cpu] |= 1UL << TIMER_SOFTIRQ;
            turn_ends = now;
        }
}

static void act(struct task *t)
{
    if (t->wake_at && t->wake_at <= now) {
        t->wake_at = 0;
        sim_cpu = rand() % nr_cpu_ids;
        vcpu_unblock(&t->v);
    } else if (t->run && t->burst >= t->run && t->v.is_running) {
        t->burst = 0;
        t->wake_at = now + t->sleep;
        sim_cpu = t->v.processor;
        vcpu_block();
    }
}

void run_for(s_time_t time)
{
    s_time_t end = now + time;

    while (now < end && !trouble) {
        settle();
        advance(next_moment(end));
        if (turn)
            next_turn();
        for (unsigned i = 0; i < nr_tasks; i++)
            act(tasks[i]);
    }
    settle();
}

void reset_times(void)
{
    for (unsigned i = 0; i < nr_tasks; i++)
        tasks[i]->used = 0;
}

struct task *any_task(void) { return tasks[rand() % nr_tasks]; }

/* At least one of the online CPUs. */
cpumask_t some_cpus(void)
{
    cpumask_t m = CPUMASK_NONE;

    while (!cpumask_intersects(&m, &cpu_online_map))
        cpumask_set(rand() % nr_cpu_ids, &m);
    return m;
}
