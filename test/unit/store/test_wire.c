/* SPDX-License-Identifier: GPL-2.0-only */
/* The protocol over rings, hostile input included. */
#include <unistd.h>

#include "log.h"
#include "world.h"

static void requests_and_replies(void)
{
    struct world *w = world_new();
    struct guest *d0 = w->guests[0];

    EXPECT(w, d0, XS_WRITE, 0, "/a/b|value", "OK|");
    EXPECT(w, d0, XS_READ, 0, "/a/b|", "value");
    EXPECT(w, d0, XS_READ, 0, "/a|", "");
    EXPECT(w, d0, XS_READ, 0, "/x|", "ENOENT");
    EXPECT(w, d0, XS_WRITE, 0, "/a/b|x|y", "OK|");
    EXPECT(w, d0, XS_READ, 0, "/a/b|", "x|y");
    EXPECT(w, d0, XS_MKDIR, 0, "/a/c/d|", "OK|");
    EXPECT(w, d0, XS_MKDIR, 0, "/a/b|", "OK|");
    EXPECT(w, d0, XS_READ, 0, "/a/b|", "x|y");
    EXPECT(w, d0, XS_DIRECTORY, 0, "/a|", "b|c|");
    EXPECT(w, d0, XS_DIRECTORY, 0, "/a/b|", "");
    EXPECT(w, d0, XS_RM, 0, "/a/c|", "OK|");
    EXPECT(w, d0, XS_RM, 0, "/a/c|", "OK|");
    EXPECT(w, d0, XS_RM, 0, "/a/c/d|", "ENOENT");
    EXPECT(w, d0, XS_RM, 0, "/|", "EINVAL");
    EXPECT(w, d0, XS_WRITE, 0, "rel|1", "OK|");
    EXPECT(w, d0, XS_READ, 0, "/local/domain/0/rel|", "1");
    EXPECT(w, d0, XS_GET_DOMAIN_PATH, 0, "7|", "/local/domain/7|");
    EXPECT(w, d0, XS_IS_DOMAIN_INTRODUCED, 0, "0|", "T|");
    EXPECT(w, d0, XS_IS_DOMAIN_INTRODUCED, 0, "7|", "F|");
    EXPECT(w, d0, XS_CONTROL, 0, "check|", "OK|");
    EXPECT(w, d0, XS_CONTROL, 0, "no-such|", "EINVAL");
    EXPECT(w, d0, XS_CONTROL, 0, "print|a|b|c|d|e|", "EINVAL");
    CHECK(d0->notified > 0);
    world_end(w);
}

