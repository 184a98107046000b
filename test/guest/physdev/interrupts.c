/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupts that come: an edge, a level that waits for its EOI, messages. */
#include "physdev.h"

static evtchn_port_t port;

static void hear_clock(void)
{
    for (unsigned int i = 0; i < 3; i++) {
        CHECK(comes(port));
        clock_serve();
        CHECK_EQ(EOI(CLOCK_LINE), 0);
    }
    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_IRQ_UNMASK_NOTIFY, 0), 0);
    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_IRQ_UNMASK_NOTIFY, HYPERVISOR_ADDRESS), 0);
    clock_serve();
    CHECK(comes(port));
}

void edge(void)
{
    int pirq = CLOCK_LINE;

    CHECK_EQ(io_privilege(3), 0);
    CHECK_EQ(map_line(DOMID_SELF, CLOCK_LINE, &pirq), 0);
    CHECK_EQ(bind(CLOCK_LINE, 0, &port), 0);
    clock_start();
    hear_clock();
    clock_stop();
    comes(port);                        /* maybe one was on its way */
    CHECK(stays_away(port));
    CHECK_EQ(close(port), 0);
    CHECK_EQ(unmap(DOMID_SELF, CLOCK_LINE), 0);
    CHECK_EQ(io_privilege(0), 0);
}

/*
 * The line is quiet from the interrupt to its EOI, although the card is served and interrupts again: as long as that
 * takes, where another hypervisor takes a millisecond for an EOI.
 */
static void hear_card(void)
{
    for (unsigned int i = 0; i < 3; i++) {
        card_raise();
        CHECK(comes(port));
        card_serve();
        card_raise();
        CHECK(stays_away(port) || !tells_why());
        card_serve();
        if (i < 2)
            CHECK_EQ(EOI(CARD_LINE), 0);
        else
            CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_IRQ_UNMASK_NOTIFY, 0), 0);
    }
    card_raise();
    CHECK(comes(port));
    CHECK_EQ(EOI(CARD_LINE), 0);        /* not served: it comes at once */
    CHECK(comes(port));
    card_serve();
    CHECK_EQ(EOI(CARD_LINE), 0);
    CHECK(stays_away(port));
}

void level(void)
{
    CHECK_EQ(io_privilege(3), 0);
    CHECK(card_map(card_memory()));
    CHECK_EQ(card_line(DOMID_SELF), 0);
    CHECK_EQ(bind(CARD_LINE, BIND_PIRQ__WILL_SHARE, &port), 0);
    hear_card();
    card_unmap();
    CHECK_EQ(close(port), 0);
    CHECK_EQ(unmap(DOMID_SELF, CARD_LINE), 0);
    CHECK_EQ(io_privilege(0), 0);
}

#define MSI          5
#define MSI_ENABLE   0x0001
#define MSIX         17
#define MSIX_ENABLE  0x8000
#define MSIX_MASKALL 0x4000
#define CONTROL      2                  /* in both capabilities */
#define MSIX_TABLE   4

static long add(void)
{
    return PHYSDEV(pci_device_add, struct physdev_pci_device_add, .devfn = CARD);
}

static long remove(void)
{
    return PHYSDEV(pci_device_remove, struct physdev_pci_device, .devfn = CARD);
}

static uint16_t control_of(uint8_t id)
{
    return config_read(CARD, capability(CARD, id)) >> 16;
}

static void enable(uint8_t id, uint16_t bit, bool on)
{
    uint16_t control = control_of(id) & ~bit & ~(id == MSIX ? MSIX_MASKALL : 0);

    config_write(CARD, capability(CARD, id) + CONTROL, control | (on ? bit : 0));
}

/* Lost when the device is reset, till restore_msi. */
static void hear_message(void)
{
    for (unsigned int i = 0; i < 3; i++) {
        card_raise();
        CHECK(comes(port));
        card_serve();
    }
    enable(MSI, MSI_ENABLE, false);
    CHECK_EQ(control_of(MSI) & MSI_ENABLE, 0);
    CHECK_EQ(PHYSDEV(restore_msi, struct physdev_restore_msi, .devfn = CARD), 0);
    CHECK(control_of(MSI) & MSI_ENABLE);
    card_raise();
    CHECK(comes(port));
    card_serve();
}

void message(void)
{
    int pirq = -1;

    CHECK_EQ(io_privilege(3), 0);
    CHECK(card_map(card_memory()));
    CHECK_EQ(add(), 0);
    CHECK_EQ(map_message(MAP_PIRQ_TYPE_MSI, CARD, 0, 0, &pirq), 0);
    CHECK(pirq >= 24);
    CHECK_EQ(bind(pirq, 0, &port), 0);
    enable(MSI, MSI_ENABLE, true);
    hear_message();
    CHECK_EQ(close(port), 0);
    CHECK_EQ(unmap(DOMID_SELF, pirq), 0);
    CHECK_EQ(unmap(DOMID_SELF, pirq), -XEN_EINVAL);
    enable(MSI, MSI_ENABLE, false);
    CHECK_EQ(remove(), 0);
    card_unmap();
    CHECK_EQ(io_privilege(0), 0);
}

