/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's descriptor tables. A frame that holds descriptors is typed PGT_seg_desc_page, so the guest
 * can't write to it, and each descriptor was checked: absent, or a code or data segment that the guest's
 * kernel may load. The frames are mapped in the vcpu's GDT and LDT areas; those of the LDT only when
 * something touches them.
 */
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <asm/desc.h>
#include <asm/processor.h>
#include "internal.h"

#define DESC_TYPE_CODE   (1u << 11)
#define DESC_S           (1u << 12)
#define DESC_DPL_SHIFT   13
#define DESC_DPL         (3u << DESC_DPL_SHIFT)
#define DESC_P           (1u << 15)
#define DESC_L           (1u << 21)
#define DESC_DB          (1u << 22)
#define LDT_PRESENT      0x8200u            /* in the second word: a present LDT */

/* Writable, for the processor sets the accessed bit; of one domain, hence not global. */
#define DESC_PTE_FLAGS   (PAGE_HYPERVISOR & ~_PAGE_GLOBAL)

/* May d load this? Segments for rings the guest doesn't have are turned into ones for its kernel's. */
static bool fix_descriptor(desc_t *desc, const struct domain *d)
{
    unsigned ring = d->arch.is_32bit_pv ? 1 : 3;
    uint32_t b = desc->b;

    if (!(b & DESC_P) || !(desc->a | b))
        return true;
    if (!(b & DESC_S))
        return false;               /* gates, task segments, tables */
    if ((b & DESC_TYPE_CODE) && (b & DESC_L) && ((b & DESC_DB) || d->arch.is_32bit_pv))
        return false;
    if ((b & DESC_DPL) >> DESC_DPL_SHIFT < ring)
        desc->b = (b & ~DESC_DPL) | ring << DESC_DPL_SHIFT;
    return true;
}

/* A frame becomes a descriptor page. 0 or -EINVAL */
int validate_descriptors(struct page_info *pg)
{
    const struct domain *d = page_owner(pg);
    desc_t *desc = page_to_virt(pg);

    for (unsigned i = 0; i < PAGE_SIZE / sizeof(*desc); i++)
        if (!fix_descriptor(&desc[i], d))
            return refuse(-EINVAL, "descriptor table: system segment or invalid code segment");
    return 0;
}

/* A frame of a table goes. The processor may have set accessed bits in it. */
static void put_descriptors(struct page_info *pg)
{
    mark_dirty(pg);
    put_page_and_type(pg);
}

static void set_gdt_page(struct vcpu *v, unsigned i, const struct page_info *pg)
{
    if (v->arch.perdomain_ptes)
        v->arch.perdomain_ptes[i] = pg ? pte_make(page_to_mfn(pg), DESC_PTE_FLAGS) : zero_gdt_pte();
}

/* v's GDT gets empty. It does not run, or is current. */
void destroy_guest_gdt(struct vcpu *v)
{
    for (unsigned i = 0; i < FIRST_RESERVED_GDT_PAGE; i++) {
        unsigned long m = v->arch.gdt_frames[i];

        v->arch.gdt_frames[i] = 0;
        if (!m)
            continue;
        set_gdt_page(v, i, NULL);
        put_descriptors(mfn_to_page(mfn(m)));
    }
    v->arch.gdt_ents = 0;
}

/* v's GDT becomes these frames, for so many entries. 0 or -EINVAL, with no change. */
int set_guest_gdt(struct vcpu *v, const unsigned long *frames, unsigned entries)
{
    struct domain *d = v->domain;
    unsigned nr = DIV_ROUND_UP(entries, PAGE_SIZE / sizeof(desc_t)), i;

    if (entries > FIRST_RESERVED_GDT_ENTRY)
        return refuse(-EINVAL, "set_gdt: too many entries");
    for (i = 0; i < nr; i++)
        if (!mfn_valid(mfn(frames[i])) ||
            !get_page_and_type(mfn_to_page(mfn(frames[i])), d, PGT_seg_desc_page))
            break;
    if (i < nr) {
        while (i--)
            put_page_and_type(mfn_to_page(mfn(frames[i])));
        return refuse(-EINVAL, "set_gdt: frame is not the domain's, writable, or has invalid descriptors");
    }
    destroy_guest_gdt(v);
    for (i = 0; i < nr; i++) {
        v->arch.gdt_frames[i] = frames[i];
        set_gdt_page(v, i, mfn_to_page(mfn(frames[i])));
    }
    v->arch.gdt_ents = entries;
    return 0;
}

/* Hypercall: the caller's GDT. frame_list: machine frames. 0, -EINVAL, -EFAULT */
long do_set_gdt(void *frame_list, unsigned entries)
{
    unsigned long frames[FIRST_RESERVED_GDT_PAGE] = { 0 };
    int rc;

    if (entries > FIRST_RESERVED_GDT_ENTRY)
        return refuse(-EINVAL, "set_gdt: too many entries");
    if (get_guest_longs(frames, frame_list, 0, DIV_ROUND_UP(entries, 512)))
        return -EFAULT;
    rc = set_guest_gdt(current, frames, entries);
    if (!rc)
        flush_area_local(NULL, FLUSH_TLB);
    return rc;
}

