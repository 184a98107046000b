/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Floods the store for time= seconds each, or until its quota is reached: nodes, large values, watches,
 * transactions never ended, conflicts, messages that break the protocol, and rubbish in the ring's indexes.
 * only= keeps to one of them. What has a quota must be refused in the end, and a connection that was spoilt can be
 * made anew; what else the store does with it is seen from outside.
 */
#include "test.h"

#include <public/io/xs_wire.h>
#include <public/sched.h>

#define PATIENCE 60000000000ul      /* ns until a quota must have been reached, and a new connection made */

static char body[XENSTORE_PAYLOAD_MAX + 64];

/* "a/<hexadecimal digits of n>" at the beginning of body; its length with the closing 0. */
static unsigned int name_node(uint64_t n)
{
    unsigned int used = 0;

    body[used++] = 'd', body[used++] = 'a', body[used++] = 't', body[used++] = 'a', body[used++] = '/';
    do
        body[used++] = "0123456789abcdef"[n & 15];
    while (n >>= 4);
    body[used++] = 0;
    return used;
}

static int ask(uint32_t type, uint32_t transaction, unsigned int length)
{
    char reply[64];

    return store_request(type, transaction, body, length, reply, sizeof(reply));
}

static void until_refused(uint32_t type, unsigned int more)
{
    uint64_t n = 0, refused = 0, latest = system_time() + PATIENCE;

    for (uint64_t stop = flood_end(); system_time() < (refused ? stop : latest) && refused < 1000; n++) {
        unsigned int length = name_node(n);

        memset(body + length, 'x', more);
        if (type == XS_WATCH)
            body[length + more - 1] = 0;
        if (ask(type, 0, length + more) < 0)
            refused++;
    }
    print("flood_store: %lu requests, %lu refused\n", n, refused);
    CHECK(refused > 0);
}

static void nodes(void)
{
    until_refused(XS_WRITE, 1);
}

static void values(void)
{
    until_refused(XS_WRITE, 3000);
}

static void watches(void)
{
    until_refused(XS_WATCH, 8);
}

/* With all those watches set, each of these writes answers with a great many events. */
static void watched_writes(void)
{
    uint64_t n = 0;

    for (uint64_t stop = flood_end(); system_time() < stop; n++)
        ask(XS_WRITE, 0, name_node(n % 64));
    print("flood_store: %lu writes\n", n);
}

/* Replies and events are left in the ring, so that the daemon must keep what it can't deliver. */
static void unread(void)
{
    volatile struct xenstore_domain_interface *ring = store_ring();

    for (uint64_t stop = flood_end(); system_time() < stop;) {
        unsigned int length = name_node(flood_random() % 64);
        struct xsd_sockmsg head = { .type = XS_WRITE, .len = length };

        if (ring->req_prod - ring->req_cons > XENSTORE_RING_SIZE - 128) {
            store_notify();
            HYPERCALL(sched_op, SCHEDOP_yield, 0);
            continue;
        }
        store_send(&head, sizeof(head));
        store_send(body, length);
    }
    ring->rsp_cons = ring->rsp_prod;
}

/* Ask for a new connection; false, and the test has failed, when there is none. */
static bool reconnect(void)
{
    volatile struct xenstore_domain_interface *ring = store_ring();
    uint64_t stop = system_time() + PATIENCE;

    ring->connection = XENSTORE_RECONNECT;
    store_notify();
    while (ring->connection != XENSTORE_CONNECTED) {
        if (system_time() > stop) {
            fail("the store does not reconnect");
            return false;
        }
        HYPERCALL(sched_op, SCHEDOP_yield, 0);
    }
    return true;
}

static void transactions(void)
{
    uint64_t n = 0, refused = 0, latest = system_time() + PATIENCE;

    if (!reconnect())
        return;
    for (uint64_t stop = flood_end(); system_time() < (refused ? stop : latest) && refused < 1000; n++) {
        body[0] = 0;
        if (ask(XS_TRANSACTION_START, 0, 1) < 0)
            refused++;
    }
    print("flood_store: %lu transactions, %lu refused\n", n, refused);
    CHECK(refused > 0);
}

