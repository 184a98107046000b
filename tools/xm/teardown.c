/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include <xc.h>

#include "device.h"
#include "domain.h"
#include "store.h"

#define GONE_TIMEOUT_MS 10000

static int is_gone(struct xm *xm, void *arg)
{
    const uint32_t *domid = arg;
    struct xen_domctl_getdomaininfo info;

    return xc_domain_info(xm->xc, (domid_t)*domid, &info) == -ESRCH;
}

static int has_ended(struct xm *xm, void *arg)
{
    const uint32_t *domid = arg;
    struct xen_domctl_getdomaininfo info;
    int err = xc_domain_info(xm->xc, (domid_t)*domid, &info);

    return err == -ESRCH || (!err && (info.flags & (XEN_DOMINF_shutdown | XEN_DOMINF_dying)));
}

static const char *const release_watch = "@releaseDomain";

/* See domain.h. */
int domain_wait_shutdown(struct xm *xm, uint32_t domid, int timeout_ms)
{
    return store_wait(xm, &release_watch, 1, timeout_ms, has_ended, &domid);
}

/* See domain.h. */
int domain_release_devices(struct xm *xm, uint32_t domid)
{
    int err = 0, one;

    for (enum device_kind kind = DEVICE_VBD; kind <= DEVICE_VIF; kind++) {
        size_t count;
        struct device *devices = device_list(xm, domid, kind, &count);

        for (size_t i = 0; i < count; i++) {
            one = device_remove(xm, &devices[i], true);
            err = err ? err : one;
        }
    }
    return err;
}

/*
 * The store forgets the frontends with their domain. The backends must know before that that this is the end,
 * not a frontend that will come back.
 */
static void start_closing(struct xm *xm, uint32_t domid)
{
    struct store_batch batch = { .xm = xm };

    for (enum device_kind kind = DEVICE_VBD; kind <= DEVICE_VIF; kind++) {
        size_t count;
        struct device *devices = device_list(xm, domid, kind, &count);

        for (size_t i = 0; i < count; i++)
            device_start_closing(&batch, &devices[i]);
    }
    if (batch.count)
        store_commit(&batch);
}

static int remove_nodes(struct xm *xm, uint32_t domid)
{
    const char *vm = store_read(xm, "/local/domain/%u/vm", domid);
    struct store_batch batch = { .xm = xm };

    if (vm && !strncmp(vm, "/vm/", 4) && vm[4])
        store_remove(&batch, vm);
    store_remove(&batch, pool_printf(&xm->pool, "/local/domain/%u", domid));
    store_remove(&batch, pool_printf(&xm->pool, "/libxl/%u", domid));
    return store_commit(&batch);
}

static int teardown(struct xm *xm, uint32_t domid, bool keep_config)
{
    struct xen_domctl_getdomaininfo info;
    bool exists = !xc_domain_info(xm->xc, (domid_t)domid, &info);
    int err = 0, nodes;

    if (exists) {
        /* Its frontends shall not answer any more. */
        xc_domain_pause(xm->xc, (domid_t)domid);
        start_closing(xm, domid);
        err = xc_domain_destroy(xm->xc, (domid_t)domid);
    }
    if (err && err != -ESRCH) {
        fail_xc(xm, err, "can't destroy domain %u", domid);
        return err;
    }
    err = domain_release_devices(xm, domid);
    xs_release_domain(xm->xs, domid);
    nodes = remove_nodes(xm, domid);
    err = err ? err : nodes;
    if (!exists)
        return err;
    if (!keep_config)
        unlink(domain_config_path(xm, info.handle));
    if (store_wait(xm, &release_watch, 1, GONE_TIMEOUT_MS, is_gone, &domid))
        warn("domain %u is dead, but something still holds pages of it", domid);
    return err;
}

/* See domain.h. */
int domain_teardown(struct xm *xm, uint32_t domid, bool keep_config)
{
    sigset_t ends, before;
    int err;

    /* It would be no help to anyone to stop halfway. */
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGHUP);
    sigprocmask(SIG_BLOCK, &ends, &before);
    xm->interruptible = false;
    err = teardown(xm, domid, keep_config);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return err;
}
