/* SPDX-License-Identifier: MIT */
/*
 * Virtual network interfaces: the frontend of the network protocol. There are two rings of 256 slots, one
 * page each: in one we ask the backend to send packets, in the other we offer it empty pages to put packets
 * into. All pages are granted once and used again and again; a buffer's number is the id of the requests that
 * name it. We ask for none of the protocol's features, so a packet is never larger than a page.
 */
#include "net.h"

#include "event.h"
#include "grant.h"
#include "heap.h"
#include "ip.h"
#include "page.h"
#include "print.h"
#include "string.h"
#include "thread.h"
#include "time.h"
#include "xenbus.h"

#include <public/io/netif.h>

#define BUFFERS 32      /* of each kind */

struct buffer {
    char *page;
    grant_ref_t ref;
    bool used;          /* to be sent: the backend has it */
};

struct net {
    struct xenbus_device bus;
    uint8_t mac[MAC_SIZE];
    evtchn_port_t port;
    netif_tx_front_ring_t tx;
    netif_rx_front_ring_t rx;
    struct buffer tx_buffers[BUFFERS], rx_buffers[BUFFERS];
};

const uint8_t *net_mac(const struct net *net)
{
    return net->mac;
}

/* ---- sending */

/* Take the buffers back that the backend has sent. */
static void take_sent(struct net *net)
{
    netif_tx_response_t response;
    int more;

    do {
        RING_IDX end = __atomic_load_n(&net->tx.sring->rsp_prod, __ATOMIC_ACQUIRE);

        if (RING_RESPONSE_PROD_OVERFLOW(&net->tx, end))
            return;
        while (net->tx.rsp_cons != end) {
            RING_COPY_RESPONSE(&net->tx, net->tx.rsp_cons, &response);
            net->tx.rsp_cons++;
            if (response.id < BUFFERS)
                net->tx_buffers[response.id].used = false;
        }
        RING_FINAL_CHECK_FOR_RESPONSES(&net->tx, more);
    } while (more);
}

static unsigned int free_buffer(struct net *net)
{
    for (;;) {
        for (unsigned int i = 0; i < BUFFERS; i++)
            if (!net->tx_buffers[i].used)
                return i;
        thread_wait(net, NEVER);
    }
}

void net_send(struct net *net, const void *packet, size_t length)
{
    bool masked = events_mask();
    unsigned int id = free_buffer(net);
    struct buffer *buffer = &net->tx_buffers[id];
    netif_tx_request_t *request = RING_GET_REQUEST(&net->tx, net->tx.req_prod_pvt);
    int notify;

    memcpy(buffer->page, packet, length);
    buffer->used = true;
    *request = (netif_tx_request_t){ .gref = buffer->ref, .id = id, .size = length };
    net->tx.req_prod_pvt++;
    RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&net->tx, notify);
    if (notify)
        event_send(net->port);
    events_restore(masked);
}

/* ---- receiving */

/* Offer a page to the backend. */
static void offer(struct net *net, unsigned int id)
{
    netif_rx_request_t *request = RING_GET_REQUEST(&net->rx, net->rx.req_prod_pvt);

    *request = (netif_rx_request_t){ .gref = net->rx_buffers[id].ref, .id = id };
    net->rx.req_prod_pvt++;
}

static void push_offers(struct net *net)
{
    int notify;

    RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&net->rx, notify);
    if (notify)
        event_send(net->port);
}

/* What a backend's answer describes, if it is a whole packet inside a page of ours. */
static bool is_packet(const netif_rx_response_t *response)
{
    return response->status > 0 && !(response->flags & (NETRXF_more_data | NETRXF_extra_info)) &&
           response->offset + response->status <= (int)PAGE_SIZE;
}

