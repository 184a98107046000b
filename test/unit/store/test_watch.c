/* SPDX-License-Identifier: GPL-2.0-only */
/* Who hears of what, and what becomes of events that nobody reads. */
#include "watch.h"
#include "world.h"

static void changes_are_told(void)
{
    struct world *w = world_new();
    struct guest *d0 = w->guests[0];

    EXPECT(w, d0, XS_WATCH, 0, "/a/b|t|", "OK|");
    EVENTS(w, d0, "/a/b t;");
    EXPECT(w, d0, XS_WATCH, 0, "/a/b|t|", "EEXIST");
    EXPECT(w, d0, XS_WRITE, 0, "/a|", "OK|");
    EXPECT(w, d0, XS_WRITE, 0, "/a/bc|", "OK|");
    EVENTS(w, d0, "");
    EXPECT(w, d0, XS_MKDIR, 0, "/a/b/c/d|", "OK|");
    EVENTS(w, d0, "/a/b/c/d t;");
    EXPECT(w, d0, XS_MKDIR, 0, "/a/b/c/d|", "OK|");
    EVENTS(w, d0, "");
    EXPECT(w, d0, XS_WRITE, 0, "/a/b|v", "OK|");
    EXPECT(w, d0, XS_WRITE, 0, "/a/b/c|v", "OK|");
    EXPECT(w, d0, XS_SET_PERMS, 0, "/a/b/c|n0|", "OK|");
    EVENTS(w, d0, "/a/b t;/a/b/c t;/a/b/c t;");
    EXPECT(w, d0, XS_RM, 0, "/a/b/c|", "OK|");
    EVENTS(w, d0, "/a/b/c t;");
    EXPECT(w, d0, XS_RM, 0, "/a/b/c|", "OK|");
    EVENTS(w, d0, "");
    EXPECT(w, d0, XS_RM, 0, "/a|", "OK|");
    EVENTS(w, d0, "/a/b t;");
    EXPECT(w, d0, XS_UNWATCH, 0, "/a/b|x|", "ENOENT");
    EXPECT(w, d0, XS_UNWATCH, 0, "/a/b|t|", "OK|");
    EXPECT(w, d0, XS_WRITE, 0, "/a/b|v", "OK|");
    EVENTS(w, d0, "");
    world_end(w);
}

static void relative_watches_get_relative_paths(void)
{
    struct world *w = world_new();
    struct guest *d0 = w->guests[0], *g;

    EXPECT(w, d0, XS_WRITE, 0, "/local/domain/3/device|", "OK|");
    EXPECT(w, d0, XS_SET_PERMS, 0, "/local/domain/3|n0|r3|", "OK|");
    EXPECT(w, d0, XS_SET_PERMS, 0, "/local/domain/3/device|n3|", "OK|");
    g = guest_add(w, 3);
    EXPECT(w, g, XS_WATCH, 0, "device|rel|", "OK|");
    EXPECT(w, g, XS_WATCH, 0, "/local/domain/3/device|abs|", "OK|");
    EVENTS(w, g, "device rel;/local/domain/3/device abs;");
    EXPECT(w, g, XS_WRITE, 0, "device/vif/0|", "OK|");
    CHECK(strstr(events(w, g), "device/vif/0 rel;"));
    EXPECT(w, g, XS_WRITE, 0, "device/vif/0|", "OK|");
    CHECK(strstr(events(w, g), "/local/domain/3/device/vif/0 abs;"));
    world_end(w);
}

static void nothing_is_told_that_may_not_be_read(void)
{
    struct world *w = world_new();
    struct guest *d0 = w->guests[0], *g = guest_add(w, 3);

    EXPECT(w, g, XS_WATCH, 0, "/|t|", "OK|");
    EXPECT(w, g, XS_WATCH, 0, "/secret/x|t|", "OK|");
    EVENTS(w, g, "/ t;/secret/x t;");
    EXPECT(w, d0, XS_WRITE, 0, "/secret/x|v", "OK|");
    EXPECT(w, d0, XS_WRITE, 0, "/secret/x|w", "OK|");
    EVENTS(w, g, "");
    EXPECT(w, d0, XS_SET_PERMS, 0, "/secret/x|n0|r3|", "OK|");
    EVENTS(w, g, "/secret/x t;/secret/x t;");
    EXPECT(w, d0, XS_SET_PERMS, 0, "/secret/x|n0|", "OK|"); /* that it may no more it may know */
    EVENTS(w, g, "/secret/x t;/secret/x t;");
    EXPECT(w, d0, XS_RM, 0, "/secret|", "OK|");
    EVENTS(w, g, "");
    EXPECT(w, d0, XS_WRITE, 0, "/secret/x|v", "OK|");
    EXPECT(w, d0, XS_SET_PERMS, 0, "/secret/x|n0|r3|", "OK|");
    events(w, g);
    EXPECT(w, d0, XS_RM, 0, "/secret|", "OK|"); /* what went with it may be read */
    EVENTS(w, g, "/secret/x t;");
    world_end(w);
}

