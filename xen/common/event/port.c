/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Event channels: ports and what they are bound to.
 *
 *   free -> reserved? -> unbound <-> interdomain        (both ends)
 *   free -> virq | ipi | pirq -> free
 *
 * Ports live in buckets that are added as needed and stay until the domain goes. d->event_lock covers every
 * change of a binding; in addition chan->lock (interrupts off) is held while state or peer change, so that
 * sending needs only that. An interdomain pair is changed under both domains' event_locks (lower address
 * first) and both channels' locks. The peer's domain can't go away while a channel points to it: it unbinds
 * all its channels first.
 */
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/perfc.h>
#include <xen/sched.h>
#include "private.h"

#define PORTS_PER_BUCKET 64

static struct domain *virq_handler[NR_VIRQS];       /* NULL: domain 0 */
static DEFINE_SPINLOCK(virq_handler_lock);          /* taken in interrupts; outside a vcpu's virq_lock */

bool port_is_valid(const struct domain *d, uint32_t port)
{
    return port < READ_ONCE(d->valid_evtchns);
}

/* See xen/event.h. The number may be a guest's, which was checked. */
struct evtchn *evtchn_from_port(const struct domain *d, uint32_t port)
{
    port = array_index_nospec(port, READ_ONCE(d->valid_evtchns));
    return &d->evtchn_bucket[port / PORTS_PER_BUCKET][port % PORTS_PER_BUCKET];
}

void evtchn_lock_pair(struct evtchn *a, struct evtchn *b, unsigned long *flags)
{
    local_irq_save(*flags);
    if (a == b) {
        spin_lock(&a->lock);
        return;
    }
    spin_lock(a < b ? &a->lock : &b->lock);
    spin_lock(a < b ? &b->lock : &a->lock);
}

void evtchn_unlock_pair(struct evtchn *a, struct evtchn *b, unsigned long flags)
{
    spin_unlock(&a->lock);
    if (a != b)
        spin_unlock(&b->lock);
    local_irq_restore(flags);
}

void domain_event_lock_pair(struct domain *a, struct domain *b)
{
    spin_lock(a <= b ? &a->event_lock : &b->event_lock);
    if (a != b)
        spin_lock(a <= b ? &b->event_lock : &a->event_lock);
}

void domain_event_unlock_pair(struct domain *a, struct domain *b)
{
    spin_unlock(&a->event_lock);
    if (a != b)
        spin_unlock(&b->event_lock);
}

/* ---- allocation: d->event_lock held ---- */

static int add_bucket(struct domain *d)
{
    uint32_t first = d->valid_evtchns;
    struct evtchn *bucket = xzalloc_array(struct evtchn, PORTS_PER_BUCKET);

    if (!bucket)
        return -ENOMEM;
    for (unsigned i = 0; i < PORTS_PER_BUCKET; i++) {
        spin_lock_init(&bucket[i].lock);
        bucket[i].port = first + i;
        bucket[i].priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
    }
    d->evtchn_bucket[first / PORTS_PER_BUCKET] = bucket;
    smp_wmb();
    WRITE_ONCE(d->valid_evtchns, first + PORTS_PER_BUCKET);
    return 0;
}

static unsigned port_limit(const struct domain *d)
{
    unsigned abi = evtchn_max_ports(d);

    return min(abi, d->max_evtchn_port + 1);
}

/* A free port, which stays free until the caller gives it a state: the lock is held until then. */
int evtchn_get_free_port(struct domain *d)
{
    uint32_t port, limit = port_limit(d), first_free = 0;
    struct evtchn *c;
    int rc;

    if (d->is_dying)
        return refuse(-EINVAL, "event channel: the domain is dying");
    for (port = max(d->evtchn_free_hint, 1u); port < limit; port++) {
        if (port >= d->valid_evtchns) {
            rc = add_bucket(d);
            if (rc)
                return rc;
        }
        c = evtchn_from_port(d, port);
        if (c->state != ECS_FREE)
            continue;
        first_free = first_free ? first_free : port;
        if (d->evtchn_ops->is_busy(d, c))    /* still linked into a queue the guest works on */
            continue;
        d->evtchn_free_hint = first_free;
        return port;
    }
    return refuse(-ENOSPC, "event channel: no free port");
}

