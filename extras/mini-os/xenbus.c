/* SPDX-License-Identifier: MIT */
/*
 * Devices. Each has two directories in the store, ours (the frontend's) and the driver domain's (the
 * backend's), that name each other. Both ends write a number "state" there and watch the other's:
 *
 *     backend   Initialising -> InitWait: has written what it offers                             -> Connected
 *     frontend  Initialising ----------------> has written ring and port: Initialised -> Connected
 */
#include "xenbus.h"

#include <public/errno.h>

#include "heap.h"
#include "print.h"
#include "string.h"
#include "time.h"

#define PATIENCE (20 * SECOND)      /* a backend may first have to open its disk */

unsigned int xenbus_each(const char *type, void (*found)(const char *path))
{
    char directory[32], path[64], *names;
    unsigned int count = 0;
    size_t length = 0;

    print_to(directory, sizeof(directory), "device/%s", type);
    names = store_list(directory, &length);
    for (size_t at = 0; names && at < length; at += strlen(names + at) + 1, count++) {
        print_to(path, sizeof(path), "%s/%s", directory, names + at);
        found(path);
    }
    heap_free(names);
    return count;
}

bool xenbus_open(struct xenbus_device *device, const char *path)
{
    device->path = heap_string(path);
    device->backend = store_read(path, "backend");
    device->backend_id = store_read_number(path, "backend-id", DOMID_INVALID);
    return device->backend && device->backend_id != DOMID_INVALID &&
           store_watch(&device->watch, device->backend, "state");
}

bool xenbus_wait(struct xenbus_device *device, XenbusState state)
{
    uint64_t deadline = time_now() + PATIENCE;
    XenbusState now;

    while (store_wait(&device->watch, deadline)) {
        now = store_read_number(device->backend, "state", XenbusStateUnknown);
        if (now == state)
            return true;
        if (now == XenbusStateClosing || now == XenbusStateClosed)
            return false;
    }
    return false;
}

/*
 * One attempt, within a transaction: 0, -XEN_EAGAIN if somebody else changed the same nodes meanwhile,
 * -XEN_EIO.
 */
static int publish(struct xenbus_device *device, const struct xenbus_key *keys, unsigned int count,
                   XenbusState state)
{
    uint32_t transaction = store_begin();
    bool written = true;
    int error;

    if (transaction == NO_TRANSACTION)
        return -XEN_EIO;
    for (unsigned int i = 0; i < count; i++)
        written &= store_write(transaction, device->path, keys[i].name, "%s", keys[i].value);
    written &= store_write(transaction, device->path, "state", "%u", state);
    error = store_end(transaction, written);
    return written ? error : -XEN_EIO;
}

bool xenbus_publish(struct xenbus_device *device, const struct xenbus_key *keys, unsigned int count,
                    XenbusState state)
{
    int error;

    do
        error = publish(device, keys, count, state);
    while (error == -XEN_EAGAIN);
    return !error;
}
