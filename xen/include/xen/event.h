/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Event channels. Ports of a domain are in buckets; a port is free, reserved, unbound, interdomain, pirq,
 * virq or ipi. Pending and mask state is in pages shared with the guest and goes through the domain's port
 * operations: 2-level or FIFO. Lock: d->event_lock for binding; chan->lock for sending and state.
 * common/event/
 */
#ifndef XEN_EVENT_H
#define XEN_EVENT_H

#include <xen/types.h>
#include <xen/spinlock.h>
#include <public/event_channel.h>

struct domain; struct vcpu;

struct evtchn {
    spinlock_t lock;
    uint8_t state;              /* ECS_* */
    bool is_static;
    uint16_t notify_vcpu_id;
    uint32_t port;
    union {
        struct { domid_t remote_domid; } unbound;
        struct { struct domain *remote_dom; uint32_t remote_port; } interdomain;
        struct { uint16_t irq; } pirq;
        uint16_t virq;
    } u;
    /* FIFO */
    uint8_t priority;
    bool pending;               /* state kept until the FIFO pages exist */
    uint32_t last_queue;        /* vcpu << 8 | priority it was linked to last: read and written at once */
};

enum evtchn_state { ECS_FREE, ECS_RESERVED, ECS_UNBOUND, ECS_INTERDOMAIN, ECS_PIRQ, ECS_VIRQ, ECS_IPI };

struct evtchn_ops {
    void (*set_pending)(struct vcpu *v, struct evtchn *c);
    void (*clear_pending)(struct domain *d, struct evtchn *c);
    void (*unmask)(struct domain *d, struct evtchn *c);
    bool (*is_pending)(const struct domain *d, const struct evtchn *c);
    bool (*is_masked)(const struct domain *d, const struct evtchn *c);
    bool (*is_busy)(const struct domain *d, const struct evtchn *c);
    int  (*set_priority)(struct domain *d, struct evtchn *c, unsigned priority);
};
extern const struct evtchn_ops evtchn_2l_ops, evtchn_fifo_ops;

int evtchn_init(struct domain *d, unsigned max_port);
/*
 * No port from *next on stays bound, and the 2-level ABI is back. 0, -EAGAIN: some are bound again, -ERESTART: call again
 * with the same next, which is no guest's to choose
 */
int evtchn_close_all(struct domain *d, uint32_t *next);
void evtchn_destroy(struct domain *d);                 /* last reference: free memory */
/* Log the pages of d's that its events are written to (asm/shadow.h). d->event_lock held */
void fifo_mark_dirty(struct domain *d);
void evtchn_move_pirqs(struct vcpu *v);

bool port_is_valid(const struct domain *d, uint32_t port);
struct evtchn *evtchn_from_port(const struct domain *d, uint32_t port);   /* port valid */
int evtchn_send(struct domain *ld, uint32_t lport);
int evtchn_unmask(struct domain *d, uint32_t port);
void send_guest_vcpu_virq(struct vcpu *v, uint32_t virq);
void send_guest_global_virq(struct domain *d, uint32_t virq);
void send_guest_pirq(struct domain *d, uint32_t port);
/* Global virqs (VIRQ_DOM_EXC, VIRQ_CONSOLE, ...) go to their handler domain, domain 0 unless changed. */
void send_global_virq(uint32_t virq);
int set_global_virq_handler(struct domain *d, uint32_t virq);
void clear_global_virq_handlers(struct domain *d);
/* Mark the vcpu's upcall pending and make it notice. */
void vcpu_mark_events_pending(struct vcpu *v);
bool evtchn_port_pollable(struct domain *d, uint32_t port, bool *pending);

#endif
