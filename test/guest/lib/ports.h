/* SPDX-License-Identifier: GPL-2.0-only */
/* Event channels of our own domain, as tests ask for them: 0 or the call's error. */
#ifndef PORTS_H
#define PORTS_H

#include <public/event_channel.h>
#include <public/xen.h>

long port_unbound(evtchn_port_t *port);                         /* that waits for ourselves */
/* A port at each end, both ours: *to receives what is sent on *from. */
long port_pair(evtchn_port_t *from, evtchn_port_t *to);
long port_ipi(unsigned int vcpu, evtchn_port_t *port);
long port_send(evtchn_port_t port);
long port_unmask(evtchn_port_t port);
long port_move(evtchn_port_t port, unsigned int vcpu);
long port_close(evtchn_port_t port);
long port_status(evtchn_port_t port, struct evtchn_status *status);
long ports_reset(domid_t domain);

#endif