void evtchn_free(struct domain *d, struct evtchn *c)
{
    d->evtchn_ops->clear_pending(d, c);
    c->pending = false;
    c->state = ECS_FREE;
    c->notify_vcpu_id = 0;
    c->priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
    d->active_evtchns--;
    d->evtchn_free_hint = min(d->evtchn_free_hint, c->port);
}

/* c becomes a bound port. d->event_lock held. */
void evtchn_set_state(struct domain *d, struct evtchn *c, enum evtchn_state state)
{
    c->state = state;
    d->active_evtchns++;
}

/* ---- sending ---- */

void vcpu_mark_events_pending(struct vcpu *v)
{
    if (!__atomic_exchange_n(&v->vcpu_info->evtchn_upcall_pending, 1, __ATOMIC_SEQ_CST))
        vcpu_kick(v);
}

/* Wake the vcpus that poll for the port, or for several. */
void evtchn_check_pollers(struct domain *d, uint32_t port)
{
    unsigned id;

    for (id = find_next_bit(d->poll_mask, d->max_vcpus, 0); id < d->max_vcpus;
         id = find_next_bit(d->poll_mask, d->max_vcpus, id + 1)) {
        struct vcpu *v = d->vcpu[id];

        if (v->poll_port == -1 || v->poll_port == (int)port)
            vcpu_unblock(v);
    }
}

/* An event for a domain that has no vcpu yet is lost: nobody there can wait for it. */
static void set_pending(struct domain *d, struct evtchn *c)
{
    struct vcpu *v = domain_vcpu(d, c->notify_vcpu_id);

    perfc_incr(events);
    if (likely(v))
        READ_ONCE(d->evtchn_ops)->set_pending(v, c);
}

/*
 * d->event_lock held: who was sending to c before is done with it, who sends now sees what we have changed.
 */
void evtchn_wait_for_senders(struct domain *d, struct evtchn *c)
{
    struct vcpu *v;

    spin_barrier(&c->lock);
    if (c->state == ECS_INTERDOMAIN)
        spin_barrier(&evtchn_from_port(c->u.interdomain.remote_dom, c->u.interdomain.remote_port)->lock);
    else if (c->state == ECS_VIRQ)
        for_each_vcpu(d, v)
            spin_barrier(&v->virq_lock);
}

int evtchn_send(struct domain *d, uint32_t port)
{
    struct evtchn *c;
    unsigned long flags;
    int rc = 0;

    if (unlikely(!port_is_valid(d, port)))
        return refuse(-EINVAL, "send: no such port");
    c = evtchn_from_port(d, port);
    spin_lock_irqsave(&c->lock, flags);
    switch (c->state) {
    case ECS_INTERDOMAIN:
        set_pending(c->u.interdomain.remote_dom,
                    evtchn_from_port(c->u.interdomain.remote_dom, c->u.interdomain.remote_port));
        break;
    case ECS_IPI:
        set_pending(d, c);
        break;
    case ECS_UNBOUND:            /* nobody listens: silently lost */
        break;
    default:
        rc = refuse(-EINVAL, "send: the port is not interdomain or ipi");
    }
    spin_unlock_irqrestore(&c->lock, flags);
    return rc;
}

int evtchn_unmask(struct domain *d, uint32_t port)
{
    struct evtchn *c;
    unsigned long flags;

    if (!port_is_valid(d, port))
        return refuse(-EINVAL, "unmask: no such port");
    c = evtchn_from_port(d, port);
    spin_lock_irqsave(&c->lock, flags);
    if (c->state != ECS_FREE)
        d->evtchn_ops->unmask(d, c);
    spin_unlock_irqrestore(&c->lock, flags);
    return 0;
}

bool virq_is_global(uint32_t virq)
{
    return virq != VIRQ_TIMER && virq != VIRQ_DEBUG && virq != VIRQ_XENOPROF && virq != VIRQ_XENPMU;
}

void send_guest_vcpu_virq(struct vcpu *v, uint32_t virq)
{
    unsigned long flags;
    uint32_t port;

    spin_lock_irqsave(&v->virq_lock, flags);
    port = v->virq_to_evtchn[virq];
    if (port) {
        perfc_incr(events);
        READ_ONCE(v->domain->evtchn_ops)->set_pending(v, evtchn_from_port(v->domain, port));
    }
    spin_unlock_irqrestore(&v->virq_lock, flags);
}

