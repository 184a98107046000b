/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory and string functions of C, plus the bounded copies of BSD. */
#include <xen/string.h>
#include <xen/types.h>

#undef memcpy
#undef memset

#define WORDS_BY_LOOP 16

typedef uint16_t __attribute__((aligned(1), may_alias)) any16;
typedef uint32_t __attribute__((aligned(1), may_alias)) any32;
typedef uint64_t __attribute__((aligned(1), may_alias)) any64;

/* Two words that overlap cover any number of bytes from one word to two. */
#define COPY_ENDS(type, d, s, n) do {                                                   \
        type first_ = *(const type *)(s);                                               \
        type last_ = *(const type *)((s) + (n) - sizeof(type));                         \
        *(type *)(d) = first_;                                                          \
        *(type *)((d) + (n) - sizeof(type)) = last_;                                    \
    } while (0)

/* Up to 32 bytes; all are read before the first is written. */
static inline void copy_short(char *d, const char *s, size_t n)
{
    if (n > 16) {
        uint64_t second = *(const any64 *)(s + 8), last_but_one = *(const any64 *)(s + n - 16);

        COPY_ENDS(any64, d, s, n);
        *(any64 *)(d + 8) = second;
        *(any64 *)(d + n - 16) = last_but_one;
    } else if (n >= 8)
        COPY_ENDS(any64, d, s, n);
    else if (n >= 4)
        COPY_ENDS(any32, d, s, n);
    else if (n >= 2)
        COPY_ENDS(any16, d, s, n);
    else if (n)
        *d = *s;
}

/*
 * Also right where the areas overlap and dst is the lower one: memmove() relies on it, so the end is read
 * before anything is written over it. A string instruction takes as long to start as the loop takes for its
 * longest.
 */
void *memcpy(void *dst, const void *src, size_t n)
{
    char *d = dst;
    const char *s = src;
    uint64_t last;
    size_t words;

    if (n <= 32) {
        copy_short(d, s, n);
        return dst;
    }
    last = *(const any64 *)(s + n - 8);
    words = (n - 1) / 8;
    if (words <= WORDS_BY_LOOP)
        for (; words; words--, d += 8, s += 8)
            *(any64 *)d = *(const any64 *)s;
    else
        __asm__ volatile ("rep movsq" : "+D" (d), "+S" (s), "+c" (words) :: "memory");
    *(any64 *)((char *)dst + n - 8) = last;
    return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
    char *d = dst;
    const char *s = src;

    if (d <= s || d >= s + n)
        return memcpy(dst, src, n);
    while (n--)
        d[n] = s[n];
    return dst;
}

void *memset(void *dst, int c, size_t n)
{
    void *d = dst;
    size_t words = n / 8;
    uint64_t pattern = 0x0101010101010101u * (uint8_t)c;

    if (words) {
        __asm__ volatile ("rep stosq" : "+D" (d), "+c" (words) : "a" (pattern) : "memory");
        *(any64 *)((char *)dst + n - 8) = pattern;
    } else
        __asm__ volatile ("rep stosb" : "+D" (d), "+c" (n) : "a" (c) : "memory");
    return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
    const unsigned char *p = a, *q = b;

    for (; n; n--, p++, q++)
        if (*p != *q)
            return *p - *q;
    return 0;
}

void *memchr(const void *s, int c, size_t n)
{
    for (const unsigned char *p = s; n; n--, p++)
        if (*p == (unsigned char)c)
            return (void *)p;
    return NULL;
}

size_t strlen(const char *s)
{
    const char *p = s;

    while (*p)
        p++;
    return p - s;
}

size_t strnlen(const char *s, size_t n)
{
    size_t i = 0;

    while (i < n && s[i])
        i++;
    return i;
}

int strncmp(const char *a, const char *b, size_t n)
{
    for (; n; n--, a++, b++)
        if (*a != *b || !*a)
            return (unsigned char)*a - (unsigned char)*b;
    return 0;
}

int strcmp(const char *a, const char *b)
{
    return strncmp(a, b, SIZE_MAX);
}

char *strchr(const char *s, int c)
{
    for (; *s != (char)c; s++)
        if (!*s)
            return NULL;
    return (char *)s;
}

char *strrchr(const char *s, int c)
{
    const char *found = NULL;

    do {
        if (*s == (char)c)
            found = s;
    } while (*s++);
    return (char *)found;
}

char *strstr(const char *s, const char *what)
{
    size_t n = strlen(what);

    for (; *s; s++)
        if (!strncmp(s, what, n))
            return (char *)s;
    return n ? NULL : (char *)s;
}

/* Copies what fits, always terminated; returns strlen(src). */
size_t strlcpy(char *dst, const char *src, size_t size)
{
    size_t n = strlen(src), fits = n < size ? n : size - 1;

    if (size) {
        memcpy(dst, src, fits);
        dst[fits] = 0;
    }
    return n;
}

size_t strlcat(char *dst, const char *src, size_t size)
{
    size_t n = strnlen(dst, size);

    return n + strlcpy(dst + n, src, size - n);
}
