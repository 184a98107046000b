/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The scheduler's core: which vcpus can run, what state they are in, and switching between them. Who runs
 * next is the policy's business (xen/sched_policy.h).
 *
 * A vcpu belongs to the CPU v->processor; that CPU's lock protects its run state. v->is_running is true
 * from being chosen until its registers are saved: only then may another CPU take it. Changing v->processor
 * needs the lock and !is_running.
 */
#include <xen/console.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/param.h>
#include <xen/perfc.h>
#include <xen/sched_policy.h>
#include <xen/smp.h>
#include <xen/trace.h>
#include <asm/processor.h>

DEFINE_PER_CPU(struct sched_cpu, sched_cpu);
struct vcpu *idle_vcpu[NR_CPUS];

static const struct scheduler *policy;
static char opt_sched[16] = "credit";
string_param("sched", opt_sched);

extern const struct scheduler *const __schedulers_start[], *const __schedulers_end[];

struct sched_cpu *vcpu_sched_lock(struct vcpu *v, unsigned long *flags)
{
    for (;;) {
        unsigned cpu = READ_ONCE(v->processor);
        struct sched_cpu *c = &per_cpu(sched_cpu, cpu);

        spin_lock_irqsave(&c->lock, *flags);
        if (likely(v->processor == cpu))
            return c;
        spin_unlock_irqrestore(&c->lock, *flags);
    }
}

/* ---- run states ---- */

static void runstate_change(struct vcpu *v, int state, s_time_t now)
{
    s_time_t spent = now - (s_time_t)v->runstate.state_entry_time;

    TRACE(TRC_SCHED_RUNSTATE_CHANGE | v->runstate.state << 8 | state << 4,
          (uint32_t)v->domain->domain_id << 16 | v->vcpu_id);
    if (spent > 0) {
        v->runstate.time[v->runstate.state] += spent;
        v->runstate.state_entry_time = now;
    }
    v->runstate.state = state;
}

/* How a vcpu that is not running is to be called. */
static int idle_state(const struct vcpu *v)
{
    if (vcpu_runnable(v))
        return RUNSTATE_runnable;
    return test_bit(VPF_blocked, &v->pause_flags) ? RUNSTATE_blocked : RUNSTATE_offline;
}

/* A consistent picture up to now. */
void vcpu_runstate_get(struct vcpu *v, vcpu_runstate_info_t *r)
{
    unsigned long flags;
    struct sched_cpu *c = vcpu_sched_lock(v, &flags);
    s_time_t spent;

    *r = v->runstate;
    spent = NOW() - (s_time_t)r->state_entry_time;
    if (spent > 0)
        r->time[r->state] += spent;
    vcpu_sched_unlock(c, flags);
}

/*
 * Write the current vcpu's run state where the guest asked for it (its address space is loaded). With the
 * runstate_update_flag assist the guest sees XEN_RUNSTATE_UPDATE set while the rest is in motion. False: it
 * can't be written there now.
 */
bool vcpu_runstate_publish(struct vcpu *v)
{
    XEN_GUEST_HANDLE(vcpu_runstate_info_t) h = v->runstate_guest;
    vcpu_runstate_info_t r;

    if (guest_handle_is_null(h))
        return true;
    r = v->runstate;
    if (!vm_assist(v->domain, VMASST_TYPE_runstate_update_flag))
        return copy_to_guest(h, &r, 1) == 0;
    r.state_entry_time |= XEN_RUNSTATE_UPDATE;
    if (put_guest_member(h.p, &r, state_entry_time))
        return false;
    smp_wmb();
    if (copy_to_guest(h, &r, 1))
        return false;
    smp_wmb();
    r.state_entry_time &= ~XEN_RUNSTATE_UPDATE;
    return put_guest_member(h.p, &r, state_entry_time) == 0;
}

uint64_t cpu_idle_time(unsigned cpu)
{
    vcpu_runstate_info_t r;

    if (!idle_vcpu[cpu])
        return 0;
    vcpu_runstate_get(idle_vcpu[cpu], &r);
    return r.time[RUNSTATE_running];
}

/* ---- sleeping and waking ---- */

static void sleep_locked(struct vcpu *v)
{
    if (vcpu_runnable(v))
        return;
    TRACE(TRC_SCHED_SLEEP, v->domain->domain_id, v->vcpu_id);
    if (v->runstate.state == RUNSTATE_runnable)
        runstate_change(v, idle_state(v), NOW());
    policy->sleep(v);
}

