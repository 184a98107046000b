/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unit tests of frames and heap: each prints "ok NAME" or "FAIL NAME: why". A machine of 1 GiB with a hole.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include "frame_internal.h"

#define RAM_START  (1UL << 20)
#define HOLE_START (300UL << 20)
#define HOLE_END   (513UL << 20)
#define RAM_END    (1UL << 30)

/* ---- what the code under test needs of the rest ---- */

unsigned long frame_chunks[BITS_TO_LONGS(MAX_FRAMES >> FRAME_CHUNK_SHIFT)];
unsigned long boot_pages_limit = ~0UL;
uint32_t tlbflush_clock = 1;
cpumask_t cpu_online_map;
unsigned nr_cpu_ids = 1;

static unsigned long flushes;
static uint32_t flushed_at;
static int failures;

void tlbflush_filter(cpumask_t *mask, uint32_t stamp)
{
    if (stamp < flushed_at)
        *mask = CPUMASK_NONE;
}

void flush_area_mask(const cpumask_t *mask, const void *va, unsigned flags)
{
    flushes++;
    flushed_at = ++tlbflush_clock;
}

unsigned find_next_bit(const unsigned long *map, unsigned bits, unsigned from)
{
    for (; from < bits; from++)
        if (test_bit(from, map))
            return from;
    return bits;
}

void printk(const char *fmt, ...)
{
}

void noreturn panic(const char *fmt, ...)
{
    abort();
}

void noreturn bug(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: %s\n", file, line, what);
    abort();
}

paddr_t virt_to_maddr(const void *va)
{
    return (unsigned long)va - DIRECTMAP_VIRT_START;
}

/* As owned.c does it, for the heap. */
void *alloc_xenheap_pages(unsigned order)
{
    struct page_info *pg = frames_take(order, 0, 0);

    return pg ? page_to_virt(pg) : NULL;
}

void free_xenheap_pages(void *v, unsigned order)
{
    frames_release(virt_to_page(v), order);
}

/* ---- tests ---- */

static void verdict(const char *name, const char *why)
{
    if (why)
        failures++;
    printf(why ? "FAIL %s: %s\n" : "ok %s\n", name, why);
}

static void map_at(unsigned long at, size_t size)
{
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_NORESERVE;

    if (mmap((void *)at, size, PROT_READ | PROT_WRITE, flags, -1, 0) == MAP_FAILED) {
        perror("mmap");
        abort();
    }
}

static const char *test_boot(void)
{
    unsigned long frames = ((HOLE_START - RAM_START) + (RAM_END - HOLE_END)) >> PAGE_SHIFT;
    mfn_t m;

    map_at(FRAMETABLE_VIRT_START, (RAM_END >> PAGE_SHIFT) * sizeof(struct page_info));
    map_at(DIRECTMAP_VIRT_START, RAM_END);
    frame_chunks[0] = 0xf;
    boot_pages_add(RAM_START, HOLE_START);
    boot_pages_add(HOLE_END, RAM_END);
    boot_pages_limit = HOLE_START >> PAGE_SHIFT;
    m = boot_pages_alloc(3, 1);
    if (m.n != (HOLE_START >> PAGE_SHIFT) - 3)
        return "boot frames beyond what is mapped, or not from the top";
    boot_pages_limit = ~0UL;
    m = boot_pages_alloc(512, 512);
    if (m.n % 512 || m.n + 512 != RAM_END >> PAGE_SHIFT)
        return "aligned boot frames";
    frame_allocator_init();
    if (avail_frames() != frames - 515 || total_frames() != frames - 515)
        return "number of free frames";
    return NULL;
}

/* Take all of memory in blocks of an order, check they don't overlap, and give it back. */
static const char *take_all(unsigned order)
{
    static struct page_info *block[300000];
    unsigned long before = avail_frames(), n = 0;

    while ((block[n] = frames_take(order, 0, 0)) != NULL) {
        unsigned long first = page_to_mfn(block[n]).n;

        if (first & ((1UL << order) - 1))
            return "block not aligned to its size";
        for (unsigned long i = 0; i < 1UL << order; i++) {
            if (block[n][i].type_info == 1 || block[n][i].count_info)
                return "frame given twice, or with references";
            block[n][i].type_info = 1;
        }
        n++;
    }
    if (avail_frames() + (n << order) != before)
        return "count of free frames";
    if (order == 0 && avail_frames())
        return "memory left though single frames were asked for";
    for (unsigned long i = 0; i < n; i++)
        frames_release(block[(i * 7919) % n], order);
    return avail_frames() == before ? NULL : "frames lost";
}

