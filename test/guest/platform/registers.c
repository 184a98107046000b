/* SPDX-License-Identifier: GPL-2.0-only */
/* Registers of processors: which type memory has, and what tools may look at. */
#include "platform.h"

#define UNCACHED        0
#define WRITE_COMBINING 1
#define SCREEN          0xfd000         /* frames of the machine's graphics card */
#define SCREEN_FRAMES   0x1000
#define REGISTERS_MAX   32

static struct xenpf_read_memtype read;

static long read_type(uint32_t reg)
{
    xen_platform_op_t op = { .u.read_memtype.reg = reg };
    long error = platform(&op, XENPF_read_memtype);

    read = op.u.read_memtype;
    return error;
}

static long add(uint64_t first, uint64_t frames, uint32_t type, uint32_t *reg)
{
    xen_platform_op_t op = { .u.add_memtype = { .mfn = first, .nr_mfns = frames, .type = type, .handle = ~0u } };
    long error = platform(&op, XENPF_add_memtype);

    *reg = op.u.add_memtype.reg;
    return error ? error : (long)op.u.add_memtype.handle;
}

static long del(uint32_t handle, uint32_t reg)
{
    xen_platform_op_t op = { .u.del_memtype = { .handle = handle, .reg = reg } };

    return platform(&op, XENPF_del_memtype);
}

/* The number of registers, and the first that is not in use. */
static uint32_t count(uint32_t *unused)
{
    uint32_t n = 0;

    *unused = ~0u;
    for (; n < REGISTERS_MAX && !read_type(n); n++)
        if (!read.nr_mfns && *unused == ~0u)
            *unused = n;
    return n;
}

/* The firmware has made uncached what is no memory; the screen in it is made write-combining, and as before. */
void memory_types(void)
{
    uint32_t reg, unused, n = count(&unused);

    CHECK(n >= 2 && n < REGISTERS_MAX && unused < n);
    CHECK_EQ(read_type(0), 0);
    CHECK_EQ(read.type, UNCACHED);
    CHECK(read.nr_mfns && read.mfn <= SCREEN && read.mfn + read.nr_mfns >= SCREEN + SCREEN_FRAMES);
    CHECK_EQ(add(SCREEN, SCREEN_FRAMES, WRITE_COMBINING, &reg), 0);
    CHECK_EQ(reg, unused);
    CHECK_EQ(read_type(reg), 0);
    CHECK_EQ(read.mfn, SCREEN);
    CHECK_EQ(read.nr_mfns, SCREEN_FRAMES);
    CHECK_EQ(read.type, WRITE_COMBINING);
    CHECK_EQ(del(0, reg), 0);
    CHECK_EQ(read_type(reg), 0);
    CHECK_EQ(read.nr_mfns, 0);
    CHECK_EQ(del(0, reg), -XEN_EINVAL);
    CHECK_EQ(read_type(n), -XEN_EINVAL);
    CHECK_EQ(read_type(~0u), -XEN_EINVAL);
}

/* One that is there, or a part of it, is shared; a larger one takes its place; each is gone with its last user. */
void shared_types(void)
{
    uint32_t reg, other;

    CHECK_EQ(add(SCREEN, SCREEN_FRAMES, WRITE_COMBINING, &reg), 0);
    CHECK_EQ(add(SCREEN, SCREEN_FRAMES, WRITE_COMBINING, &other), 0);
    CHECK_EQ(other, reg);
    CHECK_EQ(add(SCREEN + 16, 16, WRITE_COMBINING, &other), 0);
    CHECK_EQ(other, reg);
    CHECK_EQ(add(SCREEN - SCREEN_FRAMES, 4 * SCREEN_FRAMES, WRITE_COMBINING, &other), 0);
    CHECK_EQ(other, reg);
    CHECK_EQ(read_type(reg), 0);
    CHECK_EQ(read.mfn, SCREEN - SCREEN_FRAMES);
    CHECK_EQ(read.nr_mfns, 4 * SCREEN_FRAMES);
    for (unsigned int users = 4; users; users--) {
        CHECK_EQ(read_type(reg), 0);
        CHECK(read.nr_mfns);
        CHECK_EQ(del(0, reg), 0);
    }
    CHECK_EQ(read_type(reg), 0);
    CHECK_EQ(read.nr_mfns, 0);
    CHECK_EQ(add(SCREEN, SCREEN_FRAMES, UNCACHED, &reg), 0);     /* as the firmware has it */
    CHECK_EQ(reg, 0);
    CHECK_EQ(del(0, reg), 0);
    CHECK_EQ(read_type(0), 0);
    CHECK(read.nr_mfns);
}

