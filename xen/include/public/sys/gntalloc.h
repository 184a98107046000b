/* SPDX-License-Identifier: MIT */
/*
 * /dev/xen/gntalloc of Linux: pages of ours, granted to another domain. The index is the offset to mmap
 * them at. The includer has <sys/ioctl.h>. 0; -1 and errno on failure.
 */
#ifndef __LINUX_PUBLIC_GNTALLOC_H__
#define __LINUX_PUBLIC_GNTALLOC_H__

#include "../xen-compat.h"

struct ioctl_gntalloc_alloc_gref {
    uint16_t domid;
    uint16_t flags;
    uint32_t count;
    uint64_t index;         /* OUT */
    uint32_t gref_ids[1];   /* OUT: count of them */
};
#define IOCTL_GNTALLOC_ALLOC_GREF _IOC(_IOC_NONE, 'G', 5, sizeof(struct ioctl_gntalloc_alloc_gref))
#define GNTALLOC_FLAG_WRITABLE 1

/* Give them back; they are freed when nobody maps them any more. */
struct ioctl_gntalloc_dealloc_gref {
    uint64_t index;
    uint32_t count;
};
#define IOCTL_GNTALLOC_DEALLOC_GREF _IOC(_IOC_NONE, 'G', 6, sizeof(struct ioctl_gntalloc_dealloc_gref))

/* What to do when a page is given back, even by the process's death. index: a byte within the mapping. */
struct ioctl_gntalloc_unmap_notify {
    uint64_t index;
    uint32_t action;        /* UNMAP_NOTIFY_* */
    uint32_t event_channel_port;
};
#define IOCTL_GNTALLOC_SET_UNMAP_NOTIFY _IOC(_IOC_NONE, 'G', 7, sizeof(struct ioctl_gntalloc_unmap_notify))
#define UNMAP_NOTIFY_CLEAR_BYTE 0x1
#define UNMAP_NOTIFY_SEND_EVENT 0x2

#endif
