/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Message signalled interrupts of domain 0's devices. Domain 0 names device and entry; the message (which
 * CPU, which vector) is ours, written to the device's capability or MSI-X table. PCI Local Bus Specification
 * 3.0, 6.8.
 */
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/pci.h>
#include <xen/sched.h>
#include <asm/apic.h>
#include <asm/io.h>
#include <asm/irq.h>

#define MSI_CONTROL      2
#define MSI_ENABLE       0x0001
#define MSI_MULTI_ENABLE 0x0070
#define MSI_64BIT        0x0080
#define MSI_MASKABLE     0x0100
#define MSIX_TABLE       4
#define MSIX_ENABLE      0x8000
#define MSIX_MASKALL     0x4000
#define MSIX_SIZE        0x07ff
#define MSIX_ENTRY_BYTES 16
#define MSIX_VECTOR_CTRL 12
#define MSI_ADDRESS_BASE 0xfee00000u

struct msi_desc {
    struct list_head list;
    pci_sbdf_t dev;
    unsigned cap, entry, irq;
    bool msix, is64, maskable;
    void *table_entry;                /* MSI-X: mapped */
};

static LIST_HEAD(msi_list);
static DEFINE_SPINLOCK(msi_lock);     /* the list; outside desc->lock */

static unsigned mask_register(const struct msi_desc *m)
{
    return m->cap + (m->is64 ? 0x10 : 0x0c);
}

/* Does the device decode its memory? Else its MSI-X table can't be touched. */
static bool memory_on(const struct msi_desc *m)
{
    return pci_read(m->dev, PCI_COMMAND, 2) & PCI_COMMAND_MEMORY;
}

/* Holder of desc->lock, as below. */
void msi_set_mask(struct irq_desc *desc, bool mask)
{
    struct msi_desc *m = desc->msi;

    if (!m)
        return;
    if (m->msix) {
        if (memory_on(m)) {
            writel(mask, (char *)m->table_entry + MSIX_VECTOR_CTRL);
            readl((char *)m->table_entry + MSIX_VECTOR_CTRL);
        }
    } else if (m->maskable) {
        uint32_t bits = pci_read(m->dev, mask_register(m), 4);

        pci_write(m->dev, mask_register(m), 4, mask ? bits | 1 : bits & ~1u);
    }
}

static void write_msix(const struct msi_desc *m, uint32_t addr_hi, uint32_t addr, uint32_t data)
{
    char *e = m->table_entry;
    uint32_t ctrl;

    if (!memory_on(m))
        return;
    ctrl = readl(e + MSIX_VECTOR_CTRL);
    writel(ctrl | 1, e + MSIX_VECTOR_CTRL);      /* never a mix of old and new */
    writel(addr, e);
    writel(addr_hi, e + 4);
    writel(data, e + 8);
    writel(ctrl, e + MSIX_VECTOR_CTRL);
    readl(e + MSIX_VECTOR_CTRL);
}

static void write_msi(const struct msi_desc *m, uint32_t addr_hi, uint32_t addr, uint32_t data)
{
    uint16_t control = pci_read(m->dev, m->cap + MSI_CONTROL, 2);

    pci_write(m->dev, m->cap + MSI_CONTROL, 2, control & ~(MSI_ENABLE | MSI_MULTI_ENABLE));
    pci_write(m->dev, m->cap + 4, 4, addr);
    if (m->is64)
        pci_write(m->dev, m->cap + 8, 4, addr_hi);
    pci_write(m->dev, m->cap + (m->is64 ? 12 : 8), 2, data);
    pci_write(m->dev, m->cap + MSI_CONTROL, 2, (control & ~MSI_MULTI_ENABLE) | MSI_ENABLE);
}

void msi_write(struct irq_desc *desc)
{
    const struct msi_desc *m = desc->msi;
    uint32_t dest = cpu_to_apicid[desc->cpu];
    uint32_t addr = MSI_ADDRESS_BASE | ((dest & 0xff) << 12);

    if (!m)
        return;
    if (m->msix)
        write_msix(m, 0, addr, desc->vector);
    else
        write_msi(m, 0, addr, desc->vector);
}

/* The physical address of an MSI-X entry, from the table's BAR. 0: bad */
static paddr_t msix_entry_address(const struct msi_desc *m)
{
    uint32_t table = pci_read(m->dev, m->cap + MSIX_TABLE, 4);
    unsigned bar = PCI_BAR0 + 4 * (table & 7);
    uint32_t low;
    paddr_t base;

    if ((table & 7) > 5)
        return 0;
    low = pci_read(m->dev, bar, 4);
    if (low & 1)
        return 0;
    base = low & ~0xfu;
    if ((low & 6) == 4)
        base |= (paddr_t)pci_read(m->dev, bar + 4, 4) << 32;
    return base ? base + (table & ~7u) + m->entry * MSIX_ENTRY_BYTES : 0;
}

