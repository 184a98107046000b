/* SPDX-License-Identifier: GPL-2.0-only */
/* The numbers that make nanoseconds of a TSC. Compiled on the host too, for unit tests. */
#include <asm/time.h>

/* 2^64 * n / d, n < d */
static uint64_t fraction(uint64_t n, uint64_t d)
{
    uint64_t q, r;

    __asm__ ("divq %4" : "=a" (q), "=d" (r) : "0" (0UL), "1" (n), "rm" (d) : "cc");
    return q;
}

/* mul has its top bit set: as precise as the ABI's formula allows. */
void time_scale_set_rate(struct time_scale *s, uint64_t hz)
{
    uint64_t whole = 1000000000 / hz, frac = fraction(1000000000 % hz, hz);
    int shift = 0;

    while (whole) {
        frac = (frac >> 1) | (whole << 63);
        whole >>= 1;
        shift++;
    }
    while (!(frac >> 63)) {
        frac <<= 1;
        shift--;
    }
    s->mul = frac >> 32;
    s->shift = shift;
    s->drop = shift < 0 ? -shift : 0;
    s->mult = shift < 0 ? s->mul : (uint64_t)s->mul << shift;
}
