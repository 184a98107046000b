/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the loader left, in either version of the Multiboot protocol, copied into boot_info and the memory map
 * before anything can overwrite it. The formats: Multiboot Specification 0.6.96, Multiboot2 Specification
 * 2.0.
 */
#include <xen/lib.h>
#include <asm/boot.h>
#include <asm/init.h>
#include <asm/page.h>
#include <asm/sections.h>

#define MB1_MAGIC 0x2badb002u
#define MB2_MAGIC 0x36d76289u

struct mb1_info {
    uint32_t flags, mem_lower, mem_upper, boot_device, cmdline, mods_count, mods_addr, syms[4], mmap_length,
             mmap_addr, drives_length, drives_addr, config_table, loader_name, apm_table, vbe[4];
    uint64_t fb_addr;
    uint32_t fb_pitch, fb_width, fb_height;
    uint8_t fb_bpp, fb_type;
} packed_struct;
#define MB1_MEMORY  (1u << 0)
#define MB1_CMDLINE (1u << 2)
#define MB1_MODS    (1u << 3)
#define MB1_MMAP    (1u << 6)
#define MB1_LOADER  (1u << 9)
#define MB1_FB      (1u << 12)

struct mb1_module { uint32_t start, end, string, pad; };
struct mb1_mmap { uint32_t size; uint64_t addr, len; uint32_t type; } packed_struct;

struct mb2_tag { uint32_t type, size; };
enum { MB2_END, MB2_CMDLINE, MB2_LOADER, MB2_MODULE, MB2_MEMORY, MB2_MMAP = 6, MB2_FB = 8,
       MB2_EFI32 = 11, MB2_EFI64, MB2_RSDP1 = 14, MB2_RSDP2, MB2_EFI_MMAP = 17 };
struct mb2_module { struct mb2_tag tag; uint32_t start, end; char string[]; };
struct mb2_mmap { struct mb2_tag tag; uint32_t entry_size, version; uint8_t entries[]; };
struct mb2_mmap_entry { uint64_t addr, len; uint32_t type, zero; };
struct mb2_fb {
    struct mb2_tag tag;
    uint64_t addr;
    uint32_t pitch, width, height;
    uint8_t bpp, type;
} packed_struct;
struct mb2_efi_mmap { struct mb2_tag tag; uint32_t descriptor_size, version; uint8_t map[]; };
#define FB_RGB 1

struct boot_info boot_info;
paddr_t xen_phys_start, xen_phys_end;

static init_text void add_module(paddr_t start, paddr_t end, const char *string)
{
    struct boot_module *m;

    if (boot_info.nr_modules == MAX_MODULES || end < start)
        return;
    m = &boot_info.module[boot_info.nr_modules++];
    m->start = start;
    m->size = end - start;
    strlcpy(m->cmdline, string, sizeof(m->cmdline));
}

static init_text void set_framebuffer(paddr_t addr, unsigned width, unsigned height, unsigned pitch,
                                      unsigned bpp)
{
    boot_info.framebuffer.present = true;
    boot_info.framebuffer.addr = addr;
    boot_info.framebuffer.width = width;
    boot_info.framebuffer.height = height;
    boot_info.framebuffer.pitch = pitch;
    boot_info.framebuffer.bpp = bpp;
}

static init_text void mb1_memory(const struct mb1_info *mbi)
{
    if (mbi->flags & MB1_MMAP) {
        paddr_t at = mbi->mmap_addr, end = at + mbi->mmap_length;

        while (at + sizeof(struct mb1_mmap) <= end) {
            const struct mb1_mmap *e = __va(at);

            e820_add(e->addr, e->len, e->type);
            at += e->size + sizeof(e->size);
        }
    } else if (mbi->flags & MB1_MEMORY) {
        e820_add(0, (uint64_t)mbi->mem_lower << 10, E820_RAM);
        e820_add(0x100000, (uint64_t)mbi->mem_upper << 10, E820_RAM);
    }
}

