/* SPDX-License-Identifier: MIT */
/*
 * Event channels in their 2-level form. In the shared page each port has a pending bit, which the hypervisor
 * sets, and a mask bit, which we set; a word of evtchn_pending_sel has a bit for each word of pending bits
 * that has news. When a bit of an unmasked port is set, evtchn_upcall_pending is set too, and the callback is
 * entered unless evtchn_upcall_mask, which is this virtual CPU's interrupt flag, is set. It is set on entry,
 * and restored by the iret that ends the callback.
 */
#include "event.h"

#include <public/sched.h>

#include "hypercall.h"
#include "print.h"
#include "start.h"
#include "string.h"

#define PORTS_MAX 256       /* more exist, but we don't need as many */
#define WORD_BITS (8 * sizeof(unsigned long))

static struct {
    event_handler *handler;
    void *data;
} ports[PORTS_MAX];
static unsigned long delivered;

void events_init(void)
{
    memset(shared->evtchn_mask, 0xff, sizeof(shared->evtchn_mask));
}

static bool test_and_clear(unsigned long *bits, evtchn_port_t port)
{
    unsigned long bit = 1ul << port % WORD_BITS;

    return __atomic_fetch_and(&bits[port / WORD_BITS], ~bit, __ATOMIC_SEQ_CST) & bit;
}

static void deliver(evtchn_port_t port)
{
    /* Cleared before the handler looks, so that what happens while it does makes it be called again. */
    test_and_clear(shared->evtchn_pending, port);
    delivered++;
    if (port < PORTS_MAX && ports[port].handler)
        ports[port].handler(ports[port].data);
}

void events_deliver(void)
{
    unsigned long words, bits;

    this_vcpu->evtchn_upcall_pending = 0;
    words = __atomic_exchange_n(&this_vcpu->evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
    for (; words; words &= words - 1) {
        unsigned int word = __builtin_ctzl(words);

        bits = __atomic_load_n(&shared->evtchn_pending[word], __ATOMIC_SEQ_CST) & ~shared->evtchn_mask[word];
        for (; bits; bits &= bits - 1)
            deliver(word * WORD_BITS + __builtin_ctzl(bits));
    }
}

bool events_mask(void)
{
    bool masked = this_vcpu->evtchn_upcall_mask;

    this_vcpu->evtchn_upcall_mask = 1;
    barrier();
    return masked;
}

void events_restore(bool masked)
{
    barrier();
    this_vcpu->evtchn_upcall_mask = masked;
    barrier();
    /*
     * What came while events were masked is delivered on the way out of the hypervisor; this is a short way
     * into it.
     */
    if (!masked && this_vcpu->evtchn_upcall_pending)
        HYPERCALL(xen_version, 0, 0);
}

void event_bind(evtchn_port_t port, event_handler *handler, void *data)
{
    struct evtchn_unmask unmask = { .port = port };

    if (port >= PORTS_MAX)
        panic("no room for event port %u", port);
    ports[port].data = data;
    ports[port].handler = handler;
    HYPERCALL(event_channel_op, EVTCHNOP_unmask, &unmask);
}

evtchn_port_t event_bind_virq(unsigned int virq, event_handler *handler, void *data)
{
    struct evtchn_bind_virq bind = { .virq = virq };

    if (HYPERCALL(event_channel_op, EVTCHNOP_bind_virq, &bind))
        panic("virtual interrupt %u can't be bound", virq);
    event_bind(bind.port, handler, data);
    return bind.port;
}

evtchn_port_t event_alloc(domid_t remote, event_handler *handler, void *data)
{
    struct evtchn_alloc_unbound alloc = { .dom = DOMID_SELF, .remote_dom = remote };

    if (HYPERCALL(event_channel_op, EVTCHNOP_alloc_unbound, &alloc))
        panic("no event port for domain %u", remote);
    event_bind(alloc.port, handler, data);
    return alloc.port;
}

evtchn_port_t event_bind_self(event_handler *handler, void *data)
{
    struct evtchn_bind_ipi bind = { .vcpu = 0 };

    if (HYPERCALL(event_channel_op, EVTCHNOP_bind_ipi, &bind))
        panic("no event port to oneself");
    event_bind(bind.port, handler, data);
    return bind.port;
}

void event_close(evtchn_port_t port)
{
    struct evtchn_close close = { .port = port };

    __atomic_fetch_or(&shared->evtchn_mask[port / WORD_BITS], 1ul << port % WORD_BITS, __ATOMIC_SEQ_CST);
    ports[port].handler = NULL;
    HYPERCALL(event_channel_op, EVTCHNOP_close, &close);
    event_clear(port);
}

void event_send(evtchn_port_t port)
{
    struct evtchn_send send = { .port = port };

    HYPERCALL(event_channel_op, EVTCHNOP_send, &send);
}

void event_clear(evtchn_port_t port)
{
    test_and_clear(shared->evtchn_pending, port);
}

void event_poll(evtchn_port_t port)
{
    struct sched_poll poll = { .nr_ports = 1 };

    set_xen_guest_handle(poll.ports, &port);
    HYPERCALL(sched_op, SCHEDOP_poll, &poll);
}

unsigned long events_count(void)
{
    return delivered;
}
