/* SPDX-License-Identifier: GPL-2.0-only */
/* Physical interrupts: descriptors, dispatch, and those the hypervisor owns itself. */
#include <xen/acpi.h>
#include <xen/console.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/percpu.h>
#include <xen/perfc.h>
#include <xen/sched.h>
#include <xen/smp.h>
#include <asm/apic.h>
#include <asm/irq.h>
#include <asm/init.h>

#define NR_MSI_IRQS 512

struct irq_desc *irq_descs read_mostly;
unsigned nr_irqs;
static void (*direct_vectors[256])(void) read_mostly;

void set_direct_vector(uint8_t vector, void (*handler)(void))
{
    direct_vectors[vector] = handler;
}

/* ---- one irq: the caller holds its lock ---- */

void irq_mask(struct irq_desc *desc)
{
    desc->masked = true;
    if (desc->kind == IRQ_IOAPIC)
        ioapic_mask(desc_to_irq(desc));
    else if (desc->kind == IRQ_MSI)
        msi_set_mask(desc, true);
}

void irq_unmask(struct irq_desc *desc)
{
    desc->masked = false;
    if (desc->kind == IRQ_IOAPIC)
        ioapic_unmask(desc_to_irq(desc));
    else if (desc->kind == IRQ_MSI)
        msi_set_mask(desc, false);
}

static void route(struct irq_desc *desc)
{
    if (desc->kind == IRQ_IOAPIC)
        ioapic_route(desc_to_irq(desc), desc);
    else if (desc->kind == IRQ_MSI)
        msi_write(desc);
}

/* To a CPU of the set, or to another if those have no vector left. */
int irq_startup(struct irq_desc *desc, const cpumask_t *preferred)
{
    int err = irq_assign_vector(desc, preferred);

    if (err)
        err = irq_assign_vector(desc, &cpu_online_map);
    if (err)
        return err;
    route(desc);
    irq_unmask(desc);
    return 0;
}

void irq_shutdown(struct irq_desc *desc)
{
    irq_mask(desc);
    irq_release_vectors(desc);
}

/*
 * To a CPU of the set, if it is not on one already. An edge that comes while the pin is masked would be lost:
 * MSIs are not masked.
 */
void irq_move(struct irq_desc *desc, const cpumask_t *allowed)
{
    bool was_masked = desc->masked;

    if (!desc->vector || cpumask_test(desc->cpu, allowed) || irq_assign_vector(desc, allowed))
        return;
    route(desc);
    if (!was_masked && desc->kind == IRQ_IOAPIC)
        ioapic_unmask(desc_to_irq(desc));
}

/* ---- the hypervisor's own ---- */

int setup_irq(unsigned irq, irq_handler_t handler, void *data, const char *name)
{
    struct irq_desc *desc;
    unsigned long flags;
    int err = -EBUSY;

    if (irq >= nr_irqs || irq_to_desc(irq)->kind == IRQ_NONE)
        return -EINVAL;
    desc = irq_to_desc(irq);
    spin_lock_irqsave(&desc->lock, flags);
    if (!desc->handler && !desc->nr_guests) {
        desc->handler = handler;
        desc->data = data;
        desc->name = name;
        err = irq_startup(desc, &cpu_online_map);
        if (err)
            desc->handler = NULL;
    }
    spin_unlock_irqrestore(&desc->lock, flags);
    return err;
}

void release_irq(unsigned irq)
{
    struct irq_desc *desc = irq_to_desc(irq);
    unsigned long flags;

    spin_lock_irqsave(&desc->lock, flags);
    irq_shutdown(desc);
    desc->handler = NULL;
    desc->name = NULL;
    spin_unlock_irqrestore(&desc->lock, flags);
}

int irq_alloc_msi(void)
{
    for (unsigned irq = nr_irqs_gsi; irq < nr_irqs; irq++) {
        struct irq_desc *desc = irq_to_desc(irq);
        unsigned long flags;
        bool got;

        spin_lock_irqsave(&desc->lock, flags);
        got = desc->kind == IRQ_NONE;
        if (got) {
            desc->kind = IRQ_MSI;
            desc->masked = true;
            desc->level = false;
            desc->count = 0;
        }
        spin_unlock_irqrestore(&desc->lock, flags);
        if (got)
            return irq;
    }
    return -ENOSPC;
}

