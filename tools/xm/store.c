/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store.h"

enum change_kind { CHANGE_PUT, CHANGE_MAKE, CHANGE_REMOVE };

struct store_change {
    enum change_kind kind;
    const char *path, *value;
    struct store_access access;
};

static struct store_change *add_change(struct store_batch *batch, enum change_kind kind, const char *path)
{
    struct store_change *change;

    batch->changes = pool_grow(&batch->xm->pool, batch->changes, batch->count, sizeof(*batch->changes));
    change = &batch->changes[batch->count++];
    change->kind = kind;
    change->path = pool_strdup(&batch->xm->pool, path);
    return change;
}

/* See store.h. */
void store_put(struct store_batch *batch, const char *path, const char *format, ...)
{
    struct store_change *change = add_change(batch, CHANGE_PUT, path);
    va_list args;

    va_start(args, format);
    change->value = pool_vprintf(&batch->xm->pool, format, args);
    va_end(args);
}

/* See store.h. */
void store_make(struct store_batch *batch, const char *path, struct store_access access)
{
    add_change(batch, CHANGE_MAKE, path)->access = access;
}

/* See store.h. */
void store_remove(struct store_batch *batch, const char *path)
{
    add_change(batch, CHANGE_REMOVE, path);
}

static bool make_node(struct xs_handle *xs, xs_transaction_t transaction, const struct store_change *change)
{
    struct xs_permissions permissions[2] = {
        { .id = change->access.owner, .perms = XS_PERM_NONE },
        { .id = change->access.reader, .perms = XS_PERM_READ },
    };
    unsigned int count = change->access.reader == change->access.owner ? 1 : 2;

    return xs_mkdir(xs, transaction, change->path) &&
           xs_set_permissions(xs, transaction, change->path, permissions, count);
}

static bool apply(struct xs_handle *xs, xs_transaction_t transaction, const struct store_change *change)
{
    switch (change->kind) {
    case CHANGE_PUT:
        return xs_write(xs, transaction, change->path, change->value, (unsigned int)strlen(change->value));
    case CHANGE_MAKE:
        return make_node(xs, transaction, change);
    default:
        return xs_rm(xs, transaction, change->path) || errno == ENOENT;
    }
}

static int attempt(struct store_batch *batch, const struct store_change **culprit)
{
    struct xs_handle *xs = batch->xm->xs;
    xs_transaction_t transaction = xs_transaction_start(xs);
    int err;

    *culprit = NULL;
    if (transaction == XBT_NULL)
        return -errno;
    for (size_t i = 0; i < batch->count; i++)
        if (!apply(xs, transaction, &batch->changes[i])) {
            err = -errno;
            *culprit = &batch->changes[i];
            xs_transaction_end(xs, transaction, true);
            return err;
        }
    return xs_transaction_end(xs, transaction, false) ? 0 : -errno;
}

/* See store.h. */
int store_commit(struct store_batch *batch)
{
    const struct store_change *culprit;
    int err;

    do
        err = attempt(batch, &culprit);
    while (err == -EAGAIN);
    if (err)
        fail_errno(err, "can't change the store%s%s", culprit ? " at " : "", culprit ? culprit->path : "");
    return err;
}

static char *read_path(struct xm *xm, const char *format, va_list args)
{
    unsigned int length;
    char *path = pool_vprintf(&xm->pool, format, args), *value, *copy;

    value = xs_read(xm->xs, XBT_NULL, path, &length);
    copy = value ? pool_strndup(&xm->pool, value, length) : NULL;
    free(value);
    return copy;
}

/* See store.h. */
char *store_read(struct xm *xm, const char *path, ...)
{
    va_list args;
    char *value;

    va_start(args, path);
    value = read_path(xm, path, args);
    va_end(args);
    return value;
}

/* See store.h. */
long long store_number(struct xm *xm, long long otherwise, const char *path, ...)
{
    va_list args;
    char *value, *end;
    long long number;

    va_start(args, path);
    value = read_path(xm, path, args);
    va_end(args);
    if (!value)
        return otherwise;
    number = strtoll(value, &end, 10);
    return end == value || *end ? otherwise : number;
}

/* See store.h. */
char **store_list(struct xm *xm, unsigned int *count, const char *path, ...)
{
    va_list args;
    char *where, **names, **copies;

    va_start(args, path);
    where = pool_vprintf(&xm->pool, path, args);
    va_end(args);
    *count = 0;
    names = xs_directory(xm->xs, XBT_NULL, where, count);
    if (!names || !*count) {
        free(names);
        return NULL;
    }
    copies = pool_alloc(&xm->pool, *count * sizeof(*copies));
    for (unsigned int i = 0; i < *count; i++)
        copies[i] = pool_strdup(&xm->pool, names[i]);
    free(names);
    return copies;
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* One round: until something we watch has changed. All that is there already is taken off. */
static int await_event(struct xs_handle *xs, int64_t deadline)
{
    struct pollfd fd = { .fd = xs_fileno(xs), .events = POLLIN };
    int64_t left = deadline < 0 ? -1 : deadline - now_ms();
    char **event;
    int ready;

    if (deadline >= 0 && left <= 0)
        return -ETIMEDOUT;
    ready = poll(&fd, 1, (int)left);
    if (ready < 0 && errno != EINTR)
        return -errno;
    if (!ready)
        return -ETIMEDOUT;
    errno = 0;
    while ((event = xs_check_watch(xs)))
        free(event);
    return !errno || errno == EAGAIN || errno == EINTR ? 0 : -errno;
}

/* See store.h. */
int store_wait(struct xm *xm, const char *const *paths, size_t count, int timeout_ms, store_condition done,
               void *arg)
{
    int64_t deadline = timeout_ms < 0 ? -1 : now_ms() + timeout_ms;
    size_t watched;
    int err = 0, answer;

    for (watched = 0; watched < count; watched++)
        if (!xs_watch(xm->xs, paths[watched], "xm")) {
            err = -errno;
            break;
        }
    while (!err) {
        if (xm_interrupted(xm)) {
            err = -EINTR;
            break;
        }
        answer = done(xm, arg);
        if (answer) {
            err = answer < 0 ? answer : 0;
            break;
        }
        err = await_event(xm->xs, deadline);
    }
    while (watched--)
        xs_unwatch(xm->xs, paths[watched], "xm");
    return err;
}
