/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

bool verbose;

/* See message.h. The second set of control characters is, in UTF-8, C2 80 to C2 9F. */
char *make_printable(char *text)
{
    for (unsigned char *c = (unsigned char *)text; *c; c++)
        if (*c < ' ' || *c == 0x7f)
            *c = '?';
        else if (*c == 0xc2 && (c[1] & 0xe0) == 0x80)
            c[0] = c[1] = '?';
    return text;
}

static void say(const char *prefix, const char *format, va_list args, const char *tail)
{
    char *text;

    if (vasprintf(&text, format, args) < 0)
        abort();
    fflush(stdout);
    fprintf(stderr, "%s%s%s%s\n", prefix, make_printable(text), tail ? ": " : "", tail ? tail : "");
    free(text);
}

/* See message.h. */
int fail(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say("xm: ", format, args, NULL);
    va_end(args);
    return 1;
}

/* See message.h. */
int fail_errno(int error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say("xm: ", format, args, strerror(abs(error)));
    va_end(args);
    return 1;
}

/* See message.h. */
void hint(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say("    ", format, args, NULL);
    va_end(args);
}

/* "xm: warning: ..." */
void warn(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say("xm: warning: ", format, args, NULL);
    va_end(args);
}

/* See message.h. */
void progress(const char *format, ...)
{
    va_list args;

    if (!verbose)
        return;
    va_start(args, format);
    say("xm: ", format, args, NULL);
    va_end(args);
}
