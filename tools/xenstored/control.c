/* SPDX-License-Identifier: GPL-2.0-only */
/* XS_CONTROL: what an operator may ask of the daemon itself. */
#include <errno.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "request.h"

#define ARGS_MAX 4

/* An answer being written, as far as there is room. */
struct answer {
    char *text;
    size_t len;
};

static void say(struct answer *answer, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct answer *answer, const char *format, ...)
{
    size_t room = XENSTORE_PAYLOAD_MAX - answer->len;
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(answer->text + answer->len, room, format, args);
    va_end(args);
    answer->len += (size_t)n < room ? (size_t)n : room - 1;
}

typedef int command_fn(struct store *store, struct answer *answer, unsigned int n, char **args);

static int say_ok(struct answer *answer, int error)
{
    if (!error)
        say(answer, "OK");
    return error;
}

static int cmd_check(struct store *store, struct answer *answer, unsigned int n, char **args)
{
    char text[128];

    if (store_check(store, text, sizeof(text)))
        return say_ok(answer, 0);
    log_warning("check: %s", text);
    say(answer, "%s", text);
    return 0;
}

static int cmd_log(struct store *store, struct answer *answer, unsigned int n, char **args)
{
    if (strcmp(args[0], "on") && strcmp(args[0], "off"))
        return -EINVAL;
    log_tracing = !strcmp(args[0], "on");
    return say_ok(answer, 0);
}

static int cmd_logfile(struct store *store, struct answer *answer, unsigned int n, char **args)
{
    return say_ok(answer, log_file(args[0]));
}

static int cmd_print(struct store *store, struct answer *answer, unsigned int n, char **args)
{
    log_info("%s", args[0]);
    return say_ok(answer, 0);
}

static int cmd_memreport(struct store *store, struct answer *answer, unsigned int n, char **args)
{
    struct mallinfo2 info = mallinfo2();
    unsigned int conns = 0;
    size_t queued = 0;

    for (struct conn *conn = store->conns; conn; conn = conn->next) {
        conns++;
        queued += conn->out_bytes;
    }
    say(answer, "allocated: %zu\nfree: %zu\nconnections: %u\nqueued: %zu\nwaits: %u\nwatches: %u\n",
        info.uordblks, info.fordblks, conns, queued, store->waits, store->watch_count);
    return 0;
}

/* A number as an argument. */
static int number(const char *text, uint64_t max, uint64_t *result)
{
    char *end;

    errno = 0;
    *result = strtoull(text, &end, 10);
    return text[0] < '0' || text[0] > '9' || *end || errno || *result > max ? -EINVAL : 0;
}

static int show_domain(struct store *store, struct answer *answer, const char *arg)
{
    const struct domain *domain;
    uint64_t domid;

    if (number(arg, DOMID_LIMIT - 1, &domid))
        return -EINVAL;
    domain = store->domains[domid];
    if (!domain)
        return -ENOENT;
    say(answer, "Domain %u:\n%-18s: %8ld\n%-18s: %8ld\n%-18s: %8u\n%-18s: %8u\n", domain->domid, "nodes",
        domain->nodes, "memory", domain->memory, "watches", domain->watches, "transactions",
        domain->transactions);
    say(answer, "%-18s: %8u\n", "outstanding", domain->conn ? domain->conn->replies : 0);
    for (unsigned int i = 0; i < QUOTA_COUNT; i++)
        if (domain->refused[i])
            say(answer, "refused, %s: %u\n", quota_kinds[i].name, domain->refused[i]);
    if (domain->bad_rings)
        say(answer, "ignored, bad ring: %u\n", domain->bad_rings);
    return 0;
}

static int cmd_quota(struct store *store, struct answer *answer, unsigned int n, char **args)
{
    uint64_t value;

    if (n == 1)
        return show_domain(store, answer, args[0]);
    if (n) {
        if (n != 3 || strcmp(args[0], "set") || number(args[2], INT64_MAX, &value))
            return -EINVAL;
        return say_ok(answer, quota_set(store->limit, args[1], value));
    }
    say(answer, "Quota settings:\n");
    for (unsigned int i = 0; i < QUOTA_COUNT; i++)
        say(answer, "%-18s: %8llu %s\n", quota_kinds[i].name, (unsigned long long)store->limit[i],
            quota_kinds[i].what);
    return 0;
}

static command_fn cmd_help;

static const struct command {
    const char *name;
    unsigned int min, max; /* arguments */
    command_fn *run;
    const char *usage;
} commands[] = {
    { "check", 0, 0, cmd_check, "" },
    { "help", 0, 0, cmd_help, "" },
    { "log", 1, 1, cmd_log, "on|off" },
    { "logfile", 1, 1, cmd_logfile, "<file>" },
    { "memreport", 0, 0, cmd_memreport, "" },
    { "print", 1, 1, cmd_print, "<text>" },
    { "quota", 0, 3, cmd_quota, "[<domid> | set <name> <value>]" },
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int cmd_help(struct store *store, struct answer *answer, unsigned int n, char **args)
{
    for (unsigned int i = 0; i < COMMANDS; i++)
        say(answer, "%s\t%s\n", commands[i].name, commands[i].usage);
    return 0;
}

/* See request.h. */
int control_request(struct request *request)
{
    struct answer answer = { request->reply, 0 };
    char *args[ARGS_MAX];
    unsigned int n = 0, len = request->header->len;
    const char *at = request->body;

    if (!len || at[len - 1] != '\0')
        return -EINVAL;
    for (; at < request->body + len; at += strlen(at) + 1) {
        if (n == ARGS_MAX)
            return -EINVAL;
        args[n++] = (char *)at;
    }
    for (unsigned int i = 0; i < COMMANDS; i++) {
        const struct command *command = &commands[i];
        int error;

        if (strcmp(command->name, args[0]))
            continue;
        if (n - 1 < command->min || n - 1 > command->max)
            return -EINVAL;
        error = command->run(request->conn->store, &answer, n - 1, args + 1);
        return error ? error : (int)answer.len + 1;
    }
    return -EINVAL;
}
