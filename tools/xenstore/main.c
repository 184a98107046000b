/* SPDX-License-Identifier: GPL-2.0-only */
/* Which command, its options, its transaction. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

static const char *program;

/* See client.h. */
void fail(const char *format, ...)
{
    va_list args;

    fprintf(stderr, "%s: ", program);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

static const struct command *find_command(const char *name)
{
    for (const struct command *c = commands; c->name; c++)
        if (!strcmp(c->name, name))
            return c;
    return NULL;
}

static int list_commands(FILE *to)
{
    fprintf(to, "Usage: xenstore COMMAND [OPTION]... [ARGUMENT]...\nCommands:");
    for (const struct command *c = commands; c->name; c++)
        fprintf(to, " %s", c->name);
    fprintf(to, "\nEach is installed as xenstore-COMMAND as well; -h tells its options.\n");
    return to == stderr;
}

static void usage(const struct command *command, FILE *to)
{
    fprintf(to, "Usage: %s [-h] [-s]", program);
    for (const char *p = command->options; *p; p++) {
        bool value = p[1] == ':';

        fprintf(to, value ? " [-%c NUMBER]" : " [-%c]", *p);
        p += value;
    }
    fprintf(to, " %s\n", command->args);
}

/* False: what follows the option is of no use. */
static bool set_option(struct client *client, int option)
{
    char *end;
    long number;

    switch (option) {
    case 'p':
        client->prefix = true;
        break;
    case 'f':
        client->flat = true;
        break;
    case 'R':
        client->raw = true;
        break;
    case 't':
        client->tidy = true;
        break;
    case 'r':
        client->recursive = true;
        break;
    case 'u':
        client->upwards = true;
        break;
    case 'n':
        errno = 0;
        number = strtol(optarg, &end, 10);
        if (end == optarg || *end || errno || number < 0 || number > INT_MAX) {
            fail("'%s' is no number of events", optarg);
            return false;
        }
        client->events = (int)number;
        break;
    default: /* -s, which once chose the socket */
        break;
    }
    return true;
}

/* 0: go on, else exit with status - 1. */
static int read_options(struct client *client, const struct command *command, int argc, char **argv)
{
    char letters[32];
    int option;

    snprintf(letters, sizeof(letters), "hs%s", command->options);
    while ((option = getopt(argc, argv, letters)) != -1) {
        if (option == 'h' || option == '?') {
            usage(command, option == 'h' ? stdout : stderr);
            return option == 'h' ? 1 : 2;
        }
        if (!set_option(client, option))
            return 2;
    }
    if (argc - optind >= command->min_args)
        return 0;
    usage(command, stderr);
    return 2;
}

/* Run the command in transactions until none of them meets a conflict. */
static bool run_in_transaction(struct client *client, const struct command *command, int argc, char **argv)
{
    for (;;) {
        char *text = NULL;
        size_t size;
        FILE *out = stdout, *memory = open_memstream(&text, &size);
        bool good, committed;

        client->tx = xs_transaction_start(client->xs);
        if (!memory || client->tx == XBT_NULL) {
            fail("can't start a transaction: %s", strerror(errno));
            return false;
        }
        stdout = memory;
        good = command->run(client, argc, argv);
        stdout = out;
        fclose(memory);
        committed = xs_transaction_end(client->xs, client->tx, !good);
        if (good && !committed && errno == EAGAIN) {
            free(text);
            continue;
        }
        if (good && !committed)
            fail("can't commit: %s", strerror(errno));
        fputs(text, stdout);
        free(text);
        return good && committed;
    }
}

/*
 * In domain 0 the kernel's device leads to the daemon behind the socket, and waits for ever when there is
 * none.
 */
static bool in_domain0(void)
{
    char text[64] = "";
    FILE *file = fopen("/proc/xen/capabilities", "r");

    if (file) {
        if (!fgets(text, sizeof(text), file))
            text[0] = '\0';
        fclose(file);
    }
    return strstr(text, "control_d");
}

static int run(const struct command *command, int argc, char **argv)
{
    struct client client = { .tx = XBT_NULL, .events = -1 };
    int stop = read_options(&client, command, argc, argv);
    bool good;

    if (stop)
        return stop - 1;
    argc -= optind;
    argv += optind;
    client.xs = xs_open(in_domain0() ? XS_OPEN_SOCKETONLY : 0);
    if (!client.xs) {
        fail("can't connect to the store: %s (is xenstored running?)", strerror(errno));
        return 1;
    }
    if (command->transaction)
        good = run_in_transaction(&client, command, argc, argv);
    else
        good = command->run(&client, argc, argv);
    xs_close(client.xs);
    if (fflush(stdout)) {
        fail("can't write: %s", strerror(errno));
        good = false;
    }
    return !good;
}

int main(int argc, char **argv)
{
    static char joined[64];
    const struct command *command;
    const char *name = strrchr(argv[0], '/');

    program = name = name ? name + 1 : argv[0];
    if (!strncmp(name, "xenstore-", 9)) {
        command = find_command(name + 9);
        if (command)
            return run(command, argc, argv);
    }
    if (argc < 2)
        return list_commands(stderr);
    if (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help"))
        return list_commands(stdout);
    command = find_command(argv[1]);
    if (!command) {
        fail("there is no command '%s'", argv[1]);
        return list_commands(stderr);
    }
    snprintf(joined, sizeof(joined), "xenstore-%s", command->name);
    program = argv[1] = joined;
    return run(command, argc - 1, argv + 1);
}
