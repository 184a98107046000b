/* SPDX-License-Identifier: GPL-2.0-only */
/* Bitmaps of unsigned longs; CPU sets. xen/lib/bitmap.c */
#ifndef XEN_BITMAP_H
#define XEN_BITMAP_H

#include <xen/atomic.h>

#define BITS_TO_LONGS(n) DIV_ROUND_UP(n, BITS_PER_LONG)
#define BITMAP(name, bits) unsigned long name[BITS_TO_LONGS(bits)]

/* Index of the first set (clear) bit at or after from, or bits if there is none. */
unsigned find_next_bit(const unsigned long *map, unsigned bits, unsigned from);
unsigned find_next_zero_bit(const unsigned long *map, unsigned bits, unsigned from);
unsigned bitmap_weight(const unsigned long *map, unsigned bits);
void bitmap_fill(unsigned long *map, unsigned bits);

#endif
