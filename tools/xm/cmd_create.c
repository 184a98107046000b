/* SPDX-License-Identifier: GPL-2.0-only */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <xc.h>

#include "command.h"
#include "console.h"
#include "domain.h"

struct options {
    bool console, paused, quiet, dry;
    const char *file;
};

static bool read_options(int argc, char **argv, struct options *options)
{
    static const struct option names[] = {
        { "console", no_argument, NULL, 'c' }, { "paused", no_argument, NULL, 'p' },
        { "quiet", no_argument, NULL, 'q' },   { "dryrun", no_argument, NULL, 'n' },
        { "dry-run", no_argument, NULL, 'n' }, { "defconfig", required_argument, NULL, 'f' },
        { NULL, 0, NULL, 0 },
    };
    int option;

    while ((option = getopt_long(argc, argv, "cpqnf:", names, NULL)) != -1)
        switch (option) {
        case 'c': options->console = true; break;
        case 'p': options->paused = true; break;
        case 'q': options->quiet = true; break;
        case 'n': options->dry = true; break;
        case 'f': options->file = optarg; break;
        default: return false;
        }
    return true;
}

/* A file as it is named, or in /etc/xen. */
static const char *find_file(struct xm *xm, const char *name)
{
    const char *other;

    if (strchr(name, '/') || !access(name, F_OK))
        return name;
    other = pool_printf(&xm->pool, "/etc/xen/%s", name);
    return access(other, F_OK) ? name : other;
}

static int start(struct xm *xm, uint32_t domid)
{
    int err = xc_domain_unpause(xm->xc, (domid_t)domid);

    if (err)
        fail_xc(xm, err, "can't start domain %u", domid);
    return err;
}

/* Its console could not be shown: that is no reason to leave the domain paused. Returns 1. */
static int start_unseen(struct xm *xm, uint32_t domid, const struct options *options)
{
    struct xen_domctl_getdomaininfo info;

    if (!options->paused && !xc_domain_info(xm->xc, (domid_t)domid, &info) &&
        (info.flags & XEN_DOMINF_paused))
        start(xm, domid);
    return 1;
}

static int show(struct xm *xm, const struct domain_config *config)
{
    struct json json = { .out = stdout };

    if (!xm->json) {
        config_write(config, stdout);
        return 0;
    }
    json_open(&json, NULL, '{');
    config_json(config, &json);
    json_close(&json, '}');
    return 0;
}

static int create(struct xm *xm, struct domain_config *config, const struct options *options)
{
    uint32_t domid;
    int err, lock;

    if (xm_open_xc(xm) || xm_open_store(xm))
        return 1;
    config_whole_paths(config);
    xm_catch_interrupts(xm, true);
    err = domain_create(xm, config, &domid);
    if (err)
        return 1;
    err = supervisor_start(xm, domid);
    if (err) {
        lock = domain_lock(xm, domid);
        domain_teardown(xm, domid, false);
        domain_unlock(lock);
        return 1;
    }
    xm_catch_interrupts(xm, false);
    if (!options->quiet)
        printf("domain %u (%s) %s\n", domid, config->name, options->paused ? "is ready, paused" : "started");
    fflush(stdout);
    if (options->console)
        return console_attach(xm, domid, options->paused ? NULL : start) ? start_unseen(xm, domid, options)
                                                                         : 0;
    return !options->paused && start(xm, domid) ? 1 : 0;
}

/* The command `create`. */
int cmd_create(struct xm *xm, int argc, char **argv)
{
    struct options options = { .console = false };
    struct domain_config config;
    const char *file;

    if (!read_options(argc, argv, &options))
        return bad_usage(argv[0]);
    /* Without a file, KEY=VALUE arguments alone may describe the domain. */
    file = options.file;
    if (!file && optind < argc && (!strchr(argv[optind], '=') || strchr(argv[optind], '/') == argv[optind]))
        file = argv[optind++];
    if (!file && optind == argc)
        return bad_usage(argv[0]);
    if (config_load(&config, &xm->pool, file ? find_file(xm, file) : NULL, argv + optind, argc - optind))
        return 1;
    return options.dry ? show(xm, &config) : create(xm, &config, &options);
}
