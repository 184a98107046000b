/* SPDX-License-Identifier: GPL-2.0-only */
#include <xen/lib.h>
#include "bitmap.h"

#define ZERO_CHUNK 4096u        /* no caller has more use for zeroes */

static uint8_t low_bits(unsigned n)
{
    return (1u << n) - 1;
}

int bitmap_to_xenctl(struct xenctl_bitmap *to, const unsigned long *map, unsigned bits)
{
    unsigned theirs = DIV_ROUND_UP((uint64_t)to->nr_bits, 8), whole;
    uint8_t last;

    bits = min(bits, to->nr_bits);
    whole = bits / 8;
    if (raw_copy_to_guest(to->bitmap.p, map, whole))
        return -EFAULT;
    if (bits % 8) {
        last = ((const uint8_t *)map)[whole] & low_bits(bits % 8);
        if (raw_copy_to_guest(guest_moved(to->bitmap.p, whole), &last, 1))
            return -EFAULT;
        whole++;
    }
    if (theirs > whole && raw_clear_guest(guest_moved(to->bitmap.p, whole), min(theirs - whole, ZERO_CHUNK)))
        return -EFAULT;
    return 0;
}

int xenctl_to_bitmap(unsigned long *map, const struct xenctl_bitmap *from, unsigned bits)
{
    memset(map, 0, BITS_TO_LONGS(bits) * sizeof(*map));
    bits = min(bits, from->nr_bits);
    if (raw_copy_from_guest(map, from->bitmap.p, DIV_ROUND_UP(bits, 8)))
        return -EFAULT;
    if (bits % 8)
        ((uint8_t *)map)[bits / 8] &= low_bits(bits % 8);
    return 0;
}
