/* SPDX-License-Identifier: GPL-2.0-only */
/* Commands that change whether and how a domain lives. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xc.h>

#include "command.h"
#include "domain.h"
#include "store.h"

#define SETTLE_TIMEOUT_MS 120000    /* a supervisor's work: backends part, on a busy machine */

static int not_domain_0(uint32_t domid, const char *what)
{
    return domid ? 0 : fail("domain 0 can't be %s: it is the one you are in", what);
}

static bool only_option(int argc, char **argv, const char *letters, const struct option *names, bool *flag)
{
    int option;

    while ((option = getopt_long(argc, argv, letters, names, NULL)) != -1) {
        if (option == '?')
            return false;
        *flag = true;
    }
    return true;
}

/* A domain the hypervisor has forgotten, but of which the store still has nodes, can be named by its number.
   */
static bool left_over(struct xm *xm, const char *text, uint32_t *domid)
{
    return parse_domid(text, domid) && *domid && store_read(xm, "/libxl/%u/type", *domid);
}

static int destroy(struct xm *xm, const char *name, bool force)
{
    uint32_t domid;
    int lock = force && left_over(xm, name, &domid) ? domain_lock(xm, domid) : domain_find_locked(xm, name, &domid);
    int status = lock < 0 || not_domain_0(domid, "destroyed") || domain_teardown(xm, domid, false);

    domain_unlock(lock);
    return status;
}

/* The command `destroy`. */
int cmd_destroy(struct xm *xm, int argc, char **argv)
{
    static const struct option names[] = { { "force", no_argument, NULL, 'f' }, { NULL, 0, NULL, 0 } };
    bool force = false;
    int status = 0;

    if (!only_option(argc, argv, "f", names, &force) || optind == argc)
        return bad_usage(argv[0]);
    for (int i = optind; i < argc; i++)
        status |= destroy(xm, argv[i], force);
    return status;
}

/* One call of the hypervisor for each domain named. */
static int each_domain(struct xm *xm, int argc, char **argv, int (*call)(struct xc *xc, domid_t domid),
                       const char *what)
{
    int status = 0, err;
    uint32_t domid;

    if (argc < 2)
        return bad_usage(argv[0]);
    for (int i = 1; i < argc; i++) {
        if (domain_find(xm, argv[i], &domid) || not_domain_0(domid, what)) {
            status = 1;
            continue;
        }
        err = call(xm->xc, (domid_t)domid);
        if (err)
            status = fail_xc(xm, err, "domain %s can't be %s", argv[i], what);
    }
    return status;
}

/* The command `pause`. */
int cmd_pause(struct xm *xm, int argc, char **argv)
{
    return each_domain(xm, argc, argv, xc_domain_pause, "paused");
}

/* The command `unpause`. */
int cmd_unpause(struct xm *xm, int argc, char **argv)
{
    return each_domain(xm, argc, argv, xc_domain_unpause, "unpaused");
}

/* --- shutdown and reboot --- */

static bool has_ended(struct xm *xm, uint32_t domid)
{
    struct xen_domctl_getdomaininfo info;
    int err = xc_domain_info(xm->xc, (domid_t)domid, &info);

    return err ? err == -ESRCH : (info.flags & (XEN_DOMINF_dying | XEN_DOMINF_shutdown)) != 0;
}

/* A domain that has ended by itself meanwhile needn't be asked. */
static int ask(struct xm *xm, uint32_t domid, const char *request)
{
    struct store_batch batch = { .xm = xm };

    if (not_domain_0(domid, "shut down this way (use the command of its own)"))
        return 1;
    if (!store_read(xm, "/local/domain/%u/control/shutdown", domid))
        return has_ended(xm, domid) ? 0 : fail("domain %u has no control/shutdown in the store: it can't be asked", domid);
    store_put(&batch, pool_printf(&xm->pool, "/local/domain/%u/control/shutdown", domid), "%s", request);
    return store_commit(&batch) ? 1 : 0;
}

