/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The 2-level ABI: a pending and a mask bit per port in the shared info page, and per vcpu a selector that
 * tells which words of the pending bits to look at.
 */
#include <xen/lib.h>
#include "private.h"

static bool valid(const struct domain *d, const struct evtchn *c)
{
    return c->port < evtchn_2l_ports(d);
}

static void *masks(const struct domain *d)
{
    return shared_member(d, evtchn_mask);
}

/* The bit of the port's word in the vcpu's selector. True if it was set already. */
static bool select_word(struct vcpu *v, const struct evtchn *c)
{
    return test_and_set_bit(c->port / guest_word_bits(v->domain), vcpu_info_member(v, evtchn_pending_sel));
}

static void set_pending_2l(struct vcpu *v, struct evtchn *c)
{
    struct domain *d = v->domain;

    if (!valid(d, c) || test_and_set_bit(c->port, d->shared_info->evtchn_pending))
        return;
    if (!test_bit(c->port, masks(d)) && !select_word(v, c))
        vcpu_mark_events_pending(v);
    evtchn_check_pollers(d, c->port);
}

static void clear_pending_2l(struct domain *d, struct evtchn *c)
{
    if (valid(d, c))
        clear_bit(c->port, d->shared_info->evtchn_pending);
}

static void unmask_2l(struct domain *d, struct evtchn *c)
{
    struct vcpu *v = d->vcpu[c->notify_vcpu_id];

    if (!valid(d, c))
        return;
    if (test_and_clear_bit(c->port, masks(d)) && test_bit(c->port, d->shared_info->evtchn_pending) &&
        !select_word(v, c))
        vcpu_mark_events_pending(v);
}

static bool is_pending_2l(const struct domain *d, const struct evtchn *c)
{
    return valid(d, c) && test_bit(c->port, d->shared_info->evtchn_pending);
}

static bool is_masked_2l(const struct domain *d, const struct evtchn *c)
{
    return !valid(d, c) || test_bit(c->port, masks(d));
}

static bool is_busy_2l(const struct domain *d, const struct evtchn *c)
{
    return false;
}

static int set_priority_2l(struct domain *d, struct evtchn *c, unsigned priority)
{
    return refuse(-ENOSYS, "set_priority: the domain uses the 2-level ABI");
}

const struct evtchn_ops evtchn_2l_ops = {
    .set_pending = set_pending_2l, .clear_pending = clear_pending_2l, .unmask = unmask_2l,
    .is_pending = is_pending_2l, .is_masked = is_masked_2l, .is_busy = is_busy_2l,
    .set_priority = set_priority_2l,
};
