/* SPDX-License-Identifier: GPL-2.0-only */
/* event_channel_op: what guests ask of event channels. */
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include "private.h"

static long alloc_unbound(evtchn_alloc_unbound_t *op)
{
    struct domain *d = domain_get_by_any_id(op->dom);
    struct evtchn *c;
    int port;

    if (!d)
        return refuse(-ESRCH, "alloc_unbound: no such domain");
    if (d != current->domain && !may_control(current->domain, d)) {
        domain_put(d);
        return refuse(-EPERM, "alloc_unbound: for another domain, without control over it");
    }
    spin_lock(&d->event_lock);
    port = evtchn_get_free_port(d);
    if (port >= 0) {
        c = evtchn_from_port(d, port);
        c->u.unbound.remote_domid = op->remote_dom == DOMID_SELF ? current->domain->domain_id
                                                                 : op->remote_dom;
        evtchn_set_state(d, c, ECS_UNBOUND);
        op->port = port;
    }
    spin_unlock(&d->event_lock);
    domain_put(d);
    return port < 0 ? port : 0;
}

/* Both event locks held. */
static int bind_pair(struct domain *ld, struct domain *rd, uint32_t rport)
{
    struct evtchn *l, *r;
    unsigned long flags;
    int lport;

    if (rd->is_dying)
        return refuse(-EINVAL, "bind_interdomain: the remote domain is dying");
    if (!port_is_valid(rd, rport))
        return refuse(-EINVAL, "bind_interdomain: no such remote port");
    r = evtchn_from_port(rd, rport);
    if (r->state != ECS_UNBOUND || r->u.unbound.remote_domid != ld->domain_id)
        return refuse(-EINVAL, "bind_interdomain: the remote port does not wait for this domain");
    lport = evtchn_get_free_port(ld);
    if (lport < 0)
        return lport;
    l = evtchn_from_port(ld, lport);
    evtchn_lock_pair(l, r, &flags);
    l->u.interdomain.remote_dom = rd;
    l->u.interdomain.remote_port = rport;
    evtchn_set_state(ld, l, ECS_INTERDOMAIN);
    r->u.interdomain.remote_dom = ld;
    r->u.interdomain.remote_port = lport;
    r->state = ECS_INTERDOMAIN;
    /* What the remote end sent before is lost: let this end look once. */
    ld->evtchn_ops->set_pending(ld->vcpu[0], l);
    evtchn_unlock_pair(l, r, flags);
    return lport;
}

static long bind_interdomain(evtchn_bind_interdomain_t *op)
{
    struct domain *ld = current->domain, *rd = domain_get_by_any_id(op->remote_dom);
    int port;

    if (!rd)
        return refuse(-ESRCH, "bind_interdomain: no such domain");
    domain_event_lock_pair(ld, rd);
    port = bind_pair(ld, rd, op->remote_port);
    domain_event_unlock_pair(ld, rd);
    domain_put(rd);
    if (port < 0)
        return port;
    op->local_port = port;
    return 0;
}

static long bind_virq(evtchn_bind_virq_t *op)
{
    struct domain *d = current->domain;
    struct vcpu *v = domain_vcpu(d, op->vcpu);
    struct evtchn *c;
    unsigned long flags;
    int port;

    if (op->virq >= NR_VIRQS)
        return refuse(-EINVAL, "bind_virq: no such virq");
    if (virq_is_global(op->virq) && op->vcpu != 0)
        return refuse(-EINVAL, "bind_virq: a global virq is bound on vcpu 0");
    if (!v)
        return refuse(-ENOENT, "bind_virq: no such vcpu");
    spin_lock(&d->event_lock);
    port = v->virq_to_evtchn[op->virq] ? refuse(-EEXIST, "bind_virq: bound already")
                                       : evtchn_get_free_port(d);
    if (port >= 0) {
        c = evtchn_from_port(d, port);
        c->notify_vcpu_id = op->vcpu;
        c->u.virq = op->virq;
        evtchn_set_state(d, c, ECS_VIRQ);
        spin_lock_irqsave(&v->virq_lock, flags);
        v->virq_to_evtchn[op->virq] = port;
        spin_unlock_irqrestore(&v->virq_lock, flags);
        op->port = port;
    }
    spin_unlock(&d->event_lock);
    return port < 0 ? port : 0;
}

