/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdbool.h>
#include <stdlib.h>
#include <syslog.h>

#include "memory.h"

static void *checked(void *memory)
{
    if (!memory) {
        syslog(LOG_CRIT, "out of memory");
        abort();
    }
    return memory;
}

/* malloc() that does not return without memory. */
void *xalloc(size_t size)
{
    return checked(malloc(size));
}

/* Zeroed memory, likewise. */
void *xzalloc(size_t size)
{
    return checked(calloc(1, size));
}

/* realloc(), likewise. */
void *xrealloc(void *old, size_t size)
{
    return checked(realloc(old, size));
}

#define UNIT    16u
#define CLASSES 33u /* up to 512 bytes */
#define SLAB    65536u

/* A piece that is free, on the list of its size. */
struct piece {
    struct piece *next;
};

static struct piece *pieces[CLASSES];
static char *slab;
static size_t slab_left;

/* See memory.h. */
size_t pool_size(size_t size)
{
    return (size + UNIT - 1) & ~(size_t)(UNIT - 1);
}

#ifdef DEBUG
static bool is_pooled(size_t size)
{
    return false;
}
#else
static bool is_pooled(size_t size)
{
    return size < CLASSES * UNIT;
}
#endif

/* Cut a piece off the slab. What is left of a slab that is too small for it is put on its list. */
static void *cut(size_t size)
{
    if (size > slab_left) {
        if (slab_left)
            pool_free(slab, slab_left);
        slab = xalloc(SLAB);
        slab_left = SLAB;
    }
    slab_left -= size;
    return slab + slab_left;
}

/* See memory.h. */
void *pool_alloc(size_t size)
{
    struct piece *piece;

    size = pool_size(size);
    if (!is_pooled(size))
        return xalloc(size);
    piece = pieces[size / UNIT];
    if (!piece)
        return cut(size);
    pieces[size / UNIT] = piece->next;
    return piece;
}

/* See memory.h. */
void pool_free(void *memory, size_t size)
{
    struct piece *piece = memory;

    size = pool_size(size);
    if (!is_pooled(size)) {
        free(memory);
        return;
    }
    piece->next = pieces[size / UNIT];
    pieces[size / UNIT] = piece;
}