static uint64_t table_address(void)
{
    uint32_t where = config_read(CARD, capability(CARD, MSIX) + MSIX_TABLE);

    return (config_read(CARD, 0x10 + 4 * (where & 7)) & ~0xfull) + (where & ~7u);
}

/* Two entries, each with a port of its own. */
void table_of_messages(void)
{
    evtchn_port_t ports[2];
    int pirqs[2] = { -1, -1 };
    uint64_t table;

    CHECK_EQ(io_privilege(3), 0);
    CHECK(card_map(card_memory()));
    CHECK_EQ(add(), 0);
    table = table_address();
    for (unsigned int i = 0; i < 2; i++) {
        CHECK_EQ(map_message(MAP_PIRQ_TYPE_MSI_SEG, CARD, CARD_MESSAGES - 1 - i, table, &pirqs[i]), 0);
        CHECK_EQ(bind(pirqs[i], 0, &ports[i]), 0);
    }
    enable(MSIX, MSIX_ENABLE, true);
    for (unsigned int i = 0; i < 4; i++) {
        card_raise_message(CARD_MESSAGES - 1 - i % 2);
        CHECK(comes(ports[i % 2]));
        CHECK(stays_away(ports[1 - i % 2]));
        card_serve();
    }
    CHECK_EQ(PHYSDEV(restore_msi_ext, struct physdev_pci_device, .devfn = CARD), 0);
    card_raise_message(CARD_MESSAGES - 1);
    CHECK(comes(ports[0]));
    CHECK(stays_away(ports[0]));    /* and so its throttle has run out: QEMU 7.2's model of the card aborts if it does later */
    card_unmap();
    for (unsigned int i = 0; i < 2; i++) {
        CHECK_EQ(close(ports[i]), 0);
        CHECK_EQ(unmap(DOMID_SELF, pirqs[i]), 0);
    }
    enable(MSIX, MSIX_ENABLE, false);
    CHECK_EQ(remove(), 0);
    CHECK_EQ(io_privilege(0), 0);
}

static long map_one(int type, int devfn, int entry, uint64_t at)
{
    return map_message(type, devfn, entry, at, &(int){ -1 });
}

void messages_hostile(void)
{
    uint64_t table;
    int pirq = -1, bad = 10000;

    CHECK_EQ(io_privilege(3), 0);
    table = table_address();
    CHECK_EQ(map_one(MAP_PIRQ_TYPE_MSI, CARD, 0, 0), -XEN_ENODEV);         /* not yet known */
    CHECK_EQ(map_one(MAP_PIRQ_TYPE_MSI, 0x1e << 3, 0, 0), -XEN_ENODEV);    /* not there */
    CHECK_EQ(add(), 0);
    CHECK_EQ(map_one(MAP_PIRQ_TYPE_MSI, CARD, CARD_MESSAGES, table), -XEN_EINVAL);
    CHECK_EQ(map_one(MAP_PIRQ_TYPE_MSI, CARD, 2047, table), -XEN_EINVAL);
    CHECK_EQ(map_one(MAP_PIRQ_TYPE_MSI, CARD, -1, table), -XEN_EINVAL);
    CHECK_EQ(map_one(MAP_PIRQ_TYPE_MULTI_MSI, CARD, 0, 0), -XEN_EDOM);
    CHECK_EQ(map_one(MAP_PIRQ_TYPE_MULTI_MSI, CARD, 33, 0), -XEN_EDOM);
    CHECK_EQ(map_one(MAP_PIRQ_TYPE_MULTI_MSI, CARD, -1, 0), -XEN_EDOM);
    CHECK_EQ(map_one(MAP_PIRQ_TYPE_MULTI_MSI, CARD, 2, 0), -XEN_EOPNOTSUPP);
    CHECK_EQ(map_message(MAP_PIRQ_TYPE_MSI, CARD, 0, 0, &bad), -XEN_EINVAL);
    CHECK_EQ(map_message(MAP_PIRQ_TYPE_MULTI_MSI, CARD, 1, 0, &pirq), 0);
    if (tells_why())                    /* another hypervisor warns only, and maps it a second time */
        CHECK_EQ(map_one(MAP_PIRQ_TYPE_MSI, CARD, 0, 0), -XEN_EEXIST);
    CHECK_EQ(unmap(DOMID_SELF, pirq), 0);
    CHECK_EQ(remove(), 0);
    CHECK_EQ(io_privilege(0), 0);
}
