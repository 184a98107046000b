/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * step LABEL COMMAND [ARGUMENT...]: runs a command with marks before it ("LABEL begin"), when it has ended ("LABEL end")
 * and a second later ("LABEL settled"), by when daemons and whatever it left in the background have done their part.
 * A command that fails ends the machine.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mark.h"

#define SETTLE_SECONDS 1

static void mark_part(const char *label, const char *part)
{
    char text[64];

    snprintf(text, sizeof(text), "%s %s", label, part);
    mark(text);
}

static int run(char **command)
{
    pid_t child = fork();
    int status = -1;

    if (!child) {
        execvp(command[0], command);
        fprintf(stderr, "%s: %s\n", command[0], strerror(errno));
        _exit(127);
    }
    waitpid(child, &status, 0);
    return status;
}

int main(int count, char **arguments)
{
    int status;

    if (count < 3)
        return 2;
    mark_part(arguments[1], "begin");
    status = run(arguments + 2);
    if (status) {
        printf("FAIL step %s: status %#x\n", arguments[1], status);
        fflush(stdout);
        reboot(RB_POWER_OFF);
    }
    mark_part(arguments[1], "end");
    sleep(SETTLE_SECONDS);
    mark_part(arguments[1], "settled");
    return 0;
}
