/* SPDX-License-Identifier: MIT */
/* Watches: setting them, ending them, and handing out their events. */
#include <stdlib.h>
#include <string.h>

#include "handle.h"

/* See xenstore.h. */
bool xs_watch(struct xs_handle *h, const char *path, const char *token)
{
    struct iovec parts[] = { xs_part(path), xs_part(token) };

    return xs_tell(h, XBT_NULL, XS_WATCH, parts, 2);
}

struct ended_watch {
    const char *path, *token;
};

/* Whether an event belongs to the watch that has ended. */
static bool of_ended_watch(const struct message *m, const void *arg)
{
    const struct ended_watch *ended = arg;
    size_t path_len = strlen(m->body);

    return path_len < m->header.len && !strcmp(m->body + path_len + 1, ended->token) &&
           xs_path_is_subpath(ended->path, m->body);
}

/* See xenstore.h. */
bool xs_unwatch(struct xs_handle *h, const char *path, const char *token)
{
    struct iovec parts[] = { xs_part(path), xs_part(token) };
    struct ended_watch ended = { path, token };
    bool done = xs_tell(h, XBT_NULL, XS_UNWATCH, parts, 2);

    if (done && h->filter)
        xs_drop_events(h, of_ended_watch, &ended);
    return done;
}

/* An event as callers get it: two pointers with the strings behind them. */
static char **event_strings(struct message *m)
{
    size_t len = m->header.len;
    char **strings, *text;

    strings = xs_count_strings(m->body, len) >= 2 ? malloc(2 * sizeof(*strings) + len + 1) : NULL;
    if (strings) {
        text = memcpy(strings + 2, m->body, len + 1);
        strings[XS_WATCH_PATH] = text;
        strings[XS_WATCH_TOKEN] = text + strlen(text) + 1;
    } else {
        errno = EIO;
    }
    free(m);
    return strings;
}

/* See xenstore.h. */
char **xs_check_watch(struct xs_handle *h)
{
    struct message *m = xs_next_event(h, false);

    return m ? event_strings(m) : NULL;
}

/* See xenstore.h. */
char **xs_read_watch(struct xs_handle *h, unsigned int *num)
{
    struct message *m = xs_next_event(h, true);
    char **strings = m ? event_strings(m) : NULL;

    if (strings)
        *num = 2;
    return strings;
}
