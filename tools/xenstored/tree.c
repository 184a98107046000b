/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "memory.h"
#include "tree.h"

static uint32_t seed = 0x9e3779b9u;

/* A name to look for. */
struct name {
    uint64_t key;
    const char *text;
    unsigned int len;
};

/* See tree.h. */
void tree_seed(uint32_t new_seed)
{
    seed = new_seed;
}

static struct name name_of(const char *text, unsigned int len)
{
    struct name name = { 0, text, len };

    memcpy(&name.key, text, len < 8 ? len : 8);
    name.key = __builtin_bswap64(name.key);
    return name;
}

/* Component i of a path. */
static inline struct name component(const struct path *path, unsigned int i)
{
    unsigned int start = path_start(path, i);

    return (struct name){ path->key[i], path->text + start, path->end[i] - start };
}

/* Names contain no NUL, so names of less than 8 bytes are told apart by their keys. */
static inline int compare(const struct name *name, const struct node *node)
{
    unsigned int len;
    int order;

    if (name->key != node->key)
        return name->key < node->key ? -1 : 1;
    if (name->len <= 8 && node->name_len <= 8)
        return 0;
    len = name->len < node->name_len ? name->len : node->name_len;
    order = memcmp(name->text, node->name, len);
    return order ? order : (int)name->len - node->name_len;
}

static uint32_t rank_of(const char *text, unsigned int len)
{
    uint32_t hash = seed;

    for (unsigned int i = 0; i < len; i++) {
        hash = (hash ^ (unsigned char)text[i]) * 0x01000193u;
        hash ^= hash >> 15;
    }
    hash *= 0x85ebca6bu;
    return hash ^ hash >> 13;
}

static struct node *node_alloc(unsigned int name_len, unsigned int room)
{
    size_t size = pool_size(sizeof(struct node) + name_len + room);
    struct node *node = pool_alloc(size);

    node->name_len = name_len;
    node->value_room = size - sizeof(*node) - name_len;
    return node;
}

static void node_free(struct node *node)
{
    pool_free(node, sizeof(*node) + node->name_len + node->value_room);
}

/* See tree.h. */
struct node *node_new(const char *text, unsigned int name_len, const void *value, unsigned int value_len,
                      struct perms *perms, uint64_t gen)
{
    struct node *node = node_alloc(name_len, value_len);

    node->refs = 1;
    node->rank = rank_of(text, name_len);
    node->key = name_of(text, name_len).key;
    node->left = node->right = node->kids = NULL;
    node->perms = perms;
    node->gen = node->kids_gen = node->sub_gen = gen;
    node->value_len = value_len;
    memcpy(node->name, text, name_len);
    memcpy(node->name + name_len, value, value_len);
    return node;
}

/* See tree.h. */
struct node *node_get(struct node *node)
{
    if (node)
        node->refs++;
    return node;
}

/* See tree.h. */
void node_put(struct node *node)
{
    while (node && !--node->refs) {
        struct node *right = node->right;

        node_put(node->left);
        node_put(node->kids);
        perms_put(node->perms);
        node_free(node);
        node = right;
    }
}

/* Turn a reference to a node into one to a node that nobody else refers to. */
static struct node *owned(struct node *node)
{
    struct node *copy;

    if (node->refs == 1)
        return node;
    copy = node_alloc(node->name_len, node->value_len);
    memcpy((char *)copy + offsetof(struct node, rank), (char *)node + offsetof(struct node, rank),
           offsetof(struct node, name_len) - offsetof(struct node, rank));
    copy->refs = 1;
    copy->value_len = node->value_len;
    memcpy(copy->name, node->name, node->name_len + node->value_len);
    node_get(copy->left);
    node_get(copy->right);
    node_get(copy->kids);
    perms_get(copy->perms);
    node->refs--;
    return copy;
}

static struct node *find_child(struct node *node, const struct name *name)
{
    node = node->kids;
    while (node) {
        int order = compare(name, node);

        if (!order)
            break;
        node = order < 0 ? node->left : node->right;
    }
    return node;
}

/* See tree.h. */
struct node *tree_walk(struct node *root, const struct path *path, unsigned int *depth)
{
    unsigned int i;

