/* SPDX-License-Identifier: GPL-2.0-only */
#include "unit.h"

static char reason[512];

void failed(const char *file, int line, const char *what)
{
    const char *slash = strrchr(file, '/');

    if (!reason[0])
        snprintf(reason, sizeof(reason), "%s:%d: %s", slash ? slash + 1 : file, line, what);
}

void check_reason(const char *file, int line, const char *why, const char *want)
{
    char text[400];

    if ((why && want && strstr(why, want)) || (!why && !want))
        return;
    snprintf(text, sizeof(text), "got \"%s\", expected \"%s\"", why ? why : "success",
             want ? want : "success");
    failed(file, line, text);
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
    return run_all(elf_tests) | run_all(bzimage_tests) | run_all(layout_tests) | run_all(start_info_tests);
}
