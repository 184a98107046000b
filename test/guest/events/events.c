/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Event channels in the 2-level layout: binding, sending, masks, status, virtual interrupts, moves to another vcpu,
 * reset, refusals; two vcpus that want the same at once (races.c).
 */
#include "events.h"

#include "beside.h"
#include "child.h"

#include <public/errno.h>
#include <public/sched.h>

#define WORD_BITS (8 * sizeof(long))

static unsigned int calls;
static volatile unsigned int calls_beside;      /* of vcpu 1 */

/* Count upcalls; clear the selector and the pending flag as a kernel does. Ports stay pending. */
static bool count_upcall(struct frame *frame)
{
    if (frame->vector != VECTOR_UPCALL)
        return false;
    if (this_cpu()->number)
        calls_beside++;
    else
        calls++;
    this_vcpu()->evtchn_upcall_pending = 0;
    barrier();
    this_vcpu()->evtchn_pending_sel = 0;
    return true;
}

static bool bit(const unsigned long *map, unsigned int n)
{
    return map[n / WORD_BITS] >> n % WORD_BITS & 1;
}

static void set_mask(unsigned int port, bool masked)
{
    unsigned long *word = &shared->evtchn_mask[port / WORD_BITS], one = 1ul << port % WORD_BITS;

    *word = masked ? *word | one : *word & ~one;
    barrier();
}

static void clear_pending(unsigned int port)
{
    shared->evtchn_pending[port / WORD_BITS] &= ~(1ul << port % WORD_BITS);
    barrier();
}

static void send_and_receive(void)
{
    unsigned int from, to;

    CHECK_EQ(port_pair(&from, &to), 0);
    clear_pending(to);
    clear_pending(from);
    vcpu0->evtchn_upcall_pending = 0;
    vcpu0->evtchn_pending_sel = 0;
    frame_hook = count_upcall;
    calls = 0;
    set_mask(to, false);
    CHECK_EQ(port_send(from), 0);
    CHECK(bit(shared->evtchn_pending, to));
    CHECK(!bit(shared->evtchn_pending, from));
    CHECK_EQ(vcpu0->evtchn_upcall_pending, 1);
    CHECK_EQ(calls, 0);
    upcalls(true);
    CHECK_EQ(calls, 1);
    CHECK_EQ(vcpu0->evtchn_upcall_mask, 0);
    CHECK_EQ(port_send(from), 0);                /* still pending: no second upcall */
    CHECK_EQ(calls, 1);
    clear_pending(to);
    CHECK_EQ(port_send(from), 0);
    CHECK_EQ(calls, 2);
    upcalls(false);
    clear_pending(to);
    CHECK_EQ(port_close(from), 0);
    CHECK_EQ(port_close(to), 0);
}

/* A masked port becomes pending without an upcall; EVTCHNOP_unmask makes up for it. */
static void masked(void)
{
    struct evtchn_unmask unmask;
    unsigned int from, to;

    CHECK_EQ(port_pair(&from, &to), 0);
    clear_pending(to);
    vcpu0->evtchn_upcall_pending = 0;
    vcpu0->evtchn_pending_sel = 0;
    frame_hook = count_upcall;
    calls = 0;
    upcalls(true);
    set_mask(to, true);
    CHECK_EQ(port_send(from), 0);
    CHECK(bit(shared->evtchn_pending, to));
    CHECK_EQ(calls, 0);
    unmask.port = to;
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_unmask, &unmask), 0);
    CHECK_EQ(calls, 1);
    CHECK(!bit(shared->evtchn_mask, to));
    upcalls(false);
    clear_pending(to);
    CHECK_EQ(port_close(from), 0);
    CHECK_EQ(port_close(to), 0);
}

