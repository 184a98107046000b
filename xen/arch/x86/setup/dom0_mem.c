/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Domain 0's memory: how much, and which frames.
 *
 * dom0_mem=[min:SIZE,][max:SIZE,]SIZE   SIZE in KiB, or with a suffix; negative: all memory but so much.
 * By default all but a sixteenth, at most 128 MiB, which other domains' structures and the hypervisor's heap
 * need.
 */
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/param.h>
#include <xen/softirq.h>
#include <asm/dom0.h>

#define RESERVE_MAX   (128UL << (20 - PAGE_SHIFT))
#define RESERVE_SHARE 16
#define LARGEST_ORDER 18

struct amount { bool set, negative; unsigned long pages; };

static struct amounts { struct amount wanted, least, most; } opt init_data;
static char opt_text[64] init_data;

static init_text const char *parse_amount(const char *s, struct amount *a)
{
    const char *end;

    a->set = true;
    a->negative = *s == '-';
    if (a->negative)
        s++;
    a->pages = parse_size(s, &end, 10) >> PAGE_SHIFT;
    return end == s ? NULL : end;
}

static init_text int parse_dom0_mem(const char *s)
{
    const char *text = s;
    struct amounts all = { .wanted.set = false };

    while (*s) {
        if (!strncmp(s, "min:", 4))
            s = parse_amount(s + 4, &all.least);
        else if (!strncmp(s, "max:", 4))
            s = parse_amount(s + 4, &all.most);
        else
            s = parse_amount(s, &all.wanted);
        if (!s || (*s && *s != ','))
            return -EINVAL;
        if (*s == ',')
            s++;
    }
    opt = all;
    strlcpy(opt_text, text, sizeof(opt_text));
    return 0;
}
custom_param("dom0_mem", parse_dom0_mem);

static init_text unsigned long resolve(const struct amount *a, unsigned long avail)
{
    if (!a->negative)
        return a->pages;
    return a->pages < avail ? avail - a->pages : 0;
}

/* From the frames that are free now, without what the build itself still takes. */
init_text unsigned long dom0_nr_pages(unsigned long avail)
{
    unsigned long nr = avail - min(avail / RESERVE_SHARE, RESERVE_MAX);

    if (opt.wanted.set)
        nr = resolve(&opt.wanted, avail);
    if (opt.most.set)
        nr = min(nr, resolve(&opt.most, avail));
    if (opt.least.set)
        nr = max(nr, resolve(&opt.least, avail));
    if (nr > avail || nr == 0)
        panic("dom0_mem=%s: impossible, %lu MiB are available", opt_text, avail >> (20 - PAGE_SHIFT));
    return nr;
}

/* What it may grow to. */
init_text unsigned long dom0_max_pages(unsigned long nr)
{
    return opt.most.set ? max(nr, resolve(&opt.most, avail_frames())) : UINT32_MAX;
}

static init_text void add_chunk(struct dom0_build *b, unsigned long first, unsigned long count)
{
    struct dom0_chunk *last = b->nr_chunks ? &b->chunk[b->nr_chunks - 1] : NULL;
    unsigned long pfn_ = last ? last->pfn + last->count : 0;

    if (last && last->mfn + last->count == first) {
        last->count += count;
        return;
    }
    if (b->nr_chunks == DOM0_MAX_CHUNKS)
        panic("Memory is in too many pieces for domain 0");
    b->chunk[b->nr_chunks++] = (struct dom0_chunk) { pfn_, first, count };
}

/* count frames in pieces as large as there are. They aren't cleared: they were the machine's before. */
static init_text void alloc_run(struct dom0_build *b, unsigned long count)
{
    unsigned order = LARGEST_ORDER;

    while (count) {
        struct page_info *pg;

        order = min(order, find_last_set(count));
        pg = alloc_domheap_pages(b->d, order, MEMF_no_scrub);
        if (pg) {
            add_chunk(b, page_to_mfn(pg).n, 1UL << order);
            count -= 1UL << order;
        } else if (order-- == 0)
            panic("Out of memory for domain 0, %lu MiB missing", count >> (20 - PAGE_SHIFT));
        process_pending_softirqs();
    }
}

/*
 * The pages the loader put the ramdisk in become domain 0's where they are. What follows it in its last page
 * is cleared.
 */
static init_text void donate_initrd(struct dom0_build *b)
{
    unsigned long first = PFN_DOWN(b->initrd->start), count = PFN_UP(b->initrd->size);
    size_t tail = b->initrd->size & ~PAGE_MASK;

    if (tail)
        memset((char *)__va(b->initrd->start) + b->initrd->size, 0, PAGE_SIZE - tail);
    for (unsigned long i = 0; i < count; i++)
        if (assign_pages(b->d, mfn_to_page(mfn(first + i)), 0, 0))
            panic("The ramdisk's memory can't be given to domain 0");
    add_chunk(b, first, count);
}

static init_text void copy_initrd(const struct dom0_build *b)
{
    const char *from = __va(b->initrd->start);

    for (unsigned long i = 0; i < b->layout.module.count; i++) {
        size_t n = min(PAGE_SIZE, b->initrd->size - i * PAGE_SIZE);
        char *to = dom0_page(b, b->layout.module.pfn + i);

        memcpy(to, from + i * PAGE_SIZE, n);
        memset(to + n, 0, PAGE_SIZE - n);
    }
    boot_pages_add(b->initrd->start, b->initrd->start + b->initrd->size);
}

/* Frames for pages up to a number, which includes the ramdisk: it keeps its own. */
init_text void dom0_alloc_first(struct dom0_build *b, unsigned long up_to)
{
    const struct layout_area *module = &b->layout.module;

    if (b->initrd && !(b->initrd->start & ~PAGE_MASK)) {
        alloc_run(b, module->pfn);
        donate_initrd(b);
        alloc_run(b, up_to - module->pfn - module->count);
    } else {
        alloc_run(b, up_to);
        if (b->initrd)
            copy_initrd(b);
    }
}

/* Frames for the rest. */
init_text void dom0_alloc_rest(struct dom0_build *b)
{
    const struct dom0_chunk *last = &b->chunk[b->nr_chunks - 1];

    alloc_run(b, b->nr_pages - (last->pfn + last->count));
}

init_text unsigned long dom0_mfn(const struct dom0_build *b, unsigned long pfn_)
{
    unsigned lo = 0, hi = b->nr_chunks;

    while (hi - lo > 1) {
        unsigned mid = (lo + hi) / 2;

        if (b->chunk[mid].pfn <= pfn_)
            lo = mid;
        else
            hi = mid;
    }
    return b->chunk[lo].mfn + (pfn_ - b->chunk[lo].pfn);
}
