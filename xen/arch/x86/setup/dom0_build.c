/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Domain 0's contents: kernel unpacked and loaded, page tables, frame list, start information, first vcpu.
 * Where everything lies is computed by lib/layout.c, as it is for the domains that the tools build.
 */
#include <xen/bzimage.h>
#include <xen/guest.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/softirq.h>
#include <xen/start_info.h>
#include <xen/unpack.h>
#include <public/features.h>
#include <asm/boot.h>
#include <asm/desc.h>
#include <asm/dom0.h>
#include <asm/processor.h>
#include <asm/pv.h>

#define FONT_HEIGHT   16
#define TEXT_ROWS     25
#define TEXT_COLUMNS  80
#define VGA_INFO_OFFSET sizeof(struct start_info)

/* ---- the kernel's image ---- */

static init_text void unpack_bzimage(struct dom0_build *b, const void *image, size_t size)
{
    struct bzimage bz;
    const char *why = bzimage_parse(&bz, image, size);
    s_time_t before = NOW();

    if (why)
        panic("Domain 0's kernel: %s", why);
    b->unpacked_size = bz.unpacked_size;
    if (bz.compression == COMPRESSION_NONE) {
        b->unpacked = (void *)bz.payload;
        return;
    }
    b->unpacked_order = 0;
    if (bz.unpacked_size > PAGE_SIZE)
        b->unpacked_order = find_last_set(PFN_UP((size_t)bz.unpacked_size) - 1) + 1;
    b->unpacked = alloc_xenheap_pages(b->unpacked_order);
    if (!b->unpacked)
        panic("Domain 0's kernel: no memory to unpack it, %u MiB", bz.unpacked_size >> 20);
    why = decompress(bz.compression, bz.payload, bz.payload_size, b->unpacked, bz.unpacked_size);
    if (why)
        panic("Domain 0's kernel: %s", why);
    printk("Unpacked the kernel (%s, %u KiB) in %lu ms\n", compression_name(bz.compression),
           bz.unpacked_size >> 10, (NOW() - before) / MILLISECS(1));
}

static init_text void parse_kernel(struct dom0_build *b)
{
    const void *image = __va(b->kernel_module->start);
    size_t size = b->kernel_module->size;
    const char *why;

    b->unpacked_order = -1;
    if (bzimage_is(image, size))
        unpack_bzimage(b, image, size);
    else {
        b->unpacked = (void *)image;
        b->unpacked_size = size;
    }
    why = elf_kernel_parse(&b->kernel, b->unpacked, b->unpacked_size);
    if (why)
        panic("Domain 0's kernel: %s", why);
    if (!(b->kernel.features_supported & (1u << XENFEAT_dom0)) && b->kernel.features_supported)
        panic("Domain 0's kernel: it says that it can't be domain 0");
}

static init_text void load_kernel(const struct dom0_build *b)
{
    unsigned long first = b->kernel.phys_start >> PAGE_SHIFT, count = PFN_UP(b->kernel.phys_end) - first;
    mfn_t *frames = xmalloc_array(mfn_t, count);
    char *view;

    if (!frames)
        panic("No memory to load domain 0's kernel");
    for (unsigned long i = 0; i < count; i++)
        frames[i] = mfn(dom0_mfn(b, first + i));
    view = vmap_frames(frames, count);
    if (!view)
        panic("No memory to load domain 0's kernel");
    elf_kernel_load(&b->kernel, view + (b->kernel.phys_start & ~PAGE_MASK));
    vunmap_frames(view, count);
    xfree(frames);
    if (b->kernel.has_hypercall_page)
        hypercall_page_fill(dom0_page(b, (b->kernel.hypercall_page - b->kernel.virt_base) >> PAGE_SHIFT),
                            b->kernel.bits == 32);
}

/* Image and unpacked copy are not needed any more. */
static init_text void drop_kernel_image(struct dom0_build *b)
{
    if (b->unpacked_order >= 0)
        free_xenheap_pages(b->unpacked, b->unpacked_order);
    boot_pages_add(b->kernel_module->start, b->kernel_module->start + b->kernel_module->size);
}

/* ---- what the kernel finds in its memory ---- */

static init_text uint64_t mfn_of(void *context, uint64_t pfn_)
{
    return dom0_mfn(context, pfn_);
}

static init_text void fill_page_tables(struct dom0_build *b)
{
    for (unsigned i = 0; i < layout_nr_tables(&b->layout); i++)
        layout_fill_table(&b->layout, i, dom0_page(b, layout_table_pfn(&b->layout, i)), mfn_of, b);
}

