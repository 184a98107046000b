/* SPDX-License-Identifier: GPL-2.0-only */
/* What is a conflict and what isn't; and that whatever is committed could have happened in that order. */
#include "transaction.h"
#include "world.h"

/* One row: a store with /a/b = 1 and /a/c = 2; what the transaction does, what others do before it commits,
 * and what comes of it. Requests are "TYPE body". */
struct row {
    const char *inside, *outside, *result;
};

static const struct row rows[] = {
    { "W/a/b|x", "", "OK|" },
    { "W/a/b|x", "W/z|1", "OK|" },
    { "W/a/b|x", "W/a/c|3", "OK|" },     /* a sibling */
    { "W/a/b|x", "W/a|3", "OK|" },       /* its parent's value */
    { "W/a/b|x", "W/a/b/d|3", "OK|" },   /* a child of it */
    { "W/a/b|x", "W/a/n|3", "OK|" },     /* a new sibling */
    { "W/a/b|x", "W/a/b|3", "EAGAIN" },
    { "W/a/b|x", "P/a/b|n0|r5|", "EAGAIN" },
    { "W/a/b|x", "X/a/b|", "EAGAIN" },
    { "W/a/b|x", "X/a|", "EAGAIN" },
    { "R/a/b|;W/z|x", "W/a/c|3", "OK|" },
    { "R/a/b|;W/z|x", "W/a/b|1", "EAGAIN" }, /* even with the same value */
    { "R/a/b|;W/z|x", "X/a|", "EAGAIN" },
    { "R/a/n|;W/z|x", "W/a/n|1", "EAGAIN" },  /* it saw that there was none */
    { "R/a/n|;W/z|x", "W/a/m|1", "OK|" },
    { "R/a/b|", "W/a/b|3", "OK|" },      /* who only reads has a picture of one moment */
    { "L/a|;W/z|x", "W/a/b|3", "OK|" },  /* a child's value is not in the list */
    { "L/a|;W/z|x", "W/a/n|3", "EAGAIN" },
    { "L/a|;W/z|x", "X/a/c|", "EAGAIN" },
    { "L/n|;W/z|x", "W/n|3", "EAGAIN" },
    { "W/a/n|x", "W/a/m|3", "OK|" },     /* two create in the same place */
    { "W/a/n|x", "W/a/n|3", "EAGAIN" },
    { "W/a/n/o|x", "W/a/n|3", "EAGAIN" },
    { "W/a/n/o|x", "W/a/n/p|3", "EAGAIN" },
    { "W/a/n/o|x", "W/a/m|3", "OK|" },   /* with what is missing above it */
    { "R/a/n/o/p|;W/a/n/o/p|x", "W/z|3", "OK|" },    /* used before what is above it */
    { "M/a/n/o/p|;W/a/n/q|x", "W/a/m/o|3", "OK|" },
    { "W/a/n|x", "P/a|n0|r5|", "EAGAIN" }, /* what it has inherited is out of date */
    { "W/a/n|x", "X/a|", "EAGAIN" },
    { "X/a|", "W/z|3", "OK|" },
    { "X/a|", "W/a/b|3", "EAGAIN" },
    { "X/a|", "W/a/n/m|3", "EAGAIN" },
    { "X/a|;W/a/d|4", "W/z|3", "OK|" },
    { "X/n|;W/z|x", "W/n|3", "EAGAIN" },
    { "M/a/b|;W/z|x", "X/a/b|", "EAGAIN" },
    { "P/a/b|n0|r7|", "W/a/c|3", "OK|" },
    { "P/a/b|n0|r7|", "W/a/b|3", "EAGAIN" },
    { "W/a/n|1;X/a/n|", "W/a/m|3", "OK|" },
};

static uint32_t type_of(char letter)
{
    return letter == 'W' ? XS_WRITE : letter == 'R' ? XS_READ : letter == 'X' ? XS_RM :
           letter == 'L' ? XS_DIRECTORY : letter == 'M' ? XS_MKDIR : XS_SET_PERMS;
}

static void do_all(struct world *w, uint32_t tx, const char *script)
{
    char text[128], *rest = text, *request;

    snprintf(text, sizeof(text), "%s", script);
    while ((request = strsep(&rest, ";")))
        if (*request)
            ask(w, w->guests[0], type_of(*request), tx, "%s", request + 1);
}

/* All below /a and /z as text. */
static void dump(struct world *w, char *text, const char *path)
{
    char names[256], *rest = names, *name, below[64];

    sprintf(text + strlen(text), "%s=%s,", path, ask(w, w->guests[0], XS_READ, 0, "%s|", path));
    sprintf(text + strlen(text), "%s ", ask(w, w->guests[0], XS_GET_PERMS, 0, "%s|", path));
    snprintf(names, sizeof(names), "%s", ask(w, w->guests[0], XS_DIRECTORY, 0, "%s|", path));
    while (!strstr(names, "ENOENT") && (name = strsep(&rest, "|")))
        if (*name) {
            snprintf(below, sizeof(below), "%s/%s", path, name);
            dump(w, text, below);
        }
}

