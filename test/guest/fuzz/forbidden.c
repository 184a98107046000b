/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What isn't asked for, by name and with the reason: calls that are meant to end this kernel, and with that the
 * test, and as domain 0 those that are meant to stop or break the machine. All else is fair.
 */
#include "fuzz.h"

#include <public/domctl.h>
#include <public/grant_table.h>
#include <public/physdev.h>
#include <public/platform.h>
#include <public/sched.h>
#include <public/sysctl.h>
#include <public/vcpu.h>

#define LONGEST_POLL      50000000  /* ns */
#define SHORTEST_WATCHDOG 60        /* s; one that fires while it is armed ends the domain */

enum who { ANYONE, DOMAIN_0 };

static const struct {
    unsigned int number, command;
    enum who who;
    const char *reason;
} by_command[] = {
    { __HYPERVISOR_sched_op, SCHEDOP_shutdown, ANYONE, "ends the domain" },
    { __HYPERVISOR_sched_op, SCHEDOP_block, ANYONE, "sleeps for ever: events are masked" },
    { __HYPERVISOR_sched_op, SCHEDOP_shutdown_code, ANYONE, "makes our end look like a crash" },
    { __HYPERVISOR_sched_op, SCHEDOP_remote_shutdown, DOMAIN_0, "ends domain 0" },
    { __HYPERVISOR_sched_op_compat, 1, ANYONE, "block, as above" },
    { __HYPERVISOR_sched_op_compat, SCHEDOP_shutdown, ANYONE, "ends the domain" },
    { __HYPERVISOR_vcpu_op, VCPUOP_down, ANYONE, "stops the virtual CPU that works" },
    { __HYPERVISOR_vcpu_op, VCPUOP_up, ANYONE, "lets one run that is in any state" },
    { __HYPERVISOR_vcpu_op, VCPUOP_register_vcpu_info, ANYONE, "moves the flag that masks events" },
    { __HYPERVISOR_vcpu_op, VCPUOP_send_nmi, ANYONE, "no handler for it" },
    { __HYPERVISOR_event_channel_op, EVTCHNOP_reset, ANYONE, "closes the console's port" },
    { __HYPERVISOR_physdev_op, PHYSDEVOP_apic_write, DOMAIN_0, "programs the interrupt controller" },
    { __HYPERVISOR_physdev_op, PHYSDEVOP_set_iopl, DOMAIN_0, "opens the ports that switch the machine off" },
    { __HYPERVISOR_physdev_op, PHYSDEVOP_set_iobitmap, DOMAIN_0, "as set_iopl" },
};

/* Commands that lie in the structure's first word. */
static const struct {
    unsigned int number, command;
    const char *reason;
} by_content[] = {
    { __HYPERVISOR_platform_op, XENPF_enter_acpi_sleep, "platform sleep" },
    { __HYPERVISOR_platform_op, XENPF_cpu_offline, "takes processors away" },
    { __HYPERVISOR_platform_op, XENPF_core_parking, "takes processors away" },
    { __HYPERVISOR_platform_op, XENPF_cpu_hotadd, "adds processors that aren't there" },
    { __HYPERVISOR_platform_op, XENPF_mem_hotadd, "adds memory that isn't there" },
    { __HYPERVISOR_platform_op, XENPF_change_freq, "makes time run at any speed" },
    { __HYPERVISOR_platform_op, XENPF_efi_runtime_call, "runs the firmware's code" },
    { __HYPERVISOR_sysctl, XEN_SYSCTL_debug_keys, "one key reboots, one crashes" },
    { __HYPERVISOR_sysctl, XEN_SYSCTL_cpu_hotplug, "takes processors away" },
    { __HYPERVISOR_sysctl, XEN_SYSCTL_page_offline_op, "takes memory away" },
    { __HYPERVISOR_sysctl, XEN_SYSCTL_cpupool_op, "takes processors away" },
};

/* What domain 0 may do to others but not to itself and go on. */
static const uint32_t not_to_domain_0[] = {
    XEN_DOMCTL_scheduler_op, XEN_DOMCTL_setdebugging, XEN_DOMCTL_settscinfo, XEN_DOMCTL_gdbsx_pausevcpu,
    XEN_DOMCTL_set_address_size, XEN_DOMCTL_hypercall_init, XEN_DOMCTL_set_virq_handler, XEN_DOMCTL_gdbsx_guestmemio,
    XEN_DOMCTL_soft_reset, XEN_DOMCTL_vm_event_op, XEN_DOMCTL_ioport_permission,
};

bool in_arguments(unsigned long address, unsigned int size)
{
    unsigned long page = (unsigned long)me()->arguments;

    return address >= page && address < page + PAGE_SIZE && size <= page + PAGE_SIZE - address;
}

static bool content_forbidden(unsigned int number, unsigned long address)
{
    uint32_t command;

    if (!is_domain_0() || !in_arguments(address, 16))
        return false;
    command = *(const uint32_t *)address;
    for (unsigned int i = 0; i < ARRAY_SIZE(by_content); i++)
        if (by_content[i].number == number && by_content[i].command == command)
            return true;
    if (number != __HYPERVISOR_domctl || ((const struct xen_domctl *)address)->domain)
        return false;
    for (unsigned int i = 0; i < ARRAY_SIZE(not_to_domain_0); i++)
        if (not_to_domain_0[i] == command)
            return true;
    return false;
}

