/* SPDX-License-Identifier: GPL-2.0-only */
/* Event channels in the 2-level layout: binding, sending, masks, status, virtual interrupts, refusals. */
#include "test.h"

#include <public/errno.h>
#include <public/event_channel.h>
#include <public/sched.h>

static unsigned int calls;

/* Count upcalls; clear the selector and the pending flag as a kernel does. Ports stay pending. */
static bool count_upcall(struct frame *frame)
{
    if (frame->vector != VECTOR_UPCALL)
        return false;
    calls++;
    vcpu0->evtchn_upcall_pending = 0;
    barrier();
    vcpu0->evtchn_pending_sel = 0;
    return true;
}

static bool bit(const unsigned long *map, unsigned int n)
{
    return map[n / 64] >> n % 64 & 1;
}

static void set_mask(unsigned int port, bool masked)
{
    unsigned long *word = &shared->evtchn_mask[port / 64], one = 1ul << port % 64;

    *word = masked ? *word | one : *word & ~one;
    barrier();
}

static void clear_pending(unsigned int port)
{
    shared->evtchn_pending[port / 64] &= ~(1ul << port % 64);
    barrier();
}

static long send(unsigned int port)
{
    struct evtchn_send op = { .port = port };

    return HYPERCALL(event_channel_op, EVTCHNOP_send, &op);
}

static long close(unsigned int port)
{
    struct evtchn_close op = { .port = port };

    return HYPERCALL(event_channel_op, EVTCHNOP_close, &op);
}

/* A port at each end, both ours: *to receives what is sent on *from. */
static long loopback(unsigned int *from, unsigned int *to)
{
    struct evtchn_alloc_unbound alloc = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
    struct evtchn_bind_interdomain bind = { .remote_dom = DOMID_SELF };
    long error = HYPERCALL(event_channel_op, EVTCHNOP_alloc_unbound, &alloc);

    if (error)
        return error;
    *to = bind.remote_port = alloc.port;
    error = HYPERCALL(event_channel_op, EVTCHNOP_bind_interdomain, &bind);
    *from = bind.local_port;
    return error;
}

static void send_and_receive(void)
{
    unsigned int from, to;

    CHECK_EQ(loopback(&from, &to), 0);
    clear_pending(to);
    clear_pending(from);
    vcpu0->evtchn_upcall_pending = 0;
    vcpu0->evtchn_pending_sel = 0;
    frame_hook = count_upcall;
    calls = 0;
    set_mask(to, false);
    CHECK_EQ(send(from), 0);
    CHECK(bit(shared->evtchn_pending, to));
    CHECK(!bit(shared->evtchn_pending, from));
    CHECK_EQ(vcpu0->evtchn_upcall_pending, 1);
    CHECK_EQ(calls, 0);
    upcalls(true);
    CHECK_EQ(calls, 1);
    CHECK_EQ(vcpu0->evtchn_upcall_mask, 0);
    CHECK_EQ(send(from), 0);                /* still pending: no second upcall */
    CHECK_EQ(calls, 1);
    clear_pending(to);
    CHECK_EQ(send(from), 0);
    CHECK_EQ(calls, 2);
    upcalls(false);
    clear_pending(to);
    CHECK_EQ(close(from), 0);
    CHECK_EQ(close(to), 0);
}

/* A masked port becomes pending without an upcall; EVTCHNOP_unmask makes up for it. */
static void masked(void)
{
    struct evtchn_unmask unmask;
    unsigned int from, to;

    CHECK_EQ(loopback(&from, &to), 0);
    clear_pending(to);
    vcpu0->evtchn_upcall_pending = 0;
    vcpu0->evtchn_pending_sel = 0;
    frame_hook = count_upcall;
    calls = 0;
    upcalls(true);
    set_mask(to, true);
    CHECK_EQ(send(from), 0);
    CHECK(bit(shared->evtchn_pending, to));
    CHECK_EQ(calls, 0);
    unmask.port = to;
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_unmask, &unmask), 0);
    CHECK_EQ(calls, 1);
    CHECK(!bit(shared->evtchn_mask, to));
    upcalls(false);
    clear_pending(to);
    CHECK_EQ(close(from), 0);
    CHECK_EQ(close(to), 0);
}

static long status_of(unsigned int port, struct evtchn_status *status)
{
    *status = (struct evtchn_status){ .dom = DOMID_SELF, .port = port };
    return HYPERCALL(event_channel_op, EVTCHNOP_status, status);
}

