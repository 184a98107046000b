/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <public/io/xenbus.h>

#include "device.h"
#include "domain.h"
#include "hotplug.h"

#define BACKEND_TIMEOUT_MS  20000       /* may have to load a module */
#define CLOSE_TIMEOUT_MS    10000

/* See device.h. */
const char *device_kind_name(enum device_kind kind)
{
    return kind == DEVICE_VBD ? "vbd" : "vif";
}

/* See device.h. */
char *device_frontend_path(struct xm *xm, const struct device *device)
{
    return pool_printf(&xm->pool, "/local/domain/%u/device/%s/%u", device->frontend,
                       device_kind_name(device->kind), device->devid);
}

/* See device.h. */
char *device_backend_path(struct xm *xm, const struct device *device)
{
    return pool_printf(&xm->pool, "/local/domain/%u/backend/%s/%u/%u", device->backend,
                       device_kind_name(device->kind), device->frontend, device->devid);
}

static char *record_path(struct xm *xm, const struct device *device)
{
    return pool_printf(&xm->pool, "/libxl/%u/device/%s/%u", device->frontend, device_kind_name(device->kind),
                       device->devid);
}

static char *below(struct xm *xm, const char *path, const char *name)
{
    return pool_printf(&xm->pool, "%s/%s", path, name);
}

/* --- Attaching --- */

/* A device being written: the places of its nodes. */
struct new_device {
    struct device device;
    struct store_batch batch;
    const char *front, *back;
    const char *label;              /* for messages */
};

static void put_front(struct new_device *new, const char *name, const char *value)
{
    store_put(&new->batch, below(new->batch.xm, new->front, name), "%s", value);
}

static void put_back(struct new_device *new, const char *name, const char *value)
{
    if (value)
        store_put(&new->batch, below(new->batch.xm, new->back, name), "%s", value);
}

static char *number(struct xm *xm, uint32_t value)
{
    return pool_printf(&xm->pool, "%u", value);
}

/* The directories and the nodes that every kind of device has. */
static void begin(struct new_device *new, struct xm *xm)
{
    struct device *device = &new->device;
    const char *record = record_path(xm, device);

    new->batch = (struct store_batch){ .xm = xm };
    new->front = device_frontend_path(xm, device);
    new->back = device_backend_path(xm, device);
    store_remove(&new->batch, new->front);
    store_remove(&new->batch, new->back);
    store_make(&new->batch, record, (struct store_access){ 0, 0 });
    store_put(&new->batch, below(xm, record, "frontend"), "%s", new->front);
    store_put(&new->batch, below(xm, record, "backend"), "%s", new->back);
    store_make(&new->batch, new->back, (struct store_access){ device->backend, device->frontend });
    put_back(new, "frontend", new->front);
    put_back(new, "frontend-id", number(xm, device->frontend));
    put_back(new, "online", "1");
    store_make(&new->batch, new->front, (struct store_access){ device->frontend, device->backend });
    put_front(new, "backend", new->back);
    put_front(new, "backend-id", number(xm, device->backend));
}

/* Whether the backend has got to InitWait, or its scripts in another domain to an end. */
static int backend_ready(struct xm *xm, void *arg)
{
    const struct new_device *new = arg;
    long long state = store_number(xm, XenbusStateUnknown, "%s/state", new->back);

    if (state == XenbusStateClosing || state == XenbusStateClosed)
        return -EIO;
    return state >= XenbusStateInitWait;
}

/* Whether the script (ours, or another domain's) has said how it went. */
static int hotplug_done(struct xm *xm, void *arg)
{
    const struct new_device *new = arg;
    const char *status = store_read(xm, "%s/hotplug-status", new->back);

    if (!status || !*status)
        return 0;
    return strcmp(status, "error") ? 1 : -EIO;
}

