/* SPDX-License-Identifier: GPL-2.0-only */
#include <xen/lib.h>
#include "bitmap.h"

int bitmap_to_xenctl(struct xenctl_bitmap *to, const unsigned long *map, unsigned bits)
{
    unsigned ours = DIV_ROUND_UP(bits, 8), theirs = DIV_ROUND_UP(to->nr_bits, 8), n = min(ours, theirs);
    uint8_t last;

    if (to->nr_bits == 0)
        return 0;
    if (to->nr_bits < bits && to->nr_bits % 8) {        /* the last byte has bits the caller has no room for */
        last = ((const uint8_t *)map)[n - 1] & ((1u << to->nr_bits % 8) - 1);
        if (raw_copy_to_guest(to->bitmap.p, map, n - 1) || raw_copy_to_guest(to->bitmap.p + n - 1, &last, 1))
            return -EFAULT;
        return 0;
    }
    if (raw_copy_to_guest(to->bitmap.p, map, n))
        return -EFAULT;
    return theirs > n && raw_clear_guest(to->bitmap.p + n, min(theirs - n, 4096u)) ? -EFAULT : 0;
}

int xenctl_to_bitmap(unsigned long *map, const struct xenctl_bitmap *from, unsigned bits)
{
    unsigned ours = DIV_ROUND_UP(bits, 8), theirs = DIV_ROUND_UP(from->nr_bits, 8);
    uint8_t *bytes = (uint8_t *)map;

    memset(map, 0, BITS_TO_LONGS(bits) * sizeof(*map));
    if (raw_copy_from_guest(map, from->bitmap.p, min(ours, theirs)))
        return -EFAULT;
    if (from->nr_bits < bits && from->nr_bits % 8)
        bytes[theirs - 1] &= (1u << from->nr_bits % 8) - 1;
    return 0;
}
