/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trace buffers (XEN_SYSCTL_tbuf_op): made once, mapped as frames of DOMID_XEN, records of what we do in them, none when
 * masked or disabled; a reader that lies about what it has read harms nobody.
 */
#include "test.h"

#include <public/errno.h>
#include <public/physdev.h>
#include <public/sysctl.h>
#include <public/trace.h>
#include <public/version.h>

#define PAGES      4                /* of a ring; a power of two */
#define INFO_PAGES 1
#define CALLS      20
#define DATA_SIZE  (PAGES * PAGE_SIZE - sizeof(struct t_buf))

static xen_sysctl_t op;
static char window[(INFO_PAGES + PAGES) * PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static struct t_buf *const ring = (struct t_buf *)(window + INFO_PAGES * PAGE_SIZE);

static long tbuf(uint32_t cmd, uint32_t value)
{
    memset(&op, 0, sizeof(op));
    op.cmd = XEN_SYSCTL_tbuf_op;
    op.interface_version = XEN_SYSCTL_INTERFACE_VERSION;
    op.u.tbuf_op.cmd = cmd;
    op.u.tbuf_op.evt_mask = op.u.tbuf_op.size = value;
    return HYPERCALL(sysctl, &op);
}

static long trace_cpus(void *mask, uint32_t bits)
{
    memset(&op, 0, sizeof(op));
    op.cmd = XEN_SYSCTL_tbuf_op;
    op.interface_version = XEN_SYSCTL_INTERFACE_VERSION;
    op.u.tbuf_op.cmd = XEN_SYSCTL_TBUFOP_set_cpu_mask;
    op.u.tbuf_op.cpu_mask.nr_bits = bits;
    set_xen_guest_handle(op.u.tbuf_op.cpu_mask.bitmap, mask);
    return HYPERCALL(sysctl, &op);
}

static long map(void *at, uint64_t mfn, uint64_t flags)
{
    uint64_t entry = mfn << PAGE_SHIFT | flags;

#ifdef __x86_64__
    return HYPERCALL(update_va_mapping_otherdomain, at, entry, UVMF_INVLPG, DOMID_XEN);
#else
    return hypercall(__HYPERVISOR_update_va_mapping_otherdomain, (unsigned long)at, entry, entry >> 32, UVMF_INVLPG,
                     DOMID_XEN);
#endif
}

static void made_once(void)
{
    keeps("the rings, which stay");
    CHECK_EQ(tbuf(XEN_SYSCTL_TBUFOP_enable, 0), -XEN_EINVAL);
    CHECK_EQ(tbuf(XEN_SYSCTL_TBUFOP_get_info, 0), 0);
    CHECK_EQ(op.u.tbuf_op.buffer_mfn, 0);
    CHECK_EQ(tbuf(XEN_SYSCTL_TBUFOP_set_size, 0), -XEN_EINVAL);
    CHECK_EQ(tbuf(XEN_SYSCTL_TBUFOP_set_size, ~0u), -XEN_ENOMEM);
    CHECK_EQ(tbuf(6, 0), -XEN_EINVAL);
    CHECK_EQ(tbuf(XEN_SYSCTL_TBUFOP_set_size, PAGES), 0);
    CHECK_EQ(tbuf(XEN_SYSCTL_TBUFOP_set_size, PAGES), -XEN_EBUSY);
    CHECK_EQ(tbuf(XEN_SYSCTL_TBUFOP_set_evt_mask, TRC_ALL), 0);
    CHECK_EQ(tbuf(XEN_SYSCTL_TBUFOP_get_info, 0), 0);
    CHECK_EQ(op.u.tbuf_op.evt_mask, TRC_ALL);
    CHECK_EQ(op.u.tbuf_op.size, INFO_PAGES * PAGE_SIZE);
    CHECK(op.u.tbuf_op.buffer_mfn);
}

static void mapped(void)
{
    const struct t_info *info = (const void *)window;
    const uint32_t *frames;

    CHECK_EQ(tbuf(XEN_SYSCTL_TBUFOP_get_info, 0), 0);
    CHECK(map(window, op.u.tbuf_op.buffer_mfn, PTE_DATA) < 0);
    CHECK_EQ(map(window, op.u.tbuf_op.buffer_mfn, PTE_DATA & ~PTE_WRITE), 0);
    CHECK_EQ(info->tbuf_size, PAGES);
    frames = (const uint32_t *)info + info->mfn_offset[0];
    for (int i = 0; i < PAGES; i++)
        CHECK_EQ(map(window + (INFO_PAGES + i) * PAGE_SIZE, frames[i], PTE_DATA), 0);
    CHECK_EQ(ring->cons, 0);
    CHECK_EQ(ring->prod, 0);
}

/* Read the ring to its end. Returns how many records in it are wanted, -1: what is there is no trace. */
static int records_read(bool (*wanted)(const uint32_t *record, unsigned long what), unsigned long what)
{
    uint32_t at = ring->cons, stop = ring->prod;
    int records = 0;

    while (at != stop) {
        const uint32_t *record = (const void *)((char *)(ring + 1) + at % DATA_SIZE);
        uint32_t extra = TRC_HD_EXTRA(*record), words = 1 + extra + (TRC_HD_INCLUDES_CYCLE_COUNT(*record) ? 2 : 0);

        if (at % DATA_SIZE + words * 4 > DATA_SIZE)
            return -1;
        records += wanted(record, what);
        at = (at + words * 4) % (2 * DATA_SIZE);
    }
    barrier();
    ring->cons = stop;
    return records;
}

static bool is_call(const uint32_t *record, unsigned long number)
{
    return TRC_HD_TO_EVENT(*record) == TRC_PV_HYPERCALL_V2 && (record[3] & 0xfffff) == number;
}

/* How many hypercalls by that number are in the ring. */
static int calls_read(unsigned int number)
{
    return records_read(is_call, number);
}

/* Behind the header and the time stamp there are the instruction's address and the one that faulted. */
static bool is_fault(const uint32_t *record, unsigned long address)
{
    return (TRC_HD_TO_EVENT(*record) & ~TRC_64_FLAG) == TRC_PV_PAGE_FAULT &&
           !memcmp(record + 3 + sizeof(address) / 4, &address, sizeof(address));
}

static void recorded(void)
{
    CHECK_EQ(tbuf(XEN_SYSCTL_TBUFOP_enable, 0), 0);
    for (int round = 0; round < 200; round++) {
        for (int i = 0; i < CALLS; i++)
            HYPERCALL(xen_version, XENVER_version, 0);
        CHECK_EQ(calls_read(__HYPERVISOR_xen_version), CALLS);
    }
    CHECK_EQ(tbuf(XEN_SYSCTL_TBUFOP_disable, 0), 0);
    CHECK_EQ(calls_read(__HYPERVISOR_sysctl), 1);
    HYPERCALL(xen_version, XENVER_version, 0);
    CHECK_EQ(ring->cons, ring->prod);
}

static void masked(void)
{
    uint64_t none = 0, all = ~0ull;

    CHECK_EQ(tbuf(XEN_SYSCTL_TBUFOP_enable, 0), 0);
    CHECK_EQ(tbuf(XEN_SYSCTL_TBUFOP_set_evt_mask, TRC_MEM), 0);
    CHECK(calls_read(__HYPERVISOR_xen_version) >= 0);
    HYPERCALL(xen_version, XENVER_version, 0);
    CHECK_EQ(calls_read(__HYPERVISOR_xen_version), 0);
    CHECK_EQ(tbuf(XEN_SYSCTL_TBUFOP_set_evt_mask, TRC_ALL), 0);
    CHECK_EQ(trace_cpus(&none, 64), 0);
    CHECK(calls_read(__HYPERVISOR_xen_version) >= 0);
    HYPERCALL(xen_version, XENVER_version, 0);
    CHECK_EQ(ring->cons, ring->prod);
    CHECK_EQ(trace_cpus((void *)0x1000, 64), -XEN_EFAULT);
    CHECK_EQ(trace_cpus(&all, 64), 0);
    CHECK_EQ(tbuf(XEN_SYSCTL_TBUFOP_disable, 0), 0);
}

static void read_from(void *address)
{
    (void)*(volatile char *)address;
}

static void write_out(void *address)
{
    asm volatile("outsb" : "+S"(address) : "d"(0x80) : "memory");
}

/* Those of the guest's own accesses, and of what is emulated for it. */
static void page_faults(void)
{
    static void (*const bodies[])(void *) = { read_from, write_out };
    char *absent = page_alloc();
    struct physdev_set_iopl iopl = { .iopl = 1 };
    struct fault fault;

    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_set_iopl, &iopl), 0);
    CHECK_EQ(remap(absent, 0), 0);
    CHECK_EQ(tbuf(XEN_SYSCTL_TBUFOP_enable, 0), 0);
    for (unsigned int i = 0; i < ARRAY_SIZE(bodies); i++) {
        CHECK(calls_read(0) >= 0);
        CHECK(probe(&fault, bodies[i], absent));
        CHECK_EQ(fault.frame.vector, 14);
        CHECK_EQ(fault.address, (unsigned long)absent);
        CHECK_EQ(records_read(is_fault, (unsigned long)absent), 1);
    }
    CHECK_EQ(tbuf(XEN_SYSCTL_TBUFOP_disable, 0), 0);
    CHECK_EQ(remap(absent, PTE_DATA), 0);
    iopl.iopl = 0;
    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_set_iopl, &iopl), 0);
}

