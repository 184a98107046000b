/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Width is decided here, at the edge: where structures pass between guest and hypervisor. Bodies see the
 * 64-bit ones; for a 32-bit guest, those that it lays out differently are converted on the way, by tables made
 * of arch/x86/hypercall/layouts. For a type that is not listed there this costs nothing.
 */
#ifndef ASM_WIDTH_H
#define ASM_WIDTH_H

#include <xen/types.h>
#include <asm/current.h>

/* One member: where it is in both layouts, element sizes and number; `of` when it is itself a structure. */
struct width_member {
    uint16_t at, at32, size, size32, count;
    const struct width_layout *of;
};

struct width_layout {
    uint16_t size, size32, nr_members;
    const struct width_member *member;
};

/* WIDTH_LAYOUTS: a _Generic association of each listed structure with its layout. Made by tools/layouts.py. */
#include <asm/width-layouts.h>

extern const struct width_layout width_long;    /* a bare frame number, pointer or long */

/* The layout of what p points to, NULL if it is the same for all guests. A constant. */
#define WIDTH_OF(p) _Generic((p), WIDTH_LAYOUTS, default: (const struct width_layout *)NULL)

/* Whether the current guest lays such structures out differently. */
#define width_differs() unlikely(get_cpu_info()->narrow)
/* Convert n elements in our memory, from and to the 32-bit layout. Members that only one has: 0. */
void width_widen(const struct width_layout *l, void *native, const void *narrow);
void width_narrow(const struct width_layout *l, void *narrow, const void *native);
/* The same where it is: the place has room for our layout. */
void width_widen_in_place(const struct width_layout *l, void *structure);
void width_narrow_in_place(const struct width_layout *l, void *structure);
/* Copies of n elements, true if they failed. The current guest is a 32-bit one. */
bool width_get(const struct width_layout *l, void *native, const void *guest, size_t n);
bool width_put(const struct width_layout *l, void *guest, const void *native, size_t n);
/* The same for one member, at `at` in the 64-bit structure. */
bool width_put_member(const struct width_layout *l, void *guest, const void *value, size_t at);

#endif
