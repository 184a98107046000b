/* SPDX-License-Identifier: GPL-2.0-only */
/* The I/O APIC as kernels before map_pirq used it: vectors that they are given, registers that they write. */
#include "physdev.h"

#define APIC        0xfec00000ul
#define VERSION     1
#define ENTRY(pin)  (0x10u + 2 * (pin))
#define CLOSED      (1u << 16)
#define LEVEL       (1u << 15)
#define LOW         (1u << 13)
#define DELIVERY(n) ((uint32_t)(n) << 8)
#define PIN         11              /* that nothing is wired to */
#define PIRQ        40

static long apic_read(unsigned long apic, uint32_t reg, uint32_t *value)
{
    struct physdev_apic op = { .apic_physbase = apic, .reg = reg };
    long error = HYPERCALL(physdev_op, PHYSDEVOP_apic_read, &op);

    *value = op.value;
    return error;
}

static long apic_write(unsigned long apic, uint32_t reg, uint32_t value)
{
    return PHYSDEV(apic_write, struct physdev_apic, .apic_physbase = apic, .reg = reg, .value = value);
}

/* Identity and version can be read, and written without an effect. */
void apic_registers(void)
{
    uint32_t version, value;

    CHECK_EQ(apic_read(APIC, VERSION, &version), 0);
    CHECK_EQ(version >> 16 & 0xff, 23);     /* the last pin */
    CHECK_EQ(apic_write(APIC, VERSION, ~0u), 0);
    CHECK_EQ(apic_read(APIC, VERSION, &value), 0);
    CHECK_EQ(value, version);
    CHECK_EQ(apic_write(APIC, 0, 0xff000000), 0);
    CHECK_EQ(apic_read(APIC, 0, &value), 0);
    CHECK_EQ(value, 0);
    CHECK_EQ(apic_read(APIC, ENTRY(PIN), &value), 0);
    CHECK_EQ(apic_write(APIC, ENTRY(PIN) + 1, 0xff000000), 0);
}

/* A pin that is opened is mapped to the pirq that its vector names. */
void apic_opens_line(void)
{
    evtchn_port_t port;

    CHECK_EQ(apic_write(APIC, ENTRY(PIN), CLOSED | PIRQ), 0);
    CHECK_EQ(bind(PIRQ, 0, &port), -XEN_EPERM);
    CHECK_EQ(apic_write(APIC, ENTRY(PIN), DELIVERY(1) | PIRQ), 0);
    CHECK_EQ(bind(PIRQ, 0, &port), 0);
    CHECK_EQ(apic_write(APIC, ENTRY(PIN), CLOSED | LEVEL | LOW | PIRQ), 0);
    CHECK_EQ(close(port), 0);
    CHECK_EQ(unmap(DOMID_SELF, PIRQ), 0);
    CHECK_EQ(unmap(DOMID_SELF, PIRQ), -XEN_EINVAL);
}

/* SMI, NMI, INIT and ExtINT are no interrupts for a domain. */
void apic_hostile(void)
{
    static const unsigned long others[] = { 0, 0xfec01000, 0xfee00000, ~0ul };
    static const uint8_t deliveries[] = { 2, 3, 4, 5, 7 };
    uint32_t value, before;

    for (unsigned int i = 0; i < ARRAY_SIZE(others); i++) {
        CHECK_EQ(apic_read(others[i], VERSION, &value), -XEN_EINVAL);
        CHECK_EQ(apic_write(others[i], ENTRY(PIN), CLOSED), -XEN_EINVAL);
    }
    CHECK_EQ(apic_read(APIC, ENTRY(PIN), &before), 0);
    for (unsigned int i = 0; i < ARRAY_SIZE(deliveries); i++)
        CHECK_EQ(apic_write(APIC, ENTRY(PIN), CLOSED | DELIVERY(deliveries[i])), -XEN_EINVAL);
    CHECK_EQ(apic_read(APIC, ENTRY(PIN), &value), 0);
    CHECK_EQ(value, before);
    CHECK_EQ(apic_read(APIC, 0x100, &value), 0);
    CHECK_UNREADABLE(apic_read);
    CHECK_UNREADABLE(apic_write);
    if (!tells_why())
        return skip("another hypervisor panics at a pin that is not there");
    CHECK_EQ(apic_write(APIC, ENTRY(24), 0), -XEN_EINVAL);
    CHECK_EQ(apic_write(APIC, ENTRY(24) + 1, 0), -XEN_EINVAL);
    CHECK_EQ(apic_write(APIC, ~0u, 0), -XEN_EINVAL);
}

/* A vector is the number itself; there is nothing to free. */
void vectors(void)
{
    struct physdev_irq op = { .irq = 9 };

    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_alloc_irq_vector, &op), 0);
    CHECK_EQ(op.vector, 9);
    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_free_irq_vector, &op), -XEN_ENOSYS);
    op.irq = ~0u;
    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_alloc_irq_vector, &op), 0);
    CHECK_EQ(op.vector, ~0u);
    CHECK_UNREADABLE(alloc_irq_vector);
    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_free_irq_vector, 0), -XEN_ENOSYS);
}
