/* SPDX-License-Identifier: GPL-2.0-only */
/* The vmap area: views of device memory and of scattered frames, each followed by an unmapped page. */
#include <xen/bitmap.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/spinlock.h>
#include <asm/mm.h>

#define VMAP_PAGES (1u << 20)       /* 4 GiB of the area are enough */

static BITMAP(used, VMAP_PAGES);
static DEFINE_SPINLOCK(lock);

static unsigned long page_va(unsigned page)
{
    return VMAP_VIRT_START + ((unsigned long)page << PAGE_SHIFT);
}

/* Reserve count pages and the guard after them. 0: no room. */
static unsigned long reserve(unsigned long count)
{
    unsigned start = 0, end;
    unsigned long va = 0;

    if (!count || count >= VMAP_PAGES)
        return 0;
    spin_lock(&lock);
    for (;;) {
        start = find_next_zero_bit(used, VMAP_PAGES, start);
        if (start + count + 1 > VMAP_PAGES)
            break;
        end = find_next_bit(used, VMAP_PAGES, start);
        if (end - start > count) {
            for (unsigned i = start; i <= start + count; i++)
                set_bit_local(i, used);
            va = page_va(start);
            break;
        }
        start = end;
    }
    spin_unlock(&lock);
    return va;
}

static void release(unsigned long va, unsigned long count)
{
    unsigned start = (va - VMAP_VIRT_START) >> PAGE_SHIFT;

    unmap_pages(va, count);
    spin_lock(&lock);
    for (unsigned long i = start; i <= start + count; i++)
        clear_bit_local(i, used);
    spin_unlock(&lock);
}

/* Map size bytes of device memory uncached. NULL: no room. */
void *ioremap(paddr_t ma, size_t size)
{
    unsigned long offset = ma & (PAGE_SIZE - 1), count = PFN_UP(offset + size), va = reserve(count);

    if (!va)
        return NULL;
    if (map_pages(va, mfn(ma >> PAGE_SHIFT), count, PAGE_HYPERVISOR_UC)) {
        release(va, count);
        return NULL;
    }
    return (void *)(va + offset);
}

/* Undo ioremap(). */
void iounmap(void *va, size_t size)
{
    unsigned long offset = (unsigned long)va & (PAGE_SIZE - 1);

    release((unsigned long)va - offset, PFN_UP(offset + size));
}

/* One contiguous, cached view of count frames. NULL: no room. */
void *vmap_frames(const mfn_t *mfns, unsigned count)
{
    unsigned long va = reserve(count);

    if (!va)
        return NULL;
    for (unsigned i = 0; i < count; i++)
        if (map_pages(va + ((unsigned long)i << PAGE_SHIFT), mfns[i], 1, PAGE_HYPERVISOR)) {
            release(va, count);
            return NULL;
        }
    return (void *)va;
}

/* Undo vmap_frames(). */
void vunmap_frames(void *va, unsigned count)
{
    release((unsigned long)va, count);
}
