/* SPDX-License-Identifier: GPL-2.0-only */
/* PCI configuration space and the devices domain 0 has told us of. drivers/pci */
#ifndef XEN_PCI_H
#define XEN_PCI_H

#include <xen/list.h>
#include <xen/types.h>

typedef struct { uint16_t seg; uint8_t bus, devfn; } pci_sbdf_t;

static inline bool pci_is_same(pci_sbdf_t a, pci_sbdf_t b)
{
    return a.seg == b.seg && a.bus == b.bus && a.devfn == b.devfn;
}

#define PCI_COMMAND         0x04
#define PCI_COMMAND_MEMORY  0x2
#define PCI_STATUS          0x06
#define PCI_STATUS_CAPS     0x10
#define PCI_BAR0            0x10
#define PCI_CAP_LIST        0x34
#define PCI_CAP_MSI         0x05
#define PCI_CAP_MSIX        0x11

/* size: 1, 2, 4. All ones where there is nothing. Any context. */
uint32_t pci_read(pci_sbdf_t dev, unsigned reg, unsigned size);
void pci_write(pci_sbdf_t dev, unsigned reg, unsigned size, uint32_t value);
unsigned pci_find_capability(pci_sbdf_t dev, uint8_t id);    /* 0: none */
/* Domain 0's access by ports: the address it has put in its virtual CF8, and the byte of CFC..CFF. */
uint32_t pci_port_read(uint32_t cf8, unsigned offset, unsigned size);
void pci_port_write(uint32_t cf8, unsigned offset, unsigned size, uint32_t value);
/*
 * A window of memory-mapped configuration space may be used: domain 0 found it reserved. -ENODEV: not in the
 * ACPI table, -EIO: there at another address
 */
int pci_mmcfg_use(uint64_t address, uint16_t segment, uint8_t start_bus, uint8_t end_bus, bool use);

struct pci_dev {
    struct list_head list;
    pci_sbdf_t sbdf;
    bool is_virtfn, is_extfn, msix_prepared;
    pci_sbdf_t physfn;
    uint32_t pxm;                        /* proximity domain, ~0: unknown */
};
int pci_device_add(const struct pci_dev *like);              /* again: fine */
int pci_device_remove(pci_sbdf_t dev);
bool pci_device_known(pci_sbdf_t dev);
/* It is about to be given away, or back: -ENODEV: none such, or no MSI-X; -EBUSY: it is that already */
int pci_device_prepare_msix(pci_sbdf_t dev, bool prepare);

#endif
