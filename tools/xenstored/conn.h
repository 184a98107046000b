/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Connections: bytes in, whole requests to request.c, replies and events out, over whatever transport.
 *
 * Flow control. A client that leaves replies unread is not read from until it has taken them, so it can
 * make us hold no more than QUOTA_OUTSTANDING replies. Events come from what others do; while more than
 * EVENT_BYTES of them are queued for an unprivileged client, each of its watches gets just one further
 * event, of the watched path itself: that says that something below has changed, and what was announced
 * in detail is bounded.
 *
 * Domain 0's kernel must not miss any: once it has left AWAITED_BYTES unread, no unprivileged client is
 * read from until it has taken half of them. Half, so that those who wait all get their turn before they
 * have to wait again. Domain 0's programs don't wait: what they may add ends at PRIVILEGED_BYTES, from
 * where on the kernel gets its events as any domain does. Nobody waits for a program, which may be
 * stopped for good: one that leaves PRIVILEGED_BYTES unread is disconnected, and can connect anew.
 */
#ifndef XENSTORED_CONN_H
#define XENSTORED_CONN_H

#include "store.h"

#define EVENT_BYTES      (64u << 10)
#define AWAITED_BYTES    (1u << 20)
#define PRIVILEGED_BYTES (64u << 20)

/* How bytes travel. recv and send return how many, 0 if none can travel now, -Exxx if none ever will. */
struct transport {
    const char *name;
    int (*recv)(struct conn *conn, void *data, size_t len);
    int (*send)(struct conn *conn, const void *data, size_t len);
    /* What to be woken up for: room for more output, more input. */
    void (*want)(struct conn *conn, bool input, bool output);
    /* Everything for now has been received and sent. */
    void (*done)(struct conn *conn);
    /* The client broke the protocol: never receive from it again. */
    void (*blame)(struct conn *conn);
    void (*close)(struct conn *conn);
};

/* A message that waits to be sent. */
struct message {
    struct message *next;
    struct watch *watch; /* an event of this, NULL: a reply, or the watch is gone */
    bool event;
    uint32_t len, sent;
    char data[];
};

struct conn {
    struct conn *next, **link;
    struct conn *next_again;
    struct store *store;
    struct client client;
    const struct transport *via;
    void *transport;       /* the transport's own */
    char *kept;            /* received and not yet handled */
    uint32_t kept_len;
    struct message *out, **out_last;
    size_t out_bytes;
    unsigned int replies;  /* among out */
    struct watch *watches;
    struct transaction *transactions;
    uint32_t last_transaction;
    bool input, output;    /* as last told to want() */
    bool in_again;
    bool dead;             /* close it at the next occasion */
};

struct conn *conn_new(struct store *store, const struct transport *via, void *transport,
                      struct client client);
/* End a connection with its watches and transactions. Not while one is being run: see conn_kill(). */
void conn_close(struct conn *conn);
/* Have a connection, maybe the one being run, closed as soon as no connection is being run. */
void conn_kill(struct conn *conn);
/* Forget what was received, queued, watched and begun, but stay connected. */
void conn_reset(struct conn *conn);
/* The transport has something to receive or room to send: do what can be done. May close it. */
void conn_run(struct conn *conn);
/* Have a connection run without waiting for its transport. */
void conn_wake(struct conn *conn);
/* Run those which have more to do. */
void conns_run_again(struct store *store);

/* Send a reply, or queue what can't be sent now. data is preceded by room for the header. */
void conn_reply(struct conn *conn, const struct xsd_sockmsg *request, uint32_t type, char *data,
                uint32_t len);
void conn_event(struct watch *watch, const char *path, unsigned int len);

#endif /* XENSTORED_CONN_H */
