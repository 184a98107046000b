/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdarg.h>

#include "host.h"
#include "memory.h"
#include "world.h"

/* In place of the hypervisor: the frame of a ring is the address of the guest. */
struct host {
    struct world *world;
};

struct test_ring {
    struct ring ring;
    struct guest *guest;
};

static void notify(struct ring *ring)
{
    ((struct test_ring *)ring)->guest->notified++;
}

static void release(struct ring *ring)
{
    free(ring);
}

int host_connect(struct host *host, struct domain *domain, uint64_t frame, uint32_t port,
                 struct ring **result)
{
    struct guest *guest = domain->domid < 16 ? host->world->guests[domain->domid] : NULL;
    struct test_ring *ring;

    if (!guest || frame != domain->domid)
        return -EINVAL;
    ring = xzalloc(sizeof(*ring));
    ring->ring.page = &guest->page;
    ring->ring.notify = notify;
    ring->ring.release = release;
    ring->guest = guest;
    ring_attach(&ring->ring);
    *result = &ring->ring;
    return 0;
}

int host_rebind(struct host *host, struct ring *ring, uint32_t port)
{
    return 0;
}

struct world *world_new(void)
{
    struct world *world = xzalloc(sizeof(*world));

    world->store = store_new();
    world->store->host = xzalloc(sizeof(struct host));
    world->store->host->world = world;
    world->guests[0] = xzalloc(sizeof(struct guest));
    CHECK(domain_introduce(world->store, 0, 0, 1) == 0);
    return world;
}

void world_end(struct world *world)
{
    char text[128] = "";

    if (!store_check(world->store, text, sizeof(text)))
        failed(__FILE__, __LINE__, "books: %s", text);
    conns_run_again(world->store);
    while (world->store->conns)
        conn_close(world->store->conns);
    CHECK(!world->store->watch_count);
    for (unsigned int i = 0; i < DOMID_LIMIT; i++)
        CHECK(!world->store->domains[i] || !world->store->domains[i]->transactions);
    free(world->store->host);
    store_free(world->store);
    for (unsigned int i = 0; i < 16; i++)
        free(world->guests[i]);
    free(world);
}

struct guest *guest_add(struct world *world, unsigned int domid)
{
    struct guest *guest = xzalloc(sizeof(*guest));

    guest->domid = domid;
    free(world->guests[domid]);
    world->guests[domid] = guest;
    expect(__FILE__, __LINE__, "OK|",
           ask(world, world->guests[0], XS_INTRODUCE, 0, "%u|%u|1|", domid, domid), "introduce");
    return guest;
}

size_t guest_put(struct guest *guest, const void *data, size_t len)
{
    struct xenstore_domain_interface *page = &guest->page;
    size_t room = XENSTORE_RING_SIZE - (page->req_prod - page->req_cons);

    if (len > room)
        len = room;
    for (size_t i = 0; i < len; i++)
        page->req[MASK_XENSTORE_IDX(page->req_prod + i)] = ((const char *)data)[i];
    page->req_prod += len;
    return len;
}

/* Take what is in the ring. False if there was nothing. */
static bool guest_take(struct guest *guest)
{
    struct xenstore_domain_interface *page = &guest->page;
    size_t before = guest->in_len;

    while (!guest->deaf && page->rsp_cons != page->rsp_prod && guest->in_len < sizeof(guest->in))
        guest->in[guest->in_len++] = page->rsp[MASK_XENSTORE_IDX(page->rsp_cons++)];
    return guest->in_len > before;
}

static void daemon_run(struct world *world, struct guest *guest)
{
    struct domain *domain = world->store->domains[guest->domid];

    if (domain && domain->conn) {
        ring_reconnect(domain->conn);
        conn_run(domain->conn);
    }
    while (world->store->again)
        conns_run_again(world->store);
}

void world_run(struct world *world, struct guest *guest)
{
    daemon_run(world, guest);
    for (unsigned int i = 0; i < 16; i++)
        while (world->guests[i] && guest_take(world->guests[i]))
            daemon_run(world, world->guests[i]);
}

/* Take one message out of what has been received. False if none is whole. */
static bool next_message(struct guest *guest, struct xsd_sockmsg *header, char *body)
{
    size_t whole;

    if (guest->in_len < sizeof(*header))
        return false;
    memcpy(header, guest->in, sizeof(*header));
    whole = sizeof(*header) + header->len;
    if (header->len > XENSTORE_PAYLOAD_MAX || guest->in_len < whole)
        return false;
    memcpy(body, guest->in + sizeof(*header), header->len);
    guest->in_len -= whole;
    memmove(guest->in, guest->in + whole, guest->in_len);
    return true;
}

static void note_event(struct guest *guest, const char *body)
{
    size_t room = sizeof(guest->events) - guest->events_len;
    int n = snprintf(guest->events + guest->events_len, room, "%s %s;", body, body + strlen(body) + 1);

    guest->events_len += (size_t)n < room ? (size_t)n : room - 1;
}

/* File all events; the first reply, if any, into body. */
static bool sort_messages(struct guest *guest, struct xsd_sockmsg *reply, char *body)
{
    struct xsd_sockmsg header;
    char text[XENSTORE_PAYLOAD_MAX];
    bool found = false;

    while (next_message(guest, &header, text)) {
        if (header.type == XS_WATCH_EVENT) {
            note_event(guest, text);
        } else if (!found) {
            found = true;
            *reply = header;
            memcpy(body, text, header.len);
        }
    }
    return found;
}

const char *ask(struct world *world, struct guest *guest, uint32_t type, uint32_t tx, const char *format,
                ...)
{
    static char body[XENSTORE_PAYLOAD_MAX + 1];
    char request[sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX + 1], *text;
    struct xsd_sockmsg header = { type, 77, tx, 0 };
    size_t sent = 0, n;
    va_list args;

    text = request + sizeof(header);
    va_start(args, format);
    header.len = vsnprintf(text, XENSTORE_PAYLOAD_MAX + 1, format, args);
    va_end(args);
    for (uint32_t i = 0; i < header.len; i++)
        if (text[i] == '|')
            text[i] = '\0';
    memcpy(request, &header, sizeof(header));
    header.len += sizeof(header);
    do {
        n = guest_put(guest, request + sent, header.len - sent);
        sent += n;
        world_run(world, guest);
    } while (n && sent < header.len);
    if (!sort_messages(guest, &header, body))
        return "none";
    CHECK(header.req_id == 77 && header.tx_id == tx);
    CHECK(header.type == type || header.type == XS_ERROR);
    if (header.type == XS_ERROR)
        header.len--;
    for (uint32_t i = 0; i < header.len; i++)
        if (!body[i])
            body[i] = '|';
    body[header.len] = '\0';
    return body;
}

const char *events(struct world *world, struct guest *guest)
{
    static char text[sizeof(guest->events)];
    struct xsd_sockmsg header;
    char body[XENSTORE_PAYLOAD_MAX];

    world_run(world, guest);
    sort_messages(guest, &header, body);
    memcpy(text, guest->events, guest->events_len);
    text[guest->events_len] = '\0';
    guest->events_len = 0;
    return text;
}

void expect(const char *file, int line, const char *want, const char *got, const char *body)
{
    if (strcmp(want, got))
        failed(file, line, "%.60s: expected \"%.200s\", got \"%.200s\"", body, want, got);
}
