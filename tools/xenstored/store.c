/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "store.h"
#include "transaction.h"
#include "watch.h"

static struct node **view_root(const struct view *view)
{
    return view->tx ? &view->tx->root : &view->store->root;
}

/* See store.h. */
bool client_allowed(const struct client *client, const struct perms *perms, unsigned int need)
{
    unsigned int allow;

    if (client->privileged)
        return true;
    allow = perms_allow(perms, client->domid);
    if (client->target != NO_DOMAIN)
        allow |= perms_allow(perms, client->target);
    return (allow & need) == need;
}

/* Remember a use in the transaction, if there is one. */
static int use(const struct view *view, const struct path *path, unsigned int depth, unsigned int how)
{
    return view->tx ? transaction_use(view, path, depth, how) : 0;
}

/* Find a node for a client that must be allowed `need`. Who may not even read the nearest existing
 * ancestor isn't told whether the node exists. */
static int find(const struct view *view, const struct path *path, unsigned int need, struct node **node)
{
    unsigned int depth;

    if (path->special)
        return -EINVAL;
    *node = tree_walk(*view_root(view), path, &depth);
    if (depth == path->depth)
        return client_allowed(view->client, (*node)->perms, need) ? 0 : -EACCES;
    return client_allowed(view->client, (*node)->perms, PERM_READ) ? -ENOENT : -EACCES;
}

static int find_for(const struct view *view, const struct path *path, unsigned int how,
                    struct node **node)
{
    int error = find(view, path, PERM_READ, node);
    int refused = use(view, path, path->depth, how);

    return error ? error : refused;
}

/* See store.h. */
int store_read(const struct view *view, const struct path *path, struct node **node)
{
    return find_for(view, path, USED_READ, node);
}

/* See store.h. */
int store_list(const struct view *view, const struct path *path, struct node **node)
{
    int error = find_for(view, path, USED_LIST, node);

    /* that a node does not exist is a fact about the node, not about its children */
    return error == -ENOENT && use(view, path, path->depth, USED_READ) ? -ENOSPC : error;
}

/* See store.h. */
void view_charge(const struct view *view, unsigned int owner, long nodes, long memory)
{
    struct domain *domain;

    if (view->tx) {
        transaction_charge(view->tx, owner, nodes, memory);
    } else {
        domain = store_domain(view->store, owner);
        domain->nodes += nodes;
        domain->memory += memory;
    }
}

struct charging {
    const struct view *view;
    int sign;
};

static int charge_node(struct node *node, void *arg)
{
    const struct charging *charging = arg;

    view_charge(charging->view, node_owner(node), charging->sign, charging->sign * (long)node_size(node));
    return node_each_child(node, charge_node, arg);
}

/* See store.h. */
void view_charge_subtree(const struct view *view, struct node *node, int sign)
{
    charge_node(node, &(struct charging){ view, sign });
}

/* See store.h. */
int view_check_quota(const struct view *view, long nodes, long memory)
{
    const uint64_t *limit = view->store->limit;
    unsigned int domid = view->client->domid;
    struct charge charge = { domid, 0, 0 };
    const struct domain *domain;

    if (view->client->privileged)
        return 0;
    domain = store_domain(view->store, domid);
    if (view->tx)
        charge = transaction_charged(view->tx, domid);
    if (nodes > 0 && domain->nodes + charge.nodes + nodes > (long)limit[QUOTA_NODES])
        return quota_refuse(view->store, domid, QUOTA_NODES);
    if (memory > 0 && domain->memory + charge.memory + memory > (long)limit[QUOTA_MEMORY])
        return quota_refuse(view->store, domid, QUOTA_MEMORY);
    return 0;
}

/* A node has changed in this view. old: its permissions before, if they are others. */
static void changed(const struct view *view, const struct path *path, const struct perms *now,
                    const struct perms *old)
{
    if (!view->tx)
        watch_fire(view->store, path, now, old);
}

/* The permissions of a new node: its parent's, but it belongs to the domain that creates it. */
static struct perms *inherit(const struct view *view, struct node *parent)
{
    if (view->client->privileged)
        return perms_get(parent->perms);
    return perms_for_owner(parent->perms, view->client->domid);
}

/* Remember all that the creation of path below an existing node of that depth depends on and makes. */
static int use_for_creation(const struct view *view, const struct path *path, unsigned int depth)
{
    int error = use(view, path, depth, USED_PARENT);

    while (!error && ++depth < path->depth)
        error = use(view, path, depth, USED_WRITE);
    return error ? error : use(view, path, path->depth, USED_WRITE | USED_FIRE);
}

