/* SPDX-License-Identifier: GPL-2.0-only */
/* Commands for disks and network interfaces of running domains. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "device.h"
#include "domain.h"

/* The arguments from `first` on as one specification, joined by commas. */
static struct cfg_value join(struct xm *xm, int first, int argc, char **argv)
{
    char *text = pool_strdup(&xm->pool, "");

    for (int i = first; i < argc; i++)
        text = pool_printf(&xm->pool, "%s%s%s", text, *text ? "," : "", argv[i]);
    return cfg_string(&xm->pool, "command line", text);
}

/*
 * A restart of the domain shall have the devices it has now. Domains that other tools made have no
 * configuration
 * kept here; that is no failure.
 */
static bool has_config(struct xm *xm, uint32_t domid, struct domain_config *config)
{
    return domid && store_read(xm, "/libxl/%u/type", domid) && !domain_config_load(xm, domid, config);
}

static void keep_disk(struct xm *xm, uint32_t domid, const struct disk *disk)
{
    struct domain_config config;

    if (!has_config(xm, domid, &config))
        return;
    config.disks = pool_grow(&xm->pool, config.disks, config.disks_count, sizeof(*disk));
    config.disks[config.disks_count++] = *disk;
    domain_config_save(xm, &config);
}

static void keep_vif(struct xm *xm, uint32_t domid, const struct vif *vif)
{
    struct domain_config config;

    if (!has_config(xm, domid, &config))
        return;
    config.vifs = pool_grow(&xm->pool, config.vifs, config.vifs_count, sizeof(*vif));
    config.vifs[config.vifs_count++] = *vif;
    domain_config_save(xm, &config);
}

static void forget(struct xm *xm, const struct device *device)
{
    struct domain_config config;
    size_t kept = 0;

    if (!has_config(xm, device->frontend, &config))
        return;
    if (device->kind == DEVICE_VBD) {
        for (size_t i = 0; i < config.disks_count; i++)
            if (config.disks[i].devid != device->devid)
                config.disks[kept++] = config.disks[i];
        config.disks_count = kept;
    } else {
        for (size_t i = 0; i < config.vifs_count; i++)
            if (config.vifs[i].devid != (int)device->devid)
                config.vifs[kept++] = config.vifs[i];
        config.vifs_count = kept;
    }
    domain_config_save(xm, &config);
}

/* The command `block-attach`. */
int cmd_block_attach(struct xm *xm, int argc, char **argv)
{
    struct cfg_value spec;
    struct disk disk;
    uint32_t domid;

    if (argc < 3)
        return bad_usage(argv[0]);
    spec = join(xm, 2, argc, argv);
    if (disk_parse(&xm->pool, &spec, &disk) || domain_find(xm, argv[1], &domid))
        return 1;
    xm_catch_interrupts(xm, true);
    if (device_add_disk(xm, domid, &disk))
        return 1;
    keep_disk(xm, domid, &disk);
    return 0;
}

/* The command `network-attach`. */
int cmd_network_attach(struct xm *xm, int argc, char **argv)
{
    struct cfg_value spec;
    uint32_t domid;
    struct vif vif;

    if (argc < 2)
        return bad_usage(argv[0]);
    spec = join(xm, 2, argc, argv);
    if (vif_parse(&xm->pool, &spec, &vif) || domain_find(xm, argv[1], &domid))
        return 1;
    if (vif.devid < 0)
        vif.devid = (int)device_free_vif(xm, domid);
    vif_choose_mac(&vif);
    xm_catch_interrupts(xm, true);
    if (device_add_vif(xm, domid, &vif))
        return 1;
    keep_vif(xm, domid, &vif);
    return 0;
}

static bool is_device(struct xm *xm, const struct device *device, const char *name)
{
    const char *back = device_backend_path(xm, device), *mac;
    uint32_t number;
    char *end;

    if (device->kind == DEVICE_VBD)
        return vdev_number(name, &number) && number == device->devid;
    number = (uint32_t)strtoul(name, &end, 10);
    if (end != name && !*end)
        return number == device->devid;
    mac = store_read(xm, "%s/mac", back);
    return mac && !strcasecmp(mac, name);
}

