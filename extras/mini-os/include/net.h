/* SPDX-License-Identifier: MIT */
/* Virtual network interfaces. */
#ifndef NET_H
#define NET_H

#include "types.h"

#define MAC_SIZE   6
#define PACKET_MAX 1514     /* an Ethernet frame, without its checksum */

struct net;

/* Connect to all interfaces; how many we have. One line for each says what it is. */
unsigned int nets_init(void);

const uint8_t *net_mac(const struct net *net);

/* Send a frame, once there is a free buffer for it: it is copied. */
void net_send(struct net *net, const void *packet, size_t length);

#endif
