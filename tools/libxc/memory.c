/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory of domains: giving and taking it, page-table operations on their behalf, mapping it here. */
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <public/sys/privcmd.h>

#include "internal.h"

#define BATCH (1024u)               /* extents a hypercall: 8 KiB of buffer, a short time in the hypervisor */

/* --- Reservations --- */

/* One batch of populate_physmap or decrease_reservation. Extents done, or -errno. */
static long change_reservation(struct xc *xc, unsigned int command, domid_t domid, unsigned int order,
                               unsigned int flags, size_t count, xen_pfn_t *buffer)
{
    struct xen_memory_reservation arg = {
        .nr_extents = count, .extent_order = order, .mem_flags = flags, .domid = domid,
    };

    set_xen_guest_handle(arg.extent_start, buffer);
    return xc_call(xc, __HYPERVISOR_memory_op, command, &arg, sizeof(arg));
}

/* See xc.h. */
long xc_memory_populate(struct xc *xc, domid_t domid, unsigned int order, unsigned int flags, size_t count,
                        xen_pfn_t *frames)
{
    xen_pfn_t *buffer = xc_buffer_alloc(xc, BATCH * sizeof(*buffer));
    size_t done = 0;
    long n = 0;

    if (!buffer)
        return -ENOMEM;
    while (done < count) {
        size_t batch = count - done < BATCH ? count - done : BATCH;

        memcpy(buffer, frames + done, batch * sizeof(*buffer));
        n = change_reservation(xc, XENMEM_populate_physmap, domid, order, flags, batch, buffer);
        if (n <= 0)
            break;
        memcpy(frames + done, buffer, n * sizeof(*buffer));
        done += n;
        if ((size_t)n < batch)
            break;
    }
    xc_buffer_free(xc, buffer, BATCH * sizeof(*buffer));
    if (done < count)
        xc_fail_text(xc, -ENOMEM, "giving domain %u memory: only %zu of %zu extents of %lu KiB could be had",
                     domid, done, count, (XC_PAGE_SIZE << order) / 1024);
    return done || n >= 0 ? (long)done : n;
}

/* See xc.h. */
long xc_memory_decrease(struct xc *xc, domid_t domid, unsigned int order, size_t count, const xen_pfn_t *mfns)
{
    xen_pfn_t *buffer = xc_buffer_alloc(xc, BATCH * sizeof(*buffer));
    size_t done = 0;
    long n = 0;

    if (!buffer)
        return -ENOMEM;
    while (done < count) {
        size_t batch = count - done < BATCH ? count - done : BATCH;

        memcpy(buffer, mfns + done, batch * sizeof(*buffer));
        n = change_reservation(xc, XENMEM_decrease_reservation, domid, order, 0, batch, buffer);
        if (n > 0)
            done += n;
        if (n < (long)batch)
            break;
    }
    xc_buffer_free(xc, buffer, BATCH * sizeof(*buffer));
    if (n < 0)
        xc_fail(xc, n, "taking memory from domain %u", domid);
    return done || n >= 0 ? (long)done : n;
}

static long query_domain(struct xc *xc, unsigned int command, domid_t domid, const char *what)
{
    struct xen_memory_domain arg = { .domid = domid };
    long result = xc_call(xc, __HYPERVISOR_memory_op, command, &arg, sizeof(arg));

    return result < 0 ? xc_fail(xc, result, "asking for the %s of domain %u", what, domid) : result;
}

/* See xc.h. */
long xc_memory_current(struct xc *xc, domid_t domid)
{
    return query_domain(xc, XENMEM_current_reservation, domid, "memory");
}

/* See xc.h. */
long xc_memory_maximum(struct xc *xc, domid_t domid)
{
    return query_domain(xc, XENMEM_maximum_reservation, domid, "memory limit");
}

/* See xc.h. */
long xc_memory_maximum_gpfn(struct xc *xc, domid_t domid)
{
    return query_domain(xc, XENMEM_maximum_gpfn, domid, "highest guest frame");
}

