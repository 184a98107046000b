/* SPDX-License-Identifier: GPL-2.0-only */
/* The client library against a daemon: $XENSTORED_RUNDIR says which. */
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <xenstore.h>

static int bad;

static void verdict(const char *name, const char *why)
{
    if (why)
        printf("FAIL library/%s: %s\n", name, why);
    else
        printf("ok library/%s\n", name);
    bad |= why != NULL;
}

/* Whether an event is there, or comes within so many milliseconds. */
static bool readable(struct xs_handle *h, int wait)
{
    return poll(&(struct pollfd){ xs_fileno(h), POLLIN, 0 }, 1, wait) == 1;
}

/* The next event is that path and token. */
static bool is_next(struct xs_handle *h, const char *path, const char *token)
{
    char **event = xs_check_watch(h);
    bool same = event && !strcmp(event[XS_WATCH_PATH], path) && !strcmp(event[XS_WATCH_TOKEN], token);

    free(event);
    return same;
}

static const char *test_nodes(struct xs_handle *h)
{
    struct xs_permissions set[2] = { { 0, XS_PERM_NONE }, { 5, XS_PERM_READ | XS_PERM_WRITE } }, *got;
    unsigned int n;
    char *value;

    if (!xs_write(h, XBT_NULL, "/t/v", "a\0b", 3))
        return "write";
    value = xs_read(h, XBT_NULL, "/t/v", &n);
    if (!value || n != 3 || memcmp(value, "a\0b", 4))
        return "read";
    free(value);
    if (xs_read(h, XBT_NULL, "/t/none", &n) || errno != ENOENT)
        return "read of nothing";
    if (xs_read(h, XBT_NULL, "bad path", &n) || errno != EINVAL)
        return "read of a bad path";
    if (!xs_set_permissions(h, XBT_NULL, "/t/v", set, 2))
        return "set permissions";
    got = xs_get_permissions(h, XBT_NULL, "/t/v", &n);
    if (!got || n != 2 || memcmp(got, set, sizeof(set)))
        return "get permissions";
    free(got);
    if (xs_write(h, XBT_NULL, "/t/v", set, 5000) || errno != E2BIG)
        return "too much";
    if (!xs_rm(h, XBT_NULL, "/t") || !xs_mkdir(h, XBT_NULL, "/t"))
        return "rm, mkdir";
    return NULL;
}

static const char *test_big_directory(struct xs_handle *h)
{
    unsigned int n, last = 0;
    char path[64], **names;

    for (unsigned int i = 0; i < 4000; i++) {
        snprintf(path, sizeof(path), "/t/%05u", i);
        if (!xs_mkdir(h, XBT_NULL, path))
            return "mkdir";
    }
    names = xs_directory(h, XBT_NULL, "/t", &n);
    if (!names || n != 4000)
        return "count";
    for (unsigned int i = 0; i < n; i++)
        last += strtoul(names[i], NULL, 10) == i;
    free(names);
    xs_rm(h, XBT_NULL, "/t");
    return last == 4000 ? NULL : "names";
}

static const char *test_watches(struct xs_handle *h)
{
    if (readable(h, 0) || xs_check_watch(h) || errno != EAGAIN)
        return "event before any watch";
    if (!xs_watch(h, "/t", "token") || !readable(h, 1000) || !is_next(h, "/t", "token"))
        return "first event";
    if (readable(h, 0))
        return "readable without events";
    /* this event arrives while the reply of the next request is waited for */
    if (!xs_write(h, XBT_NULL, "/t/x", "1", 1) || !xs_write(h, XBT_NULL, "/other", "1", 1))
        return "write";
    if (!readable(h, 1000) || !is_next(h, "/t/x", "token") || readable(h, 0))
        return "queued event";
    xs_write(h, XBT_NULL, "/t/y", "1", 1);
    if (!xs_unwatch(h, "/t", "token") || xs_check_watch(h) || errno != EAGAIN)
        return "event after unwatch";
    return xs_unwatch(h, "/t", "token") || errno != ENOENT ? "second unwatch" : NULL;
}