/* Both directions: the list the guest keeps, of its longs, and the machine-to-phys table. */
static init_text void fill_frame_lists(const struct dom0_build *b)
{
    const bool narrow = b->kernel.bits == 32;
    const unsigned shift = narrow ? PAGE_SHIFT - 2 : PAGE_SHIFT - 3;
    const struct dom0_chunk *c = b->chunk;
    union { uint32_t *narrow; uint64_t *wide; void *page; } list = { 0 };

    for (unsigned long i = 0; i < b->nr_pages; i++) {
        unsigned long at = i & ((1UL << shift) - 1), m;

        if (i == c->pfn + c->count)
            c++;
        if (!at) {
            list.page = dom0_page(b, b->layout.p2m.pfn + (i >> shift));
            clear_page(list.page);
        }
        m = c->mfn + (i - c->pfn);
        if (narrow)
            list.narrow[at] = m;
        else
            list.wide[at] = m;
        set_m2p(mfn(m), i);
    }
}

/* Words of a module's line after the file's name, which all loaders but GRUB 2 leave in it. */
static init_text const char *arguments(const struct boot_module *m)
{
    const char *s = m->cmdline;

    if (!strncmp(boot_info.loader, "GRUB 2", 6))
        return s;
    while (*s && *s != ' ')
        s++;
    while (*s == ' ')
        s++;
    return s;
}

static init_text void fill_vga_info(struct dom0_vga_console_info *vga)
{
    if (boot_info.framebuffer.present) {
        vga->video_type = boot_info.efi ? XEN_VGATYPE_EFI_LFB : XEN_VGATYPE_VESA_LFB;
        vga->u.vesa_lfb.width = boot_info.framebuffer.width;
        vga->u.vesa_lfb.height = boot_info.framebuffer.height;
        vga->u.vesa_lfb.bytes_per_line = boot_info.framebuffer.pitch;
        vga->u.vesa_lfb.bits_per_pixel = boot_info.framebuffer.bpp;
        vga->u.vesa_lfb.lfb_base = boot_info.framebuffer.addr;
        vga->u.vesa_lfb.ext_lfb_base = boot_info.framebuffer.addr >> 32;
        vga->u.vesa_lfb.lfb_size = DIV_ROUND_UP(boot_info.framebuffer.pitch * boot_info.framebuffer.height,
                                                65536);
        vga->u.vesa_lfb.red_pos = 16;
        vga->u.vesa_lfb.green_pos = 8;
        vga->u.vesa_lfb.red_size = vga->u.vesa_lfb.green_size = vga->u.vesa_lfb.blue_size = 8;
        return;
    }
    vga->video_type = XEN_VGATYPE_TEXT_MODE_3;
    vga->u.text_mode_3.font_height = FONT_HEIGHT;
    vga->u.text_mode_3.rows = TEXT_ROWS;
    vga->u.text_mode_3.columns = TEXT_COLUMNS;
    vga->u.text_mode_3.cursor_y = TEXT_ROWS - 1;
}

static init_text void fill_start_info(const struct dom0_build *b)
{
    const struct layout *l = &b->layout;
    struct start_info *si = dom0_page(b, l->start_info.pfn);

    memset(si, 0, PAGE_SIZE);
    strlcpy((char *)si->magic, "xen-3.0-x86_64", sizeof(si->magic));
    si->nr_pages = b->nr_pages;
    si->shared_info = virt_to_maddr(b->d->shared_info);
    si->flags = SIF_PRIVILEGED | SIF_INITDOMAIN;
    si->pt_base = l->tables.virt;
    si->nr_pt_frames = l->tables.count;
    si->mfn_list = l->p2m.virt;
    if (l->p2m_apart) {
        si->first_p2m_pfn = l->p2m.pfn;
        si->nr_p2m_frames = l->p2m.count + l->p2m_tables.count;
    }
    if (b->initrd) {
        si->mod_start = l->module_mapped ? l->module.virt : l->module.pfn;
        si->mod_len = b->initrd->size;
        si->flags |= l->module_mapped ? 0 : SIF_MOD_START_PFN;
    }
    strlcpy((char *)si->cmd_line, arguments(b->kernel_module), sizeof(si->cmd_line));
    si->console.dom0.info_off = VGA_INFO_OFFSET;
    si->console.dom0.info_size = sizeof(struct dom0_vga_console_info);
    fill_vga_info((void *)((char *)si + VGA_INFO_OFFSET));
    if (b->kernel.bits == 32)
        start_info_narrow(si);
}

/* ---- the first vcpu ---- */

