/* SPDX-License-Identifier: MIT */
/*
 * Memory in pieces. All free pieces are in a list, sorted by address; the first that is large enough is taken
 * and split, and a freed one grows together with free neighbours. The heap grows by pages and keeps them.
 *
 * Not to be used by event handlers: nothing here keeps them out.
 */
#include "heap.h"

#include "page.h"
#include "print.h"
#include "string.h"

#define GROW_PAGES 16

/* At the start of each piece; size counts itself, and is a multiple of it. */
struct piece {
    size_t size;
    struct piece *next;     /* of the free ones */
} __attribute__((aligned(16)));

static struct piece *free_pieces;
static size_t used;

static void *end_of(const struct piece *piece)
{
    return (char *)piece + piece->size;
}

static void join_with_next(struct piece *piece)
{
    if (piece->next && end_of(piece) == piece->next) {
        piece->size += piece->next->size;
        piece->next = piece->next->next;
    }
}

/* Put a piece into the list of free ones. */
static void insert(struct piece *piece)
{
    struct piece *before = NULL, **link = &free_pieces;

    for (; *link && *link < piece; link = &before->next)
        before = *link;
    piece->next = *link;
    *link = piece;
    join_with_next(piece);
    if (before)
        join_with_next(before);
}

/* Take size bytes out of the free pieces; NULL when no piece is so large. */
static struct piece *take(size_t size)
{
    for (struct piece **link = &free_pieces; *link; link = &(*link)->next) {
        struct piece *piece = *link, *rest;

        if (piece->size < size)
            continue;
        if (piece->size == size) {
            *link = piece->next;
            return piece;
        }
        rest = (struct piece *)((char *)piece + size);
        rest->size = piece->size - size;
        rest->next = piece->next;
        *link = rest;
        piece->size = size;
        return piece;
    }
    return NULL;
}

static void grow(size_t size)
{
    unsigned long count = PAGES(size) > GROW_PAGES ? PAGES(size) : GROW_PAGES;
    struct piece *piece = page_alloc(count);

    if (!piece)
        panic("out of memory: %lu bytes wanted", (unsigned long)size);
    piece->size = count * PAGE_SIZE;
    insert(piece);
}

void *heap_alloc(size_t size)
{
    struct piece *piece;

    size = ROUND_UP(size + sizeof(*piece), sizeof(*piece));
    while (!(piece = take(size)))
        grow(size);
    used += size;
    return memset(piece + 1, 0, size - sizeof(*piece));
}

void heap_free(void *memory)
{
    struct piece *piece;

    if (!memory)
        return;
    piece = (struct piece *)memory - 1;
    used -= piece->size;
    insert(piece);
}

char *heap_string(const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(heap_alloc(size), text, size);
}

size_t heap_used(void)
{
    return used;
}
