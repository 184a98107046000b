/* SPDX-License-Identifier: GPL-2.0-only */
/* platform_op: the clock, the processors and the firmware, as domain 0's kernel sets and asks them. */
#include "platform.h"

#include <public/sched.h>

static struct child child;

void *hole(void)
{
    static char page[PAGE_SIZE] __attribute__((aligned(4096)));

    remap(page, 0);
    return page;
}

long platform(xen_platform_op_t *op, uint32_t cmd)
{
    op->cmd = cmd;
    op->interface_version = XENPF_INTERFACE_VERSION;
    return HYPERCALL(platform_op, op);
}

static void header(void)
{
    xen_platform_op_t op = { .cmd = XENPF_get_cpuinfo, .interface_version = XENPF_INTERFACE_VERSION - 1 };

    CHECK_EQ(HYPERCALL(platform_op, &op), -XEN_EACCES);
    op.interface_version = 0;
    CHECK_EQ(HYPERCALL(platform_op, &op), -XEN_EACCES);
    CHECK_EQ(HYPERCALL(platform_op, 0), -XEN_EFAULT);
    CHECK_EQ(HYPERCALL(platform_op, hole()), -XEN_EFAULT);
    CHECK_EQ(HYPERCALL(platform_op, HYPERVISOR_ADDRESS), -XEN_EFAULT);
    CHECK_EQ(HYPERCALL(platform_op, HYPERVISOR_VIRT_END - 8), -XEN_EFAULT);
    CHECK_EQ(platform(&op, 0), -XEN_ENOSYS);
    CHECK_EQ(platform(&op, 99), -XEN_ENOSYS);
    CHECK_EQ(platform(&op, ~0u), -XEN_ENOSYS);
}

#define NOON 1700000000u    /* s since 1970 */

/* The wall clock of the shared page is what was set, less the time that the hypervisor has run. */
static void clock(void)
{
    xen_platform_op_t op = { .cmd = 0 };

    op.u.settime64 = (xenpf_settime64_t){ .secs = NOON, .nsecs = 5, .system_time = 0 };
    CHECK_EQ(platform(&op, XENPF_settime64), 0);
    CHECK_EQ(shared->wc_sec, NOON);
    CHECK_EQ(shared->wc_nsec, 5);
    op.u.settime64 = (xenpf_settime64_t){ .secs = NOON + 100, .system_time = 100000000000ull };
    CHECK_EQ(platform(&op, XENPF_settime64), 0);
    CHECK_EQ(shared->wc_sec, NOON);
    op.u.settime64.mbz = 1;
    CHECK_EQ(platform(&op, XENPF_settime64), -XEN_EINVAL);
    op.u.settime32 = (xenpf_settime32_t){ .secs = NOON + 7 };
    CHECK_EQ(platform(&op, XENPF_settime32), 0);
    CHECK_EQ(shared->wc_sec, NOON + 7);
    if (!tells_why())
        return skip("another hypervisor takes more nanoseconds than a second has");
    op.u.settime32.nsecs = 1000000000;
    CHECK_EQ(platform(&op, XENPF_settime32), -XEN_EINVAL);
    op.u.settime64 = (xenpf_settime64_t){ .secs = NOON, .nsecs = ~0u };
    CHECK_EQ(platform(&op, XENPF_settime64), -XEN_EINVAL);
    CHECK_EQ(shared->wc_sec, NOON + 7);
}

static void processors(void)
{
    xen_platform_op_t op = { .u.pcpu_info.xen_cpuid = 0 };

    CHECK_EQ(platform(&op, XENPF_get_cpuinfo), 0);
    CHECK_EQ(op.u.pcpu_info.flags, XEN_PCPU_FLAGS_ONLINE);
    CHECK_EQ(op.u.pcpu_info.apic_id, 0);
    CHECK_EQ(op.u.pcpu_info.max_present, 0);
    for (unsigned int i = 0; i < 3; i++) {
        op.u.pcpu_info.xen_cpuid = (uint32_t[]){ 1, 100000, ~0u }[i];
        CHECK_EQ(platform(&op, XENPF_get_cpuinfo), 0);
        CHECK_EQ(op.u.pcpu_info.flags, XEN_PCPU_FLAGS_INVALID);
    }
    op.u.pcpu_version.xen_cpuid = 0;
    CHECK_EQ(platform(&op, XENPF_get_cpu_version), 0);
    CHECK(op.u.pcpu_version.vendor_id[0] >= 'A' && op.u.pcpu_version.vendor_id[0] <= 'z');
    CHECK(op.u.pcpu_version.family >= 5);
    op.u.pcpu_version.xen_cpuid = ~0u;
    CHECK_EQ(platform(&op, XENPF_get_cpu_version), 0);
    CHECK_EQ(op.u.pcpu_version.family, 0);
    CHECK_EQ(op.u.pcpu_version.vendor_id[0], 0);
}