/* A global virq is bound on vcpu 0, but its port may have been moved to another vcpu. */
void send_guest_global_virq(struct domain *d, uint32_t virq)
{
    struct vcpu *v = d ? domain_vcpu(d, 0) : NULL;
    unsigned long flags;
    uint32_t port;

    if (!v)
        return;
    spin_lock_irqsave(&v->virq_lock, flags);
    port = v->virq_to_evtchn[virq];
    if (port)
        set_pending(d, evtchn_from_port(d, port));
    spin_unlock_irqrestore(&v->virq_lock, flags);
}

/* Called by the interrupt's handler; the binding lasts as long as the pirq is bound. */
void send_guest_pirq(struct domain *d, uint32_t port)
{
    struct evtchn *c;
    unsigned long flags;

    if (!port || !port_is_valid(d, port))
        return;
    c = evtchn_from_port(d, port);
    spin_lock_irqsave(&c->lock, flags);
    if (c->state == ECS_PIRQ)
        set_pending(d, c);
    spin_unlock_irqrestore(&c->lock, flags);
}

/* The lock keeps the handler from going away under us. */
void send_global_virq(uint32_t virq)
{
    unsigned long flags;

    spin_lock_irqsave(&virq_handler_lock, flags);
    send_guest_global_virq(virq_handler[virq] ? virq_handler[virq] : dom0, virq);
    spin_unlock_irqrestore(&virq_handler_lock, flags);
}

/*
 * d->domain_lock held: a dying domain has lost its virqs already, and would keep what it gets now for good.
 */
int set_global_virq_handler(struct domain *d, uint32_t virq)
{
    struct domain *old;
    unsigned long flags;

    if (virq >= NR_VIRQS || !virq_is_global(virq))
        return refuse(-EINVAL, "set_virq_handler: not a global virq");
    if (d->is_dying || !domain_get(d))
        return refuse(-EINVAL, "set_virq_handler: the domain is dying");
    spin_lock_irqsave(&virq_handler_lock, flags);
    old = virq_handler[virq];
    virq_handler[virq] = d;
    spin_unlock_irqrestore(&virq_handler_lock, flags);
    if (old)
        domain_put(old);
    return 0;
}

void clear_global_virq_handlers(struct domain *d)
{
    unsigned dropped = 0;
    unsigned long flags;

    spin_lock_irqsave(&virq_handler_lock, flags);
    for (unsigned i = 0; i < NR_VIRQS; i++) {
        if (virq_handler[i] != d)
            continue;
        virq_handler[i] = NULL;
        dropped++;
    }
    spin_unlock_irqrestore(&virq_handler_lock, flags);
    while (dropped--)
        domain_put(d);
}

/* The lock of a port in use keeps the pages of its ABI. */
bool evtchn_port_pollable(struct domain *d, uint32_t port, bool *pending)
{
    struct evtchn *c;
    unsigned long flags;

    if (!port_is_valid(d, port))
        return false;
    c = evtchn_from_port(d, port);
    spin_lock_irqsave(&c->lock, flags);
    *pending = c->state > ECS_RESERVED && d->evtchn_ops->is_pending(d, c);
    spin_unlock_irqrestore(&c->lock, flags);
    return true;
}

/* Interrupts follow their vcpu to its new CPU. */
void evtchn_move_pirqs(struct vcpu *v)
{
    struct domain *d = v->domain;
    cpumask_t cpu = cpumask_of(v->processor);

    if (!d->nr_bound_pirqs)
        return;
    spin_lock(&d->event_lock);
    for (uint32_t port = 1; port < d->valid_evtchns; port++) {
        struct evtchn *c = evtchn_from_port(d, port);

        if (c->state == ECS_PIRQ && c->notify_vcpu_id == v->vcpu_id)
            pirq_set_affinity(d, c->u.pirq.irq, &cpu);
    }
    spin_unlock(&d->event_lock);
}

/* ---- closing ---- */

/* Both event locks and no channel lock held. The peer becomes unbound, waiting for this domain again. */
static void unbind_pair(struct domain *d, struct evtchn *c)
{
    struct domain *peer_dom = c->u.interdomain.remote_dom;
    struct evtchn *peer = evtchn_from_port(peer_dom, c->u.interdomain.remote_port);
    unsigned long flags;

    evtchn_lock_pair(c, peer, &flags);
    if (peer != c) {
        peer->state = ECS_UNBOUND;
        peer->u.unbound.remote_domid = d->domain_id;
    }
    evtchn_free(d, c);
    evtchn_unlock_pair(c, peer, flags);
}