static long bind_ipi(evtchn_bind_ipi_t *op)
{
    struct domain *d = current->domain;
    struct evtchn *c;
    int port;

    if (!domain_vcpu(d, op->vcpu))
        return refuse(-ENOENT, "bind_ipi: no such vcpu");
    spin_lock(&d->event_lock);
    port = evtchn_get_free_port(d);
    if (port >= 0) {
        c = evtchn_from_port(d, port);
        c->notify_vcpu_id = op->vcpu;
        evtchn_set_state(d, c, ECS_IPI);
        op->port = port;
    }
    spin_unlock(&d->event_lock);
    return port < 0 ? port : 0;
}

/* d->event_lock held. An interrupt may come as soon as it is bound: the port must be there by then. */
static int bind_pirq_locked(struct domain *d, evtchn_bind_pirq_t *op)
{
    struct pirq *pirq = pirq_get(d, op->pirq, false);
    struct evtchn *c;
    unsigned long flags;
    int port, rc;

    if (!pirq || pirq->irq < 0 || !rangeset_contains(d->irq_caps, pirq->irq, pirq->irq))
        return refuse(-EPERM, "bind_pirq: not mapped, or the domain has no right to it");
    if (pirq->evtchn)
        return refuse(-EEXIST, "bind_pirq: bound already");
    port = evtchn_get_free_port(d);
    if (port < 0)
        return port;
    c = evtchn_from_port(d, port);
    c->u.pirq.irq = op->pirq;
    evtchn_set_state(d, c, ECS_PIRQ);
    WRITE_ONCE(pirq->evtchn, port);
    rc = pirq_guest_bind(d->vcpu[0], pirq, op->flags & BIND_PIRQ__WILL_SHARE);
    if (rc) {
        WRITE_ONCE(pirq->evtchn, 0);
        spin_lock_irqsave(&c->lock, flags);
        evtchn_free(d, c);
        spin_unlock_irqrestore(&c->lock, flags);
        return rc;
    }
    d->nr_bound_pirqs++;
    return port;
}

static long bind_pirq(evtchn_bind_pirq_t *op)
{
    struct domain *d = current->domain;
    int port;

    if (op->pirq >= d->nr_pirqs)
        return refuse(-EINVAL, "bind_pirq: no such pirq");
    spin_lock(&d->event_lock);
    port = bind_pirq_locked(d, op);
    spin_unlock(&d->event_lock);
    if (port < 0)
        return port;
    op->port = port;
    return 0;
}

static void fill_status(struct domain *d, struct evtchn *c, evtchn_status_t *op)
{
    switch (c->state) {
    case ECS_FREE:
    case ECS_RESERVED:
        op->status = EVTCHNSTAT_closed;
        break;
    case ECS_UNBOUND:
        op->status = EVTCHNSTAT_unbound;
        op->u.unbound.dom = c->u.unbound.remote_domid;
        break;
    case ECS_INTERDOMAIN:
        op->status = EVTCHNSTAT_interdomain;
        op->u.interdomain.dom = c->u.interdomain.remote_dom->domain_id;
        op->u.interdomain.port = c->u.interdomain.remote_port;
        break;
    case ECS_PIRQ:
        op->status = EVTCHNSTAT_pirq;
        op->u.pirq = c->u.pirq.irq;
        break;
    case ECS_VIRQ:
        op->status = EVTCHNSTAT_virq;
        op->u.virq = c->u.virq;
        break;
    case ECS_IPI:
        op->status = EVTCHNSTAT_ipi;
        break;
    }
    op->vcpu = c->notify_vcpu_id;
}