static void idle_time(void)
{
    static uint8_t map[2];
    static uint64_t idle[16];
    xen_platform_op_t op = { .u.getidletime.cpumap_nr_cpus = 16 };

    map[0] = map[1] = 0xff;
    memset(idle, 0x5a, sizeof(idle));
    set_xen_guest_handle(op.u.getidletime.cpumap_bitmap, map);
    set_xen_guest_handle(op.u.getidletime.idletime, idle);
    if (platform(&op, XENPF_getidletime) == -XEN_ENOSYS)
        return skip("another hypervisor asks for an option first");
    CHECK_EQ(platform(&op, XENPF_getidletime), 0);
    CHECK_EQ(map[0] & 1, 1);
    CHECK(idle[0] < system_time() && op.u.getidletime.now <= system_time());
    CHECK_EQ(idle[1], 0x5a5a5a5a5a5a5a5a);
    map[0] = 1;
    set_xen_guest_handle(op.u.getidletime.idletime, hole());
    CHECK_EQ(platform(&op, XENPF_getidletime), -XEN_EFAULT);
    set_xen_guest_handle(op.u.getidletime.idletime, (uint64_t *)HYPERVISOR_ADDRESS);
    CHECK_EQ(platform(&op, XENPF_getidletime), -XEN_EFAULT);
    set_xen_guest_handle(op.u.getidletime.idletime, idle);
    set_xen_guest_handle(op.u.getidletime.cpumap_bitmap, hole());
    op.u.getidletime.cpumap_nr_cpus = ~0u;
    CHECK_EQ(platform(&op, XENPF_getidletime), -XEN_EFAULT);
}

static void firmware(void)
{
    xen_platform_op_t op = { .u.firmware_info = { .type = XEN_FW_KBD_SHIFT_FLAGS } };

    CHECK_EQ(platform(&op, XENPF_firmware_info), 0);
    op.u.firmware_info.type = XEN_FW_DISK_INFO;
    op.u.firmware_info.index = 1000;
    CHECK_EQ(platform(&op, XENPF_firmware_info), -XEN_ESRCH);
    op.u.firmware_info.type = XEN_FW_DISK_MBR_SIGNATURE;
    CHECK_EQ(platform(&op, XENPF_firmware_info), -XEN_ESRCH);
    op.u.firmware_info.type = XEN_FW_VBEDDC_INFO;
    CHECK_EQ(platform(&op, XENPF_firmware_info), -XEN_ESRCH);
    op.u.firmware_info.type = ~0u;
    CHECK_EQ(platform(&op, XENPF_firmware_info), -XEN_EINVAL);
}

/* None of these puts the machine to sleep. */
static void sleep(void)
{
    xen_platform_op_t op = { .cmd = 0 };

    for (uint32_t state = 6; state < 9; state++) {
        op.u.enter_acpi_sleep = (xenpf_enter_acpi_sleep_t){ .sleep_state = state };
        CHECK(platform(&op, XENPF_enter_acpi_sleep) < 0);
    }
    op.u.enter_acpi_sleep = (xenpf_enter_acpi_sleep_t){ .sleep_state = 0 };
    CHECK(platform(&op, XENPF_enter_acpi_sleep) < 0);
    op.u.enter_acpi_sleep = (xenpf_enter_acpi_sleep_t){ .sleep_state = 5, .flags = ~XENPF_ACPI_SLEEP_EXTENDED };
    CHECK(platform(&op, XENPF_enter_acpi_sleep) < 0);
}

static long tell_of(uint32_t id, uint32_t type)
{
    xen_platform_op_t op = { .u.set_pminfo = { .id = id, .type = type } };

    return platform(&op, XENPF_set_processor_pminfo);
}