static init_text void mb1_parse(const struct mb1_info *mbi)
{
    if (mbi->flags & MB1_LOADER)
        strlcpy(boot_info.loader, __va(mbi->loader_name), sizeof(boot_info.loader));
    if (mbi->flags & MB1_CMDLINE)
        strlcpy(boot_info.cmdline, __va(mbi->cmdline), sizeof(boot_info.cmdline));
    if (mbi->flags & MB1_MODS) {
        const struct mb1_module *m = __va(mbi->mods_addr);

        for (unsigned i = 0; i < mbi->mods_count; i++)
            add_module(m[i].start, m[i].end, m[i].string ? __va(m[i].string) : "");
    }
    mb1_memory(mbi);
    if ((mbi->flags & MB1_FB) && mbi->fb_type == FB_RGB)
        set_framebuffer(mbi->fb_addr, mbi->fb_width, mbi->fb_height, mbi->fb_pitch, mbi->fb_bpp);
}

static init_text void mb2_memory(const struct mb2_mmap *map)
{
    const uint8_t *at = map->entries, *end = (const uint8_t *)map + map->tag.size;

    if (map->entry_size < sizeof(struct mb2_mmap_entry))
        return;
    for (; at + sizeof(struct mb2_mmap_entry) <= end; at += map->entry_size) {
        const struct mb2_mmap_entry *e = (const void *)at;

        e820_add(e->addr, e->len, e->type);
    }
}

static init_text void mb2_tag(const struct mb2_tag *tag)
{
    const char *text = (const char *)(tag + 1);
    const struct mb2_module *m = (const void *)tag;
    const struct mb2_fb *fb = (const void *)tag;
    const struct mb2_efi_mmap *efi = (const void *)tag;

    switch (tag->type) {
    case MB2_CMDLINE: strlcpy(boot_info.cmdline, text, sizeof(boot_info.cmdline)); break;
    case MB2_LOADER:  strlcpy(boot_info.loader, text, sizeof(boot_info.loader)); break;
    case MB2_MODULE:  add_module(m->start, m->end, m->string); break;
    case MB2_MMAP:    mb2_memory((const void *)tag); break;
    case MB2_FB:
        if (fb->type == FB_RGB)
            set_framebuffer(fb->addr, fb->width, fb->height, fb->pitch, fb->bpp);
        break;
    case MB2_EFI32:   boot_info.efi = true; break;
    case MB2_EFI64:   efi_note_system_table(*(const uint64_t *)text); break;
    case MB2_EFI_MMAP:
        if (tag->size >= sizeof(*efi))
            efi_note_memory(efi->map, tag->size - sizeof(*efi), efi->descriptor_size);
        break;
    case MB2_RSDP1:                              /* copies: the older only if there is no newer */
        if (boot_info.rsdp)
            break;
        /* fall through */
    case MB2_RSDP2:
        memcpy(boot_info.rsdp_copy, text, min((size_t)tag->size - sizeof(*tag), sizeof(boot_info.rsdp_copy)));
        boot_info.rsdp = virt_to_maddr(boot_info.rsdp_copy);
        break;
    }
}

static init_text void mb2_parse(const uint32_t *info)
{
    const char *at = (const char *)(info + 2), *end = (const char *)info + info[0];

    while (at + sizeof(struct mb2_tag) <= end) {
        const struct mb2_tag *tag = (const void *)at;

        if (tag->type == MB2_END || tag->size < sizeof(*tag))
            break;
        mb2_tag(tag);
        at += ROUND_UP(tag->size, 8u);
    }
}

/* magic, info: EAX and EBX as the loader left them. Fills boot_info and e820. */
init_text void multiboot_parse(uint32_t magic, paddr_t info)
{
    xen_phys_start = virt_to_maddr(_start);
    xen_phys_end = xen_phys_start + (_end - _start);
    if (magic == MB1_MAGIC)
        mb1_parse(__va(info));
    else if (magic == MB2_MAGIC)
        mb2_parse(__va(info));
    e820_finish();
}
