/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XM_DEVICE_H
#define XM_DEVICE_H

#include "config.h"
#include "store.h"

/*
 * A device is a pair of directories in the store, one for the frontend in the guest and one for the backend
 * (the
 * drivers xen-blkback and xen-netback of the backend's domain), through whose `state` nodes the two connect
 * and
 * part. What we know of a domain's devices is kept under /libxl/DOMID/device, which guests can't write.
 *
 *   attach: nodes written (1) -> backend is in InitWait (2) -> script has set up the disk or the interface
 *           (hotplug-status = connected) -> the frontend connects when the guest likes
 *   detach: backend online = 0, state = Closing (5) -> frontend closes, or is removed -> backend Closed (6)
 *           -> script undoes what it did -> nodes removed
 */
enum device_kind { DEVICE_VBD, DEVICE_VIF };

struct device {
    enum device_kind kind;
    uint32_t frontend, backend;     /* domains */
    uint32_t devid;
};

/* As the store knows it. */
const char *device_kind_name(enum device_kind kind);
char *device_frontend_path(struct xm *xm, const struct device *device);
char *device_backend_path(struct xm *xm, const struct device *device);

/*
 * Attaches a device; nothing of it stays if that fails. 0 or -errno after a message. This and all that removes
 * devices is for the one who holds the domain's lock: what is checked and what is undone must be the same device.
 */
int device_add_disk(struct xm *xm, uint32_t domid, const struct disk *disk);
int device_add_vif(struct xm *xm, uint32_t domid, const struct vif *vif);

/* Tells the backend, by the changes added to the batch, that the end is near. */
void device_start_closing(struct store_batch *batch, const struct device *device);

/*
 * Detaches it. With `force` the guest is not asked (or is dead) and whatever goes wrong, the nodes are gone
 * in the
 * end. 0 or -errno after a message.
 */
int device_remove(struct xm *xm, const struct device *device, bool force);

/* A domain's devices of a kind, in the pool. */
struct device *device_list(struct xm *xm, uint32_t domid, enum device_kind kind, size_t *count);

/* Whether a disk's image can be used, told before anything is made. 0 or -errno after a message. */
int disk_check(const struct disk *disk);

#endif
