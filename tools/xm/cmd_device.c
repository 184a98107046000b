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

/* The lowest devid that neither the store knows nor the configuration, whose interfaces may be still to come. */
static int free_vif(struct xm *xm, uint32_t domid, const struct domain_config *config)
{
    int devid = 0;

    while (config_has_vif(config, devid) || store_read(xm, "/libxl/%u/device/vif/%d/backend", domid, devid))
        devid++;
    return devid;
}

static int attach_disk(struct xm *xm, uint32_t domid, struct domain_config *config, const struct cfg_value *spec)
{
    int err = config_add_disk(config, spec);

    config_whole_paths(config);
    return err ? err : device_add_disk(xm, domid, &config->disks[config->disks_count - 1]);
}

static int attach_vif(struct xm *xm, uint32_t domid, struct domain_config *config, const struct cfg_value *spec)
{
    int err = config_add_vif(config, spec);
    struct vif *vif;

    if (err)
        return err;
    config_whole_paths(config);
    vif = &config->vifs[config->vifs_count - 1];
    if (vif->devid < 0)
        vif->devid = free_vif(xm, domid, config);
    vif_choose_mac(vif);
    return device_add_vif(xm, domid, vif);
}

/* What a restart would refuse, two devices alike, is refused now. */
static int attach(struct xm *xm, int argc, char **argv, enum device_kind kind)
{
    struct cfg_value spec = join(xm, 2, argc, argv);
    struct domain_config config;
    uint32_t domid;
    int lock = domain_find_locked(xm, argv[1], &domid), err;
    bool kept;

    if (lock < 0)
        return 1;
    kept = has_config(xm, domid, &config);
    if (!kept)
        config = (struct domain_config){ .pool = &xm->pool };
    xm_catch_interrupts(xm, true);
    err = (kind == DEVICE_VBD ? attach_disk : attach_vif)(xm, domid, &config, &spec);
    if (!err && kept)
        domain_config_save(xm, &config);
    domain_unlock(lock);
    return err ? 1 : 0;
}

/* The command `block-attach`. */
int cmd_block_attach(struct xm *xm, int argc, char **argv)
{
    return argc < 3 ? bad_usage(argv[0]) : attach(xm, argc, argv, DEVICE_VBD);
}

/* The command `network-attach`. */
int cmd_network_attach(struct xm *xm, int argc, char **argv)
{
    return argc < 2 ? bad_usage(argv[0]) : attach(xm, argc, argv, DEVICE_VIF);
}

static bool is_device(struct xm *xm, const struct device *device, const char *name)
{
    const char *back = device_backend_path(xm, device), *mac;
    uint32_t disk;
    unsigned long number;

    if (device->kind == DEVICE_VBD)
        return vdev_number(name, &disk) && disk == device->devid;
    if (parse_number(name, UINT32_MAX, &number))
        return number == device->devid;
    mac = store_read(xm, "%s/mac", back);
    return mac && !strcasecmp(mac, name);
}

/* That of the domain's devices, and out of the configuration; -ENODEV if it has none such. */
static int detach_locked(struct xm *xm, uint32_t domid, enum device_kind kind, const char *name, bool force)
{
    size_t count;
    struct device *devices = device_list(xm, domid, kind, &count);
    int err = -ENODEV;

    for (size_t i = 0; i < count; i++)
        if (is_device(xm, &devices[i], name)) {
            err = device_remove(xm, &devices[i], force);
            if (!err)
                forget(xm, &devices[i]);
            break;
        }
    return err;
}

static int detach(struct xm *xm, int argc, char **argv, enum device_kind kind)
{
    static const struct option names[] = { { "force", no_argument, NULL, 'f' }, { NULL, 0, NULL, 0 } };
    bool force = false;
    uint32_t domid;
    int option, lock, err;

    while ((option = getopt_long(argc, argv, "f", names, NULL)) != -1) {
        if (option == '?')
            return bad_usage(argv[0]);
        force = true;
    }
    if (argc - optind != 2)
        return bad_usage(argv[0]);
    lock = domain_find_locked(xm, argv[optind], &domid);
    if (lock < 0)
        return 1;
    err = detach_locked(xm, domid, kind, argv[optind + 1], force);
    domain_unlock(lock);
    if (err != -ENODEV)
        return err ? 1 : 0;
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
