/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Transactions. Each holds two references to trees: `base`, the state it began with, and `root`, its own
 * version of it. It remembers which paths it used and how. On commit:
 *   - if the current tree still is the base, the own version becomes the current tree;
 *   - else each path used is compared in the base and in the current tree. If one of them has changed in a
 *     way that matters to the use made of it, the answer is EAGAIN. Otherwise the changed
 *     paths are carried over, one by one.
 *
 * What a base keeps alive are all versions of nodes that have been replaced since. So that a client that
 * never commits can't make that grow without end, a transaction which has seen PATIENCE changes
 * go by is doomed: it is given the current tree instead, and its commit will be answered by EAGAIN.
 */
#ifndef XENSTORED_TRANSACTION_H
#define XENSTORED_TRANSACTION_H

#include "store.h"

#define PATIENCE            (32u << 10)
#define PATIENCE_PRIVILEGED (128u << 10)

/* How a path was used. */
#define USED_READ    1u  /* value, permissions, existence */
#define USED_LIST    2u  /* names of its children */
#define USED_PARENT  4u  /* existed when a node was created somewhere below it */
#define USED_WRITE   8u  /* value, permissions, creation */
#define USED_REMOVE  16u /* with all below it */
#define USED_FIRE    32u /* watches shall hear of it */

/* What the transaction changes in a domain's account. */
struct charge {
    unsigned int domid;
    long nodes, memory;
};

struct transaction {
    struct transaction *next;
    uint32_t id;
    bool doomed;
    uint64_t started; /* the store's generation at its start */
    struct node *base, *root;
    struct use **uses;
    uint32_t *index; /* open-addressed hash table of positions in uses[] plus 1 */
    unsigned int use_count, index_size;
    struct charge *charges;
    unsigned int charge_count;
};

/* -ENOSPC over the quota of open transactions. */
int transaction_start(struct conn *conn, struct transaction **tx);
/* The connection's transaction of that number, or NULL. */
struct transaction *transaction_find(struct conn *conn, uint32_t id);
/* Commit or drop it; it is gone whatever the result. -EAGAIN on a conflict, -ENOSPC if the client
 * would own too much: its operations were checked without what it has got since by other ways. */
int transaction_end(struct conn *conn, struct transaction *tx, bool commit);
/* Drop all of a connection. */
void transactions_drop(struct conn *conn);

/* Doom those that have been open for too long. To be called every now and then, see store.h. */
void transactions_sweep(struct store *store);

/* Remember a use of the first `depth` components of path. -ENOSPC over the quota. */
int transaction_use(const struct view *view, const struct path *path, unsigned int depth, unsigned int how);
/* Remember a change of a domain's account. */
void transaction_charge(struct transaction *tx, unsigned int domid, long nodes, long memory);
/* What transaction_charge() has summed up for a domain. */
struct charge transaction_charged(const struct transaction *tx, unsigned int domid);

#endif /* XENSTORED_TRANSACTION_H */
