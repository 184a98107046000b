/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The multiple APIC description table: processors, I/O APICs, how ISA interrupts are wired. ACPI 6.4, 5.2.12.
 */
#include <xen/acpi.h>
#include <xen/lib.h>

enum { MADT_LAPIC, MADT_IOAPIC, MADT_OVERRIDE, MADT_NMI_SOURCE, MADT_LAPIC_NMI,
       MADT_LAPIC_ADDRESS, MADT_X2APIC = 9 };
#define LAPIC_ENABLED 1

struct madt { struct acpi_header h; uint32_t lapic, flags; } packed_struct;
struct entry { uint8_t type, length; } packed_struct;
struct lapic { struct entry e; uint8_t acpi_id, apic_id; uint32_t flags; } packed_struct;
struct ioapic { struct entry e; uint8_t id, reserved; uint32_t base, gsi_base; } packed_struct;
struct override { struct entry e; uint8_t bus, irq; uint32_t gsi; uint16_t flags; } packed_struct;
struct lapic_address { struct entry e; uint16_t reserved; uint64_t base; } packed_struct;
struct x2apic { struct entry e; uint16_t reserved; uint32_t apic_id, flags, acpi_id; } packed_struct;

static init_text void add_cpu(uint32_t apic_id, uint32_t acpi_id, uint32_t flags)
{
    if (!(flags & LAPIC_ENABLED) || acpi.nr_cpus == ACPI_MAX_CPUS)
        return;
    acpi.cpu[acpi.nr_cpus].apic_id = apic_id;
    acpi.cpu[acpi.nr_cpus++].acpi_id = acpi_id;
}

static init_text void add_ioapic(const struct ioapic *io)
{
    if (acpi.nr_ioapics == ACPI_MAX_IOAPICS)
        return;
    acpi.ioapic[acpi.nr_ioapics].id = io->id;
    acpi.ioapic[acpi.nr_ioapics].base = io->base;
    acpi.ioapic[acpi.nr_ioapics++].gsi_base = io->gsi_base;
}

/* Flags: bits 0-1 polarity (1 high, 3 low), 2-3 trigger (1 edge, 3 level); 0 is the bus's own: high, edge. */
static init_text void add_override(const struct override *o)
{
    if (o->bus != 0 || o->irq >= ACPI_ISA_IRQS)
        return;
    acpi.isa[o->irq].gsi = o->gsi;
    acpi.isa[o->irq].low = (o->flags & 3) == 3;
    acpi.isa[o->irq].level = ((o->flags >> 2) & 3) == 3;
}

static init_text void parse_entry(const struct entry *e)
{
    const struct lapic *l = (const void *)e;
    const struct x2apic *x = (const void *)e;

    switch (e->type) {
    case MADT_LAPIC:         add_cpu(l->apic_id, l->acpi_id, l->flags); break;
    case MADT_X2APIC:        add_cpu(x->apic_id, x->acpi_id, x->flags); break;
    case MADT_IOAPIC:        add_ioapic((const void *)e); break;
    case MADT_OVERRIDE:      add_override((const void *)e); break;
    case MADT_LAPIC_ADDRESS: acpi.lapic_base = ((const struct lapic_address *)e)->base; break;
    }
}

init_text void acpi_parse_madt(const struct acpi_header *h)
{
    static const uint8_t least[] = { [MADT_LAPIC] = 8, [MADT_IOAPIC] = 12, [MADT_OVERRIDE] = 10,
                                     [MADT_LAPIC_ADDRESS] = 12, [MADT_X2APIC] = 16 };
    const char *at = (const char *)h + sizeof(struct madt), *end = (const char *)h + h->length;

    if (h->length < sizeof(struct madt))
        return;
    acpi.lapic_base = ((const struct madt *)h)->lapic;
    while (at + sizeof(struct entry) <= end) {
        const struct entry *e = (const void *)at;

        if (e->length < sizeof(*e) || at + e->length > end)
            break;
        if (e->type >= ARRAY_SIZE(least) || e->length >= least[e->type])
            parse_entry(e);
        at += e->length;
    }
}