static int hotplug_failed(struct xm *xm, struct new_device *new, int err)
{
    const char *why = store_read(xm, "%s/hotplug-error", new->back);

    if (err == -EINTR)
        return err;

    if (why)
        return fail("%s of domain %u: %s", new->label, new->device.frontend, why), err;
    fail_errno(err, "%s of domain %u could not be set up", new->label, new->device.frontend);
    return err;
}

static int backend_failed(struct xm *xm, const struct new_device *new, int err)
{
    const char *why;

    if (err == -EINTR)
        return err;
    why = store_read(xm, "/local/domain/%u/error/backend/%s/%u/%u/error", new->device.backend,
                     device_kind_name(new->device.kind), new->device.frontend, new->device.devid);
    fail("%s of domain %u: the backend in domain %u %s%s%s", new->label, new->device.frontend,
         new->device.backend,
         err == -ETIMEDOUT ? "doesn't answer" : "has given up", why ? ": " : "", why ? why : "");
    if (err == -ETIMEDOUT)
        hint("is its driver there? modprobe %s",
             new->device.kind == DEVICE_VBD ? "xen-blkback" : "xen-netback");
    return err;
}

static void undo(struct xm *xm, const struct device *device)
{
    bool interruptible = xm->interruptible;

    xm->interruptible = false;
    device_remove(xm, device, true);
    xm->interruptible = interruptible;
}

/* Makes the nodes and brings the backend's side up. */
static int finish(struct new_device *new)
{
    struct xm *xm = new->batch.xm;
    const char *state = below(xm, new->back, "state"), *status = below(xm, new->back, "hotplug-status");
    int err;

    put_back(new, "state", "1");
    put_front(new, "state", "1");
    err = store_commit(&new->batch);
    if (err)
        return err;
    err = store_wait(xm, &state, 1, BACKEND_TIMEOUT_MS, backend_ready, new);
    if (err)
        backend_failed(xm, new, err);
    if (!err) {
        err = hotplug_run(xm, &new->device, true);
        if (err && store_read(xm, "%s/hotplug-error", new->back))
            hotplug_failed(xm, new, err);
    }
    if (!err && store_read(xm, "%s/script", new->back)) {
        err = store_wait(xm, &status, 1, CLOSE_TIMEOUT_MS, hotplug_done, new);
        if (err)
            hotplug_failed(xm, new, err);
    }
    if (err)
        undo(xm, &new->device);
    return err;
}

static int check_script(struct xm *xm, const char *script, uint32_t backend)
{
    const char *path = hotplug_script(xm, script);
    int err;

    if (backend || !access(path, X_OK))
        return 0;
    err = -errno;
    fail_errno(err, "can't run the hotplug script %s", path);
    return err;
}

static int backend_domain(struct xm *xm, const char *name, uint32_t *domid)
{
    *domid = 0;
    return name ? domain_find(xm, name, domid) : 0;
}

/* See device.h. */
int disk_check(const struct disk *disk)
{
    struct stat st;
    int fd;

    if (disk->backend || !*disk->target || (disk->script && strcmp(disk->script, "block")))
        return 0;
    if (stat(disk->target, &st)) {
        fail_errno(errno, "disk %s: can't use %s", disk->vdev, disk->target);
        return -ENOENT;
    }
    if (!S_ISBLK(st.st_mode) && !S_ISREG(st.st_mode)) {
        fail("disk %s: %s is neither a file nor a block device", disk->vdev, disk->target);
        return -ENOTBLK;
    }
    if (S_ISREG(st.st_mode) && st.st_size < 512) {
        fail("disk %s: %s is empty", disk->vdev, disk->target);
        hint("make an image of 4 GiB by: truncate -s 4G %s", disk->target);
        return -EINVAL;
    }
    fd = access(disk->target, disk->writable ? R_OK | W_OK : R_OK);
    if (fd)
        return fail_errno(errno, "disk %s: can't open %s for %s", disk->vdev, disk->target,
                          disk->writable ? "writing (use access r to only read)" : "reading"), -EACCES;
    return 0;
}