/* Frames get their types as for any guest: what we built passes the same checks. */
static init_text void validate_page_tables(const struct dom0_build *b, struct vcpu *v)
{
    mfn_t top = mfn(dom0_mfn(b, layout_table_pfn(&b->layout, 0)));
    struct page_info *pg = mfn_to_page(top);
    int rc;

    while ((rc = vcpu_set_guest_cr3(v, top, mfn(0))) == -ERESTART)
        process_pending_softirqs();
    if (rc || !get_page_and_type(pg, b->d, b->kernel.bits == 32 ? PGT_l3_page_table : PGT_l4_page_table))
        panic("Domain 0's first page tables are refused: error %d", rc);
    pg->type_info |= PGT_pinned;
}

static init_text void start_vcpu(const struct dom0_build *b, struct vcpu *v)
{
    struct cpu_user_regs *regs = &v->arch.user_regs;

    regs->rip = b->kernel.entry;
    regs->rsp = b->layout.stack.virt + PAGE_SIZE;
    regs->rsi = b->layout.start_info.virt;
    regs->rflags = X86_EFLAGS_IF | 2;
    if (b->kernel.bits == 32) {
        regs->cs = RING1_CS_SEL;
        regs->ds = regs->es = regs->fs = regs->gs = regs->ss = RING1_DS_SEL;
    } else {
        regs->cs = FLAT_KERNEL_CS64;
        regs->ss = FLAT_KERNEL_SS64;
    }
    v->arch.kernel_sp = regs->rsp;
    v->arch.kernel_ss = regs->ss;
    v->is_initialised = true;
    clear_bit(VPF_down, &v->pause_flags);
}

/* ---- all of it ---- */

static init_text void compute_layout(struct dom0_build *b)
{
    const struct layout_request request = {
        .levels = b->kernel.bits == 32 ? 3 : 4, .dom0 = true, .nr_pages = b->nr_pages,
        .virt_base = b->kernel.virt_base,
        .kernel_end = b->kernel.phys_end, .module_size = b->initrd ? b->initrd->size : 0,
        .module_unmapped = b->kernel.mod_start_pfn, .has_init_p2m = b->kernel.has_init_p2m,
        .init_p2m = b->kernel.init_p2m,
    };
    const char *why = layout_compute(&b->layout, &request);

    if (why)
        panic("Domain 0: %s (%lu MiB)", why, b->nr_pages >> (20 - PAGE_SHIFT));
}

/* Frames that the unpacked kernel takes for now, if domain 0 may have them: ours is memory from the machine's end. */
static init_text unsigned long unpacked_frames(const struct dom0_build *b)
{
    unsigned bits = b->d->addr_bits;

    if (b->unpacked_order < 0 || (bits && virt_to_maddr(b->unpacked) >> bits))
        return 0;
    return 1UL << b->unpacked_order;
}

/* The frames it may have that are free, the modules', which loaders put low, and the unpacked kernel's. */
static init_text unsigned long available(const struct dom0_build *b)
{
    return avail_frames_below(b->d->addr_bits) + (b->initrd ? PFN_UP(b->initrd->size) : 0) +
           PFN_UP(b->kernel_module->size) + unpacked_frames(b);
}

/*
 * d has its vcpus. Fills its memory; the module structures are of no use afterwards. 0: failure panics with
 * its reason.
 */
init_text int construct_dom0(struct domain *d)
{
    static struct dom0_build build init_data;
    struct dom0_build *b = &build;
    int rc;

    b->d = d;
    b->kernel_module = &boot_info.module[0];
    b->initrd = boot_info.nr_modules > 1 && boot_info.module[1].size ? &boot_info.module[1] : NULL;
    b->chunk = xmalloc_array(struct dom0_chunk, DOM0_MAX_CHUNKS);
    if (!b->chunk)
        panic("No memory to build domain 0");
    parse_kernel(b);
    do
        rc = domain_set_width(d, b->kernel.bits);
    while (rc == -ERESTART);
    if (rc)
        panic("No memory for a 32-bit domain 0");
    b->nr_pages = dom0_nr_pages(available(b));
    compute_layout(b);
    d->max_pages = dom0_max_pages(b->nr_pages);
    printk("Domain 0: %s, %u-bit, %lu MiB, entry %lx\n", b->kernel.guest_os, b->kernel.bits,
           b->nr_pages >> (20 - PAGE_SHIFT), (unsigned long)b->kernel.entry);
    dom0_alloc_first(b, b->layout.used_pages);
    load_kernel(b);
    drop_kernel_image(b);
    dom0_alloc_rest(b);
    fill_page_tables(b);
    fill_frame_lists(b);
    fill_start_info(b);
    validate_page_tables(b, d->vcpu[0]);
    start_vcpu(b, d->vcpu[0]);
    update_domain_wallclock(d);
    xfree(b->chunk);
    return 0;
}
