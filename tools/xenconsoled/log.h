/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XENCONSOLED_LOG_H
#define XENCONSOLED_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct log_options {
    const char *dir;
    bool guest, hypervisor;             /* what is logged */
    bool guest_times, hypervisor_times; /* whose lines get the time in front */
};

/* A log file. At LOG_MAX_BYTES it becomes FILE.old (replacing that) and a new one is begun, so no guest fills
   the disk. */
#define LOG_MAX_BYTES (16u << 20)

struct log {
    char *path;             /* NULL: nothing is logged */
    int fd;
    uint64_t length;
    bool times;
    bool in_line;           /* the last byte was not the end of a line */
};

/* Opens DIR/NAME.log; characters of the name that don't belong into a file's name are replaced. */
void log_open(struct log *log, const char *dir, const char *name, bool times);
void log_write(struct log *log, const char *data, size_t length);
/* After someone has moved the file away. */
void log_reopen(struct log *log);
void log_close(struct log *log);

#endif