static void malformed_requests_are_refused(void)
{
    static const struct {
        uint32_t type;
        const char *body, *want;
    } cases[] = {
        { XS_READ, "", "EINVAL" }, { XS_READ, "/tool", "EINVAL" }, { XS_READ, "/tool||", "EINVAL" },
        { XS_READ, "/tool|x", "EINVAL" }, { XS_READ, "|", "EINVAL" }, { XS_READ, "//|", "EINVAL" },
        { XS_READ, "@releaseDomain|", "EINVAL" }, { XS_WRITE, "/x", "EINVAL" },
        { XS_WRITE, "@x|v", "EINVAL" }, { XS_MKDIR, "@x|", "EINVAL" }, { XS_RM, "@x|", "EINVAL" },
        { XS_MKDIR, "/x|y", "EINVAL" }, { XS_SET_PERMS, "/tool|", "EINVAL" },
        { XS_SET_PERMS, "/tool|n0", "EINVAL" }, { XS_SET_PERMS, "/tool|x0|", "EINVAL" },
        { XS_SET_PERMS, "/tool|n|", "EINVAL" }, { XS_SET_PERMS, "/tool|n65536|", "EINVAL" },
        { XS_SET_PERMS, "/tool|n-1|", "EINVAL" }, { XS_SET_PERMS, "@foo|n0|", "EINVAL" },
        { XS_SET_PERMS, "/no|n0|", "ENOENT" }, { XS_WATCH, "/a|", "EINVAL" }, { XS_WATCH, "/a", "EINVAL" },
        { XS_WATCH, "/a|t|x|", "EINVAL" }, { XS_UNWATCH, "/a|t|", "ENOENT" },
        { XS_TRANSACTION_END, "T|", "ENOENT" }, { XS_TRANSACTION_END, "X|", "EINVAL" },
        { XS_TRANSACTION_END, "T", "EINVAL" }, { XS_INTRODUCE, "3|", "EINVAL" },
        { XS_INTRODUCE, "3|3|0|", "EINVAL" }, { XS_INTRODUCE, "99|3|1|", "EINVAL" },
        { XS_INTRODUCE, "x|3|1|", "EINVAL" }, { XS_INTRODUCE, "40000|3|1|", "EINVAL" },
        { XS_RELEASE, "0|", "EINVAL" }, { XS_RELEASE, "3|", "ENOENT" }, { XS_RELEASE, "3", "EINVAL" },
        { XS_RESUME, "0|", "EINVAL" }, { XS_RESUME, "3|", "ENOENT" }, { XS_SET_TARGET, "3|4|", "ENOENT" },
        { XS_GET_DOMAIN_PATH, "70000|", "EINVAL" }, { XS_GET_DOMAIN_PATH, "99999999999999999999|", "EINVAL" },
        { XS_GET_DOMAIN_PATH, "|", "EINVAL" }, { XS_CONTROL, "", "EINVAL" }, { XS_CONTROL, "help", "EINVAL" },
        { XS_DIRECTORY_PART, "/|", "EINVAL" }, { XS_DIRECTORY_PART, "/|x|", "EINVAL" },
        { 15, "x|", "ENOSYS" }, { 16, "x|", "ENOSYS" }, { 20, "x|", "ENOSYS" }, { 23, "x|", "ENOSYS" },
        { 0xffff, "", "ENOSYS" }, { 0xffffffff, "", "ENOSYS" },
    };
    struct world *w = world_new();

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        EXPECT(w, w->guests[0], cases[i].type, 0, cases[i].body, cases[i].want);
    EXPECT(w, w->guests[0], XS_READ, 99, "/tool|", "ENOENT");
    world_end(w);
}

static void long_lists_come_in_parts(void)
{
    struct world *w = world_new();
    struct guest *d0 = w->guests[0];
    char names[1 << 16] = "", generation[64] = "";
    bool last = false;

    for (unsigned int i = 0; i < 3000; i++)
        ask(w, d0, XS_WRITE, 0, "/many/name-%04u|", i);
    EXPECT(w, d0, XS_DIRECTORY, 0, "/many|", "E2BIG");
    while (!last) {
        const char *part = ask(w, d0, XS_DIRECTORY_PART, 0, "/many|%zu|", strlen(names));
        const char *bar = strchr(part, '|');
        size_t len = strlen(part);

        CHECK(bar);
        CHECK(!generation[0] || !strncmp(generation, part, bar - part));
        snprintf(generation, sizeof(generation), "%.*s", (int)(bar - part), part);
        last = !strcmp(part + len - 2, "||");
        strncat(names, bar + 1, len - (bar + 1 - part) - last);
    }
    CHECK(strlen(names) == 3000 * 10);
    for (unsigned int i = 0; i < 3000; i++) {
        char name[16];

        sprintf(name, "name-%04u|", i);
        CHECK(!memcmp(names + 10 * i, name, 10));
    }
    EXPECT(w, d0, XS_DIRECTORY_PART, 0, "/no|0|", "ENOENT");
    CHECK(strstr(ask(w, d0, XS_DIRECTORY_PART, 0, "/many/name-0000|0|"), "||"));
    world_end(w);
}

