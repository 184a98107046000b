/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two vcpus that ask for the same ports at once. Both sides of a race meet before each round; what both want only one
 * gets, and the loser is told so.
 */
#include "events.h"

#include "beside.h"

#include <public/errno.h>

#define ROUNDS 1000
#define PORTS  24       /* that everything happens to */
#define CALLS  3000

static struct {
    long (*call)(evtchn_port_t port, unsigned int side);
    volatile evtchn_port_t port;
    volatile bool over;
    volatile long answers[2];
} race;

/* Of vcpu 1. That the race is over is said before a round. */
static void other_side(void *unused)
{
    while (meet()) {
        if (race.over)
            return;
        race.answers[1] = race.call(race.port, 1);
        if (!meet())
            break;
    }
    fail("the other side does not come");
}

static long begin_race(long (*call)(evtchn_port_t port, unsigned int side))
{
    race.call = call;
    race.over = false;
    return run_beside(other_side, NULL);
}

/* Of vcpu 0, which has prepared what there is to win, and looks at the answers after. */
static bool one_round(void)
{
    if (!meet())
        return false;
    race.answers[0] = race.call(race.port, 0);
    return meet();
}

static bool end_race(void)
{
    race.over = true;
    return meet() && ended_beside();
}

/* ---- what only one can have */

static evtchn_port_t got[2];

static long connect(evtchn_port_t port, unsigned int side)
{
    struct evtchn_bind_interdomain op = { .remote_dom = DOMID_SELF, .remote_port = port };
    long error = HYPERCALL(event_channel_op, EVTCHNOP_bind_interdomain, &op);

    got[side] = op.local_port;
    return error;
}

static long bind_timer(evtchn_port_t port, unsigned int side)
{
    struct evtchn_bind_virq op = { .virq = VIRQ_TIMER };
    long error = HYPERCALL(event_channel_op, EVTCHNOP_bind_virq, &op);

    got[side] = op.port;
    return error;
}

static long shut(evtchn_port_t port, unsigned int side)
{
    return port_close(port);
}

/* The one that had success; the other was refused with that error. -1: it wasn't so. */
static int winner(long error)
{
    for (int side = 0; side < 2; side++)
        if (race.answers[side] == 0 && race.answers[!side] == error)
            return side;
    return -1;
}

/* One port waits, one virtual interrupt is free. */
void racing_binds(void)
{
    int won;

    CHECK_EQ(begin_race(connect), 0);
    for (unsigned int i = 0; i < ROUNDS; i++) {
        evtchn_port_t port;

        CHECK_EQ(port_unbound(&port), 0);
        race.port = port;
        CHECK(one_round());
        won = winner(-XEN_EINVAL);
        CHECK(won >= 0);
        CHECK_EQ(port_close(got[won]), 0);
        CHECK_EQ(port_close(port), 0);
    }
    CHECK(end_race());
    CHECK_EQ(begin_race(bind_timer), 0);
    for (unsigned int i = 0; i < ROUNDS; i++) {
        CHECK(one_round());
        won = winner(-XEN_EEXIST);
        CHECK(won >= 0);
        CHECK_EQ(port_close(got[won]), 0);
    }
    CHECK(end_race());
}

static evtchn_port_t ends[2];

static long shut_own_end(evtchn_port_t port, unsigned int side)
{
    return port_close(ends[side]);
}

static long send_or_shut(evtchn_port_t port, unsigned int side)
{
    return side ? port_send(port) : port_close(port);
}

/* One port is closed from both sides; of a pair each closes its end; one closes what the other sends on. */
void racing_closes(void)
{
    struct evtchn_status s;

    for (unsigned int kind = 0; kind < 3; kind++) {
        CHECK_EQ(begin_race(kind == 0 ? shut : kind == 1 ? shut_own_end : send_or_shut), 0);
        for (unsigned int i = 0; i < ROUNDS; i++) {
            CHECK_EQ(port_pair(&ends[0], &ends[1]), 0);
            race.port = ends[0];
            CHECK(one_round());
            if (kind == 0)
                CHECK(winner(-XEN_EINVAL) >= 0);
            else
                CHECK_EQ(race.answers[0], 0);
            if (kind == 1)
                CHECK_EQ(race.answers[1], 0);
            if (kind == 2)          /* sent before it was closed or after */
                CHECK(race.answers[1] == 0 || race.answers[1] == -XEN_EINVAL);
            CHECK_EQ(port_status(ends[1], &s), 0);
            CHECK_EQ(s.status, kind == 1 ? EVTCHNSTAT_closed : EVTCHNSTAT_unbound);
            if (kind != 1)
                CHECK_EQ(port_close(ends[1]), 0);
        }
        CHECK(end_race());
    }
}

/* ---- a port that moves while it is sent to */

static long move_to_side(evtchn_port_t port, unsigned int side)
{
    return port_move(port, side);
}

static long send_or_move(evtchn_port_t port, unsigned int side)
{
    return side ? port_send(ends[0]) : port_move(port, 1);
}