static void status(void)
{
    struct evtchn_alloc_unbound alloc = { .dom = DOMID_SELF, .remote_dom = 7 };
    struct evtchn_status s;
    unsigned int from, to;

    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_alloc_unbound, &alloc), 0);
    CHECK_EQ(port_status(alloc.port, &s), 0);
    CHECK_EQ(s.status, EVTCHNSTAT_unbound);
    CHECK_EQ(s.u.unbound.dom, 7);
    CHECK_EQ(port_close(alloc.port), 0);
    CHECK_EQ(port_status(alloc.port, &s), 0);
    CHECK_EQ(s.status, EVTCHNSTAT_closed);
    CHECK_EQ(port_pair(&from, &to), 0);
    CHECK_EQ(port_status(from, &s), 0);
    CHECK_EQ(s.status, EVTCHNSTAT_interdomain);
    CHECK_EQ(s.u.interdomain.port, to);
    CHECK_EQ(port_close(to), 0);
    CHECK_EQ(port_status(from, &s), 0);
    CHECK_EQ(s.status, EVTCHNSTAT_unbound);     /* the other end waits for a new partner */
    CHECK_EQ(port_close(from), 0);
    CHECK_EQ(port_status(100000, &s), -XEN_EINVAL);
}

static void virtual_interrupts(void)
{
    struct evtchn_bind_virq virq = { .virq = VIRQ_TIMER, .vcpu = 0 }, again = virq;
    struct evtchn_status s;

    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_bind_virq, &virq), 0);
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_bind_virq, &again), -XEN_EEXIST);
    CHECK_EQ(port_status(virq.port, &s), 0);
    CHECK_EQ(s.status, EVTCHNSTAT_virq);
    CHECK_EQ(s.u.virq, VIRQ_TIMER);
    CHECK_EQ(port_send(virq.port), -XEN_EINVAL);
    CHECK_EQ(port_close(virq.port), 0);
    again.vcpu = 500;
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_bind_virq, &again), -XEN_ENOENT);
    again = (struct evtchn_bind_virq){ .virq = 1000 };
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_bind_virq, &again), -XEN_EINVAL);
}

static void interprocessor(void)
{
    struct evtchn_bind_ipi ipi = { .vcpu = 0 };
    struct evtchn_status s;

    frame_hook = count_upcall;
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_bind_ipi, &ipi), 0);
    CHECK_EQ(port_status(ipi.port, &s), 0);
    CHECK_EQ(s.status, EVTCHNSTAT_ipi);
    clear_pending(ipi.port);
    vcpu0->evtchn_upcall_pending = 0;
    vcpu0->evtchn_pending_sel = 0;
    calls = 0;
    set_mask(ipi.port, false);
    upcalls(true);
    CHECK_EQ(port_send(ipi.port), 0);
    CHECK_EQ(calls, 1);
    upcalls(false);
    clear_pending(ipi.port);
    CHECK_EQ(port_close(ipi.port), 0);
    ipi.vcpu = 500;
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_bind_ipi, &ipi), -XEN_ENOENT);
}

/* A one-shot timer raises VIRQ_TIMER; blocking until then lets no more than a second pass. */
static void timer(void)
{
    struct evtchn_bind_virq virq = { .virq = VIRQ_TIMER, .vcpu = 0 };
    uint64_t now;

    frame_hook = count_upcall;
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_bind_virq, &virq), 0);
    clear_pending(virq.port);
    vcpu0->evtchn_upcall_pending = 0;
    vcpu0->evtchn_pending_sel = 0;
    set_mask(virq.port, false);
    calls = 0;
    now = system_time();
    CHECK_EQ(HYPERCALL(set_timer_op, WIDE(now + 20000000)), 0);
    CHECK_EQ(HYPERCALL(sched_op, SCHEDOP_block, 0), 0);     /* block allows upcalls by itself */
    CHECK_EQ(calls, 1);
    CHECK_EQ(vcpu0->evtchn_upcall_mask, 0);
    CHECK(bit(shared->evtchn_pending, virq.port));
    CHECK(system_time() - now < 1000000000);
    upcalls(false);
    CHECK_EQ(HYPERCALL(set_timer_op, WIDE(0)), 0);
    CHECK_EQ(port_close(virq.port), 0);
}

