/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <string.h>

#include "log.h"
#include "ring.h"

#define LOAD(field)         __atomic_load_n(&(field), __ATOMIC_ACQUIRE)
#define STORE(field, value) __atomic_store_n(&(field), value, __ATOMIC_RELEASE)

/* See ring.h. */
void ring_attach(struct ring *ring)
{
    ring->req_cons = LOAD(ring->page->req_cons);
    ring->rsp_prod = LOAD(ring->page->rsp_prod);
    STORE(ring->page->server_features, XENSTORE_SERVER_FEATURE_RECONNECTION | XENSTORE_SERVER_FEATURE_ERROR);
}

/* Counted, and logged the first time: by reconnecting the client can have this happen without end. */
static void give_up(struct conn *conn, uint32_t error)
{
    struct ring *ring = conn->transport;

    if (!store_domain(conn->store, conn->client.domid)->bad_rings++)
        log_warning("domain %u: bad ring (%s), ignored until it reconnects", conn->client.domid,
                    error == XENSTORE_ERROR_RINGIDX ? "indexes" : "message length");
    ring->broken = true;
    ring->moved = true;
    STORE(ring->page->error, error);
}

static int ring_recv(struct conn *conn, void *data, size_t len)
{
    struct ring *ring = conn->transport;
    uint32_t ready = LOAD(ring->page->req_prod) - ring->req_cons;
    uint32_t at = MASK_XENSTORE_IDX(ring->req_cons), first;

    if (ring->broken)
        return 0;
    if (ready > XENSTORE_RING_SIZE) {
        give_up(conn, XENSTORE_ERROR_RINGIDX);
        return 0;
    }
    if (len > ready)
        len = ready;
    if (!len)
        return 0;
    first = XENSTORE_RING_SIZE - at < len ? XENSTORE_RING_SIZE - at : len;
    memcpy(data, ring->page->req + at, first);
    memcpy((char *)data + first, ring->page->req, len - first);
    ring->req_cons += len;
    STORE(ring->page->req_cons, ring->req_cons);
    ring->moved = true;
    return len;
}

static int ring_send(struct conn *conn, const void *data, size_t len)
{
    struct ring *ring = conn->transport;
    uint32_t unread = ring->rsp_prod - LOAD(ring->page->rsp_cons);
    uint32_t at = MASK_XENSTORE_IDX(ring->rsp_prod), first;

    if (ring->broken)
        return 0;
    if (unread > XENSTORE_RING_SIZE) {
        give_up(conn, XENSTORE_ERROR_RINGIDX);
        return 0;
    }
    if (len > XENSTORE_RING_SIZE - unread)
        len = XENSTORE_RING_SIZE - unread;
    if (!len)
        return 0;
    first = XENSTORE_RING_SIZE - at < len ? XENSTORE_RING_SIZE - at : len;
    memcpy(ring->page->rsp + at, data, first);
    memcpy(ring->page->rsp, (const char *)data + first, len - first);
    ring->rsp_prod += len;
    STORE(ring->page->rsp_prod, ring->rsp_prod);
    ring->moved = true;
    return len;
}

static void ring_want(struct conn *conn, bool input, bool output)
{
    /* the client wakes us whenever it has written or read */
}

static void ring_done(struct conn *conn)
{
    struct ring *ring = conn->transport;

    if (!ring->moved)
        return;
    ring->moved = false;
    ring->notify(ring);
}

static void ring_blame(struct conn *conn)
{
    give_up(conn, XENSTORE_ERROR_PROTO);
}

static void ring_close(struct conn *conn)
{
    struct ring *ring = conn->transport;
    struct domain *domain = store_domain(conn->store, conn->client.domid);

    if (domain->conn == conn)
        domain->conn = NULL;
    ring->release(ring);
}

const struct transport ring_transport = {
    .name = "ring",
    .recv = ring_recv,
    .send = ring_send,
    .want = ring_want,
    .done = ring_done,
    .blame = ring_blame,
    .close = ring_close,
};

/* See ring.h. */
void ring_reconnect(struct conn *conn)
{
    struct ring *ring = conn->transport;
    struct xenstore_domain_interface *page = ring->page;

    if (LOAD(page->connection) != XENSTORE_RECONNECT)
        return;
    conn_reset(conn);
    ring->req_cons = ring->rsp_prod = 0;
    page->req_cons = page->req_prod = 0;
    page->rsp_cons = page->rsp_prod = 0;
    page->error = XENSTORE_ERROR_NONE;
    ring->broken = false;
    ring->moved = true;
    STORE(page->connection, XENSTORE_CONNECTED);
}