/* See xc.h. */
long xc_memory_max_ram_page(struct xc *xc)
{
    return xc_hypercall(xc, __HYPERVISOR_memory_op, XENMEM_maximum_ram_page, 0, 0, 0, 0);
}

/* See xc.h. */
int xc_memory_claim(struct xc *xc, domid_t domid, uint64_t pages)
{
    struct xen_memory_reservation arg = { .nr_extents = pages, .domid = domid };
    int error = xc_call(xc, __HYPERVISOR_memory_op, XENMEM_claim_pages, &arg, sizeof(arg));

    return error ? xc_fail(xc, error, "reserving %lu pages for domain %u", (unsigned long)pages, domid) : 0;
}

/* See xc.h. */
int xc_domain_set_memory_map(struct xc *xc, domid_t domid, uint64_t limit_kib)
{
    struct e820_entry {
        uint64_t address, size;
        uint32_t type;
    } __attribute__((packed)) *entry = xc_buffer_alloc(xc, sizeof(*entry));
    struct xen_foreign_memory_map arg = { .domid = domid, .map.nr_entries = 1 };
    int error;

    if (!entry)
        return -ENOMEM;
    entry->size = limit_kib * 1024;
    entry->type = 1;                /* RAM */
    set_xen_guest_handle(arg.map.buffer, (void *)entry);
    error = xc_call(xc, __HYPERVISOR_memory_op, XENMEM_set_memory_map, &arg, sizeof(arg));
    xc_buffer_free(xc, entry, sizeof(*entry));
    return error ? xc_fail(xc, error, "setting the memory map of domain %u", domid) : 0;
}

/* --- Page tables and the machine-to-physical table --- */

int xc_mmuext_op(struct xc *xc, domid_t domid, const struct mmuext_op *ops, unsigned int count)
{
    struct mmuext_op *buffer;
    int error;

    if (count > XC_PAGE_SIZE / sizeof(*buffer))
        return xc_fail(xc, -E2BIG, "page-table operations for domain %u", domid);
    buffer = xc_buffer_alloc(xc, count * sizeof(*buffer));
    if (!buffer)
        return -ENOMEM;
    memcpy(buffer, ops, count * sizeof(*buffer));
    error = xc_hypercall(xc, __HYPERVISOR_mmuext_op, (uintptr_t)buffer, count, 0, domid, 0);
    xc_buffer_free(xc, buffer, count * sizeof(*buffer));
    return error < 0 ? xc_fail(xc, error, "page-table operation for domain %u", domid) : 0;
}

/* See xc.h. */
int xc_machphys_update(struct xc *xc, domid_t domid, const xen_pfn_t *mfns, const xen_pfn_t *pfns,
                       size_t count)
{
    const size_t step = XC_PAGE_SIZE / sizeof(struct mmu_update);
    struct mmu_update *updates = xc_buffer_alloc(xc, XC_PAGE_SIZE);
    long error = 0;

    if (!updates)
        return -ENOMEM;
    for (size_t done = 0; done < count && error >= 0;) {
        size_t n;

        for (n = 0; n < step && done < count; n++, done++) {
            updates[n].ptr = mfns[done] << XC_PAGE_SHIFT | MMU_MACHPHYS_UPDATE;
            updates[n].val = pfns[done];
        }
        error = xc_hypercall(xc, __HYPERVISOR_mmu_update, (uintptr_t)updates, n, 0, domid, 0);
    }
    xc_buffer_free(xc, updates, XC_PAGE_SIZE);
    return error < 0 ? xc_fail(xc, error, "setting the machine-to-physical table for domain %u", domid) : 0;
}