static int guests(struct xm *xm, uint32_t **domids, size_t *count)
{
    struct xen_domctl_getdomaininfo *info;
    int all = xc_domain_list_all(xm->xc, &info);

    *count = 0;
    if (all < 0)
        return fail_xc(xm, all, "can't list the domains");
    *domids = pool_alloc(&xm->pool, (size_t)all * sizeof(**domids) + 1);
    for (int i = 0; i < all; i++)
        if (info[i].domain && !(info[i].flags & (XEN_DOMINF_dying | XEN_DOMINF_shutdown)))
            (*domids)[(*count)++] = info[i].domain;
    free(info);
    return 0;
}

static int named(struct xm *xm, int argc, char **argv, uint32_t **domids, size_t *count)
{
    *domids = pool_alloc(&xm->pool, (size_t)argc * sizeof(**domids));
    for (*count = 0; (int)*count < argc; ++*count)
        if (domain_find_settled(xm, argv[*count], &(*domids)[*count]))
            return 1;
    return 0;
}

/* Whether a domain that has ended stays as it is: its on_* says so, or no supervisor of ours knows it. */
static bool stays(struct xm *xm, uint32_t domid, const struct xen_domctl_getdomaininfo *info)
{
    struct domain_config config;

    if (access(domain_config_path(xm, info->handle), F_OK) || domain_config_load(xm, domid, &config))
        return true;
    if (xc_info_shutdown_reason(info) == SHUTDOWN_suspend)
        return true;
    switch (config.on[shutdown_event_of(xc_info_shutdown_reason(info))]) {
    case ACTION_PRESERVE:
    case ACTION_RENAME_RESTART:
        return true;
    default:
        return false;
    }
}

/* Its end and what its supervisor does about that are over: nothing of it is left, or it is to stay. */
static int has_settled(struct xm *xm, void *arg)
{
    const uint32_t *domid = arg;
    struct xen_domctl_getdomaininfo info;

    if (xc_domain_info(xm->xc, (domid_t)*domid, &info))
        return !store_read(xm, "/local/domain/%u/domid", *domid);
    return (info.flags & XEN_DOMINF_shutdown) && !(info.flags & XEN_DOMINF_dying) && stays(xm, *domid, &info);
}

static int wait_settled(struct xm *xm, uint32_t domid)
{
    const char *paths[] = { "@releaseDomain", pool_printf(&xm->pool, "/local/domain/%u", domid) };
    int err = domain_wait_shutdown(xm, domid, WAIT_FOREVER);

    if (!err)
        err = store_wait(xm, paths, 2, SETTLE_TIMEOUT_MS, has_settled, &domid);
    if (!err)
        return 0;
    if (err != -ETIMEDOUT)
        return fail_errno(err, "lost sight of domain %u", domid);
    fail("domain %u has ended, but nobody does what its configuration says", domid);
    hint("its supervisor is gone or stuck (/var/log/xen): xm supervise %u does it", domid);
    return 1;
}

/* One that can't be asked, or that doesn't end as it should, keeps nobody from waiting for the others. */
static int request_each(struct xm *xm, const uint32_t *domids, size_t count, const char *request, bool wait)
{
    bool *asked = pool_alloc(&xm->pool, count + 1);
    int status = 0;

    for (size_t i = 0; i < count; i++) {
        asked[i] = !ask(xm, domids[i], request);
        status |= !asked[i];
    }
    for (size_t i = 0; wait && i < count; i++)
        if (asked[i])
            status |= wait_settled(xm, domids[i]);
    return status;
}

static int request_all(struct xm *xm, int argc, char **argv, const char *request)
{
    static const struct option names[] = { { "wait", no_argument, NULL, 'w' }, { "all", no_argument, NULL,
                                                                                 'a' },
                                           { NULL, 0, NULL, 0 } };
    bool wait = false, all = false;
    uint32_t *domids;
    size_t count;
    int option;

    while ((option = getopt_long(argc, argv, "wa", names, NULL)) != -1)
        if (option == '?')
            return bad_usage(argv[0]);
        else
            *(option == 'w' ? &wait : &all) = true;
    if (all ? optind != argc : optind == argc)
        return bad_usage(argv[0]);
    if (all ? guests(xm, &domids, &count) : named(xm, argc - optind, argv + optind, &domids, &count))
        return 1;
    return request_each(xm, domids, count, request, wait);
}

/* The command `shutdown`. */
int cmd_shutdown(struct xm *xm, int argc, char **argv)
{
    return request_all(xm, argc, argv, "poweroff");
}

