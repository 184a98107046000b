/* SPDX-License-Identifier: GPL-2.0-only */
/* Listings of large directories, which the daemon keeps, are always of the moment and of the transaction asked for. */
#include "world.h"

#define NAMES 12u /* at most in a directory; of 80 letters, so that a listing is kept from the third on */
#define DIRS  3u
#define OPS   30000

static const char *const dirs[DIRS] = { "/a", "/a/below", "/b" };

/* Which names there are in each directory, now and in the transaction, if there is one. What it changes, /a, nobody else
 * does, who changes /b. */
struct model {
    struct world *world;
    uint32_t tx;
    unsigned int now[DIRS], in_tx[DIRS];
};

static const char *name_of(unsigned int i)
{
    static char name[81];

    sprintf(name, "%02u", i);
    memset(name + 2, 'x', sizeof(name) - 3);
    return name;
}

static void check_list(const struct model *m, uint32_t tx, unsigned int dir, unsigned int have)
{
    char list[NAMES * 81 + 16] = "", path[16];

    for (unsigned int i = 0; i < NAMES; i++)
        if (have & 1u << i)
            strcat(strcat(list, name_of(i)), "|");
    sprintf(path, "%s|", dirs[dir]);
    EXPECT(m->world, m->world->guests[0], XS_DIRECTORY, tx, path, strcat(list, dir ? "" : "below|"));
}

static void change(const struct model *m, uint32_t tx, unsigned int dir, unsigned int *have)
{
    unsigned int name = rand() % NAMES;

    ask(m->world, m->world->guests[0], *have & 1u << name ? XS_RM : XS_MKDIR, tx, "%s/%s|", dirs[dir], name_of(name));
    *have ^= 1u << name;
}

static void begin_or_end(struct model *m)
{
    struct guest *d0 = m->world->guests[0];
    bool keep = rand() % 2;

    if (!m->tx) {
        m->tx = strtoul(ask(m->world, d0, XS_TRANSACTION_START, 0, "|"), NULL, 10);
        memcpy(m->in_tx, m->now, sizeof(m->now));
        return;
    }
    EXPECT(m->world, d0, XS_TRANSACTION_END, m->tx, keep ? "T|" : "F|", "OK|");
    m->tx = 0;
    if (keep)
        memcpy(m->now, m->in_tx, 2 * sizeof(m->now[0]));
}

static void listings_are_true(void)
{
    struct model m = { .world = world_new() };

    srand(1);
    for (unsigned int dir = 0; dir < DIRS; dir++)
        ask(m.world, m.world->guests[0], XS_MKDIR, 0, "%s|", dirs[dir]);
    for (unsigned int i = 0; i < OPS; i++) {
        unsigned int dir = rand() % DIRS;
        bool inside = m.tx && dir < 2;

        switch (rand() % 16) {
        case 0:
            begin_or_end(&m);
            break;
        case 1 ... 5:
            if (inside)
                change(&m, m.tx, dir, &m.in_tx[dir]);
            else
                change(&m, 0, dir, &m.now[dir]);
            break;
        case 6 ... 10:
            if (inside)
                check_list(&m, m.tx, dir, m.in_tx[dir]);
            break;
        default:
            check_list(&m, 0, dir, m.now[dir]);
        }
    }
    world_end(m.world);
}

/* Nodes that one request makes have each a listing of its own, also where a commit makes them anew. */
static void nodes_made_at_once_differ(void)
{
    struct world *w = world_new();
    struct guest *d0 = w->guests[0];
    char one[601], other[601], want[602];
    uint32_t tx = strtoul(ask(w, d0, XS_TRANSACTION_START, 0, "|"), NULL, 10);

    memset(one, 'a', 600);
    memset(other, 'b', 600);
    one[600] = other[600] = '\0';
    ask(w, d0, XS_MKDIR, tx, "/merged/%s/%s|", one, other);
    ask(w, d0, XS_MKDIR, 0, "/made/%s/%s|", one, other);
    EXPECT(w, d0, XS_TRANSACTION_END, tx, "T|", "OK|");
    for (unsigned int i = 0; i < 2; i++) {
        const char *top = i ? "/merged" : "/made";

        sprintf(want, "%s|", one);
        expect(__FILE__, __LINE__, want, ask(w, d0, XS_DIRECTORY, 0, "%s|", top), top);
        sprintf(want, "%s|", other);
        expect(__FILE__, __LINE__, want, ask(w, d0, XS_DIRECTORY, 0, "%s/%s|", top, one), top);
    }
    world_end(w);
}

const struct test listing_tests[] = {
    { "listing/listings-are-true", listings_are_true },
    { "listing/nodes-made-at-once-differ", nodes_made_at_once_differ },
    { NULL, NULL },
};
