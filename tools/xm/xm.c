/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <unistd.h>
#include <xc.h>

#include "xm.h"

/* See xm.h. */
int xm_open_xc(struct xm *xm)
{
    int err = xm->xc ? 0 : xc_open(&xm->xc);

    if (!err)
        return 0;
    fail("%s", xc_error(NULL));
    if (geteuid())
        hint("are you root?");
    else if (access("/proc/xen/capabilities", F_OK))
        hint("is this machine running under the hypervisor? if so: systemctl start xencommons, or mount -t "
             "xenfs "
             "xenfs /proc/xen");
    return err;
}

/* See xm.h. */
int xm_open_store(struct xm *xm)
{
    if (!xm->xs)
        xm->xs = xs_open(0);
    if (xm->xs)
        return 0;
    fail_errno(errno, "can't reach the store's daemon, xenstored");
    hint("start it: systemctl start xenstored, or /etc/init.d/xencommons start");
    return -ECONNREFUSED;
}

/* See xm.h. */
void xm_close(struct xm *xm)
{
    if (xm->xs)
        xs_close(xm->xs);
    xc_close(xm->xc);
    pool_free(&xm->pool);
    *xm = (struct xm){ .json = xm->json };
}