/* Full: nothing is overwritten. Then the loss is told. */
static void lost(void)
{
    const uint32_t *record;
    uint32_t stop;

    CHECK(calls_read(0) >= 0);
    CHECK_EQ(tbuf(XEN_SYSCTL_TBUFOP_enable, 0), 0);
    for (unsigned int i = 0; i < DATA_SIZE / 16; i++)
        HYPERCALL(xen_version, XENVER_version, 0);
    stop = ring->prod;
    HYPERCALL(xen_version, XENVER_version, 0);
    CHECK_EQ(ring->prod, stop);
    CHECK(calls_read(__HYPERVISOR_xen_version) > 100);
    HYPERCALL(xen_version, XENVER_version, 0);
    do {
        record = (const void *)((char *)(ring + 1) + stop % DATA_SIZE);
        stop += 4 * (1 + TRC_HD_EXTRA(*record));
    } while (TRC_HD_TO_EVENT(*record) == TRC_TRACE_WRAP_BUFFER);
    CHECK_EQ(TRC_HD_TO_EVENT(*record), TRC_LOST_RECORDS);
    CHECK(record[3] > 100);
    CHECK_EQ(tbuf(XEN_SYSCTL_TBUFOP_disable, 0), 0);
    CHECK(calls_read(0) >= 0);
}

/* Positions that can't be, from the reader's side; then a good one again. */
static void lies(void)
{
    static const uint32_t bad[] = { 1, 2 * DATA_SIZE, ~0u, 0x80000000, DATA_SIZE + 2 };

    CHECK_EQ(tbuf(XEN_SYSCTL_TBUFOP_enable, 0), 0);
    for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
        uint32_t stop = ring->prod;

        ring->cons = bad[i];
        ring->prod = ~stop;
        HYPERCALL(xen_version, XENVER_version, 0);
        CHECK_EQ(ring->prod, ~stop);
        ring->prod = ring->cons = stop;
    }
    HYPERCALL(xen_version, XENVER_version, 0);
    CHECK_EQ(calls_read(__HYPERVISOR_xen_version), 1);
    CHECK_EQ(tbuf(XEN_SYSCTL_TBUFOP_disable, 0), 0);
}

const struct test tests[] = {
    { "tracing.made_once", made_once },
    { "tracing.mapped", mapped },
    { "tracing.recorded", recorded },
    { "tracing.masked", masked },
    { "tracing.page_faults", page_faults },
    { "tracing.lost", lost },
    { "tracing.lies", lies },
    { NULL, NULL },
};