static void lives_of_domains_are_told(void)
{
    struct world *w = world_new();
    struct guest *d0 = w->guests[0], *g = guest_add(w, 3);

    EXPECT(w, d0, XS_WATCH, 0, "@introduceDomain|i|", "OK|");
    EXPECT(w, d0, XS_WATCH, 0, "@releaseDomain|r|", "OK|");
    EXPECT(w, g, XS_WATCH, 0, "@releaseDomain|r|", "OK|");
    events(w, d0);
    events(w, g);
    guest_add(w, 4);
    EVENTS(w, d0, "@introduceDomain i;");
    EXPECT(w, d0, XS_RELEASE, 0, "4|", "OK|");
    EVENTS(w, d0, "@releaseDomain r;");
    EVENTS(w, g, "");
    EXPECT(w, g, XS_SET_PERMS, 0, "@releaseDomain|n0|r3|", "EACCES");
    EXPECT(w, d0, XS_SET_PERMS, 0, "@releaseDomain|n0|r3|", "OK|");
    guest_add(w, 4);
    domain_seen(w->store, w->store->domains[4], DOMAIN_RUNNING);
    EVENTS(w, g, "");
    domain_seen(w->store, w->store->domains[4], DOMAIN_SHUTDOWN);
    domain_seen(w->store, w->store->domains[4], DOMAIN_SHUTDOWN);
    EVENTS(w, g, "@releaseDomain r;");
    EXPECT(w, d0, XS_RESUME, 0, "4|", "OK|");
    domain_seen(w->store, w->store->domains[4], DOMAIN_SHUTDOWN);
    EVENTS(w, g, "@releaseDomain r;");
    domain_seen(w->store, w->store->domains[4], DOMAIN_GONE);
    EVENTS(w, g, "@releaseDomain r;");
    EXPECT(w, d0, XS_IS_DOMAIN_INTRODUCED, 0, "4|", "F|");
    world_end(w);
}

static void a_reset_ends_watches_and_transactions(void)
{
    struct world *w = world_new();
    struct guest *d0 = w->guests[0];

    EXPECT(w, d0, XS_WATCH, 0, "/a|t|", "OK|");
    EXPECT(w, d0, XS_TRANSACTION_START, 0, "|", "1|");
    events(w, d0);
    EXPECT(w, d0, XS_RESET_WATCHES, 0, "|", "OK|");
    EXPECT(w, d0, XS_WRITE, 0, "/a|", "OK|");
    EVENTS(w, d0, "");
    EXPECT(w, d0, XS_TRANSACTION_END, 1, "T|", "ENOENT");
    world_end(w);
}

static void transactions_tell_when_committed(void)
{
    struct world *w = world_new();
    struct guest *d0 = w->guests[0];

    EXPECT(w, d0, XS_WRITE, 0, "/a/old/x|", "OK|");
    EXPECT(w, d0, XS_WATCH, 0, "/a|t|", "OK|");
    EXPECT(w, d0, XS_WATCH, 0, "/a/old/x|u|", "OK|");
    events(w, d0);
    for (unsigned int other = 0; other < 2; other++) { /* alone, and merged with what others did */
        char tx[16];
        uint32_t id;

        snprintf(tx, sizeof(tx), "%s", ask(w, d0, XS_TRANSACTION_START, 0, "|"));
        id = atoi(tx);
        EXPECT(w, d0, XS_WRITE, id, "/a/new/x|1", "OK|");
        EXPECT(w, d0, XS_WRITE, id, "/a/new/x|2", "OK|");
        EXPECT(w, d0, XS_RM, id, "/a/old|", "OK|");
        EXPECT(w, d0, XS_WRITE, id, "/a/brief|", "OK|");
        EXPECT(w, d0, XS_RM, id, "/a/brief|", "OK|");
        if (other)
            EXPECT(w, d0, XS_WRITE, 0, "/b|", "OK|");
        EVENTS(w, d0, "");
        EXPECT(w, d0, XS_TRANSACTION_END, id, "T|", "OK|");
        EVENTS(w, d0, "/a/new/x t;/a/old t;/a/old/x u;");
        EXPECT(w, d0, XS_RM, 0, "/a/new|", "OK|");
        EXPECT(w, d0, XS_WRITE, 0, "/a/old/x|", "OK|");
        events(w, d0);
    }
    world_end(w);
}

