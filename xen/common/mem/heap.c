/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Small blocks. Up to half a frame they come from frames cut into equal objects of a size class; larger ones
 * are runs of whole frames. What a frame is used for stands in its page_info while it belongs to the heap:
 * order is the class + 1 (0: first of a run), type_info the first free object and the number in use (or the
 * run's length in frames).
 */
#include <xen/lib.h>
#include "frame_internal.h"

static const uint16_t class_size[] = { 16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 816, 1024, 1360, 2048 };
#define NR_CLASSES ARRAY_SIZE(class_size)
#define NO_OBJECT  0xffff           /* offset that ends the chain of free objects */
#define SMALL_MAX  2048

static struct page_list partial[NR_CLASSES];    /* frames with free objects */
static DEFINE_SPINLOCK(lock);

struct slab { uint16_t first_free, in_use; };

static struct slab slab_read(const struct page_info *pg)
{
    return (struct slab){ pg->type_info, pg->type_info >> 16 };
}

static void slab_write(struct page_info *pg, struct slab s)
{
    pg->type_info = s.first_free | (uint64_t)s.in_use << 16;
}

/* Smallest class whose objects hold size bytes and are all aligned. */
static int class_for(size_t size, size_t align)
{
    for (unsigned c = 0; c < NR_CLASSES; c++)
        if (class_size[c] >= size && class_size[c] % align == 0)
            return c;
    return -1;
}

static struct page_info *new_slab(unsigned class)
{
    char *base = alloc_xenheap_page();
    unsigned size = class_size[class], n = PAGE_SIZE / size;
    struct page_info *pg;

    if (!base)
        return NULL;
    for (unsigned i = 0; i < n; i++)
        *(uint16_t *)(base + i * size) = i + 1 < n ? (i + 1) * size : NO_OBJECT;
    pg = virt_to_page(base);
    pg->order = class + 1;
    slab_write(pg, (struct slab){ 0, 0 });
    return pg;
}

static void *small_alloc(unsigned class)
{
    struct page_info *pg;
    struct slab s;
    void *p;

    spin_lock(&lock);
    pg = page_list_first(&partial[class]);
    if (!pg) {
        spin_unlock(&lock);
        pg = new_slab(class);
        if (!pg)
            return NULL;
        spin_lock(&lock);
        page_list_add(&partial[class], pg);
    }
    s = slab_read(pg);
    p = (char *)page_to_virt(pg) + s.first_free;
    s.first_free = *(uint16_t *)p;
    s.in_use++;
    slab_write(pg, s);
    if (s.first_free == NO_OBJECT)
        page_list_del(&partial[class], pg);
    spin_unlock(&lock);
    return p;
}

static void small_free(struct page_info *pg, void *p)
{
    unsigned class = pg->order - 1;
    struct slab s;
    bool empty;

    spin_lock(&lock);
    s = slab_read(pg);
    if (s.first_free == NO_OBJECT)
        page_list_add(&partial[class], pg);
    *(uint16_t *)p = s.first_free;
    s.first_free = (unsigned long)p & (PAGE_SIZE - 1);
    s.in_use--;
    slab_write(pg, s);
    /* Keep one frame a class, so that a single object that comes and goes costs no frame traffic. */
    empty = !s.in_use && partial[class].count > 1;
    if (empty)
        page_list_del(&partial[class], pg);
    spin_unlock(&lock);
    if (empty)
        free_xenheap_page(page_to_virt(pg));
}

static void *large_alloc(size_t size, size_t align)
{
    unsigned long frames = PFN_UP(size);
    unsigned order = frames > 1 ? find_last_set(frames - 1) + 1 : 0;
    struct page_info *pg;
    void *p;

    if (align > (PAGE_SIZE << order))
        order = find_last_set(align) - PAGE_SHIFT;
    p = alloc_xenheap_pages(order);
    if (!p)
        return NULL;
    pg = virt_to_page(p);
    pg->order = 0;
    pg->type_info = frames;
    if (frames < 1UL << order)
        frames_release_range(mfn_add(page_to_mfn(pg), frames), (1UL << order) - frames);
    return p;
}

/* size bytes aligned to align (a power of two), contents undefined. NULL: no memory, or size 0. */
void *xmalloc_bytes(size_t size, size_t align)
{
    int class;

    if (!size || size > 1UL << 40)
        return NULL;
    class = size <= SMALL_MAX ? class_for(size, max(align, (size_t)16)) : -1;
    return class >= 0 ? small_alloc(class) : large_alloc(size, align);
}

/* The same, cleared. */
void *xzalloc_bytes(size_t size, size_t align)
{
    void *p = xmalloc_bytes(size, align);

    return p ? memset(p, 0, size) : NULL;
}

/* Free what xmalloc_bytes() returned; NULL is fine. */
void xfree(void *p)
{
    struct page_info *pg;

    if (!p)
        return;
    pg = virt_to_page(p);
    if (pg->order)
        small_free(pg, p);
    else
        frames_release_range(page_to_mfn(pg), pg->type_info);
}