void vcpu_sleep_nosync(struct vcpu *v)
{
    unsigned long flags;
    struct sched_cpu *c = vcpu_sched_lock(v, &flags);

    sleep_locked(v);
    vcpu_sched_unlock(c, flags);
}

void vcpu_sleep_sync(struct vcpu *v)
{
    vcpu_sleep_nosync(v);
    while (!vcpu_runnable(v) && READ_ONCE(v->is_running))
        cpu_relax();
    vcpu_sync_state(v);
}

void vcpu_sync_state(struct vcpu *v)
{
    if (READ_ONCE(v->dirty_cpu) != VCPU_CPU_CLEAN)
        arch_flush_vcpu_state(v);
}

void vcpu_wake(struct vcpu *v)
{
    unsigned long flags;
    struct sched_cpu *c = vcpu_sched_lock(v, &flags);

    if (vcpu_runnable(v)) {
        if (v->runstate.state >= RUNSTATE_blocked)
            runstate_change(v, RUNSTATE_runnable, NOW());
        policy->wake(v);
        TRACE(TRC_SCHED_WAKE, v->domain->domain_id, v->vcpu_id);
    } else if (v->runstate.state == RUNSTATE_blocked && !test_bit(VPF_blocked, &v->pause_flags))
        runstate_change(v, RUNSTATE_offline, NOW());
    vcpu_sched_unlock(c, flags);
}

void vcpu_unblock(struct vcpu *v)
{
    if (test_and_clear_bit(VPF_blocked, &v->pause_flags))
        vcpu_wake(v);
}

void vcpu_poll_ended(struct vcpu *v)
{
    v->polling = false;
    v->poll_port = 0;
    clear_bit(v->vcpu_id, v->domain->poll_mask);
    if (timer_pending(&v->poll_timer))
        stop_timer(&v->poll_timer);
}

void vcpu_kick(struct vcpu *v)
{
    bool running = READ_ONCE(v->is_running);

    vcpu_unblock(v);
    if (running && v != current)
        smp_send_event_check(v->processor);
}

void vcpu_block(void)
{
    struct vcpu *v = current;

    set_bit(VPF_blocked, &v->pause_flags);
    smp_mb();
    if (vcpu_has_event(v))
        clear_bit(VPF_blocked, &v->pause_flags);
    else {
        TRACE(TRC_SCHED_BLOCK, v->domain->domain_id, v->vcpu_id);
        raise_softirq(SCHEDULE_SOFTIRQ);
    }
}

void vcpu_yield(void)
{
    unsigned long flags;
    struct sched_cpu *c = vcpu_sched_lock(current, &flags);

    policy->yield(current);
    TRACE(TRC_SCHED_YIELD, current->domain->domain_id, current->vcpu_id);
    vcpu_sched_unlock(c, flags);
    raise_softirq(SCHEDULE_SOFTIRQ);
}

void vcpu_force_reschedule(struct vcpu *v)
{
    if (READ_ONCE(v->is_running))
        cpu_raise_softirq(v->processor, SCHEDULE_SOFTIRQ);
}

/* ---- moving between CPUs ---- */

static void move_timers(struct vcpu *v, unsigned cpu)
{
    migrate_timer(&v->periodic_timer, cpu);
    migrate_timer(&v->singleshot_timer, cpu);
    migrate_timer(&v->poll_timer, cpu);
}

/*
 * Find a new home for a vcpu that VPF_migrating keeps from running. Whoever comes first when it is off its
 * CPU does it, with the affinity that it has by then.
 */
static void finish_migration(struct vcpu *v)
{
    unsigned long flags;
    struct sched_cpu *c = vcpu_sched_lock(v, &flags);
    unsigned cpu;

    if (v->is_running || !test_and_clear_bit(VPF_migrating, &v->pause_flags)) {
        vcpu_sched_unlock(c, flags);
        return;
    }
    cpu = policy->pick_cpu(v);
    WRITE_ONCE(v->processor, cpu);
    vcpu_sched_unlock(c, flags);
    perfc_incr(migrations);
    move_timers(v, cpu);
    evtchn_move_pirqs(v);
    vcpu_wake(v);
}

/* The vcpu's lock is held. True: it is on a CPU it may not be on any more, finish_migration() must follow. */
static bool set_affinity(struct vcpu *v, const cpumask_t *m)
{
    v->hard_affinity = *m;
    if (cpumask_test(v->processor, m))
        return false;
    set_bit(VPF_migrating, &v->pause_flags);
    sleep_locked(v);
    return true;
}

