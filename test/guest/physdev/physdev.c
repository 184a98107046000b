/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * physdev_op and what is bound to pirqs: ports, lines, messages, PCI devices. Real interrupts come from the clock, an
 * edge, and from a network card: a level, a message, one of a table.
 *
 * A line is mapped by one test only: 4.17 takes the right to it from domain 0 when it is unmapped.
 */
#include "physdev.h"

struct child child;

void unknown(void)
{
    CHECK_EQ(HYPERCALL(physdev_op, 0, 0), -XEN_ENOSYS);
    CHECK_EQ(HYPERCALL(physdev_op, 250, 0), -XEN_ENOSYS);
    CHECK_EQ(HYPERCALL(physdev_op, ~0u, 0), -XEN_ENOSYS);
}

static const uint8_t of_devices[] = {
    PHYSDEVOP_manage_pci_add, PHYSDEVOP_manage_pci_remove, PHYSDEVOP_manage_pci_add_ext, PHYSDEVOP_pci_device_add,
    PHYSDEVOP_pci_device_remove, PHYSDEVOP_restore_msi_ext, PHYSDEVOP_prepare_msix, PHYSDEVOP_release_msix,
    PHYSDEVOP_pci_mmcfg_reserved, PHYSDEVOP_dbgp_op,
};

/* In a child, which has a line of its own: it can't change anything about that, or about the machine. */
static void ask_all(void *unused)
{
    static union {
        struct physdev_pci_device device;
        char room[64];                  /* for the longest */
    } argument = { .device.devfn = CARD };
    struct physdev_irq irq = { .irq = 5 };
    int pirq = CARD_LINE, other = 5;

    for (unsigned int i = 0; i < ARRAY_SIZE(of_devices); i++)
        if (HYPERCALL(physdev_op, of_devices[i], &argument) != -XEN_EPERM)
            fail("operation %u", of_devices[i]);
    CHECK_EQ(PHYSDEV(restore_msi, struct physdev_restore_msi, .devfn = CARD), -XEN_EPERM);
    CHECK_EQ(PHYSDEV(apic_read, struct physdev_apic, .apic_physbase = 0xfec00000), -XEN_EPERM);
    CHECK_EQ(PHYSDEV(apic_write, struct physdev_apic, .apic_physbase = 0xfec00000), -XEN_EPERM);
    CHECK_EQ(PHYSDEV(setup_gsi, struct physdev_setup_gsi, .gsi = 5), -XEN_EPERM);
    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_alloc_irq_vector, &irq), -XEN_EPERM);
    CHECK_EQ(map_line(DOMID_SELF, CARD_LINE, &pirq), -XEN_EPERM);
    CHECK_EQ(map_line(DOMID_SELF, 5, &other), -XEN_EPERM);
    CHECK_EQ(map_line(0, 5, &other), -XEN_EPERM);
    CHECK_EQ(map_message(MAP_PIRQ_TYPE_MSI, CARD, 0, 0, &other), -XEN_EPERM);
    CHECK_EQ(unmap(DOMID_SELF, CARD_LINE), -XEN_EPERM);
    CHECK_EQ(unmap(0, CLOCK_LINE), -XEN_EPERM);
    CHECK_EQ(EOI(5), -XEN_EINVAL);
}

/* MSIs of a device that is known are not the child's either. */
void unprivileged(void)
{
    CHECK_EQ(PHYSDEV(pci_device_add, struct physdev_pci_device_add, .devfn = CARD), 0);
    CHECK_EQ(child_run(&child, ask_all, NULL), SHUTDOWN_poweroff);
    CHECK(child_destroy(&child));
    CHECK_EQ(PHYSDEV(pci_device_remove, struct physdev_pci_device, .devfn = CARD), 0);
}

const struct test tests[] = {
    { "physdev.ports_allowed", ports_allowed },
    { "physdev.ports_by_bitmap", ports_by_bitmap },
    { "physdev.ports_hostile", ports_hostile },
    { "physdev.apic_registers", apic_registers },
    { "physdev.apic_opens_line", apic_opens_line },
    { "physdev.apic_hostile", apic_hostile },
    { "physdev.vectors", vectors },
    { "physdev.lines", lines },
    { "physdev.lines_hostile", lines_hostile },
    { "physdev.lines_setup", lines_setup },
    { "physdev.lines_of_others", lines_of_others },
    { "physdev.free_pirqs", free_pirqs },
    { "physdev.binding", binding },
    { "physdev.binding_hostile", binding_hostile },
    { "physdev.unmapped_while_bound", unmapped_while_bound },
    { "physdev.edge", edge },
    { "physdev.message", message },
    { "physdev.table_of_messages", table_of_messages },
    { "physdev.messages_hostile", messages_hostile },
    { "physdev.eoi_page_v1", eoi_page_v1 },
    { "physdev.eoi_page_v2", eoi_page_v2 },
    { "physdev.eoi_page_hostile", eoi_page_hostile },
    { "physdev.level", level },
    { "physdev.devices", devices },
    { "physdev.devices_old", devices_old },
    { "physdev.devices_hostile", devices_hostile },
    { "physdev.config_window", config_window },
    { "physdev.debug_port", debug_port },
    { "physdev.unknown", unknown },
    { "physdev.unprivileged", unprivileged },
    { NULL, NULL },
};
