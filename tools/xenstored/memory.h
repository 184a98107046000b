/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that can't fail. What a client can make us allocate is bounded by quotas, and Linux overcommits:
 * if malloc() fails the machine is lost, and a store that goes on with half of its data is worse
 * than one that stops and says so.
 */
#ifndef XENSTORED_MEMORY_H
#define XENSTORED_MEMORY_H

#include <stddef.h>

void *xalloc(size_t size) __attribute__((malloc, returns_nonnull));
void *xzalloc(size_t size) __attribute__((malloc, returns_nonnull));
void *xrealloc(void *old, size_t size) __attribute__((returns_nonnull));

/* Small things that come and go by the thousands: taken from and given back to a list for their size.
 * Memory never leaves these lists; debug builds use malloc(), so that tools can watch over it. */
void *pool_alloc(size_t size) __attribute__((malloc, returns_nonnull));
void pool_free(void *memory, size_t size);
/* The size that pool_alloc() really gives. */
size_t pool_size(size_t size);

#endif /* XENSTORED_MEMORY_H */
