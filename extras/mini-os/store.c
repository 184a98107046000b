/* SPDX-License-Identifier: MIT */
/*
 * The store's client. Messages go through a page shared with the store's daemon: a ring of bytes each way,
 * and an event port. One thread takes all that comes: what watches say goes to their structures, an answer to
 * the thread that asked. One request is under way at a time, so an answer needs no other mark.
 */
#include "store.h"

#include <public/errno.h>
#include <public/io/xs_wire.h>

#include "event.h"
#include "heap.h"
#include "memory.h"
#include "print.h"
#include "start.h"
#include "string.h"
#include "thread.h"
#include "time.h"

static struct xenstore_domain_interface *ring;
static evtchn_port_t port;

static struct store_watch *watches;
static struct mutex asking;
static struct {
    bool come;
    uint32_t type;
    size_t length;
    char *body;
} answer;

/* ---- bytes */

static void notified(void *unused)
{
    thread_wake(&port);
}

static void send(const void *data, size_t length)
{
    const char *bytes = data;
    bool masked = events_mask();

    while (length) {
        XENSTORE_RING_IDX at = ring->req_prod;

        if (at - __atomic_load_n(&ring->req_cons, __ATOMIC_ACQUIRE) >= XENSTORE_RING_SIZE) {
            event_send(port);
            thread_wait(&port, NEVER);
            continue;
        }
        ring->req[MASK_XENSTORE_IDX(at)] = *bytes++;
        __atomic_store_n(&ring->req_prod, at + 1, __ATOMIC_RELEASE);
        length--;
    }
    events_restore(masked);
}

static void receive(void *data, size_t length)
{
    char *bytes = data;
    bool masked = events_mask();

    while (length) {
        XENSTORE_RING_IDX at = ring->rsp_cons;

        if (at == __atomic_load_n(&ring->rsp_prod, __ATOMIC_ACQUIRE)) {
            event_send(port);       /* there is room again */
            thread_wait(&port, NEVER);
            continue;
        }
        *bytes++ = ring->rsp[MASK_XENSTORE_IDX(at)];
        __atomic_store_n(&ring->rsp_cons, at + 1, __ATOMIC_RELEASE);
        length--;
    }
    events_restore(masked);
}

/* ---- messages */

/* The watch named by the second string of an event's body. */
static void fire(const char *body, size_t length)
{
    size_t path = strlen(body) + 1;

    if (path >= length)
        return;
    for (struct store_watch *watch = watches; watch; watch = watch->next)
        if (!strcmp(watch->token, body + path)) {
            watch->fired = true;
            thread_wake(watch);
        }
}

/* The thread that takes all messages. */
static void take_messages(void *unused)
{
    for (;;) {
        struct xsd_sockmsg head;
        char *body;

        receive(&head, sizeof(head));
        body = heap_alloc(head.len + 1);
        receive(body, head.len);
        if (head.type == XS_WATCH_EVENT) {
            fire(body, head.len);
            heap_free(body);
            continue;
        }
        answer.type = head.type;
        answer.length = head.len;
        answer.body = body;
        answer.come = true;
        thread_wake(&answer);
    }
}

/*
 * Ask, with a body of two strings, of which the second is left out if NULL and not ended by 0 if it is a
 * value. Out: 0 and the answer's body, for heap_free(), with its length; or an error.
 */
static int ask(uint32_t type, uint32_t transaction, const char *first, const char *second, char **body,
               size_t *length)
{
    size_t first_size = strlen(first) + 1;
    size_t second_size = !second ? 0 : strlen(second) + (type == XS_WRITE ? 0 : 1);
    struct xsd_sockmsg head = { .type = type, .tx_id = transaction, .len = first_size + second_size };
    int error = 0;

    if (!ring)
        return -XEN_ENODEV;
    mutex_lock(&asking);
    answer.come = false;
    send(&head, sizeof(head));
    send(first, first_size);
    send(second, second_size);
    event_send(port);
    while (!answer.come)
        thread_wait(&answer, NEVER);
    if (answer.type == XS_ERROR)
        error = strcmp(answer.body, "EAGAIN") ? -XEN_EIO : -XEN_EAGAIN;
    if (length)
        *length = answer.length;
    if (body && !error)
        *body = answer.body;
    else
        heap_free(answer.body);
    mutex_unlock(&asking);
    return error;
}

/* ---- the calls */

static const char *path_of(char *path, const char *directory, const char *name)
{
    print_to(path, XENSTORE_REL_PATH_MAX, "%s%s%s", directory, *directory ? "/" : "", name);
    return path;
}

/* As ask(), about a node: the answer's body, or NULL. */
static char *ask_node(uint32_t type, const char *directory, const char *name, const char *second)
{
    char *path = heap_alloc(XENSTORE_REL_PATH_MAX), *body = NULL;

    ask(type, NO_TRANSACTION, path_of(path, directory, name), second, &body, NULL);
    heap_free(path);
    return body;
}

char *store_read(const char *directory, const char *name)
{
    return ask_node(XS_READ, directory, name, NULL);
}

uint64_t store_read_number(const char *directory, const char *name, uint64_t otherwise)
{
    char *value = store_read(directory, name);
    uint64_t number = otherwise;
    const char *rest;

    if (value) {
        number = parse_number(value, &rest);
        if (rest == value)
            number = otherwise;
    }
    heap_free(value);
    return number;
}

bool store_write(uint32_t transaction, const char *directory, const char *name, const char *format, ...)
{
    char *path = heap_alloc(XENSTORE_REL_PATH_MAX), value[128];
    va_list arguments;
    int error;

    va_start(arguments, format);
    vprint_to(value, sizeof(value), format, arguments);
    va_end(arguments);
    error = ask(XS_WRITE, transaction, path_of(path, directory, name), value, NULL, NULL);
    heap_free(path);
    return !error;
}

bool store_remove(const char *directory, const char *name)
{
    char *body = ask_node(XS_RM, directory, name, NULL);
    bool okay = body;

    heap_free(body);
    return okay;
}

char *store_list(const char *directory, size_t *length)
{
    char *body = NULL;

    ask(XS_DIRECTORY, NO_TRANSACTION, directory, NULL, &body, length);
    return body;
}

uint32_t store_begin(void)
{
    char *body;
    uint32_t transaction;

    if (ask(XS_TRANSACTION_START, NO_TRANSACTION, "", NULL, &body, NULL))
        return NO_TRANSACTION;
    transaction = parse_number(body, NULL);
    heap_free(body);
    return transaction;
}

int store_end(uint32_t transaction, bool commit)
{
    return ask(XS_TRANSACTION_END, transaction, commit ? "T" : "F", NULL, NULL, NULL);
}

bool store_watch(struct store_watch *watch, const char *directory, const char *name)
{
    static unsigned int count;
    char *body;
    bool okay;

    print_to(watch->token, sizeof(watch->token), "%u", ++count);
    watch->fired = false;
    watch->next = watches;
    watches = watch;
    body = ask_node(XS_WATCH, directory, name, watch->token);
    okay = body;
    heap_free(body);
    return okay;
}

bool store_wait(struct store_watch *watch, uint64_t deadline)
{
    while (!watch->fired)
        if (!thread_wait(watch, deadline))
            return false;
    watch->fired = false;
    return true;
}

bool store_connected(void)
{
    return ring;
}

bool store_init(void)
{
    if (is_domain_0() || !start_info->store_mfn)
        return false;
    ring = mfn_to_virt(start_info->store_mfn);
    port = start_info->store_evtchn;
    event_bind(port, notified, NULL);
    thread_create("store", take_messages, NULL);
    return true;
}