/* See xc.h. */
int xc_domain_page_types(struct xc *xc, domid_t domid, xen_pfn_t *frames, size_t count)
{
    xen_pfn_t *buffer = xc_buffer_alloc(xc, BATCH * sizeof(*buffer));
    int error = 0;

    if (!buffer)
        return -ENOMEM;
    for (size_t done = 0; done < count && !error; done += BATCH) {
        size_t batch = count - done < BATCH ? count - done : BATCH;
        struct xen_domctl op = { .u.getpageframeinfo3.num = batch };

        memcpy(buffer, frames + done, batch * sizeof(*buffer));
        set_xen_guest_handle(op.u.getpageframeinfo3.array, buffer);
        error = xc_domctl_named(xc, &op, XEN_DOMCTL_getpageframeinfo3, domid, "asking for page types");
        if (!error)
            memcpy(frames + done, buffer, batch * sizeof(*buffer));
    }
    xc_buffer_free(xc, buffer, BATCH * sizeof(*buffer));
    return error;
}

/* --- Mapping --- */

static void *map_device(struct xc *xc, int prot, size_t count)
{
    void *address = mmap(NULL, count << XC_PAGE_SHIFT, prot, MAP_SHARED, xc->fd, 0);

    if (address == MAP_FAILED) {
        xc_fail(xc, -errno, "address space for mapping %zu pages", count);
        return NULL;
    }
    return address;
}

/* What xc_map_foreign() and the like have mapped. */
void xc_unmap(struct xc *xc, void *address, size_t count)
{
    (void)xc;
    if (address)
        munmap(address, count << XC_PAGE_SHIFT);
}

/* See xc.h. */
void *xc_map_foreign(struct xc *xc, domid_t domid, int prot, const xen_pfn_t *mfns, size_t count, int *errors)
{
    void *address = map_device(xc, prot, count);
    int *own = errors ? NULL : malloc(count * sizeof(*own));
    int error = 0;

    if (!address || (!errors && !own)) {
        xc_unmap(xc, address, count);
        free(own);
        return NULL;
    }
    struct privcmd_mmapbatch_v2 arg = {
        .num = count, .dom = domid, .addr = (uintptr_t)address, .arr = mfns, .err = errors ? errors : own,
    };

    /* The device answers -ENOENT when a frame was paged out; which one is in the array, as for all errors. */
    if (ioctl(xc->fd, IOCTL_PRIVCMD_MMAPBATCH_V2, &arg) != 0)
        error = -errno;
    for (size_t i = 0; own && !error && i < count; i++)
        error = own[i];
    free(own);
    if (error && !(errors && error == -ENOENT)) {
        xc_fail(xc, error, "mapping %zu pages of domain %u", count, domid);
        xc_unmap(xc, address, count);
        return NULL;
    }
    return address;
}

/* See xc.h. */
void *xc_map_foreign_range(struct xc *xc, domid_t domid, int prot, xen_pfn_t first_mfn, size_t count)
{
    xen_pfn_t *mfns = malloc(count * sizeof(*mfns));
    void *address;

    if (!mfns) {
        xc_fail(xc, -ENOMEM, "mapping %zu pages of domain %u", count, domid);
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        mfns[i] = first_mfn + i;
    address = xc_map_foreign(xc, domid, prot, mfns, count, NULL);
    free(mfns);
    return address;
}

/* See xc.h. */
void *xc_map_resource(struct xc *xc, domid_t domid, int prot, unsigned int type, unsigned int id,
                      unsigned long first_frame, size_t count)
{
    void *address = map_device(xc, prot, count);
    struct privcmd_mmap_resource arg = {
        .dom = domid, .type = type, .id = id, .idx = first_frame, .num = count, .addr = (uintptr_t)address,
    };

    if (!address)
        return NULL;
    if (ioctl(xc->fd, IOCTL_PRIVCMD_MMAP_RESOURCE, &arg) != 0) {
        xc_fail(xc, -errno, "mapping resource %u of domain %u", type, domid);
        xc_unmap(xc, address, count);
        return NULL;
    }
    return address;
}
