/* SPDX-License-Identifier: GPL-2.0-only */
/* platform_op: what domain 0's kernel asks of the machine. One case, one call. */
#include <xen/console.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <xen/smp.h>
#include <asm/platform.h>
#include <asm/processor.h>
#include <public/platform.h>

static long set_time(uint64_t secs, uint32_t nsecs, uint64_t system_time)
{
    if (nsecs >= 1000000000)
        return refuse(-EINVAL, "settime: a second or more in nanoseconds");
    do_settime(secs, nsecs, system_time);
    return 0;
}

static long set_time32(const struct xenpf_settime32 *op)
{
    return set_time(op->secs, op->nsecs, op->system_time);
}

static long set_time64(const struct xenpf_settime64 *op)
{
    return op->mbz ? refuse(-EINVAL, "settime64: mbz is not zero")
                   : set_time(op->secs, op->nsecs, op->system_time);
}

/* XEN_FW_VBEDDC_INFO, EDD and MBR signature come from BIOS calls we do not make. */
static long firmware_info(struct xenpf_firmware_info *op)
{
    switch (op->type) {
    case XEN_FW_DISK_INFO:
    case XEN_FW_DISK_MBR_SIGNATURE:
    case XEN_FW_VBEDDC_INFO:
        return -ESRCH;
    case XEN_FW_EFI_INFO:
        return efi_get_info(op->index, &op->u.efi_info);
    case XEN_FW_KBD_SHIFT_FLAGS:
        op->u.kbd_shift_flags = 0;
        return 0;
    }
    return refuse(-EINVAL, "firmware_info: unknown type");
}

static long idle_times(struct xenpf_getidletime *op)
{
    widen_arm(op);
    for (uint32_t cpu = 0; cpu < min(op->cpumap_nr_cpus, nr_cpu_ids); cpu++) {
        uint8_t byte;
        uint64_t idle;

        if (raw_copy_from_guest(&byte, guest_moved(op->cpumap_bitmap.p, cpu / 8), 1))
            return -EFAULT;
        if (!(byte & (1u << cpu % 8)))
            continue;
        idle = cpu_idle_time(cpu);
        if (raw_copy_to_guest(guest_moved(op->idletime.p, cpu), &idle, sizeof(idle)))
            return -EFAULT;
        if (cpu_online(cpu))
            continue;
        byte &= ~(1u << cpu % 8);
        if (raw_copy_to_guest(guest_moved(op->cpumap_bitmap.p, cpu / 8), &byte, 1))
            return -EFAULT;
    }
    op->now = NOW();
    narrow_arm(op);
    return 0;
}

static long pcpu_info(struct xenpf_pcpuinfo *op)
{
    uint32_t cpu = op->xen_cpuid;

    if (cpu >= nr_cpu_ids || !cpumask_test(cpu, &cpu_present_map)) {
        op->flags = XEN_PCPU_FLAGS_INVALID;
    } else {
        op->flags = cpu_online(cpu) ? XEN_PCPU_FLAGS_ONLINE : 0;
        op->apic_id = cpu_apic_id(cpu);
        op->acpi_id = cpu_acpi_id(cpu);
    }
    op->max_present = nr_cpu_ids - 1;
    return 0;
}

static long pcpu_version(struct xenpf_pcpu_version *op)
{
    uint32_t cpu = op->xen_cpuid, a, words[3];

    if (cpu >= nr_cpu_ids || !cpu_online(cpu)) {
        memset(op->vendor_id, 0, sizeof(op->vendor_id));
        op->family = op->model = op->stepping = 0;
    } else {
        cpuid(0, 0, &a, &words[0], &words[2], &words[1]);
        memcpy(op->vendor_id, words, sizeof(op->vendor_id));
        op->family = boot_cpu.family;
        op->model = boot_cpu.model;
        op->stepping = boot_cpu.stepping;
    }
    op->max_present = nr_cpu_ids - 1;
    return 0;
}

/*
 * Domain 0 uploads what ACPI says of idle and performance states. We idle by HLT and leave the frequency
 * alone.
 */