/* Writes in a transaction against writes beside it: each end finds a conflict. */
static void conflicts(void)
{
    char reply[32];
    uint64_t n = 0, found = 0;

    if (!reconnect())
        return;
    for (uint64_t stop = flood_end(); system_time() < stop; n++) {
        uint32_t id = 0;

        body[0] = 0;
        if (store_request(XS_TRANSACTION_START, 0, body, 1, reply, sizeof(reply)) < 0)
            break;
        for (const char *digit = reply; *digit >= '0' && *digit <= '9'; digit++)
            id = id * 10 + *digit - '0';
        ask(XS_WRITE, id, name_node(7));
        ask(XS_WRITE, 0, name_node(7));
        body[0] = 'T', body[1] = 0;
        found += ask(XS_TRANSACTION_END, id, 2) < 0;
    }
    print("flood_store: %lu transactions, %lu conflicts\n", n, found);
    CHECK(n > 0);
    CHECK_EQ(found, n);
}

/* Put bytes into the ring whether or not anybody takes them. */
static void push(const void *data, unsigned int length)
{
    volatile struct xenstore_domain_interface *ring = store_ring();
    const char *bytes = data;

    for (unsigned int i = 0; i < length; i++)
        ring->req[MASK_XENSTORE_IDX(ring->req_prod + i)] = bytes[i];
    barrier();
    ring->req_prod += length;
    ring->rsp_cons = ring->rsp_prod;
    store_notify();
    HYPERCALL(sched_op, SCHEDOP_yield, 0);
}

/* Lengths out of range, unknown types and transactions, paths without an end or with bad letters. */
static void malformed(void)
{
    static const uint32_t lengths[] = { 0, 1, 4096, 4097, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffff0 };
    uint64_t n = 0;

    for (uint64_t stop = flood_end(); system_time() < stop; n++) {
        struct xsd_sockmsg head = { .type = flood_random() % 28, .req_id = flood_random(), .tx_id = flood_random() % 4 ? 0 : flood_random() };
        unsigned int length = flood_random() % 64;

        head.len = flood_random() % 8 ? length : lengths[flood_random() % ARRAY_SIZE(lengths)];
        for (unsigned int i = 0; i < length; i++)
            body[i] = flood_random() % 4 ? "/@.:-_aZ09\0\xff"[flood_random() % 12] : (char)flood_random();
        push(&head, sizeof(head));
        push(body, length);
        if (n % 16 == 0 && !reconnect())
            return;
    }
    reconnect();
    print("flood_store: %lu messages\n", n);
}

static void indexes(void)
{
    volatile struct xenstore_domain_interface *ring = store_ring();
    uint64_t n = 0;

    for (uint64_t stop = flood_end(); system_time() < stop; n++) {
        ring->req_prod = flood_random();
        if (n & 1)
            ring->req_cons = flood_random();
        if (n & 2)
            ring->rsp_cons = flood_random();
        if (n & 4)
            ring->rsp_prod = flood_random();
        store_notify();
        if (n % 64 == 0 && !reconnect())
            return;
    }
    ring->req_prod = ring->req_cons = ring->rsp_prod = ring->rsp_cons = 0;
    reconnect();
}

static void notifications(void)
{
    for (uint64_t stop = flood_end(); system_time() < stop;)
        store_notify();
}

const struct test tests[] = {
    { "flood_store.nodes", nodes },
    { "flood_store.values", values },
    { "flood_store.watches", watches },
    { "flood_store.watched_writes", watched_writes },
    { "flood_store.unread", unread },
    { "flood_store.transactions", transactions },
    { "flood_store.conflicts", conflicts },
    { "flood_store.malformed", malformed },
    { "flood_store.indexes", indexes },
    { "flood_store.notifications", notifications },
    { NULL, NULL },
};
