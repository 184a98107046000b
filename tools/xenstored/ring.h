/* SPDX-License-Identifier: GPL-2.0-only */
/* The transport between domains: a page shared with the client, and a way to wake it. */
#ifndef XENSTORED_RING_H
#define XENSTORED_RING_H

#include "conn.h"

/* The page belongs to the client, who may write anything at any time: our own indexes are kept here,
 * what is read from the page is read once and checked. */
struct ring {
    struct xenstore_domain_interface *page;
    XENSTORE_RING_IDX req_cons, rsp_prod;
    bool moved;  /* since the client was last woken */
    bool broken; /* it has misbehaved: its ring is left alone until it reconnects or goes */
    void (*notify)(struct ring *ring);
    void (*release)(struct ring *ring);
};

extern const struct transport ring_transport;

/* Begin with a page as it is found, and tell the client what we can do. */
void ring_attach(struct ring *ring);

/* If the client asks to begin anew, do so. */
void ring_reconnect(struct conn *conn);

#endif /* XENSTORED_RING_H */
