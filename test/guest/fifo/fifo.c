/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Event channels in FIFO queues: going over to them and back, delivery, masks, priorities, ports that are closed or
 * moved while they are linked (this file); all 131,071 of them (many.c); what is refused (refusals.c); guests that
 * write nonsense to their words and control blocks (hostile.c); two vcpus at work (races.c). Domain 0 goes back by
 * EVTCHNOP_reset.
 */
#include "fifo.h"

#include "beside.h"

#include <public/errno.h>
#include <public/sched.h>

static unsigned int calls;

static bool count_upcall(struct frame *frame)
{
    if (frame->vector != VECTOR_UPCALL)
        return false;
    calls++;
    this_vcpu()->evtchn_upcall_pending = 0;
    return true;
}

/* What is pending in the 2-level form is when the array is there; after a reset it is that form again. */
static void switched(void)
{
    evtchn_port_t from, to, quiet_from, quiet_to;
    struct evtchn_status s;

    CHECK_EQ(port_pair(&from, &to), 0);
    CHECK_EQ(port_pair(&quiet_from, &quiet_to), 0);
    memset(shared->evtchn_pending, 0, sizeof(shared->evtchn_pending));
    CHECK_EQ(port_send(from), 0);
    CHECK(shared->evtchn_pending[0] >> to & 1);
    CHECK_EQ(give_control(0), 0);
    told(0);
    CHECK_EQ(take(0), 0);
    CHECK_EQ(give_page(0), 0);
    CHECK(told(0));
    CHECK_EQ(take(0), to);
    CHECK_EQ(take(0), 0);
    memset(shared->evtchn_pending, 0, sizeof(shared->evtchn_pending));
    CHECK_EQ(port_send(quiet_from), 0);
    CHECK(!shared->evtchn_pending[0]);
    CHECK_EQ(words[quiet_to], PENDING | LINKED);
    CHECK_EQ(ports_reset(DOMID_SELF), 0);
    for (evtchn_port_t port = 1; port <= quiet_from; port++) {
        CHECK_EQ(port_status(port, &s), 0);
        CHECK_EQ(s.status, EVTCHNSTAT_closed);
    }
    CHECK_EQ(port_pair(&from, &to), 0);
    CHECK_EQ(port_send(from), 0);
    CHECK(shared->evtchn_pending[0] >> to & 1);
    CHECK_EQ(port_close(from), 0);
    CHECK_EQ(port_close(to), 0);
    CHECK_EQ(give_control(0), 0);           /* may go over again, with the same frames */
    CHECK_EQ(give_page(0), 0);
    CHECK_EQ(ports_reset(DOMID_SELF), 0);
}

/* A port is linked, and its vcpu told, once until it is taken; pending until the guest says it isn't. */
static void delivery(void)
{
    evtchn_port_t port;

    CHECK_EQ(begin_fifo(1, 1), 0);
    CHECK_EQ(port_ipi(0, &port), 0);
    CHECK_EQ(words[port], 0);
    for (unsigned int i = 0; i < 3; i++) {
        CHECK_EQ(port_send(port), 0);
        CHECK_EQ(words[port], PENDING | LINKED);
        CHECK_EQ(control(0)->ready, 1u << PRIORITY);
        CHECK_EQ(control(0)->head[PRIORITY], port);
        CHECK(told(0));
        CHECK_EQ(port_send(port), 0);
        CHECK_EQ(words[port], PENDING | LINKED);
        CHECK(!told(0));
        CHECK_EQ(take(0), port);
        CHECK_EQ(take(0), 0);
        CHECK_EQ(words[port], PENDING);
        if (i == 1)
            clear_bits(port, PENDING);      /* it doesn't matter to what is sent next */
    }
    frame_hook = count_upcall;
    calls = 0;
    upcalls(true);
    CHECK_EQ(port_send(port), 0);
    upcalls(false);
    CHECK_EQ(calls, 1);
    CHECK_EQ(take(0), port);
    CHECK_EQ(ports_reset(DOMID_SELF), 0);
}

/* A virtual interrupt wakes a vcpu that blocks. */
static void virtual_interrupt(void)
{
    struct evtchn_bind_virq timer = { .virq = VIRQ_TIMER };

    CHECK_EQ(begin_fifo(1, 1), 0);
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_bind_virq, &timer), 0);
    frame_hook = count_upcall;
    calls = 0;
    CHECK_EQ(HYPERCALL(set_timer_op, WIDE(system_time() + 10000000)), 0);
    CHECK_EQ(HYPERCALL(sched_op, SCHEDOP_block, 0), 0);
    upcalls(false);
    CHECK_EQ(calls, 1);
    CHECK_EQ(take(0), timer.port);
    CHECK_EQ(ports_reset(DOMID_SELF), 0);
}

