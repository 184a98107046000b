/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Watches, found by the hash of the path they are set on. A change of a path looks up that path and each of
 * its ancestors, so its cost depends on its depth and on who watches it, not on how many watches there are.
 */
#ifndef XENSTORED_WATCH_H
#define XENSTORED_WATCH_H

#include "store.h"

struct watch {
    struct watch *next;         /* in its bucket */
    struct watch *next_of_conn;
    struct conn *conn;
    struct message *last_event; /* the newest of it still queued */
    uint32_t hash;
    uint16_t path_len;
    uint16_t home_len; /* set by relative path: this much is cut off the paths of events */
    bool coarse;       /* an event without detail is queued, see conn.h */
    char path[];       /* NUL-terminated, followed by the NUL-terminated token */
};

static inline const char *watch_token(const struct watch *watch)
{
    return watch->path + watch->path_len + 1;
}

/* -EEXIST if the connection has one of that path and token already, or what a quota refuses with. */
int watch_add(struct conn *conn, const struct path *path, const char *token);
/* Queue the event that a new watch begins with. */
void watch_greet(struct conn *conn);
/* -ENOENT if there is none. */
int watch_remove(struct conn *conn, const struct path *path, const char *token);
/* Remove all of a connection. */
void watches_drop(struct conn *conn);

/* A node has changed: tell those who watch it or an ancestor, and may read it by its permissions now
 * or before (old may be NULL). */
void watch_fire(struct store *store, const struct path *path, const struct perms *now,
                const struct perms *old);
/* A node has been removed with all below it: as above, and those who watch something below hear of that. */
void watch_fire_removed(struct store *store, const struct path *path, struct node *node);
/* Whether anybody watches the path or an ancestor. May say yes where nobody does. */
bool watch_any(struct store *store, const struct path *path);
void watch_fire_special(struct store *store, enum special special);

/* The special path of that name, or -EINVAL. */
int special_find(const struct path *path);

#endif /* XENSTORED_WATCH_H */
