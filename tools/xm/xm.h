/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XM_XM_H
#define XM_XM_H

#include <stdbool.h>
#include <stdint.h>
#include <xenstore.h>

#include "message.h"
#include "pool.h"

struct xc;

/* What one run of the program works with. The handles are open if the command's entry in the table asks for
   them. */
struct xm {
    struct pool pool;
    struct xc *xc;              /* the hypervisor */
    struct xs_handle *xs;       /* the store */
    bool json;                  /* answer in JSON */
    bool interruptible;         /* waiting ends with -EINTR when the user interrupts; not while we tidy up */
};

/* Opens what isn't open yet: 0, or -errno after a message that says what to start. */
int xm_open_xc(struct xm *xm);
int xm_open_store(struct xm *xm);
/*
 * From on = true to false, ^C, a hangup and a request to end don't kill us but make xm_interrupted() true, so
 * that what has been begun can be undone.
 */
void xm_catch_interrupts(struct xm *xm, bool on);
bool xm_interrupted(const struct xm *xm);
/* Closes both and frees the pool. */
void xm_close(struct xm *xm);

#endif
