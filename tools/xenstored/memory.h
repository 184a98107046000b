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

#endif /* XENSTORED_MEMORY_H */
