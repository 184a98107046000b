/* SPDX-License-Identifier: GPL-2.0-only */
/* What the loader left us: filled by arch/x86/boot from Multiboot 1 or 2, used by setup. */
#ifndef ASM_BOOT_H
#define ASM_BOOT_H

#include <xen/types.h>

#define E820_MAX 256
enum { E820_RAM = 1, E820_RESERVED, E820_ACPI, E820_NVS, E820_UNUSABLE };
struct e820_entry { uint64_t addr, size; uint32_t type; } packed_struct;
struct e820_map { unsigned nr; struct e820_entry entry[E820_MAX]; };
extern struct e820_map e820;        /* sorted, no overlaps: what the frame allocator may have (RAM entries) */
extern struct e820_map e820_host;   /* as the firmware says: given to domain 0 by XENMEM_machine_memory_map */

#define MAX_MODULES 16
struct boot_module { paddr_t start; size_t size; char cmdline[1024]; };
struct boot_info {
    char loader[64];
    char cmdline[1024];
    unsigned nr_modules;
    struct boot_module module[MAX_MODULES];  /* [0] domain 0's kernel, [1] its initrd */
    paddr_t rsdp;                            /* from Multiboot 2 (of rsdp_copy), 0: search */
    uint8_t rsdp_copy[36];
    bool efi;
    struct { bool present; paddr_t addr; unsigned width, height, pitch, bpp; } framebuffer;
};
extern struct boot_info boot_info;
extern paddr_t xen_phys_start, xen_phys_end;  /* where the image lies */

/* arch/x86/boot/multiboot.c: magic and info pointer as the loader left them in EAX and EBX. */
void multiboot_parse(uint32_t magic, paddr_t info);
/* arch/x86/boot/efi.c: what the loader says of the firmware. A bitwise copy of its memory map is kept. */
void efi_note_system_table(paddr_t at);
void efi_note_memory(const void *map, size_t size, size_t descriptor_size);
/* Remove a range from what the allocator may have; split RAM entries. */
void e820_reserve(paddr_t start, paddr_t end);
bool e820_all_ram(paddr_t start, paddr_t end);

/* setup/main.c: first C code, on the boot CPU's stack; mapped: image at XEN_VIRT_START, low 4 GiB. */
void noreturn start_xen(uint32_t magic, uint32_t info);
/* arch/x86/smp: first C code of another CPU. */
void noreturn start_secondary(void);

#endif
