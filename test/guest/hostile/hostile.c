/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pointers that no honest kernel passes, to every hypercall that takes one: none may be followed, each call
 * answers with an error, and the hypervisor lives on.
 */
#include "test.h"

#include <public/callback.h>
#include <public/domctl.h>
#include <public/errno.h>
#include <public/event_channel.h>
#include <public/grant_table.h>
#include <public/memory.h>
#include <public/nmi.h>
#include <public/physdev.h>
#include <public/platform.h>
#include <public/sched.h>
#include <public/vcpu.h>
#include <public/version.h>

struct call {
    const char *name;
    unsigned int number;
    unsigned long args[5];
    unsigned int pointer;       /* which argument is the pointer */
};

#define CALL_0(hypercall, ...)         { #hypercall, __HYPERVISOR_##hypercall, { 0, __VA_ARGS__ }, 0 }
#define CALL_1(hypercall, command)     { #command, __HYPERVISOR_##hypercall, { command, 0 }, 1 }
#define GRANT(command)                 { #command, __HYPERVISOR_grant_table_op, { command, 0, 1 }, 1 }
#define VCPU(command)                  { #command, __HYPERVISOR_vcpu_op, { command, 0, 0 }, 2 }

/* Every call reads or writes at least one byte through its pointer. */
static const struct call calls[] = {
    CALL_0(set_trap_table), CALL_0(mmu_update, 1, 0, DOMID_SELF), CALL_0(mmuext_op, 1, 0, DOMID_SELF),
    CALL_0(set_gdt, 512), CALL_0(multicall, 1), CALL_0(sysctl), CALL_0(domctl), CALL_0(platform_op), CALL_0(arch_0),
    CALL_0(event_channel_op_compat), CALL_0(physdev_op_compat),
    CALL_1(memory_op, XENMEM_machphys_mapping), CALL_1(memory_op, XENMEM_current_reservation),
    CALL_1(memory_op, XENMEM_maximum_reservation), CALL_1(memory_op, XENMEM_maximum_gpfn),
    CALL_1(memory_op, XENMEM_machphys_mfn_list), CALL_1(memory_op, XENMEM_machphys_compat_mfn_list),
    CALL_1(memory_op, XENMEM_machine_memory_map), CALL_1(memory_op, XENMEM_set_memory_map),
    CALL_1(memory_op, XENMEM_exchange), CALL_1(memory_op, XENMEM_claim_pages),
    CALL_1(memory_op, XENMEM_reserved_device_memory_map), CALL_1(memory_op, XENMEM_acquire_resource),
    CALL_1(xen_version, XENVER_extraversion), CALL_1(xen_version, XENVER_compile_info),
    CALL_1(xen_version, XENVER_capabilities), CALL_1(xen_version, XENVER_changeset),
    CALL_1(xen_version, XENVER_platform_parameters), CALL_1(xen_version, XENVER_get_features),
    CALL_1(xen_version, XENVER_guest_handle), CALL_1(xen_version, XENVER_commandline),
    { "CONSOLEIO_write", __HYPERVISOR_console_io, { CONSOLEIO_write, 8, 0 }, 2 },
    GRANT(GNTTABOP_map_grant_ref), GRANT(GNTTABOP_unmap_grant_ref), GRANT(GNTTABOP_setup_table),
    GRANT(GNTTABOP_dump_table), GRANT(GNTTABOP_transfer), GRANT(GNTTABOP_copy), GRANT(GNTTABOP_query_size),
    GRANT(GNTTABOP_unmap_and_replace), GRANT(GNTTABOP_set_version), GRANT(GNTTABOP_get_status_frames),
    GRANT(GNTTABOP_get_version), GRANT(GNTTABOP_swap_grant_ref), GRANT(GNTTABOP_cache_flush),
    VCPU(VCPUOP_get_runstate_info), VCPU(VCPUOP_register_runstate_memory_area), VCPU(VCPUOP_register_vcpu_info),
    VCPU(VCPUOP_register_vcpu_time_memory_area), VCPU(VCPUOP_set_periodic_timer), VCPU(VCPUOP_set_singleshot_timer),
    CALL_1(sched_op, SCHEDOP_poll), CALL_1(sched_op, SCHEDOP_shutdown), CALL_1(sched_op, SCHEDOP_shutdown_code),
    CALL_1(sched_op, SCHEDOP_remote_shutdown), CALL_1(sched_op, SCHEDOP_watchdog),
    CALL_1(sched_op, SCHEDOP_pin_override),
    CALL_1(callback_op, CALLBACKOP_register), CALL_1(callback_op, CALLBACKOP_unregister),
    CALL_1(nmi_op, XENNMI_register_callback),
    CALL_1(event_channel_op, EVTCHNOP_bind_interdomain), CALL_1(event_channel_op, EVTCHNOP_bind_virq),
    CALL_1(event_channel_op, EVTCHNOP_bind_pirq), CALL_1(event_channel_op, EVTCHNOP_close),
    CALL_1(event_channel_op, EVTCHNOP_send), CALL_1(event_channel_op, EVTCHNOP_status),
    CALL_1(event_channel_op, EVTCHNOP_alloc_unbound), CALL_1(event_channel_op, EVTCHNOP_bind_ipi),
    CALL_1(event_channel_op, EVTCHNOP_bind_vcpu), CALL_1(event_channel_op, EVTCHNOP_unmask),
    CALL_1(event_channel_op, EVTCHNOP_reset), CALL_1(event_channel_op, EVTCHNOP_init_control),
    CALL_1(event_channel_op, EVTCHNOP_expand_array), CALL_1(event_channel_op, EVTCHNOP_set_priority),
    CALL_1(physdev_op, PHYSDEVOP_set_iopl),
};

static void with_pointer(unsigned long pointer, const char *what)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(calls); i++) {
        unsigned long a[5];
        long result;

        memcpy(a, calls[i].args, sizeof(a));
        a[calls[i].pointer] = pointer;
        result = seen_call(calls[i].number, a[0], a[1], a[2], a[3], a[4]);
        if ((result == -XEN_EOPNOTSUPP || result == -XEN_ENOSYS) && !tells_why())   /* what Debian's hypervisor lacks */
            continue;
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

/* Lists whose later elements are beyond the end of all addresses. Domain 0's calls. */
static void wrapping_lists(void)
{
    uint8_t second_processor = 2;
    struct xen_platform_op idle = { .cmd = XENPF_getidletime, .interface_version = XENPF_INTERFACE_VERSION };
    struct xen_domctl types = { .cmd = XEN_DOMCTL_getpageframeinfo3, .interface_version = XEN_DOMCTL_INTERFACE_VERSION };

    set_xen_guest_handle(idle.u.getidletime.cpumap_bitmap, &second_processor);
    set_xen_guest_handle(idle.u.getidletime.idletime, (uint64_t *)(~0ul - 1));
    idle.u.getidletime.cpumap_nr_cpus = 8;
    CHECK_EQ(HYPERCALL(platform_op, &idle), -XEN_EFAULT);
    memset(&types.u.getpageframeinfo3.array, 0xff, sizeof(types.u.getpageframeinfo3.array));
    types.u.getpageframeinfo3.num = 2;
    CHECK_EQ(HYPERCALL(domctl, &types), -XEN_EFAULT);
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
    { "hostile.wrapping_lists", wrapping_lists },
    { NULL, NULL },
};
