/* SPDX-License-Identifier: MIT */
/* Event channels: one-bit notifications, the interrupts of this machine. */
#ifndef EVENT_H
#define EVENT_H

#include <public/event_channel.h>

#include "types.h"

/* Called with events masked, on whatever stack was in use: it may wake threads, but not wait. */
typedef void event_handler(void *data);

/* Mask all ports; called once, before events are let in. */
void events_init(void);

/* From the event callback: call the handlers of all ports that are pending. */
void events_deliver(void);

/* Keep events out; whether they already were, for events_restore(). */
bool events_mask(void);
void events_restore(bool masked);

/* Have a handler called for a port that we were given. */
void event_bind(evtchn_port_t port, event_handler *handler, void *data);

/* A new port: for a virtual interrupt, for another domain to connect to, or to oneself. */
evtchn_port_t event_bind_virq(unsigned int virq, event_handler *handler, void *data);
evtchn_port_t event_alloc(domid_t remote, event_handler *handler, void *data);
evtchn_port_t event_bind_self(event_handler *handler, void *data);

void event_close(evtchn_port_t port);

/* Notify who is at the port's other end. */
void event_send(evtchn_port_t port);

/* With events masked: forget that a port is pending, wait until it is again. */
void event_clear(evtchn_port_t port);
void event_poll(evtchn_port_t port);

/* How many events have been delivered. */
unsigned long events_count(void);

#endif
