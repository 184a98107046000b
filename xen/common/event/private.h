/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of common/event share. */
#ifndef EVENT_PRIVATE_H
#define EVENT_PRIVATE_H

#include <xen/sched.h>
#include <asm/processor.h>
#include <asm/shared.h>

void evtchn_lock_pair(struct evtchn *a, struct evtchn *b, unsigned long *flags);
void evtchn_unlock_pair(struct evtchn *a, struct evtchn *b, unsigned long flags);
void domain_event_lock_pair(struct domain *a, struct domain *b);
void domain_event_unlock_pair(struct domain *a, struct domain *b);

/* d->event_lock held for these three */
int evtchn_get_free_port(struct domain *d);              /* port, -ENOSPC, -ENOMEM */
void evtchn_free(struct domain *d, struct evtchn *c);    /* chan->lock held too */
void evtchn_set_state(struct domain *d, struct evtchn *c, enum evtchn_state state);

void evtchn_wait_for_senders(struct domain *d, struct evtchn *c);
void evtchn_check_pollers(struct domain *d, uint32_t port);
int evtchn_close(struct domain *d, uint32_t port);
bool virq_is_global(uint32_t virq);

/* fifo.c */
int evtchn_fifo_init_control(evtchn_init_control_t *op);
int evtchn_fifo_expand_array(const evtchn_expand_array_t *op);
void evtchn_fifo_destroy(struct domain *d);              /* back to the 2-level ABI, frames given back */

/* A bit for each word that the selector has a bit for. */
static inline unsigned evtchn_2l_ports(const struct domain *d)
{
    return guest_word_bits(d) * guest_word_bits(d);
}

static inline unsigned evtchn_max_ports(const struct domain *d)
{
    return d->evtchn_ops == &evtchn_fifo_ops ? EVTCHN_FIFO_NR_CHANNELS : evtchn_2l_ports(d);
}

#endif
