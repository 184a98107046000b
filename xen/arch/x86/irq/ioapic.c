/* SPDX-License-Identifier: GPL-2.0-only */
/* I/O APICs: each pin is a GSI. Registers: Intel 82093AA data sheet. */
#include <xen/acpi.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <xen/spinlock.h>
#include <asm/apic.h>
#include <asm/io.h>
#include <asm/irq.h>

#define IOAPIC_WINDOW    0x10
#define IOAPIC_REG_VER   1
#define IOAPIC_REG_RTE(pin) (0x10 + 2 * (pin))
#define RTE_MASKED       (1u << 16)
#define RTE_LEVEL        (1u << 15)
#define RTE_LOW          (1u << 13)
#define RTE_DELIVERY     0x700      /* mode: 0, to the CPU named, or */
#define RTE_LOWEST       0x100      /* to that of lowest priority; more are no interrupts */

struct ioapic { volatile char *base; unsigned gsi_base, pins; };

static struct ioapic ioapics[ACPI_MAX_IOAPICS];
static unsigned nr_ioapics;
static DEFINE_SPINLOCK(ioapic_lock);        /* register selection; inside desc->lock */
unsigned nr_irqs_gsi;

static uint32_t reg_read(const struct ioapic *io, unsigned reg)
{
    writel(reg, io->base);
    return readl(io->base + IOAPIC_WINDOW);
}

static void reg_write(const struct ioapic *io, unsigned reg, uint32_t v)
{
    writel(reg, io->base);
    writel(v, io->base + IOAPIC_WINDOW);
}

static struct ioapic *find(unsigned gsi)
{
    for (unsigned i = 0; i < nr_ioapics; i++)
        if (gsi >= ioapics[i].gsi_base && gsi - ioapics[i].gsi_base < ioapics[i].pins)
            return &ioapics[i];
    return NULL;
}

bool ioapic_has_gsi(unsigned gsi)
{
    return find(gsi) != NULL;
}

static void change_mask(unsigned gsi, bool mask)
{
    const struct ioapic *io = find(gsi);
    unsigned long flags;
    unsigned reg;

    if (!io)
        return;
    reg = IOAPIC_REG_RTE(gsi - io->gsi_base);
    spin_lock_irqsave(&ioapic_lock, flags);
    reg_write(io, reg, (reg_read(io, reg) & ~RTE_MASKED) | (mask ? RTE_MASKED : 0));
    spin_unlock_irqrestore(&ioapic_lock, flags);
}

void ioapic_mask(unsigned gsi)
{
    change_mask(gsi, true);
}

void ioapic_unmask(unsigned gsi)
{
    change_mask(gsi, false);
}

/* Program the pin for the irq's CPU, vector and trigger mode; masked. */
void ioapic_route(unsigned gsi, const struct irq_desc *desc)
{
    const struct ioapic *io = find(gsi);
    unsigned long flags;
    unsigned reg;

    if (!io)
        return;
    reg = IOAPIC_REG_RTE(gsi - io->gsi_base);
    spin_lock_irqsave(&ioapic_lock, flags);
    reg_write(io, reg, RTE_MASKED | desc->vector | (desc->level ? RTE_LEVEL : 0) | (desc->low ? RTE_LOW : 0));
    reg_write(io, reg + 1, cpu_to_apicid[desc->cpu] << 24);
    spin_unlock_irqrestore(&ioapic_lock, flags);
}

static bool in_use(const struct irq_desc *desc)
{
    return desc->handler || desc->nr_guests;
}

