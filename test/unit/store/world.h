/* SPDX-License-Identifier: GPL-2.0-only */
/* A whole daemon in memory: its store, and domains talking to it by rings as kernels do. */
#ifndef WORLD_H
#define WORLD_H

#include "conn.h"
#include "domain.h"
#include "ring.h"
#include "unit.h"

/* A domain as it sees itself. */
struct guest {
    unsigned int domid;
    struct xenstore_domain_interface page;
    unsigned int notified; /* how often the daemon has woken it */
    char events[8192];     /* "path token;" of each event taken from the ring */
    size_t events_len;
    char in[64 << 10];     /* taken from the ring and not yet understood */
    size_t in_len;
    bool deaf;             /* does not read its ring */
};

struct world {
    struct store *store;
    struct guest *guests[16];
};

/* A fresh store with domain 0, which is guests[0]. */
struct world *world_new(void);
/* End it; fails the test if something is left over or the books are wrong. */
void world_end(struct world *world);
/* Introduce a domain through domain 0; domid < 16. */
struct guest *guest_add(struct world *world, unsigned int domid);

/* Put bytes into a domain's ring as far as they fit; how many. */
size_t guest_put(struct guest *guest, const void *data, size_t len);
/* Wake the daemon as the domain's event channel would, and let it work until it has nothing to do. */
void world_run(struct world *world, struct guest *guest);

/* One request and its reply. In the text of both '|' stands for NUL. An error is answered by its name. If
 * there is no reply the answer is "none". Valid until the next call. */
const char *ask(struct world *world, struct guest *guest, uint32_t type, uint32_t tx, const char *format,
                ...) __attribute__((format(printf, 5, 6)));

/* The events that have come, and forget them. */
const char *events(struct world *world, struct guest *guest);

#define EXPECT(world, guest, type, tx, body, want) \
    expect(__FILE__, __LINE__, want, ask(world, guest, type, tx, "%s", body), body)
void expect(const char *file, int line, const char *want, const char *got, const char *body);

#define EVENTS(world, guest, want) expect(__FILE__, __LINE__, want, events(world, guest), "events")

#endif
