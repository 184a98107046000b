/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <signal.h>
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
    else if (err == -ENOENT)
        hint("start the machine by the hypervisor's entry of its boot menu; if it is: modprobe xen-privcmd");
    return err;
}

/* See xm.h. */
int xm_open_store(struct xm *xm)
{
    /* Only by the socket: the kernel's device would wait for a daemon that isn't there. */
    if (!xm->xs)
        xm->xs = xs_open(XS_OPEN_SOCKETONLY);
    if (xm->xs)
        return 0;
    fail_errno(errno, "can't reach the store's daemon, xenstored");
    hint("start it: systemctl start xenstored, or /etc/init.d/xencommons start");
    return -ECONNREFUSED;
}

static volatile sig_atomic_t interrupted;

static void note_interrupt(int signal)
{
    interrupted = signal;
}

/* See xm.h. */
void xm_catch_interrupts(struct xm *xm, bool on)
{
    /* Without SA_RESTART: waiting is to be cut short. */
    struct sigaction action = { .sa_handler = on ? note_interrupt : SIG_DFL };

    xm->interruptible = on;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

/* See xm.h. */
bool xm_interrupted(const struct xm *xm)
{
    return xm->interruptible && interrupted;
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