static long status(evtchn_status_t *op)
{
    struct domain *d = domain_get_by_any_id(op->dom);
    long rc = 0;

    if (!d)
        return refuse(-ESRCH, "status: no such domain");
    if (d != current->domain && !may_control(current->domain, d))
        rc = refuse(-EPERM, "status: of another domain, without control over it");
    else if (!port_is_valid(d, op->port))
        rc = refuse(-EINVAL, "status: no such port");
    if (!rc) {
        spin_lock(&d->event_lock);
        fill_status(d, evtchn_from_port(d, op->port), op);
        spin_unlock(&d->event_lock);
    }
    domain_put(d);
    return rc;
}

/* d->event_lock held */
static int bind_vcpu_locked(struct domain *d, struct evtchn *c, struct vcpu *v)
{
    cpumask_t cpu;

    switch (c->state) {
    case ECS_VIRQ:
        if (!virq_is_global(c->u.virq))
            return refuse(-EINVAL, "bind_vcpu: the virq belongs to its vcpu");
        break;
    case ECS_UNBOUND:
    case ECS_INTERDOMAIN:
        break;
    case ECS_PIRQ:
        cpu = cpumask_of(v->processor);
        pirq_set_affinity(d, c->u.pirq.irq, &cpu);
        break;
    default:
        return refuse(-EINVAL, "bind_vcpu: the port can't be moved");
    }
    c->notify_vcpu_id = v->vcpu_id;
    return 0;
}

static long bind_vcpu(const evtchn_bind_vcpu_t *op)
{
    struct domain *d = current->domain;
    struct vcpu *v = domain_vcpu(d, op->vcpu);
    long rc;

    if (!v)
        return refuse(-ENOENT, "bind_vcpu: no such vcpu");
    if (!port_is_valid(d, op->port))
        return refuse(-EINVAL, "bind_vcpu: no such port");
    spin_lock(&d->event_lock);
    rc = bind_vcpu_locked(d, evtchn_from_port(d, op->port), v);
    spin_unlock(&d->event_lock);
    return rc;
}

static long unmask(const evtchn_unmask_t *op)
{
    struct domain *d = current->domain;
    long rc = evtchn_unmask(d, op->port);
    struct evtchn *c;

    if (rc)
        return rc;
    c = evtchn_from_port(d, op->port);
    if (READ_ONCE(c->state) == ECS_PIRQ) {
        struct pirq *pirq;

        spin_lock(&d->event_lock);
        pirq = c->state == ECS_PIRQ ? pirq_get(d, c->u.pirq.irq, false) : NULL;
        if (pirq)
            pirq_guest_eoi(d, pirq);
        spin_unlock(&d->event_lock);
    }
    return 0;
}

static long reset(const evtchn_reset_t *op, void *arg)
{
    struct domain *d = domain_get_by_any_id(op->dom);
    uint32_t from = 0;
    long rc;

    if (!d)
        return refuse(-ESRCH, "reset: no such domain");
    if (d != current->domain && !may_control(current->domain, d)) {
        rc = refuse(-EPERM, "reset: of another domain, without control over it");
    } else if (d->is_dying) {
        rc = refuse(-EINVAL, "reset: the domain is dying");
    } else {
        rc = evtchn_close_all(d, &from);
    }
    domain_put(d);
    if (rc == -ERESTART)
        rc = hypercall_continue(__HYPERVISOR_event_channel_op, 2, (unsigned long)EVTCHNOP_reset, arg);
    return rc;
}

static long set_priority(const evtchn_set_priority_t *op)
{
    struct domain *d = current->domain;
    long rc;

    if (!port_is_valid(d, op->port))
        return refuse(-EINVAL, "set_priority: no such port");
    spin_lock(&d->event_lock);
    rc = d->evtchn_ops->set_priority(d, evtchn_from_port(d, op->port), op->priority);
    spin_unlock(&d->event_lock);
    return rc;
}

static long close_port(const evtchn_close_t *op)
{
    return evtchn_close(current->domain, op->port);
}

