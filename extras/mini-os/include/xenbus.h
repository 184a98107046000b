/* SPDX-License-Identifier: MIT */
/* Devices, as the store describes them: our end, the other end, and the steps by which the two connect. */
#ifndef XENBUS_H
#define XENBUS_H

#include <public/xen.h>
#include <public/io/xenbus.h>

#include "store.h"

struct xenbus_device {
    char *path;                     /* our end's directory */
    char *backend;                  /* the other end's */
    domid_t backend_id;
    struct store_watch watch;       /* of the other end's state */
};

/* What an end tells the other one: a node and its value. */
struct xenbus_key {
    const char *name;
    const char *value;
};

/* Call found(path) for each device of a type that we have; how many there are. */
unsigned int xenbus_each(const char *type, void (*found)(const char *path));

/* Find the other end; false if the store doesn't tell. */
bool xenbus_open(struct xenbus_device *device, const char *path);

/* Wait until the other end has come to a state; false if it went away or didn't come there in time. */
bool xenbus_wait(struct xenbus_device *device, XenbusState state);

/* Write some nodes and a new state, all at once. */
bool xenbus_publish(struct xenbus_device *device, const struct xenbus_key *keys, unsigned int count,
                    XenbusState state);

#endif
