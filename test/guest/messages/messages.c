/* SPDX-License-Identifier: GPL-2.0-only */
/* A disk with more messages than a processor has vectors for: they are spread over the processors, of which there are two. */
#include "ports.h"
#include "test.h"

#include <public/physdev.h>
#include <public/sched.h>

#define DISK        (5 << 3)            /* its device and function */
#define MESSAGES    300                 /* a processor takes less than 200 */
#define MSIX        17                  /* capability */
#define MSIX_TABLE  4                   /* in it */

static uint32_t config_read(unsigned int offset)
{
    uint32_t value;

    asm volatile("outl %0, %1" : : "a"(0x80000000 | DISK << 8 | offset), "d"((uint16_t)0xcf8));
    asm volatile("inl %1, %0" : "=a"(value) : "d"((uint16_t)0xcfc));
    return value;
}

static uint64_t table_address(void)
{
    unsigned int at = config_read(0x34) & 0xfc;
    uint32_t where, bar;

    while (at && (config_read(at) & 0xff) != MSIX)
        at = config_read(at) >> 8 & 0xfc;
    where = config_read(at + MSIX_TABLE);
    bar = 0x10 + 4 * (where & 7);
    return ((uint64_t)config_read(bar + 4) << 32 | (config_read(bar) & ~0xful)) + (where & ~7u);
}

static long io_privilege(uint32_t level)
{
    struct physdev_set_iopl op = { .iopl = level };

    return HYPERCALL(physdev_op, PHYSDEVOP_set_iopl, &op);
}

/* The next message of the table, bound to a port: 0 or the error. */
static long take(unsigned int entry, uint64_t table, int *pirq, evtchn_port_t *port)
{
    struct physdev_map_pirq map = { .domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_MSI_SEG, .index = -1, .pirq = -1,
                                    .devfn = DISK, .entry_nr = entry, .table_base = table };
    struct evtchn_bind_pirq bind;
    long error = HYPERCALL(physdev_op, PHYSDEVOP_map_pirq, &map);

    if (error)
        return error;
    bind = (struct evtchn_bind_pirq){ .pirq = map.pirq };
    error = HYPERCALL(event_channel_op, EVTCHNOP_bind_pirq, &bind);
    *pirq = map.pirq;
    *port = bind.port;
    return error;
}

static void give_back(int pirq, evtchn_port_t port)
{
    struct physdev_unmap_pirq unmap = { .domid = DOMID_SELF, .pirq = pirq };
    struct evtchn_close close = { .port = port };

    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_close, &close), 0);
    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_unmap_pirq, &unmap), 0);
}

static void wait_a_while(void)
{
    struct sched_poll poll = { .timeout = system_time() + 1500000000ull };

    HYPERCALL(sched_op, SCHEDOP_poll, &poll);
}

/* Take them all; the first so many, once they are there, to vcpu 1. */
static void take_all(unsigned int moved)
{
    static evtchn_port_t ports[MESSAGES];
    static int pirqs[MESSAGES];
    struct physdev_pci_device device = { .devfn = DISK };
    struct physdev_pci_device_add add = { .devfn = DISK };
    uint64_t table;

    CHECK_EQ(io_privilege(3), 0);
    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_pci_device_add, &add), 0);
    table = table_address();
    for (unsigned int i = 0; i < MESSAGES; i++) {
        CHECK_EQ(take(i, table, &pirqs[i], &ports[i]), 0);
        if (i < moved)
            CHECK_EQ(port_move(ports[i], 1), 0);
        if (i + 1 == moved)
            wait_a_while();
    }
    for (unsigned int i = 0; i < MESSAGES; i++)
        give_back(pirqs[i], ports[i]);
    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_pci_device_remove, &device), 0);
    CHECK_EQ(io_privilege(0), 0);
}

static void many(void)
{
    take_all(0);
}

/* What comes elsewhere now gives back the vector that it had. */
static void moved(void)
{
    take_all(150);
}

const struct test tests[] = {
    { "messages.many", many },
    { "messages.moved", moved },
    { NULL, NULL },
};
