/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pool.h"

struct pool_block {
    struct pool_block *next;
    max_align_t data[];
};

/* Zeroed memory of `size` bytes, freed by pool_free(). */
void *pool_alloc(struct pool *pool, size_t size)
{
    struct pool_block *block = calloc(1, sizeof(*block) + size);

    if (!block) {
        fprintf(stderr, "xm: out of memory\n");
        exit(1);
    }
    block->next = pool->blocks;
    pool->blocks = block;
    return block->data;
}

/* The first `length` bytes of `text` as a string. */
char *pool_strndup(struct pool *pool, const char *text, size_t length)
{
    char *copy = pool_alloc(pool, length + 1);

    memcpy(copy, text, length);
    return copy;
}

/* A copy of `text`; NULL stays NULL. */
char *pool_strdup(struct pool *pool, const char *text)
{
    return text ? pool_strndup(pool, text, strlen(text)) : NULL;
}

/* Formatted text of whatever length. */
char *pool_vprintf(struct pool *pool, const char *format, va_list args)
{
    va_list again;
    char *text;
    int length;

    va_copy(again, args);
    length = vsnprintf(NULL, 0, format, args);
    text = pool_alloc(pool, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

/* Formatted text of whatever length. */
char *pool_printf(struct pool *pool, const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    text = pool_vprintf(pool, format, args);
    va_end(args);
    return text;
}

/* See pool.h: arrays here are short (devices, settings), so copying for each new element costs nothing that
   matters. */
void *pool_grow(struct pool *pool, const void *array, size_t count, size_t element)
{
    char *bigger = pool_alloc(pool, (count + 1) * element);

    if (count)
        memcpy(bigger, array, count * element);
    return bigger;
}

/* Frees everything taken from the pool, which can be used again. */
void pool_free(struct pool *pool)
{
    while (pool->blocks) {
        struct pool_block *block = pool->blocks;

        pool->blocks = block->next;
        free(block);
    }
}
