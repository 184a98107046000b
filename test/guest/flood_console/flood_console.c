/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Floods the console for time= seconds each: text as fast as the ring takes it, notifications, rubbish in the
 * ring's indexes, and the hypervisor's own console. only= keeps to one of them.
 */
#include "test.h"

#include <public/io/console.h>

static void text(void)
{
    static char line[] = "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz\r\n";

    for (uint64_t stop = flood_end(); system_time() < stop;)
        console_write(line, sizeof(line) - 1);
}

/* Control characters and escape sequences that terminals act on. */
static void rubbish(void)
{
    for (uint64_t stop = flood_end(); system_time() < stop;) {
        uint64_t x = flood_random();

        console_write((const char *)&x, sizeof(x));
    }
    print("\n");
}

static void notifications(void)
{
    for (uint64_t stop = flood_end(); system_time() < stop;)
        notify(start_info->console.domU.evtchn);
}

/* The indexes say that there is more text than the ring has room for, or less than none. */
static void indexes(void)
{
    volatile struct xencons_interface *ring = console_ring();

    if (!ring)
        return;
    for (uint64_t stop = flood_end(); system_time() < stop;) {
        uint32_t x = flood_random();

        ring->out_prod = x;
        if (x & 1)
            ring->out_cons = x * 7;
        if (x & 2)
            ring->in_cons = x * 11;
        if (x & 4)
            ring->in_prod = x * 13;
        notify(start_info->console.domU.evtchn);
    }
    ring->in_cons = ring->in_prod = 0;
    ring->out_prod = ring->out_cons;
}

static void hypervisor(void)
{
    static char line[] = "flood of the hypervisor's console by a guest\n";

    for (uint64_t stop = flood_end(); system_time() < stop;)
        HYPERCALL(console_io, CONSOLEIO_write, sizeof(line) - 1, line);
}

const struct test tests[] = {
    { "flood_console.text", text },
    { "flood_console.rubbish", rubbish },
    { "flood_console.notifications", notifications },
    { "flood_console.indexes", indexes },
    { "flood_console.hypervisor", hypervisor },
    { NULL, NULL },
};