    for (i = 0; i < path->depth; i++) {
        struct name name = component(path, i);
        struct node *child = find_child(root, &name);

        if (!child)
            break;
        root = child;
    }
    *depth = i;
    return root;
}

/* See tree.h. */
struct node *tree_find(struct node *root, const struct path *path, unsigned int depth)
{
    for (unsigned int i = 0; root && i < depth; i++) {
        struct name name = component(path, i);

        root = find_child(root, &name);
    }
    return root;
}

/* The link to an existing child of a node that we own, all on the way to it being ours. */
static struct node **own_child(struct node *parent, const struct name *name)
{
    struct node **link = &parent->kids;

    for (;;) {
        int order;

        *link = owned(*link);
        order = compare(name, *link);
        if (!order)
            return link;
        link = order < 0 ? &(*link)->left : &(*link)->right;
    }
}

/* See tree.h. */
struct node **tree_own(struct node **root, const struct path *path, unsigned int depth, uint64_t gen)
{
    struct node **link = root;

    *link = owned(*link);
    (*link)->sub_gen = gen;
    for (unsigned int i = 0; i < depth; i++) {
        struct name name = component(path, i);

        link = own_child(*link, &name);
        (*link)->sub_gen = gen;
    }
    return link;
}

/* See tree.h. */
void node_set_value(struct node **link, const void *value, unsigned int len, uint64_t gen)
{
    struct node *node = *link;
    struct node *bigger;

    if (len > node->value_room) {
        bigger = node_alloc(node->name_len, len);
        memcpy(bigger, node, offsetof(struct node, name_len));
        memcpy(bigger->name, node->name, node->name_len);
        node_free(node);
        *link = node = bigger;
    }
    memcpy(node->name + node->name_len, value, len);
    node->value_len = len;
    node->gen = gen;
}

/* See tree.h. */
void node_set_perms(struct node *node, struct perms *perms, uint64_t gen)
{
    perms_put(node->perms);
    node->perms = perms;
    node->gen = gen;
}

/* Divide a treap into what comes before a name (which isn't in it) and what comes after. */
static void split(struct node *treap, const struct name *at, struct node **before, struct node **after)
{
    while (treap) {
        treap = owned(treap);
        if (compare(at, treap) < 0) {
            *after = treap;
            after = &treap->left;
            treap = *after;
        } else {
            *before = treap;
            before = &treap->right;
            treap = *before;
        }
    }
    *before = *after = NULL;
}

/* Join two treaps, all of one before all of the other. */
static void join(struct node **link, struct node *before, struct node *after)
{
    while (before && after) {
        if (before->rank > after->rank) {
            *link = before = owned(before);
            link = &before->right;
            before = *link;
        } else {
            *link = after = owned(after);
            link = &after->left;
            after = *link;
        }
    }
    *link = before ? before : after;
}

/* See tree.h. */
void node_add_child(struct node *parent, struct node *child, uint64_t gen)
{
    struct name name = { child->key, child->name, child->name_len };
    struct node **link = &parent->kids;

    while (*link && (*link)->rank > child->rank) {
        *link = owned(*link);
        link = compare(&name, *link) < 0 ? &(*link)->left : &(*link)->right;
    }
    split(*link, &name, &child->left, &child->right);
    *link = child;
    parent->kids_gen = gen;
}

/* See tree.h. */
struct node *tree_cut(struct node **root, const struct path *path, uint64_t gen)
{
    struct name name = component(path, path->depth - 1);
    struct node *parent = *tree_own(root, path, path->depth - 1, gen);
    struct node **link = own_child(parent, &name);
    struct node *node = *link;

    join(link, node->left, node->right);
    node->left = node->right = NULL;
    parent->kids_gen = gen;
    return node;
}

static int each(struct node *node, int (*f)(struct node *child, void *arg), void *arg)
{
    int result = 0;

    while (node && !result) {
        result = each(node->left, f, arg);
        if (!result)
            result = f(node, arg);
        node = node->right;
    }
    return result;
}

/* See tree.h. */
int node_each_child(const struct node *node, int (*f)(struct node *child, void *arg), void *arg)
{
    return each(node->kids, f, arg);
}
