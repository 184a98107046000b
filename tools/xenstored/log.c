/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>
#include <time.h>

#include "log.h"

bool log_tracing;
static bool on_stderr;
static FILE *file;

/* See log.h. */
void log_start(bool to_stderr)
{
    on_stderr = to_stderr;
    openlog("xenstored", LOG_PID, LOG_DAEMON);
}

/* See log.h. */
int log_file(const char *path)
{
    FILE *new = NULL;

    if (path) {
        new = fopen(path, "ae");
        if (!new)
            return -errno;
        setvbuf(new, NULL, _IOLBF, 0);
    }
    if (file)
        fclose(file);
    file = new;
    return 0;
}

static void to_file(const char *text)
{
    time_t now = time(NULL);
    char stamp[32];

    if (!file)
        return;
    strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", localtime(&now));
    fprintf(file, "%s %s\n", stamp, text);
}

/* What guests send is in some messages: it must neither end a line nor reach a terminal as a command. */
static void say(int priority, const char *format, va_list args)
{
    char text[512];

    vsnprintf(text, sizeof(text), format, args);
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < ' ' || (unsigned char)*c >= 0x7f)
            *c = '?';
    if (on_stderr)
        fprintf(stderr, "xenstored: %s\n", text);
    if (priority < LOG_DEBUG)
        syslog(priority, "%s", text);
    to_file(text);
}

#define SAY(priority)             \
    va_list args;                 \
                                  \
    va_start(args, format);       \
    say(priority, format, args);  \
    va_end(args)

/* What an administrator should know. */
void log_warning(const char *format, ...)
{
    SAY(LOG_WARNING);
}

/* What an administrator may want to know. */
void log_info(const char *format, ...)
{
    SAY(LOG_INFO);
}

/* See log.h. */
void log_trace(const char *format, ...)
{
    SAY(LOG_DEBUG);
}
