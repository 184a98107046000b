/* SPDX-License-Identifier: GPL-2.0-only */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

static void open_file(struct log *log)
{
    struct stat st;

    log->fd = open(log->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (log->fd < 0)
        syslog(LOG_ERR, "can't open %s: %s", log->path, strerror(errno));
    log->length = log->fd >= 0 && !fstat(log->fd, &st) ? (uint64_t)st.st_size : 0;
}

/* See log.h. */
void log_open(struct log *log, const char *dir, const char *name, bool times)
{
    char *c;

    *log = (struct log){ .fd = -1, .times = times };
    if (asprintf(&log->path, "%s/%s.log", dir, name) < 0) {
        log->path = NULL;
        return;
    }
    for (c = log->path + strlen(dir) + 1; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("-_.+", *c))
            *c = '_';
    open_file(log);
}

static void rotate(struct log *log)
{
    char *old;

    close(log->fd);
    if (asprintf(&old, "%s.old", log->path) >= 0) {
        rename(log->path, old);
        free(old);
    }
    open_file(log);
}

static void put(struct log *log, const char *data, size_t length)
{
    ssize_t done = write(log->fd, data, length);

    /* A full disk loses log lines, nothing else. */
    if (done > 0)
        log->length += (uint64_t)done;
}

/* Lines with their times on the way to the file: a guest that prints empty lines alone costs no call for each. */
struct lines {
    char text[16384];
    size_t used;
};

static void put_lines(struct log *log, struct lines *lines, const char *data, size_t length)
{
    if (length > sizeof(lines->text) - lines->used) {
        put(log, lines->text, lines->used);
        lines->used = 0;
    }
    if (length > sizeof(lines->text)) {
        put(log, data, length);
        return;
    }
    memcpy(lines->text + lines->used, data, length);
    lines->used += length;
}

static void put_with_times(struct log *log, const char *data, size_t length)
{
    time_t now = time(NULL);
    struct lines lines;
    struct tm local;
    char stamp[32];
    size_t stamp_length = strftime(stamp, sizeof(stamp), "[%F %T] ", localtime_r(&now, &local));

    lines.used = 0;
    while (length) {
        const char *end = memchr(data, '\n', length);
        size_t line = end ? (size_t)(end - data) + 1 : length;

        if (!log->in_line)
            put_lines(log, &lines, stamp, stamp_length);
        put_lines(log, &lines, data, line);
        log->in_line = !end;
        data += line;
        length -= line;
    }
    put(log, lines.text, lines.used);
}

/* See log.h. */
void log_write(struct log *log, const char *data, size_t length)
{
    if (!log->path || log->fd < 0)
        return;
    if (log->length >= LOG_MAX_BYTES)
        rotate(log);
    if (log->times)
        put_with_times(log, data, length);
    else
        put(log, data, length);
}

/* See log.h. */
void log_reopen(struct log *log)
{
    if (!log->path)
        return;
    if (log->fd >= 0)
        close(log->fd);
    open_file(log);
}

/* Closes the file, if any. */
void log_close(struct log *log)
{
    if (log->path && log->fd >= 0)
        close(log->fd);
    free(log->path);
    *log = (struct log){ .fd = -1 };
}
