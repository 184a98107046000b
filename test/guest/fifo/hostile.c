/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest that writes nonsense to its event words and control blocks hurts only itself: it loses events. The hypervisor
 * follows no port that it reads there, goes on, and the guest that begins anew has all that it needs.
 */
#include "fifo.h"

#include "beside.h"
#include "child.h"

#include <public/errno.h>
#include <public/sched.h>

#define TIME 300000000ull       /* ns, to scribble */
#define FEW  32                 /* ports */

/* Linked, as a guest says, where no queue has it: the event isn't delivered, others are. */
void own_linked(void)
{
    evtchn_port_t port, other, busy;

    CHECK_EQ(begin_fifo(1, 1), 0);
    CHECK_EQ(port_ipi(0, &port), 0);
    CHECK_EQ(port_ipi(0, &other), 0);
    set_bits(port, LINKED);
    CHECK_EQ(port_send(port), 0);
    CHECK_EQ(words[port], PENDING | LINKED);
    CHECK(!told(0));
    CHECK_EQ(port_send(other), 0);
    CHECK(told(0));
    CHECK_EQ(take(0), other);
    CHECK_EQ(take(0), 0);
    CHECK_EQ(port_close(port), 0);
    CHECK_EQ(port_ipi(0, &busy), 0);        /* to be taken first, or so it seems */
    CHECK(busy != port);
    words[port] = 0;
    CHECK_EQ(port_ipi(0, &busy), 0);
    CHECK_EQ(busy, port);
    CHECK_EQ(port_send(port), 0);
    CHECK_EQ(take(0), port);
    CHECK_EQ(ports_reset(DOMID_SELF), 0);
}

/*
 * Links that lead nowhere, BUSY set by the guest: what is sent goes behind the tail. A tail that the guest takes off
 * untold ends its queue.
 */
void own_links(void)
{
    evtchn_port_t ports[4];

    CHECK_EQ(begin_fifo(1, 1), 0);
    for (unsigned int i = 0; i < 4; i++)
        CHECK_EQ(port_ipi(0, &ports[i]), 0);
    CHECK_EQ(port_send(ports[0]), 0);
    CHECK_EQ(port_send(ports[1]), 0);
    words[ports[0]] = PENDING | LINKED | LINK(PORTS - 1);
    words[ports[1]] = PENDING | LINKED | LINK(PORTS - 1);
    CHECK_EQ(port_send(ports[2]), 0);
    CHECK_EQ(words[ports[0]], PENDING | LINKED | LINK(PORTS - 1));
    CHECK_EQ(words[ports[1]], PENDING | LINKED | LINK(ports[2]));
    words[ports[2]] = PENDING | LINKED | BUSY | LINK(ports[2]);
    told(0);
    CHECK_EQ(port_send(ports[3]), 0);
    CHECK_EQ(words[ports[2]], PENDING | LINKED | LINK(ports[3]));
    CHECK(!told(0));
    words[ports[3]] = 0;                    /* taken off: the queue seems empty */
    control(0)->ready = 0;
    words[ports[0]] = 0;
    CHECK_EQ(port_send(ports[0]), 0);
    CHECK(told(0));
    CHECK_EQ(control(0)->head[PRIORITY], ports[0]);
    CHECK_EQ(take(0), ports[0]);
    CHECK_EQ(take(0), 0);
    CHECK_EQ(ports_reset(DOMID_SELF), 0);
}

/* Heads and the bits of queues are for the guest to read: what it writes there only it sees. */
void own_control(void)
{
    evtchn_port_t port, other;

    CHECK_EQ(begin_fifo(1, 1), 0);
    CHECK_EQ(port_ipi(0, &port), 0);
    CHECK_EQ(port_ipi(0, &other), 0);
    memset(control(0), 0xff, sizeof(*control(0)));
    CHECK_EQ(port_send(port), 0);
    CHECK_EQ(words[port], PENDING | LINKED);
    CHECK(!told(0));                        /* it seems to know */
    CHECK_EQ(control(0)->ready, ~0u);
    CHECK_EQ(control(0)->head[PRIORITY], port);
    CHECK_EQ(control(0)->head[0], ~0u);
    memset(control(0), 0, sizeof(*control(0)));
    CHECK_EQ(port_send(other), 0);          /* behind the first, whatever the head says */
    CHECK_EQ(words[port], PENDING | LINKED | LINK(other));
    CHECK_EQ(control(0)->ready, 0);
    CHECK(!told(0));
    control(0)->ready = 1u << PRIORITY;
    control(0)->head[PRIORITY] = port;
    CHECK_EQ(take(0), port);
    CHECK_EQ(take(0), other);
    CHECK_EQ(port_send(port), 0);
    CHECK(told(0));
    CHECK_EQ(take(0), port);
    CHECK_EQ(ports_reset(DOMID_SELF), 0);
}

/* A page of words with all bits set: masked, and busy as long as it stays so. */
void own_all_ones(void)
{
    evtchn_port_t port, other;

    CHECK_EQ(begin_fifo(1, 1), 0);
    CHECK_EQ(port_ipi(0, &port), 0);
    memset(words, 0xff, PAGE_SIZE);
    CHECK_EQ(port_send(port), 0);
    CHECK_EQ(words[port], ~0u);
    CHECK_EQ(port_unmask(port), 0);
    CHECK_EQ(words[port], ~MASKED);
    CHECK(!told(0));
    CHECK_EQ(set_priority(port, 3), 0);
    CHECK_EQ(port_send(port), 0);
    CHECK_EQ(port_close(port), 0);
    CHECK_EQ(words[port], ~(MASKED | PENDING));
    CHECK_EQ(port_ipi(0, &other), 0);
    CHECK_EQ(other, WORDS);                 /* the first of the next page, which there isn't yet */
    memset(words, 0, PAGE_SIZE);
    CHECK_EQ(port_ipi(0, &other), 0);
    CHECK_EQ(other, port);
    CHECK_EQ(port_send(other), 0);
    CHECK_EQ(take(0), other);
    CHECK_EQ(ports_reset(DOMID_SELF), 0);
}