static bool is_block_device(const char *path)
{
    struct stat st;

    return !stat(path, &st) && S_ISBLK(st.st_mode);
}

/* See device.h. */
int device_add_disk(struct xm *xm, uint32_t domid, const struct disk *disk)
{
    struct new_device new = { .device = { DEVICE_VBD, domid, 0, disk->devid } };
    int err = backend_domain(xm, disk->backend, &new.device.backend);

    if (!err)
        err = disk_check(disk);
    if (!err)
        err = check_script(xm, disk->script ? disk->script : "block", new.device.backend);
    if (err)
        return err;
    if (store_read(xm, "%s/backend", record_path(xm, &new.device))) {
        fail("domain %u has a disk %s already", domid, disk->vdev);
        return -EEXIST;
    }
    new.label = pool_printf(&xm->pool, "disk %s", disk->vdev);
    begin(&new, xm);
    put_back(&new, "removable", disk->cdrom ? "1" : "0");
    put_back(&new, "bootable", "1");
    put_back(&new, "dev", disk->vdev);
    put_back(&new, "type", is_block_device(disk->target) ? "phy" : "file");
    put_back(&new, "mode", disk->shared ? "w!" : disk->writable ? "w" : "r");
    put_back(&new, "device-type", disk->cdrom ? "cdrom" : "disk");
    put_back(&new, "discard-enable", disk->discard ? "1" : "0");
    put_back(&new, "direct-io-safe", disk->direct_io_safe ? "1" : "0");
    put_back(&new, "params", disk->target);
    if (*disk->target)
        put_back(&new, "script", hotplug_script(xm, disk->script ? disk->script : "block"));
    put_front(&new, "virtual-device", number(xm, disk->devid));
    put_front(&new, "device-type", disk->cdrom ? "cdrom" : "disk");
    return finish(&new);
}

static const char *default_script(const struct vif *vif)
{
    return vif->script ? vif->script : vif->gatewaydev ? "vif-route" : "vif-bridge";
}

/* See device.h. */
int device_add_vif(struct xm *xm, uint32_t domid, const struct vif *vif)
{
    struct new_device new = { .device = { DEVICE_VIF, domid, 0, (uint32_t)vif->devid } };
    const char *mac = mac_format(&xm->pool, vif->mac);
    int err = backend_domain(xm, vif->backend, &new.device.backend);

    if (!err)
        err = check_script(xm, default_script(vif), new.device.backend);
    if (err)
        return err;
    if (store_read(xm, "%s/backend", record_path(xm, &new.device))) {
        fail("domain %u has a network interface %u already", domid, new.device.devid);
        return -EEXIST;
    }
    new.label = pool_printf(&xm->pool, "network interface %u", new.device.devid);
    begin(&new, xm);
    put_back(&new, "script", hotplug_script(xm, default_script(vif)));
    put_back(&new, "mac", mac);
    put_back(&new, "handle", number(xm, new.device.devid));
    put_back(&new, "type", "vif");
    put_back(&new, "bridge", vif->bridge);
    put_back(&new, "gatewaydev", vif->gatewaydev);
    put_back(&new, "ip", vif->ip);
    put_back(&new, "vifname", vif->vifname);
    if (vif->mtu)
        put_back(&new, "mtu", number(xm, vif->mtu));
    if (vif->rate_bytes)
        put_back(&new, "rate", pool_printf(&xm->pool, "%llu,%u", (unsigned long long)vif->rate_bytes,
                                           vif->rate_usec));
    put_front(&new, "handle", number(xm, new.device.devid));
    put_front(&new, "mac", mac);
    if (vif->mtu)
        put_front(&new, "mtu", number(xm, vif->mtu));
    return finish(&new);
}

/* --- Detaching --- */

/*
 * A kernel that has parted from a device leaves it in state Closed if it found Closing there, else in
 * whatever state it was; that it has no such device any more says the same.
 */