static int detach(struct xm *xm, int argc, char **argv, enum device_kind kind)
{
    static const struct option names[] = { { "force", no_argument, NULL, 'f' }, { NULL, 0, NULL, 0 } };
    struct device *devices;
    bool force = false;
    uint32_t domid;
    size_t count;
    int option;

    while ((option = getopt_long(argc, argv, "f", names, NULL)) != -1) {
        if (option == '?')
            return bad_usage(argv[0]);
        force = true;
    }
    if (argc - optind != 2)
        return bad_usage(argv[0]);
    if (domain_find(xm, argv[optind], &domid))
        return 1;
    devices = device_list(xm, domid, kind, &count);
    for (size_t i = 0; i < count; i++)
        if (is_device(xm, &devices[i], argv[optind + 1])) {
            if (device_remove(xm, &devices[i], force))
                return 1;
            forget(xm, &devices[i]);
            return 0;
        }
    fail("domain %s has no %s %s", argv[optind], kind == DEVICE_VBD ? "disk" : "network interface",
         argv[optind + 1]);
    hint("xm %s %s shows what it has", kind == DEVICE_VBD ? "block-list" : "network-list", argv[optind]);
    return 1;
}

/* The command `block-detach`. */
int cmd_block_detach(struct xm *xm, int argc, char **argv)
{
    return detach(xm, argc, argv, DEVICE_VBD);
}

/* The command `network-detach`. */
int cmd_network_detach(struct xm *xm, int argc, char **argv)
{
    return detach(xm, argc, argv, DEVICE_VIF);
}

/* --- Lists --- */

static const char *const state_names[] = { "unknown", "initialising", "waiting", "initialised", "connected",
                                           "closing", "closed", "reconfiguring", "reconfigured" };

static const char *state_name(long long state)
{
    return state >= 0 && state < (long long)(sizeof(state_names) / sizeof(*state_names)) ? state_names[state]
        : "?";
}

static const char *node(struct xm *xm, const char *path, const char *name)
{
    char *value = store_read(xm, "%s/%s", path, name);

    return value ? make_printable(value) : "-";
}

/* The nodes shown, besides the number and the states: what each kind of device is known by. */
static const char *const columns[2][3] = {
    [DEVICE_VBD] = { "dev", "mode", "params" },
    [DEVICE_VIF] = { "mac", "bridge", "ip" },
};

static void show_device(struct xm *xm, const struct device *device, struct json *json)
{
    const char *const *names = columns[device->kind];
    const char *back = device_backend_path(xm, device), *front = device_frontend_path(xm, device);
    const char *backend_state = state_name(store_number(xm, 0, "%s/state", back));
    const char *frontend_state = state_name(store_number(xm, 0, "%s/state", front));

    if (!xm->json) {
        printf("%5u %7u %5u  %-12s %-12s %-18s %-12s %s\n", device->frontend, device->devid, device->backend,
               backend_state, frontend_state, node(xm, back, names[0]), node(xm, back, names[1]),
               node(xm, back, names[2]));
        return;
    }
    json_open(json, NULL, '{');
    json_number(json, "domid", device->frontend);
    json_number(json, "devid", device->devid);
    json_number(json, "backend_domid", device->backend);
    json_string(json, "backend_state", backend_state);
    json_string(json, "frontend_state", frontend_state);
    for (int i = 0; i < 3; i++)
        json_string(json, names[i], store_read(xm, "%s/%s", back, names[i]));
    json_close(json, '}');
}

static int list(struct xm *xm, int argc, char **argv, enum device_kind kind)
{
    const char *const *names = columns[kind];
    struct json json = { .out = stdout };
    int status = 0;
    uint32_t domid;

    if (argc < 2)
        return bad_usage(argv[0]);
    if (xm->json)
        json_open(&json, NULL, '[');
    else
        printf("%5s %7s %5s  %-12s %-12s %-18s %-12s %s\n", "Dom", "Devid", "Back", "Backend", "Frontend",
               names[0],
               names[1], names[2]);
    for (int i = 1; i < argc; i++) {
        struct device *devices;
        size_t count;

        if (domain_find(xm, argv[i], &domid)) {
            status = 1;
            continue;
        }
        devices = device_list(xm, domid, kind, &count);
        for (size_t n = 0; n < count; n++)
            show_device(xm, &devices[n], &json);
    }
    if (xm->json)
        json_close(&json, ']');
    return status;
}

/* The command `block-list`. */
int cmd_block_list(struct xm *xm, int argc, char **argv)
{
    return list(xm, argc, argv, DEVICE_VBD);
}

/* The command `network-list`. */
int cmd_network_list(struct xm *xm, int argc, char **argv)
{
    return list(xm, argc, argv, DEVICE_VIF);
}
