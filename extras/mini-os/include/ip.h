/* SPDX-License-Identifier: MIT */
/* What answers on the network: ARP, echo by ICMP, and what is sent to UDP port 7. */
#ifndef IP_H
#define IP_H

#include "net.h"

/* Take an address in the form 10.0.0.3/24; without one (NULL) we answer nothing. */
bool ip_init(const char *address);

/* Tell the neighbours who has our address. */
void ip_announce(struct net *net);

/* A frame has come; it may be changed. */
void ip_receive(struct net *net, void *packet, size_t length);

#endif