/* The command `reboot`. */
int cmd_reboot(struct xm *xm, int argc, char **argv)
{
    return request_all(xm, argc, argv, "reboot");
}

/* --- Names, keys, interrupts --- */

static int keep_name(struct xm *xm, uint32_t domid, const char *name)
{
    struct domain_config config;

    /* Domain 0, and domains other tools made, have no configuration kept. */
    if (!domid || !store_read(xm, "/libxl/%u/type", domid) || domain_config_load(xm, domid, &config))
        return 0;
    config.name = name;
    return domain_config_save(xm, &config);
}

static int rename_locked(struct xm *xm, uint32_t domid, const char *name)
{
    const char *vm = store_read(xm, "/local/domain/%u/vm", domid);
    struct store_batch batch = { .xm = xm };
    uint32_t other;

    if (domain_by_name(xm, name, &other))
        return other == domid ? 0 : fail("there is a domain '%s' already (number %u)", name, other);
    store_put(&batch, pool_printf(&xm->pool, "/local/domain/%u/name", domid), "%s", name);
    if (vm)
        store_put(&batch, pool_printf(&xm->pool, "%s/name", vm), "%s", name);
    return store_commit(&batch) || keep_name(xm, domid, name) ? 1 : 0;
}

/* The command `rename`. */
int cmd_rename(struct xm *xm, int argc, char **argv)
{
    const char *why;
    uint32_t domid;
    int own, lock, status;

    if (argc != 3)
        return bad_usage(argv[0]);
    why = config_name_fault(argv[2]);
    if (why)
        return fail("'%s': %s", argv[2], why);
    own = domain_find_locked(xm, argv[1], &domid);
    if (own < 0)
        return 1;
    lock = domain_lock(xm, LOCK_CREATE);
    status = lock < 0 ? 1 : rename_locked(xm, domid, argv[2]);
    domain_unlock(lock);
    domain_unlock(own);
    return status;
}

/* The command `domid`. */
int cmd_domid(struct xm *xm, int argc, char **argv)
{
    uint32_t domid;

    if (argc != 2)
        return bad_usage(argv[0]);
    if (domain_find(xm, argv[1], &domid))
        return 1;
    printf("%u\n", domid);
    return 0;
}

/* The command `domname`. */
int cmd_domname(struct xm *xm, int argc, char **argv)
{
    uint32_t domid;

    if (argc != 2)
        return bad_usage(argv[0]);
    if (domain_find(xm, argv[1], &domid))
        return 1;
    printf("%s\n", domain_name(xm, domid));
    return 0;
}

/* The command `sysrq`. */
int cmd_sysrq(struct xm *xm, int argc, char **argv)
{
    struct store_batch batch = { .xm = xm };
    uint32_t domid;

    if (argc != 3)
        return bad_usage(argv[0]);
    if (strlen(argv[2]) != 1)
        return fail("'%s' is no key: name one character, h shows which there are", argv[2]);
    if (domain_find(xm, argv[1], &domid) || not_domain_0(domid, "reached this way"))
        return 1;
    store_put(&batch, pool_printf(&xm->pool, "/local/domain/%u/control/sysrq", domid), "%s", argv[2]);
    return store_commit(&batch) ? 1 : 0;
}

/* The command `trigger`. */
int cmd_trigger(struct xm *xm, int argc, char **argv)
{
    unsigned long vcpu = 0;
    uint32_t domid;
    int err;

    if (argc < 3 || argc > 4)
        return bad_usage(argv[0]);
    if (strcmp(argv[2], "nmi"))
        return fail("'%s' can't be sent to a paravirtualized guest: only nmi can", argv[2]);
    if (argc == 4 && !parse_number(argv[3], VCPUS_MAX, &vcpu))
        return fail("'%s' is no number of a CPU", argv[3]);
    if (domain_find(xm, argv[1], &domid))
        return 1;
    err = xc_domain_sendtrigger(xm->xc, (domid_t)domid, XEN_DOMCTL_SENDTRIGGER_NMI, (unsigned int)vcpu);
    return err ? fail_xc(xm, err, "can't send domain %u an NMI", domid) : 0;
}
