/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

#ifndef VERSION
#define VERSION "unknown"
#endif

static const char *const intro =
    "xm: create and control virtual machines\n"
    "usage: xm [-v] [--json] COMMAND [ARGUMENTS]\n";

static void print_command(const struct command *command)
{
    printf("xm %s %s\n    %s\n", command->name, command->usage, command->summary);
    if (!command->help)
        return;
    for (const char *line = command->help; *line;) {
        size_t length = strcspn(line, "\n");

        printf("    %.*s\n", (int)length, line);
        line += length + (line[length] == '\n');
    }
}

/* The command `help`. */
int cmd_help(struct xm *xm, int argc, char **argv)
{
    bool all = argc > 1 && (!strcmp(argv[1], "--long") || !strcmp(argv[1], "-l"));
    const struct command *command;

    if (argc > 1 && !all) {
        command = command_find(argv[1]);
        if (!command) {
            fail("there is no command '%s'", argv[1]);
            hint("xm help lists them");
            return 2;
        }
        print_command(command);
        return 0;
    }
    printf("%s\n", intro);
    for (command = commands; command->name; command++) {
        if (all) {
            print_command(command);
            printf("\n");
        } else {
            printf("  %-16s%s\n", command->name, command->summary);
        }
    }
    printf("%sxm help COMMAND tells more about one.\n", all ? "" : "\n");
    return 0;
}

/* See command.h. */
int bad_usage(const char *name)
{
    const struct command *command = command_find(name);

    fail("usage: xm %s %s", name, command->usage);
    hint("xm help %s tells more", name);
    return 2;
}

/* The names alone, for the completion of the shell. */
static void print_names(void)
{
    for (const struct command *command = commands; command->name; command++)
        printf("%s\n", command->name);
}

static int run(struct xm *xm, int argc, char **argv)
{
    const struct command *command = command_find(argv[0]);

    if (!command) {
        fail("there is no command '%s'", argv[0]);
        hint("xm help lists them");
        return 2;
    }
    for (int i = 1; i < argc; i++)
        if (!strcmp(argv[i], "--help")) {
            print_command(command);
            return 0;
        }
    if ((command->needs & NEEDS_XC) && xm_open_xc(xm))
        return 1;
    if ((command->needs & NEEDS_STORE) && xm_open_store(xm))
        return 1;
    optind = 0;
    return command->run(xm, argc, argv);
}

/* --json is understood before and after the command's name, by every command (some have nothing to say in
   it). */
static int take_json(struct xm *xm, int argc, char **argv)
{
    int kept = 0;

    for (int i = 0; i < argc; i++)
        if (!strcmp(argv[i], "--json"))
            xm->json = true;
        else
            argv[kept++] = argv[i];
    argv[kept] = NULL;
    return kept;
}

int main(int argc, char **argv)
{
    struct xm xm = { .json = false };
    int first = 1, status;

    signal(SIGPIPE, SIG_IGN);
    argc = take_json(&xm, argc, argv);
    for (; first < argc && argv[first][0] == '-'; first++) {
        if (!strcmp(argv[first], "-v"))
            verbose = true;
        else if (!strcmp(argv[first], "--version"))
            return printf("xm %s\n", VERSION) < 0;
        else if (!strcmp(argv[first], "--commands"))
            return print_names(), 0;
        else if (!strcmp(argv[first], "--help") || !strcmp(argv[first], "-h"))
            return cmd_help(&xm, 1, argv);
        else
            return fail("there is no option '%s' before the command", argv[first]), 2;
    }
    if (first == argc) {
        fputs(intro, stderr);
        hint("xm help lists the commands");
        return 2;
    }
    status = run(&xm, argc - first, argv + first);
    if (fflush(stdout) && !status)
        status = fail_errno(errno, "can't write the answer");
    xm_close(&xm);
    return status;
}