/* Types that there are not, ranges that registers can't have, more of them than registers. */
void bad_types(void)
{
    static const struct { uint64_t first, frames; uint32_t type; } bad[] = {
        { SCREEN, SCREEN_FRAMES, 7 }, { SCREEN, SCREEN_FRAMES, ~0u }, { SCREEN, SCREEN_FRAMES, 0x101 },
        { SCREEN, 0, 1 }, { SCREEN, 3, 1 }, { SCREEN + 1, 2, 1 }, { SCREEN, ~0ull, 1 }, { ~0ull, 1, 1 },
        { 0, 1ull << 40, 1 }, { 0, ~0ull, 1 },
    };
    uint32_t reg, unused, n = count(&unused), used = 0;

    for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++)
        if (add(bad[i].first, bad[i].frames, bad[i].type, &reg) != -XEN_EINVAL)
            fail("range %u", i);
    CHECK_EQ(add(SCREEN, SCREEN_FRAMES, WRITE_COMBINING, &reg), 0);
    CHECK_EQ(add(SCREEN, SCREEN_FRAMES, 6, &unused), -XEN_EINVAL);       /* neither is uncached */
    CHECK_EQ(del(0, reg), 0);
    while (used < n && !add(SCREEN + 2 * used, 1, WRITE_COMBINING, &reg))
        used++;
    CHECK_EQ(used, n - 1);
    CHECK_EQ(add(SCREEN + 2 * used, 1, WRITE_COMBINING, &reg), -XEN_ENOSPC);
    while (used)
        CHECK_EQ(del(0, used--), 0);
    CHECK_EQ(del(1, 0), -XEN_EINVAL);
    CHECK_EQ(del(0, n), -XEN_EINVAL);
    CHECK_EQ(del(0, ~0u), -XEN_EINVAL);
    if (!tells_why())
        return skip("another hypervisor takes types that no processor knows");
    CHECK_EQ(add(SCREEN, SCREEN_FRAMES, 2, &reg), -XEN_EINVAL);
    CHECK_EQ(add(SCREEN, SCREEN_FRAMES, 3, &reg), -XEN_EINVAL);
}

#define MSR_TSC       0x10
#define MSR_APIC_BASE 0x1b
#define ENTRIES_MAX   3

static xenpf_resource_entry_t entries[ENTRIES_MAX + 1];

static void entry(unsigned int i, uint32_t cmd, uint64_t msr)
{
    entries[i] = (xenpf_resource_entry_t){ .u.cmd = cmd, .idx = msr, .val = 0x5a };
}

static long access_by(xenpf_resource_entry_t *at, uint32_t n, uint32_t cpu)
{
    xen_platform_op_t op = { .u.resource_op = { .nr_entries = n, .cpu = cpu } };

    set_xen_guest_handle(op.u.resource_op.entries, at);
    return platform(&op, XENPF_resource_op);
}

/* Entries up to the first that is refused are carried out; how many is the answer. */
void resources(void)
{
    for (unsigned int i = 0; i < ENTRIES_MAX; i++)
        entry(i, XEN_RESOURCE_OP_MSR_READ, MSR_TSC);
    CHECK_EQ(access_by(entries, ENTRIES_MAX, 0), ENTRIES_MAX);
    for (unsigned int i = 0; i < ENTRIES_MAX; i++) {
        CHECK_EQ(entries[i].u.ret, 0);
        CHECK(entries[i].val != 0x5a && (!i || entries[i].val >= entries[i - 1].val));
    }
    entry(1, XEN_RESOURCE_OP_MSR_READ, MSR_APIC_BASE);
    entry(2, XEN_RESOURCE_OP_MSR_READ, MSR_TSC);
    CHECK_EQ(access_by(entries, ENTRIES_MAX, 0), 1);
    CHECK_EQ(entries[0].u.ret, 0);
    CHECK_EQ(entries[1].u.ret, -XEN_EPERM);
    CHECK_EQ(entries[2].val, 0x5a);
    CHECK_EQ(access_by(entries, 0, 0), 0);
}

void bad_resources(void)
{
    static const struct { uint32_t cmd; uint64_t msr; int error; } bad[] = {
        { XEN_RESOURCE_OP_MSR_READ, MSR_APIC_BASE, -XEN_EPERM }, { XEN_RESOURCE_OP_MSR_READ, 0xc0000080, -XEN_EPERM },
        { XEN_RESOURCE_OP_MSR_READ, 0xffffffff, -XEN_EPERM }, { XEN_RESOURCE_OP_MSR_WRITE, MSR_TSC, -XEN_EPERM },
        { XEN_RESOURCE_OP_MSR_WRITE, MSR_APIC_BASE, -XEN_EPERM }, { 2, MSR_TSC, -XEN_EOPNOTSUPP },
        { ~0u, MSR_TSC, -XEN_EOPNOTSUPP }, { XEN_RESOURCE_OP_MSR_READ, 1ull << 32 | MSR_TSC, -XEN_EINVAL },
    };

    for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
        entry(0, bad[i].cmd, bad[i].msr);
        CHECK_EQ(access_by(entries, 1, 0), 0);
        if (entries[0].u.ret != bad[i].error)
            fail("entry %u is answered %d", i, entries[0].u.ret);
        CHECK_EQ(entries[0].val, 0x5a);
    }
    entry(0, XEN_RESOURCE_OP_MSR_READ, MSR_TSC);
    entries[0].rsvd = 1;
    CHECK_EQ(access_by(entries, 1, 0), 0);
    entry(0, XEN_RESOURCE_OP_MSR_READ, MSR_TSC);
    CHECK_EQ(access_by(entries, ENTRIES_MAX + 1, 0), -XEN_EINVAL);
    CHECK_EQ(access_by(entries, ~0u, 0), -XEN_EINVAL);
    CHECK_EQ(access_by(entries, 1, 1), -XEN_ENODEV);
    CHECK_EQ(access_by(entries, 1, ~0u), -XEN_ENODEV);
    CHECK_EQ(access_by(hole(), 1, 0), -XEN_EFAULT);
    CHECK_EQ(access_by((xenpf_resource_entry_t *)HYPERVISOR_ADDRESS, 1, 0), -XEN_EFAULT);
}
