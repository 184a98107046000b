/* SPDX-License-Identifier: GPL-2.0-only */
/* Two vcpus: one sends, the other takes what comes, and moves ports meanwhile. No event is lost. */
#include "fifo.h"

#include "beside.h"

#include <public/errno.h>

#define COUNT    16             /* ports */
#define SENDS    5000
#define PATIENCE 10000000000ull /* ns */

static evtchn_port_t from[COUNT], to[COUNT];
/* What the sender says before it sends, and what of that was read after taking. */
static volatile unsigned int sent[COUNT], seen[COUNT];
static bool moving;

static void sender(void *unused)
{
    for (unsigned int i = 0; i < SENDS; i++) {
        unsigned int n = i * 7 % COUNT;

        sent[n] = i + 1;
        if (port_send(from[n]))
            return fail("can't send on port %u", from[n]);
        if (i & 4)
            relax();
    }
}

static void note(evtchn_port_t port)
{
    for (unsigned int n = 0; n < COUNT; n++)
        if (to[n] == port) {
            clear_bits(port, PENDING);
            seen[n] = sent[n];
        }
}

static bool saw_all(void)
{
    for (unsigned int n = 0; n < COUNT; n++)
        if (sent[n] != seen[n])
            return false;
    return true;
}

/* What is sent last on each port is seen. */
static void receive(void)
{
    uint64_t begun = system_time();
    unsigned int turns = 0;
    evtchn_port_t port;

    while (sent[(SENDS - 1) * 7 % COUNT] != SENDS || !saw_all()) {
        for (unsigned int vcpu = 0; vcpu < VCPUS; vcpu++)
            while ((port = take(vcpu)))
                note(port);
        if (moving) {
            unsigned int n = turns % COUNT;

            CHECK_EQ(port_move(to[n], turns / COUNT & 1), 0);
            CHECK_EQ(set_priority(to[n], turns / 3 % EVTCHN_FIFO_MAX_QUEUES), 0);
            set_bits(to[n], MASKED);
            relax();
            CHECK_EQ(port_unmask(to[n]), 0);
        }
        turns++;
        CHECK(system_time() - begun < PATIENCE);
        relax();
    }
}

static void race(void)
{
    CHECK_EQ(begin_fifo(2, 1), 0);
    memset((void *)seen, 0, sizeof(seen));
    memset((void *)sent, 0, sizeof(sent));
    for (unsigned int n = 0; n < COUNT; n++)
        CHECK_EQ(port_pair(&from[n], &to[n]), 0);
    CHECK_EQ(run_beside(sender, NULL), 0);
    receive();
    CHECK(ended_beside());
    CHECK_EQ(ports_reset(DOMID_SELF), 0);
}

void nothing_lost(void)
{
    moving = false;
    race();
}

void nothing_lost_moving(void)
{
    moving = true;
    race();
}