/* Bytes one at a time, many requests at once, and one cut by the ring's end: all the same. */
static void messages_in_any_portions(void)
{
    struct world *w = world_new();
    struct guest *d0 = w->guests[0];
    char buffer[600];
    size_t len = 0;

    for (unsigned int i = 0; i < 20; i++) {
        struct xsd_sockmsg header = { XS_WRITE, i, 0, 10 };

        memcpy(buffer + len, &header, sizeof(header));
        sprintf(buffer + len + sizeof(header), "/p/%02u", i);
        memcpy(buffer + len + sizeof(header) + 6, "\0abc", 4);
        buffer[len + sizeof(header) + 5] = '\0';
        len += sizeof(header) + 10;
    }
    for (unsigned int round = 0; round < 3; round++) {
        size_t portion = round == 0 ? 1 : round == 1 ? len : 37;

        d0->in_len = 0;
        for (size_t at = 0; at < len; at += portion) {
            guest_put(d0, buffer + at, len - at < portion ? len - at : portion);
            world_run(w, d0);
        }
        CHECK(d0->in_len == 20 * (sizeof(struct xsd_sockmsg) + 3));
        d0->in_len = 0;
        EXPECT(w, d0, XS_READ, 0, "/p/19|", "|abc");
        EXPECT(w, d0, XS_RM, 0, "/p|", "OK|");
    }
    world_end(w);
}

static void large_messages_pass_the_ring(void)
{
    struct world *w = world_new();
    struct guest *d0 = w->guests[0];
    char body[XENSTORE_PAYLOAD_MAX + 1] = "/big|";

    memset(body + 5, 'x', XENSTORE_PAYLOAD_MAX - 5);
    EXPECT(w, d0, XS_WRITE, 0, body, "OK|");
    EXPECT(w, d0, XS_READ, 0, "/big|", body + 5);
    EXPECT(w, d0, XS_WRITE, 0, "/big|y", "OK|");
    EXPECT(w, d0, XS_READ, 0, "/big|", "y");
    world_end(w);
}

static void bad_rings_are_left_alone(void)
{
    struct world *w = world_new();
    struct guest *g = guest_add(w, 3), *h = guest_add(w, 4);
    struct xsd_sockmsg header = { XS_READ, 0, 0, XENSTORE_PAYLOAD_MAX + 1 };

    g->page.req_prod += XENSTORE_RING_SIZE + 1;
    world_run(w, g);
    CHECK(g->page.error == XENSTORE_ERROR_RINGIDX);
    g->page.req_prod = g->page.req_cons;
    EXPECT(w, g, XS_READ, 0, "/tool|", "none");

    guest_put(h, &header, sizeof(header));
    world_run(w, h);
    CHECK(h->page.error == XENSTORE_ERROR_PROTO);
    EXPECT(w, h, XS_READ, 0, "/tool|", "none");

    EXPECT(w, w->guests[0], XS_READ, 0, "/tool|", "");
    world_end(w);
}

static void a_ring_can_reconnect(void)
{
    struct world *w = world_new();
    struct guest *g = guest_add(w, 3);

    CHECK(g->page.server_features ==
          (XENSTORE_SERVER_FEATURE_RECONNECTION | XENSTORE_SERVER_FEATURE_ERROR));
    EXPECT(w, g, XS_WATCH, 0, "x|t|", "OK|");
    EXPECT(w, g, XS_TRANSACTION_START, 0, "|", "1|");
    guest_put(g, "half a message", 5);
    g->page.req_prod += 5000;
    world_run(w, g);
    g->page.connection = XENSTORE_RECONNECT;
    world_run(w, g);
    CHECK(g->page.connection == XENSTORE_CONNECTED && g->page.error == XENSTORE_ERROR_NONE);
    CHECK(!g->page.req_prod && !g->page.req_cons && !g->page.rsp_prod && !g->page.rsp_cons);
    g->events_len = 0;
    EXPECT(w, g, XS_TRANSACTION_END, 1, "T|", "ENOENT");
    EXPECT(w, g, XS_UNWATCH, 0, "x|t|", "ENOENT");
    world_end(w);
}

