/* SPDX-License-Identifier: GPL-2.0-only */
/* Registers of processors that domain 0's tools may see: the time stamp counter. Others are of features we don't have. */
#include <xen/lib.h>
#include <xen/smp.h>
#include <asm/platform.h>
#include <asm/processor.h>

#define MSR_TSC 0x10

struct access {
    struct xenpf_resource_entry *entries;
    unsigned n, done;
};

static int access_one(struct xenpf_resource_entry *e)
{
    if (e->rsvd || e->idx >> 32)
        return -EINVAL;
    switch (e->u.cmd) {
    case XEN_RESOURCE_OP_MSR_READ:
        if (e->idx != MSR_TSC)
            return -EPERM;
        e->val = rdtsc();
        return 0;
    case XEN_RESOURCE_OP_MSR_WRITE:
        return -EPERM;
    }
    return -EOPNOTSUPP;
}

static void access_here(void *arg)
{
    struct access *a = arg;

    for (; a->done < a->n; a->done++) {
        a->entries[a->done].u.ret = access_one(&a->entries[a->done]);
        if (a->entries[a->done].u.ret)
            break;
    }
}

unsigned platform_access_resources(unsigned cpu, struct xenpf_resource_entry *entries, unsigned n)
{
    struct access a = { .entries = entries, .n = n };
    cpumask_t there = cpumask_of(cpu);

    on_selected_cpus(&there, access_here, &a, true);
    return a.done;
}
