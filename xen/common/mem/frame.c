/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The frame allocator: free frames in power-of-two blocks, one set of lists per zone.
 *
 * A zone holds the frames whose number has the same width in bits, so "below 2^n" is a set of whole zones.
 * Requests without a limit are served from the highest zone that has room: low frames are kept for devices
 * that need them. Of a free block the first frame carries the order; the others say NOT_HEAD. Blocks merge
 * with their buddies on release.
 *
 * A released frame keeps the TLB clock of its release: whoever gets it next first flushes the processors that
 * may still translate to it. It is also marked dirty; a frame is cleared when it goes to a domain, not when
 * it comes back, so the hypervisor's own use costs nothing.
 */
#include <xen/lib.h>
#include <xen/param.h>
#include <xen/softirq.h>
#include "frame_internal.h"

#define MAX_ORDER 18                /* 1 GiB */
#define NR_ZONES  41
#define NOT_HEAD  0xff

static DEFINE_SPINLOCK(heap_lock);
static struct page_list free_list[NR_ZONES][MAX_ORDER + 1];
static uint32_t nonempty[NR_ZONES]; /* bit n: free_list[zone][n] has blocks */
static unsigned long nr_free, nr_total;

/* Clear RAM that the machine was started with before domains get it. */
static bool bootscrub = true;
boolean_param("bootscrub", bootscrub);

static unsigned zone_of(mfn_t m)
{
    return m.n ? find_last_set(m.n) + 1 : 0;
}

/* The last zone whose frames lie below 2^bits bytes; 0: any. */
static unsigned max_zone(unsigned bits)
{
    return min(bits > PAGE_SHIFT ? bits - PAGE_SHIFT : bits ? 0 : NR_ZONES, NR_ZONES - 1u);
}

static void list_block(struct page_info *pg, unsigned order)
{
    unsigned zone = zone_of(page_to_mfn(pg));

    pg->order = order;
    page_list_add(&free_list[zone][order], pg);
    nonempty[zone] |= 1u << order;
}

static void unlist_block(struct page_info *pg, unsigned order)
{
    unsigned zone = zone_of(page_to_mfn(pg));

    page_list_del(&free_list[zone][order], pg);
    if (page_list_empty(&free_list[zone][order]))
        nonempty[zone] &= ~(1u << order);
    pg->order = NOT_HEAD;
}

/* Put a block on the free lists, joined with its free buddies. Lock held. */
static void release_block(struct page_info *pg, unsigned order)
{
    nr_free += 1UL << order;
    for (; order < MAX_ORDER; order++) {
        mfn_t m = page_to_mfn(pg), b = mfn(m.n ^ (1UL << order));
        struct page_info *buddy = mfn_to_page(b);

        if (!mfn_valid(b) || !(buddy->count_info & PGC_state_free) || buddy->order != order ||
            zone_of(b) != zone_of(m))
            break;
        unlist_block(buddy, order);
        if (b.n < m.n)
            pg = buddy;
    }
    list_block(pg, order);
}

/* Find a block in zones up to the highest and cut it down to size. Lock held. */
static struct page_info *take_block(unsigned highest, unsigned order)
{
    for (int zone = highest; zone >= 0; zone--) {
        uint32_t have = nonempty[zone] >> order << order;
        struct page_info *pg;
        unsigned o;

        if (!have)
            continue;
        o = find_first_set(have);
        pg = page_list_first(&free_list[zone][o]);
        unlist_block(pg, o);
        while (o > order) {
            o--;
            list_block(pg + (1UL << o), o);
        }
        nr_free -= 1UL << order;
        return pg;
    }
    return NULL;
}

/* No processor may reach a frame's new contents through a translation its last owner left in a TLB. */
static void flush_stale_translations(struct page_info *pg, unsigned long count)
{
    uint32_t now = tlbflush_current_time(), newest = pg->tlbflush_timestamp;
    cpumask_t stale = cpu_online_map;

    for (unsigned long i = 1; i < count; i++)
        if (now - pg[i].tlbflush_timestamp < now - newest)
            newest = pg[i].tlbflush_timestamp;
    tlbflush_filter(&stale, newest);
    if (!cpumask_empty(&stale))
        flush_tlb_mask(&stale);
}

/*
 * 2^order frames below 2^bits bytes: no owner, no references, contents as they were. keep: frames promised to
 * others.
 */
struct page_info *frames_take(unsigned order, unsigned bits, unsigned long keep)
{
    struct page_info *pg = NULL;

