/* SPDX-License-Identifier: MIT */
/* What the domain is given at its start. */
#ifndef START_H
#define START_H

#include <public/xen.h>

#include "types.h"

extern struct start_info *start_info;
extern struct shared_info *shared;      /* the page shared with the hypervisor */

/* This kernel uses one virtual CPU, the first. */
#define this_vcpu (&shared->vcpu_info[0])

extern char text_start[], text_end[], end[];    /* of the image; from the linker's script */

/* Domain 0 has neither builder nor daemons to give it a console and a store. */
static inline bool is_domain_0(void)
{
    return start_info->flags & SIF_INITDOMAIN;
}

#endif