/* Argument size, and does the result go back? */
static const struct { uint8_t size; bool out; } shape[] = {
#define IN(op, type)    [EVTCHNOP_##op] = { sizeof(type), false }
#define INOUT(op, type) [EVTCHNOP_##op] = { sizeof(type), true }
    INOUT(alloc_unbound, evtchn_alloc_unbound_t),
    INOUT(bind_interdomain, evtchn_bind_interdomain_t),
    INOUT(bind_virq, evtchn_bind_virq_t),
    INOUT(bind_ipi, evtchn_bind_ipi_t),
    INOUT(bind_pirq, evtchn_bind_pirq_t),
    IN(close, evtchn_close_t),
    IN(send, evtchn_send_t),
    INOUT(status, evtchn_status_t),
    IN(bind_vcpu, evtchn_bind_vcpu_t),
    IN(unmask, evtchn_unmask_t),
    IN(reset, evtchn_reset_t),
    INOUT(init_control, evtchn_init_control_t),
    IN(expand_array, evtchn_expand_array_t),
    IN(set_priority, evtchn_set_priority_t),
#undef IN
#undef INOUT
};

union evtchn_arg {
    evtchn_alloc_unbound_t alloc_unbound;
    evtchn_bind_interdomain_t bind_interdomain;
    evtchn_bind_virq_t bind_virq;
    evtchn_bind_ipi_t bind_ipi;
    evtchn_bind_pirq_t bind_pirq;
    evtchn_close_t close;
    evtchn_send_t send;
    evtchn_status_t status;
    evtchn_bind_vcpu_t bind_vcpu;
    evtchn_unmask_t unmask;
    evtchn_reset_t reset;
    evtchn_init_control_t init_control;
    evtchn_expand_array_t expand_array;
    evtchn_set_priority_t set_priority;
};

static long dispatch(int cmd, union evtchn_arg *op, void *arg)
{
    switch (cmd) {
    case EVTCHNOP_alloc_unbound:    return alloc_unbound(&op->alloc_unbound);
    case EVTCHNOP_bind_interdomain: return bind_interdomain(&op->bind_interdomain);
    case EVTCHNOP_bind_virq:        return bind_virq(&op->bind_virq);
    case EVTCHNOP_bind_ipi:         return bind_ipi(&op->bind_ipi);
    case EVTCHNOP_bind_pirq:        return bind_pirq(&op->bind_pirq);
    case EVTCHNOP_close:            return close_port(&op->close);
    case EVTCHNOP_status:           return status(&op->status);
    case EVTCHNOP_bind_vcpu:        return bind_vcpu(&op->bind_vcpu);
    case EVTCHNOP_unmask:           return unmask(&op->unmask);
    case EVTCHNOP_reset:            return reset(&op->reset, arg);
    case EVTCHNOP_init_control:     return evtchn_fifo_init_control(&op->init_control);
    case EVTCHNOP_expand_array:     return evtchn_fifo_expand_array(&op->expand_array);
    case EVTCHNOP_set_priority:     return set_priority(&op->set_priority);
    }
    return -ENOSYS;
}

long do_event_channel_op(int cmd, void *arg)
{
    union evtchn_arg op;
    long rc;

    if (likely(cmd == EVTCHNOP_send)) {
        if (get_guest(&op.send, arg))
            return -EFAULT;
        return evtchn_send(current->domain, op.send.port);
    }
    if ((unsigned)cmd >= ARRAY_SIZE(shape) || !shape[cmd].size)
        return refuse(-ENOSYS, "event_channel_op: unknown operation");
    cmd = array_index_nospec(cmd, ARRAY_SIZE(shape));
    if (raw_copy_from_guest(&op, arg, shape[cmd].size))
        return -EFAULT;
    rc = dispatch(cmd, &op, arg);
    if (rc == 0 && shape[cmd].out && raw_copy_to_guest(arg, &op, shape[cmd].size))
        rc = -EFAULT;
    return rc;
}

/* The form before 3.2: command and argument in one structure. */
long do_event_channel_op_compat(void *arg)
{
    uint32_t cmd;

    if (get_guest(&cmd, arg))
        return -EFAULT;
    return do_event_channel_op(cmd, guest_moved(arg, offsetof(evtchn_op_t, u)));
}
