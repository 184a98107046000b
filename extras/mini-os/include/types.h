/* SPDX-License-Identifier: MIT */
/* Types, sizes and barriers that everything needs. */
#ifndef TYPES_H
#define TYPES_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_SHIFT 12
#define PAGE_SIZE  4096ul

#define ARRAY_SIZE(array)     (sizeof(array) / sizeof((array)[0]))
#define ROUND_UP(value, to)   (((value) + (to) - 1) / (to) * (to))
#define PAGES(bytes)          (ROUND_UP(bytes, PAGE_SIZE) >> PAGE_SHIFT)
#define PAGE_ALIGNED          __attribute__((aligned(4096)))
#define PRINTF(text, values)   __attribute__((format(printf, text, values)))

/* x86 keeps the order of loads and that of stores; only a store and a later load may change places. */
#define barrier() asm volatile("" : : : "memory")
#define xen_mb()  __sync_synchronize()
#define xen_rmb() barrier()
#define xen_wmb() barrier()

#endif