/* A domain that watches much and reads nothing: what is kept for it is bounded, and when it reads again it
 * learns that something has changed below each watch. */
static void who_does_not_read_costs_little(void)
{
    struct world *w = world_new();
    struct guest *d0 = w->guests[0], *g = guest_add(w, 3);
    struct conn *conn = w->store->domains[3]->conn;
    size_t most = 0;

    EXPECT(w, d0, XS_SET_PERMS, 0, "/|n0|r3|", "OK|");
    EXPECT(w, g, XS_WATCH, 0, "/x|one|", "OK|");
    EXPECT(w, g, XS_WATCH, 0, "/|two|", "OK|");
    events(w, g);
    g->deaf = true;
    for (unsigned int i = 0; i < 20000; i++) {
        expect(__FILE__, __LINE__, "OK|", ask(w, d0, XS_WRITE, 0, "/x/%u|v", i), "write");
        most = conn->out_bytes > most ? conn->out_bytes : most;
    }
    CHECK(most > EVENT_BYTES / 2 && most < EVENT_BYTES + 200);
    g->deaf = false;
    for (unsigned int i = 0; i < 1000; i++) {
        const char *text = events(w, g);

        if (strstr(text, "/x one;"))
            break;
        CHECK(i < 999 || strstr(text, "/x one;"));
    }
    EXPECT(w, d0, XS_WRITE, 0, "/x/last|v", "OK|");
    CHECK(strstr(events(w, g), "/x/last one;"));
    world_end(w);
}

/* A domain that asks and does not read the answers is not asked for more. */
static void who_does_not_read_is_not_heard(void)
{
    struct world *w = world_new();
    struct guest *g = guest_add(w, 3);
    struct conn *conn = w->store->domains[3]->conn;
    struct xsd_sockmsg header = { XS_GET_DOMAIN_PATH, 0, 0, 2 };
    char request[sizeof(header) + 2];
    unsigned int asked = 0;
    size_t n;

    memcpy(request, &header, sizeof(header));
    memcpy(request + sizeof(header), "5", 2);
    g->deaf = true;
    for (unsigned int i = 0; i < 10000; i++) {
        n = guest_put(g, request, sizeof(request));
        if (n < sizeof(request)) { /* leave whole messages in the ring */
            g->page.req_prod -= n;
        } else {
            asked++;
        }
        world_run(w, g);
    }
    CHECK(asked < 300);
    CHECK(conn->replies <= w->store->limit[QUOTA_OUTSTANDING] && conn->kept_len < 9000);
    g->deaf = false;
    world_run(w, g);
    CHECK(!conn->out && !conn->kept_len);
    CHECK(g->in_len == asked * (sizeof(header) + strlen("/local/domain/5") + 1));
    g->in_len = 0;
    EXPECT(w, g, XS_IS_DOMAIN_INTRODUCED, 0, "3|", "T|");
    world_end(w);
}

/* Let a domain write two nodes below /x in turn, so that no event repeats the last, until it isn't heard. */
static unsigned int write_in_turn(struct world *w, struct guest *g, unsigned int most)
{
    unsigned int turn = 0;

    while (turn < most && !strcmp("OK|", ask(w, g, XS_WRITE, 0, "/x/%01000u|", turn % 2)))
        turn++;
    return turn;
}

/* Domain 0's kernel hears of everything and is never given up: guests wait for it, its programs don't. */
static void domain_0_is_waited_for(void)
{
    struct world *w = world_new();
    struct guest *d0 = w->guests[0], *g = guest_add(w, 3), *h = guest_add(w, 4);
    struct client root = { 0, NO_DOMAIN, true };
    struct view view = { w->store, &root, NULL };
    struct path path;

    EXPECT(w, d0, XS_WRITE, 0, "/x|", "OK|");
    EXPECT(w, d0, XS_SET_PERMS, 0, "/x|n3|", "OK|");
    EXPECT(w, d0, XS_WATCH, 0, "/x|t|", "OK|");
    events(w, d0);
    d0->deaf = true;
    for (unsigned int round = 0; round < 3; round++) {
        struct conn *conn = w->store->domains[0]->conn;

        CHECK(write_in_turn(w, g, 3000) < 3000);
        EXPECT(w, h, XS_GET_DOMAIN_PATH, 0, "5|", "none");
        CHECK(conn->out_bytes >= AWAITED_BYTES && conn->out_bytes < AWAITED_BYTES + 3000);
        CHECK(!w->store->again);
        path_parse(&path, "/x/program", 10, 0);
        CHECK(store_write(&view, &path, "", 0) == 0);

        d0->deaf = false;
        while (w->store->awaited)
            events(w, d0);
        CHECK(conn->out_bytes > AWAITED_BYTES / 4);
        CHECK(g->in_len > 0 && h->in_len == sizeof(struct xsd_sockmsg) + sizeof("/local/domain/5"));
        while (conn->out)
            events(w, d0);
        d0->deaf = true;
        g->in_len = h->in_len = 0;
    }
    CHECK(w->store->waits == 3);
    world_end(w);
}

