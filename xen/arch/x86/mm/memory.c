/* SPDX-License-Identifier: GPL-2.0-only */
/* The part of memory_op that knows the machine: memory maps and the machine-to-phys table. */
#include <xen/guest.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <asm/boot.h>
#include <asm/shared.h>
#include <public/memory.h>
#include "internal.h"

#define MAX_MAP_ENTRIES 1024    /* of a domain's map */

/* Highest pseudo-physical frame number the guest says it uses; 0 if it says nothing. */
long arch_maximum_gpfn(const struct domain *d)
{
    return d->shared_info ? (long)max(shared_max_pfn(d), 1UL) - 1 : -EINVAL;
}

/* Give the guest at most map.nr_entries of the n entries, and their number. */
static long return_map(void *arg, const struct e820_entry *entry, unsigned n)
{
    struct xen_memory_map map;

    if (get_guest(&map, arg))
        return -EFAULT;
    map.nr_entries = min(map.nr_entries, n);
    if (raw_copy_to_guest(map.buffer.p, entry, map.nr_entries * sizeof(*entry)) ||
        put_guest(arg, &map))
        return -EFAULT;
    return 0;
}

/* The map the toolstack gave the caller. */
static long own_map(void *arg)
{
    struct domain *d = current->domain;
    struct e820_entry *copy = NULL;
    unsigned n;
    long rc;

    spin_lock(&d->arch.e820_lock);
    n = d->arch.nr_e820;
    if (n && (copy = xmalloc_array(struct e820_entry, n)) != NULL)
        memcpy(copy, d->arch.e820, n * sizeof(*copy));
    spin_unlock(&d->arch.e820_lock);
    if (!n)
        return refuse(-ENOSYS, "memory_map: none was set");
    rc = copy ? return_map(arg, copy, n) : -ENOMEM;
    xfree(copy);
    return rc;
}

static long machine_map(void *arg)
{
    if (!is_privileged(current->domain))
        return refuse(-EPERM, "machine_memory_map: needs privilege");
    return return_map(arg, e820.entry, e820.nr);
}

/* A map without entries is none. */
static int install_map(struct domain *d, const struct xen_memory_map *map)
{
    struct e820_entry *new = NULL, *old;

    if (map->nr_entries) {
        new = xmalloc_array(struct e820_entry, map->nr_entries);
        if (!new)
            return -ENOMEM;
        if (raw_copy_from_guest(new, map->buffer.p, map->nr_entries * sizeof(*new))) {
            xfree(new);
            return -EFAULT;
        }
    }
    spin_lock(&d->arch.e820_lock);
    old = d->arch.e820;
    d->arch.e820 = new;
    d->arch.nr_e820 = map->nr_entries;
    spin_unlock(&d->arch.e820_lock);
    xfree(old);
    return 0;
}

static long set_map(void *arg)
{
    struct xen_foreign_memory_map fmap;
    struct domain *d;
    long rc;

    if (get_guest(&fmap, arg))
        return -EFAULT;
    if (fmap.map.nr_entries > MAX_MAP_ENTRIES)
        return refuse(-EINVAL, "set_memory_map: number of entries");
    d = domain_get_by_any_id(fmap.domid);
    if (!d)
        return refuse(-ESRCH, "set_memory_map: no such domain");
    if (d == current->domain || may_control(current->domain, d))
        rc = install_map(d, &fmap.map);
    else
        rc = refuse(-EPERM, "set_memory_map: domain is not under the caller's control");
    domain_put(d);
    return rc;
}

static long machphys_mapping(void *arg)
{
    struct xen_machphys_mapping m = { RO_MPT_VIRT_START, RO_MPT_VIRT_END, max_page - 1 };
    unsigned long end32 = min(max_page, M2P32_FRAMES);

    if (current->domain->arch.is_32bit_pv)
        m = (struct xen_machphys_mapping) { PAE_HOLE_START, PAE_M2P_END, end32 - 1 };
    return put_guest(arg, &m) ? -EFAULT : 0;
}

static mfn_t m2p_piece_of(bool is_32bit, unsigned long i)
{
    return is_32bit ? m2p32_piece(i) : m2p_piece(i);
}

/* The frames of the machine-to-phys table of either width, one number for each 2 MiB. */
static long machphys_list(void *arg, bool is_32bit)
{
    unsigned long end = is_32bit ? min(max_page, M2P32_FRAMES) : max_page;
    unsigned shift = is_32bit ? M2P32_PIECE_SHIFT : M2P_PIECE_SHIFT;
    struct xen_machphys_mfn_list list;
    unsigned i;

    if (!is_privileged(current->domain))
        return refuse(-EPERM, "machphys_mfn_list: needs privilege");
    if (get_guest(&list, arg))
        return -EFAULT;
    for (i = 0; i < list.max_extents && (unsigned long)i << shift < end; i++) {
        xen_pfn_t frame = m2p_piece_of(is_32bit, i).n;

        if (is_32bit && !frame)     /* it has no gaps: not made yet */
            break;
        if (copy_to_guest_offset(list.extent_start, i, &frame, 1))
            return -EFAULT;
    }
    list.nr_extents = i;
    return put_guest(arg, &list) ? -EFAULT : 0;
}

/* No device asks for memory at fixed places. */
static long reserved_device_memory(void *arg)
{
    struct xen_reserved_device_memory_map map;

    if (get_guest(&map, arg))
        return -EFAULT;
    if (map.flags & ~XENMEM_RDM_ALL)
        return refuse(-EINVAL, "reserved_device_memory_map: unknown flags");
    map.nr_entries = 0;
    return put_guest(arg, &map) ? -EFAULT : 0;
}

/* memory_op commands that are not common's. */
long arch_memory_op(unsigned cmd, void *arg)
{
    switch (cmd) {
    case XENMEM_memory_map:
        return own_map(arg);
    case XENMEM_machine_memory_map:
        return machine_map(arg);
    case XENMEM_set_memory_map:
        return set_map(arg);
    case XENMEM_machphys_mapping:
        return machphys_mapping(arg);
    case XENMEM_machphys_mfn_list:
        return machphys_list(arg, current->domain->arch.is_32bit_pv);
    case XENMEM_machphys_compat_mfn_list:
        return machphys_list(arg, true);
    case XENMEM_reserved_device_memory_map:
        return reserved_device_memory(arg);
    case XENMEM_add_to_physmap:
    case XENMEM_add_to_physmap_batch:
    case XENMEM_remove_from_physmap:
        return refuse(-EACCES, "physmap: PV guests map machine frames themselves");
    case XENMEM_set_pod_target:
    case XENMEM_get_pod_target:
        return refuse(-EINVAL, "pod_target: PV guests have no populate-on-demand");
    case XENMEM_paging_op:
    case XENMEM_access_op:
    case XENMEM_sharing_op:
        return refuse(-EOPNOTSUPP, "memory_op: paging, access control and sharing need a translated guest");
    default:
        return refuse(-ENOSYS, "memory_op: unknown operation");
    }
}
