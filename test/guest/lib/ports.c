/* SPDX-License-Identifier: GPL-2.0-only */
/* See ports.h. */
#include "ports.h"
#include "test.h"

long port_unbound(evtchn_port_t *port)
{
    struct evtchn_alloc_unbound op = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
    long error = HYPERCALL(event_channel_op, EVTCHNOP_alloc_unbound, &op);

    *port = op.port;
    return error;
}

long port_pair(evtchn_port_t *from, evtchn_port_t *to)
{
    struct evtchn_bind_interdomain op = { .remote_dom = DOMID_SELF };
    long error = port_unbound(to);

    if (error)
        return error;
    op.remote_port = *to;
    error = HYPERCALL(event_channel_op, EVTCHNOP_bind_interdomain, &op);
    *from = op.local_port;
    return error;
}

long port_ipi(unsigned int vcpu, evtchn_port_t *port)
{
    struct evtchn_bind_ipi op = { .vcpu = vcpu };
    long error = HYPERCALL(event_channel_op, EVTCHNOP_bind_ipi, &op);

    *port = op.port;
    return error;
}

long port_send(evtchn_port_t port)
{
    struct evtchn_send op = { .port = port };

    return HYPERCALL(event_channel_op, EVTCHNOP_send, &op);
}

long port_unmask(evtchn_port_t port)
{
    struct evtchn_unmask op = { .port = port };

    return HYPERCALL(event_channel_op, EVTCHNOP_unmask, &op);
}

long port_move(evtchn_port_t port, unsigned int vcpu)
{
    struct evtchn_bind_vcpu op = { .port = port, .vcpu = vcpu };

    return HYPERCALL(event_channel_op, EVTCHNOP_bind_vcpu, &op);
}

long port_close(evtchn_port_t port)
{
    struct evtchn_close op = { .port = port };

    return HYPERCALL(event_channel_op, EVTCHNOP_close, &op);
}

long port_status(evtchn_port_t port, struct evtchn_status *status)
{
    *status = (struct evtchn_status){ .dom = DOMID_SELF, .port = port };
    return HYPERCALL(event_channel_op, EVTCHNOP_status, status);
}

long ports_reset(domid_t domain)
{
    struct evtchn_reset op = { .dom = domain };

    return HYPERCALL(event_channel_op, EVTCHNOP_reset, &op);
}