    if (order > MAX_ORDER)
        return NULL;
    spin_lock(&heap_lock);
    if (nr_free >= keep + (1UL << order))
        pg = take_block(max_zone(bits), order);
    spin_unlock(&heap_lock);
    if (!pg)
        return NULL;
    flush_stale_translations(pg, 1UL << order);
    for (unsigned long i = 0; i < 1UL << order; i++) {
        WRITE_ONCE(pg[i].count_info, 0);
        smp_wmb();              /* see frames_release() */
        pg[i].type_info = 0;
        pg[i].owner = DOMID_INVALID;
        pg[i].order = 0;
    }
    return pg;
}

/*
 * Give back 2^order frames, aligned to their size, that nobody refers to any more. release_block() on another CPU may look at
 * any of them at any moment, and must not take it for the head of a block on a list.
 */
void frames_release(struct page_info *pg, unsigned order)
{
    uint32_t now = tlbflush_current_time();

    for (unsigned long i = 0; i < 1UL << order; i++) {
        pg[i].order = NOT_HEAD;
        pg[i].type_info = 0;
        pg[i].owner = DOMID_INVALID;
        pg[i].dirty = true;
        pg[i].tlbflush_timestamp = now;
        smp_wmb();
        WRITE_ONCE(pg[i].count_info, PGC_state_free);
    }
    spin_lock(&heap_lock);
    release_block(pg, order);
    spin_unlock(&heap_lock);
}

/* Clear what earlier owners left in a block. */
void frames_scrub(struct page_info *pg, unsigned order)
{
    for (unsigned long i = 0; i < 1UL << order; i++, pg++)
        if (pg->dirty) {
            clear_page(page_to_virt(pg));
            pg->dirty = false;
        }
}

/* Give back the frames [m, m + count), of any alignment. */
void frames_release_range(mfn_t m, unsigned long count)
{
    while (count) {
        unsigned order = min(find_last_set(count), MAX_ORDER + 0u);

        if (m.n)
            order = min(order, find_first_set(m.n));
        frames_release(mfn_to_page(m), order);
        m.n += 1UL << order;
        count -= 1UL << order;
    }
}

/* Free frames. */
unsigned long avail_frames(void)
{
    return nr_free;
}

/* Those of them below 2^bits bytes; 0 bits: all. */
unsigned long avail_frames_below(unsigned bits)
{
    unsigned long sum = 0;

    if (!bits)
        return nr_free;
    spin_lock(&heap_lock);
    for (unsigned zone = 0; zone <= max_zone(bits); zone++)
        for (unsigned order = 0; order <= MAX_ORDER; order++)
            sum += free_list[zone][order].count << order;
    spin_unlock(&heap_lock);
    return sum;
}

/* Frames the allocator was ever given. */
unsigned long total_frames(void)
{
    return nr_total;
}

/* ---- Boot: ranges of RAM, until the frame table exists ---- */

#define MAX_BOOT_RANGES 128
static struct { unsigned long start, end; } boot_range[MAX_BOOT_RANGES];
static unsigned nr_boot_ranges;
bool frame_allocator_ready;

static void hand_over(unsigned long start, unsigned long end)
{
    nr_total += end - start;
    frames_release_range(mfn(start), end - start);
    if (!bootscrub)
        for (unsigned long n = start; n < end; n++)
            mfn_to_page(mfn(n))->dirty = false;
}

/* RAM [start, end) is free to use. Before frame_allocator_init() it is only noted. */
void boot_pages_add(paddr_t start, paddr_t end)
{
    unsigned long s = PFN_UP(start), e = PFN_DOWN(end);

    if (s >= e)
        return;
    if (frame_allocator_ready) {
        hand_over(s, e);
    } else if (nr_boot_ranges < MAX_BOOT_RANGES) {
        boot_range[nr_boot_ranges].start = s;
        boot_range[nr_boot_ranges++].end = e;
    }
}

/*
 * count frames for good, aligned to align frames, from the top of the highest range that fits and is mapped.
 */
mfn_t boot_pages_alloc(unsigned long count, unsigned long align)
{
    for (int i = nr_boot_ranges - 1; i >= 0; i--) {
        unsigned long s, e = min(boot_range[i].end, boot_pages_limit);

        if (e < count)
            continue;
        s = ROUND_DOWN(e - count, align);
        if (s < boot_range[i].start)
            continue;
        e = boot_range[i].end;
        boot_range[i].end = s;
        if (s + count < e)
            boot_pages_add((s + count) << PAGE_SHIFT, e << PAGE_SHIFT);
        return mfn(s);
    }
    panic("Not enough memory for the hypervisor's own tables\n");
}

/* The frame table is there: take over all that is left. */
void frame_allocator_init(void)
{
    frame_allocator_ready = true;
    for (unsigned i = 0; i < nr_boot_ranges; i++)
        if (boot_range[i].start < boot_range[i].end)
            hand_over(boot_range[i].start, boot_range[i].end);
    printk(LOG_INFO "Memory: %lu MiB free\n", nr_free >> (20 - PAGE_SHIFT));
}
