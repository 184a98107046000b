/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mca: domain 0 asks about processors and machine checks. These are the hypervisor's to judge and tell of
 * (machine_check.c): there are never records to fetch, nor is VIRQ_MCA sent.
 */
#include <xen/guest.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <asm/machine_check.h>
#include <asm/platform.h>
#include <asm/processor.h>
#include <public/arch-x86/xen-mca.h>

#define CACHE_SIZES     0x80000006u     /* ECX: level 2, upper half in KiB */
#define BRAND_FIRST     0x80000002u
#define CLFLUSH_UNIT    8u

struct leaf { uint32_t a, b, c, d; };

static struct leaf leaf(uint32_t nr)
{
    struct leaf r = { 0 };

    if (nr <= (nr >> 31 ? boot_cpu.max_ext_leaf : boot_cpu.max_leaf))
        cpuid(nr, 0, &r.a, &r.b, &r.c, &r.d);
    return r;
}

/* What all processors have in common: they are taken to be alike. */
static void fill_model(xen_mc_logical_cpu_t *info)
{
    struct leaf basic = leaf(1), extended = leaf(0x80000001u), vendor = leaf(0);
    uint32_t name[] = { vendor.b, vendor.d, vendor.c };
    uint64_t value;

    info->mc_cpuid_level = boot_cpu.max_leaf;
    info->mc_family = boot_cpu.family;
    info->mc_model = boot_cpu.model;
    info->mc_step = boot_cpu.stepping;
    memcpy(info->mc_vendorid, name, sizeof(name));
    for (unsigned i = 0; i < 3; i++) {
        struct leaf brand = leaf(BRAND_FIRST + i);

        memcpy(info->mc_brandid + i * sizeof(brand), &brand, sizeof(brand));
    }
    info->mc_cpu_caps[MC_CAPS_STD_EDX] = basic.d;
    info->mc_cpu_caps[MC_CAPS_STD_ECX] = basic.c;
    info->mc_cpu_caps[MC_CAPS_AMD_EDX] = extended.d;
    info->mc_cpu_caps[MC_CAPS_AMD_ECX] = extended.c;
    info->mc_cache_size = leaf(CACHE_SIZES).c >> 16;
    info->mc_cache_alignment = (basic.b >> 8 & 0xff) * CLFLUSH_UNIT;
    if (rdmsr_safe(MSR_MCG_CAP, &value)) {
        info->mc_nmsrvals = 1;
        info->mc_msrvalues[0] = (xen_mcinfo_msr_t){ MSR_MCG_CAP, value };
    }
}

/* Each is a core of its own in one socket, as sysctl tells it too. */
static long physical_cpus(xen_mc_physcpuinfo_t *op)
{
    xen_mc_logical_cpu_t *info;
    uint32_t n = 0;
    long rc = 0;
    unsigned cpu;

    widen_arm(op);
    if (guest_handle_is_null(op->info)) {
        op->ncpus = num_online_cpus();
        narrow_arm(op);
        return 0;
    }
    if (op->ncpus == 0)
        return refuse(-EINVAL, "mc_physcpuinfo: room for no processor");
    info = xzalloc(xen_mc_logical_cpu_t);
    if (!info)
        return -ENOMEM;
    fill_model(info);
    info->mc_ncores = info->mc_ncores_active = num_online_cpus();
    info->mc_nthreads = 1;
    for_each_online_cpu(cpu) {
        if (n == op->ncpus)
            break;
        info->mc_cpunr = info->mc_coreid = cpu;
        info->mc_apicid = info->mc_clusterid = cpu_apic_id(cpu);
        if (copy_to_guest_offset(op->info, n, info, 1)) {
            rc = -EFAULT;
            break;
        }
        n++;
    }
    xfree(info);
    op->ncpus = n;
    narrow_arm(op);
    return rc;
}

/* One queue is named, and room for a record unless one is acknowledged. */
static long fetch(xen_mc_fetch_t *op)
{
    bool urgent = op->flags & XEN_MC_URGENT, nonurgent = op->flags & XEN_MC_NONURGENT;

    if (urgent == nonurgent)
        return refuse(-EINVAL, "mca: fetch is from the urgent or from the other queue");
    if (op->flags & XEN_MC_ACK)
        return 0;
    widen_arm(op);
    if (guest_handle_is_null(op->data))
        return refuse(-EINVAL, "mca: fetch without room for a record");
    op->flags = XEN_MC_NODATA;
    op->fetch_id = 0;
    narrow_arm(op);
    return 0;
}

static long dispatch(xen_mc_t *op)
{
    switch (op->cmd) {
    case XEN_MC_fetch:        return fetch(&op->u.mc_fetch);
    case XEN_MC_notifydomain: return refuse(-EINVAL, "mca: a domain is notified by the hypervisor only");
    case XEN_MC_physcpuinfo:  return physical_cpus(&op->u.mc_physcpuinfo);
    case XEN_MC_msrinject:
    case XEN_MC_mceinject:
    case XEN_MC_inject_v2:    return refuse(-ENOSYS, "mca: errors can't be injected");
    }
    return refuse(-EINVAL, "mca: unknown command");
}

/* Hypercall, privileged: see public/arch-x86/xen-mca.h. */
long do_mca(void *arg)
{
    xen_mc_t op;
    long rc;

    if (!is_privileged(current->domain))
        return refuse(-EPERM, "mca: for privileged domains");
    if (get_guest(&op, arg))
        return -EFAULT;
    if (op.interface_version != XEN_MCA_INTERFACE_VERSION)
        return refuse(-EACCES, "mca: another interface version");
    rc = dispatch(&op);
    if (rc == 0 && put_guest(arg, &op))
        rc = -EFAULT;
    return rc;
}