/* SCHEDOP_poll wakes for a port that is masked from upcalls, and at its timeout. */
static void poll(void)
{
    evtchn_port_t ports[1];
    struct sched_poll op = { .nr_ports = 1 };
    unsigned int from, to;

    CHECK_EQ(port_pair(&from, &to), 0);
    set_mask(to, true);
    clear_pending(to);
    ports[0] = to;
    set_xen_guest_handle(op.ports, ports);
    op.timeout = system_time() + 10000000;
    CHECK_EQ(HYPERCALL(sched_op, SCHEDOP_poll, &op), 0);    /* by time */
    CHECK_EQ(port_send(from), 0);
    op.timeout = 0;
    CHECK_EQ(HYPERCALL(sched_op, SCHEDOP_poll, &op), 0);    /* at once */
    op.nr_ports = 129;
    CHECK_EQ(HYPERCALL(sched_op, SCHEDOP_poll, &op), -XEN_EINVAL);
    op.nr_ports = 1;
    ports[0] = 1 << 20;
    CHECK_EQ(HYPERCALL(sched_op, SCHEDOP_poll, &op), -XEN_EINVAL);
    clear_pending(to);
    CHECK_EQ(port_close(from), 0);
    CHECK_EQ(port_close(to), 0);
}

static void refusals(void)
{
    struct evtchn_bind_interdomain bind = { .remote_dom = DOMID_SELF, .remote_port = 99999 };
    struct evtchn_alloc_unbound alloc = { .dom = 1234, .remote_dom = DOMID_SELF };
    struct evtchn_bind_vcpu move = { .port = 0, .vcpu = 500 };

    CHECK_EQ(port_send(0), -XEN_EINVAL);
    CHECK_EQ(port_send(~0u), -XEN_EINVAL);
    CHECK_EQ(port_close(0), -XEN_EINVAL);
    CHECK_EQ(port_close(~0u), -XEN_EINVAL);
    CHECK_EQ(port_unmask(~0u), -XEN_EINVAL);
    CHECK_EQ(port_unmask(1 << 20), -XEN_EINVAL);
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_unmask, 0x10), -XEN_EFAULT);
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_bind_interdomain, &bind), -XEN_EINVAL);
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_alloc_unbound, &alloc), -XEN_ESRCH);
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_bind_vcpu, &move), -XEN_ENOENT);
    CHECK_EQ(HYPERCALL(event_channel_op, 200, 0), -XEN_ENOSYS);
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_send, 0x10), -XEN_EFAULT);
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_alloc_unbound, HYPERVISOR_ADDRESS), -XEN_EFAULT);
}

/* Ports run out with an error, and all come back. */
static void exhaustion(void)
{
    struct evtchn_alloc_unbound alloc;
    unsigned int n = 0;
    static unsigned int ports[4096];
    long error;

    for (;; n++) {
        alloc = (struct evtchn_alloc_unbound){ .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
        error = HYPERCALL(event_channel_op, EVTCHNOP_alloc_unbound, &alloc);
        if (error || n == ARRAY_SIZE(ports))
            break;
        ports[n] = alloc.port;
    }
    CHECK_EQ(error, -XEN_ENOSPC);
    CHECK(n > sizeof(shared->evtchn_mask) * 8 - 96);
    while (n--)
        CHECK_EQ(port_close(ports[n]), 0);
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_alloc_unbound, &alloc), 0);
    CHECK_EQ(port_close(alloc.port), 0);
}

static void wait_for_upcall(void *unused)
{
    while (!calls_beside)
        HYPERCALL(sched_op, SCHEDOP_block, 0);      /* lets upcalls in */
    this_vcpu()->evtchn_upcall_mask = 1;
}