/* ---- beside others */

static struct child child;
static struct {
    evtchn_port_t remote;       /* domain 0's, for the child */
    bool done;
} plan;

static void scribble_and_send(void *unused)
{
    struct evtchn_bind_interdomain bind = { .remote_dom = 0, .remote_port = plan.remote };
    evtchn_port_t port;

    CHECK_EQ(begin_fifo(1, 2), 0);
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_bind_interdomain, &bind), 0);
    CHECK_EQ(port_ipi(0, &port), 0);
    memset(words, 0xff, 2 * PAGE_SIZE);
    memset(control(0), 0xff, sizeof(*control(0)));
    CHECK_EQ(port_send(port), 0);
    CHECK_EQ(port_send(bind.local_port), 0);
    plan.done = true;
}

/* A child's nonsense: what it sends comes, and nothing else of domain 0's changes. */
void only_itself(void)
{
    struct evtchn_alloc_unbound alloc = { .dom = DOMID_SELF };
    evtchn_port_t port;

    CHECK_EQ(begin_fifo(1, 1), 0);
    CHECK_EQ(port_ipi(0, &port), 0);
    CHECK_EQ(port_send(port), 0);
    CHECK_EQ(child_create(&child, 1), 0);
    alloc.remote_dom = child.id;
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_alloc_unbound, &alloc), 0);
    plan.remote = alloc.port;
    CHECK_EQ(child_build(&child, scribble_and_send, NULL), 0);
    CHECK_EQ(child_wait(&child), SHUTDOWN_poweroff);
    CHECK(child_read(&child, &plan, sizeof(plan)));
    CHECK(plan.done);
    CHECK_EQ(port_send(alloc.port), 0);     /* to the child, which is still there */
    CHECK_EQ(take(0), port);
    CHECK_EQ(take(0), alloc.port);
    CHECK_EQ(take(0), 0);
    for (evtchn_port_t i = 0; i < WORDS; i++)
        CHECK_EQ(words[i], i == port || i == alloc.port ? PENDING : 0);
    CHECK(child_destroy(&child));
    CHECK_EQ(ports_reset(DOMID_SELF), 0);
}

/* ---- while the hypervisor works with them */

static volatile bool stop;

static uint64_t next(uint64_t *random)
{
    *random = *random * 6364136223846793005ull + 1442695040888963407ull;
    return *random >> 24;
}

/* Of vcpu 1: ports and bits that look real are worse than those that don't. */
static void scribble(void *unused)
{
    uint64_t random = 1;

    while (!stop) {
        uint64_t r = next(&random);
        event_word_t word = (uint32_t)r & 0xf0000000;

        word |= LINK(r & 64 ? next(&random) % PORTS : next(&random) % FEW);
        if (r & 128)
            words[next(&random) % FEW] = word;
        else
            ((volatile uint32_t *)control(r >> 8 & 1))[next(&random) % (sizeof(*control(0)) / 4)] = word;
        relax();
    }
}

/* While the few seem to be linked there are others: back they go, so that there never are many more. */
static long not_too_many(long error, evtchn_port_t port)
{
    if (error || port < FEW)
        return error;
    error = port_close(port);
    words[port] = 0;
    return error;
}

static long bind_ipi(unsigned int vcpu)
{
    evtchn_port_t port;
    long error = port_ipi(vcpu, &port);

    return not_too_many(error, port);
}

static long bind_pair(void)
{
    evtchn_port_t from = 0, to;
    long error = port_pair(&from, &to);

    return not_too_many(error, from) ?: not_too_many(error, to);
}

static long anything(uint64_t random)
{
    evtchn_port_t port = random >> 8 & (FEW - 1);

    switch (random & 7) {
    case 0:  return port_close(port);
    case 1:  return bind_ipi(random >> 16 & 1);
    case 2:  return bind_pair();
    case 3:  return port_move(port, random >> 16 & 1);
    case 4:  return port_unmask(port);
    case 5:  return set_priority(port, random >> 16 & 15);
    default: return port_send(port);
    }
}

/* Answers are those there are without it; what a guest writes is no reason to fail. */
void scribbling(void)
{
    uint64_t random = 2, begun = system_time();
    evtchn_port_t port;

    CHECK_EQ(begin_fifo(2, 1), 0);
    stop = false;
    CHECK_EQ(run_beside(scribble, NULL), 0);
    while (system_time() - begun < TIME) {
        long answer = anything(next(&random));

        if (answer && answer != -XEN_EINVAL && answer != -XEN_EACCES) {
            fail("%ld is no answer to what a guest writes", answer);
            break;
        }
        relax();
    }
    stop = true;
    CHECK(ended_beside());
    CHECK_EQ(begin_fifo(2, 1), 0);          /* as if nothing had been */
    CHECK_EQ(port_ipi(1, &port), 0);
    CHECK_EQ(port_send(port), 0);
    CHECK(told(1));
    CHECK_EQ(take(1), port);
    CHECK_EQ(take(0), 0);
    CHECK_EQ(ports_reset(DOMID_SELF), 0);
}