/* Create path and what is missing above it, below its nearest existing ancestor. */
static int create(const struct view *view, const struct path *path, unsigned int depth,
                  struct node *ancestor, const void *value, unsigned int len)
{
    unsigned int missing = path->depth - depth;
    struct perms *perms = inherit(view, ancestor);
    size_t per_node = sizeof(struct node) + perms->count * sizeof(struct perm);
    size_t memory = missing * per_node + path->len - path_len(path, depth) + len;
    unsigned int owner = perms_owner(perms);
    struct node *parent, *node;
    int error = view_check_quota(view, missing, memory);

    if (!error && view->tx)
        error = use_for_creation(view, path, depth);
    if (error) {
        perms_put(perms);
        return error;
    }
    parent = *tree_own(view_root(view), path, depth, view->store->gen + missing);
    for (; depth < path->depth; depth++, parent = node) {
        uint64_t gen = ++view->store->gen;
        unsigned int start = path_start(path, depth);
        bool last = depth + 1 == path->depth;

        node = node_new(path->text + start, path->end[depth] - start, value, last ? len : 0,
                        perms_get(perms), gen);
        node_add_child(parent, node, gen);
        view_charge(view, owner, 1, node_size(node));
    }
    changed(view, path, perms, NULL);
    perms_put(perms);
    return 0;
}

/* Give an existing node a new value. */
static int overwrite(const struct view *view, const struct path *path, struct node *node,
                     const void *value, unsigned int len)
{
    long more = (long)len - node->value_len;
    struct node **link;
    uint64_t gen;
    int error = 0;

    if (node_owner(node) == view->client->domid)
        error = view_check_quota(view, 0, more);
    if (!error)
        error = use(view, path, path->depth, USED_WRITE | USED_FIRE);
    if (error)
        return error;
    gen = ++view->store->gen;
    link = tree_own(view_root(view), path, path->depth, gen);
    node_set_value(link, value, len, gen);
    if (more)
        view_charge(view, node_owner(*link), 0, more);
    changed(view, path, (*link)->perms, NULL);
    return 0;
}

/* See store.h. */
int store_write(const struct view *view, const struct path *path, const void *value, unsigned int len)
{
    struct node *node;
    unsigned int depth;

    if (path->special)
        return -EINVAL;
    if (!view->client->privileged && len > view->store->limit[QUOTA_NODE_SIZE])
        return quota_refuse(view->store, view->client->domid, QUOTA_NODE_SIZE);
    node = tree_walk(*view_root(view), path, &depth);
    if (!client_allowed(view->client, node->perms, PERM_WRITE))
        return -EACCES;
    if (depth == path->depth)
        return overwrite(view, path, node, value, len);
    return create(view, path, depth, node, value, len);
}

/* See store.h. */
int store_mkdir(const struct view *view, const struct path *path)
{
    struct node *node;
    unsigned int depth;

    if (path->special)
        return -EINVAL;
    node = tree_walk(*view_root(view), path, &depth);
    if (!client_allowed(view->client, node->perms, PERM_WRITE))
        return -EACCES;
    if (depth == path->depth)
        return use(view, path, depth, USED_READ);
    return create(view, path, depth, node, "", 0);
}

/* Removing what does not exist is fine as long as its parent does. */
static int remove_nothing(const struct view *view, const struct path *path, int error)
{
    bool parent = tree_find(*view_root(view), path, path->depth - 1);
    int refused;

    if (error != -ENOENT)
        return error;
    refused = use(view, path, path->depth - 1, parent ? USED_PARENT : USED_READ);
    if (!refused)
        refused = use(view, path, path->depth, USED_READ);
    return refused ? refused : parent ? 0 : -ENOENT;
}

/* See store.h. */
int store_remove(const struct view *view, const struct path *path)
{
    struct node *node;
    int error;

    if (!path->depth)
        return -EINVAL;
    error = find(view, path, PERM_WRITE, &node);
    if (error)
        return remove_nothing(view, path, error);
    error = use(view, path, path->depth, USED_WRITE | USED_REMOVE | USED_FIRE);
    if (error)
        return error;
    node = tree_cut(view_root(view), path, ++view->store->gen);
    view_charge_subtree(view, node, -1);
    if (!view->tx)
        watch_fire_removed(view->store, path, node);
    node_put(node);
    return 0;
}

static int set_special_perms(const struct view *view, const struct path *path, struct perms *perms)
{
    int special = special_find(path);
    struct perms **list;

    if (special < 0)
        return special;
    list = &view->store->special[special];
    if (!client_allowed(view->client, *list, PERM_OWNER))
        return -EACCES;
    perms_put(*list);
    *list = perms;
    return 0;
}