int vcpu_set_hard_affinity(struct vcpu *v, const cpumask_t *m)
{
    unsigned long flags;
    struct sched_cpu *c;
    bool moves = false;
    int rc = 0;

    if (!cpumask_intersects(m, &cpu_online_map))
        return refuse(-EINVAL, "setvcpuaffinity: no CPU of the set is online");
    c = vcpu_sched_lock(v, &flags);
    if (v->affinity_overridden)
        rc = refuse(-EBUSY, "setvcpuaffinity: domain 0 has pinned the vcpu for a while");
    else
        moves = set_affinity(v, m);
    vcpu_sched_unlock(c, flags);
    if (moves)
        finish_migration(v);
    return rc;
}

int vcpu_override_affinity(struct vcpu *v, int cpu)
{
    cpumask_t only;
    unsigned long flags;
    struct sched_cpu *c;
    bool moves = false;
    int rc = 0;

    if (cpu >= 0 && (cpu >= (int)nr_cpu_ids || !cpu_online(cpu)))
        return refuse(-EINVAL, "pin_override: no such CPU");
    c = vcpu_sched_lock(v, &flags);
    if (cpu < 0 && !v->affinity_overridden) {
        rc = refuse(-EINVAL, "pin_override: not pinned");
    } else if (cpu < 0) {
        v->affinity_overridden = false;
        moves = set_affinity(v, &v->overridden_affinity);
    } else if (v->affinity_overridden) {
        rc = refuse(-EBUSY, "pin_override: pinned already");
    } else {
        v->affinity_overridden = true;
        v->overridden_affinity = v->hard_affinity;
        only = cpumask_of(cpu);
        moves = set_affinity(v, &only);
    }
    vcpu_sched_unlock(c, flags);
    if (moves)
        finish_migration(v);
    return rc;
}

int vcpu_set_soft_affinity(struct vcpu *v, const cpumask_t *m)
{
    unsigned long flags;
    struct sched_cpu *c = vcpu_sched_lock(v, &flags);

    v->soft_affinity = *m;
    vcpu_sched_unlock(c, flags);
    return 0;
}

/* ---- switching ---- */

/* This takes longer than interrupts may be off; without references to its domain the vcpu needs no new home. */
static void migrate_saved(struct vcpu *prev)
{
    struct domain *d = prev->domain;
    bool stays = domain_get(d);

    local_irq_enable();
    if (!stays)
        return;
    finish_migration(prev);
    domain_put(d);
}

/* Interrupts are off: until they are on again prev is there, even if its domain has ended (free_unreferenced()). */
void context_saved(struct vcpu *prev)
{
    smp_wmb();
    WRITE_ONCE(prev->is_running, false);
    smp_mb();
    policy->saved(prev);
    if (unlikely(test_bit(VPF_migrating, &prev->pause_flags)))
        migrate_saved(prev);
    else
        local_irq_enable();
}

static void slice_ended(void *unused)
{
    raise_softirq(SCHEDULE_SOFTIRQ);
}

/* slice: of next, 0: no end. Times in nanoseconds, without their high halves. */
static void trace_choice(const struct vcpu *prev, const struct vcpu *next, s_time_t slice, s_time_t now)
{
    uint32_t ran = now - prev->runstate.state_entry_time, left = slice ? (uint32_t)slice : UINT32_MAX;

    if (next == prev) {
        TRACE(TRC_SCHED_SWITCH_INFCONT, prev->domain->domain_id, prev->vcpu_id, ran, left);
        TRACE(TRC_SCHED_CONTINUE_RUNNING, (uint32_t)prev->domain->domain_id << 16 | prev->vcpu_id);
        return;
    }
    TRACE(TRC_SCHED_SWITCH_INFPREV, prev->domain->domain_id, prev->vcpu_id, ran);
    TRACE(TRC_SCHED_SWITCH_INFNEXT, next->domain->domain_id, next->vcpu_id,
          now - next->runstate.state_entry_time, left);
    TRACE(TRC_SCHED_SWITCH, prev->domain->domain_id, prev->vcpu_id, next->domain->domain_id, next->vcpu_id);
}