static void conflicts_are_what_they_should_be(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct world *w = world_new();
        char after[1024] = "", in_order[1024] = "";
        const char *result;

        do_all(w, 0, "W/a/b|1;W/a/c|2");
        ask(w, w->guests[0], XS_TRANSACTION_START, 0, "|");
        do_all(w, 1, rows[i].inside);
        do_all(w, 0, rows[i].outside);
        result = ask(w, w->guests[0], XS_TRANSACTION_END, 1, "T|");
        if (strcmp(result, rows[i].result))
            failed(__FILE__, __LINE__, "%s with %s: %s", rows[i].inside, rows[i].outside, result);
        dump(w, after, "/a");
        dump(w, after, "/z");
        world_end(w);

        /* as if one had come after the other */
        w = world_new();
        do_all(w, 0, "W/a/b|1;W/a/c|2");
        do_all(w, 0, rows[i].outside);
        if (!strcmp(rows[i].result, "OK|"))
            do_all(w, 0, rows[i].inside);
        dump(w, in_order, "/a");
        dump(w, in_order, "/z");
        if (strcmp(after, in_order))
            failed(__FILE__, __LINE__, "%s with %s: \"%s\", expected \"%s\"", rows[i].inside,
                   rows[i].outside, after, in_order);
        world_end(w);
    }
}

static void what_is_not_committed_has_not_happened(void)
{
    struct world *w = world_new();
    struct guest *d0 = w->guests[0];

    EXPECT(w, d0, XS_WRITE, 0, "/a|1", "OK|");
    EXPECT(w, d0, XS_TRANSACTION_START, 0, "|", "1|");
    EXPECT(w, d0, XS_TRANSACTION_START, 1, "|", "EBUSY");
    EXPECT(w, d0, XS_WRITE, 1, "/a|2", "OK|");
    EXPECT(w, d0, XS_WRITE, 1, "/b/c|2", "OK|");
    EXPECT(w, d0, XS_READ, 0, "/a|", "1");
    EXPECT(w, d0, XS_READ, 1, "/a|", "2");
    EXPECT(w, d0, XS_WRITE, 0, "/a|3", "OK|");
    EXPECT(w, d0, XS_READ, 1, "/a|", "2");
    EXPECT(w, d0, XS_TRANSACTION_END, 1, "F|", "OK|");
    EXPECT(w, d0, XS_READ, 0, "/a|", "3");
    EXPECT(w, d0, XS_READ, 0, "/b|", "ENOENT");
    EXPECT(w, d0, XS_TRANSACTION_END, 1, "T|", "ENOENT");
    world_end(w);
}

/* One that is never ended must not keep all that has ever been. */
static void who_never_commits_is_given_up(void)
{
    struct world *w = world_new();
    struct guest *d0 = w->guests[0], *g = guest_add(w, 3);

    EXPECT(w, d0, XS_WRITE, 0, "/a|1", "OK|");
    EXPECT(w, d0, XS_SET_PERMS, 0, "/a|b0|", "OK|");
    EXPECT(w, g, XS_TRANSACTION_START, 0, "|", "1|");
    EXPECT(w, g, XS_TRANSACTION_START, 0, "|", "2|");
    EXPECT(w, g, XS_WRITE, 1, "/a|2", "OK|");
    EXPECT(w, d0, XS_TRANSACTION_START, 0, "|", "1|");
    EXPECT(w, d0, XS_WRITE, 1, "/b|2", "OK|");
    for (unsigned int i = 0; i < PATIENCE + 2000; i++)
        ask(w, d0, XS_WRITE, 0, "/c|%u", i);
    EXPECT(w, g, XS_READ, 2, "/a|", "1");
    EXPECT(w, g, XS_READ, 1, "/a|", "1");
    EXPECT(w, g, XS_TRANSACTION_END, 1, "T|", "EAGAIN");
    EXPECT(w, g, XS_TRANSACTION_END, 2, "F|", "OK|");
    EXPECT(w, d0, XS_TRANSACTION_END, 1, "T|", "OK|"); /* ours are waited for longer */
    EXPECT(w, d0, XS_READ, 0, "/b|", "2");
    world_end(w);
}

/* --- Random transactions, against a model of the same store --- */

#define PATHS 39 /* names a, b, c to three levels */

struct model {
    int value[PATHS]; /* -1: there is none */
};

static void path_text(unsigned int i, char *text)
{
    if (i < 3)
        sprintf(text, "/%c", 'd' + i);
    else if (i < 12)
        sprintf(text, "/%c/%c", 'd' + (i - 3) / 3, 'a' + (i - 3) % 3);
    else
        sprintf(text, "/%c/%c/%c", 'd' + (i - 12) / 9, 'a' + (i - 12) / 3 % 3, 'a' + (i - 12) % 3);
}

static int parent_of(unsigned int i)
{
    return i < 3 ? -1 : i < 12 ? (int)(i - 3) / 3 : 3 + (int)(i - 12) / 3;
}

struct op {
    char letter; /* W, R, X, L */
    unsigned int path;
    int value;
    char answer[32];
};