/* Hand all packets on that have come; events are masked only in between. */
static void take_received(struct net *net)
{
    netif_rx_response_t response;
    int more;

    do {
        RING_IDX end = __atomic_load_n(&net->rx.sring->rsp_prod, __ATOMIC_ACQUIRE);

        if (RING_RESPONSE_PROD_OVERFLOW(&net->rx, end))
            return;
        while (net->rx.rsp_cons != end) {
            RING_COPY_RESPONSE(&net->rx, net->rx.rsp_cons, &response);
            net->rx.rsp_cons++;
            if (response.id >= BUFFERS)
                continue;
            if (is_packet(&response))
                ip_receive(net, net->rx_buffers[response.id].page + response.offset, response.status);
            offer(net, response.id);
        }
        push_offers(net);
        RING_FINAL_CHECK_FOR_RESPONSES(&net->rx, more);
    } while (more);
}

/* The interface's thread. */
static void receive(void *data)
{
    struct net *net = data;
    bool masked;

    ip_announce(net);
    for (;;) {
        take_received(net);
        masked = events_mask();
        if (!RING_HAS_UNCONSUMED_RESPONSES(&net->rx))
            thread_wait(&net->rx, NEVER);
        events_restore(masked);
    }
}

/* An event: packets have been sent, or have come. */
static void notified(void *data)
{
    struct net *net = data;

    take_sent(net);
    thread_wake(net);
    thread_wake(&net->rx);
}

/* ---- connecting */

/* Six numbers of two hexadecimal digits, separated by colons. */
static bool parse_mac(uint8_t *mac, const char *text)
{
    for (unsigned int i = 0; i < 3 * MAC_SIZE - 1; i++, text++) {
        unsigned int digit = *text >= '0' && *text <= '9' ? *text - '0' : (*text | 0x20) - 'a' + 10;

        if (i % 3 == 2) {
            if (*text != ':')
                return false;
            continue;
        }
        if (digit > 15)
            return false;
        mac[i / 3] = mac[i / 3] << 4 | digit;
    }
    return !*text;
}

static void make_buffers(struct net *net)
{
    for (unsigned int i = 0; i < BUFFERS; i++) {
        net->tx_buffers[i].page = page_zeroed("a network interface");
        net->tx_buffers[i].ref = grant_page(net->bus.backend_id, net->tx_buffers[i].page, true);
        net->rx_buffers[i].page = page_zeroed("a network interface");
        net->rx_buffers[i].ref = grant_page(net->bus.backend_id, net->rx_buffers[i].page, false);
        offer(net, i);
    }
    RING_PUSH_REQUESTS(&net->rx);
}

/* Tell the backend where rings and port are, and wait until it has found them. */
static bool connect(struct net *net)
{
    netif_tx_sring_t *tx = page_zeroed("a network interface");
    netif_rx_sring_t *rx = page_zeroed("a network interface");
    char tx_ref[12], rx_ref[12], port[12];
    const struct xenbus_key keys[] = {
        { "tx-ring-ref", tx_ref },   { "rx-ring-ref", rx_ref },     { "event-channel", port },
        { "request-rx-copy", "1" },  { "feature-rx-notify", "1" },
    };

    XEN_FRONT_RING_INIT(&net->tx, tx, PAGE_SIZE);
    XEN_FRONT_RING_INIT(&net->rx, rx, PAGE_SIZE);
    make_buffers(net);
    net->port = event_alloc(net->bus.backend_id, notified, net);
    print_to(tx_ref, sizeof(tx_ref), "%u", grant_page(net->bus.backend_id, tx, false));
    print_to(rx_ref, sizeof(rx_ref), "%u", grant_page(net->bus.backend_id, rx, false));
    print_to(port, sizeof(port), "%u", net->port);
    return xenbus_publish(&net->bus, keys, ARRAY_SIZE(keys), XenbusStateConnected) &&
           xenbus_wait(&net->bus, XenbusStateConnected);
}

static void found(const char *path)
{
    struct net *net = heap_alloc(sizeof(*net));
    char *mac = store_read(path, "mac");

    if (!mac || !parse_mac(net->mac, mac) || !xenbus_open(&net->bus, path) ||
        !xenbus_wait(&net->bus, XenbusStateInitWait) || !connect(net)) {
        print("net: %s doesn't connect\n", path);
        return;
    }
    print("net: %s, address %s\n", path, mac);
    heap_free(mac);
    thread_create("net", receive, net);
}

unsigned int nets_init(void)
{
    return xenbus_each("vif", found);
}