/* What is pending behind its mask goes to the vcpu that the port was moved to meanwhile, and so do later events. */
static void moved(void)
{
    struct evtchn_status s;
    unsigned int from, to;

    frame_hook = count_upcall;
    CHECK_EQ(port_pair(&from, &to), 0);
    set_mask(to, true);
    clear_pending(to);
    for (unsigned int i = 0; i < 2; i++) {
        vcpu0->evtchn_pending_sel = shared->vcpu_info[1].evtchn_pending_sel = 0;
        vcpu0->evtchn_upcall_pending = shared->vcpu_info[1].evtchn_upcall_pending = 0;
        calls = calls_beside = 0;
        if (i == 0)
            CHECK_EQ(port_send(from), 0);           /* while it is vcpu 0's */
        CHECK_EQ(port_move(to, 1), 0);
        CHECK_EQ(port_status(to, &s), 0);
        CHECK_EQ(s.vcpu, 1);
        CHECK_EQ(run_beside(wait_for_upcall, NULL), 0);
        upcalls(true);
        CHECK_EQ(i ? port_send(from) : port_unmask(to), 0);
        CHECK(ended_beside());
        upcalls(false);
        CHECK_EQ(calls, 0);
        CHECK_EQ(calls_beside, 1);
        clear_pending(to);
    }
    CHECK_EQ(port_move(to, 0), 0);
    calls = 0;
    upcalls(true);
    CHECK_EQ(port_send(from), 0);
    CHECK_EQ(calls, 1);
    upcalls(false);
    CHECK_EQ(port_close(from), 0);
    CHECK_EQ(port_close(to), 0);
}

/* What is bound to a vcpu stays there. */
static void moves_refused(void)
{
    struct evtchn_bind_virq timer = { .virq = VIRQ_TIMER }, global = { .virq = VIRQ_DOM_EXC };
    struct evtchn_bind_vcpu *read_only = (struct evtchn_bind_vcpu *)page_alloc();
    unsigned int ipi, unbound;

    CHECK_EQ(port_ipi(0, &ipi), 0);
    CHECK_EQ(port_unbound(&unbound), 0);
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_bind_virq, &timer), 0);
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_bind_virq, &global), 0);
    CHECK_EQ(port_move(ipi, 1), -XEN_EINVAL);
    CHECK_EQ(port_move(timer.port, 1), -XEN_EINVAL);
    CHECK_EQ(port_move(ipi, 0), -XEN_EINVAL);
    CHECK_EQ(port_move(global.port, 1), 0);
    CHECK_EQ(port_move(unbound, 1), 0);
    CHECK_EQ(port_move(unbound, 2), -XEN_ENOENT);
    CHECK_EQ(port_move(unbound, ~0u), -XEN_ENOENT);
    CHECK_EQ(port_move(0, 0), -XEN_EINVAL);
    CHECK_EQ(port_move(~0u, 0), -XEN_EINVAL);
    CHECK_EQ(port_move(1 << 20, 0), -XEN_EINVAL);
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_bind_vcpu, 0), -XEN_EFAULT);
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_bind_vcpu, HYPERVISOR_ADDRESS), -XEN_EFAULT);
    *read_only = (struct evtchn_bind_vcpu){ .port = unbound };
    CHECK_EQ(remap(read_only, PTE_DATA & ~PTE_WRITE), 0);
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_bind_vcpu, read_only), 0);    /* it is only read */
    CHECK_EQ(remap(read_only, PTE_DATA), 0);
    CHECK_EQ(port_close(ipi), 0);
    CHECK_EQ(port_close(unbound), 0);
    CHECK_EQ(port_close(timer.port), 0);
    CHECK_EQ(port_close(global.port), 0);
    CHECK_EQ(port_move(unbound, 0), -XEN_EINVAL);
}

