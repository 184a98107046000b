/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conn.h"
#include "log.h"
#include "memory.h"
#include "request.h"
#include "transaction.h"
#include "watch.h"

/* What one call of recv() may bring at most, beside what was kept. */
#define RECEIVE_MAX 8192

struct conn *conn_new(struct store *store, const struct transport *via, void *transport,
                      struct client client)
{
    struct conn *conn = xzalloc(sizeof(*conn));

    conn->store = store;
    conn->via = via;
    conn->transport = transport;
    conn->client = client;
    conn->out_last = &conn->out;
    conn->input = true;
    conn->next = store->conns;
    if (conn->next)
        conn->next->link = &conn->next;
    conn->link = &store->conns;
    store->conns = conn;
    return conn;
}

/* If unprivileged clients have waited for this one and it has caught up, have them go on. */
static void end_wait(struct conn *conn)
{
    struct store *store = conn->store;

    if (store->awaited != conn || conn->out_bytes > AWAITED_BYTES / 2)
        return;
    store->awaited = NULL;
    for (struct conn *other = store->conns; other; other = other->next)
        if (!other->client.privileged)
            conn_wake(other);
}

static void drop_output(struct conn *conn)
{
    struct message *m;

    while ((m = conn->out)) {
        conn->out = m->next;
        free(m);
    }
    conn->out_last = &conn->out;
    conn->out_bytes = 0;
    conn->replies = 0;
    end_wait(conn);
}

/* See conn.h. */
void conn_reset(struct conn *conn)
{
    drop_output(conn);
    watches_drop(conn);
    transactions_drop(conn);
    free(conn->kept);
    conn->kept = NULL;
    conn->kept_len = 0;
}

/* See conn.h. */
void conn_close(struct conn *conn)
{
    struct conn **again = &conn->store->again;

    conn_reset(conn);
    while (conn->in_again && *again != conn)
        again = &(*again)->next_again;
    if (conn->in_again)
        *again = conn->next_again;
    *conn->link = conn->next;
    if (conn->next)
        conn->next->link = conn->link;
    conn->via->close(conn);
    free(conn);
}

/* See conn.h. */
void conn_wake(struct conn *conn)
{
    if (conn->in_again)
        return;
    conn->in_again = true;
    conn->next_again = conn->store->again;
    conn->store->again = conn;
}

/* See conn.h. */
void conn_kill(struct conn *conn)
{
    conn->dead = true;
    conn_wake(conn);
}

static void queue(struct conn *conn, struct message *m)
{
    m->next = NULL;
    *conn->out_last = m;
    conn->out_last = &m->next;
    conn->out_bytes += m->len;
    conn->replies += !m->event;
}

/* Send what is queued, as far as it goes. */
static void send_queued(struct conn *conn)
{
    while (conn->out && !conn->dead) {
        struct message *m = conn->out;
        int n = conn->via->send(conn, m->data + m->sent, m->len - m->sent);

        if (n < 0)
            conn->dead = true;
        if (n <= 0)
            return;
        m->sent += n;
        if (m->sent < m->len)
            continue;
        conn->out = m->next;
        if (!m->next)
            conn->out_last = &conn->out;
        conn->out_bytes -= m->len;
        conn->replies -= !m->event;
        if (m->watch && m->watch->last_event == m) {
            m->watch->last_event = NULL;
            m->watch->coarse = false;
        }
        free(m);
    }
}

/* See conn.h. */
void conn_reply(struct conn *conn, const struct xsd_sockmsg *request, uint32_t type, char *data,
                uint32_t len)
{
    struct xsd_sockmsg header = { type, request->req_id, request->tx_id, len };
    char *whole = data - sizeof(header);
    struct message *m;
    int sent = 0;

    if (conn->dead)
        return;
    memcpy(whole, &header, sizeof(header));
    len += sizeof(header);
    if (!conn->out)
        sent = conn->via->send(conn, whole, len);
    if (sent < 0)
        conn->dead = true;
    if (sent < 0 || (uint32_t)sent == len)
        return;
    m = xalloc(sizeof(*m) + len - sent);
    m->watch = NULL;
    m->event = false;
    m->len = len - sent;
    m->sent = 0;
    memcpy(m->data, whole + sent, m->len);
    queue(conn, m);
}

static struct message *event_message(struct watch *watch, const char *path, unsigned int len)
{
    const char *token = watch_token(watch);
    unsigned int token_len = strlen(token) + 1;
    struct xsd_sockmsg header = { XS_WATCH_EVENT, 0, 0, len + 1 + token_len };
    struct message *m = xalloc(sizeof(*m) + sizeof(header) + header.len);

    memcpy(m->data, &header, sizeof(header));
    memcpy(m->data + sizeof(header), path, len);
    m->data[sizeof(header) + len] = '\0';
    memcpy(m->data + sizeof(header) + len + 1, token, token_len);
    m->watch = watch;
    m->event = true;
    m->len = sizeof(header) + header.len;
    m->sent = 0;
    return m;
}

