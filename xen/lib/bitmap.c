/* SPDX-License-Identifier: GPL-2.0-only */
#include <xen/bitmap.h>

/* First set bit of the map XORed with flip, at or after from. */
static unsigned find_next(const unsigned long *map, unsigned bits, unsigned from, unsigned long flip)
{
    for (unsigned w = from / BITS_PER_LONG; from < bits; w++, from = w * BITS_PER_LONG) {
        unsigned long word = (map[w] ^ flip) & (~0UL << (from % BITS_PER_LONG));

        if (word) {
            from = w * BITS_PER_LONG + find_first_set(word);
            return from < bits ? from : bits;
        }
    }
    return bits;
}

unsigned find_next_bit(const unsigned long *map, unsigned bits, unsigned from)
{
    return find_next(map, bits, from, 0);
}

unsigned find_next_zero_bit(const unsigned long *map, unsigned bits, unsigned from)
{
    return find_next(map, bits, from, ~0UL);
}

unsigned bitmap_weight(const unsigned long *map, unsigned bits)
{
    unsigned n = 0;

    for (unsigned i = 0; i < bits; i += BITS_PER_LONG) {
        unsigned long word = map[i / BITS_PER_LONG];

        if (bits - i < BITS_PER_LONG)
            word &= (1UL << (bits - i)) - 1;
        for (; word; word &= word - 1)
            n++;
    }
    return n;
}

void bitmap_fill(unsigned long *map, unsigned bits)
{
    for (unsigned i = 0; i < BITS_TO_LONGS(bits); i++)
        map[i] = ~0UL;
    if (bits % BITS_PER_LONG)
        map[bits / BITS_PER_LONG] = (1UL << bits % BITS_PER_LONG) - 1;
}