/* d->event_lock held; the port is neither free nor interdomain. */
static void close_local(struct domain *d, struct evtchn *c)
{
    struct vcpu *v;
    unsigned long flags;

    if (c->state == ECS_PIRQ) {
        struct pirq *pirq = pirq_get(d, c->u.pirq.irq, false);

        if (pirq) {
            pirq_guest_unbind(d, pirq);
            pirq->evtchn = 0;
        }
        d->nr_bound_pirqs--;
    } else if (c->state == ECS_VIRQ) {
        for_each_vcpu(d, v) {
            if (v->virq_to_evtchn[c->u.virq] != c->port)
                continue;
            spin_lock_irqsave(&v->virq_lock, flags);
            v->virq_to_evtchn[c->u.virq] = 0;
            spin_unlock_irqrestore(&v->virq_lock, flags);
        }
    }
    spin_lock_irqsave(&c->lock, flags);
    evtchn_free(d, c);
    spin_unlock_irqrestore(&c->lock, flags);
}

int evtchn_close(struct domain *d, uint32_t port)
{
    struct domain *peer;
    struct evtchn *c;
    int rc = 0;

    if (!port_is_valid(d, port))
        return refuse(-EINVAL, "close: no such port");
    c = evtchn_from_port(d, port);
    for (;;) {
        spin_lock(&d->event_lock);
        if (c->state != ECS_INTERDOMAIN)
            break;
        /* The peer's lock may come first: look who it is, then take both and see that it still is. */
        peer = c->u.interdomain.remote_dom;
        if (peer == d) {
            unbind_pair(d, c);
            spin_unlock(&d->event_lock);
            return 0;
        }
        if (!domain_get(peer))
            BUG();               /* it would have unbound this channel first */
        spin_unlock(&d->event_lock);
        domain_event_lock_pair(d, peer);
        if (c->state == ECS_INTERDOMAIN && c->u.interdomain.remote_dom == peer) {
            unbind_pair(d, c);
            domain_event_unlock_pair(d, peer);
            domain_put(peer);
            return 0;
        }
        domain_event_unlock_pair(d, peer);
        domain_put(peer);
    }
    if (c->state == ECS_FREE || c->state == ECS_RESERVED)
        rc = refuse(-EINVAL, "close: the port is not in use");
    else
        close_local(d, c);
    spin_unlock(&d->event_lock);
    return rc;
}

int evtchn_close_all(struct domain *d, uint32_t *next)
{
    uint32_t port, closed = 0;
    int rc = 0;

    for (port = *next; port_is_valid(d, port); port++) {
        if (READ_ONCE(evtchn_from_port(d, port)->state) <= ECS_RESERVED)
            continue;
        (void)evtchn_close(d, port);
        if (++closed % 32 == 0 && hypercall_preempt_check()) {
            *next = port + 1;
            return -ERESTART;
        }
    }
    *next = port;
    spin_lock(&d->event_lock);
    if (d->active_evtchns)
        rc = refuse(-EAGAIN, "reset: ports were bound meanwhile");
    else
        evtchn_fifo_destroy(d);
    spin_unlock(&d->event_lock);
    return rc;
}

/* ---- a domain's beginning and end ---- */

int evtchn_init(struct domain *d, unsigned max_port)
{
    unsigned last = min(max_port, EVTCHN_FIFO_NR_CHANNELS - 1u);

    d->evtchn_bucket = xzalloc_array(struct evtchn *, last / PORTS_PER_BUCKET + 1);
    if (!d->evtchn_bucket)
        return -ENOMEM;
    d->max_evtchn_port = last;
    d->evtchn_ops = &evtchn_2l_ops;
    if (add_bucket(d)) {
        xfree(d->evtchn_bucket);
        d->evtchn_bucket = NULL;
        return -ENOMEM;
    }
    evtchn_from_port(d, 0)->state = ECS_RESERVED;
    return 0;
}

void evtchn_destroy(struct domain *d)
{
    if (!d->evtchn_bucket)
        return;
    evtchn_fifo_destroy(d);
    for (uint32_t port = 0; port < d->valid_evtchns; port += PORTS_PER_BUCKET)
        xfree(d->evtchn_bucket[port / PORTS_PER_BUCKET]);
    xfree(d->evtchn_bucket);
    d->evtchn_bucket = NULL;
    d->valid_evtchns = 0;
}
