/* SPDX-License-Identifier: GPL-2.0-only */
/* No guest here has another width. */
#ifndef ASM_WIDTH_H
#define ASM_WIDTH_H

#include <xen/types.h>

struct width_layout { uint16_t size, size32; };
static const struct width_layout width_long = { 8, 4 };
#define WIDTH_OF(p) ((const struct width_layout *)NULL)
#define width_differs() false
#define width_get(l, dst, p, n) true
#define width_put(l, p, src, n) true
#define NARROW_TYPE(p) __typeof__(*(p))

#endif
