/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <syslog.h>

#include "memory.h"

static void *checked(void *memory)
{
    if (!memory) {
        syslog(LOG_CRIT, "out of memory");
        abort();
    }
    return memory;
}

void *xalloc(size_t size)
{
    return checked(malloc(size));
}

void *xzalloc(size_t size)
{
    return checked(calloc(1, size));
}

void *xrealloc(void *old, size_t size)
{
    return checked(realloc(old, size));
}
