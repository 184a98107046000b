/* SPDX-License-Identifier: MIT */
/*
 * The console. A guest's builder shares a page with the console daemon: a ring of bytes each way, with
 * indexes that run freely, and an event port to tell the other side. Domain 0 uses the hypervisor's console,
 * by hypercalls, as does a guest without a ring (then only hypervisors print that were built for it).
 */
#include "console.h"

#include <public/io/console.h>

#include "event.h"
#include "hypercall.h"
#include "memory.h"
#include "start.h"
#include "thread.h"
#include "time.h"

#define BACKSPACE '\b'
#define DELETE    127

static struct xencons_interface *ring;      /* NULL: the hypervisor's console */
static evtchn_port_t port;

void console_init(void)
{
    if (is_domain_0() || !start_info->console.domU.mfn)
        return;
    ring = mfn_to_virt(start_info->console.domU.mfn);
    port = start_info->console.domU.evtchn;
}

const char *console_kind(void)
{
    return ring ? "a ring of the console daemon's" : "the hypervisor's";
}

static unsigned int room(void)
{
    return sizeof(ring->out) - (__atomic_load_n(&ring->out_prod, __ATOMIC_ACQUIRE) -
                                __atomic_load_n(&ring->out_cons, __ATOMIC_ACQUIRE));
}

/* With events masked, so that the daemon's answer stays pending: wait until it has taken something. */
static void wait_for_room(void)
{
    while (!room()) {
        event_send(port);
        event_clear(port);
        if (!room())
            event_poll(port);
        /* That event may have been for whoever waits for input. */
        thread_wake(&port);
    }
}

static void ring_write(const char *text, size_t length)
{
    bool masked = events_mask();

    for (size_t i = 0; i < length; i++) {
        XENCONS_RING_IDX at = ring->out_prod;

        wait_for_room();
        ring->out[MASK_XENCONS_IDX(at, ring->out)] = text[i];
        __atomic_store_n(&ring->out_prod, at + 1, __ATOMIC_RELEASE);
    }
    event_send(port);
    events_restore(masked);
}

void console_write(const char *text, size_t length)
{
    if (ring)
        ring_write(text, length);
    else
        HYPERCALL(console_io, CONSOLEIO_write, length, text);
}

/* Take a letter of input if there is one. */
static bool take(char *letter)
{
    if (!ring)
        return HYPERCALL(console_io, CONSOLEIO_read, 1, letter) == 1;
    if (ring->in_cons == __atomic_load_n(&ring->in_prod, __ATOMIC_ACQUIRE))
        return false;
    *letter = ring->in[MASK_XENCONS_IDX(ring->in_cons, ring->in)];
    __atomic_store_n(&ring->in_cons, ring->in_cons + 1, __ATOMIC_RELEASE);
    event_send(port);
    return true;
}

static char read_letter(void)
{
    bool masked = events_mask();
    char letter;

    while (!take(&letter))
        thread_wait(&port, NEVER);
    events_restore(masked);
    return letter;
}

void console_read_line(char *line, size_t size)
{
    size_t length = 0;
    char letter;

    while ((letter = read_letter()) != '\n' && letter != '\r')
        if (letter == BACKSPACE || letter == DELETE) {
            if (length) {
                console_write("\b \b", 3);
                length--;
            }
        } else if (letter >= ' ' && length + 1 < size) {
            console_write(&letter, 1);
            line[length++] = letter;
        }
    console_write("\n", 1);
    line[length] = 0;
}

static void input(void *unused)
{
    thread_wake(&port);
}

void console_events_init(void)
{
    if (ring)
        event_bind(port, input, NULL);
    else if (is_domain_0())
        event_bind_virq(VIRQ_CONSOLE, input, NULL);
}
