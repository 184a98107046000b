/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_XM_WORLD_H
#define UNIT_XM_WORLD_H

#include "config.h"
#include "xm.h"

/*
 * What commands of xm work on, made up, in memory that all processes forked by the test share: a store, whose
 * backends answer at once, and domains. Calls take a while, so that what isn't locked meets on the way.
 */
enum { DOMAINS = 8 };

struct world {
    volatile bool hold;             /* commands wait before they start */
    volatile bool busy;             /* one is in the middle of ending a domain or of attaching a device */
    struct world_domain {
        volatile bool exists;
        volatile uint32_t flags;    /* XEN_DOMINF_* */
        uint8_t handle[16];
    } domains[DOMAINS];
};
extern struct world *world;

void world_make(void);
/* Makes everything anew: one domain, number 1, with this configuration. */
void world_reset(struct xm *xm, struct domain_config *config);
/* How many nodes there are whose path begins so. */
int world_nodes(const char *prefix);

#endif
