/* SPDX-License-Identifier: GPL-2.0-only */
/* Formatted output to the console, and the few string functions that compilers call. */
#include "test.h"

#include <public/sched.h>

/*
 * Output is collected into lines so that other writers to the console don't split them. Held by one virtual CPU
 * while it prints; a handler of the same one may print over what it interrupted.
 */
static char line[512];
static unsigned int used;
static volatile int owner = -1;

static void put(char c)
{
    line[used++] = c;
    if (c == '\n' || used == sizeof(line)) {
        console_write(line, used);
        used = 0;
    }
}

static void put_padded(const char *text, unsigned int length, unsigned int width, char pad)
{
    for (; width > length; width--)
        put(pad);
    while (length--)
        put(*text++);
}

static void put_number(unsigned long long value, unsigned int base, bool negative, bool alternate,
                       unsigned int width, char pad)
{
    char text[24];
    unsigned int at = sizeof(text);

    do {
        text[--at] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    if (alternate && base == 16) {
        text[--at] = 'x';
        text[--at] = '0';
    }
    if (negative)
        text[--at] = '-';
    put_padded(text + at, sizeof(text) - at, width, pad);
}

static void format_all(const char *format, va_list args)
{
    for (; *format; format++) {
        if (*format != '%') {
            put(*format);
            continue;
        }
        bool alternate = false;
        unsigned int longs = 0;
        char pad = ' ';
        unsigned int width = 0;

        if (*++format == '#') {
            alternate = true;
            format++;
        }
        if (*format == '0')
            pad = *format++;
        while (*format >= '0' && *format <= '9')
            width = width * 10 + *format++ - '0';
        while (*format == 'l' || *format == 'z') {
            longs++;
            format++;
        }
        switch (*format) {
        case 'c':
            put(va_arg(args, int));
            break;
        case 's': {
            const char *text = va_arg(args, const char *);

            put_padded(text, strlen(text), width, ' ');
            break;
        }
        case 'd': {
            long long value = longs > 1 ? va_arg(args, long long) : longs ? va_arg(args, long) : va_arg(args, int);

            put_number(value < 0 ? -(unsigned long long)value : (unsigned long long)value, 10, value < 0, false,
                       width, pad);
            break;
        }
        case 'p':
            put_number(va_arg(args, unsigned long), 16, false, true, width, pad);
            break;
        case 'u':
        case 'x':
            put_number(longs > 1 ? va_arg(args, unsigned long long) :
                       longs ? va_arg(args, unsigned long) : va_arg(args, unsigned int), *format == 'x' ? 16 : 10, false, alternate, width, pad);
            break;
        default:
            put(*format);
            break;
        }
    }
}

void vprint(const char *format, va_list args)
{
    int me = this_cpu()->number;
    bool nested = owner == me;

    while (!nested && !__sync_bool_compare_and_swap(&owner, -1, me))
        HYPERCALL(sched_op, SCHEDOP_yield, 0);
    format_all(format, args);
    if (!nested)
        __atomic_store_n(&owner, -1, __ATOMIC_RELEASE);
}

void print(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vprint(format, args);
    va_end(args);
}

void *memset(void *to, int byte, size_t n)
{
    char *p = to;

    while (n--)
        *p++ = byte;
    return to;
}

void *memcpy(void *to, const void *from, size_t n)
{
    char *p = to;
    const char *q = from;

    while (n--)
        *p++ = *q++;
    return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
    const unsigned char *p = a, *q = b;

    for (; n--; p++, q++)
        if (*p != *q)
            return *p - *q;
    return 0;
}

size_t strlen(const char *s)
{
    size_t n = 0;

    while (s[n])
        n++;
    return n;
}