static void status(void)
{
    struct evtchn_alloc_unbound alloc = { .dom = DOMID_SELF, .remote_dom = 7 };
    struct evtchn_status s;
    unsigned int from, to;

    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_alloc_unbound, &alloc), 0);
    CHECK_EQ(status_of(alloc.port, &s), 0);
    CHECK_EQ(s.status, EVTCHNSTAT_unbound);
    CHECK_EQ(s.u.unbound.dom, 7);
    CHECK_EQ(close(alloc.port), 0);
    CHECK_EQ(status_of(alloc.port, &s), 0);
    CHECK_EQ(s.status, EVTCHNSTAT_closed);
    CHECK_EQ(loopback(&from, &to), 0);
    CHECK_EQ(status_of(from, &s), 0);
    CHECK_EQ(s.status, EVTCHNSTAT_interdomain);
    CHECK_EQ(s.u.interdomain.port, to);
    CHECK_EQ(close(to), 0);
    CHECK_EQ(status_of(from, &s), 0);
    CHECK_EQ(s.status, EVTCHNSTAT_unbound);     /* the other end waits for a new partner */
    CHECK_EQ(close(from), 0);
    CHECK_EQ(status_of(100000, &s), -XEN_EINVAL);
}

static void virtual_interrupts(void)
{
    struct evtchn_bind_virq virq = { .virq = VIRQ_TIMER, .vcpu = 0 }, again = virq;
    struct evtchn_status s;

    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_bind_virq, &virq), 0);
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_bind_virq, &again), -XEN_EEXIST);
    CHECK_EQ(status_of(virq.port, &s), 0);
    CHECK_EQ(s.status, EVTCHNSTAT_virq);
    CHECK_EQ(s.u.virq, VIRQ_TIMER);
    CHECK_EQ(send(virq.port), -XEN_EINVAL);
    CHECK_EQ(close(virq.port), 0);
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
    CHECK_EQ(status_of(ipi.port, &s), 0);
    CHECK_EQ(s.status, EVTCHNSTAT_ipi);
    clear_pending(ipi.port);
    vcpu0->evtchn_upcall_pending = 0;
    vcpu0->evtchn_pending_sel = 0;
    calls = 0;
    set_mask(ipi.port, false);
    upcalls(true);
    CHECK_EQ(send(ipi.port), 0);
    CHECK_EQ(calls, 1);
    upcalls(false);
    clear_pending(ipi.port);
    CHECK_EQ(close(ipi.port), 0);
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
    CHECK_EQ(close(virq.port), 0);
}

/* SCHEDOP_poll wakes for a port that is masked from upcalls, and at its timeout. */
static void poll(void)
{
    evtchn_port_t ports[1];
    struct sched_poll op = { .nr_ports = 1 };
    unsigned int from, to;

    CHECK_EQ(loopback(&from, &to), 0);
    set_mask(to, true);
    clear_pending(to);
    ports[0] = to;
    set_xen_guest_handle(op.ports, ports);
    op.timeout = system_time() + 10000000;
    CHECK_EQ(HYPERCALL(sched_op, SCHEDOP_poll, &op), 0);    /* by time */
    CHECK_EQ(send(from), 0);
    op.timeout = 0;
    CHECK_EQ(HYPERCALL(sched_op, SCHEDOP_poll, &op), 0);    /* at once */
    op.nr_ports = 129;
    CHECK_EQ(HYPERCALL(sched_op, SCHEDOP_poll, &op), -XEN_EINVAL);
    op.nr_ports = 1;
    ports[0] = 1 << 20;
    CHECK_EQ(HYPERCALL(sched_op, SCHEDOP_poll, &op), -XEN_EINVAL);
    clear_pending(to);
    CHECK_EQ(close(from), 0);
    CHECK_EQ(close(to), 0);
}

static void refusals(void)
{
    struct evtchn_bind_interdomain bind = { .remote_dom = DOMID_SELF, .remote_port = 99999 };
    struct evtchn_alloc_unbound alloc = { .dom = 1234, .remote_dom = DOMID_SELF };
    struct evtchn_bind_vcpu move = { .port = 0, .vcpu = 500 };

    CHECK_EQ(send(0), -XEN_EINVAL);
    CHECK_EQ(send(~0u), -XEN_EINVAL);
    CHECK_EQ(close(0), -XEN_EINVAL);
    CHECK_EQ(close(~0u), -XEN_EINVAL);
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
        CHECK_EQ(close(ports[n]), 0);
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_alloc_unbound, &alloc), 0);
    CHECK_EQ(close(alloc.port), 0);
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
    { NULL, NULL },
};
