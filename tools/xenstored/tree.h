/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The store's tree, persistent in the sense of data structures: whoever holds a reference to a root
 * sees that state for ever, at no cost, however the store goes on.
 *
 * A node's children form a treap: a binary tree ordered by name, heap-ordered by `rank`, a hash of the
 * name seeded at start so that no client can unbalance it. A node is thus linked twice: into
 * its siblings' treap (left, right) and to the treap of its own children (kids).
 *
 * Each node counts the links and holders that refer to it. A node may be changed in place only if
 * that count is 1 for it and for all nodes on the way from the root; otherwise it is copied first,
 * which turns its own links into further references to what lies below. So a change copies only what
 * somebody else still looks at, and nothing while no transaction is open.
 *
 * Generations come from one counter that only grows:
 *   gen       last change of the node's value or permissions, or its creation
 *   kids_gen  last time a child was created or removed; no two nodes with different children, at whatever time and in
 *             whatever transaction, have the same unless one of them has none
 *   sub_gen   last change of any kind of the node or anything below it
 */
#ifndef XENSTORED_TREE_H
#define XENSTORED_TREE_H

#include "path.h"
#include "perms.h"

struct node {
    uint32_t refs;
    uint32_t rank;
    uint64_t key; /* the name's first 8 bytes, big-endian: orders nearly all names */
    struct node *left, *right;
    struct node *kids;
    struct perms *perms;
    uint64_t gen, kids_gen, sub_gen;
    uint16_t name_len;
    uint16_t value_len;
    uint16_t value_room;
    char name[]; /* followed by the value */
};

static inline const char *node_value(const struct node *node)
{
    return node->name + node->name_len;
}

static inline unsigned int node_owner(const struct node *node)
{
    return perms_owner(node->perms);
}

/* What a node costs, as memory quotas count it. */
static inline size_t node_size(const struct node *node)
{
    return sizeof(*node) + node->name_len + node->value_len + node->perms->count * sizeof(struct perm);
}

/* Must be called once before the first node is made. */
void tree_seed(uint32_t seed);

/* A node without children, one reference to the caller. Takes over the reference to perms. */
struct node *node_new(const char *name, unsigned int name_len, const void *value, unsigned int value_len,
                      struct perms *perms, uint64_t gen);
struct node *node_get(struct node *node);
/* Give up a reference; the last one frees the node and all that only it refers to. NULL is fine. */
void node_put(struct node *node);

/* The deepest existing node on the way along path; its depth in *depth. */
struct node *tree_walk(struct node *root, const struct path *path, unsigned int *depth);
/* The node at the first `depth` components of path, NULL if there is none. */
struct node *tree_find(struct node *root, const struct path *path, unsigned int depth);

/* The link to the node at that place (which must exist), after everything on the way to it, itself
 * included, has become ours to change. Marks them as changed below by gen. */
struct node **tree_own(struct node **root, const struct path *path, unsigned int depth, uint64_t gen);

/* With links that tree_own() returned: */
void node_set_value(struct node **link, const void *value, unsigned int len, uint64_t gen);
/* Takes over the reference to perms. */
void node_set_perms(struct node *node, struct perms *perms, uint64_t gen);
/* Put a new node among the children of parent, which we own. Takes over the reference. The generation must be of nothing
 * else but the new node. */
void node_add_child(struct node *parent, struct node *child, uint64_t gen);
/* Take the node at path out of the tree and return it with its reference. It must exist and not be the
 * root. */
struct node *tree_cut(struct node **root, const struct path *path, uint64_t gen);

/* Call f for each child of node in order of names, until it returns something else than 0, which is
 * returned. */
int node_each_child(const struct node *node, int (*f)(struct node *child, void *arg), void *arg);

#endif /* XENSTORED_TREE_H */
