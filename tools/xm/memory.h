/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XM_MEMORY_H
#define XM_MEMORY_H

#include "xm.h"

/*
 * Sees that `pages` are free. What is missing is taken from domain 0, unless its size was fixed (dom0_mem=
 * for the hypervisor) or it would have less than DOMAIN_0_LEAST_MIB. 0 or -errno after a message.
 */
int memory_make_room(struct xm *xm, uint64_t pages);
#define DOMAIN_0_LEAST_MIB   512
#define DOMAIN_0_MINIMUM_MIB 128u       /* of what it can be told to keep, as with stock tools */

/* The hypervisor lets the domain have so much, and a little more. 0 or -errno after a message. */
int memory_set_limit(struct xm *xm, uint32_t domid, uint64_t kib);
/* Tells a domain how much memory to use. 0 or -errno after a message. */
int memory_set_target(struct xm *xm, uint32_t domid, uint64_t kib);
/* Waits until it uses that, but for a MiB. 0 or -errno after a message. */
int memory_await_target(struct xm *xm, uint32_t domid, uint64_t kib);

#endif