/* Not even its own programs can have domain 0's kernel given up, nor make it cost without end. */
static void domain_0_is_never_given_up(void)
{
    struct world *w = world_new();
    struct guest *d0 = w->guests[0];
    struct conn **ring = &w->store->domains[0]->conn, *conn = *ring;
    struct client root = { 0, NO_DOMAIN, true };
    struct view view = { w->store, &root, NULL };
    char text[3001];
    bool told = false;
    struct path path;

    EXPECT(w, d0, XS_WATCH, 0, "/x|t|", "OK|");
    memset(text, 'x', sizeof(text));
    memcpy(text, "/x/", 3);
    d0->deaf = true;
    for (unsigned int i = 0; i < PRIVILEGED_BYTES / 3000 + 100; i++) {
        text[3000 - 1] = '0' + i % 2;
        path_parse(&path, text, 3000, 0);
        store_write(&view, &path, "", 0);
        world_run(w, d0);
    }
    CHECK(*ring == conn && conn->out_bytes >= PRIVILEGED_BYTES && conn->out_bytes < PRIVILEGED_BYTES + 4000);
    d0->deaf = false;
    while (*ring == conn && conn->out)
        told |= !!strstr(events(w, d0), "/x t;");
    CHECK(told);
    EXPECT(w, d0, XS_WRITE, 0, "/x/last|", "OK|");
    EVENTS(w, d0, "/x/last t;");
    world_end(w);
}

static int stuck(struct conn *conn, const void *data, size_t len)
{
    return 0;
}

static int silent(struct conn *conn, void *data, size_t len)
{
    return 0;
}

static void no_want(struct conn *conn, bool input, bool output)
{
}

static void nothing(struct conn *conn)
{
}

static void note_close(struct conn *conn)
{
    *(bool *)conn->transport = true;
}

/* A program that never reads makes nobody wait, and is given up. */
static void a_stuck_program_is_given_up(void)
{
    static const struct transport transport = {
        "stuck", silent, stuck, no_want, nothing, nothing, note_close
    };
    struct world *w = world_new();
    struct guest *d0 = w->guests[0], *g = guest_add(w, 3);
    struct client root = { 0, NO_DOMAIN, true };
    bool closed = false;
    struct path path;

    EXPECT(w, d0, XS_WRITE, 0, "/x|", "OK|");
    EXPECT(w, d0, XS_SET_PERMS, 0, "/x|n3|", "OK|");
    path_parse(&path, "/x", 2, 0);
    CHECK(!watch_add(conn_new(w->store, &transport, &closed, root), &path, "t"));
    CHECK(write_in_turn(w, g, 2 * AWAITED_BYTES / 1000) == 2 * AWAITED_BYTES / 1000 && !closed);
    CHECK(write_in_turn(w, g, PRIVILEGED_BYTES / 1000) == PRIVILEGED_BYTES / 1000 && closed);
    world_end(w);
}

const struct test watch_tests[] = {
    { "watch/changes-are-told", changes_are_told },
    { "watch/relative-watches-get-relative-paths", relative_watches_get_relative_paths },
    { "watch/nothing-is-told-that-may-not-be-read", nothing_is_told_that_may_not_be_read },
    { "watch/lives-of-domains-are-told", lives_of_domains_are_told },
    { "watch/a-reset-ends-watches-and-transactions", a_reset_ends_watches_and_transactions },
    { "watch/transactions-tell-when-committed", transactions_tell_when_committed },
    { "watch/who-does-not-read-costs-little", who_does_not_read_costs_little },
    { "watch/who-does-not-read-is-not-heard", who_does_not_read_is_not_heard },
    { "watch/domain-0-is-waited-for", domain_0_is_waited_for },
    { "watch/domain-0-is-never-given-up", domain_0_is_never_given_up },
    { "watch/a-stuck-program-is-given-up", a_stuck_program_is_given_up },
    { NULL, NULL },
};
