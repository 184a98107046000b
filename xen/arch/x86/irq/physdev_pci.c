/* SPDX-License-Identifier: GPL-2.0-only */
/* HYPERVISOR_physdev_op: the PCI devices that domain 0 has found. */
#include <xen/guest.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/pci.h>
#include <xen/sched.h>
#include <asm/irq.h>
#include <public/physdev.h>

#define READ_ARG(op) get_guest(&(op), arg)

static long manage_pci(const void *arg, bool add)
{
    struct physdev_manage_pci op;
    struct pci_dev dev = { .pxm = ~0u };

    if (READ_ARG(op))
        return -EFAULT;
    dev.sbdf = (pci_sbdf_t) { 0, op.bus, op.devfn };
    return add ? pci_device_add(&dev) : pci_device_remove(dev.sbdf);
}

static long manage_pci_add_ext(const void *arg)
{
    struct physdev_manage_pci_ext op;
    struct pci_dev dev = { .pxm = ~0u };

    if (READ_ARG(op))
        return -EFAULT;
    if (op.is_extfn > 1 || op.is_virtfn > 1)
        return refuse(-EINVAL, "manage_pci_add_ext: flags are 0 or 1");
    dev.sbdf = (pci_sbdf_t) { 0, op.bus, op.devfn };
    dev.is_extfn = op.is_extfn;
    dev.is_virtfn = op.is_virtfn;
    dev.physfn = (pci_sbdf_t) { 0, op.physfn.bus, op.physfn.devfn };
    return pci_device_add(&dev);
}

static long pci_add(const void *arg)
{
    struct physdev_pci_device_add op;
    struct pci_dev dev = { .pxm = ~0u };

    if (raw_copy_from_guest(&op, arg, offsetof(struct physdev_pci_device_add, optarr)))
        return -EFAULT;
    if ((op.flags & XEN_PCI_DEV_PXM) &&
        raw_copy_from_guest(&dev.pxm, (const char *)arg + offsetof(struct physdev_pci_device_add, optarr),
                            sizeof(dev.pxm)))
        return -EFAULT;
    dev.sbdf = (pci_sbdf_t) { op.seg, op.bus, op.devfn };
    dev.is_extfn = op.flags & XEN_PCI_DEV_EXTFN;
    dev.is_virtfn = op.flags & XEN_PCI_DEV_VIRTFN;
    dev.physfn = (pci_sbdf_t) { op.seg, op.physfn.bus, op.physfn.devfn };
    return pci_device_add(&dev);
}

static long on_pci_device(const void *arg, long (*fn)(pci_sbdf_t dev))
{
    struct physdev_pci_device op;

    return READ_ARG(op) ? -EFAULT : fn((pci_sbdf_t) { op.seg, op.bus, op.devfn });
}

static long remove_device(pci_sbdf_t dev) { return pci_device_remove(dev); }

static long restore_device(pci_sbdf_t dev)
{
    return pci_device_known(dev) ? msi_restore(dev) : refuse(-ENODEV, "restore_msi: no such device");
}

/* A device whose messages are set up now, or that is prepared already, can't be given away. */
static long prepare_device(pci_sbdf_t dev)
{
    if (pci_device_known(dev) && msi_is_mapped(dev, true))
        return refuse(-EBUSY, "prepare_msix: domain 0 has messages of the device mapped");
    return pci_device_prepare_msix(dev, true);
}

static long release_device(pci_sbdf_t dev) { return pci_device_prepare_msix(dev, false); }

static long restore_msi(const void *arg)
{
    struct physdev_restore_msi op;

    return READ_ARG(op) ? -EFAULT : restore_device((pci_sbdf_t) { 0, op.bus, op.devfn });
}

static long mmcfg_reserved(const void *arg)
{
    struct physdev_pci_mmcfg_reserved op;

    if (READ_ARG(op))
        return -EFAULT;
    if (op.flags & ~XEN_PCI_MMCFG_RESERVED)
        return refuse(-EINVAL, "pci_mmcfg_reserved: unknown flags");
    return pci_mmcfg_use(op.address, op.segment, op.start_bus, op.end_bus, op.flags & XEN_PCI_MMCFG_RESERVED);
}

/* What has nothing to do, as no console is on an EHCI debug port. */
static long debug_port(const void *arg)
{
    struct physdev_dbgp_op op;

    return READ_ARG(op) ? -EFAULT : 0;
}

long physdev_pci_op(int cmd, const void *arg)
{
    if (!is_privileged(current->domain))
        return refuse(-EPERM, "physdev_op: for domain 0");
    switch (cmd) {
    case PHYSDEVOP_manage_pci_add:     return manage_pci(arg, true);
    case PHYSDEVOP_manage_pci_remove:  return manage_pci(arg, false);
    case PHYSDEVOP_manage_pci_add_ext: return manage_pci_add_ext(arg);
    case PHYSDEVOP_pci_device_add:     return pci_add(arg);
    case PHYSDEVOP_pci_device_remove:  return on_pci_device(arg, remove_device);
    case PHYSDEVOP_prepare_msix:       return on_pci_device(arg, prepare_device);
    case PHYSDEVOP_release_msix:       return on_pci_device(arg, release_device);
    case PHYSDEVOP_restore_msi_ext:    return on_pci_device(arg, restore_device);
    case PHYSDEVOP_restore_msi:        return restore_msi(arg);
    case PHYSDEVOP_pci_mmcfg_reserved: return mmcfg_reserved(arg);
    case PHYSDEVOP_dbgp_op:            return debug_port(arg);
    }
    return -ENOSYS;
}
