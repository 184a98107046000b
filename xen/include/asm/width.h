/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Width is decided here, at the edge: where structures pass between guest and hypervisor. Bodies see the
 * 64-bit ones; for a 32-bit guest, those that it lays out differently are converted on the way, by functions made
 * of arch/x86/hypercall/layouts. For a type that is not listed there this costs nothing.
 */
#ifndef ASM_WIDTH_H
#define ASM_WIDTH_H

#include <xen/types.h>
#include <asm/current.h>

#define WIDTH_CHUNK 512         /* bytes of 32-bit structures converted at a time, if one isn't larger */

/* Converters of n elements in our memory, which don't overlap. Members that only one layout has become 0. */
struct width_layout {
    uint16_t size, size32, chunk;       /* of one in bytes, ours and 32-bit; how many fit in WIDTH_CHUNK */
    void (*widen)(void *restrict native, const void *restrict narrow, size_t n);
    void (*narrow)(void *restrict narrow, const void *restrict native, size_t n);
};

/*
 * struct NAME_32 for each listed structure, its members' dots being underscores; and the _Generic associations of
 * them, WIDTH_LAYOUTS with the layout, WIDTH_TYPES with a pointer to the 32-bit type. Made by tools/layouts.py.
 */
#include <asm/width-layouts.h>

extern const struct width_layout width_long;    /* a bare frame number, pointer or long */

/* The layout of what p points to, NULL if it is the same for all guests. A constant. */
#define WIDTH_OF(p) _Generic((p), WIDTH_LAYOUTS, default: (const struct width_layout *)NULL)
/* What p points to as 32-bit guests have it. */
#define NARROW_TYPE(p) __typeof__(*_Generic((p), WIDTH_TYPES, default: (p)))

/* Whether the current guest lays such structures out differently. */
#define width_differs() unlikely(get_cpu_info()->narrow)
/* Convert one of at most WIDTH_CHUNK bytes where it is: the place has room for our layout. */
void width_widen_in_place(const struct width_layout *l, void *structure);
void width_narrow_in_place(const struct width_layout *l, void *structure);
/* Copies of n elements, true if they failed. The guest's are 32-bit ones. */
bool width_get(const struct width_layout *l, void *native, const void *guest, size_t n);
bool width_put(const struct width_layout *l, void *guest, const void *native, size_t n);

#endif