static void schedule(void)
{
    struct sched_cpu *c = &this_cpu(sched_cpu);
    struct vcpu *prev = current, *next;
    struct sched_choice choice;
    s_time_t now;

    spin_lock_irq(&c->lock);
    now = NOW();
    choice = policy->choose(prev, now);
    next = choice.vcpu;
    c->curr = next;
    c->timed = choice.slice != 0;
    perfc_incr(schedules);
    if (unlikely(tracing))
        trace_choice(prev, next, choice.slice, now);
    if (next != prev) {
        perfc_incr(switches);
        runstate_change(prev, idle_state(prev), now);
        runstate_change(next, RUNSTATE_running, now);
        next->last_run_time = prev->last_run_time = now;
        next->is_running = true;
        c->switches++;
    }
    spin_unlock_irq(&c->lock);

    if (unlikely(next->polling))
        vcpu_poll_ended(next);
    if (choice.slice)
        set_timer(&c->timer, now + choice.slice);
    else if (timer_pending(&c->timer))
        stop_timer(&c->timer);
    if (next == prev)
        arch_continue_running(next);
    else {
        if (!is_idle_vcpu(next) && next->periodic_timer.cpu != next->processor)
            move_timers(next, next->processor);
        vcpu_periodic_timer_stop(prev);
        vcpu_periodic_timer_start(next);
        arch_context_switch(prev, next);
    }
}

/* ---- creation ---- */

int sched_init_domain(struct domain *d)
{
    return policy->init_domain(d);
}

void sched_destroy_domain(struct domain *d)
{
    if (d->sched_priv)
        policy->destroy_domain(d);
}

int sched_init_vcpu(struct vcpu *v)
{
    if (!is_idle_vcpu(v))
        v->processor = policy->pick_cpu(v);
    TRACE(TRC_SCHED_DOM_ADD, v->domain->domain_id, v->vcpu_id);
    return policy->init_vcpu(v);
}

void sched_destroy_vcpu(struct vcpu *v)
{
    kill_timer(&v->periodic_timer);
    kill_timer(&v->singleshot_timer);
    kill_timer(&v->poll_timer);
    TRACE(TRC_SCHED_DOM_REM, v->domain->domain_id, v->vcpu_id);
    policy->destroy_vcpu(v);
}

/*
 * Make cpu ready to schedule: called for the boot CPU by sched_init(), for the others before they are
 * started.
 */
void sched_init_cpu(unsigned cpu)
{
    struct sched_cpu *c = &per_cpu(sched_cpu, cpu);

    spin_lock_init(&c->lock);
    init_timer(&c->timer, slice_ended, NULL, cpu);
    idle_vcpu[cpu] = vcpu_create(idle_domain, cpu, cpu);
    if (!idle_vcpu[cpu])
        panic("No memory for the idle vcpu of CPU %u", cpu);
    idle_vcpu[cpu]->is_running = true;
    c->curr = idle_vcpu[cpu];
}

void sched_init(void)
{
    const struct scheduler *const *s;

    policy = __schedulers_start[0];
    for (s = __schedulers_start; s < __schedulers_end; s++)
        if (!strcmp((*s)->option, opt_sched))
            policy = *s;
    if (strcmp(policy->option, opt_sched))
        printk(LOG_WARN "sched=%s: no such scheduler\n", opt_sched);
    printk("Using scheduler: %s (%s)\n", policy->name, policy->option);
    open_softirq(SCHEDULE_SOFTIRQ, schedule);
    policy->init();
    sched_init_cpu(0);
    set_current(idle_vcpu[0]);
}

/* ---- the tools' view ---- */

unsigned sched_id(void)
{
    return policy->id;
}

long sched_adjust(struct domain *d, struct xen_domctl_scheduler_op *op)
{
    if (op->sched_id != policy->id)
        return refuse(-EINVAL, "scheduler_op: another scheduler is in use");
    return policy->adjust(d, op);
}

long sched_adjust_global(struct xen_sysctl_scheduler_op *op)
{
    if (op->sched_id != policy->id)
        return refuse(-EINVAL, "scheduler_op: another scheduler is in use");
    if (op->cpupool_id != 0)
        return refuse(-ESRCH, "scheduler_op: no such cpupool");
    return policy->adjust_global(op);
}

void sched_dump(void)
{
    unsigned cpu;

    printk("Scheduler: %s\n", policy->name);
    for_each_online_cpu(cpu) {
        struct sched_cpu *c = &per_cpu(sched_cpu, cpu);

        printk("CPU%u runs d%dv%d, %lu switches\n", cpu, (int16_t)c->curr->domain->domain_id,
               c->curr->vcpu_id, c->switches);
    }
    policy->dump();
}

static void dump_runqueues(char key)
{
    sched_dump();
}
debug_key('r', "run queues", dump_runqueues);