/* Whether the client may make that the permissions of a node with those. */
static int check_new_perms(const struct view *view, const struct perms *old, const struct perms *new)
{
    const struct client *client = view->client;

    if (client->privileged)
        return 0;
    if (!client_allowed(client, old, PERM_OWNER))
        return -EACCES;
    if (perms_owner(new) != perms_owner(old))
        return -EPERM;
    if (new->count > view->store->limit[QUOTA_PERMISSIONS])
        return quota_refuse(view->store, client->domid, QUOTA_PERMISSIONS);
    return view_check_quota(view, 0, ((long)new->count - old->count) * (long)sizeof(struct perm));
}

/* See store.h. */
int store_set_perms(const struct view *view, const struct path *path, struct perms *perms)
{
    struct node *node;
    struct perms *old;
    uint64_t gen;
    int error;

    if (path->special)
        return set_special_perms(view, path, perms);
    error = find(view, path, 0, &node);
    if (!error)
        error = check_new_perms(view, node->perms, perms);
    if (!error)
        error = use(view, path, path->depth, USED_WRITE | USED_FIRE);
    if (error)
        return error;
    gen = ++view->store->gen;
    node = *tree_own(view_root(view), path, path->depth, gen);
    old = perms_get(node->perms);
    view_charge(view, node_owner(node), -1, -(long)node_size(node));
    node_set_perms(node, perms, gen);
    view_charge(view, node_owner(node), 1, node_size(node));
    changed(view, path, perms, old);
    perms_put(old);
    return 0;
}

/* See store.h. */
struct domain *store_domain(struct store *store, unsigned int domid)
{
    struct domain *domain = store->domains[domid];

    if (!domain) {
        domain = xzalloc(sizeof(*domain));
        domain->domid = domid;
        domain->target = NO_DOMAIN;
        store->domains[domid] = domain;
    }
    return domain;
}

/* See store.h. */
struct store *store_new(void)
{
    static const char *const initial[] = { "/local/domain", "/tool/xenstored", "/vm" };
    static const struct client client = { 0, NO_DOMAIN, true };
    struct store *store = xzalloc(sizeof(*store));
    struct view view = { store, &client, NULL };
    struct path path;

    store->domains = xzalloc(DOMID_LIMIT * sizeof(store->domains[0]));
    store->watch_buckets = 256;
    store->watches = xzalloc(store->watch_buckets * sizeof(store->watches[0]));
    for (unsigned int i = 0; i < QUOTA_COUNT; i++)
        store->limit[i] = quota_kinds[i].initial;
    for (unsigned int i = 0; i < SPECIAL_COUNT; i++)
        store->special[i] = perms_new(0, 0);
    store->root = node_new("", 0, "", 0, perms_new(0, 0), ++store->gen);
    view_charge_subtree(&view, store->root, 1);
    for (unsigned int i = 0; i < sizeof(initial) / sizeof(initial[0]); i++) {
        path_parse(&path, initial[i], strlen(initial[i]), 0);
        store_mkdir(&view, &path);
    }
    return store;
}

/* See store.h. */
void store_free(struct store *store)
{
    node_put(store->root);
    listing_free(&store->listing);
    for (unsigned int i = 0; i < DOMID_LIMIT; i++)
        free(store->domains[i]);
    for (unsigned int i = 0; i < SPECIAL_COUNT; i++)
        perms_put(store->special[i]);
    free(store->domains);
    free(store->watches);
    free(store);
}

struct counting {
    struct store *store;
    long *nodes, *memory;
};

static int count_node(struct node *node, void *arg)
{
    struct counting *counting = arg;

    counting->nodes[node_owner(node)]++;
    counting->memory[node_owner(node)] += node_size(node);
    return node_each_child(node, count_node, arg);
}

/* See store.h. */
bool store_check(struct store *store, char *text, size_t size)
{
    struct counting counting = { store, xzalloc(DOMID_LIMIT * sizeof(long)),
                                 xzalloc(DOMID_LIMIT * sizeof(long)) };
    bool good = true;

    count_node(store->root, &counting);
    for (unsigned int i = 0; good && i < DOMID_LIMIT; i++) {
        const struct domain *domain = store->domains[i];
        long nodes = domain ? domain->nodes : 0;
        long memory = domain ? domain->memory : 0;

        good = nodes == counting.nodes[i] && memory == counting.memory[i];
        if (!good)
            snprintf(text, size, "domain %u: %ld nodes, %ld bytes charged; %ld and %ld found", i, nodes,
                     memory, counting.nodes[i], counting.memory[i]);
    }
    free(counting.nodes);
    free(counting.memory);
    return good;
}
