/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conn.h"
#include "memory.h"
#include "watch.h"

static const char *const special_names[SPECIAL_COUNT] = {
    [SPECIAL_INTRODUCE] = "@introduceDomain",
    [SPECIAL_RELEASE]   = "@releaseDomain",
};

/* See watch.h. */
int special_find(const struct path *path)
{
    for (unsigned int i = 0; i < SPECIAL_COUNT; i++)
        if (!strcmp(path->text, special_names[i]))
            return i;
    return -EINVAL;
}

static struct watch **bucket(struct store *store, uint32_t hash)
{
    return &store->watches[(hash ^ hash >> 16) & (store->watch_buckets - 1)];
}

static void grow_table(struct store *store)
{
    struct watch **old = store->watches, *watch;
    unsigned int buckets = store->watch_buckets;

    store->watch_buckets *= 2;
    store->watches = xzalloc(store->watch_buckets * sizeof(store->watches[0]));
    for (unsigned int i = 0; i < buckets; i++) {
        while ((watch = old[i])) {
            struct watch **to = bucket(store, watch->hash);

            old[i] = watch->next;
            watch->next = *to;
            *to = watch;
        }
    }
    free(old);
}

/* The link to the connection's watch of that path and token; to NULL if there is none. */
static struct watch **find(struct conn *conn, const struct path *path, const char *token)
{
    struct watch **link = &conn->watches;

    while (*link && ((*link)->path_len != path->len || strcmp((*link)->path, path->text) ||
                     strcmp(watch_token(*link), token)))
        link = &(*link)->next_of_conn;
    return link;
}


static int check_quota(struct conn *conn, const struct domain *domain, size_t size)
{
    const uint64_t *limit = conn->store->limit;

    if (conn->client.privileged)
        return 0;
    if (domain->watches >= limit[QUOTA_WATCHES])
        return quota_refuse(conn->store, domain->domid, QUOTA_WATCHES);
    if (domain->watches * sizeof(struct watch) + domain->memory + size > limit[QUOTA_MEMORY])
        return quota_refuse(conn->store, domain->domid, QUOTA_MEMORY);
    return 0;
}

/* See watch.h. */
int watch_add(struct conn *conn, const struct path *path, const char *token)
{
    struct store *store = conn->store;
    struct domain *domain = store_domain(store, conn->client.domid);
    struct watch **link = find(conn, path, token), *watch;
    size_t token_len = strlen(token);
    size_t size = sizeof(*watch) + path->len + token_len + 2;
    int error;

    if (*link)
        return -EEXIST;
    error = check_quota(conn, domain, size);
    if (error)
        return error;
    if (store->watch_count >= store->watch_buckets)
        grow_table(store);
    watch = xzalloc(size);
    watch->conn = conn;
    watch->hash = path_hash(path, path->depth);
    watch->path_len = path->len;
    watch->home_len = path->home_len;
    memcpy(watch->path, path->text, path->len + 1u);
    memcpy(watch->path + path->len + 1, token, token_len + 1);
    *link = watch; /* at the end: events of one change come in the order of the watches */
    watch->next = *bucket(store, watch->hash);
    *bucket(store, watch->hash) = watch;
    store->watch_count++;
    domain->watches++;
    return 0;
}

/* See watch.h. */
void watch_greet(struct conn *conn)
{
    struct watch *watch = conn->watches;

    while (watch->next_of_conn)
        watch = watch->next_of_conn;
    conn_event(watch, watch->path, watch->path_len);
}

/* Unlink a watch from all that knows it and free it. */
static void drop(struct watch **link_of_conn)
{
    struct watch *watch = *link_of_conn;
    struct conn *conn = watch->conn;
    struct watch **link = bucket(conn->store, watch->hash);

    *link_of_conn = watch->next_of_conn;
    while (*link != watch)
        link = &(*link)->next;
    *link = watch->next;
    for (struct message *m = conn->out; m; m = m->next)
        if (m->watch == watch)
            m->watch = NULL;
    conn->store->watch_count--;
    store_domain(conn->store, conn->client.domid)->watches--;
    free(watch);
}

/* See watch.h. */
int watch_remove(struct conn *conn, const struct path *path, const char *token)
{
    struct watch **link = find(conn, path, token);

    if (!*link)
        return -ENOENT;
    drop(link);
    return 0;
}

/* See watch.h. */
void watches_drop(struct conn *conn)
{
    while (conn->watches)
        drop(&conn->watches);
}

static bool may_hear(const struct watch *watch, const struct perms *now, const struct perms *old)
{
    const struct client *client = &watch->conn->client;

    return client_allowed(client, now, PERM_READ) || (old && client_allowed(client, old, PERM_READ));
}

/* Tell those who watch the first `depth` components of path that all of path has changed. */
static inline void fire_at(struct store *store, const struct path *path, unsigned int depth,
                    const struct perms *now, const struct perms *old)
{
    uint32_t hash = path_hash(path, depth);
    struct watch *watch = *bucket(store, hash);
    unsigned int len;

    if (!watch)
        return; /* nearly always */
    len = path->special ? path->len : path_len(path, depth);
    for (; watch; watch = watch->next)
        if (watch->hash == hash && watch->path_len == len && !memcmp(watch->path, path->text, len) &&
            may_hear(watch, now, old))
            conn_event(watch, path->text, path->len);
}

/* See watch.h. */
bool watch_any(struct store *store, const struct path *path)
{
    for (unsigned int depth = 0; depth <= path->depth; depth++)
        if (*bucket(store, path_hash(path, depth)))
            return true;
    return false;
}

/* See watch.h. */
void watch_fire(struct store *store, const struct path *path, const struct perms *now,
                const struct perms *old)
{
    if (!store->watch_count)
        return;
    for (unsigned int depth = 0; depth <= path->depth; depth++)
        fire_at(store, path, depth, now, old);
}

struct removal {
    struct store *store;
    struct path path;
};

/* A node below a removed one: only who watches just that node has not heard yet. */
static int fire_below(struct node *node, void *arg)
{
    struct removal *removal = arg;

    if (path_push(&removal->path, node->name, node->name_len))
        return 0;
    fire_at(removal->store, &removal->path, removal->path.depth, node->perms, NULL);
    node_each_child(node, fire_below, arg);
    path_pop(&removal->path);
    return 0;
}

/* See watch.h. */
void watch_fire_removed(struct store *store, const struct path *path, struct node *node)
{
    struct removal removal;

    if (!store->watch_count)
        return;
    watch_fire(store, path, node->perms, NULL);
    if (!node->kids)
        return;
    removal.store = store;
    path_copy(&removal.path, path);
    node_each_child(node, fire_below, &removal);
}

/* See watch.h. */
void watch_fire_special(struct store *store, enum special special)
{
    const char *name = special_names[special];
    struct path path;

    path_parse(&path, name, strlen(name), 0);
    fire_at(store, &path, 0, store->special[special], NULL);
}
