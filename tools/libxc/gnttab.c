/* SPDX-License-Identifier: GPL-2.0-only */
/* Grants: the first entries of a new domain's table, and mapping what was granted to this domain. */
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <public/sys/gntdev.h>

#include "internal.h"

/* --- A domain being built --- */

/* The grant table's first page by the older way: the hypervisor tells the frame, it is mapped as foreign. */
static void *map_table_by_setup(struct xc *xc, domid_t domid)
{
    struct {
        struct gnttab_setup_table table;
        xen_pfn_t frame;
    } *arg = xc_buffer_alloc(xc, sizeof(*arg));
    xen_pfn_t frame;
    int error;

    if (!arg)
        return NULL;
    arg->table.dom = domid;
    arg->table.nr_frames = 1;
    set_xen_guest_handle(arg->table.frame_list, &arg->frame);
    error = xc_hypercall(xc, __HYPERVISOR_grant_table_op, GNTTABOP_setup_table, (uintptr_t)arg, 1, 0, 0);
    if (!error && arg->table.status != GNTST_okay)
        error = -EPERM;
    frame = arg->frame;
    xc_buffer_free(xc, arg, sizeof(*arg));
    if (error) {
        xc_fail(xc, error, "setting up the grant table of domain %u", domid);
        return NULL;
    }
    return xc_map_foreign(xc, domid, PROT_READ | PROT_WRITE, &frame, 1, NULL);
}

static void *map_table(struct xc *xc, domid_t domid)
{
    void *table = xc_map_resource(xc, domid, PROT_READ | PROT_WRITE, XENMEM_resource_grant_table,
                                  XENMEM_resource_grant_table_id_shared, 0, 1);

    return table ? table : map_table_by_setup(xc, domid);
}

/* A fresh table is version 1 until its domain says otherwise. The flags, put last, make the entry valid. */
static void grant_page(struct grant_entry_v1 *entry, domid_t domid, xen_pfn_t frame)
{
    entry->domid = domid;
    entry->frame = frame;
    __atomic_store_n(&entry->flags, GTF_permit_access, __ATOMIC_RELEASE);
}

/* See xc.h. */
int xc_gnttab_seed(struct xc *xc, domid_t domid, xen_pfn_t console_mfn, domid_t console_domid,
                   xen_pfn_t store_mfn, domid_t store_domid)
{
    struct grant_entry_v1 *table = map_table(xc, domid);

    if (!table)
        return -errno;
    grant_page(&table[GNTTAB_RESERVED_CONSOLE], console_domid, console_mfn);
    grant_page(&table[GNTTAB_RESERVED_XENSTORE], store_domid, store_mfn);
    xc_unmap(xc, table, 1);
    return 0;
}

/* See xc.h. */
int xc_gnttab_query_size(struct xc *xc, domid_t domid, unsigned int *frames, unsigned int *max_frames)
{
    struct gnttab_query_size *arg = xc_buffer_alloc(xc, sizeof(*arg));
    int error;

    if (!arg)
        return -ENOMEM;
    arg->dom = domid;
    error = xc_hypercall(xc, __HYPERVISOR_grant_table_op, GNTTABOP_query_size, (uintptr_t)arg, 1, 0, 0);
    if (!error && arg->status != GNTST_okay)
        error = arg->status == GNTST_bad_domain ? -ESRCH : -EPERM;
    *frames = arg->nr_frames;
    *max_frames = arg->max_nr_frames;
    xc_buffer_free(xc, arg, sizeof(*arg));
    return error ? xc_fail(xc, error, "asking for the grant table's size of domain %u", domid) : 0;
}

/* --- Mapping grants --- */

struct xc_gntdev {
    int fd;
};

/* The device through which grants are mapped. */
int xc_gntdev_open(struct xc_gntdev **result)
{
    int fd = xc_open_device("/dev/xen/gntdev", NULL, "xen-gntdev");

    *result = NULL;
    if (fd < 0)
        return fd;
    *result = malloc(sizeof(**result));
    if (!*result) {
        close(fd);
        return xc_fail_open(-ENOMEM, "/dev/xen/gntdev");
    }
    (*result)->fd = fd;
    return 0;
}

/* Its mappings last until they are unmapped. */
void xc_gntdev_close(struct xc_gntdev *gntdev)
{
    if (!gntdev)
        return;
    close(gntdev->fd);
    free(gntdev);
}

static int forget(struct xc_gntdev *gntdev, uint64_t index, unsigned int count)
{
    struct ioctl_gntdev_unmap_grant_ref arg = { .index = index, .count = count };

    return ioctl(gntdev->fd, IOCTL_GNTDEV_UNMAP_GRANT_REF, &arg) ? -errno : 0;
}

/* See xc.h. */
void *xc_gntdev_map(struct xc_gntdev *gntdev, domid_t domid, const uint32_t *refs, unsigned int count,
                    int prot)
{
    struct ioctl_gntdev_map_grant_ref *arg;
    void *address;

    if (!count) {
        errno = EINVAL;
        return NULL;
    }
    arg = calloc(1, sizeof(*arg) + (count - 1) * sizeof(arg->refs[0]));
    if (!arg)
        return NULL;
    arg->count = count;
    for (unsigned int i = 0; i < count; i++) {
        arg->refs[i].domid = domid;
        arg->refs[i].ref = refs[i];
    }
    if (ioctl(gntdev->fd, IOCTL_GNTDEV_MAP_GRANT_REF, arg) != 0) {
        free(arg);
        return NULL;
    }
    address = mmap(NULL, count * XC_PAGE_SIZE, prot, MAP_SHARED, gntdev->fd, arg->index);
    if (address == MAP_FAILED) {
        int error = errno;

        forget(gntdev, arg->index, count);
        errno = error;
        address = NULL;
    }
    free(arg);
    return address;
}

static int offset_of(struct xc_gntdev *gntdev, void *address, uint64_t *offset)
{
    struct ioctl_gntdev_get_offset_for_vaddr arg = { .vaddr = (uintptr_t)address };

    *offset = 0;
    if (ioctl(gntdev->fd, IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR, &arg) != 0)
        return -errno;
    *offset = arg.offset;
    return 0;
}

/* See xc.h. */
int xc_gntdev_unmap(struct xc_gntdev *gntdev, void *address, unsigned int count)
{
    uint64_t offset;
    int error = offset_of(gntdev, address, &offset);

    if (error)
        return error;
    if (munmap(address, count * XC_PAGE_SIZE) != 0)
        return -errno;
    return forget(gntdev, offset, count);
}

/* See xc.h. */
int xc_gntdev_on_unmap(struct xc_gntdev *gntdev, void *address, int clear_offset, int notify_port)
{
    struct ioctl_gntdev_unmap_notify arg = {
        .action = (clear_offset >= 0 ? UNMAP_NOTIFY_CLEAR_BYTE : 0) |
                  (notify_port >= 0 ? UNMAP_NOTIFY_SEND_EVENT : 0),
        .event_channel_port = notify_port >= 0 ? notify_port : 0,
    };
    int error = offset_of(gntdev, address, &arg.index);

    if (error)
        return error;
    if (clear_offset >= 0)
        arg.index += clear_offset;
    return ioctl(gntdev->fd, IOCTL_GNTDEV_SET_UNMAP_NOTIFY, &arg) ? -errno : 0;
}
