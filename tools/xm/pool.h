/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XM_POOL_H
#define XM_POOL_H

#include <stdarg.h>
#include <stddef.h>

/*
 * Memory that lives exactly as long as the thing it was allocated for (a configuration, one command):
 * everything taken from a pool is freed at once. Allocation never returns NULL: a program this small that
 * ends.
 */
struct pool_block;
struct pool {
    struct pool_block *blocks;
};

void *pool_alloc(struct pool *pool, size_t size);   /* zeroed */
char *pool_strdup(struct pool *pool, const char *text);
char *pool_strndup(struct pool *pool, const char *text, size_t length);
char *pool_printf(struct pool *pool, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *pool_vprintf(struct pool *pool, const char *format, va_list args);
/* A copy of an array of `count` elements with room for one more (zeroed); the old one stays until the pool
   goes. */
void *pool_grow(struct pool *pool, const void *array, size_t count, size_t element);
void pool_free(struct pool *pool);

#endif