/* Do to the model what the daemon should do; its answer. */
static void model_do(struct model *m, struct op *op, char *answer)
{
    int parent = parent_of(op->path);

    if (op->letter == 'W') {
        for (int i = parent; i >= 0; i = parent_of(i))
            if (m->value[i] < 0)
                m->value[i] = 0;
        m->value[op->path] = op->value;
        strcpy(answer, "OK|");
    } else if (op->letter == 'X') {
        strcpy(answer, parent < 0 || m->value[parent] >= 0 ? "OK|" : "ENOENT");
        m->value[op->path] = -1;
        for (unsigned int i = op->path + 1; i < PATHS; i++) /* parents come before their children */
            if (parent_of(i) >= 0 && m->value[parent_of(i)] < 0)
                m->value[i] = -1;
    } else if (m->value[op->path] < 0) {
        strcpy(answer, "ENOENT");
    } else if (op->letter == 'R') {
        sprintf(answer, m->value[op->path] ? "%d" : "", m->value[op->path]);
    } else {
        answer[0] = '\0';
        for (unsigned int i = 3; i < PATHS; i++)
            if (parent_of(i) == (int)op->path && m->value[i] >= 0) {
                char text[16];

                path_text(i, text);
                sprintf(answer + strlen(answer), "%c|", text[strlen(text) - 1]);
            }
    }
}

static void daemon_do(struct world *w, uint32_t tx, struct op *op)
{
    char path[16], body[32];

    path_text(op->path, path);
    if (op->letter == 'W')
        snprintf(body, sizeof(body), "%s|%d", path, op->value);
    else
        snprintf(body, sizeof(body), "%s|", path);
    snprintf(op->answer, sizeof(op->answer), "%s", ask(w, w->guests[0], type_of(op->letter), tx, "%s", body));
}

static void random_op(struct op *op)
{
    op->letter = "WWRRXL"[rand() % 6];
    op->path = rand() % PATHS;
    op->value = 1 + rand() % 1000000;
}

struct running {
    uint32_t id;
    unsigned int count;
    struct op op[8];
};

/* The transaction has been committed now: it must have been answered as if it had run now. */
static void replay(struct model *m, struct running *tx)
{
    char answer[32];

    for (unsigned int i = 0; i < tx->count; i++) {
        model_do(m, &tx->op[i], answer);
        if (strcmp(answer, tx->op[i].answer))
            failed(__FILE__, __LINE__, "%c %u: \"%s\", not \"%s\"", tx->op[i].letter, tx->op[i].path,
                   tx->op[i].answer, answer);
    }
}

static void step(struct world *w, struct model *m, struct running *tx, unsigned int *committed)
{
    struct op *op;

    if (!tx->id) {
        *tx = (struct running){ .id = atoi(ask(w, w->guests[0], XS_TRANSACTION_START, 0, "|")) };
    } else if (tx->count < 8 && rand() % 6) {
        op = &tx->op[tx->count++];
        random_op(op);
        daemon_do(w, tx->id, op);
    } else {
        /* one that has changed nothing has seen the state at its start, not at its end */
        const struct transaction *seen = transaction_find(w->store->domains[0]->conn, tx->id);
        bool writes = seen->root != seen->base;
        const char *result = ask(w, w->guests[0], XS_TRANSACTION_END, tx->id, "T|");

        CHECK(!strcmp(result, "OK|") || !strcmp(result, "EAGAIN"));
        if (!strcmp(result, "OK|") && writes) {
            replay(m, tx);
            ++*committed;
        }
        tx->id = 0;
    }
}

static void check_model(struct world *w, struct model *m)
{
    for (unsigned int i = 0; i < PATHS; i++) {
        struct op op = { .letter = 'R', .path = i };
        char answer[32];

        daemon_do(w, 0, &op);
        model_do(m, &op, answer);
        if (strcmp(op.answer, answer))
            failed(__FILE__, __LINE__, "path %u: \"%s\", not \"%s\"", i, op.answer, answer);
    }
}

static void commits_have_an_order(void)
{
    struct world *w = world_new();
    struct running running[4] = { { .id = 0 } };
    unsigned int committed = 0;
    struct model m;

    srand(3);
    memset(&m, -1, sizeof(m));
    for (unsigned int i = 0; i < 40000; i++) {
        struct op op;
        char answer[32];

        step(w, &m, &running[rand() % 4], &committed);
        if (rand() % 16 == 0) {
            random_op(&op);
            daemon_do(w, 0, &op);
            model_do(&m, &op, answer);
            if (strcmp(op.answer, answer))
                failed(__FILE__, __LINE__, "%c %u: \"%s\", not \"%s\"", op.letter, op.path, op.answer,
                       answer);
        }
        if (i % 500 == 0)
            check_model(w, &m);
    }
    CHECK(committed > 1000);
    world_end(w);
}

const struct test transaction_tests[] = {
    { "transaction/conflicts-are-what-they-should-be", conflicts_are_what_they_should_be },
    { "transaction/what-is-not-committed-has-not-happened", what_is_not_committed_has_not_happened },
    { "transaction/who-never-commits-is-given-up", who_never_commits_is_given_up },
    { "transaction/commits-have-an-order", commits_have_an_order },
    { NULL, NULL },
};
