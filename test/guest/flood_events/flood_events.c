/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Floods event channels for time= seconds each: notifications to domain 0, to itself, timers that are always
 * due, and every port that there is. only= keeps to one of them.
 */
#include "test.h"

#include <public/errno.h>
#include <public/sched.h>
#include <public/vcpu.h>

static long event(unsigned int command, void *argument)
{
    return HYPERCALL(event_channel_op, command, argument);
}

static void storm_on(evtchn_port_t first, evtchn_port_t second)
{
    for (uint64_t stop = flood_end(); system_time() < stop;)
        for (unsigned int i = 0; i < 64; i++) {
            notify(first);
            notify(second);
        }
}

static void domain_0(void)
{
    storm_on(start_info->console.domU.evtchn, start_info->store_evtchn);
}

/* Each notification is taken as an upcall at once. */
static void itself(void)
{
    struct evtchn_bind_ipi ipi = { .vcpu = 0 };

    CHECK_EQ(event(EVTCHNOP_bind_ipi, &ipi), 0);
    shared->evtchn_mask[0] &= ~(1ul << ipi.port);
    upcalls(true);
    for (uint64_t stop = flood_end(); system_time() < stop;) {
        shared->evtchn_pending[0] = 0;
        notify(ipi.port);
    }
    upcalls(false);
}

/* A timer already due, and the shortest period. */
static void timers(void)
{
    struct evtchn_bind_virq virq = { .virq = VIRQ_TIMER };
    struct vcpu_set_periodic_timer period = { .period_ns = 1000000 };

    CHECK_EQ(event(EVTCHNOP_bind_virq, &virq), 0);
    shared->evtchn_mask[0] &= ~(1ul << virq.port);
    HYPERCALL(vcpu_op, VCPUOP_set_periodic_timer, 0, &period);
    upcalls(true);
    for (uint64_t stop = flood_end(); system_time() < stop;) {
        struct vcpu_set_singleshot_timer shot = { .timeout_abs_ns = 1 };

        shared->evtchn_pending[0] = 0;
        HYPERCALL(set_timer_op, 1);
        HYPERCALL(vcpu_op, VCPUOP_set_singleshot_timer, 0, &shot);
    }
    upcalls(false);
    HYPERCALL(vcpu_op, VCPUOP_stop_periodic_timer, 0, 0);
    CHECK_EQ(event(EVTCHNOP_close, &(struct evtchn_close){ .port = virq.port }), 0);
}

/* Ports until none is left, then as many notifications on them, then all closed, over and over. */
static void ports(void)
{
    uint64_t rounds = 0, opened = 0;

    for (uint64_t stop = flood_end(); system_time() < stop; rounds++) {
        evtchn_port_t first = 0, last = 0;
        long error;

        for (;;) {
            struct evtchn_bind_ipi ipi = { .vcpu = 0 };
            struct evtchn_alloc_unbound any = { .dom = DOMID_SELF, .remote_dom = opened & 1 ? 0 : DOMID_SELF };

            error = opened % 3 ? event(EVTCHNOP_bind_ipi, &ipi) : event(EVTCHNOP_alloc_unbound, &any);
            if (error)
                break;
            last = opened % 3 ? ipi.port : any.port;
            first = first ? first : last;
            opened++;
        }
        CHECK_EQ(error, -XEN_ENOSPC);
        for (evtchn_port_t port = first; port <= last; port++) {
            notify(port);
            if (port != start_info->console.domU.evtchn && port != start_info->store_evtchn)
                event(EVTCHNOP_close, &(struct evtchn_close){ .port = port });
        }
    }
    print("flood_events: %lu ports in %lu rounds\n", opened, rounds);
}

/* Ports of domain 0, hoping that one waits for us. */
static void strangers_ports(void)
{
    uint64_t bound = 0;

    for (uint64_t stop = flood_end(); system_time() < stop;)
        for (evtchn_port_t port = 0; port < 4096; port++) {
            struct evtchn_bind_interdomain bind = { .remote_dom = 0, .remote_port = port };

            if (!event(EVTCHNOP_bind_interdomain, &bind)) {
                bound++;
                event(EVTCHNOP_close, &(struct evtchn_close){ .port = bind.local_port });
            }
        }
    CHECK_EQ(bound, 0);
}

/* Sleeps that end at once. */
static void polls(void)
{
    evtchn_port_t port = start_info->console.domU.evtchn;

    for (uint64_t stop = flood_end(); system_time() < stop;) {
        struct sched_poll poll = { .nr_ports = 1, .timeout = 1 };

        set_xen_guest_handle(poll.ports, &port);
        HYPERCALL(sched_op, SCHEDOP_poll, &poll);
    }
}

const struct test tests[] = {
    { "flood_events.domain_0", domain_0 },
    { "flood_events.itself", itself },
    { "flood_events.timers", timers },
    { "flood_events.ports", ports },
    { "flood_events.strangers_ports", strangers_ports },
    { "flood_events.polls", polls },
    { NULL, NULL },
};
