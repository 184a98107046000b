/* SPDX-License-Identifier: GPL-2.0-only */
/* Permissions and quotas. */
#include "world.h"

/* What a toolstack makes for a domain: a home it may read, in it a place that is its own. */
static struct guest *add_with_home(struct world *w, unsigned int domid)
{
    struct guest *d0 = w->guests[0];

    ask(w, d0, XS_WRITE, 0, "/local/domain/%u/data|", domid);
    ask(w, d0, XS_SET_PERMS, 0, "/local/domain/%u|n0|r%u|", domid, domid);
    ask(w, d0, XS_SET_PERMS, 0, "/local/domain/%u/data|n%u|", domid, domid);
    return guest_add(w, domid);
}

static void lists_are_enforced(void)
{
    struct world *w = world_new();
    struct guest *d0 = w->guests[0], *g = add_with_home(w, 3), *h = add_with_home(w, 4);

    EXPECT(w, g, XS_READ, 0, "/tool|", "EACCES");
    EXPECT(w, g, XS_READ, 0, "/no/such|", "EACCES"); /* and not ENOENT: it may not know */
    EXPECT(w, g, XS_READ, 0, "no-such|", "ENOENT");
    EXPECT(w, g, XS_WRITE, 0, "/x|", "EACCES");
    EXPECT(w, g, XS_MKDIR, 0, "/x|", "EACCES");
    EXPECT(w, g, XS_WRITE, 0, "x|", "EACCES");
    EXPECT(w, g, XS_RM, 0, "data/no/such|", "ENOENT");
    EXPECT(w, g, XS_RM, 0, "/tool|", "EACCES");
    EXPECT(w, g, XS_DIRECTORY, 0, "/local/domain|", "EACCES");
    EXPECT(w, g, XS_DIRECTORY, 0, "/local/domain/3|", "data|");

    EXPECT(w, g, XS_WRITE, 0, "data/mine|v", "OK|");
    EXPECT(w, g, XS_GET_PERMS, 0, "data/mine|", "n3|");
    EXPECT(w, h, XS_READ, 0, "/local/domain/3/data/mine|", "EACCES");
    EXPECT(w, h, XS_GET_PERMS, 0, "/local/domain/3/data/mine|", "EACCES");
    EXPECT(w, h, XS_SET_PERMS, 0, "/local/domain/3/data/mine|n4|", "EACCES");
    EXPECT(w, g, XS_SET_PERMS, 0, "data/mine|n3|r4|", "OK|");
    EXPECT(w, h, XS_READ, 0, "/local/domain/3/data/mine|", "v");
    EXPECT(w, h, XS_WRITE, 0, "/local/domain/3/data/mine|x", "EACCES");
    EXPECT(w, h, XS_SET_PERMS, 0, "/local/domain/3/data/mine|n3|b4|", "EACCES");
    EXPECT(w, g, XS_SET_PERMS, 0, "data/mine|n3|b4|", "OK|");
    EXPECT(w, h, XS_WRITE, 0, "/local/domain/3/data/mine|x", "OK|");
    EXPECT(w, h, XS_WRITE, 0, "/local/domain/3/data/mine/of-4|x", "OK|");
    EXPECT(w, d0, XS_GET_PERMS, 0, "/local/domain/3/data/mine/of-4|", "n4|b4|");
    EXPECT(w, g, XS_SET_PERMS, 0, "data/mine|r3|", "OK|");
    EXPECT(w, h, XS_READ, 0, "/local/domain/3/data/mine|", "x");
    EXPECT(w, g, XS_SET_PERMS, 0, "data/mine|n4|", "EPERM");
    EXPECT(w, d0, XS_SET_PERMS, 0, "/local/domain/3/data/mine|n4|", "OK|");
    EXPECT(w, g, XS_READ, 0, "data/mine|", "EACCES");
    world_end(w);
}

