/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XM_CONSOLE_H
#define XM_CONSOLE_H

#include "xm.h"

/*
 * Connects this terminal (or whatever stdin and stdout are) with a domain's console, until ^] is typed, stdin
 * ends
 * and the console is silent, or the domain's console is gone. `ready`, if not NULL, is called once we are
 * connected: nothing the guest writes from then on is missed. 0 or -errno after a message.
 */
int console_attach(struct xm *xm, uint32_t domid, int (*ready)(struct xm *xm, uint32_t domid));

#endif
