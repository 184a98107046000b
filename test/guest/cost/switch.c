/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What it costs that another virtual CPU runs: one of this domain or of another one, on the same CPU. Each operation
 * has the other one do its part and is over when this is done, so there are two switches in it.
 */
#include "test.h"
#include "child.h"
#include "cost.h"

#include <public/event_channel.h>
#include <public/sched.h>
#include <public/vcpu.h>

#define DELAY 50000             /* ns until a timer goes off */
#define BITS  (8 * sizeof(long))

/* The port that a virtual CPU sends on and the one on which it is told, the only one that it hasn't masked. */
static struct ends {
    evtchn_port_t to, from;
} ends[2];

/* An upcall came since it last looked. */
static volatile bool told[2];

static const struct ends *ours(void)
{
    return &ends[this_cpu()->number];
}

static long send(void)
{
    struct evtchn_send op = { .port = ours()->to };

    return HYPERCALL_UNSEEN(event_channel_op, EVTCHNOP_send, &op);
}

static long yield(void)
{
    return HYPERCALL_UNSEEN(sched_op, SCHEDOP_yield, 0);
}

static void forget(evtchn_port_t port)
{
    __atomic_fetch_and(&shared->evtchn_pending[port / BITS], ~(1ul << port % BITS), __ATOMIC_SEQ_CST);
}

static void mask(evtchn_port_t port)
{
    shared->evtchn_mask[port / BITS] |= 1ul << port % BITS;
}

static void unmask(evtchn_port_t port)
{
    shared->evtchn_mask[port / BITS] &= ~(1ul << port % BITS);
}

static void close_port(evtchn_port_t port)
{
    struct evtchn_close op = { .port = port };

    CHECK_EQ(HYPERCALL_UNSEEN(event_channel_op, EVTCHNOP_close, &op), 0);
}

/* ---- events, by upcall */

static void forget_all(void)
{
    this_vcpu()->evtchn_upcall_pending = 0;
    this_vcpu()->evtchn_pending_sel = 0;
    forget(ours()->from);
}

static bool take_upcall(struct frame *frame)
{
    if (frame->vector != VECTOR_UPCALL)
        return false;
    forget_all();
    told[this_cpu()->number] = true;
    return true;
}

/* Upcalls are not allowed but while it blocks: none can come between the question and that. */
static void wait_until_told(void)
{
    volatile bool *us = &told[this_cpu()->number];

    this_vcpu()->evtchn_upcall_mask = 1;
    while (!*us) {
        HYPERCALL_UNSEEN(sched_op, SCHEDOP_block, 0);
        this_vcpu()->evtchn_upcall_mask = 1;
    }
    *us = false;
}

static void answer_by_upcall(void)
{
    wait_until_told();
    send();
}

static long ping_pong(void)
{
    long error = send();

    wait_until_told();
    return error;
}

/* ---- events on masked ports, waited for without an upcall */

static long poll(void)
{
    evtchn_port_t port = ours()->from;
    struct sched_poll op = { .nr_ports = 1 };
    long error;

    set_xen_guest_handle(op.ports, &port);
    error = HYPERCALL_UNSEEN(sched_op, SCHEDOP_poll, &op);
    forget(port);
    return error;
}

static void answer_by_poll(void)
{
    poll();
    send();
}

static long poll_ping_pong(void)
{
    long error = send();

    return error ? error : poll();
}

/* ---- without blocking */

static volatile unsigned int turns;

static void take_turns(void)
{
    turns++;
    yield();
}

static void be_interrupted(void)
{
    this_vcpu()->evtchn_upcall_mask = 0;
    yield();
}

/* An event for a virtual CPU that can run but doesn't; it is told when it is its turn. */
static long interrupt(void)
{
    long error = send();

    while (!told[1])
        yield();
    told[1] = false;
    return error;
}

/* ---- two virtual CPUs of this domain */

/* What virtual CPU 1 does again and again; NULL: nothing any more. */
static void (*volatile job)(void);

static void work(void *unused)
{
    void (*now)(void);

    while ((now = job))
        now();
}

/* It notices the next job when it has done its part in the last one once more. */
static void change_job(void (*next)(void), long (*last)(void))
{
    job = next;
    CHECK(last() >= 0);
}