static void domains_do_not_control(void)
{
    struct world *w = world_new();
    struct guest *g = guest_add(w, 3);

    EXPECT(w, g, XS_INTRODUCE, 0, "4|4|1|", "EACCES");
    EXPECT(w, g, XS_RELEASE, 0, "3|", "EACCES");
    EXPECT(w, g, XS_RESUME, 0, "3|", "EACCES");
    EXPECT(w, g, XS_SET_TARGET, 0, "3|0|", "EACCES");
    EXPECT(w, g, XS_CONTROL, 0, "help|", "EACCES");
    EXPECT(w, g, XS_GET_DOMAIN_PATH, 0, "0|", "/local/domain/0|");
    EXPECT(w, g, XS_IS_DOMAIN_INTRODUCED, 0, "32752|", "T|");
    world_end(w);
}

static void a_target_lends_its_rights(void)
{
    struct world *w = world_new();
    struct guest *d0 = w->guests[0], *g = add_with_home(w, 3), *h = add_with_home(w, 4);

    EXPECT(w, g, XS_WRITE, 0, "data/x|v", "OK|");
    EXPECT(w, h, XS_READ, 0, "/local/domain/3/data/x|", "EACCES");
    EXPECT(w, d0, XS_SET_TARGET, 0, "4|5|", "ENOENT");
    EXPECT(w, d0, XS_SET_TARGET, 0, "4|3|", "OK|");
    EXPECT(w, h, XS_READ, 0, "/local/domain/3/data/x|", "v");
    EXPECT(w, h, XS_SET_PERMS, 0, "/local/domain/3/data/x|b3|", "OK|");
    EXPECT(w, g, XS_READ, 0, "/local/domain/4/data|", "EACCES");
    world_end(w);
}

static void the_dead_leave_nothing(void)
{
    struct world *w = world_new();
    struct guest *d0 = w->guests[0], *g = add_with_home(w, 3);

    EXPECT(w, g, XS_WRITE, 0, "data/a/b|v", "OK|");
    EXPECT(w, d0, XS_WRITE, 0, "/shared|v", "OK|");
    EXPECT(w, d0, XS_SET_PERMS, 0, "/shared|n0|r3|w4|", "OK|");
    EXPECT(w, d0, XS_SET_PERMS, 0, "@releaseDomain|n0|r3|", "OK|");
    EXPECT(w, d0, XS_WATCH, 0, "/local/domain/3/data|t|", "OK|");
    events(w, d0);
    EXPECT(w, g, XS_TRANSACTION_START, 0, "|", "1|");
    EXPECT(w, d0, XS_RELEASE, 0, "3|", "OK|");
    EVENTS(w, d0, "/local/domain/3/data t;");
    EXPECT(w, d0, XS_READ, 0, "/local/domain/3/data|", "ENOENT");
    EXPECT(w, d0, XS_READ, 0, "/local/domain/3|", "");
    EXPECT(w, d0, XS_GET_PERMS, 0, "/shared|", "n0|w4|");
    CHECK(!w->store->domains[3]->nodes && !w->store->domains[3]->memory);
    g = guest_add(w, 3);
    EXPECT(w, g, XS_READ, 0, "/shared|", "EACCES");
    EXPECT(w, g, XS_TRANSACTION_END, 1, "T|", "ENOENT");
    EXPECT(w, g, XS_WATCH, 0, "@releaseDomain|x|", "OK|");
    events(w, g);
    guest_add(w, 5);
    EXPECT(w, d0, XS_RELEASE, 0, "5|", "OK|");
    EVENTS(w, g, "");
    world_end(w);
}

