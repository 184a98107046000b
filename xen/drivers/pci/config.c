/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI configuration space: by ports CF8/CFC for the first 256 bytes of segment 0, by memory (MCFG) for all
 * else. Domain 0's port accesses come through here too, so that its address and ours don't mix.
 */
#include <xen/acpi.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/pci.h>
#include <xen/reason.h>
#include <xen/spinlock.h>
#include <asm/io.h>

#define CF8 0xcf8
#define CFC 0xcfc
#define CF8_ENABLE 0x80000000u
#define BUS_BYTES (1UL << 20)

static DEFINE_SPINLOCK(port_lock);
static char *mmcfg_window[ACPI_MAX_MCFG];         /* mapped when first needed, for ever */
static bool mmcfg_usable[ACPI_MAX_MCFG];

static uint32_t port_in(uint32_t cf8, unsigned offset, unsigned size)
{
    unsigned long flags;
    uint32_t v;

    spin_lock_irqsave(&port_lock, flags);
    outl(cf8, CF8);
    v = size == 1 ? inb(CFC + offset) : size == 2 ? inw(CFC + offset) : inl(CFC);
    spin_unlock_irqrestore(&port_lock, flags);
    return v;
}

static void port_out(uint32_t cf8, unsigned offset, unsigned size, uint32_t v)
{
    unsigned long flags;

    spin_lock_irqsave(&port_lock, flags);
    outl(cf8, CF8);
    if (size == 1)
        outb(v, CFC + offset);
    else if (size == 2)
        outw(v, CFC + offset);
    else
        outl(v, CFC);
    spin_unlock_irqrestore(&port_lock, flags);
}

uint32_t pci_port_read(uint32_t cf8, unsigned offset, unsigned size)
{
    return port_in(cf8, offset & 3, size);
}

void pci_port_write(uint32_t cf8, unsigned offset, unsigned size, uint32_t value)
{
    port_out(cf8, offset & 3, size, value);
}

static uint32_t cf8_of(pci_sbdf_t dev, unsigned reg)
{
    return CF8_ENABLE | ((uint32_t)dev.bus << 16) | ((uint32_t)dev.devfn << 8) | (reg & 0xfc);
}

static void *mmcfg_address(pci_sbdf_t dev, unsigned reg)
{
    for (unsigned i = 0; i < acpi.nr_mcfg; i++)
        if (READ_ONCE(mmcfg_usable[i]) && acpi.mcfg[i].segment == dev.seg && dev.bus >= acpi.mcfg[i].start_bus &&
            dev.bus <= acpi.mcfg[i].end_bus)
            return mmcfg_window[i] + (dev.bus - acpi.mcfg[i].start_bus) * BUS_BYTES +
                ((unsigned)dev.devfn << 12) + reg;
    return NULL;
}

uint32_t pci_read(pci_sbdf_t dev, unsigned reg, unsigned size)
{
    void *at;

    if (dev.seg == 0 && reg < 256)
        return port_in(cf8_of(dev, reg), reg & 3, size);
    at = reg < 4096 ? mmcfg_address(dev, reg) : NULL;
    if (!at)
        return ~0u >> (32 - 8 * size);
    return size == 1 ? readb(at) : size == 2 ? *(volatile uint16_t *)at : readl(at);
}

void pci_write(pci_sbdf_t dev, unsigned reg, unsigned size, uint32_t value)
{
    void *at;

    if (dev.seg == 0 && reg < 256) {
        port_out(cf8_of(dev, reg), reg & 3, size, value);
        return;
    }
    at = reg < 4096 ? mmcfg_address(dev, reg) : NULL;
    if (!at)
        return;
    if (size == 1)
        writeb(value, at);
    else if (size == 2)
        *(volatile uint16_t *)at = value;
    else
        writel(value, at);
}

unsigned pci_find_capability(pci_sbdf_t dev, uint8_t id)
{
    unsigned at;

    if (!(pci_read(dev, PCI_STATUS, 2) & PCI_STATUS_CAPS))
        return 0;
    at = pci_read(dev, PCI_CAP_LIST, 1) & ~3u;
    for (unsigned limit = 48; at >= 0x40 && limit > 0; limit--) {
        if (pci_read(dev, at, 1) == id)
            return at;
        at = pci_read(dev, at + 1, 1) & ~3u;
    }
    return 0;
}

int pci_mmcfg_use(uint64_t address, uint16_t segment, uint8_t start_bus, uint8_t end_bus, bool use)
{
    for (unsigned i = 0; i < acpi.nr_mcfg; i++) {
        if (acpi.mcfg[i].segment != segment || acpi.mcfg[i].start_bus != start_bus || acpi.mcfg[i].end_bus != end_bus)
            continue;
        if (acpi.mcfg[i].base != address)
            return refuse(-EIO, "pci_mmcfg_reserved: the ACPI table has another address");
        if (use && !mmcfg_window[i])
            mmcfg_window[i] = ioremap(address + start_bus * BUS_BYTES, (end_bus - start_bus + 1) * BUS_BYTES);
        if (use && !mmcfg_window[i])
            return -ENOMEM;
        WRITE_ONCE(mmcfg_usable[i], use);
        return 0;
    }
    return refuse(-ENODEV, "pci_mmcfg_reserved: not in the ACPI table");
}