static bool told(unsigned int vcpu)
{
    struct vcpu_info *info = &shared->vcpu_info[vcpu];
    bool pending = info->evtchn_upcall_pending && info->evtchn_pending_sel;

    info->evtchn_upcall_pending = 0;
    info->evtchn_pending_sel = 0;
    return pending;
}

/* The port belongs to one of the vcpus afterwards; of what was sent exactly one of them was told. */
void racing_moves(void)
{
    struct evtchn_status s;

    CHECK_EQ(port_pair(&ends[0], &ends[1]), 0);
    shared->evtchn_mask[0] &= ~(1ul << ends[1]);
    race.port = ends[1];
    CHECK_EQ(begin_race(move_to_side), 0);
    for (unsigned int i = 0; i < ROUNDS; i++) {
        CHECK(one_round());
        CHECK(!race.answers[0] && !race.answers[1]);
        CHECK_EQ(port_status(ends[1], &s), 0);
        CHECK(s.vcpu < 2);
    }
    CHECK(end_race());
    CHECK_EQ(begin_race(send_or_move), 0);
    for (unsigned int i = 0; i < ROUNDS; i++) {
        CHECK_EQ(port_move(ends[1], 0), 0);
        shared->evtchn_pending[0] = 0;
        told(0);
        told(1);
        CHECK(one_round());
        CHECK(!race.answers[0] && !race.answers[1]);
        CHECK_EQ(told(0) + told(1), 1);
    }
    CHECK(end_race());
    shared->evtchn_pending[0] = 0;
    CHECK_EQ(port_close(ends[0]), 0);
    CHECK_EQ(port_close(ends[1]), 0);
}

/* ---- each its own ports, of the same domain */

static volatile unsigned int owners[PORTS * 4];

/* Nobody is given a port that somebody has. */
static void take_and_give(void *unused)
{
    evtchn_port_t port;

    if (!meet())
        return fail("the other side does not come");
    for (unsigned int i = 0; i < CALLS; i++) {
        if (i % 2 ? port_ipi(0, &port) : port_unbound(&port))
            return fail("no port");
        if (port >= ARRAY_SIZE(owners) || __atomic_fetch_add(&owners[port], 1, __ATOMIC_SEQ_CST))
            return fail("port %u is given to two", port);
        relax();
        __atomic_fetch_sub(&owners[port], 1, __ATOMIC_SEQ_CST);
        if (port_close(port))
            return fail("port %u is not there any more", port);
    }
}

void racing_allocation(void)
{
    CHECK_EQ(run_beside(take_and_give, NULL), 0);
    take_and_give(NULL);
    CHECK(ended_beside());
}

/* ---- anything with any of the ports */

static long anything(uint64_t random)
{
    struct evtchn_bind_interdomain bind = { .remote_dom = DOMID_SELF, .remote_port = (random >> 8) % PORTS };
    struct evtchn_bind_virq virq = { .virq = VIRQ_TIMER, .vcpu = random >> 16 & 1 };
    evtchn_port_t port = (random >> 8) % PORTS;
    struct evtchn_status s;

    switch (random % 10) {
    case 0:  return port_unbound(&port);
    case 1:  return HYPERCALL(event_channel_op, EVTCHNOP_bind_interdomain, &bind);
    case 2:  return port_ipi(random >> 16 & 1, &port);
    case 3:  return HYPERCALL(event_channel_op, EVTCHNOP_bind_virq, &virq);
    case 4:  return port_move(port, random >> 16 & 1);
    case 5:  return port_unmask(port);
    case 6:  return port_status(port, &s);
    case 7:  return port_send(port);
    default: return port_close(port);
    }
}

static void many(void *seed)
{
    uint64_t random = (unsigned long)seed;
    long answer;

    if (!meet())
        return fail("the other side does not come");
    for (unsigned int i = 0; i < CALLS; i++) {
        random = random * 6364136223846793005ull + 1442695040888963407ull;
        answer = anything(random >> 24);
        if (answer && answer != -XEN_EINVAL && answer != -XEN_EEXIST)
            return fail("operation %u of the random ones: %ld", i, answer);
        if (random >> 63)
            relax();
    }
}

/* Each answer is success or one of two errors; all ports can be closed and used afterwards. */
void racing_everything(void)
{
    evtchn_port_t from, to;
    struct evtchn_status s;

    CHECK_EQ(run_beside(many, (void *)1), 0);
    many((void *)2);
    CHECK(ended_beside());
    for (evtchn_port_t port = 1; !port_status(port, &s); port++)
        CHECK_EQ(port_close(port), s.status == EVTCHNSTAT_closed ? -XEN_EINVAL : 0);
    memset(shared->evtchn_pending, 0, sizeof(shared->evtchn_pending));
    CHECK_EQ(port_pair(&from, &to), 0);
    CHECK_EQ(port_send(from), 0);
    CHECK(shared->evtchn_pending[0] >> to & 1);
    CHECK_EQ(port_close(from), 0);
    CHECK_EQ(port_close(to), 0);
}