/* The limits hold, outside and inside of transactions, and refusals are counted. */
static void quotas_hold(void)
{
    struct world *w = world_new();
    struct guest *d0 = w->guests[0], *g = add_with_home(w, 3);
    char big[2100], text[3000];
    unsigned int made = 1; /* the node `data` */

    memset(big, 'x', sizeof(big));
    while (!strcmp(ask(w, g, XS_WRITE, 0, "data/%u|", made), "OK|"))
        made++;
    CHECK(made == 1000);
    EXPECT(w, g, XS_WRITE, 0, "data/more|", "ENOSPC");
    EXPECT(w, g, XS_MKDIR, 0, "data/more|", "ENOSPC");
    EXPECT(w, g, XS_WRITE, 0, "data/1|value", "OK|");
    EXPECT(w, g, XS_RM, 0, "data/1|", "OK|");
    EXPECT(w, g, XS_MKDIR, 0, "data/two/levels|", "ENOSPC");
    EXPECT(w, g, XS_READ, 0, "data/two|", "ENOENT");
    EXPECT(w, g, XS_TRANSACTION_START, 0, "|", "1|");
    EXPECT(w, g, XS_WRITE, 1, "data/a|", "OK|");
    EXPECT(w, g, XS_WRITE, 1, "data/b|", "ENOSPC");
    EXPECT(w, g, XS_TRANSACTION_END, 1, "T|", "OK|");
    EXPECT(w, g, XS_WRITE, 0, "data/b|", "ENOSPC");
    CHECK(w->store->domains[3]->refused[QUOTA_NODES] == 6);

    snprintf(text, sizeof(text), "data/a|%.2048s", big);
    EXPECT(w, g, XS_WRITE, 0, text, "OK|");
    snprintf(text, sizeof(text), "data/a|%.2049s", big);
    EXPECT(w, g, XS_WRITE, 0, text, "ENOSPC");
    snprintf(text, sizeof(text), "/%.2048s|", big);
    EXPECT(w, g, XS_READ, 0, text, "EINVAL");
    EXPECT(w, g, XS_SET_PERMS, 0, "data/a|n3|r1|r2|r4|r5|", "OK|");
    EXPECT(w, g, XS_SET_PERMS, 0, "data/a|n3|r1|r2|r4|r5|r6|", "ENOSPC");
    EXPECT(w, d0, XS_SET_PERMS, 0, "/local/domain/3/data/a|n3|r1|r2|r4|r5|r6|", "OK|");
    CHECK(strstr(ask(w, d0, XS_CONTROL, 0, "quota|3|"), "refused, node-size: 1"));
    world_end(w);
}

/* Transactions that keep to the limits each by itself don't exceed them together. */
static void quotas_hold_for_transactions_together(void)
{
    struct world *w = world_new();
    struct guest *d0 = w->guests[0], *g = add_with_home(w, 3);
    const struct domain *domain = w->store->domains[3];

    for (unsigned int i = 0; i < 10; i++)
        ask(w, g, XS_TRANSACTION_START, 0, "|");
    for (unsigned int i = 0; i < 9900; i++)
        expect(__FILE__, __LINE__, "OK|", ask(w, g, XS_WRITE, 1 + i % 10, "data/%u|", i), "write");
    EXPECT(w, g, XS_TRANSACTION_END, 1, "T|", "OK|");
    for (unsigned int tx = 2; tx <= 10; tx++)
        EXPECT(w, g, XS_TRANSACTION_END, tx, "T|", "ENOSPC");
    CHECK(domain->nodes == 991 && domain->refused[QUOTA_NODES] == 9 && !domain->transactions);
    EXPECT(w, g, XS_READ, 0, "data/1|", "ENOENT");

    EXPECT(w, g, XS_TRANSACTION_START, 0, "|", "11|");
    EXPECT(w, g, XS_TRANSACTION_START, 0, "|", "12|");
    expect(__FILE__, __LINE__, "OK|",
           ask(w, d0, XS_CONTROL, 0, "quota|set|memory|%lu|", domain->memory + 150), "set");
    expect(__FILE__, __LINE__, "OK|", ask(w, g, XS_WRITE, 11, "data/0|%0100u", 1), "write");
    expect(__FILE__, __LINE__, "OK|", ask(w, g, XS_WRITE, 12, "data/10|%0100u", 1), "write");
    EXPECT(w, g, XS_TRANSACTION_END, 11, "T|", "OK|");
    EXPECT(w, g, XS_TRANSACTION_END, 12, "T|", "ENOSPC");
    EXPECT(w, g, XS_READ, 0, "data/10|", "");
    CHECK(domain->refused[QUOTA_MEMORY] == 1);

    /* with too much already, a domain may still have less, and others' changes are no matter of its account */
    EXPECT(w, d0, XS_CONTROL, 0, "quota|set|nodes|3|", "OK|");
    EXPECT(w, d0, XS_CONTROL, 0, "quota|set|memory|3|", "OK|");
    EXPECT(w, d0, XS_WRITE, 0, "/shared|v", "OK|");
    EXPECT(w, d0, XS_SET_PERMS, 0, "/shared|b0|", "OK|");
    EXPECT(w, g, XS_TRANSACTION_START, 0, "|", "13|");
    EXPECT(w, g, XS_RM, 13, "data/0|", "OK|");
    EXPECT(w, g, XS_WRITE, 13, "/shared|longer", "OK|");
    EXPECT(w, d0, XS_WRITE, 0, "/else|", "OK|");
    EXPECT(w, g, XS_TRANSACTION_END, 13, "T|", "OK|");
    EXPECT(w, g, XS_READ, 0, "/shared|", "longer");
    world_end(w);
}

