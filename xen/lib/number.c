/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers and sizes in text. */
#include <xen/lib.h>

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
        return (c | 0x20) - 'a' + 10;
    return 16;
}

unsigned long strtoul(const char *s, const char **end, unsigned base)
{
    unsigned long v = 0;

    if ((base == 0 || base == 16) && s[0] == '0' && (s[1] | 0x20) == 'x') {
        s += 2;
        base = 16;
    } else if (base == 0)
        base = s[0] == '0' ? 8 : 10;
    for (; *s && digit_of(*s) < (int)base; s++)
        if (__builtin_mul_overflow(v, (unsigned long)base, &v) ||
            __builtin_add_overflow(v, (unsigned long)digit_of(*s), &v))
            v = ~0UL;
    if (end)
        *end = s;
    return v;
}

uint64_t parse_size(const char *s, const char **end, unsigned default_shift)
{
    const char *p;
    uint64_t v = strtoul(s, &p, 0);
    unsigned shift = default_shift;

    if (p != s) {
        switch (*p | 0x20) {
        case 't': shift = 40; p++; break;
        case 'g': shift = 30; p++; break;
        case 'm': shift = 20; p++; break;
        case 'k': shift = 10; p++; break;
        case 'b': shift = 0; p++; break;
        }
    }
    if (end)
        *end = p;
    return v > ~0UL >> shift ? ~0UL : v << shift;
}