static const char *test_transactions(struct xs_handle *h)
{
    xs_transaction_t t = xs_transaction_start(h);
    struct xs_handle *other = xs_open(0);

    if (t == XBT_NULL || !other)
        return "start";
    free(xs_read(h, t, "/t/x", NULL));
    xs_write(h, t, "/t/z", "1", 1);
    xs_write(other, XBT_NULL, "/t/x", "2", 1);
    if (xs_transaction_end(h, t, false) || errno != EAGAIN)
        return "conflict not seen";
    xs_close(other);
    t = xs_transaction_start(h);
    xs_write(h, t, "/t/z", "1", 1);
    if (!xs_transaction_end(h, t, true) || xs_read(h, XBT_NULL, "/t/z", NULL))
        return "abort";
    return NULL;
}

#define EVENTS 500

static void *count_events(void *arg)
{
    unsigned int n;

    for (unsigned int i = 0; i <= 4 * EVENTS; i++) { /* one is the watch's first */
        char **event = xs_read_watch(arg, &n);

        if (!event || n != 2)
            return "event lost";
        free(event);
    }
    return NULL;
}

struct caller {
    struct xs_handle *h;
    unsigned int number;
};

static void *call(void *arg)
{
    struct caller *caller = arg;
    char path[32], value[16], *got;

    for (unsigned int i = 0; i < EVENTS; i++) {
        snprintf(path, sizeof(path), "/t/%u/%u", caller->number, i);
        snprintf(value, sizeof(value), "%u", i);
        if (!xs_write(caller->h, XBT_NULL, path, value, strlen(value)))
            return "write";
        got = xs_read(caller->h, XBT_NULL, path, NULL);
        if (!got || strcmp(got, value))
            return "somebody else's answer";
        free(got);
    }
    return NULL;
}

static const char *test_threads(struct xs_handle *h)
{
    struct caller callers[4];
    pthread_t reader, threads[4];
    void *why = NULL, *any = NULL;

    if (!xs_watch(h, "/t", "threads"))
        return "watch";
    pthread_create(&reader, NULL, count_events, h);
    for (unsigned int i = 0; i < 4; i++) {
        callers[i] = (struct caller){ h, i };
        pthread_create(&threads[i], NULL, call, &callers[i]);
    }
    for (unsigned int i = 0; i < 4; i++) {
        pthread_join(threads[i], &why);
        any = any ? any : why;
    }
    pthread_join(reader, &why);
    return any ? any : why;
}

static const char *test_domains(struct xs_handle *h)
{
    char *path = xs_get_domain_path(h, 7), *answer;
    bool good = path && !strcmp(path, "/local/domain/7");

    free(path);
    if (!good)
        return "path";
    if (xs_is_domain_introduced(h, 7) || !xs_introduce_domain(h, 7, 1, 1) || !xs_is_domain_introduced(h, 7))
        return "introduce";
    if (!xs_resume_domain(h, 7) || !xs_release_domain(h, 7) || xs_is_domain_introduced(h, 7))
        return "release";
    answer = xs_control_command(h, "check", NULL, 0);
    good = answer && !strcmp(answer, "OK");
    free(answer);
    return good ? NULL : "control";
}

static const char *test_fork(struct xs_handle *h)
{
    pid_t pid = fork();
    int status;

    if (!pid) {
        xs_daemon_destroy_postfork(h);
        _exit(0);
    }
    waitpid(pid, &status, 0);
    return xs_write(h, XBT_NULL, "/t/after", "1", 1) ? NULL : "connection lost";
}

int main(void)
{
    struct xs_handle *h = xs_open(XS_UNWATCH_FILTER);

    setlinebuf(stdout);
    if (!h) {
        verdict("open", strerror(errno));
        return 1;
    }
    verdict("nodes", test_nodes(h));
    verdict("big-directory", test_big_directory(h));
    verdict("watches", test_watches(h));
    verdict("transactions", test_transactions(h));
    verdict("threads", test_threads(h));
    verdict("domains", test_domains(h));
    verdict("fork", test_fork(h));
    xs_rm(h, XBT_NULL, "/t");
    xs_rm(h, XBT_NULL, "/other");
    xs_close(h);
    return bad;
}