static int backend_closed(struct xm *xm, void *arg)
{
    const struct device *device = arg;
    long long state = store_number(xm, XenbusStateClosed, "%s/state", device_backend_path(xm, device));

    return state == XenbusStateClosed ||
           (!device->backend && access(pool_printf(&xm->pool, "/sys/bus/xen-backend/devices/%s-%u-%u",
                                                   device_kind_name(device->kind), device->frontend,
                                                   device->devid), F_OK));
}

/* See device.h. */
void device_start_closing(struct store_batch *batch, const struct device *device)
{
    struct xm *xm = batch->xm;
    const char *back = device_backend_path(xm, device), *state = below(xm, back, "state");
    long long now = store_number(xm, XenbusStateUnknown, "%s", state);

    if (now == XenbusStateUnknown)
        return;
    store_put(batch, below(xm, back, "online"), "0");
    if (now != XenbusStateClosed)
        store_put(batch, state, "%d", XenbusStateClosing);
}

static int remove_nodes(struct xm *xm, const struct device *device)
{
    struct store_batch batch = { .xm = xm };
    unsigned int others;

    store_remove(&batch, record_path(xm, device));
    store_remove(&batch, device_frontend_path(xm, device));
    store_remove(&batch, device_backend_path(xm, device));
    /* The directory of this domain's backends goes with the last of them. */
    store_list(xm, &others, "/local/domain/%u/backend/%s/%u", device->backend, device_kind_name(device->kind),
               device->frontend);
    if (others <= 1)
        store_remove(&batch, pool_printf(&xm->pool, "/local/domain/%u/backend/%s/%u", device->backend,
                                         device_kind_name(device->kind), device->frontend));
    store_remove(&batch, pool_printf(&xm->pool, "/local/domain/%u/error/backend/%s/%u", device->backend,
                                     device_kind_name(device->kind), device->frontend));
    return store_commit(&batch);
}

/* See device.h. */
int device_remove(struct xm *xm, const struct device *device, bool force)
{
    struct store_batch batch = { .xm = xm };
    const char *back = device_backend_path(xm, device), *state = below(xm, back, "state");
    const char *kind = device_kind_name(device->kind);
    int err;

    if (store_read(xm, "%s", state)) {
        device_start_closing(&batch, device);
        if (force)
            store_remove(&batch, device_frontend_path(xm, device));
        err = store_commit(&batch);
        if (err)
            return err;
        err = store_wait(xm, &state, 1, CLOSE_TIMEOUT_MS, backend_closed, (void *)device);
        if (err && !force) {
            fail_errno(err, "domain %u doesn't let go of its %s %u", device->frontend, kind, device->devid);
            hint("is the disk mounted there, the interface in use? -f (force) takes it away all the same");
            return err;
        }
        if (err)
            warn("the backend of %s %u of domain %u has not closed", kind, device->devid, device->frontend);
        err = hotplug_run(xm, device, false);
        if (err && !force)
            return err;
    }
    return remove_nodes(xm, device);
}

/* See device.h. */
struct device *device_list(struct xm *xm, uint32_t domid, enum device_kind kind, size_t *count)
{
    unsigned int names_count;
    char **names = store_list(xm, &names_count, "/libxl/%u/device/%s", domid, device_kind_name(kind));
    struct device *devices = NULL;

    *count = 0;
    for (unsigned int i = 0; i < names_count; i++) {
        const char *back = store_read(xm, "/libxl/%u/device/%s/%s/backend", domid, device_kind_name(kind),
                                      names[i]);
        struct device device = { kind, domid, 0, (uint32_t)strtoul(names[i], NULL, 10) };

        if (!back || sscanf(back, "/local/domain/%u/backend/", &device.backend) != 1)
            continue;
        devices = pool_grow(&xm->pool, devices, *count, sizeof(*devices));
        devices[(*count)++] = device;
    }
    return devices;
}
