/* SPDX-License-Identifier: MIT */
/* Bytes and strings, as in the C library. */
#include "string.h"

void *memset(void *to, int byte, size_t count)
{
    void *at = to;

    asm volatile("rep stosb" : "+D"(at), "+c"(count) : "a"(byte) : "memory");
    return to;
}

void *memcpy(void *to, const void *from, size_t count)
{
    void *at = to;

    asm volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(count) : : "memory");
    return to;
}

void *memmove(void *to, const void *from, size_t count)
{
    char *bytes = to;

    if (to <= from)
        return memcpy(to, from, count);
    while (count--)
        bytes[count] = ((const char *)from)[count];
    return to;
}

int memcmp(const void *a, const void *b, size_t count)
{
    const unsigned char *x = a, *y = b;

    for (; count; count--, x++, y++)
        if (*x != *y)
            return *x - *y;
    return 0;
}

size_t strlen(const char *text)
{
    size_t length = 0;

    while (text[length])
        length++;
    return length;
}

int strcmp(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return (unsigned char)*a - (unsigned char)*b;
}

uint64_t parse_number(const char *text, const char **rest)
{
    uint64_t number = 0;

    for (; *text >= '0' && *text <= '9'; text++)
        number = number * 10 + (*text - '0');
    if (rest)
        *rest = text;
    return number;
}
