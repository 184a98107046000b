/* SPDX-License-Identifier: GPL-2.0-only */
/* console_io and physdev_op as domain 0 uses them from its first moment. */
#include "test.h"

#include <public/errno.h>
#include <public/physdev.h>

static void write(void)
{
    static char text[] = "sixteen letters\n";

    CHECK_EQ(HYPERCALL(console_io, CONSOLEIO_write, sizeof(text) - 1, text), 0);
    CHECK_EQ(HYPERCALL(console_io, CONSOLEIO_write, 0, text), 0);
}

static void read(void)
{
    char buffer[16];

    CHECK_EQ(HYPERCALL(console_io, CONSOLEIO_read, sizeof(buffer), buffer), 0);     /* nobody typed */
}

static void refusals(void)
{
    CHECK_EQ(HYPERCALL(console_io, 9, 1, 0x1000), -XEN_ENOSYS);
    CHECK_EQ(HYPERCALL(console_io, CONSOLEIO_write, 8, 0x1000), -XEN_EFAULT);
    CHECK_EQ(HYPERCALL(console_io, CONSOLEIO_write, 8, HYPERVISOR_ADDRESS), -XEN_EFAULT);
}

static void out_port(void *argument)
{
    asm volatile("outb %%al, $0x80" : : "a"(0));
}

/* I/O privilege lets a kernel reach ports; without it they fault. */
static void io_privilege(void)
{
    struct physdev_set_iopl iopl = { .iopl = 1 };
    struct fault fault;

    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_set_iopl, &iopl), 0);
    CHECK(!probe(&fault, out_port, NULL));
    iopl.iopl = 0;
    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_set_iopl, &iopl), 0);
    CHECK(probe(&fault, out_port, NULL));
    CHECK_EQ(fault.frame.vector, 13);
    iopl.iopl = 4;
    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_set_iopl, &iopl), -XEN_EINVAL);
}

static void interrupts(void)
{
    struct physdev_eoi eoi = { .irq = 100000 };
    struct physdev_irq_status_query query = { .irq = 100000 };
    struct physdev_map_pirq map = { .domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_GSI, .index = 9, .pirq = 9 };
    struct physdev_unmap_pirq unmap = { .domid = DOMID_SELF, .pirq = 9 };

    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_eoi, &eoi), -XEN_EINVAL);
    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_irq_status_query, &query), -XEN_EINVAL);
    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_map_pirq, &map), 0);
    CHECK_EQ(map.pirq, 9);
    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_unmap_pirq, &unmap), 0);
    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_eoi, 0x1000), -XEN_EFAULT);
    CHECK_EQ(HYPERCALL(physdev_op, 250, 0), -XEN_ENOSYS);
}

const struct test tests[] = {
    { "console.write", write },
    { "console.read", read },
    { "console.refusals", refusals },
    { "physdev.io_privilege", io_privilege },
    { "physdev.interrupts", interrupts },
    { NULL, NULL },
};
