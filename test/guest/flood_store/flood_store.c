/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Floods the store for time= seconds each, or until its quota is reached: nodes, large values, watches,
 * transactions never ended, conflicts, messages that break the protocol, and rubbish in the ring's indexes.
 * only= keeps to one of them. A test is ok when it came to its end: what the store does with it is seen from
 * outside.
 */
#include "test.h"

#include <public/io/xs_wire.h>
#include <public/sched.h>

static uint64_t random_state = 88172645463325252;

static uint64_t rnd(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static uint64_t deadline(void)
{
    return system_time() + option("time", 3) * 1000000000ul;
}

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
    uint64_t n = 0, refused = 0;

    for (uint64_t stop = deadline(); system_time() < stop && refused < 1000; n++) {
        unsigned int length = name_node(n);

        memset(body + length, 'x', more);
        if (type == XS_WATCH)
            body[length + more - 1] = 0;
        if (ask(type, 0, length + more) < 0)
            refused++;
    }
    print("flood_store: %lu requests, %lu refused\n", n, refused);
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

    for (uint64_t stop = deadline(); system_time() < stop; n++)
        ask(XS_WRITE, 0, name_node(n % 64));
    print("flood_store: %lu writes\n", n);
}

/* Replies and events are left in the ring, so that the daemon must keep what it can't deliver. */
static void unread(void)
{
    volatile struct xenstore_domain_interface *ring = store_ring();

    for (uint64_t stop = deadline(); system_time() < stop;) {
        unsigned int length = name_node(rnd() % 64);
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

static void reconnect(void)
{
    volatile struct xenstore_domain_interface *ring = store_ring();
    uint64_t stop = system_time() + 5000000000;

    ring->connection = XENSTORE_RECONNECT;
    store_notify();
    while (ring->connection != XENSTORE_CONNECTED && system_time() < stop)
        HYPERCALL(sched_op, SCHEDOP_yield, 0);
    if (ring->connection != XENSTORE_CONNECTED)
        print("flood_store: the store does not reconnect\n");
}

static void transactions(void)
{
    uint64_t n = 0, refused = 0;

    reconnect();
    for (uint64_t stop = deadline(); system_time() < stop && refused < 1000; n++) {
        body[0] = 0;
        if (ask(XS_TRANSACTION_START, 0, 1) < 0)
            refused++;
    }
    print("flood_store: %lu transactions, %lu refused\n", n, refused);
}

/* Writes in a transaction against writes beside it: each end finds a conflict. */
static void conflicts(void)
{
    char reply[32];
    uint64_t n = 0;

    reconnect();
    for (uint64_t stop = deadline(); system_time() < stop; n++) {
        uint32_t id = 0;

        body[0] = 0;
        if (store_request(XS_TRANSACTION_START, 0, body, 1, reply, sizeof(reply)) < 0)
            break;
        for (const char *digit = reply; *digit >= '0' && *digit <= '9'; digit++)
            id = id * 10 + *digit - '0';
        ask(XS_WRITE, id, name_node(7));
        ask(XS_WRITE, 0, name_node(7));
        body[0] = 'T', body[1] = 0;
        ask(XS_TRANSACTION_END, id, 2);
    }
    print("flood_store: %lu transactions\n", n);
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

    for (uint64_t stop = deadline(); system_time() < stop; n++) {
        struct xsd_sockmsg head = { .type = rnd() % 28, .req_id = rnd(), .tx_id = rnd() % 4 ? 0 : rnd() };
        unsigned int length = rnd() % 64;

        head.len = rnd() % 8 ? length : lengths[rnd() % ARRAY_SIZE(lengths)];
        for (unsigned int i = 0; i < length; i++)
            body[i] = rnd() % 4 ? "/@.:-_aZ09\0\xff"[rnd() % 12] : (char)rnd();
        push(&head, sizeof(head));
        push(body, length);
        if (n % 16 == 0)
            reconnect();
    }
    reconnect();
    print("flood_store: %lu messages\n", n);
}

static void indexes(void)
{
    volatile struct xenstore_domain_interface *ring = store_ring();
    uint64_t n = 0;

    for (uint64_t stop = deadline(); system_time() < stop; n++) {
        ring->req_prod = rnd();
        if (n & 1)
            ring->req_cons = rnd();
        if (n & 2)
            ring->rsp_cons = rnd();
        if (n & 4)
            ring->rsp_prod = rnd();
        store_notify();
        if (n % 64 == 0)
            reconnect();
    }
    ring->req_prod = ring->req_cons = ring->rsp_prod = ring->rsp_cons = 0;
    reconnect();
}

static void notifications(void)
{
    for (uint64_t stop = deadline(); system_time() < stop;)
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