/* Whether the newest event still queued for a watch says the same. */
static bool repeats(const struct watch *watch, const char *path, unsigned int len)
{
    const struct message *m = watch->last_event;
    const char *text = m ? m->data + sizeof(struct xsd_sockmsg) : NULL;

    return m && !m->sent && !strncmp(text, path, len) && text[len] == '\0';
}

/* A privileged client has left much unread. */
static void fall_behind(struct conn *conn)
{
    struct store *store = conn->store;

    if (store_domain(store, conn->client.domid)->conn != conn) {
        if (conn->out_bytes < PRIVILEGED_BYTES)
            return;
        log_warning("%s connection of domain %u: does not read its events, closed", conn->via->name,
                    conn->client.domid);
        conn_kill(conn);
    } else if (!store->awaited) {
        store->awaited = conn;
        if (!store->waits++)
            log_warning("domain 0's kernel is slow to read its events: guests are made to wait for it");
    }
}

/* Decide what becomes of an event for a client that is slow to read. False: nothing is to be queued. */
static bool limit_events(struct watch *watch, const char **path, unsigned int *len)
{
    struct conn *conn = watch->conn;

    if (watch->coarse)
        return false;
    if (conn->client.privileged) {
        if (conn->out_bytes < AWAITED_BYTES)
            return true;
        fall_behind(conn);
        if (conn->dead || conn->out_bytes < PRIVILEGED_BYTES)
            return !conn->dead;
    }
    if (conn->out_bytes >= EVENT_BYTES) {
        *path = watch->path + watch->home_len;
        *len = watch->path_len - watch->home_len;
        watch->coarse = true;
    }
    return true;
}

/* See conn.h. */
void conn_event(struct watch *watch, const char *path, unsigned int len)
{
    struct conn *conn = watch->conn;
    struct message *m;

    path += watch->home_len;
    len -= watch->home_len;
    if (conn->dead || repeats(watch, path, len) || !limit_events(watch, &path, &len))
        return;
    m = event_message(watch, path, len);
    watch->last_event = m;
    queue(conn, m);
    conn_wake(conn); /* to be sent when the request that caused it is done with */
}

static bool may_read(const struct conn *conn)
{
    return conn->replies < conn->store->limit[QUOTA_OUTSTANDING];
}

/* Handle the whole messages among the bytes; how many bytes these are. A message may be followed by
 * anything, but the buffer extends at least one byte further. */
static size_t handle_messages(struct conn *conn, char *data, size_t len)
{
    size_t at = 0;

    while (!conn->dead && may_read(conn) && len - at >= sizeof(struct xsd_sockmsg)) {
        struct xsd_sockmsg header;

        memcpy(&header, data + at, sizeof(header));
        if (header.len > XENSTORE_PAYLOAD_MAX) {
            conn->via->blame(conn);
            return len;
        }
        if (len - at - sizeof(header) < header.len)
            break;
        at += sizeof(header);
        request_handle(conn, &header, data + at);
        at += header.len;
    }
    return at;
}

/* Keep what could not be handled yet. */
static void keep(struct conn *conn, const char *data, size_t len)
{
    free(conn->kept);
    conn->kept = NULL;
    conn->kept_len = len;
    if (!len)
        return;
    conn->kept = xalloc(len);
    memcpy(conn->kept, data, len);
}

/* Receive once and handle what there is. Nothing is received before all kept messages are handled, so
 * the buffer holds the incomplete last of them and RECEIVE_MAX more. */
static void receive(struct conn *conn)
{
    static char buffer[sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX + RECEIVE_MAX + 1];
    size_t len = conn->kept_len, done = 0;
    int n;

    if (len) {
        memcpy(buffer, conn->kept, len);
        done = handle_messages(conn, buffer, len);
    }
    if (conn->dead)
        return;
    if (may_read(conn)) {
        memmove(buffer, buffer + done, len - done);
        len -= done;
        n = conn->via->recv(conn, buffer + len, RECEIVE_MAX);
        if (n < 0) {
            conn->dead = true;
            return;
        }
        len += n;
        done = n ? handle_messages(conn, buffer, len) : 0;
    }
    if (len - done || conn->kept)
        keep(conn, buffer + done, len - done);
}

/* Tell the transport what to wait for, if that has changed. */
static void update_wants(struct conn *conn, bool input)
{
    bool output = conn->out;

    if (input == conn->input && output == conn->output)
        return;
    conn->input = input;
    conn->output = output;
    conn->via->want(conn, input, output);
}

/* See conn.h. */
void conn_run(struct conn *conn)
{
    bool waits; /* looked at once: of what has been received meanwhile, as little as a ring holds, all is handled */

    if (conn->out) {
        send_queued(conn);
        end_wait(conn);
    }
    waits = conn->store->awaited && !conn->client.privileged;
    if (!conn->dead && !waits && may_read(conn))
        receive(conn);
    if (conn->dead) {
        conn_close(conn);
        return;
    }
    conn->via->done(conn);
    update_wants(conn, !waits && may_read(conn));
}

/* See conn.h. */
void conns_run_again(struct store *store)
{
    struct conn *conn = store->again;

    /* those added while we go through the list come next time */
    store->again = NULL;
    while (conn) {
        struct conn *next = conn->next_again;

        conn->in_again = false;
        conn_run(conn);
        conn = next;
    }
}
