/* SPDX-License-Identifier: GPL-2.0-only */
/* Domain 0 as a domain: its vcpus and what it may touch. */
#include <xen/lib.h>
#include <xen/param.h>
#include <xen/sched.h>
#include <public/domctl.h>
#include <asm/boot.h>
#include <asm/dom0.h>
#include <asm/init.h>
#include <asm/processor.h>

static unsigned opt_dom0_max_vcpus init_data;       /* 0: as many as CPUs */
integer_param("dom0_max_vcpus", opt_dom0_max_vcpus);
static bool opt_dom0_vcpus_pin init_data;
boolean_param("dom0_vcpus_pin", opt_dom0_vcpus_pin);

static init_text unsigned nr_vcpus(void)
{
    unsigned nr = opt_dom0_max_vcpus ? opt_dom0_max_vcpus : num_online_cpus();

    return min(nr, (unsigned)MAX_VIRT_CPUS);
}

static init_text void create_vcpus(struct domain *d)
{
    unsigned cpu = 0;

    for (unsigned i = 0; i < d->max_vcpus; i++) {
        struct vcpu *v = vcpu_create(d, i, cpu);

        if (!v)
            panic("No memory for vcpu %u of domain 0", i);
        if (opt_dom0_vcpus_pin) {
            cpumask_t own = cpumask_of(cpu);

            vcpu_set_hard_affinity(v, &own);
        }
        cpu = cpumask_next(cpu, &cpu_online_map);
        if (cpu >= nr_cpu_ids)
            cpu = cpumask_first(&cpu_online_map);
    }
}

/* All ports, I/O memory and interrupts but those of devices we drive ourselves; line 0 is the old timer's. */
static init_text void grant_devices(struct domain *d)
{
    int rc = rangeset_add(d->arch.ioport_caps, 0, 0xffff);

    if (!rc)
        rc = rangeset_add(d->iomem_caps, 0, (1UL << (boot_cpu.phys_bits - PAGE_SHIFT)) - 1);
    if (!rc)
        rc = rangeset_add(d->irq_caps, 1, nr_irqs - 1);
    if (!rc)
        rc = platform_hide_from_dom0(d);
    if (rc)
        panic("No memory for domain 0's rights");
}

init_text void dom0_create(void)
{
    struct xen_domctl_createdomain config = {
        .flags = XEN_DOMCTL_CDF_s3_integrity, .max_vcpus = nr_vcpus(), .max_evtchn_port = -1,
        .max_grant_frames = -1, .max_maptrack_frames = -1, .grant_opts = XEN_DOMCTL_GRANT_version(2),
    };
    int rc;

    if (!boot_info.nr_modules || !boot_info.module[0].size)
        panic("No kernel for domain 0: the boot loader has passed no module");
    dom0 = domain_create(0, &config, true, &rc);
    if (!dom0)
        panic("Domain 0 can't be created: error %d", rc);
    create_vcpus(dom0);
    grant_devices(dom0);
    construct_dom0(dom0);
    dom0->creation_finished = true;
}
