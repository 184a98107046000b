/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XENCONSOLED_CONSOLE_H
#define XENCONSOLED_CONSOLE_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xc.h>
#include <xenstore.h>
#include <public/io/console.h>

#include "buffer.h"
#include "log.h"

/*
 * The console of one domain: a ring shared with the guest on one side, a pseudo terminal for people on the
 * other.
 *
 *   guest -> ring.out -> buffer -> pty master        never blocks: a full buffer drops its oldest half
 *   pty master -> ring.in -> guest                   waits for room in the ring
 *
 * A guest gets the daemon's attention at most EVENTS_PER_PERIOD times in PERIOD_MS. Beyond that its event
 * channel
 * stays masked to the period's end, so its ring fills up and it waits for us, not we for it.
 */
#define PERIOD_MS           200
#define EVENTS_PER_PERIOD   30

/* What all consoles share. */
struct service {
    struct xc *xc;
    struct xs_handle *store;
    struct xc_evtchn *evtchn;
    struct xc_gntdev *gntdev;       /* NULL: the kernel has none */
    const struct log_options *log;
};

struct console {
    struct console *next;
    domid_t domid;
    bool seen;                      /* while comparing our list with the hypervisor's */
    bool watched;

    struct xencons_interface *ring; /* NULL: not connected */
    bool granted;                   /* mapped by grant, not by frame number */
    uint64_t ring_ref;
    uint32_t remote_port;
    int port;                       /* ours; -1: none */

    int master,
        slave;              /* -1: none. The slave is held open so that the master outlives its readers */
    struct buffer output;
    struct log log;

    unsigned int events;            /* in this period */
    bool held_back;                 /* masked until the period ends */
    struct pollfd *pollfd;          /* of the master, while the loop polls */
};

struct console *console_new(struct service *service, domid_t domid);
void console_free(struct service *service, struct console *console);

/* Looks at the domain's nodes in the store and connects, reconnects or disconnects as they say. */
void console_update(struct service *service, struct console *console);

/* The guest has sent an event. */
void console_event(struct service *service, struct console *console);
/* A new period: true if the console had been held back, and was served now. */
void console_new_period(struct service *service, struct console *console);

/* What the loop shall wait for at the pty, and what it found. */
short console_wants(const struct console *console);
void console_pty_ready(struct service *service, struct console *console, short events);

#endif
