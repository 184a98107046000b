/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * printf formats: %d %i %u %x %X %o %c %s %p %% with flags - 0 + space #, width and precision (also *),
 * lengths hh h l ll z t.
 */
#include <xen/lib.h>

struct out {
    char *buf, *end;            /* end: last byte that may be written is end[-1], kept for the terminator */
    size_t total;
};

struct spec {
    bool left, zero, plus, space, alt, upper;
    int width, precision;       /* -1: none */
};

static void put(struct out *o, char c)
{
    if (o->buf + o->total + 1 < o->end)
        o->buf[o->total] = c;
    o->total++;
}

static void pad(struct out *o, char c, int n)
{
    while (n-- > 0)
        put(o, c);
}

static void put_string(struct out *o, const struct spec *sp, const char *s)
{
    int len;

    if (!s)
        s = "(null)";
    len = strnlen(s, sp->precision < 0 ? SIZE_MAX : (size_t)sp->precision);
    if (!sp->left)
        pad(o, ' ', sp->width - len);
    for (int i = 0; i < len; i++)
        put(o, s[i]);
    if (sp->left)
        pad(o, ' ', sp->width - len);
}

static void put_number(struct out *o, struct spec sp, uint64_t v, unsigned base, bool negative)
{
    const char *digits = sp.upper ? "0123456789ABCDEF" : "0123456789abcdef";
    char tmp[24], sign[3] = "";
    int n = 0, signs = 0, zeros;

    if (negative)
        sign[signs++] = '-';
    else if (sp.plus)
        sign[signs++] = '+';
    else if (sp.space)
        sign[signs++] = ' ';
    if (sp.alt && base == 16) {
        sign[signs++] = '0';
        sign[signs++] = sp.upper ? 'X' : 'x';
    }
    do
        tmp[n++] = digits[v % base];
    while (v /= base);

    zeros = sp.precision - n;
    if (sp.precision < 0 && sp.zero && !sp.left)
        zeros = sp.width - n - signs;
    if (zeros < 0)
        zeros = 0;
    if (!sp.left)
        pad(o, ' ', sp.width - n - zeros - signs);
    for (int i = 0; i < signs; i++)
        put(o, sign[i]);
    pad(o, '0', zeros);
    for (int i = n; i--;)
        put(o, tmp[i]);
    if (sp.left)
        pad(o, ' ', sp.width - n - zeros - signs);
}

static int parse_int(const char **fmt)
{
    int n = 0;

    while (**fmt >= '0' && **fmt <= '9')
        n = n * 10 + *(*fmt)++ - '0';
    return n;
}

static const char *parse_flags(const char *fmt, struct spec *sp)
{
    for (;; fmt++) {
        switch (*fmt) {
        case '-': sp->left = true; break;
        case '0': sp->zero = true; break;
        case '+': sp->plus = true; break;
        case ' ': sp->space = true; break;
        case '#': sp->alt = true; break;
        default: return fmt;
        }
    }
}

/* Bytes of the integer that the length modifiers name. */
static unsigned parse_length(const char **fmt)
{
    switch (**fmt) {
    case 'l':
        if (*++*fmt == 'l')
            ++*fmt;
        return 8;
    case 'z': case 't': case 'j':
        ++*fmt;
        return 8;
    case 'h':
        if (*++*fmt != 'h')
            return 2;
        ++*fmt;
        return 1;
    }
    return 4;
}

static int64_t sign_extend(uint64_t v, unsigned bytes)
{
    unsigned shift = 64 - 8 * bytes;

    return (int64_t)(v << shift) >> shift;
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
    struct out o = { buf, buf + size, 0 };
    va_list ap;

    va_copy(ap, args);
    for (; *fmt; fmt++) {
        struct spec sp = { .precision = -1 };
        unsigned bytes, base = 10;
        uint64_t v;

        if (*fmt != '%') {
            put(&o, *fmt);
            continue;
        }
        fmt = parse_flags(fmt + 1, &sp);
        if (*fmt == '*') {
            sp.width = va_arg(ap, int);
            fmt++;
        } else
            sp.width = parse_int(&fmt);
        if (*fmt == '.') {
            if (*++fmt == '*') {
                sp.precision = va_arg(ap, int);
                fmt++;
            } else
                sp.precision = parse_int(&fmt);
        }
        bytes = parse_length(&fmt);

        switch (*fmt) {
        case 'c':
            sp.precision = 1;
            put_string(&o, &sp, (char[2]){ va_arg(ap, int), 0 });
            continue;
        case 's':
            put_string(&o, &sp, va_arg(ap, const char *));
            continue;
        case 'p':
            sp.precision = 16;
            put_number(&o, sp, (unsigned long)va_arg(ap, void *), 16, false);
            continue;
        case 'd': case 'i':
            v = bytes == 8 ? va_arg(ap, uint64_t) : (uint64_t)va_arg(ap, int);
            v = sign_extend(v, bytes);
            put_number(&o, sp, (int64_t)v < 0 ? -v : v, 10, (int64_t)v < 0);
            continue;
        case 'X': sp.upper = true; base = 16; break;
        case 'x': base = 16; break;
        case 'o': base = 8; break;
        case 'u': break;
        case 0:             /* a lone % at the end */
            fmt--;
            continue;
        default:
            put(&o, *fmt);
            continue;
        }
        v = bytes == 8 ? va_arg(ap, uint64_t) : va_arg(ap, unsigned);
        put_number(&o, sp, bytes == 8 ? v : v & ((1UL << 8 * bytes) - 1), base, false);
    }
    va_end(ap);
    if (size)
        buf[o.total < size ? o.total : size - 1] = 0;
    return o.total;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(buf, size, fmt, ap);
    va_end(ap);
    return n;
}

/* As snprintf, but returns what was written, for appending. */
int scnprintf(char *buf, size_t size, const char *fmt, ...)
{
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(buf, size, fmt, ap);
    va_end(ap);
    return (size_t)n < size ? n : (size ? (int)size - 1 : 0);
}
