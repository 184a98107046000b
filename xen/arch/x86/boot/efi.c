/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What EFI firmware leaves to its operating system, kept for domain 0's kernel: it finds the ACPI and SMBIOS tables
 * by it. The loader has ended boot services; runtime services are not called.
 * UEFI Specification 2.9: 4.2 table header, 4.3 system table, 7.2 memory descriptors.
 */
#include <xen/guest.h>
#include <xen/lib.h>
#include <xen/param.h>
#include <xen/sched.h>
#include <asm/boot.h>
#include <asm/init.h>
#include <asm/page.h>
#include <asm/platform.h>

#define SYSTEM_TABLE_SIGNATURE 0x5453595320494249UL     /* "IBI SYST" */
#define VENDOR_MAX 64                                   /* letters of 16 bits, the final 0 included */
#define RANGES_MAX 512

struct table_header {
    uint64_t signature;
    uint32_t revision, header_size, crc32, reserved;
};

struct system_table {
    struct table_header header;
    uint64_t vendor;
    uint32_t vendor_revision, pad;
    uint64_t consoles[6];
    uint64_t runtime_services, boot_services;
    uint64_t nr_tables, tables;
};

struct descriptor {
    uint32_t type, pad;
    uint64_t physical, virtual, pages, attributes;
};

static paddr_t system_table_at;
static struct system_table system_table;                /* all zeroes: not started by EFI firmware */
static uint32_t runtime_revision;
static uint16_t vendor[VENDOR_MAX];
static struct { paddr_t start, end; uint64_t attributes; uint32_t type; } ranges[RANGES_MAX];
static unsigned nr_ranges;

/* From the loader, while only its memory can be seen. */
init_text void efi_note_system_table(paddr_t at)
{
    boot_info.efi = true;
    system_table_at = at;
}

init_text void efi_note_memory(const void *map, size_t size, size_t descriptor_size)
{
    if (descriptor_size < sizeof(struct descriptor))
        return;
    for (; size >= descriptor_size && nr_ranges < RANGES_MAX; map += descriptor_size, size -= descriptor_size) {
        const struct descriptor *d = map;

        ranges[nr_ranges].start = d->physical;
        ranges[nr_ranges].end = d->physical + (d->pages << PAGE_SHIFT);
        ranges[nr_ranges].attributes = d->attributes;
        ranges[nr_ranges++].type = d->type;
    }
}

static init_text bool read_physical(void *to, paddr_t at, size_t size)
{
    void *from = at ? ioremap(at, size) : NULL;

    if (!from)
        return false;
    memcpy(to, from, size);
    iounmap(from, size);
    return true;
}

static init_text int efi_init(void)
{
    struct table_header runtime = { 0 };

    if (!boot_info.efi)
        return 0;
    if (!read_physical(&system_table, system_table_at, sizeof(system_table)) ||
        system_table.header.signature != SYSTEM_TABLE_SIGNATURE) {
        memset(&system_table, 0, sizeof(system_table));
        printk(LOG_WARN "EFI: no system table at %#lx: domain 0 won't find the ACPI tables\n", system_table_at);
        return 0;
    }
    if (read_physical(&runtime, system_table.runtime_services, sizeof(runtime)))
        runtime_revision = runtime.revision;
    if (read_physical(vendor, system_table.vendor, sizeof(vendor) - sizeof(*vendor)))
        vendor[VENDOR_MAX - 1] = 0;
    printk(LOG_INFO "EFI %u.%u: %lu configuration tables at %#lx, %u ranges of memory\n",
           system_table.header.revision >> 16, (system_table.header.revision & 0xffff) / 10,
           (unsigned long)system_table.nr_tables, (unsigned long)system_table.tables, nr_ranges);
    return 0;
}
initcall(efi_init);

/* The maker's name, as much as there is room for; the caller learns from the last letter that it was cut. */
static long vendor_info(union xenpf_efi_info *info)
{
    uint32_t length = 0;
    char *to = info->vendor.name.p;

    if (width_differs())
        to = (char *)(unsigned long)(uint32_t)(unsigned long)to;
    while (vendor[length++])
        ;
    info->vendor.revision = system_table.vendor_revision;
    return raw_copy_to_guest(to, vendor, min(info->vendor.bufsz / (uint32_t)sizeof(*vendor), length) * sizeof(*vendor))
           ? -EFAULT : 0;
}

/* Of the range that contains the address: its end is what follows the address. */
static long memory_info(union xenpf_efi_info *info)
{
    for (unsigned i = 0; i < nr_ranges; i++)
        if (info->mem.addr >= ranges[i].start && info->mem.addr < ranges[i].end) {
            info->mem.size = ranges[i].end - info->mem.addr;
            info->mem.attr = ranges[i].attributes;
            info->mem.type = ranges[i].type;
            return 0;
        }
    return refuse(-ESRCH, "firmware_info: EFI's memory map does not have the address");
}

long efi_get_info(uint32_t index, union xenpf_efi_info *info)
{
    if (!system_table.header.signature)
        return refuse(-EINVAL, "firmware_info: not started by EFI firmware");
    switch (index) {
    case XEN_FW_EFI_VERSION:
        info->version = system_table.header.revision;
        return 0;
    case XEN_FW_EFI_RT_VERSION:
        info->version = runtime_revision;
        return 0;
    case XEN_FW_EFI_CONFIG_TABLE:
        info->cfg.addr = system_table.tables;
        info->cfg.nent = system_table.nr_tables;
        return 0;
    case XEN_FW_EFI_VENDOR:
        return vendor_info(info);
    case XEN_FW_EFI_MEM_INFO:
        return memory_info(info);
    case XEN_FW_EFI_PCI_ROM:
    case XEN_FW_EFI_APPLE_PROPERTIES:
        return -ESRCH;
    }
    return refuse(-EINVAL, "firmware_info: unknown index of EFI's records");
}