/* A masked port becomes pending and no more; unmasking it delivers what is pending, but only that. */
static void masked(void)
{
    struct sched_poll poll = { .nr_ports = 1 };
    evtchn_port_t port;

    CHECK_EQ(begin_fifo(1, 1), 0);
    CHECK_EQ(port_ipi(0, &port), 0);
    set_bits(port, MASKED);
    CHECK_EQ(port_send(port), 0);
    CHECK_EQ(words[port], PENDING | MASKED);
    CHECK(!told(0));
    set_xen_guest_handle(poll.ports, &port);
    CHECK_EQ(HYPERCALL(sched_op, SCHEDOP_poll, &poll), 0);      /* at once */
    CHECK_EQ(port_unmask(port), 0);
    CHECK_EQ(words[port], PENDING | LINKED);
    CHECK(told(0));
    CHECK_EQ(port_unmask(port), 0);
    CHECK(!told(0));
    CHECK_EQ(take(0), port);
    CHECK_EQ(take(0), 0);
    CHECK_EQ(words[port], PENDING);
    words[port] = MASKED;
    CHECK_EQ(port_unmask(port), 0);
    CHECK_EQ(words[port], 0);
    CHECK(!told(0));
    CHECK_EQ(take(0), 0);
    CHECK_EQ(port_send(port), 0);           /* masked when it is linked already: the guest's to look at */
    set_bits(port, MASKED);
    CHECK_EQ(port_send(port), 0);
    CHECK_EQ(words[port], PENDING | MASKED | LINKED);
    CHECK_EQ(take(0), port);
    CHECK_EQ(ports_reset(DOMID_SELF), 0);
}

/* The most urgent first, of the same priority the one that was sent first. */
static void priorities(void)
{
    static const uint8_t order[] = { 9, 0, 15, 7, 3, 7, 0, 12, 15, 1 }, delivered[] = { 1, 6, 9, 4, 3, 5, 0, 7, 2, 8 };
    evtchn_port_t ports[ARRAY_SIZE(order)];
    uint32_t ready = 0;

    CHECK_EQ(begin_fifo(1, 1), 0);
    for (unsigned int i = 0; i < ARRAY_SIZE(order); i++) {
        CHECK_EQ(port_ipi(0, &ports[i]), 0);
        CHECK_EQ(set_priority(ports[i], order[i]), 0);
        ready |= 1u << order[i];
    }
    for (unsigned int i = 0; i < ARRAY_SIZE(order); i++)
        CHECK_EQ(port_send(ports[i]), 0);
    CHECK_EQ(control(0)->ready, ready);
    CHECK_EQ(words[ports[1]], PENDING | LINKED | LINK(ports[6]));
    for (unsigned int i = 0; i < ARRAY_SIZE(order); i++) {
        CHECK_EQ(take(0), ports[delivered[i]]);
        CHECK_EQ(words[ports[delivered[i]]], PENDING);
    }
    CHECK_EQ(take(0), 0);
    CHECK_EQ(ports_reset(DOMID_SELF), 0);
}

/* A new priority is for what is sent after; a closed port's is forgotten. */
static void new_priority(void)
{
    evtchn_port_t first, second, again;

    CHECK_EQ(begin_fifo(1, 1), 0);
    CHECK_EQ(port_ipi(0, &first), 0);
    CHECK_EQ(port_ipi(0, &second), 0);
    CHECK_EQ(port_send(first), 0);
    CHECK_EQ(port_send(second), 0);
    CHECK_EQ(set_priority(second, 2), 0);
    CHECK_EQ(port_send(second), 0);
    CHECK_EQ(take(0), first);
    CHECK_EQ(take(0), second);
    CHECK_EQ(port_send(first), 0);
    CHECK_EQ(port_send(second), 0);
    CHECK_EQ(control(0)->ready, 1u << 2 | 1u << PRIORITY);
    CHECK_EQ(control(0)->head[2], second);
    CHECK_EQ(take(0), second);
    CHECK_EQ(take(0), first);
    CHECK_EQ(port_close(second), 0);
    CHECK_EQ(port_ipi(0, &again), 0);
    CHECK_EQ(again, second);
    CHECK_EQ(port_send(again), 0);
    CHECK_EQ(control(0)->ready, 1u << PRIORITY);
    CHECK_EQ(ports_reset(DOMID_SELF), 0);
}

/* A closed port that is linked isn't given to anybody before it is taken. */
static void closed(void)
{
    evtchn_port_t first, second, third;

    CHECK_EQ(begin_fifo(1, 1), 0);
    CHECK_EQ(port_ipi(0, &first), 0);
    CHECK_EQ(port_ipi(0, &second), 0);
    CHECK_EQ(port_send(first), 0);
    CHECK_EQ(port_send(second), 0);
    CHECK_EQ(port_close(first), 0);
    CHECK_EQ(words[first], LINKED | LINK(second));
    CHECK_EQ(port_ipi(0, &third), 0);
    CHECK(third != first && third != second);
    CHECK_EQ(port_send(third), 0);
    CHECK_EQ(take(0), first);
    CHECK_EQ(words[first], 0);
    CHECK_EQ(take(0), second);
    CHECK_EQ(take(0), third);
    CHECK_EQ(take(0), 0);
    CHECK_EQ(port_ipi(0, &third), 0);
    CHECK_EQ(third, first);
    CHECK_EQ(ports_reset(DOMID_SELF), 0);
}

