/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The store, by the ring that a guest's builder shared with its daemon: one request at a time, no watches. A reply
 * that doesn't come is given up after some seconds.
 */
#include "test.h"

#include <public/io/xs_wire.h>
#include <public/sched.h>

#define PATIENCE 20000000000ul      /* ns */

struct xenstore_domain_interface *store_ring(void)
{
    return is_domain_0() ? NULL : mfn_to_virt(start_info->store_mfn);
}

void store_notify(void)
{
    notify(start_info->store_evtchn);
}

static bool expired(uint64_t begin)
{
    if (system_time() - begin > PATIENCE)
        return true;
    store_notify();
    HYPERCALL(sched_op, SCHEDOP_yield, 0);
    return false;
}

bool store_send(const void *data, unsigned int length)
{
    volatile struct xenstore_domain_interface *ring = store_ring();
    const char *bytes = data;
    uint64_t begin = system_time();

    if (!ring)
        return false;
    for (unsigned int i = 0; i < length; i++) {
        while (ring->req_prod - ring->req_cons >= XENSTORE_RING_SIZE)
            if (expired(begin))
                return false;
        ring->req[MASK_XENSTORE_IDX(ring->req_prod)] = bytes[i];
        barrier();
        ring->req_prod++;
    }
    store_notify();
    return true;
}

bool store_receive(void *data, unsigned int length)
{
    volatile struct xenstore_domain_interface *ring = store_ring();
    char *bytes = data;
    uint64_t begin = system_time();

    if (!ring)
        return false;
    for (unsigned int i = 0; i < length; i++) {
        while (ring->rsp_prod == ring->rsp_cons)
            if (expired(begin))
                return false;
        bytes[i] = ring->rsp[MASK_XENSTORE_IDX(ring->rsp_cons)];
        barrier();
        ring->rsp_cons++;
    }
    return true;
}

int store_reply(char *buffer, unsigned int size)
{
    struct xsd_sockmsg head;
    char byte;

    do {
        if (!store_receive(&head, sizeof(head)))
            return -1;
        for (unsigned int i = 0; i < head.len; i++) {
            if (!store_receive(&byte, 1))
                return -1;
            if (i + 1 < size)
                buffer[i] = byte;
        }
        if (size)
            buffer[head.len < size ? head.len : size - 1] = 0;
    } while (head.type == XS_WATCH_EVENT);
    return head.type == XS_ERROR ? -1 : (int)head.len;
}

int store_request(uint32_t type, uint32_t transaction, const void *body, unsigned int length, char *reply,
                  unsigned int size)
{
    struct xsd_sockmsg head = { .type = type, .tx_id = transaction, .len = length };

    if (!store_send(&head, sizeof(head)) || !store_send(body, length))
        return -1;
    return store_reply(reply, size);
}