/* ---- dispatch ---- */

static void unexpected(unsigned vector)
{
    if (vector >= LEGACY_VECTOR + 16)
        ack_apic_irq();
    printk(LOG_DEBUG "CPU%u: no handler for vector %#x\n", smp_processor_id(), vector);
}

static void handle_own(struct irq_desc *desc, struct cpu_user_regs *regs)
{
    irq_handler_t handler = desc->handler;
    void *data = desc->data;

    spin_unlock(&desc->lock);
    if (!desc->level)
        ack_apic_irq();
    handler(desc_to_irq(desc), data, regs);
    if (desc->level)
        ack_apic_irq();
}

static void handle_irq(struct irq_desc *desc, struct cpu_user_regs *regs)
{
    spin_lock(&desc->lock);
    desc->count++;
    if (desc->handler) {
        handle_own(desc, regs);
    } else if (desc->nr_guests) {
        /* A level stays asserted until the guest's driver has served it: quiet till its EOI. */
        if (desc->level)
            irq_mask(desc);
        ack_apic_irq();
        irq_to_guests(desc);
    } else {
        irq_mask(desc);
        ack_apic_irq();
        spin_unlock(&desc->lock);
    }
}

void do_IRQ(struct cpu_user_regs *regs)
{
    uint8_t vector = regs->entry_vector;
    void (*direct)(void) = direct_vectors[vector];
    int irq;

    perfc_incr(irqs);
    if (direct) {
        if (vector != SPURIOUS_APIC_VECTOR)
            ack_apic_irq();
        direct();
        return;
    }
    irq = vector_to_irq(smp_processor_id(), vector);
    if (irq < 0)
        unexpected(vector);
    else
        handle_irq(irq_to_desc(irq), regs);
}

/* ---- boot ---- */

static init_text void init_gsi(unsigned gsi)
{
    struct irq_desc *desc = irq_to_desc(gsi);

    desc->kind = ioapic_has_gsi(gsi) ? IRQ_IOAPIC : IRQ_NONE;
    desc->level = desc->low = gsi >= ACPI_ISA_IRQS;
    for (unsigned i = 0; i < ACPI_ISA_IRQS; i++)
        if (acpi.isa[i].gsi == gsi && (acpi.isa[i].level || i == gsi)) {
            desc->level = acpi.isa[i].level;
            desc->low = acpi.isa[i].low;
        }
}

init_text void irq_init(void)
{
    i8259_init();
    ioapic_init();
    nr_irqs = nr_irqs_gsi + NR_MSI_IRQS;
    irq_descs = xzalloc_array(struct irq_desc, nr_irqs);
    if (!irq_descs)
        panic("no memory for %u interrupt descriptors", nr_irqs);
    for (unsigned i = 0; i < nr_irqs; i++) {
        spin_lock_init(&irq_to_desc(i)->lock);
        irq_to_desc(i)->masked = true;
    }
    for (unsigned gsi = 0; gsi < nr_irqs_gsi; gsi++)
        init_gsi(gsi);
    printk(LOG_INFO "Interrupts: %u lines, %u messages\n", nr_irqs_gsi, NR_MSI_IRQS);
}

static void show_irqs(char key)
{
    static const char *const kinds[] = { "none", "IO-APIC", "MSI" };

    for (unsigned i = 0; i < nr_irqs; i++) {
        const struct irq_desc *desc = irq_to_desc(i);

        if (!desc->handler && !desc->nr_guests)
            continue;
        printk(" irq %3u %-7s %s%s vector %02x CPU %u count %lu", i, kinds[desc->kind],
               desc->level ? "level" : "edge", desc->masked ? " masked" : "", desc->vector, desc->cpu,
               desc->count);
        if (desc->handler)
            printk(" %s", desc->name);
        for (unsigned g = 0; g < desc->nr_guests; g++)
            printk(" d%u:pirq %u(port %u%s)", desc->guest[g].d->domain_id, desc->guest[g].pirq->pirq,
                   desc->guest[g].pirq->evtchn, desc->guest[g].pirq->masked ? ", in flight" : "");
        printk("\n");
    }
}
debug_key('i', "show interrupts", show_irqs);