/* All that is bound goes, and what was pending; ports and virtual interrupts can be bound again. */
static void reset(void)
{
    struct evtchn_bind_virq timer = { .virq = VIRQ_TIMER }, again = timer;
    unsigned int from, to, ipi, unbound;
    struct evtchn_status s;

    CHECK_EQ(port_pair(&from, &to), 0);
    CHECK_EQ(port_unbound(&unbound), 0);
    CHECK_EQ(port_ipi(0, &ipi), 0);
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_bind_virq, &timer), 0);
    CHECK_EQ(port_send(from), 0);
    CHECK(bit(shared->evtchn_pending, to));
    CHECK_EQ(ports_reset(DOMID_SELF), 0);
    for (unsigned int i = to; i <= timer.port; i++) {
        CHECK_EQ(port_status(i, &s), 0);
        CHECK_EQ(s.status, EVTCHNSTAT_closed);
        CHECK(!bit(shared->evtchn_pending, i));
    }
    CHECK_EQ(port_send(from), -XEN_EINVAL);
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_bind_virq, &again), 0);
    CHECK_EQ(again.port, to);                       /* the lowest */
    CHECK_EQ(ports_reset(DOMID_SELF), 0);
    CHECK_EQ(ports_reset(DOMID_SELF), 0);           /* there is nothing to close */
    CHECK_EQ(port_status(again.port, &s), 0);
    CHECK_EQ(s.status, EVTCHNSTAT_closed);
}

static struct child child;
static long answer;

static void reset_domain_0(void *unused)
{
    answer = ports_reset(0);
}

static void nothing(void *unused)
{
}

/* Whoever may control a domain may reset it; the other end of what was connected waits again. */
static void reset_of_others(void)
{
    struct evtchn_bind_interdomain ours = { 0 };
    struct evtchn_alloc_unbound its = { .remote_dom = DOMID_SELF };
    struct evtchn_status s;

    CHECK_EQ(ports_reset(1234), -XEN_ESRCH);
    CHECK_EQ(ports_reset(DOMID_IO), -XEN_ESRCH);
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_reset, 0), -XEN_EFAULT);
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_reset, HYPERVISOR_ADDRESS), -XEN_EFAULT);
    CHECK_EQ(child_create(&child, 1), 0);
    CHECK_EQ(child_build(&child, nothing, NULL), 0);
    its.dom = ours.remote_dom = child.id;
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_alloc_unbound, &its), 0);
    ours.remote_port = its.port;
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_bind_interdomain, &ours), 0);
    CHECK_EQ(ports_reset(child.id), 0);
    CHECK_EQ(port_status(ours.local_port, &s), 0);
    CHECK_EQ(s.status, EVTCHNSTAT_unbound);
    CHECK_EQ(s.u.unbound.dom, child.id);
    s = (struct evtchn_status){ .dom = child.id, .port = its.port };
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_status, &s), 0);
    CHECK_EQ(s.status, EVTCHNSTAT_closed);
    CHECK_EQ(port_close(ours.local_port), 0);
    CHECK_EQ(child_run(&child, reset_domain_0, NULL), SHUTDOWN_poweroff);
    CHECK(child_read(&child, &answer, sizeof(answer)));
    CHECK_EQ(answer, -XEN_EPERM);
    CHECK(child_destroy(&child));
}

const struct test tests[] = {
    { "events.send_and_receive", send_and_receive },
    { "events.masked", masked },
    { "events.status", status },
    { "events.virtual_interrupts", virtual_interrupts },
    { "events.interprocessor", interprocessor },
    { "events.timer", timer },
    { "events.poll", poll },
    { "events.refusals", refusals },
    { "events.exhaustion", exhaustion },
    { "events.moved", moved },
    { "events.moves_refused", moves_refused },
    { "events.reset", reset },
    { "events.reset_of_others", reset_of_others },
    { "events.racing_binds", racing_binds },
    { "events.racing_closes", racing_closes },
    { "events.racing_moves", racing_moves },
    { "events.racing_allocation", racing_allocation },
    { "events.racing_everything", racing_everything },
    { NULL, NULL },
};