static void quotas_of_connections_hold(void)
{
    struct world *w = world_new();
    struct guest *d0 = w->guests[0], *g = add_with_home(w, 3);
    unsigned int n = 0;

    while (n < 1000 && !strcmp(ask(w, g, XS_WATCH, 0, "data/%u|t|", n), "OK|"))
        n++;
    CHECK(n == 128);
    EXPECT(w, g, XS_WATCH, 0, "data/x|t|", "E2BIG");
    EXPECT(w, g, XS_UNWATCH, 0, "data/1|t|", "OK|");
    EXPECT(w, g, XS_WATCH, 0, "data/x|t|", "OK|");
    for (n = 0; n < 1000 && strcmp(ask(w, g, XS_TRANSACTION_START, 0, "|"), "ENOSPC"); n++)
        ;
    CHECK(n == 10);
    for (n = 0; n < 3000; n++)
        if (!strcmp(ask(w, g, XS_READ, 1, "data/%u|", n), "ENOSPC"))
            break;
    CHECK(n == 0 || strcmp("ENOSPC", ask(w, g, XS_READ, 1, "data/%u|", n - 1)));
    EXPECT(w, d0, XS_CONTROL, 0, "quota|set|nodes|3|", "OK|");
    EXPECT(w, g, XS_WRITE, 0, "data/a/b|", "OK|");
    EXPECT(w, g, XS_WRITE, 0, "data/c|", "ENOSPC");
    EXPECT(w, d0, XS_CONTROL, 0, "quota|set|nonsense|3|", "EINVAL");
    EXPECT(w, d0, XS_CONTROL, 0, "quota|set|nodes|x|", "EINVAL");
    EXPECT(w, d0, XS_CONTROL, 0, "quota|set|memory|1000|", "OK|");
    EXPECT(w, g, XS_RM, 0, "data/a|", "OK|");
    CHECK(!strcmp("ENOSPC", ask(w, g, XS_WRITE, 0, "data/c|%01000u", 1)));
    world_end(w);
}

const struct test perms_tests[] = {
    { "perms/lists-are-enforced", lists_are_enforced },
    { "perms/domains-do-not-control", domains_do_not_control },
    { "perms/a-target-lends-its-rights", a_target_lends_its_rights },
    { "perms/the-dead-leave-nothing", the_dead_leave_nothing },
    { "perms/quotas-hold", quotas_hold },
    { "perms/quotas-hold-for-transactions-together", quotas_hold_for_transactions_together },
    { "perms/quotas-of-connections-hold", quotas_of_connections_hold },
    { NULL, NULL },
};
