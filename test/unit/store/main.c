/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdarg.h>

#include "unit.h"

static char reason[1024];

void failed(const char *file, int line, const char *format, ...)
{
    const char *slash = strrchr(file, '/');
    va_list args;
    int n;

    if (reason[0])
        return;
    n = snprintf(reason, sizeof(reason), "%s:%d: ", slash ? slash + 1 : file, line);
    va_start(args, format);
    vsnprintf(reason + n, sizeof(reason) - n, format, args);
    va_end(args);
}

static int run_all(const struct test *tests)
{
    int bad = 0;

    for (; tests->name; tests++) {
        reason[0] = '\0';
        tests->run();
        if (reason[0])
            printf("FAIL %s: %s\n", tests->name, reason);
        else
            printf("ok %s\n", tests->name);
        bad |= reason[0] != '\0';
    }
    return bad;
}

int main(void)
{
    setlinebuf(stdout);
    return run_all(tree_tests) | run_all(wire_tests) | run_all(watch_tests) | run_all(perms_tests) |
           run_all(transaction_tests) | run_all(listing_tests);
}
