/* SPDX-License-Identifier: GPL-2.0-only */
/* The persistent tree against a plain list, with snapshots that must not change. */
#include "tree.h"
#include "unit.h"

#define NAMES 200

static struct perms *anybody;
static uint64_t gen;

static void set_path(struct path *path, const char *text)
{
    CHECK(path_parse(path, text, strlen(text), 0) == 0);
}

static struct node *new_root(void)
{
    anybody = perms_new(0, 0);
    return node_new("", 0, "", 0, anybody, ++gen);
}

/* Set or remove child number i of the root. */
static void set_child(struct node **root, unsigned int i, int value)
{
    struct path path;
    char text[64];
    struct node *child;

    /* names that differ before, at and behind the 8th byte */
    sprintf(text, i % 3 ? "/%u" : "/a-common-beginning-%u", i);
    set_path(&path, text);
    gen++;
    child = tree_find(*root, &path, 1);
    if (value < 0) {
        if (child)
            node_put(tree_cut(root, &path, gen));
        return;
    }
    sprintf(text, "%d", value);
    if (child) {
        node_set_value(tree_own(root, &path, 1, gen), text, strlen(text), gen);
        return;
    }
    child = node_new(path.text + 1, path.len - 1, text, strlen(text), perms_get(anybody), gen);
    node_add_child(*tree_own(root, &path, 0, gen), child, gen);
}

struct walk {
    char last[64];
    unsigned int count;
    long sum;
    bool sorted;
};

static int visit(struct node *node, void *arg)
{
    struct walk *walk = arg;
    char name[64], value[16];

    snprintf(name, sizeof(name), "%.*s", node->name_len, node->name);
    snprintf(value, sizeof(value), "%.*s", node->value_len, node_value(node));
    walk->sorted = walk->sorted && strcmp(walk->last, name) < 0;
    strcpy(walk->last, name);
    walk->count++;
    walk->sum += atoi(value);
    return 0;
}

static void check_children(struct node *root, const int *model)
{
    struct walk walk = { .sorted = true };
    unsigned int count = 0;
    long sum = 0;

    for (unsigned int i = 0; i < NAMES; i++) {
        count += model[i] >= 0;
        sum += model[i] >= 0 ? model[i] : 0;
    }
    node_each_child(root, visit, &walk);
    CHECK(walk.sorted);
    CHECK(walk.count == count);
    CHECK(walk.sum == sum);
}

static void random_changes_keep_snapshots(void)
{
    struct node *root = new_root(), *snapshot[8] = { NULL };
    int model[NAMES], old[8][NAMES];

    srand(1);
    memset(model, -1, sizeof(model));
    for (unsigned int step = 0; step < 20000; step++) {
        unsigned int i = rand() % NAMES, s = rand() % 8;

        model[i] = rand() % 3 ? rand() % 100000 : -1;
        set_child(&root, i, model[i]);
        if (rand() % 16)
            continue;
        if (snapshot[s])
            check_children(snapshot[s], old[s]);
        node_put(snapshot[s]);
        snapshot[s] = node_get(root);
        memcpy(old[s], model, sizeof(model));
        check_children(root, model);
    }
    for (unsigned int s = 0; s < 8; s++)
        node_put(snapshot[s]);
    node_put(root);
}

static void many_children_stay_shallow(void)
{
    struct node *root = new_root();
    unsigned int deepest = 0;
    struct path path;

    for (unsigned int i = 0; i < 4000; i++) {
        char text[16];

        sprintf(text, "/%u", i); /* in order, the worst for a plain tree */
        set_path(&path, text);
        node_add_child(*tree_own(&root, &path, 0, gen),
                       node_new(path.text + 1, path.len - 1, "", 0, perms_get(anybody), gen), gen);
    }
    for (unsigned int i = 0; i < 4000; i++) {
        struct node *node = root->kids;
        unsigned int depth = 0;
        char text[16];

        sprintf(text, "%u", i);
        for (; node; depth++) {
            int order = strncmp(text, node->name, node->name_len);

            if (!order && text[node->name_len])
                order = 1;
            if (!order)
                break;
            node = order < 0 ? node->left : node->right;
        }
        CHECK(node);
        deepest = depth > deepest ? depth : deepest;
    }
    CHECK(deepest < 50);
    node_put(root);
}

static void paths_are_checked(void)
{
    static const char *const good[] = { "/", "/a", "/a/b", "rel", "rel/x", "@special", "/A-z_0@9", "0" };
    static const char *const bad[] = { "", "//", "/a/", "/a//b", "a/", "a//b", "/a b", "/a.b", "/\xc3\xa4",
                                       "@a/b", "@a.b", "/a:b", "a*", "/~" };
    static char text[XENSTORE_ABS_PATH_MAX + 2] = "/";
    struct path path;

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        if (path_parse(&path, good[i], strlen(good[i]), 5))
            failed(__FILE__, __LINE__, "refused \"%s\"", good[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (!path_parse(&path, bad[i], strlen(bad[i]), 5))
            failed(__FILE__, __LINE__, "accepted \"%s\"", bad[i]);
    set_path(&path, "x/y");
    CHECK(!strcmp(path.text, "/local/domain/0/x/y") && path.depth == 5 && path.home_len == 16);
    memset(text + 1, 'a', XENSTORE_ABS_PATH_MAX);
    CHECK(path_parse(&path, text, XENSTORE_ABS_PATH_MAX, 0) == 0);
    CHECK(path_parse(&path, text, XENSTORE_ABS_PATH_MAX + 1, 0) != 0);
    CHECK(path_parse(&path, text + 1, XENSTORE_REL_PATH_MAX, 0) == 0);
    CHECK(path_parse(&path, text + 1, XENSTORE_REL_PATH_MAX + 1, 0) != 0);
    for (unsigned int i = 0; i < XENSTORE_ABS_PATH_MAX; i++)
        text[i] = i % 2 ? 'a' : '/';
    CHECK(path_parse(&path, text, XENSTORE_ABS_PATH_MAX, 0) == 0 && path.depth == PATH_DEPTH_MAX);
    CHECK(path_push(&path, "b", 1) != 0);
}

static void pushed_paths_hash_as_parsed_ones(void)
{
    struct path parsed, pushed;

    set_path(&parsed, "/one/two/three");
    set_path(&pushed, "/");
    CHECK(!path_push(&pushed, "one", 3) && !path_push(&pushed, "two", 3) && !path_push(&pushed, "x", 1));
    path_pop(&pushed);
    CHECK(!path_push(&pushed, "three", 5));
    CHECK(!strcmp(parsed.text, pushed.text));
    for (unsigned int depth = 0; depth <= 3; depth++)
        CHECK(path_hash(&parsed, depth) == path_hash(&pushed, depth));
}

const struct test tree_tests[] = {
    { "tree/random-changes-keep-snapshots", random_changes_keep_snapshots },
    { "tree/many-children-stay-shallow", many_children_stay_shallow },
    { "tree/paths-are-checked", paths_are_checked },
    { "tree/pushed-paths-hash-as-parsed-ones", pushed_paths_hash_as_parsed_ones },
    { NULL, NULL },
};
