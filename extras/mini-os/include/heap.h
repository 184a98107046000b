/* SPDX-License-Identifier: MIT */
/* Memory in pieces of any size. */
#ifndef HEAP_H
#define HEAP_H

#include "types.h"

/* Aligned for any type; zeroed; never NULL: a kernel this small has no better answer to that than to stop. */
void *heap_alloc(size_t size);
void heap_free(void *memory);

/* A copy of a string. */
char *heap_string(const char *text);

/* Bytes in use, heads included. */
size_t heap_used(void);

#endif
