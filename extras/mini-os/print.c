/* SPDX-License-Identifier: MIT */
/* Formatted text. */
#include "print.h"

#include <public/sched.h>

#include "arch.h"
#include "console.h"
#include "shutdown.h"
#include "string.h"

#define DIGITS 20       /* of the largest number of 64 bits */

/* Where formatted text goes, and how much there was, even of what didn't fit. */
struct output {
    char *buffer;
    size_t size, length;
};

/* One %... of a format. */
struct field {
    bool left;          /* '-': blanks go behind */
    char pad;           /* what fills the width: ' ' or '0' */
    unsigned int width;
    unsigned int longs; /* how many l's */
};

static void put(struct output *out, char c)
{
    if (out->length + 1 < out->size)
        out->buffer[out->length] = c;
    out->length++;
}

static void put_text(struct output *out, const struct field *field, const char *text, unsigned int length)
{
    unsigned int fill = field->width > length ? field->width - length : 0;

    for (unsigned int i = 0; i < fill && !field->left; i++)
        put(out, field->pad);
    for (unsigned int i = 0; i < length; i++)
        put(out, text[i]);
    for (unsigned int i = 0; i < fill && field->left; i++)
        put(out, ' ');
}

static void put_number(struct output *out, const struct field *field, uint64_t number, unsigned int base,
                       bool negative)
{
    char digits[DIGITS + 1], *first = digits + sizeof(digits);
    uint32_t digit;

    do {
        number = divide(number, base, &digit);
        *--first = "0123456789abcdef"[digit];
    } while (number);
    if (negative)
        *--first = '-';
    put_text(out, field, first, digits + sizeof(digits) - first);
}

static uint64_t unsigned_argument(const struct field *field, va_list *arguments)
{
    if (field->longs > 1)
        return va_arg(*arguments, unsigned long long);
    return field->longs ? va_arg(*arguments, unsigned long) : va_arg(*arguments, unsigned int);
}

static int64_t signed_argument(const struct field *field, va_list *arguments)
{
    if (field->longs > 1)
        return va_arg(*arguments, long long);
    return field->longs ? va_arg(*arguments, long) : va_arg(*arguments, int);
}

static void put_string(struct output *out, const struct field *field, const char *text)
{
    put_text(out, field, text, strlen(text));
}

/* Carry out the conversion named by a letter. */
static void convert(struct output *out, struct field *field, char letter, va_list *arguments)
{
    int64_t number;

    switch (letter) {
    case 's':
        put_string(out, field, va_arg(*arguments, const char *));
        break;
    case 'c':
        put(out, va_arg(*arguments, int));
        break;
    case 'd':
        number = signed_argument(field, arguments);
        put_number(out, field, number < 0 ? -(uint64_t)number : (uint64_t)number, 10, number < 0);
        break;
    case 'u':
        put_number(out, field, unsigned_argument(field, arguments), 10, false);
        break;
    case 'x':
        put_number(out, field, unsigned_argument(field, arguments), 16, false);
        break;
    case 'p':
        put_number(out, field, (uintptr_t)va_arg(*arguments, void *), 16, false);
        break;
    default:
        put(out, letter);
    }
}

size_t vprint_to(char *buffer, size_t size, const char *format, va_list arguments)
{
    struct output out = { buffer, size, 0 };
    va_list rest;

    va_copy(rest, arguments);
    for (; *format; format++) {
        struct field field = { .pad = ' ' };

        if (*format != '%') {
            put(&out, *format);
            continue;
        }
        for (format++; *format == '-' || *format == '0'; format++)
            if (*format == '-')
                field.left = true;
            else
                field.pad = '0';
        field.width = parse_number(format, &format);
        for (; *format == 'l'; format++)
            field.longs++;
        if (!*format)
            break;
        convert(&out, &field, *format, &rest);
    }
    va_end(rest);
    if (size)
        buffer[out.length < size ? out.length : size - 1] = 0;
    return out.length;
}

size_t print_to(char *buffer, size_t size, const char *format, ...)
{
    va_list arguments;
    size_t length;

    va_start(arguments, format);
    length = vprint_to(buffer, size, format, arguments);
    va_end(arguments);
    return length;
}

void vprint(const char *format, va_list arguments)
{
    char line[LINE_MAX];
    size_t length = vprint_to(line, sizeof(line), format, arguments);

    console_write(line, length < sizeof(line) ? length : sizeof(line) - 1);
}

void print(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vprint(format, arguments);
    va_end(arguments);
}

void panic(const char *format, ...)
{
    va_list arguments;

    print("panic: ");
    va_start(arguments, format);
    vprint(format, arguments);
    va_end(arguments);
    print("\n");
    shut_down(SHUTDOWN_crash);
}
