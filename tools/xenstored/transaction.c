/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conn.h"
#include "memory.h"
#include "transaction.h"
#include "watch.h"

struct use {
    uint32_t hash;
    uint16_t how;
    uint16_t len;
    char path[];
};

/* See transaction.h. */
int transaction_start(struct conn *conn, struct transaction **result)
{
    struct store *store = conn->store;
    struct domain *domain = store_domain(store, conn->client.domid);
    struct transaction *tx;

    if (!conn->client.privileged && domain->transactions >= store->limit[QUOTA_TRANSACTIONS])
        return quota_refuse(store, domain->domid, QUOTA_TRANSACTIONS);
    tx = xzalloc(sizeof(*tx));
    do {
        tx->id = ++conn->last_transaction;
    } while (!tx->id || transaction_find(conn, tx->id));
    tx->started = store->gen;
    tx->base = node_get(store->root);
    tx->root = node_get(store->root);
    tx->next = conn->transactions;
    conn->transactions = tx;
    domain->transactions++;
    *result = tx;
    return 0;
}

/* See transaction.h. */
struct transaction *transaction_find(struct conn *conn, uint32_t id)
{
    struct transaction *tx = conn->transactions;

    while (tx && tx->id != id)
        tx = tx->next;
    return tx;
}

/* Double the hash table of uses. */
static void grow_index(struct transaction *tx)
{
    unsigned int size = tx->index_size ? 2 * tx->index_size : 64;

    free(tx->index);
    tx->index = xzalloc(size * sizeof(tx->index[0]));
    tx->index_size = size;
    tx->uses = xrealloc(tx->uses, size / 2 * sizeof(tx->uses[0]));
    for (unsigned int i = 0; i < tx->use_count; i++) {
        unsigned int slot = tx->uses[i]->hash & (size - 1);

        while (tx->index[slot])
            slot = (slot + 1) & (size - 1);
        tx->index[slot] = i + 1;
    }
}

static struct use *new_use(const struct path *path, unsigned int len, uint32_t hash)
{
    struct use *use = pool_alloc(sizeof(*use) + len + 1);

    use->hash = hash;
    use->how = 0;
    use->len = len;
    memcpy(use->path, path->text, len);
    use->path[len] = '\0';
    return use;
}

/* See transaction.h. */
int transaction_use(const struct view *view, const struct path *path, unsigned int depth, unsigned int how)
{
    struct transaction *tx = view->tx;
    uint32_t hash = path_hash(path, depth), slot;
    unsigned int len = path_len(path, depth);

    if (2 * tx->use_count >= tx->index_size)
        grow_index(tx);
    for (slot = hash;; slot++) {
        uint32_t *position = &tx->index[slot & (tx->index_size - 1)];
        struct use *use = *position ? tx->uses[*position - 1] : NULL;

        if (!use) {
            if (!view->client->privileged && tx->use_count >= view->store->limit[QUOTA_TRANSACTION_NODES])
                return quota_refuse(view->store, view->client->domid, QUOTA_TRANSACTION_NODES);
            use = new_use(path, len, hash);
            tx->uses[tx->use_count] = use;
            *position = ++tx->use_count;
        } else if (use->hash != hash || use->len != len || memcmp(use->path, path->text, len)) {
            continue;
        }
        use->how |= how;
        return 0;
    }
}

/* See transaction.h. */
void transaction_charge(struct transaction *tx, unsigned int domid, long nodes, long memory)
{
    for (unsigned int i = 0; i < tx->charge_count; i++) {
        if (tx->charges[i].domid == domid) {
            tx->charges[i].nodes += nodes;
            tx->charges[i].memory += memory;
            return;
        }
    }
    tx->charges = xrealloc(tx->charges, (tx->charge_count + 1) * sizeof(tx->charges[0]));
    tx->charges[tx->charge_count++] = (struct charge){ domid, nodes, memory };
}

/* See transaction.h. */
struct charge transaction_charged(const struct transaction *tx, unsigned int domid)
{
    for (unsigned int i = 0; i < tx->charge_count; i++)
        if (tx->charges[i].domid == domid)
            return tx->charges[i];
    return (struct charge){ domid, 0, 0 };
}

/* Whether a path is still, in the current tree, as the transaction relied on it to be. */
static bool still_true(const struct use *use, const struct node *base, const struct node *now)
{
    if ((use->how & (USED_READ | USED_WRITE)) && (base ? base->gen : 0) != (now ? now->gen : 0))
        return false;
    if (!base)
        return true;
    if (!now)
        return false;
    if ((use->how & USED_LIST) && base->kids_gen != now->kids_gen)
        return false;
    if ((use->how & USED_REMOVE) && base->sub_gen != now->sub_gen)
        return false;
    return !(use->how & USED_PARENT) || perms_equal(base->perms, now->perms);
}

static bool conflicts(const struct transaction *tx, struct store *store, struct path *path)
{
    for (unsigned int i = 0; i < tx->use_count; i++) {
        const struct use *use = tx->uses[i];

        path_parse(path, use->path, use->len, 0);
        if (!still_true(use, tree_find(tx->base, path, path->depth),
                        tree_find(store->root, path, path->depth)))
            return true;
    }
    return false;
}

/* Remove from the current tree what the transaction removed. */
static void carry_removal(const struct view *view, const struct path *path)
{
    struct node *node;

    if (!path->depth || !tree_find(view->store->root, path, path->depth))
        return;
    node = tree_cut(&view->store->root, path, ++view->store->gen);
    view_charge_subtree(view, node, -1);
    node_put(node);
}