static int find_entry(struct msi_desc *m)
{
    uint16_t control;

    m->cap = pci_find_capability(m->dev, m->msix ? PCI_CAP_MSIX : PCI_CAP_MSI);
    if (!m->cap)
        return refuse(-ENODEV, "map_pirq: the device has no such capability");
    control = pci_read(m->dev, m->cap + MSI_CONTROL, 2);
    if (m->msix) {
        paddr_t at;

        if (m->entry > (control & MSIX_SIZE))
            return refuse(-EINVAL, "map_pirq: no such MSI-X entry");
        at = msix_entry_address(m);
        if (!at || !memory_on(m))
            return refuse(-ENXIO, "map_pirq: the MSI-X table is not in memory space");
        m->table_entry = ioremap(at, MSIX_ENTRY_BYTES);
        if (!m->table_entry)
            return -ENOMEM;
    } else {
        m->is64 = control & MSI_64BIT;
        m->maskable = control & MSI_MASKABLE;
    }
    return 0;
}

static bool is_mapped(const struct msi_desc *like)
{
    const struct msi_desc *m;

    list_for_each(m, &msi_list, list)
        if (pci_is_same(m->dev, like->dev) && m->msix == like->msix && m->entry == like->entry)
            return true;
    return false;
}

bool msi_is_mapped(pci_sbdf_t dev, bool msix)
{
    const struct msi_desc *m;
    bool found = false;

    spin_lock(&msi_lock);
    list_for_each(m, &msi_list, list)
        found |= pci_is_same(m->dev, dev) && m->msix == msix;
    spin_unlock(&msi_lock);
    return found;
}

/* Make irq (from irq_alloc_msi) the device's MSI, or its MSI-X entry; masked. 0 or -errno */
int msi_map(pci_sbdf_t dev, bool msix, unsigned entry, unsigned irq)
{
    struct msi_desc *m = xzalloc(struct msi_desc);
    struct irq_desc *desc = irq_to_desc(irq);
    unsigned long flags;
    int err;

    if (!m)
        return -ENOMEM;
    *m = (struct msi_desc) { .dev = dev, .entry = msix ? entry : 0, .irq = irq, .msix = msix };
    spin_lock(&msi_lock);
    err = is_mapped(m) ? refuse(-EEXIST, "map_pirq: this message is mapped already") : find_entry(m);
    if (err) {
        spin_unlock(&msi_lock);
        xfree(m);
        return err;
    }
    list_add(&m->list, &msi_list);
    spin_lock_irqsave(&desc->lock, flags);
    desc->msi = m;
    msi_set_mask(desc, true);
    spin_unlock_irqrestore(&desc->lock, flags);
    spin_unlock(&msi_lock);
    return 0;
}

/* The irq is nobody's any more. */
void msi_unmap(unsigned irq)
{
    struct irq_desc *desc = irq_to_desc(irq);
    struct msi_desc *m;
    unsigned long flags;

    spin_lock(&msi_lock);
    spin_lock_irqsave(&desc->lock, flags);
    m = desc->msi;
    irq_shutdown(desc);
    desc->msi = NULL;
    desc->kind = IRQ_NONE;
    spin_unlock_irqrestore(&desc->lock, flags);
    if (m) {
        if (!m->msix) {
            uint16_t control = pci_read(m->dev, m->cap + MSI_CONTROL, 2);

            pci_write(m->dev, m->cap + MSI_CONTROL, 2, control & ~MSI_ENABLE);
        }
        list_del(&m->list);
    }
    spin_unlock(&msi_lock);
    if (m && m->table_entry)
        iounmap(m->table_entry, MSIX_ENTRY_BYTES);
    xfree(m);
}

static void restore_one(const struct msi_desc *m)
{
    struct irq_desc *desc = irq_to_desc(m->irq);
    unsigned long flags;

    spin_lock_irqsave(&desc->lock, flags);
    if (m->msix)
        pci_write(m->dev, m->cap + MSI_CONTROL, 2, pci_read(m->dev, m->cap + MSI_CONTROL, 2) | MSIX_ENABLE);
    if (desc->vector)
        msi_write(desc);
    msi_set_mask(desc, desc->masked);
    spin_unlock_irqrestore(&desc->lock, flags);
}

/* The device was reset or slept: write its messages again. */
int msi_restore(pci_sbdf_t dev)
{
    const struct msi_desc *m;

    spin_lock(&msi_lock);
    list_for_each(m, &msi_list, list)
        if (pci_is_same(m->dev, dev))
            restore_one(m);
    spin_unlock(&msi_lock);
    return 0;
}
