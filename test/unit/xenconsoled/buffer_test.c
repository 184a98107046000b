/* SPDX-License-Identifier: GPL-2.0-only */
/* The buffer between a guest and its console's reader, against a plain model of it; and the log files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buffer.h"
#include "log.h"

static int failures;

static void check(const char *name, int good, const char *why)
{
    printf(good ? "ok %s\n" : "FAIL %s: %s\n", name, why);
    failures += !good;
}

/* Whatever is added and taken: what is left is the newest part of what was added, unbroken, in order. */
static void test_against_stream(void)
{
    struct buffer buffer = { .limit = 3 * BUFFER_MIN_LIMIT / 2 };
    unsigned char piece[8192];
    unsigned long added = 0;
    int good = 1;

    srand(1);
    for (int round = 0; good && round < 20000; round++) {
        size_t length = (size_t)rand() % (round % 100 ? 300 : sizeof(piece));

        for (size_t i = 0; i < length; i++)
            piece[i] = (unsigned char)((added + i) * 2654435761u >> 13);
        buffer_add(&buffer, (char *)piece, length);
        added += length;
        good = buffer.used <= buffer.limit && buffer.used <= added;
        for (size_t i = 0; good && i < buffer.used; i++)
            good = (unsigned char)buffer_front(&buffer)[i] ==
                   (unsigned char)((added - buffer.used + i) * 2654435761u >> 13);
        if (buffer.used)
            buffer_consume(&buffer, (size_t)rand() % (buffer.used + 1));
    }
    check("buffer holds the newest output", good, "wrong bytes");
    buffer_free(&buffer);
}

static void test_keeps_all_below_limit(void)
{
    struct buffer buffer = { .limit = BUFFER_MAX_LIMIT };
    char piece[1024] = { 0 };

    for (unsigned int i = 0; i < BUFFER_MAX_LIMIT / sizeof(piece); i++)
        buffer_add(&buffer, piece, sizeof(piece));
    check("buffer keeps all up to its limit", buffer.used == BUFFER_MAX_LIMIT, "dropped too early");
    buffer_add(&buffer, piece, 1);
    check("buffer drops half beyond", buffer.used == BUFFER_MAX_LIMIT / 2 + 1, "other amount");
    buffer_free(&buffer);
}

static long size_of(const char *dir, const char *name)
{
    char path[512];
    struct stat st;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    return stat(path, &st) ? -1 : (long)st.st_size;
}

static unsigned int writes;

ssize_t __real_write(int fd, const void *data, size_t length);
ssize_t __wrap_write(int fd, const void *data, size_t length);

/* Stands before write() by the linker's --wrap. */
ssize_t __wrap_write(int fd, const void *data, size_t length)
{
    writes++;
    return __real_write(fd, data, length);
}

/* What fills a console's ring costs few calls, whatever it is. */
static void test_many_lines(const char *dir)
{
    static char lines[2048], line[20000];
    struct log log;

    memset(lines, '\n', sizeof(lines));
    memset(line, 'x', sizeof(line));
    log_open(&log, dir, "many", 1);
    writes = 0;
    log_write(&log, lines, sizeof(lines));
    check("log of empty lines", writes < 10 && size_of(dir, "many.log") == 2048 * 23, "many calls, or other size");
    log_write(&log, line, sizeof(line));
    log_write(&log, "\n", 1);
    check("log of a long line", size_of(dir, "many.log") == 2048 * 23 + 22 + 20001, "other size");
    log_close(&log);
}

static void test_log(void)
{
    char dir[] = "/tmp/xenconsoled-test-XXXXXX", command[64], line[1000];
    struct log log;

    if (!mkdtemp(dir))
        abort();
    log_open(&log, dir, "guest-../a b", 0);
    log_write(&log, "hello\n", 6);
    check("log file has a harmless name", size_of(dir, "guest-.._a_b.log") == 6, "other name or size");
    memset(line, 'x', sizeof(line));
    for (unsigned int i = 0; i <= LOG_MAX_BYTES / sizeof(line) + 1; i++)
        log_write(&log, line, sizeof(line));
    check("log is rotated", size_of(dir, "guest-.._a_b.log.old") >= (long)LOG_MAX_BYTES &&
          size_of(dir, "guest-.._a_b.log") < 10000, "sizes");
    log_close(&log);
    log_open(&log, dir, "times", 1);
    log_write(&log, "one\ntw", 6);
    log_write(&log, "o\n", 2);
    log_close(&log);
    check("log has times before lines", size_of(dir, "times.log") == 2 * 22 + 8, "other size");
    test_many_lines(dir);
    snprintf(command, sizeof(command), "rm -r %s", dir);
    if (system(command))
        abort();
}

int main(void)
{
    test_against_stream();
    test_keeps_all_below_limit();
    test_log();
    return failures ? 1 : 0;
}
