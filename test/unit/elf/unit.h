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
void failed(const char *file, int line, const char *what);

#define CHECK(condition) \
    do { \
        if (!(condition)) \
            failed(__FILE__, __LINE__, #condition); \
    } while (0)

/* That a call gave NULL (want NULL), or a reason in which the text occurs. */
void check_reason(const char *file, int line, const char *why, const char *want);
#define REASON(why, want) check_reason(__FILE__, __LINE__, why, want)

struct test {
    const char *name;
    void (*run)(void);
};

extern const struct test elf_tests[], bzimage_tests[], layout_tests[], start_info_tests[];

#endif
