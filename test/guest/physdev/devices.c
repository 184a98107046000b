/* SPDX-License-Identifier: GPL-2.0-only */
/* PCI devices as domain 0 reports them, in the three ways there are, and its windows to configuration space. */
#include "physdev.h"

#define NOWHERE (0x1f << 3 | 7)     /* no device is there */

static long remove(uint8_t devfn)
{
    return PHYSDEV(pci_device_remove, struct physdev_pci_device, .devfn = devfn);
}

static long add(uint8_t devfn, uint32_t flags, uint8_t physical)
{
    return PHYSDEV(pci_device_add, struct physdev_pci_device_add, .devfn = devfn, .flags = flags,
                   .physfn.devfn = physical);
}

static long prepare(uint8_t devfn)
{
    return PHYSDEV(prepare_msix, struct physdev_pci_device, .devfn = devfn);
}

static long release(uint8_t devfn)
{
    return PHYSDEV(release_msix, struct physdev_pci_device, .devfn = devfn);
}

static long restore(uint8_t devfn)
{
    return PHYSDEV(restore_msi_ext, struct physdev_pci_device, .devfn = devfn);
}

/* Reported twice is reported; a device need not answer. */
void devices(void)
{
    static struct {
        struct physdev_pci_device_add add;
        uint32_t proximity;
    } near = { { .devfn = CARD, .flags = XEN_PCI_DEV_PXM }, 5 };

    CHECK_EQ(add(CARD, 0, 0), 0);
    CHECK_EQ(add(CARD, 0, 0), 0);
    CHECK_EQ(restore(CARD), 0);
    CHECK_EQ(prepare(CARD), 0);
    CHECK_EQ(prepare(CARD), -XEN_EBUSY);
    CHECK_EQ(release(CARD), 0);
    CHECK_EQ(release(CARD), -XEN_EBUSY);
    CHECK_EQ(remove(CARD), 0);
    CHECK_EQ(remove(CARD), -XEN_ENODEV);
    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_pci_device_add, &near), 0);
    near.proximity = ~0u;
    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_pci_device_add, &near), 0);
    CHECK_EQ(remove(CARD), 0);
    CHECK_EQ(add(NOWHERE, 0x80, 0), 0);
    CHECK_EQ(add(NOWHERE, XEN_PCI_DEV_EXTFN, 0), 0);
    CHECK_EQ(remove(NOWHERE), 0);
}

void devices_old(void)
{
    struct physdev_manage_pci card = { .devfn = CARD };
    struct physdev_manage_pci_ext more = { .devfn = CARD };

    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_manage_pci_add, &card), 0);
    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_manage_pci_add, &card), 0);
    CHECK_EQ(PHYSDEV(restore_msi, struct physdev_restore_msi, .devfn = CARD), 0);
    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_manage_pci_remove, &card), 0);
    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_manage_pci_remove, &card), -XEN_ENODEV);
    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_manage_pci_add_ext, &more), 0);
    more.is_extfn = 1;
    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_manage_pci_add_ext, &more), 0);
    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_manage_pci_remove, &card), 0);
    more.is_extfn = 2;
    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_manage_pci_add_ext, &more), -XEN_EINVAL);
    more = (struct physdev_manage_pci_ext){ .devfn = CARD, .is_virtfn = ~0u };
    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_manage_pci_add_ext, &more), -XEN_EINVAL);
    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_manage_pci_remove, &card), -XEN_ENODEV);
}

void devices_hostile(void)
{
    CHECK_EQ(prepare(NOWHERE), -XEN_ENODEV);
    CHECK_EQ(release(NOWHERE), -XEN_ENODEV);
    CHECK_EQ(restore(NOWHERE), -XEN_ENODEV);
    CHECK_EQ(PHYSDEV(restore_msi, struct physdev_restore_msi, .devfn = NOWHERE), -XEN_ENODEV);
    CHECK_EQ(PHYSDEV(pci_device_remove, struct physdev_pci_device, .seg = 0xffff), -XEN_ENODEV);
    CHECK_UNREADABLE(manage_pci_add);
    CHECK_UNREADABLE(manage_pci_remove);
    CHECK_UNREADABLE(manage_pci_add_ext);
    CHECK_UNREADABLE(pci_device_add);
    CHECK_UNREADABLE(pci_device_remove);
    CHECK_UNREADABLE(restore_msi);
    CHECK_UNREADABLE(restore_msi_ext);
    CHECK_UNREADABLE(prepare_msix);
    CHECK_UNREADABLE(release_msix);
    if (!tells_why())
        return skip("another hypervisor panics when a device without MSI-X is prepared");
    CHECK_EQ(add(0, 0, 0), 0);
    CHECK_EQ(prepare(0), -XEN_ENODEV);
    CHECK_EQ(release(0), -XEN_ENODEV);
    CHECK_EQ(remove(0), 0);
}

#define WINDOW 0xb0000000           /* where this machine has it */

static long reserve(uint64_t address, uint16_t segment, uint8_t first, uint8_t last, uint32_t flags)
{
    return PHYSDEV(pci_mmcfg_reserved, struct physdev_pci_mmcfg_reserved, .address = address, .segment = segment,
                   .start_bus = first, .end_bus = last, .flags = flags);
}

void config_window(void)
{
    for (unsigned int i = 0; i < 3; i++) {
        CHECK_EQ(reserve(WINDOW, 0, 0, 255, XEN_PCI_MMCFG_RESERVED), 0);
        CHECK_EQ(reserve(WINDOW, 0, 0, 255, 0), 0);
    }
    CHECK_EQ(reserve(WINDOW, 0, 0, 255, XEN_PCI_MMCFG_RESERVED), 0);
    CHECK_EQ(reserve(WINDOW, 0, 0, 255, 2), -XEN_EINVAL);
    CHECK_EQ(reserve(WINDOW, 0, 0, 255, ~0u), -XEN_EINVAL);
    CHECK_EQ(reserve(WINDOW, 0, 0, 100, 1), -XEN_ENODEV);
    CHECK_EQ(reserve(WINDOW, 0, 1, 255, 1), -XEN_ENODEV);
    CHECK_EQ(reserve(WINDOW, 0, 9, 3, 1), -XEN_ENODEV);
    CHECK_EQ(reserve(WINDOW, 1, 0, 255, 1), -XEN_ENODEV);
    CHECK_EQ(reserve(WINDOW + 1, 0, 0, 255, 1), -XEN_EIO);
    CHECK_EQ(reserve(0, 0, 0, 255, 1), -XEN_EIO);
    CHECK_EQ(reserve(HYPERVISOR_ADDRESS, 0, 0, 255, 1), -XEN_EIO);
    CHECK_UNREADABLE(pci_mmcfg_reserved);
}

/* There is no console on a debug port: what is said of it is taken note of. */
void debug_port(void)
{
    CHECK_EQ(PHYSDEV(dbgp_op, struct physdev_dbgp_op, .op = PHYSDEVOP_DBGP_RESET_PREPARE), 0);
    CHECK_EQ(PHYSDEV(dbgp_op, struct physdev_dbgp_op, .op = PHYSDEVOP_DBGP_RESET_DONE,
                     .bus = PHYSDEVOP_DBGP_BUS_PCI), 0);
    CHECK_UNREADABLE(dbgp_op);
}
