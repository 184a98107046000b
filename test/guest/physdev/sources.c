/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices that interrupt: the clock (Motorola MC146818) and a network card (Intel 82574L: its registers, its message
 * table). And how their interrupts are mapped, bound and awaited.
 */
#include "physdev.h"

#define WAIT 2000000000ull          /* ns, for what must come */
#define LULL 20000000ull            /* ns, for what must not */

/* ---- ports */

uint8_t in8(uint16_t port)
{
    uint8_t value;

    asm volatile("inb %1, %0" : "=a"(value) : "d"(port));
    return value;
}

void out8(uint16_t port, uint8_t value)
{
    asm volatile("outb %0, %1" : : "a"(value), "d"(port));
}

uint32_t in32(uint16_t port)
{
    uint32_t value;

    asm volatile("inl %1, %0" : "=a"(value) : "d"(port));
    return value;
}

void out32(uint16_t port, uint32_t value)
{
    asm volatile("outl %0, %1" : : "a"(value), "d"(port));
}

void out16(uint16_t port, uint16_t value)
{
    asm volatile("outw %0, %1" : : "a"(value), "d"(port));
}

long io_privilege(uint32_t level)
{
    return PHYSDEV(set_iopl, struct physdev_set_iopl, .iopl = level);
}

/* ---- pirqs */

long map_line(domid_t domain, int line, int *pirq)
{
    struct physdev_map_pirq map = { .domid = domain, .type = MAP_PIRQ_TYPE_GSI, .index = line, .pirq = *pirq };
    long error = HYPERCALL(physdev_op, PHYSDEVOP_map_pirq, &map);

    *pirq = map.pirq;
    return error;
}

long map_message(int type, int devfn, int entry, uint64_t table, int *pirq)
{
    struct physdev_map_pirq map = {
        .domid = DOMID_SELF, .type = type, .index = -1, .pirq = *pirq, .devfn = devfn, .entry_nr = entry,
        .table_base = table,
    };
    long error = HYPERCALL(physdev_op, PHYSDEVOP_map_pirq, &map);

    *pirq = map.pirq;
    return error;
}

long setup(int line, uint8_t triggering, uint8_t polarity)
{
    return PHYSDEV(setup_gsi, struct physdev_setup_gsi, .gsi = line, .triggering = triggering, .polarity = polarity);
}

long unmap(domid_t domain, int pirq)
{
    return PHYSDEV(unmap_pirq, struct physdev_unmap_pirq, .domid = domain, .pirq = pirq);
}

long bind(uint32_t pirq, uint32_t flags, evtchn_port_t *port)
{
    struct evtchn_bind_pirq op = { .pirq = pirq, .flags = flags };
    long error = HYPERCALL(event_channel_op, EVTCHNOP_bind_pirq, &op);

    *port = op.port;
    return error;
}

long close(evtchn_port_t port)
{
    struct evtchn_close op = { .port = port };

    return HYPERCALL(event_channel_op, EVTCHNOP_close, &op);
}

static bool comes_within(evtchn_port_t port, uint64_t time)
{
    const unsigned int bits = 8 * sizeof(long);
    unsigned long *pending = &shared->evtchn_pending[port / bits], bit = 1ul << port % bits;
    struct sched_poll poll = { .nr_ports = 1, .timeout = system_time() + time };
    bool is;

    set_xen_guest_handle(poll.ports, &port);
    if (!(*(volatile unsigned long *)pending & bit))
        HYPERCALL(sched_op, SCHEDOP_poll, &poll);
    is = *(volatile unsigned long *)pending & bit;
    __sync_fetch_and_and(pending, ~bit);
    return is;
}

bool comes(evtchn_port_t port)
{
    return comes_within(port, WAIT);
}

bool stays_away(evtchn_port_t port)
{
    return !comes_within(port, LULL);
}

/* ---- the clock */

#define CLOCK_A        10
#define CLOCK_1024_HZ  0x26         /* oscillator on, rate */
#define CLOCK_B        11
#define CLOCK_PERIODIC 0x42         /* interrupts; 24 hours */
#define CLOCK_QUIET    0x02
#define CLOCK_C        12           /* reading it takes the interrupt back */

static void clock_write(uint8_t index, uint8_t value)
{
    out8(CLOCK_PORT, index);
    out8(CLOCK_PORT + 1, value);
}

void clock_serve(void)
{
    out8(CLOCK_PORT, CLOCK_C);
    in8(CLOCK_PORT + 1);
}

void clock_start(void)
{
    clock_write(CLOCK_A, CLOCK_1024_HZ);
    clock_write(CLOCK_B, CLOCK_PERIODIC);
    clock_serve();
}

void clock_stop(void)
{
    clock_write(CLOCK_B, CLOCK_QUIET);
    clock_serve();
}

/* ---- the card */

#define COMMAND      0x04
#define COMMAND_ON   0x06           /* memory, and messages, which are writes of its own */
#define CAPABILITIES 0x34

/* Registers, as indices of words. */
#define CAUSE        (0xc0 / 4)
#define CAUSE_SET    (0xc8 / 4)
#define MASK_SET     (0xd0 / 4)
#define MASK_CLEAR   (0xd8 / 4)
#define VECTORS      (0xe4 / 4)
#define LINK_CHANGED 0x4
#define QUEUE_0      (1u << 20)     /* received something: entry as said by VECTORS */
#define VECTOR_VALID 0x8

static char window[PAGE_SIZE] __attribute__((aligned(4096)));
static volatile uint32_t *const card = (volatile uint32_t *)window;

static void config_address(unsigned int devfn, unsigned int offset)
{
    out32(0xcf8, 1u << 31 | devfn << 8 | (offset & ~3u));
}

uint32_t config_read(unsigned int devfn, unsigned int offset)
{
    config_address(devfn, offset);
    return in32(0xcfc);
}

void config_write(unsigned int devfn, unsigned int offset, uint16_t value)
{
    config_address(devfn, offset);
    out16(0xcfc + (offset & 2), value);
}

unsigned int capability(unsigned int devfn, uint8_t id)
{
    unsigned int at = config_read(devfn, CAPABILITIES) & 0xfc;

    while (at && (config_read(devfn, at) & 0xff) != id)
        at = config_read(devfn, at) >> 8 & 0xfc;
    return at;
}

uint64_t card_memory(void)
{
    config_write(CARD, COMMAND, config_read(CARD, COMMAND) | COMMAND_ON);
    return config_read(CARD, 0x10) & ~0xfull;
}

bool card_map(uint64_t machine)
{
    if (HYPERCALL(update_va_mapping, window, WIDE(machine | PTE_DATA | PTE_UNCACHED), UVMF_INVLPG))
        return false;
    card[MASK_CLEAR] = ~0u;
    card_serve();
    return true;
}

void card_unmap(void)
{
    card[MASK_CLEAR] = ~0u;
    card_serve();
    remap(window, PTE_DATA);
}

/* A level, as of all PCI devices. */
long card_line(domid_t domain)
{
    long error = setup(CARD_LINE, 1, 1);
    int pirq = CARD_LINE;

    return error && error != -XEN_EEXIST ? error : map_line(domain, CARD_LINE, &pirq);
}

void card_raise(void)
{
    card[MASK_SET] = LINK_CHANGED;
    card[CAUSE_SET] = LINK_CHANGED;
}

void card_raise_message(unsigned int entry)
{
    card[VECTORS] = VECTOR_VALID | entry;
    card[MASK_SET] = QUEUE_0;
    card[CAUSE_SET] = QUEUE_0;
}

void card_serve(void)
{
    card[CAUSE] = ~0u;
}