/* A poll that nothing ends, a watchdog that soon ends us, and the ports that the test is told and tells by. */
static bool would_silence(unsigned int number, uint32_t command, unsigned long address)
{
    if (number == __HYPERVISOR_sched_op && command == SCHEDOP_poll) {
        if (address - (unsigned long)play < sizeof(play))
            return true;
        if (!in_arguments(address, sizeof(struct sched_poll)))
            return false;

        struct sched_poll *poll = (struct sched_poll *)address;

        return !poll->timeout || poll->timeout > system_time() + LONGEST_POLL;
    }
    if (number == __HYPERVISOR_sched_op && command == SCHEDOP_watchdog && in_arguments(address, 8)) {
        const struct sched_watchdog *dog = (const struct sched_watchdog *)address;

        return dog->timeout < SHORTEST_WATCHDOG && (!dog->id || dog->timeout);
    }
    if (number == __HYPERVISOR_event_channel_op && command == EVTCHNOP_close && !is_domain_0() &&
        in_arguments(address, 4)) {
        uint32_t port = *(const uint32_t *)address;

        return port == start_info->console.domU.evtchn || port == start_info->store_evtchn;
    }
    return false;
}

/* Entries of the tables that map this kernel, and its memory: an update of what isn't a table is a plain write. */
static bool updates_own(unsigned long address, uint32_t count)
{
    const struct mmu_update *u = (const struct mmu_update *)address;

    for (uint32_t i = 0; i < count && in_arguments((unsigned long)(u + i), sizeof(*u)); i++)
        if (vital(u[i].ptr >> PAGE_SHIFT))
            return true;
    return false;
}

/*
 * A new top-level table is switch_table's business: most would leave us without code. Those that it takes stay pinned,
 * so that they stay what they are.
 */
static bool harms_tops(const struct mmuext_op *op)
{
    return op->cmd == MMUEXT_NEW_BASEPTR ||
           (op->cmd == MMUEXT_UNPIN_TABLE && (op->arg1.mfn == base_mfn || top_table(op->arg1.mfn)));
}

/* Two more write to the frame that comes first. */
static bool harms_own(unsigned long address, uint32_t count)
{
    const struct mmuext_op *op = (const struct mmuext_op *)address;

    for (uint32_t i = 0; i < count && in_arguments((unsigned long)(op + i), sizeof(*op)); i++)
        if (harms_tops(&op[i]) ||
            ((op[i].cmd == MMUEXT_CLEAR_PAGE || op[i].cmd == MMUEXT_COPY_PAGE) && essential(op[i].arg1.mfn)))
            return true;
    return false;
}

/* Remapping a page that this kernel lives in. */
static bool our_own(unsigned long address)
{
    return address - VIRT_BASE < 0x30000000 && address - (unsigned long)play >= sizeof(play);
}

/* A grant mapped over such a page, or the page's entry taken for another address. */
static bool grants_over_kernel(uint32_t command, unsigned long address, uint32_t count)
{
    const gnttab_unmap_and_replace_t *replace = (const gnttab_unmap_and_replace_t *)address;
    const gnttab_map_grant_ref_t *map = (const gnttab_map_grant_ref_t *)address;

    for (uint32_t i = 0; i < count && command == GNTTABOP_map_grant_ref &&
                         in_arguments((unsigned long)(map + i), sizeof(*map)); i++)
        if (our_own(map[i].host_addr) && !(map[i].flags & GNTMAP_contains_pte))
            return true;
    for (uint32_t i = 0; i < count && command == GNTTABOP_unmap_and_replace &&
                         in_arguments((unsigned long)(replace + i), sizeof(*replace)); i++)
        if (our_own(replace[i].new_addr))
            return true;
    return false;
}

bool forbidden(unsigned int number, const unsigned long *a)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(by_command); i++)
        if (by_command[i].number == number && by_command[i].command == (uint32_t)a[0] &&
            (by_command[i].who == ANYONE || is_domain_0()))
            return true;
    switch (number) {
    case __HYPERVISOR_iret:                 /* random_iret makes its frame */
    case __HYPERVISOR_multicall:            /* batched_calls */
    case __HYPERVISOR_event_channel_op_compat:
    case __HYPERVISOR_physdev_op_compat:
        return number == __HYPERVISOR_iret || in_arguments(a[0], 1);
    case __HYPERVISOR_kexec_op:             /* boots something else */
        return is_domain_0();
    case __HYPERVISOR_console_io:           /* a screenful at most */
        return (uint32_t)a[1] > 200 && in_arguments(a[2], 1);
    case __HYPERVISOR_update_va_mapping:
    case __HYPERVISOR_update_va_mapping_otherdomain:
        return our_own(a[0]);
    case __HYPERVISOR_mmu_update:
        return updates_own(a[0], a[1]);
    case __HYPERVISOR_mmuext_op:
        return harms_own(a[0], a[1]);
    case __HYPERVISOR_grant_table_op:
        return grants_over_kernel(a[0], a[1], a[2]);
    case __HYPERVISOR_platform_op:
    case __HYPERVISOR_sysctl:
    case __HYPERVISOR_domctl:
        return content_forbidden(number, a[0]);
    default:
        return would_silence(number, a[0], a[1]);
    }
}