/* Make a node of the current tree what it is in the transaction's, with what is missing above it. */
static void carry_node(const struct view *view, const struct path *path, struct node *root)
{
    struct node *source = tree_find(root, path, path->depth);
    uint64_t gen = ++view->store->gen;
    unsigned int depth;
    struct node **link;

    if (!source)
        return;
    tree_walk(view->store->root, path, &depth);
    link = tree_own(&view->store->root, path, depth, gen);
    if (depth == path->depth) {
        view_charge(view, node_owner(*link), -1, -(long)node_size(*link));
        node_set_value(link, node_value(source), source->value_len, gen);
        node_set_perms(*link, perms_get(source->perms), gen);
        view_charge(view, node_owner(*link), 1, node_size(*link));
        return;
    }
    for (struct node *parent = *link, *node; depth < path->depth; depth++, parent = node) {
        gen = ++view->store->gen;
        source = tree_find(root, path, depth + 1);
        node = node_new(source->name, source->name_len, node_value(source), source->value_len,
                        perms_get(source->perms), gen);
        node_add_child(parent, node, gen);
        view_charge(view, node_owner(node), 1, node_size(node));
    }
}

/* Carry all changes over to the current tree, in which nothing speaks against them. */
static void merge(const struct transaction *tx, const struct view *view, struct path *path)
{
    for (unsigned int pass = USED_REMOVE; pass >= USED_WRITE; pass /= 2) {
        for (unsigned int i = 0; i < tx->use_count; i++) {
            const struct use *use = tx->uses[i];

            if (!(use->how & pass))
                continue;
            path_parse(path, use->path, use->len, 0);
            if (pass == USED_REMOVE)
                carry_removal(view, path);
            else
                carry_node(view, path, tx->root);
        }
    }
}

/* Make the transaction's own tree the current one, whose only difference are its changes. */
static void take_over(struct transaction *tx, const struct view *view)
{
    node_put(view->store->root);
    view->store->root = node_get(tx->root);
    for (unsigned int i = 0; i < tx->charge_count; i++)
        view_charge(view, tx->charges[i].domid, tx->charges[i].nodes, tx->charges[i].memory);
}

static void fire(const struct transaction *tx, struct store *store, struct path *path)
{
    for (unsigned int i = 0; store->watch_count && i < tx->use_count; i++) {
        const struct use *use = tx->uses[i];
        struct node *old, *now;

        if (!(use->how & USED_FIRE))
            continue;
        path_parse(path, use->path, use->len, 0);
        if (!(use->how & USED_REMOVE) && !watch_any(store, path))
            continue;
        old = tree_find(tx->base, path, path->depth);
        now = tree_find(store->root, path, path->depth);
        if (now)
            watch_fire(store, path, now->perms, old ? old->perms : NULL);
        else if (old)
            watch_fire_removed(store, path, old);
    }
}

static int commit(struct conn *conn, struct transaction *tx)
{
    struct store *store = conn->store;
    struct view view = { store, &conn->client, NULL };
    struct charge charge = transaction_charged(tx, conn->client.domid);
    bool alone = store->root == tx->base;
    struct path path;
    int error;

    if (tx->doomed)
        return -EAGAIN;
    if (tx->root == tx->base)
        return 0; /* it has only looked, at one moment's state */
    if (!alone && conflicts(tx, store, &path))
        return -EAGAIN;
    error = view_check_quota(&view, charge.nodes, charge.memory);
    if (error)
        return error;
    if (alone)
        take_over(tx, &view);
    else
        merge(tx, &view, &path);
    fire(tx, store, &path);
    return 0;
}

/* How often to look: each time costs a little for every open transaction. */
#define SWEEP_INTERVAL 1024

static void doom(struct store *store, struct transaction *tx)
{
    node_put(tx->root);
    node_put(tx->base);
    tx->base = node_get(store->root);
    tx->root = node_get(store->root);
    tx->charge_count = 0;
    tx->started = store->gen;
    tx->doomed = true;
}

/* See transaction.h. */
void transactions_sweep(struct store *store)
{
    store->next_sweep = store->gen + SWEEP_INTERVAL;
    for (struct conn *conn = store->conns; conn; conn = conn->next) {
        uint64_t patience = conn->client.privileged ? PATIENCE_PRIVILEGED : PATIENCE;

        for (struct transaction *tx = conn->transactions; tx; tx = tx->next)
            if (store->gen - tx->started > patience)
                doom(store, tx);
    }
}

/* Unlink from the connection and free. */
static void drop(struct conn *conn, struct transaction *tx)
{
    struct transaction **link = &conn->transactions;

    while (*link != tx)
        link = &(*link)->next;
    *link = tx->next;
    store_domain(conn->store, conn->client.domid)->transactions--;
    node_put(tx->root);
    node_put(tx->base);
    for (unsigned int i = 0; i < tx->use_count; i++)
        pool_free(tx->uses[i], sizeof(*tx->uses[i]) + tx->uses[i]->len + 1);
    free(tx->uses);
    free(tx->index);
    free(tx->charges);
    free(tx);
}

/* See transaction.h. */
int transaction_end(struct conn *conn, struct transaction *tx, bool keep)
{
    int error = keep ? commit(conn, tx) : 0;

    drop(conn, tx);
    return error;
}

/* See transaction.h. */
void transactions_drop(struct conn *conn)
{
    while (conn->transactions)
        drop(conn, conn->transactions);
}