/* A guest that spoils its ring again and again does not fill the log: it is counted. */
static void bad_rings_are_logged_once(void)
{
    char path[] = "/tmp/store-log-XXXXXX", line[256] = "";
    FILE *file = fdopen(mkstemp(path), "r");
    struct world *w = world_new();
    struct guest *g = guest_add(w, 3);
    struct xsd_sockmsg header = { XS_READ, 0, 0, 5000 };

    CHECK(log_file(path) == 0);
    for (unsigned int i = 0; i < 100; i++) {
        if (i % 2)
            guest_put(g, &header, sizeof(header));
        else
            g->page.req_prod += XENSTORE_RING_SIZE + 1;
        world_run(w, g);
        CHECK(g->page.error != XENSTORE_ERROR_NONE);
        g->page.connection = XENSTORE_RECONNECT;
        world_run(w, g);
        EXPECT(w, g, XS_GET_DOMAIN_PATH, 0, "3|", "/local/domain/3|");
    }
    log_file(NULL);
    CHECK(file && fgets(line, sizeof(line), file) && strstr(line, " domain 3: bad ring (indexes)"));
    CHECK(file && !fgets(line, sizeof(line), file));
    fclose(file);
    unlink(path);
    CHECK(strstr(ask(w, w->guests[0], XS_CONTROL, 0, "quota|3|"), "ignored, bad ring: 100\n"));
    world_end(w);
}

static void random_bytes_do_no_harm(void)
{
    struct world *w = world_new();
    struct guest *d0 = w->guests[0];

    srand(2);
    for (unsigned int round = 0; round < 3000; round++) {
        struct guest *g = guest_add(w, 1 + round % 3);
        unsigned int messages = rand() % 20;

        for (unsigned int m = 0; m < messages; m++) {
            static const char bytes[] = "/a@T0n1|xtol\0\0\0/";
            struct xsd_sockmsg header = { rand() % 26, rand(), rand() % 3, rand() % 60 };
            char body[60];

            for (size_t i = 0; i < sizeof(body); i++)
                body[i] = rand() % 50 ? bytes[rand() % (sizeof(bytes) - 1)] : rand();
            guest_put(g, &header, sizeof(header));
            guest_put(g, body, header.len);
            world_run(w, g);
            g->in_len = 0;
        }
        if (round % 10 == 0) {
            g->deaf = true; /* it would never catch up with itself */
            g->page.req_prod = rand();
            g->page.rsp_cons = rand();
        }
        world_run(w, g);
        EXPECT(w, d0, XS_CONTROL, 0, "check|", "OK|");
        expect(__FILE__, __LINE__, "OK|", ask(w, d0, XS_RELEASE, 0, "%u|", 1 + round % 3), "release");
    }
    EXPECT(w, d0, XS_DIRECTORY, 0, "/|", "local|tool|vm|");
    world_end(w);
}

/* A traced request has the guest's own bytes in it. */
static void log_is_printable(void)
{
    char path[] = "/tmp/store-log-XXXXXX", line[256] = "";
    int fd = mkstemp(path);
    FILE *file = fdopen(fd, "r");

    CHECK(log_file(path) == 0);
    log_trace("%s", "read /a\033[2J\nforged\x9b" "b");
    log_file(NULL);
    CHECK(file && fgets(line, sizeof(line), file));
    CHECK(strstr(line, " read /a?[2J?forged?b\n"));
    fclose(file);
    unlink(path);
}

const struct test wire_tests[] = {
    { "log-is-printable", log_is_printable },
    { "wire/requests-and-replies", requests_and_replies },
    { "wire/malformed-requests-are-refused", malformed_requests_are_refused },
    { "wire/long-lists-come-in-parts", long_lists_come_in_parts },
    { "wire/messages-in-any-portions", messages_in_any_portions },
    { "wire/large-messages-pass-the-ring", large_messages_pass_the_ring },
    { "wire/bad-rings-are-left-alone", bad_rings_are_left_alone },
    { "wire/a-ring-can-reconnect", a_ring_can_reconnect },
    { "wire/bad-rings-are-logged-once", bad_rings_are_logged_once },
    { "wire/random-bytes-do-no-harm", random_bytes_do_no_harm },
    { NULL, NULL },
};
