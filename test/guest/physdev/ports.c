/* SPDX-License-Identifier: GPL-2.0-only */
/* Ports: which a kernel may use, by its I/O privilege level or by a bitmap. */
#include "physdev.h"

#define DELAY_PORT 0x80             /* written to by nobody who wants anything of it */
#define PORTS      65536

static uint8_t bitmap[PORTS / 8] __attribute__((aligned(4096)));
static char nowhere[PAGE_SIZE] __attribute__((aligned(4096)));

static void delay(void *unused)
{
    out8(DELAY_PORT, 0);
}

static void read_clock(void *unused)
{
    clock_serve();
}

/* Ring 3 is where a 64-bit kernel is; level 1 is said to be enough for any kernel. */
void ports_allowed(void)
{
    struct fault fault;

    CHECK(probe(&fault, delay, NULL));
    CHECK_EQ(fault.frame.vector, 13);
    for (uint32_t level = 3; level; level--) {
        CHECK_EQ(io_privilege(level), 0);
        CHECK(!probe(&fault, delay, NULL));
    }
    CHECK_EQ(io_privilege(0), 0);
    CHECK(probe(&fault, delay, NULL));
}

static long set_bitmap(const void *at, uint32_t ports)
{
    struct physdev_set_iobitmap op = { .nr_ports = ports };

    set_xen_guest_handle(op.bitmap, (uint8_t *)at);
    return HYPERCALL(physdev_op, PHYSDEVOP_set_iobitmap, &op);
}

/* A port whose bit is 0 may be used; one without a bit, or whose bit can't be read, may not. */
void ports_by_bitmap(void)
{
    struct fault fault;

    memset(bitmap, 0xff, sizeof(bitmap));
    bitmap[CLOCK_PORT / 8] &= ~3;
    CHECK_EQ(set_bitmap(bitmap, PORTS), 0);
    CHECK(!probe(&fault, read_clock, NULL));
    CHECK(probe(&fault, delay, NULL));
    CHECK_EQ(fault.frame.vector, 13);
    CHECK_EQ(set_bitmap(bitmap, CLOCK_PORT), 0);
    CHECK(probe(&fault, read_clock, NULL));
    remap(nowhere, 0);
    CHECK_EQ(set_bitmap(nowhere, PORTS / 2), 0);
    CHECK(probe(&fault, delay, NULL));
    CHECK_EQ(fault.frame.vector, 13);
    remap(nowhere, PTE_DATA);
    CHECK_EQ(set_bitmap(NULL, 0), 0);
    CHECK(probe(&fault, read_clock, NULL));
}

void ports_hostile(void)
{
    struct fault fault;

    CHECK_EQ(io_privilege(4), -XEN_EINVAL);
    CHECK_EQ(io_privilege(~0u), -XEN_EINVAL);
    CHECK_UNREADABLE(set_iopl);
    CHECK_EQ(set_bitmap(bitmap, PORTS + 1), -XEN_EINVAL);
    CHECK_EQ(set_bitmap(bitmap, ~0u), -XEN_EINVAL);
    if (sizeof(long) == 8) {            /* 32-bit addresses don't reach the hypervisor */
        CHECK_EQ(set_bitmap((void *)HYPERVISOR_ADDRESS, 8), -XEN_EINVAL);
        CHECK_EQ(set_bitmap((void *)HYPERVISOR_ADDRESS, 0), -XEN_EINVAL);
        CHECK_EQ(set_bitmap((char *)HYPERVISOR_VIRT_START - 100, PORTS), -XEN_EINVAL);
    }
    CHECK_UNREADABLE(set_iobitmap);
    CHECK(probe(&fault, delay, NULL));
}