/* How a line signals, as domain 0 learnt from AML: once, and before it is used. */
int gsi_setup(unsigned gsi, bool level, bool low)
{
    struct irq_desc *desc;
    unsigned long flags;
    int err = 0;

    if (gsi >= nr_irqs_gsi || !ioapic_has_gsi(gsi))
        return refuse(-EINVAL, "setup_gsi: no such line");
    desc = irq_to_desc(gsi);
    spin_lock_irqsave(&desc->lock, flags);
    if (desc->set_up || in_use(desc)) {
        err = refuse(-EEXIST, "setup_gsi: the line has been set up, or is in use");
    } else {
        desc->level = level;
        desc->low = low;
        desc->set_up = true;
    }
    spin_unlock_irqrestore(&desc->lock, flags);
    return err;
}

static const struct ioapic *find_by_address(paddr_t base)
{
    for (unsigned i = 0; i < nr_ioapics; i++)
        if (acpi.ioapic[i].base == base)
            return &ioapics[i];
    return NULL;
}

/* Domain 0 may look at the registers. */
int ioapic_guest_read(paddr_t base, uint32_t reg, uint32_t *value)
{
    const struct ioapic *io = find_by_address(base);
    unsigned long flags;

    if (!io)
        return refuse(-EINVAL, "apic_read: no such I/O APIC");
    spin_lock_irqsave(&ioapic_lock, flags);
    *value = reg_read(io, reg & 0xff);
    spin_unlock_irqrestore(&ioapic_lock, flags);
    return 0;
}

static void set_trigger_mode(struct irq_desc *desc, bool level, bool low)
{
    unsigned long flags;

    spin_lock_irqsave(&desc->lock, flags);
    if (!in_use(desc)) {
        desc->level = level;
        desc->low = low;
    }
    spin_unlock_irqrestore(&desc->lock, flags);
}

/* Of what it writes only trigger mode and polarity of a pin that is not in use have an effect here. */
int ioapic_guest_write(paddr_t base, uint32_t reg, uint32_t value)
{
    const struct ioapic *io = find_by_address(base);
    unsigned pin = (reg - IOAPIC_REG_RTE(0)) / 2;

    if (!io)
        return refuse(-EINVAL, "apic_write: no such I/O APIC");
    if (reg < IOAPIC_REG_RTE(0))
        return -ENOENT;
    if (pin >= io->pins)
        return refuse(-EINVAL, "apic_write: no such pin");
    if (reg & 1)
        return -ENOENT;
    if ((value & RTE_DELIVERY) > RTE_LOWEST)
        return refuse(-EINVAL, "apic_write: an interrupt is delivered in no other way than as one");
    set_trigger_mode(irq_to_desc(io->gsi_base + pin), value & RTE_LEVEL, value & RTE_LOW);
    return value & RTE_MASKED ? -ENOENT : (int)(io->gsi_base + pin);
}

static init_text void add(unsigned nr)
{
    struct ioapic *io = &ioapics[nr_ioapics++];

    set_fixmap(FIX_IOAPIC_FIRST + nr, acpi.ioapic[nr].base & PAGE_MASK, PAGE_HYPERVISOR_UC);
    io->base = (char *)fix_to_virt(FIX_IOAPIC_FIRST + nr) + (acpi.ioapic[nr].base & ~PAGE_MASK);
    io->gsi_base = acpi.ioapic[nr].gsi_base;
    io->pins = ((reg_read(io, IOAPIC_REG_VER) >> 16) & 0xff) + 1;
    for (unsigned pin = 0; pin < io->pins; pin++)
        reg_write(io, IOAPIC_REG_RTE(pin), RTE_MASKED);
    nr_irqs_gsi = max(nr_irqs_gsi, io->gsi_base + io->pins);
    printk(LOG_INFO "I/O APIC %u at %#lx: GSI %u-%u\n", acpi.ioapic[nr].id,
           (unsigned long)acpi.ioapic[nr].base, io->gsi_base, io->gsi_base + io->pins - 1);
}

/* Maps all, masks all, and so knows how many GSIs there are. */
init_text void ioapic_init(void)
{
    nr_irqs_gsi = ACPI_ISA_IRQS;
    for (unsigned i = 0; i < acpi.nr_ioapics; i++)
        add(i);
}