/* A port on which that virtual CPU is told what the other one sends on a port of its own. */
static void join(unsigned int vcpu)
{
    struct evtchn_alloc_unbound alloc = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
    struct evtchn_bind_interdomain bind = { .remote_dom = DOMID_SELF };
    struct evtchn_bind_vcpu owner = { .vcpu = vcpu };

    CHECK_EQ(HYPERCALL_UNSEEN(event_channel_op, EVTCHNOP_alloc_unbound, &alloc), 0);
    bind.remote_port = owner.port = alloc.port;
    CHECK_EQ(HYPERCALL_UNSEEN(event_channel_op, EVTCHNOP_bind_interdomain, &bind), 0);
    CHECK_EQ(HYPERCALL_UNSEEN(event_channel_op, EVTCHNOP_bind_vcpu, &owner), 0);
    ends[vcpu].from = alloc.port;
    ends[!vcpu].to = bind.local_port;
    mask(alloc.port);
    mask(bind.local_port);
}

static void blocking(void)
{
    join(0);
    join(1);
    change_job(answer_by_poll, yield);
    cost("wake_vcpu_and_block", poll_ping_pong);
    change_job(answer_by_upcall, poll_ping_pong);
    unmask(ends[0].from);
    unmask(ends[1].from);
    cost("event_ping_pong_vcpus", ping_pong);
    change_job(be_interrupted, ping_pong);
    for (unsigned int i = 0; i < 2; i++) {
        close_port(ends[i].from);
        close_port(ends[i].to);
    }
}

static void interrupts(void)
{
    struct evtchn_bind_ipi ipi = { .vcpu = 1 };

    CHECK_EQ(HYPERCALL_UNSEEN(event_channel_op, EVTCHNOP_bind_ipi, &ipi), 0);
    ends[0].to = ends[1].from = ipi.port;
    unmask(ipi.port);
    cost("ipi_to_vcpu_and_back", interrupt);
    change_job(NULL, yield);
    close_port(ipi.port);
}

void two_vcpus(void)
{
    upcalls(false);
    frame_hook = take_upcall;
    job = take_turns;
    CHECK_EQ(start_vcpu(1, work, NULL), 0);
    cost("switch_to_vcpu_and_back", yield);
    CHECK(turns >= TIMES * ROUNDS);
    blocking();
    interrupts();
}

/* ---- two domains */

/* In the child; domain 0 waits for the first word. */
static void answer_domain_0(void *unused)
{
    struct evtchn_bind_interdomain bind = { .remote_port = ends[0].from };

    CHECK_EQ(HYPERCALL_UNSEEN(event_channel_op, EVTCHNOP_bind_interdomain, &bind), 0);
    ends[0].to = ends[0].from = bind.local_port;
    upcalls(false);
    forget_all();
    unmask(bind.local_port);
    send();
    for (;;)
        answer_by_upcall();
}

void two_domains(void)
{
    static struct child child;
    struct evtchn_alloc_unbound alloc = { .dom = DOMID_SELF };

    frame_hook = take_upcall;
    upcalls(false);
    CHECK_EQ(child_create(&child, 1), 0);
    alloc.remote_dom = child.id;
    CHECK_EQ(HYPERCALL_UNSEEN(event_channel_op, EVTCHNOP_alloc_unbound, &alloc), 0);
    ends[0].to = ends[0].from = alloc.port;
    unmask(alloc.port);
    CHECK_EQ(child_build(&child, answer_domain_0, NULL), 0);
    CHECK_EQ(DOMCTL(unpausedomain, child.id), 0);
    wait_until_told();
    cost("event_ping_pong_domains", ping_pong);
    mask(alloc.port);
    close_port(alloc.port);
    CHECK(child_destroy(&child));
}

/* ---- time */

static long wait_for_timer(void)
{
    long error = HYPERCALL_UNSEEN(set_timer_op, WIDE(system_time() + DELAY));

    wait_until_told();
    return error;
}

/* From the request to the upcall, without the time that was asked for. */
void timer(void)
{
    struct evtchn_bind_virq virq = { .virq = VIRQ_TIMER };

    frame_hook = take_upcall;
    upcalls(false);
    CHECK_EQ(HYPERCALL_UNSEEN(event_channel_op, EVTCHNOP_bind_virq, &virq), 0);
    ends[0].from = virq.port;
    unmask(virq.port);
    cost_beyond("timer_set_to_fire", wait_for_timer, DELAY);
    mask(virq.port);
    close_port(virq.port);
}
