/* SPDX-License-Identifier: GPL-2.0-only */
/* The heap, by libc's. */
#ifndef SHIM_MM_H
#define SHIM_MM_H
#include <stdlib.h>
#define xmalloc(type) ((type *)malloc(sizeof(type)))
#define xzalloc(type) ((type *)calloc(1, sizeof(type)))
#define xfree(p)      free(p)
#endif
