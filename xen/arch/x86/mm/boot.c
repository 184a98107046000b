/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypervisor's tables over all RAM, made once: direct map, frame table, machine-to-phys table.
 *
 * The last two are mapped in 2 MiB pieces, and only where there is RAM: a piece of frame table covers 256
 * MiB, a piece of machine-to-phys table 1 GiB. Every frame in a piece has a page_info; frames that are not
 * RAM, and the first MiB, belong to DOMID_IO: nobody gets them by allocation, and who may map them is a
 * matter of I/O memory capabilities.
 */
#include <xen/lib.h>
#include <xen/mm.h>
#include <asm/boot.h>
#include <asm/mm.h>
#include "internal.h"

#define LOW_END          (1UL << 20)
#define BOOT_MAPPED_END  (4UL << 30)
#define PIECE            M2P_PIECE_SIZE
#define PIECE_FRAMES     (PIECE >> PAGE_SHIFT)

unsigned long max_page;
unsigned long boot_pages_limit = BOOT_MAPPED_END >> PAGE_SHIFT;
unsigned long frame_chunks[BITS_TO_LONGS(MAX_FRAMES >> FRAME_CHUNK_SHIFT)];

/* Call fn for the frames [start, end) of each RAM entry. */
static void init_text for_each_ram(void (*fn)(unsigned long start, unsigned long end))
{
    for (unsigned i = 0; i < e820.nr; i++) {
        const struct e820_entry *e = &e820.entry[i];
        unsigned long start = PFN_UP(e->addr), end = min(PFN_DOWN(e->addr + e->size), MAX_FRAMES);

        if (e->type == E820_RAM && start < end)
            fn(start, end);
    }
}

static void init_text note_max_page(unsigned long start, unsigned long end)
{
    max_page = max(max_page, end);
}

/* Offer [start, end) less what the loader put there: busy range i and those after it. */
static void init_text add_free(paddr_t start, paddr_t end, unsigned i)
{
    for (; i < boot_info.nr_modules + 2 && start < end; i++) {
        paddr_t s, e;

        if (i == 0) {
            s = 0;
            e = LOW_END;
        } else if (i == 1) {
            s = xen_phys_start;
            e = xen_phys_end;
        } else {
            s = boot_info.module[i - 2].start;
            e = s + boot_info.module[i - 2].size;
        }
        s = ROUND_DOWN(s, PAGE_SIZE);
        e = ROUND_UP(e, PAGE_SIZE);
        if (s >= end || e <= start)
            continue;
        if (s > start)
            add_free(start, s, i + 1);
        start = e;
    }
    if (start < end)
        boot_pages_add(start, end);
}

static void init_text add_ram(unsigned long start, unsigned long end)
{
    add_free(start << PAGE_SHIFT, end << PAGE_SHIFT, 0);
}

static void init_text map_direct(unsigned long start, unsigned long end)
{
    start = max(ROUND_DOWN(start, PIECE_FRAMES), BOOT_MAPPED_END >> PAGE_SHIFT);
    end = ROUND_UP(end, PIECE_FRAMES);
    if (start < end)
        map_pages(DIRECTMAP_VIRT_START + (start << PAGE_SHIFT), mfn(start), end - start, PAGE_HYPERVISOR);
}

static void init_text make_frame_table(unsigned long start, unsigned long end)
{
    for (unsigned long c = start >> FRAME_CHUNK_SHIFT; c <= (end - 1) >> FRAME_CHUNK_SHIFT; c++) {
        struct page_info *pg = mfn_to_page(mfn(c << FRAME_CHUNK_SHIFT));
        mfn_t m;

        if (test_bit(c, frame_chunks))
            continue;
        m = boot_pages_alloc(PIECE_FRAMES, PIECE_FRAMES);
        map_pages((unsigned long)pg, m, PIECE_FRAMES, PAGE_HYPERVISOR);
        memset(pg, 0, PIECE);
        for (unsigned long i = 0; i < 1UL << FRAME_CHUNK_SHIFT; i++)
            pg[i].owner = DOMID_IO;
        set_bit_local(c, frame_chunks);
    }
}

static void init_text own_ram(unsigned long start, unsigned long end)
{
    for (unsigned long n = max(start, LOW_END >> PAGE_SHIFT); n < end; n++)
        mfn_to_page(mfn(n))->owner = DOMID_INVALID;
}

static void init_text make_m2p(unsigned long start, unsigned long end)
{
    static unsigned long next_chunk init_data;    /* RAM entries ascend */
    unsigned long c = max(start >> M2P_PIECE_SHIFT, next_chunk);

    for (; c <= (end - 1) >> M2P_PIECE_SHIFT; c++) {
        mfn_t m = boot_pages_alloc(PIECE_FRAMES, PIECE_FRAMES);

        map_pages(RDWR_MPT_VIRT_START + c * PIECE, m, PIECE_FRAMES, PAGE_HYPERVISOR);
        map_pages(RO_MPT_VIRT_START + c * PIECE, m, PIECE_FRAMES,
                  (PAGE_HYPERVISOR_RO & ~_PAGE_GLOBAL) | _PAGE_USER);
        memset((void *)(RDWR_MPT_VIRT_START + c * PIECE), 0xff, PIECE);
        share_m2p(m);
        next_chunk = c + 1;
    }
}

/*
 * Build it all from the memory map, leave out image, modules and the first MiB, and start the frame
 * allocator.
 */
void init_text mm_boot_init(void)
{
    for_each_ram(note_max_page);
    for_each_ram(add_ram);
    for_each_ram(map_direct);
    boot_pages_limit = ~0UL;
    for_each_ram(make_frame_table);
    for_each_ram(own_ram);
    for_each_ram(make_m2p);
    frame_allocator_init();
    flush_init();
}
