/* SPDX-License-Identifier: GPL-2.0-only */
/* More ports than the 2-level form has, and all that there can be. */
#include "fifo.h"

#include "child.h"

#include <public/errno.h>
#include <public/sched.h>

#define TWO_LEVELS (EVTCHN_2L_NR_CHANNELS)
#define SOME_MORE  100

/* In domain 0: ports above the limit are there with the new form, and work. */
void above_two_levels(void)
{
    evtchn_port_t port, last = TWO_LEVELS + SOME_MORE;
    struct evtchn_status s;

    CHECK_EQ(begin_fifo(1, last / WORDS + 1), 0);
    for (evtchn_port_t i = 1; i <= last; i++) {
        CHECK_EQ(port_ipi(0, &port), 0);
        CHECK_EQ(port, i);
    }
    for (port = TWO_LEVELS - 1; port <= last; port++)
        CHECK_EQ(port_send(port), 0);
    CHECK_EQ(set_priority(last, 0), 0);
    for (port = TWO_LEVELS - 1; port <= last; port++) {
        CHECK_EQ(take(0), port);
        CHECK_EQ(words[port], PENDING);
    }
    CHECK_EQ(take(0), 0);
    CHECK_EQ(port_send(last - 1), 0);
    CHECK_EQ(port_send(last), 0);
    CHECK_EQ(take(0), last);
    CHECK_EQ(take(0), last - 1);
    CHECK_EQ(port_status(last, &s), 0);
    CHECK_EQ(s.status, EVTCHNSTAT_ipi);
    CHECK_EQ(ports_reset(DOMID_SELF), 0);
    CHECK_EQ(port_status(last, &s), 0);
    CHECK_EQ(s.status, EVTCHNSTAT_closed);
    CHECK_EQ(port_send(last), -XEN_EINVAL);
}

static struct child child;
static struct {
    evtchn_port_t last;
    bool done;
} plan;

/* ---- in a child, with which all that ports took goes */

static void nothing_beyond(evtchn_port_t port)
{
    struct evtchn_status s;

    CHECK_EQ(port_send(port), -XEN_EINVAL);
    CHECK_EQ(port_unmask(port), -XEN_EINVAL);
    CHECK_EQ(port_move(port, 0), -XEN_EINVAL);
    CHECK_EQ(port_close(port), -XEN_EINVAL);
    CHECK_EQ(port_status(port, &s), -XEN_EINVAL);
    CHECK_EQ(set_priority(port, 0), -XEN_EINVAL);
}

/* Ports that seem linked aren't given: only the last one is left. It is as good as any, and there is none beyond. */
static void use_last(void *unused)
{
    evtchn_port_t port, first;

    CHECK_EQ(begin_fifo(1, PAGES), 0);
    for (evtchn_port_t i = 1; i < PORTS - 1; i++)
        words[i] = LINKED;
    CHECK_EQ(port_ipi(0, &port), 0);
    CHECK_EQ(port, PORTS - 1);
    CHECK_EQ(port_ipi(0, &first), -XEN_ENOSPC);
    nothing_beyond(PORTS);
    words[1] = 0;
    CHECK_EQ(port_ipi(0, &first), 0);
    CHECK_EQ(first, 1);
    CHECK_EQ(set_priority(port, 0), 0);
    set_bits(port, MASKED);
    CHECK_EQ(port_send(port), 0);
    CHECK_EQ(port_send(first), 0);
    CHECK_EQ(port_unmask(port), 0);
    CHECK_EQ(words[port], PENDING | LINKED);
    CHECK_EQ(take(0), port);
    CHECK_EQ(take(0), first);
    CHECK_EQ(set_priority(port, PRIORITY), 0);
    CHECK_EQ(port_send(first), 0);
    CHECK_EQ(port_send(port), 0);
    CHECK_EQ(words[first], PENDING | LINKED | LINK(port));
    CHECK_EQ(take(0), first);
    CHECK_EQ(take(0), port);
    CHECK_EQ(port_close(port), 0);
    CHECK_EQ(port_send(port), -XEN_EINVAL);
    CHECK_EQ(port_ipi(0, &port), 0);
    CHECK_EQ(port, PORTS - 1);
    plan.done = true;
}

/* One queue of all ports, taken in the order they were sent. */
static void use_all(void *unused)
{
    evtchn_port_t port;

    CHECK_EQ(begin_fifo(1, PAGES), 0);
    for (evtchn_port_t i = 1; i <= plan.last; i++) {
        CHECK_EQ(port_ipi(0, &port), 0);
        CHECK_EQ(port, i);
        CHECK_EQ(port_send(port), 0);
    }
    CHECK_EQ(control(0)->head[PRIORITY], 1);
    for (evtchn_port_t i = 1; i <= plan.last; i++) {
        CHECK_EQ(take(0), i);
        CHECK_EQ(words[i], PENDING);
    }
    CHECK_EQ(take(0), 0);
    CHECK_EQ(ports_reset(DOMID_SELF), 0);
    CHECK_EQ(port_ipi(0, &port), 0);
    CHECK_EQ(port, 1);
    plan.done = true;
}

static void in_child(void (*body)(void *))
{
    plan.done = false;
    CHECK_EQ(child_run(&child, body, NULL), SHUTDOWN_poweroff);
    CHECK(child_read(&child, &plan, sizeof(plan)));
    CHECK(plan.done);
    CHECK(child_destroy(&child));
}

/* Debian's Xen gives the first of each 64 ports once, though it seems linked, and looks for each from port 1 on. */
void last_port(void)
{
    if (!tells_why())
        return skip("this hypervisor takes too long to find the last port");
    in_child(use_last);
}

/* There, for the same reason, not quite all. */
void all_ports(void)
{
    plan.last = tells_why() ? PORTS - 1 : TWO_LEVELS + SOME_MORE;
    in_child(use_all);
}
