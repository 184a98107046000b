/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_H
#define UNIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Why the running test fails: the first reason counts. */
void failed(const char *file, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));

#define CHECK(condition)                                \
    do {                                                \
        if (!(condition))                               \
            failed(__FILE__, __LINE__, "%s", #condition); \
    } while (0)

struct test {
    const char *name;
    void (*run)(void);
};

extern const struct test tree_tests[], wire_tests[], watch_tests[], perms_tests[], transaction_tests[],
    listing_tests[];

#endif
