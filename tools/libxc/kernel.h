/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Linux kernel's devices for privileged domains, as far as they are used here: /dev/xen/privcmd, evtchn
 * and gntdev. (linux-libc-dev has no usable header of the first.)
 */
#ifndef LIBXC_KERNEL_H
#define LIBXC_KERNEL_H

#include <stdint.h>
#include <sys/ioctl.h>

#include <public/xen.h>

/* --- privcmd: any hypercall, and mapping of foreign frames --- */

struct privcmd_hypercall {
    uint64_t op;
    uint64_t arg[5];
};

struct privcmd_mmapbatch_v2 {
    uint32_t num;
    domid_t dom;
    uint64_t addr;                  /* start of an mmap of the device */
    const xen_pfn_t *arr;           /* frames to map there */
    int *err;                       /* 0 or -errno for each */
};

struct privcmd_mmap_resource {
    domid_t dom;
    uint32_t type, id, idx;         /* idx: first frame of the resource */
    uint64_t num;
    uint64_t addr;
};

#define IOCTL_PRIVCMD_HYPERCALL     _IOC(_IOC_NONE, 'P', 0, sizeof(struct privcmd_hypercall))
#define IOCTL_PRIVCMD_MMAPBATCH_V2  _IOC(_IOC_NONE, 'P', 4, sizeof(struct privcmd_mmapbatch_v2))
#define IOCTL_PRIVCMD_MMAP_RESOURCE _IOC(_IOC_NONE, 'P', 7, sizeof(struct privcmd_mmap_resource))

/* --- evtchn: read() gives pending ports (uint32_t each), write() unmasks them --- */

struct evtchn_bind_interdomain_arg {
    uint32_t remote_domain, remote_port;
};

#define IOCTL_EVTCHN_BIND_VIRQ         _IOC(_IOC_NONE, 'E', 0, sizeof(uint32_t))
#define IOCTL_EVTCHN_BIND_INTERDOMAIN  _IOC(_IOC_NONE, 'E', 1, sizeof(struct evtchn_bind_interdomain_arg))
#define IOCTL_EVTCHN_BIND_UNBOUND_PORT _IOC(_IOC_NONE, 'E', 2, sizeof(uint32_t))
#define IOCTL_EVTCHN_UNBIND            _IOC(_IOC_NONE, 'E', 3, sizeof(uint32_t))
#define IOCTL_EVTCHN_NOTIFY            _IOC(_IOC_NONE, 'E', 4, sizeof(uint32_t))

/* --- gntdev: announce references, get an offset, mmap there --- */

struct gntdev_grant_ref {
    uint32_t domid, ref;
};

struct gntdev_map_grant_ref {
    uint32_t count, pad;
    uint64_t index;                 /* out: offset for mmap() */
    struct gntdev_grant_ref refs[1];
};

struct gntdev_unmap_grant_ref {
    uint64_t index;
    uint32_t count, pad;
};

struct gntdev_get_offset_for_vaddr {
    uint64_t vaddr;
    uint64_t offset;                /* out */
    uint32_t count, pad;            /* out */
};

#define UNMAP_NOTIFY_CLEAR_BYTE 1
#define UNMAP_NOTIFY_SEND_EVENT 2

struct gntdev_unmap_notify {
    uint64_t index;                 /* offset of the byte in question */
    uint32_t action;
    uint32_t event_channel_port;
};

#define IOCTL_GNTDEV_MAP_GRANT_REF        _IOC(_IOC_NONE, 'G', 0, sizeof(struct gntdev_map_grant_ref))
#define IOCTL_GNTDEV_UNMAP_GRANT_REF      _IOC(_IOC_NONE, 'G', 1, sizeof(struct gntdev_unmap_grant_ref))
#define IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR _IOC(_IOC_NONE, 'G', 2, sizeof(struct gntdev_get_offset_for_vaddr))
#define IOCTL_GNTDEV_SET_UNMAP_NOTIFY     _IOC(_IOC_NONE, 'G', 7, sizeof(struct gntdev_unmap_notify))

#endif