static const char *test_blocks(void)
{
    struct page_info *pg;

    for (unsigned order = 0; order <= 12; order += 3) {
        const char *why = take_all(order);

        if (why)
            return why;
    }
    if (frames_take(19, 0, 0))
        return "a block beyond the largest";
    pg = frames_take(15, 0, 0);
    if (!pg)
        return "blocks did not merge again";
    frames_release(pg, 15);
    return NULL;
}

static const char *test_address_limit(void)
{
    unsigned long low = avail_frames_below(28), all = avail_frames_below(0);
    struct page_info *pg = frames_take(2, 28, 0), *high = frames_take(0, 0, 0);

    if (low - avail_frames_below(28) != 4 || all - avail_frames_below(64) != 5 || avail_frames_below(20))
        return "free frames below a limit miscounted";
    if (!pg || page_to_mfn(pg).n + 4 > 1UL << (28 - PAGE_SHIFT))
        return "above the limit";
    if (page_to_mfn(high).n < 1UL << (28 - PAGE_SHIFT))
        return "low memory spent without need";
    if (frames_take(0, 12, 0) || frames_take(0, 20, 0))
        return "memory where there is none";
    frames_release(pg, 2);
    frames_release(high, 0);
    return NULL;
}

static const char *test_promised(void)
{
    struct page_info *pg = frames_take(0, 0, avail_frames() - 1);

    if (!pg)
        return "the one frame not promised";
    frames_release(pg, 0);
    return frames_take(0, 0, avail_frames()) ? "a frame promised to others" : NULL;
}

static const char *test_scrub_and_flush(void)
{
    struct page_info *pg = frames_take(0, 0, 0);
    unsigned char *p = page_to_virt(pg);
    unsigned long before;

    memset(p, 0x5a, PAGE_SIZE);
    cpu_online_map = cpumask_of(0);
    frames_release(pg, 0);
    before = flushes;
    if (frames_take(0, 0, 0) != pg)
        return "expected the frame just freed";
    if (flushes != before + 1)
        return "not flushed before it was used again";
    frames_scrub(pg, 0);
    for (unsigned i = 0; i < PAGE_SIZE; i++)
        if (p[i])
            return "not cleared";
    before = flushes;
    tlbflush_clock = flushed_at + 1;
    if (!frames_take(3, 0, 0) || flushes != before)
        return "flushed though nothing is stale";
    frames_release(pg, 0);
    return NULL;
}

static const char *test_heap(void)
{
    enum { N = 4000 };
    static unsigned char *p[N];
    static size_t size[N];
    unsigned long before = avail_frames(), seed = 1;

    for (unsigned round = 0; round < 20000; round++) {
        unsigned i = (seed = seed * 6364136223846793005UL + 1) >> 33 & 0x7fffffff;
        size_t align = 16UL << (i >> 20 & 3);

        i %= N;
        for (size_t k = 0; p[i] && k < size[i]; k += 61)
            if (p[i][k] != (unsigned char)i)
                return "a block was overwritten";
        xfree(p[i]);
        size[i] = (seed >> 20) % (round % 16 ? 700 : 20000) + 1;
        p[i] = xmalloc_bytes(size[i], align);
        if (!p[i] || (unsigned long)p[i] % align)
            return "alignment";
        memset(p[i], i, size[i]);
    }
    for (unsigned i = 0; i < N; i++)
        xfree(p[i]);
    xfree(NULL);
    return before - avail_frames() <= 14 ? NULL : "frames lost";
}

static const char *test_heap_large(void)
{
    unsigned long before = avail_frames();
    void *a = xmalloc_bytes(5 * PAGE_SIZE + 1, 16), *b = xzalloc_bytes(100, 8192);

    if (before - avail_frames() > 6 + 2)
        return "a large block takes more than it needs";
    if ((unsigned long)b % 8192 || *(uint64_t *)b)
        return "alignment of more than a frame";
    xfree(a);
    xfree(b);
    return avail_frames() == before ? NULL : "frames lost";
}

int main(void)
{
    verdict("mem.boot", test_boot());
    verdict("mem.blocks", test_blocks());
    verdict("mem.address_limit", test_address_limit());
    verdict("mem.promised", test_promised());
    verdict("mem.scrub_and_flush", test_scrub_and_flush());
    verdict("mem.heap", test_heap());
    verdict("mem.heap_large", test_heap_large());
    return failures != 0;
}
