/* SPDX-License-Identifier: GPL-2.0-only */
/* What a domain that is no more leaves behind in the tree. */
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "store.h"

/* The topmost nodes owned by, and the other nodes granting something to, the domain: their paths,
 * each with a NUL, gathered before anything is changed. */
struct finding {
    unsigned int domid;
    struct path path;
    char *text;
    size_t len, room;
};

static void note_path(struct finding *finding)
{
    size_t more = finding->path.len + 1u;

    if (finding->len + more > finding->room) {
        finding->room = 2 * finding->room + more;
        finding->text = xrealloc(finding->text, finding->room);
    }
    memcpy(finding->text + finding->len, finding->path.text, more);
    finding->len += more;
}

static bool grants(const struct perms *perms, unsigned int domid)
{
    for (unsigned int i = 1; i < perms->count; i++)
        if (perms->entry[i].domid == domid)
            return true;
    return false;
}

static int look_at(struct node *node, void *arg)
{
    struct finding *finding = arg;
    bool owned = node_owner(node) == finding->domid;
    bool concerned = owned || grants(node->perms, finding->domid);

    if (!concerned && !node->kids)
        return 0; /* most nodes by far */
    if (path_push(&finding->path, node->name, node->name_len))
        return 0;
    if (concerned)
        note_path(finding);
    if (!owned)
        node_each_child(node, look_at, arg);
    path_pop(&finding->path);
    return 0;
}

static void forget_at(const struct view *view, const struct path *path, unsigned int domid)
{
    struct node *node = tree_find(view->store->root, path, path->depth);
    struct perms *perms;

    if (node_owner(node) == domid) {
        store_remove(view, path);
        return;
    }
    perms = perms_without(node->perms, domid);
    if (perms)
        store_set_perms(view, path, perms);
}

/* See store.h. */
void store_forget_domain(struct store *store, unsigned int domid)
{
    static const struct client client = { 0, NO_DOMAIN, true };
    struct view view = { store, &client, NULL };
    struct finding *finding = xzalloc(sizeof(*finding));

    finding->domid = domid;
    path_parse(&finding->path, "/", 1, 0);
    node_each_child(store->root, look_at, finding);
    for (size_t at = 0; at < finding->len; at += finding->path.len + 1u) {
        path_parse(&finding->path, finding->text + at, strlen(finding->text + at), 0);
        forget_at(&view, &finding->path, domid);
    }
    for (unsigned int i = 0; i < SPECIAL_COUNT; i++) {
        struct perms *perms = perms_without(store->special[i], domid);

        if (perms) {
            perms_put(store->special[i]);
            store->special[i] = perms;
        }
    }
    free(finding->text);
    free(finding);
}
