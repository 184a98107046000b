/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

bool verbose;

static void say(const char *prefix, const char *format, va_list args, const char *tail)
{
    fflush(stdout);
    fputs(prefix, stderr);
    vfprintf(stderr, format, args);
    fprintf(stderr, "%s%s\n", tail ? ": " : "", tail ? tail : "");
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
