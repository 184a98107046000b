/* SPDX-License-Identifier: GPL-2.0-only */
/* Tables of firmware and loader: where they may lie, and broken ones. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <asm/boot.h>
#include <asm/page.h>
#include <asm/processor.h>
#include <xen/acpi.h>

#define LOW_SIZE  (1UL << 32)
#define FAR       0x800000000UL     /* where there is memory above the first 4 GiB */
#define FAR_PAGES 4
#define XSDT_AT   (FAR + 0x100)
#define MADT_AT   (FAR + 0x1200)
#define HPET_AT   (FAR + 0x2300)
#define MCFG_AT   0x200000UL
#define LAPIC_AT  0xfee10000u
#define MB2_MAGIC 0x36d76289u

typeof(boot_cpu) boot_cpu = { .phys_bits = 40 };
char *low_memory, window[32 * PAGE_SIZE];
static char far_memory[FAR_PAGES * PAGE_SIZE];
static unsigned failures, nowhere, nr_ranges;

/* A window is a copy: enough for who only reads. */
void set_fixmap(unsigned slot, paddr_t at, uint64_t flags)
{
    char *to = fix_to_virt(slot);

    memset(to, 0xff, PAGE_SIZE);
    if (at >= FAR && at < FAR + sizeof(far_memory))
        memcpy(to, far_memory + (at - FAR), PAGE_SIZE);
    else if (at < LOW_SIZE)
        memcpy(to, low_memory + at, PAGE_SIZE);
    else if (at >> boot_cpu.phys_bits)
        nowhere++;                                  /* the processor would fault */
}

/* ---- what else the tested files call */

void acpi_parse_fadt(const struct acpi_header *h) {}
void efi_note_system_table(paddr_t at) {}
void efi_note_memory(const void *map, size_t size, size_t descriptor_size) { nowhere += size > 4096; }
void e820_add(paddr_t addr, uint64_t size, uint32_t type) { nr_ranges++; }
void e820_finish(void) {}
int printk(const char *format, ...) { return 0; }

size_t strlcpy(char *to, const char *from, size_t size)
{
    snprintf(to, size, "%s", from);
    return strlen(from);
}

/* ---- */

static void verdict(const char *name, const char *why)
{
    failures += why != NULL;
    printf(why ? "FAIL %s: %s\n" : "ok %s\n", name, why);
}

static void *memory(paddr_t at)
{
    return at >= FAR ? far_memory + (at - FAR) : low_memory + at;
}

/* A table of these contents, its sum made right. */
static void table(paddr_t at, const char *signature, const void *contents, size_t size)
{
    struct acpi_header *h = memory(at);
    uint8_t sum = 0;

    memset(h, 0, sizeof(*h));
    memcpy(h->signature, signature, 4);
    h->length = sizeof(*h) + size;
    memcpy(h + 1, contents, size);
    for (size_t i = 0; i < h->length; i++)
        sum += ((uint8_t *)h)[i];
    h->checksum = -sum;
}

static void root(const uint64_t *tables, unsigned n)
{
    uint8_t *rsdp = memory(0xe0000), sum = 0;
    uint64_t xsdt = XSDT_AT;

    memset(rsdp, 0, 36);
    memcpy(rsdp, "RSD PTR ", 8);
    rsdp[15] = 2;
    memcpy(rsdp + 24, &xsdt, 8);
    for (unsigned i = 0; i < 20; i++)
        sum += rsdp[i];
    rsdp[8] = -sum;
    table(XSDT_AT, "XSDT", tables, n * sizeof(*tables));
}

static void make_tables(void)
{
    static const uint8_t madt[] = { 0, 0, 0xe1, 0xfe, 1, 0, 0, 0, /* LAPIC: */ 0, 8, 1, 7, 1, 0, 0, 0 };
    static const uint8_t hpet[] = { 0, 0, 0, 0, 0, 64, 0, 0, 0, 0, 0xd0, 0xfe, 0, 0, 0, 0 };
    static const uint8_t mcfg[8 + 16] = { [8 + 3] = 0xb0, [8 + 11] = 255 };

    table(MADT_AT, "APIC", madt, sizeof(madt));
    table(HPET_AT, "HPET", hpet, sizeof(hpet));
    table(MCFG_AT, "MCFG", mcfg, sizeof(mcfg));
}

static const char *check_all_found(void)
{
    memset(&acpi, 0, sizeof(acpi));
    acpi_init();
    if (!acpi.present)
        return "no root table";
    if (acpi.lapic_base != LAPIC_AT || acpi.nr_cpus != 1 || acpi.cpu[0].apic_id != 7)
        return "no processor of the MADT";
    if (acpi.hpet_base != 0xfed00000)
        return "no HPET";
    if (acpi.nr_mcfg != 1 || acpi.mcfg[0].base != 0xb0000000 || acpi.mcfg[0].end_bus != 255)
        return "no MCFG";
    return nowhere ? "mapped what can't be memory" : NULL;
}

/* Root and tables above 4 GiB share one window. */
static const char *far_tables(void)
{
    make_tables();
    root((uint64_t []){ HPET_AT, MCFG_AT, MADT_AT }, 3);
    return check_all_found();
}

static const char *absurd_addresses(void)
{
    make_tables();
    root((uint64_t []){ ~0UL, ~0UL - 8, 1UL << 45, 0, HPET_AT, (1UL << 40) - 16, MCFG_AT, MADT_AT }, 8);
    return check_all_found();
}

/* What follows a table that ends too early isn't its own. */
static const char *short_madt(void)
{
    make_tables();
    table(MADT_AT, "APIC", "", 0);
    root((uint64_t []){ MADT_AT }, 1);
    memset(&acpi, 0, sizeof(acpi));
    acpi_init();
    return acpi.lapic_base == 0xfee00000 && !acpi.nr_cpus ? NULL : "a local APIC, or a processor";
}

/* Tags of Multiboot 2 that don't hold what they should: a loader's mistake may cost memory, not the boot. */
static const char *short_tags(void)
{
    uint32_t *info = memory(0x100000);

    memset(info, 0, 0x1000);
    memcpy(info, (uint32_t []){ 8 + 40 + 16 + 8, 0, /* map: */ 6, 40, 0, 0, 0, 0, 0, 0, 0, 0,
                                /* EFI's map: */ 17, 12, 40, 0, /* end: */ 0, 8 }, 72);
    nowhere = 0;
    alarm(10);
    multiboot_parse(MB2_MAGIC, 0x100000);
    alarm(0);
    return nowhere ? "EFI's map is longer than its tag" : nr_ranges ? "a range of memory" : NULL;
}

int main(void)
{
    low_memory = mmap(NULL, LOW_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (low_memory == MAP_FAILED) {
        printf("FAIL firmware: no address space\n");
        return 1;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    verdict("firmware.far_tables", far_tables());
    verdict("firmware.absurd_addresses", absurd_addresses());
    verdict("firmware.short_madt", short_madt());
    verdict("firmware.short_tags", short_tags());
    return failures != 0;
}
