/* SPDX-License-Identifier: GPL-2.0-only */
/* What must work for there to be anything to measure. */
#ifndef BENCH_NEED_H
#define BENCH_NEED_H

#include <stdio.h>
#include <stdlib.h>

/* The bench's run ends with "FAIL what" if it isn't good. */
static void need(int good, const char *what)
{
    if (good)
        return;
    perror(what);
    printf("FAIL %s\n", what);
    exit(1);
}

#endif
