/* SPDX-License-Identifier: GPL-2.0-only */
/* Finding the ACPI tables, and gathering what they say into `acpi`. ACPI Specification 6.4, chapter 5. */
#include <xen/acpi.h>
#include <xen/lib.h>
#include <asm/boot.h>
#include <asm/page.h>
#include <asm/processor.h>

#define RSDP_SIGNATURE "RSD PTR "
#define EARLY_LIMIT    (1UL << 32)

struct rsdp {
    char signature[8];
    uint8_t checksum;
    char oem_id[6];
    uint8_t revision;
    uint32_t rsdt;
    uint32_t length;
    uint64_t xsdt;
    uint8_t checksum2, reserved[3];
} packed_struct;

struct mcfg_entry {
    uint64_t base;
    uint16_t segment;
    uint8_t start_bus, end_bus;
    uint32_t reserved;
} packed_struct;
struct hpet_table { struct acpi_header h; uint32_t id; struct acpi_gas address; } packed_struct;

struct acpi_info acpi;
static paddr_t root_at;                       /* the root table, not kept mapped; 0: none */
static unsigned root_entry;                   /* bytes of each address in it, */
static unsigned nr_tables;                    /* and how many there are */

static init_text bool checksum_ok(const void *p, size_t n)
{
    uint8_t sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += ((const uint8_t *)p)[i];
    return sum == 0;
}

/* Above the early direct map a fixed window is used, one table at a time. */
static init_text const void *map_far(paddr_t at, size_t size)
{
    unsigned pages = PFN_UP((at & ~PAGE_MASK) + size);

    if (pages > FIX_EARLY_ACPI_LAST - FIX_EARLY_ACPI_FIRST + 1)
        return NULL;
    for (unsigned i = 0; i < pages; i++)
        set_fixmap(FIX_EARLY_ACPI_FIRST + i, (at & PAGE_MASK) + i * PAGE_SIZE, PAGE_HYPERVISOR_RO);
    return (const char *)fix_to_virt(FIX_EARLY_ACPI_FIRST) + (at & ~PAGE_MASK);
}

/* NULL: there can't be any memory. */
static init_text const void *map_physical(paddr_t at, size_t size)
{
    paddr_t end = 1UL << boot_cpu.phys_bits;

    if (at >= end || size > end - at)
        return NULL;
    return at + size <= EARLY_LIMIT ? __va(at) : map_far(at, size);
}

static init_text const struct acpi_header *map_table(paddr_t at)
{
    const struct acpi_header *h = at ? map_physical(at, sizeof(*h)) : NULL;

    if (h)
        h = map_physical(at, h->length);
    return h && h->length >= sizeof(*h) && checksum_ok(h, h->length) ? h : NULL;
}

/* ---- root ---- */

static init_text bool is_rsdp(const struct rsdp *r)
{
    return memcmp(r->signature, RSDP_SIGNATURE, 8) == 0 && checksum_ok(r, 20);
}

static init_text const struct rsdp *scan(paddr_t from, paddr_t to)
{
    for (; from + sizeof(struct rsdp) <= to; from += 16)
        if (is_rsdp(__va(from)))
            return __va(from);
    return NULL;
}

/* From the loader, or in the BIOS's extended data area or read-only memory. */
static init_text const struct rsdp *find_rsdp(void)
{
    const struct rsdp *r = NULL;
    paddr_t ebda = (paddr_t)*(const volatile uint16_t *)__va(0x40e) << 4;

    if (boot_info.rsdp && is_rsdp((const void *)boot_info.rsdp_copy))
        return (const void *)boot_info.rsdp_copy;
    if (ebda >= 0x400 && ebda < 0xa0000)
        r = scan(ebda, ebda + 1024);
    return r ? r : scan(0xe0000, 0x100000);
}

static init_text bool use_root(paddr_t at, unsigned entry)
{
    const struct acpi_header *h = map_table(at);

    if (!h)
        return false;
    root_at = at;
    root_entry = entry;
    nr_tables = (h->length - sizeof(*h)) / entry;
    return true;
}

static init_text bool find_root(void)
{
    const struct rsdp *r = find_rsdp();

    if (!r)
        return false;
    acpi.rsdp = virt_to_maddr(r);
    return (r->revision >= 2 && use_root(r->xsdt, 8)) || use_root(r->rsdt, 4);
}

/* Mapped each time: the table that was looked at last may have taken the window. */
static init_text paddr_t root_address(unsigned i)
{
    const void *from = map_physical(root_at + sizeof(struct acpi_header) + i * root_entry, root_entry);
    uint64_t v = 0;

    if (from)
        __builtin_memcpy(&v, from, root_entry);
    return v;
}

init_text const struct acpi_header *acpi_find_table(const char *signature, unsigned instance)
{
    for (unsigned i = 0; i < nr_tables; i++) {
        paddr_t at = root_address(i);
        const struct acpi_header *h = map_physical(at, sizeof(*h));

        if (h && memcmp(h->signature, signature, 4) == 0 && instance-- == 0)
            return map_table(at);
    }
    return NULL;
}

/* ---- small tables ---- */

static init_text void parse_hpet(const struct acpi_header *h)
{
    const struct hpet_table *t = (const void *)h;

    if (h->length >= sizeof(*t) && t->address.space == ACPI_SPACE_MEMORY)
        acpi.hpet_base = t->address.address;
}

static init_text void parse_mcfg(const struct acpi_header *h)
{
    const struct mcfg_entry *e = (const void *)((const char *)(h + 1) + 8);

    for (; (const char *)(e + 1) <= (const char *)h + h->length && acpi.nr_mcfg < ACPI_MAX_MCFG; e++) {
        unsigned i = acpi.nr_mcfg++;

        acpi.mcfg[i].base = e->base;
        acpi.mcfg[i].segment = e->segment;
        acpi.mcfg[i].start_bus = e->start_bus;
        acpi.mcfg[i].end_bus = e->end_bus;
    }
}

static init_text void with_table(const char *signature, void (*parse)(const struct acpi_header *h))
{
    const struct acpi_header *h = acpi_find_table(signature, 0);

    if (h)
        parse(h);
}

init_text void acpi_init(void)
{
    for (unsigned i = 0; i < ACPI_ISA_IRQS; i++)
        acpi.isa[i].gsi = i;
    acpi.lapic_base = 0xfee00000;
    acpi.present = find_root();
    if (!acpi.present) {
        printk(LOG_WARN "ACPI: no tables found: one processor, no interrupts of devices\n");
        return;
    }
    with_table("APIC", acpi_parse_madt);
    with_table("FACP", acpi_parse_fadt);
    with_table("HPET", parse_hpet);
    with_table("MCFG", parse_mcfg);
    printk(LOG_INFO "ACPI: RSDP at %#lx, %u processors, %u I/O APICs, PM timer port %#x%s%s\n",
           (unsigned long)acpi.rsdp, acpi.nr_cpus, acpi.nr_ioapics, acpi.pm_timer_port,
           acpi.hpet_base ? ", HPET" : "", acpi.nr_mcfg ? ", MCFG" : "");
}