static long processor_pminfo(const struct xenpf_set_processor_pminfo *op)
{
    unsigned cpu;

    switch (op->type) {
    case XEN_PM_CX:
    case XEN_PM_PX:
        for_each_online_cpu(cpu)
            if (cpu_acpi_id(cpu) == op->id)
                return 0;
        return refuse(-EINVAL, "set_processor_pminfo: no such processor");
    case XEN_PM_TX:
        return refuse(-ENOSYS, "set_processor_pminfo: no throttling");
    case XEN_PM_PDC:
        return 0;
    }
    return refuse(-EINVAL, "set_processor_pminfo: unknown type");
}

static long read_memtype(struct xenpf_read_memtype *op)
{
    long rc;

    widen_arm(op);
    rc = platform_read_memtype(op);
    narrow_arm(op);
    return rc;
}

static long add_memtype(struct xenpf_add_memtype *op)
{
    long rc;

    widen_arm(op);
    rc = platform_add_memtype(op);
    narrow_arm(op);
    return rc;
}

#define RESOURCES_MAX 3             /* in one call, for the processor is interrupted */

/* How many entries were carried out; the first that was not tells why. */
static long resource_op(struct xenpf_resource_op *op)
{
    struct xenpf_resource_entry entries[RESOURCES_MAX];
    unsigned done;

    widen_arm(op);
    if (op->nr_entries > RESOURCES_MAX)
        return refuse(-EINVAL, "resource_op: too many entries");
    if (op->cpu >= nr_cpu_ids || !cpu_online(op->cpu))
        return refuse(-ENODEV, "resource_op: no such processor");
    if (copy_from_guest(entries, op->entries, op->nr_entries))
        return -EFAULT;
    done = platform_access_resources(op->cpu, entries, op->nr_entries);
    if (copy_to_guest(op->entries, entries, op->nr_entries))
        return -EFAULT;
    narrow_arm(op);
    return done;
}

/* Our functions one after the other; the one after the last has no name. */
static long get_symbol(struct xenpf_symdata *op)
{
    char name[SYMBOL_NAME_MAX];
    unsigned long address;
    unsigned length;
    bool there;

    widen_arm(op);
    there = symbol_nth(op->symnum, &address, name);
    if (!there && op->symnum != nr_symbols())
        return refuse(-ERANGE, "get_symbol: no such symbol");
    length = strlen(name) + 1;
    if (raw_copy_to_guest(op->name.p, name, min(op->namelen, length)))
        return -EFAULT;
    op->namelen = length;
    op->symnum += there;
    op->address = address;
    op->type = there ? 'T' : '\0';
    narrow_arm(op);
    return 0;
}

static long dispatch(struct xen_platform_op *op)
{
    switch (op->cmd) {
    case XENPF_settime32:            return set_time32(&op->u.settime32);
    case XENPF_settime64:            return set_time64(&op->u.settime64);
    case XENPF_add_memtype:          return add_memtype(&op->u.add_memtype);
    case XENPF_del_memtype:          return platform_del_memtype(&op->u.del_memtype);
    case XENPF_read_memtype:         return read_memtype(&op->u.read_memtype);
    case XENPF_resource_op:          return resource_op(&op->u.resource_op);
    case XENPF_get_symbol:           return get_symbol(&op->u.symdata);
    case XENPF_firmware_info:        return firmware_info(&op->u.firmware_info);
    case XENPF_enter_acpi_sleep:     return acpi_enter_sleep(&op->u.enter_acpi_sleep);
    case XENPF_getidletime:          return idle_times(&op->u.getidletime);
    case XENPF_set_processor_pminfo: return processor_pminfo(&op->u.set_pminfo);
    case XENPF_get_cpuinfo:          return pcpu_info(&op->u.pcpu_info);
    case XENPF_get_cpu_version:      return pcpu_version(&op->u.pcpu_version);
    }
    return refuse(-ENOSYS, "platform_op: not supported (see the interface manual)");
}

long do_platform_op(void *arg)
{
    struct xen_platform_op op;
    long rc;

    if (!is_privileged(current->domain))
        return refuse(-EPERM, "platform_op: for privileged domains");
    if (get_guest(&op, arg))
        return -EFAULT;
    if (op.interface_version != XENPF_INTERFACE_VERSION)
        return refuse(-EACCES, "platform_op: another interface version");
    rc = dispatch(&op);
    if (rc == 0 && put_guest(arg, &op))
        rc = -EFAULT;
    return rc;
}