/* Hypercall: write one descriptor, at a machine address in one of the caller's frames. 0, -EINVAL */
long do_update_descriptor(uint64_t maddr, uint64_t desc)
{
    struct domain *d = current->domain;
    desc_t new = { desc, desc >> 32 };
    struct page_info *pg;
    uint64_t type;

    if ((maddr & 7) || !fix_descriptor(&new, d))
        return refuse(-EINVAL, "update_descriptor: not aligned, or not a segment for guests");
    pg = get_page_from_mfn(mfn(maddr >> PAGE_SHIFT), d);
    if (!pg)
        return refuse(-EINVAL, "update_descriptor: frame is not the domain's");
    type = READ_ONCE(pg->type_info) & PGT_type_mask;
    if (type != PGT_seg_desc_page)
        type = PGT_writable_page;
    if (get_page_type(pg, type)) {
        put_page(pg);
        return refuse(-EINVAL, "update_descriptor: frame is in use otherwise");
    }
    WRITE_ONCE(*(uint64_t *)__va(maddr), new.a | (uint64_t)new.b << 32);
    mark_dirty(pg);
    put_page_and_type(pg);
    return 0;
}

/* Forget the LDT pages that were mapped for v. True: there were some, so its CPU must be flushed. */
bool invalidate_shadow_ldt(struct vcpu *v)
{
    bool any;

    spin_lock(&v->arch.shadow_ldt_lock);
    any = v->arch.shadow_ldt_mapped;
    v->arch.shadow_ldt_mapped = 0;
    for (unsigned i = LDT_PTE; any && i < PERDOMAIN_PTES; i++) {
        pte_t e = v->arch.perdomain_ptes[i];

        v->arch.perdomain_ptes[i] = 0;
        if (e & _PAGE_PRESENT)
            put_descriptors(mfn_to_page(pte_mfn(e)));
    }
    spin_unlock(&v->arch.shadow_ldt_lock);
    return any;
}

/*
 * The processor touched the LDT area of the current vcpu at va and found nothing: map there the page that the
 * guest's kernel has at that place, whether or not its user mode has.
 */
bool map_ldt_page(struct vcpu *v, unsigned long va)
{
    unsigned long offset = va - LDT_VIRT_START(v);
    struct page_info *pg;
    pte_t e, *slot;

    if (offset >= v->arch.ldt_ents * 8UL || !v->arch.perdomain_ptes)
        return false;
    e = guest_kernel_pte(v, v->arch.ldt_base + offset);
    pg = e & _PAGE_PRESENT ? get_page_from_mfn(pte_mfn(e), v->domain) : NULL;
    if (!pg)
        return false;
    if (get_page_type(pg, PGT_seg_desc_page)) {
        put_page(pg);
        return false;
    }
    spin_lock(&v->arch.shadow_ldt_lock);
    slot = &v->arch.perdomain_ptes[LDT_PTE + (offset >> PAGE_SHIFT)];
    if (*slot & _PAGE_PRESENT) {
        put_page_and_type(pg);
    } else {
        *slot = pte_make(page_to_mfn(pg), DESC_PTE_FLAGS);
        v->arch.shadow_ldt_mapped++;
    }
    spin_unlock(&v->arch.shadow_ldt_lock);
    return true;
}

/* Load the LDT of v, which is current: its area shows the guest's pages once they are touched. */
void load_guest_ldt(struct vcpu *v)
{
    unsigned long base = LDT_VIRT_START(v);
    unsigned limit = v->arch.ldt_ents * 8 - 1;
    desc_t *desc;

    if (likely(!v->arch.ldt_ents)) {
        __asm__ volatile ("lldt %w0" :: "r" (0));
        return;
    }
    desc = (v->domain->arch.is_32bit_pv ? this_cpu(gdt_page_32) : this_cpu(gdt_page)) +
           (LDT_SELECTOR - FIRST_RESERVED_GDT_BYTE) / sizeof(*desc);
    desc[0].a = (base << 16) | (limit & 0xffff);
    desc[0].b = (base & 0xff000000) | (limit & 0xf0000) | LDT_PRESENT | ((base >> 16) & 0xff);
    desc[1] = (desc_t){ base >> 32, 0 };
    __asm__ volatile ("lldt %w0" :: "r" (LDT_SELECTOR));
}

/*
 * Load GDT and LDT of a vcpu that is current and whose page tables are loaded; this CPU's own entries join
 * its GDT.
 */
void load_guest_descriptors(void *vcpu)
{
    struct vcpu *v = vcpu;
    struct { uint16_t limit; uint64_t base; } packed_struct gdtr = {
        FIRST_RESERVED_GDT_BYTE + PAGE_SIZE - 1, GDT_VIRT_START(v)
    };
    const desc_t *own = v->domain->arch.is_32bit_pv ? this_cpu(gdt_page_32) : this_cpu(gdt_page);
    pte_t *slot = &v->arch.perdomain_ptes[FIRST_RESERVED_GDT_PAGE];
    pte_t e = pte_make(virt_to_mfn(own), DESC_PTE_FLAGS);

    if (*slot != e) {
        *slot = e;
        invlpg((void *)(GDT_VIRT_START(v) + FIRST_RESERVED_GDT_BYTE));
    }
    __asm__ volatile ("lgdt %0" :: "m" (gdtr));
    load_guest_ldt(v);
}
