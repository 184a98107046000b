/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A vcpu's timers: periodic (only ticks while the vcpu has a CPU), single-shot, and the time-out of
 * SCHEDOP_poll. They live on the CPU the vcpu runs on.
 */
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <xen/smp.h>

#define PERIOD_MIN MILLISECS(1)

static void periodic_fired(void *data)
{
    struct vcpu *v = data;
    s_time_t period = READ_ONCE(v->periodic_period);

    v->periodic_last_event = NOW();
    send_guest_vcpu_virq(v, VIRQ_TIMER);
    if (period)
        set_timer(&v->periodic_timer, v->periodic_last_event + period);
}

static void singleshot_fired(void *data)
{
    send_guest_vcpu_virq(data, VIRQ_TIMER);
}

static void poll_timed_out(void *data)
{
    struct vcpu *v = data;

    if (v->polling)
        vcpu_unblock(v);
}

void vcpu_timers_init(struct vcpu *v)
{
    init_timer(&v->periodic_timer, periodic_fired, v, v->processor);
    init_timer(&v->singleshot_timer, singleshot_fired, v, v->processor);
    init_timer(&v->poll_timer, poll_timed_out, v, v->processor);
}

void vcpu_periodic_timer_stop(struct vcpu *v)
{
    if (v->periodic_period)
        stop_timer(&v->periodic_timer);
}

/* A tick that is due is given now; the rest goes on from the last one. */
void vcpu_periodic_timer_start(struct vcpu *v)
{
    s_time_t now;

    if (!v->periodic_period)
        return;
    now = NOW();
    if (now - v->periodic_last_event >= v->periodic_period) {
        send_guest_vcpu_virq(v, VIRQ_TIMER);
        v->periodic_last_event = now;
    }
    set_timer(&v->periodic_timer, v->periodic_last_event + v->periodic_period);
}

/*
 * 0 stops it. v may be another vcpu of the caller's domain, running or not: two that set each other's could
 * not wait for each other to stop. The worst that comes of it is one tick too many.
 */
long vcpu_set_periodic_timer(struct vcpu *v, s_time_t period)
{
    if (period && period < PERIOD_MIN)
        return refuse(-EINVAL, "set_periodic_timer: the period is below 1 ms");
    if (period > STIME_MAX / 2)
        return refuse(-EINVAL, "set_periodic_timer: the period is too long");
    WRITE_ONCE(v->periodic_period, period);
    v->periodic_last_event = NOW();
    smp_mb();
    stop_timer(&v->periodic_timer);
    if (period && READ_ONCE(v->is_running))
        set_timer(&v->periodic_timer, v->periodic_last_event + period);
    return 0;
}

long vcpu_set_singleshot_timer(struct vcpu *v, s_time_t when, bool future_only)
{
    if (future_only && when < NOW())
        return -ETIME;
    migrate_timer(&v->singleshot_timer, smp_processor_id());
    set_timer(&v->singleshot_timer, when);
    return 0;
}

/*
 * set_timer_op: single-shot for the caller; 0 disarms. A time that is negative, or over 2^50 ns (13 days)
 * ahead, comes from a guest whose arithmetic wrapped: it gets a look at its clock after 100 ms.
 */
long do_set_timer_op(int64_t timeout)
{
    struct vcpu *v = current;

    if (timeout == 0) {
        stop_timer(&v->singleshot_timer);
        return 0;
    }
    if (unlikely(timeout < 0 || timeout - NOW() > (s_time_t)1 << 50))
        timeout = NOW() + MILLISECS(100);
    return vcpu_set_singleshot_timer(v, timeout, false);
}
