/* SPDX-License-Identifier: MIT */
/* Whole pages: a map of which are free, searched for the first gap that is large enough. */
#include "page.h"

#include "arch.h"
#include "print.h"
#include "string.h"

#define PAGES_MAX 16384         /* covers memory.c's MEMORY_MAX */

static uint8_t is_free[PAGES_MAX];
static unsigned long free_count;

static unsigned long index_of(const void *page)
{
    return ((unsigned long)page - VIRT_BASE) >> PAGE_SHIFT;
}

/* The first of count free neighbours, or PAGES_MAX. */
static unsigned long find(unsigned long count)
{
    unsigned long run = 0;

    for (unsigned long i = 0; i < PAGES_MAX; i++) {
        run = is_free[i] ? run + 1 : 0;
        if (run == count)
            return i + 1 - count;
    }
    return PAGES_MAX;
}

void *page_alloc(unsigned long count)
{
    unsigned long first;

    if (!count || count > free_count)
        return NULL;
    first = find(count);
    if (first == PAGES_MAX)
        return NULL;
    for (unsigned long i = 0; i < count; i++)
        is_free[first + i] = false;
    free_count -= count;
    return (void *)(VIRT_BASE + (first << PAGE_SHIFT));
}

void *page_zeroed(const char *purpose)
{
    void *page = page_alloc(1);

    if (!page)
        panic("no page for %s", purpose);
    return memset(page, 0, PAGE_SIZE);
}

void page_free(void *pages, unsigned long count)
{
    unsigned long first = index_of(pages);

    for (unsigned long i = 0; i < count && first + i < PAGES_MAX; i++) {
        is_free[first + i] = true;
        free_count++;
    }
}

unsigned long pages_free(void)
{
    return free_count;
}
