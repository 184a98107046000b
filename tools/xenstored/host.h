/* SPDX-License-Identifier: GPL-2.0-only */
/* The hypervisor, through the kernel's devices: rings mapped, events bound, domains looked at. */
#ifndef XENSTORED_HOST_H
#define XENSTORED_HOST_H

#include "ring.h"

struct host;

/* Open the devices, listen to events, and have domain 0 introduced. 0 or -Exxx, having said why. */
int host_open(struct store *store);

/* Map a domain's ring and bind its event channel. domain 0 has its page from the kernel. */
int host_connect(struct host *host, struct domain *domain, uint64_t frame, uint32_t port,
                 struct ring **ring);
/* Bind another event channel for a ring. */
int host_rebind(struct host *host, struct ring *ring, uint32_t port);

#endif /* XENSTORED_HOST_H */
