/* SPDX-License-Identifier: GPL-2.0-only */
#include <xc.h>

#include "command.h"
#include "domain.h"

/* The command `why`. */
int cmd_why(struct xm *xm, int argc, char **argv)
{
    uint32_t domid;

    if (argc != 2)
        return bad_usage(argv[0]);
    if (domain_find(xm, argv[1], &domid))
        return 1;
    return fail("this hypervisor doesn't record why it refuses requests");
}