/* What is linked stays on its queue, also as a tail that others are linked behind; later events go to the new vcpu. */
static void moved(void)
{
    evtchn_port_t from[3], to[3];

    CHECK_EQ(begin_fifo(2, 1), 0);
    for (unsigned int i = 0; i < 3; i++)
        CHECK_EQ(port_pair(&from[i], &to[i]), 0);
    while (take(0))                         /* the ends that asked to be connected are pending at first */
        ;
    told(0);
    for (unsigned int i = 0; i < 2; i++)
        CHECK_EQ(port_send(from[i]), 0);
    CHECK(told(0));
    CHECK_EQ(port_move(to[1], 1), 0);
    CHECK_EQ(port_send(from[1]), 0);        /* it is linked, wherever */
    CHECK(!told(1));
    CHECK_EQ(port_send(from[2]), 0);
    CHECK_EQ(words[to[1]], PENDING | LINKED | LINK(to[2]));
    for (unsigned int i = 0; i < 3; i++)
        CHECK_EQ(take(0), to[i]);
    CHECK_EQ(take(1), 0);
    CHECK_EQ(port_move(to[2], 1), 0);       /* the tail, as the hypervisor last saw vcpu 0's queue */
    for (unsigned int i = 3; i--;)
        CHECK_EQ(port_send(from[i]), 0);
    CHECK(told(0) && told(1));
    CHECK_EQ(words[to[2]], PENDING | LINKED | LINK(to[1]));
    CHECK_EQ(words[to[1]], PENDING | LINKED);
    CHECK_EQ(control(0)->head[PRIORITY], to[0]);
    CHECK_EQ(take(1), to[2]);
    CHECK_EQ(take(1), to[1]);
    CHECK_EQ(take(0), to[0]);
    CHECK_EQ(take(0) + take(1), 0);
    CHECK_EQ(ports_reset(DOMID_SELF), 0);
}

/* What is pending behind its mask is delivered to the vcpu that the port belongs to when it is unmasked. */
static void moved_masked(void)
{
    evtchn_port_t from, to;

    CHECK_EQ(begin_fifo(2, 1), 0);
    CHECK_EQ(port_pair(&from, &to), 0);
    while (take(0))
        ;
    told(0);
    set_bits(to, MASKED);
    CHECK_EQ(port_send(from), 0);
    CHECK_EQ(set_priority(to, 0), 0);
    CHECK_EQ(port_move(to, 1), 0);
    CHECK_EQ(words[to], PENDING | MASKED);
    CHECK_EQ(port_unmask(to), 0);
    CHECK(told(1) && !told(0));
    CHECK_EQ(control(1)->ready, 1);
    CHECK_EQ(take(1), to);
    CHECK_EQ(take(0) + take(1), 0);
    CHECK_EQ(ports_reset(DOMID_SELF), 0);
}

/* Ports whose words there are no pages for yet: what is sent is kept until there are. */
static void late_pages(void)
{
    evtchn_port_t port;

    CHECK_EQ(begin_fifo(1, 0), 0);
    CHECK_EQ(port_ipi(0, &port), 0);
    CHECK_EQ(port_send(port), 0);
    CHECK_EQ(port_send(port), 0);
    CHECK(!told(0));
    CHECK_EQ(port_unmask(port), 0);
    CHECK(!told(0));
    CHECK_EQ(give_page(0), 0);
    CHECK(told(0));
    CHECK_EQ(words[port], PENDING | LINKED);
    CHECK_EQ(take(0), port);
    CHECK_EQ(take(0), 0);
    CHECK_EQ(ports_reset(DOMID_SELF), 0);
}

const struct test tests[] = {
    { "fifo.delivery", delivery },
    { "fifo.virtual_interrupt", virtual_interrupt },
    { "fifo.masked", masked },
    { "fifo.priorities", priorities },
    { "fifo.new_priority", new_priority },
    { "fifo.closed", closed },
    { "fifo.moved", moved },
    { "fifo.moved_masked", moved_masked },
    { "fifo.control_refused", control_refused },
    { "fifo.array_refused", array_refused },
    { "fifo.priority_refused", priority_refused },
    { "fifo.frames_of_others", frames_of_others },
    { "fifo.held", held },
    { "fifo.above_two_levels", above_two_levels },
    { "fifo.last_port", last_port },
    { "fifo.all_ports", all_ports },
    { "fifo.own_linked", own_linked },
    { "fifo.own_links", own_links },
    { "fifo.own_control", own_control },
    { "fifo.own_all_ones", own_all_ones },
    { "fifo.only_itself", only_itself },
    { "fifo.scribbling", scribbling },
    { "fifo.nothing_lost", nothing_lost },
    { "fifo.nothing_lost_moving", nothing_lost_moving },
    /* The last ones: what is kept for want of pages, Debian's Xen sends again whenever there are new ones. */
    { "fifo.late_pages", late_pages },
    { "fifo.switched", switched },
    { NULL, NULL },
};
