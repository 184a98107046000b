/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the hypervisor needs of the ACPI tables, gathered once at boot. No AML: that is domain 0's.
 * drivers/acpi
 */
#ifndef XEN_ACPI_H
#define XEN_ACPI_H

#include <xen/types.h>

#define ACPI_MAX_CPUS    256
#define ACPI_MAX_IOAPICS 64
#define ACPI_MAX_MCFG    16
#define ACPI_ISA_IRQS    16

struct acpi_header {
    char signature[4];
    uint32_t length;
    uint8_t revision, checksum;
    char oem_id[6], oem_table_id[8];
    uint32_t oem_revision, creator_id, creator_revision;
} packed_struct;

/* Generic address structure */
struct acpi_gas { uint8_t space, bits, offset, access; uint64_t address; } packed_struct;
enum { ACPI_SPACE_MEMORY, ACPI_SPACE_IO, ACPI_SPACE_PCI };

struct acpi_info {
    bool present;
    paddr_t lapic_base;
    unsigned nr_cpus;
    struct { uint32_t apic_id, acpi_id; } cpu[ACPI_MAX_CPUS];      /* enabled ones */
    unsigned nr_ioapics;
    struct { uint32_t id, gsi_base; paddr_t base; } ioapic[ACPI_MAX_IOAPICS];
    struct { uint32_t gsi; bool level, low; } isa[ACPI_ISA_IRQS];
    paddr_t hpet_base;
    uint16_t pm_timer_port;             /* 0: none */
    bool pm_timer_32bit;
    uint16_t pm1a_status, pm1b_status;
    struct acpi_gas pm1a_control, pm1b_control, sleep_control, sleep_status, reset_reg;
    uint8_t reset_value, century;
    bool has_reset, hw_reduced, has_cmos;
    uint16_t sci, boot_flags;
    unsigned nr_mcfg;
    struct { paddr_t base; uint16_t segment; uint8_t start_bus, end_bus; } mcfg[ACPI_MAX_MCFG];
    paddr_t rsdp;
};
extern struct acpi_info acpi;

void acpi_init(void);                   /* before the allocator: uses the early direct map of 4 GiB */
/*
 * One table mapped and checksummed, the instance-th of that name; NULL: none. Until the next call only if
 * above 4 GiB.
 */
const struct acpi_header *acpi_find_table(const char *signature, unsigned instance);
/* For each entry after the MADT's head. */
void acpi_parse_madt(const struct acpi_header *madt);
void acpi_parse_fadt(const struct acpi_header *fadt);
/* Domain 0's kernel has done the rest: write the sleep registers. Returns after a wake-up, or -errno. */
struct xenpf_enter_acpi_sleep;
int acpi_enter_sleep(const struct xenpf_enter_acpi_sleep *op);
bool acpi_reset(void);                  /* false: no reset register */
uint32_t acpi_gas_read(const struct acpi_gas *reg, unsigned bytes);
void acpi_gas_write(const struct acpi_gas *reg, uint32_t value, unsigned bytes);

#endif
