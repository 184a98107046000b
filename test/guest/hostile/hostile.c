/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pointers that no honest kernel passes, to every hypercall that takes one: none may be followed, each call
 * answers with an error, and the hypervisor lives on.
 */
#include "test.h"

#include <public/errno.h>
#include <public/event_channel.h>
#include <public/grant_table.h>
#include <public/memory.h>
#include <public/physdev.h>
#include <public/sched.h>
#include <public/vcpu.h>
#include <public/version.h>

struct call {
    const char *name;
    unsigned int number;
    unsigned long args[5];
    unsigned int pointer;       /* which argument is the pointer */
};

/* Every call reads or writes at least one byte through its pointer. */
static const struct call calls[] = {
    { "set_trap_table", __HYPERVISOR_set_trap_table, { 0 }, 0 },
    { "mmu_update", __HYPERVISOR_mmu_update, { 0, 1, 0, DOMID_SELF }, 0 },
    { "set_gdt", __HYPERVISOR_set_gdt, { 0, 512 }, 0 },
    { "memory_op mapping", __HYPERVISOR_memory_op, { XENMEM_machphys_mapping, 0 }, 1 },
    { "memory_op current", __HYPERVISOR_memory_op, { XENMEM_current_reservation, 0 }, 1 },
    { "multicall", __HYPERVISOR_multicall, { 0, 1 }, 0 },
    { "xen_version", __HYPERVISOR_xen_version, { XENVER_extraversion, 0 }, 1 },
    { "xen_version features", __HYPERVISOR_xen_version, { XENVER_get_features, 0 }, 1 },
    { "console_io write", __HYPERVISOR_console_io, { CONSOLEIO_write, 8, 0 }, 2 },
    { "grant_table_op", __HYPERVISOR_grant_table_op, { GNTTABOP_map_grant_ref, 0, 1 }, 1 },
    { "grant_table_op copy", __HYPERVISOR_grant_table_op, { GNTTABOP_copy, 0, 1 }, 1 },
    { "vcpu_op", __HYPERVISOR_vcpu_op, { VCPUOP_get_runstate_info, 0, 0 }, 2 },
    { "mmuext_op", __HYPERVISOR_mmuext_op, { 0, 1, 0, DOMID_SELF }, 0 },
    { "sched_op poll", __HYPERVISOR_sched_op, { SCHEDOP_poll, 0 }, 1 },
    { "sched_op shutdown", __HYPERVISOR_sched_op, { SCHEDOP_shutdown, 0 }, 1 },
    { "callback_op", __HYPERVISOR_callback_op, { 0, 0 }, 1 },
    { "event_channel_op", __HYPERVISOR_event_channel_op, { EVTCHNOP_alloc_unbound, 0 }, 1 },
    { "physdev_op", __HYPERVISOR_physdev_op, { PHYSDEVOP_set_iopl, 0 }, 1 },
    { "sysctl", __HYPERVISOR_sysctl, { 0 }, 0 },
    { "domctl", __HYPERVISOR_domctl, { 0 }, 0 },
    { "platform_op", __HYPERVISOR_platform_op, { 0 }, 0 },
};

static void with_pointer(unsigned long pointer, const char *what)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(calls); i++) {
        unsigned long a[5];
        long result;

        memcpy(a, calls[i].args, sizeof(a));
        a[calls[i].pointer] = pointer;
        result = hypercall(calls[i].number, a[0], a[1], a[2], a[3], a[4]);
        if (result != -XEN_EFAULT)
            fail("%s with %s pointer: %ld", calls[i].name, what, result);
    }
}

static void unmapped(void)
{
    with_pointer(0x1000, "an unmapped");
}

static void hypervisor_range(void)
{
    with_pointer(HYPERVISOR_ADDRESS, "a hypervisor's");
    with_pointer(HYPERVISOR_VIRT_END - 64, "a hypervisor's last");
}

#ifdef __x86_64__
static void non_canonical(void)
{
    with_pointer(0x0000800000000000, "a non-canonical");
    with_pointer(0x8000000000000000, "a high non-canonical");
}
#endif

static void wrapping(void)
{
    with_pointer(~0ul - 3, "a wrapping");
}

/* The structure begins in a page of ours and goes on in one that isn't mapped. */
static void straddling(void)
{
    char *first = page_alloc(), *second = page_alloc();

    CHECK_EQ(second - first, PAGE_SIZE);
    CHECK_EQ(remap(second, 0), 0);
    with_pointer((unsigned long)second - 1, "a straddling");
    CHECK_EQ(remap(second, PTE_DATA), 0);
}

/* Results can't be written through a read-only mapping, not even where the kernel's own tables lie. */
static void read_only(void)
{
    char *page = page_alloc();

    CHECK_EQ(remap(page, PTE_PRESENT | PTE_USER), 0);
    CHECK_EQ(HYPERCALL(xen_version, XENVER_extraversion, page), -XEN_EFAULT);
    CHECK_EQ(HYPERCALL(xen_version, XENVER_extraversion, start_info->pt_base), -XEN_EFAULT);
    CHECK_EQ(HYPERCALL(vcpu_op, VCPUOP_get_runstate_info, 0, start_info->pt_base), -XEN_EFAULT);
    CHECK_EQ(remap(page, PTE_DATA), 0);
    CHECK_EQ(HYPERCALL(xen_version, XENVER_extraversion, MACH2PHYS_VIRT_START), -XEN_EFAULT);
}

/* Counts of nearly 2^32 elements neither overflow nor take for ever. */
static void huge_counts(void)
{
    struct mmu_update nothing = { .ptr = 1ull << 50 };

    CHECK(HYPERCALL(mmu_update, &nothing, 0x7fffffff, 0, DOMID_SELF) < 0);
    CHECK(HYPERCALL(mmuext_op, 0x1000, 0x7fffffff, 0, DOMID_SELF) < 0);
    CHECK(HYPERCALL(multicall, 0x1000, 0x7fffffff) < 0);
    CHECK(HYPERCALL(grant_table_op, GNTTABOP_copy, 0x1000, 0x7fffffff) < 0);
    CHECK(HYPERCALL(set_gdt, 0x1000, 0x7fffffff) < 0);
}

const struct test tests[] = {
    { "hostile.unmapped", unmapped },
    { "hostile.hypervisor_range", hypervisor_range },
#ifdef __x86_64__
    { "hostile.non_canonical", non_canonical },
#endif
    { "hostile.wrapping", wrapping },
    { "hostile.straddling", straddling },
    { "hostile.read_only", read_only },
    { "hostile.huge_counts", huge_counts },
    { NULL, NULL },
};