/* Idle and performance states of a processor that there is. */
static void pm_information(void)
{
    CHECK_EQ(tell_of(0, XEN_PM_CX), 0);
    CHECK_EQ(tell_of(0, XEN_PM_PX), 0);
    CHECK_EQ(tell_of(0, XEN_PM_TX), -XEN_ENOSYS);
    CHECK_EQ(tell_of(1, XEN_PM_CX), -XEN_EINVAL);
    CHECK_EQ(tell_of(~0u, XEN_PM_PX), -XEN_EINVAL);
    CHECK_EQ(tell_of(0, 77), -XEN_EINVAL);
    CHECK_EQ(tell_of(0, ~0u), -XEN_EINVAL);
}

static long get_symbol(xen_platform_op_t *op, uint32_t number, char *name, uint32_t room)
{
    op->u.symdata = (xenpf_symdata_t){ .symnum = number, .namelen = room };
    set_xen_guest_handle(op->u.symdata.name, name);
    return platform(op, XENPF_get_symbol);
}

/* All that there are, in the order of their addresses; after the last is one without a name. */
static void symbols(void)
{
    static char name[128];
    xen_platform_op_t op;
    uint64_t last = 0;
    uint32_t n = 0;

    for (;; n++) {
        CHECK_EQ(get_symbol(&op, n, name, sizeof(name)), 0);
        if (op.u.symdata.symnum == n)
            break;
        CHECK_EQ(op.u.symdata.symnum, n + 1);
        CHECK(op.u.symdata.namelen > 1 && op.u.symdata.namelen == strlen(name) + 1);
        CHECK(op.u.symdata.address >= last);
        last = op.u.symdata.address;
    }
    CHECK(n > 1000);
    CHECK_EQ(op.u.symdata.namelen, 1);
    CHECK_EQ(get_symbol(&op, n + 1, name, sizeof(name)), -XEN_ERANGE);
    CHECK_EQ(get_symbol(&op, ~0u, name, sizeof(name)), -XEN_ERANGE);
    memset(name, '?', sizeof(name));
    CHECK_EQ(get_symbol(&op, 0, name, 2), 0);       /* no more than there is room */
    CHECK(op.u.symdata.namelen > 2 && name[1] != '?' && name[2] == '?');
    CHECK_EQ(get_symbol(&op, 0, hole(), 0), 0);
    CHECK_EQ(get_symbol(&op, 0, hole(), 2), -XEN_EFAULT);
    CHECK_EQ(get_symbol(&op, 0, (char *)HYPERVISOR_ADDRESS, 2), -XEN_EFAULT);
}

/* docs/hypercalls.md says why each of them is absent. */
static void absent(void)
{
    static const uint32_t all[] = {
        XENPF_platform_quirk, XENPF_change_freq, XENPF_cpu_online, XENPF_cpu_offline, XENPF_cpu_hotadd,
        XENPF_mem_hotadd, XENPF_core_parking,
        XENPF_microcode_update, XENPF_efi_runtime_call,
    };
    xen_platform_op_t op;

    if (!tells_why())
        return skip("another hypervisor has some of them");
    for (unsigned int i = 0; i < ARRAY_SIZE(all); i++) {
        memset(&op, 0xff, sizeof(op));
        if (platform(&op, all[i]) != -XEN_ENOSYS)
            fail("command %u", all[i]);
    }
}

static void ask_all(void *unused)
{
    xen_platform_op_t op = { .cmd = 0 };

    for (uint32_t cmd = 0; cmd < 66; cmd++)
        CHECK_EQ(platform(&op, cmd), -XEN_EPERM);
}

static void unprivileged(void)
{
    CHECK_EQ(child_run(&child, ask_all, NULL), SHUTDOWN_poweroff);
    CHECK(child_destroy(&child));
}

static void leaks(void)
{
    uint64_t before = free_frames();

    for (unsigned int i = 0; i < 100; i++) {
        processors();
        firmware();
    }
    CHECK_EQ(free_frames(), before);
}

const struct test tests[] = {
    { "platform.header", header },
    { "platform.clock", clock },
    { "platform.processors", processors },
    { "platform.idle_time", idle_time },
    { "platform.firmware", firmware },
    { "platform.sleep", sleep },
    { "platform.pm_information", pm_information },
    { "platform.memory_types", memory_types },
    { "platform.shared_types", shared_types },
    { "platform.bad_types", bad_types },
    { "platform.resources", resources },
    { "platform.bad_resources", bad_resources },
    { "platform.symbols", symbols },
    { "platform.absent", absent },
    { "platform.unprivileged", unprivileged },
    { "platform.leaks", leaks },
    { NULL, NULL },
};
