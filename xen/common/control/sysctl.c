/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sysctl: what the toolstack asks of and does to the whole machine. Privileged callers only. One case, one
 * call.
 */
#include <xen/console.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/perfc.h>
#include <xen/sched.h>
#include <xen/trace.h>
#include <asm/processor.h>
#include <public/sysctl.h>
#include "bitmap.h"
#include "domain_info.h"

static long read_console(struct xen_sysctl_readconsole *op)
{
    uint32_t room = min(op->count, 64u << 10), index = op->index;
    char *buf = xmalloc_array(char, room ? room : 1);
    long rc = 0;

    if (!buf)
        return -ENOMEM;
    console_ring_read(buf, &room, &index, op->incremental, op->clear);
    if (raw_copy_to_guest(op->buffer.p, buf, room))
        rc = -EFAULT;
    op->count = room;
    op->index = index;
    xfree(buf);
    return rc;
}

/* The architecture adds its part. */
static void physinfo(struct xen_sysctl_physinfo *p)
{
    memset(p, 0, sizeof(*p));
    p->threads_per_core = 1;
    p->cores_per_socket = num_online_cpus();
    p->nr_cpus = num_online_cpus();
    p->max_cpu_id = nr_cpu_ids - 1;
    p->nr_nodes = 1;
    p->max_node_id = 0;
    p->cpu_khz = boot_cpu.cpu_khz;
    p->capabilities = XEN_SYSCTL_PHYSCAP_pv | XEN_SYSCTL_PHYSCAP_shadow | XEN_SYSCTL_PHYSCAP_gnttab_v1 |
                      XEN_SYSCTL_PHYSCAP_gnttab_v2;
    p->total_pages = total_frames();
    p->free_pages = avail_frames();
    p->outstanding_pages = claimed_frames();
    p->max_mfn = max_page - 1;
}

static long domain_info_list(struct xen_sysctl_getdomaininfolist *op)
{
    struct xen_domctl_getdomaininfo *info;
    uint32_t n = 0, next = op->first_domain;
    long rc = 0;

    info = xmalloc(struct xen_domctl_getdomaininfo);
    if (!info)
        return -ENOMEM;
    while (n < op->max_domains && !rc) {
        struct domain *d, *found = NULL;

        read_lock(&domlist_lock);
        for_each_domain(d) {
            if (d->domain_id < next || d->domain_id >= DOMID_FIRST_RESERVED || !domain_get(d))
                continue;
            found = d;
            break;
        }
        read_unlock(&domlist_lock);
        if (!found)
            break;
        domain_info_fill(found, info);
        next = found->domain_id + 1;
        domain_put(found);
        if (copy_to_guest_offset(op->buffer, n, info, 1))
            rc = -EFAULT;
        n++;
    }
    xfree(info);
    op->num_domains = n;
    return rc;
}

static long debug_keys(struct xen_sysctl_debug_keys *op)
{
    for (uint32_t i = 0; i < min(op->nr_keys, 64u); i++) {
        char key;

        if (raw_copy_from_guest(&key, guest_moved(op->keys.p, i), 1))
            return -EFAULT;
        console_send_key(key);
    }
    return 0;
}

static long cpu_info(struct xen_sysctl_getcpuinfo *op)
{
    uint32_t n = min(op->max_cpus, nr_cpu_ids);

    for (uint32_t cpu = 0; cpu < n; cpu++) {
        struct xen_sysctl_cpuinfo info = { .idletime = cpu_idle_time(cpu) };

        if (copy_to_guest_offset(op->info, cpu, &info, 1))
            return -EFAULT;
    }
    op->nr_cpus = n;
    return 0;
}

/* Every online CPU is taken for a core of its own in one socket of one node. */
static long cpu_topology(struct xen_sysctl_cputopoinfo *op)
{
    uint32_t n = min(op->num_cpus, nr_cpu_ids);

    if (!guest_handle_is_null(op->cputopo)) {
        for (uint32_t cpu = 0; cpu < n; cpu++) {
            bool online = cpu_online(cpu);
            struct xen_sysctl_cputopo t = {
                .core = online ? cpu : XEN_INVALID_CORE_ID,
                .socket = online ? 0 : XEN_INVALID_SOCKET_ID,
                .node = online ? 0 : XEN_INVALID_NODE_ID,
            };

            if (copy_to_guest_offset(op->cputopo, cpu, &t, 1))
                return -EFAULT;
        }
    } else
        n = nr_cpu_ids;
    op->num_cpus = n;
    return 0;
}

static long numa_info(struct xen_sysctl_numainfo *op)
{
    struct xen_sysctl_meminfo mem = {
        .memsize = total_frames() << PAGE_SHIFT, .memfree = avail_frames() << PAGE_SHIFT,
    };
    uint32_t self_distance = 10;

    if (op->num_nodes >= 1 && !guest_handle_is_null(op->meminfo) && copy_to_guest(op->meminfo, &mem, 1))
        return -EFAULT;
    if (op->num_nodes >= 1 && !guest_handle_is_null(op->distance) &&
        copy_to_guest(op->distance, &self_distance, 1))
        return -EFAULT;
    op->num_nodes = 1;
    return 0;
}

/* There is one pool, 0, with all CPUs; it can be looked at, not changed. */
static long cpupool(struct xen_sysctl_cpupool_op *op)
{
    struct domain *d;

    switch (op->op) {
    case XEN_SYSCTL_CPUPOOL_OP_INFO:
        if (op->cpupool_id != 0 && op->cpupool_id != XEN_SYSCTL_CPUPOOL_PAR_ANY)
            return -ENOENT;
        op->cpupool_id = 0;
        op->sched_id = sched_id();
        op->n_dom = 0;
        read_lock(&domlist_lock);
        for_each_domain(d)
            op->n_dom += d->domain_id < DOMID_FIRST_RESERVED;
        read_unlock(&domlist_lock);
        return bitmap_to_xenctl(&op->cpumap, cpu_online_map.bits, nr_cpu_ids);
    case XEN_SYSCTL_CPUPOOL_OP_FREEINFO: {
        cpumask_t none = CPUMASK_NONE;

        return bitmap_to_xenctl(&op->cpumap, none.bits, nr_cpu_ids);
    }
    case XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN:
        return op->cpupool_id == 0 ? 0 : refuse(-ENOENT, "cpupool: there is no pool but 0");
    }
    return refuse(-EOPNOTSUPP, "cpupool: there is one pool, which can't be changed");
}

static long avail_heap(struct xen_sysctl_availheap *op)
{
    op->avail_bytes = (uint64_t)avail_frames() << PAGE_SHIFT;
    return 0;
}

static long dispatch(struct xen_sysctl *op, bool *out)
{
    switch (op->cmd) {
    case XEN_SYSCTL_readconsole:       return read_console(&op->u.readconsole);
    case XEN_SYSCTL_physinfo:          physinfo(&op->u.physinfo); return arch_do_sysctl(op, out);
    case XEN_SYSCTL_sched_id:          op->u.sched_id.sched_id = sched_id(); return 0;
    case XEN_SYSCTL_tbuf_op:           return trace_control(&op->u.tbuf_op);
    case XEN_SYSCTL_perfc_op:          return perfc_control(&op->u.perfc_op);
    case XEN_SYSCTL_getdomaininfolist: return domain_info_list(&op->u.getdomaininfolist);
    case XEN_SYSCTL_debug_keys:        return debug_keys(&op->u.debug_keys);
    case XEN_SYSCTL_getcpuinfo:        return cpu_info(&op->u.getcpuinfo);
    case XEN_SYSCTL_availheap:         return avail_heap(&op->u.availheap);
    case XEN_SYSCTL_cputopoinfo:       return cpu_topology(&op->u.cputopoinfo);
    case XEN_SYSCTL_numainfo:          return numa_info(&op->u.numainfo);
    case XEN_SYSCTL_cpupool_op:        return cpupool(&op->u.cpupool_op);
    case XEN_SYSCTL_scheduler_op:      return sched_adjust_global(&op->u.scheduler_op);
    }
    return arch_do_sysctl(op, out);
}

long do_sysctl(void *arg)
{
    struct xen_sysctl op;
    bool out = true;
    long rc;

    if (!is_privileged(current->domain))
        return refuse(-EPERM, "sysctl: for privileged domains");
    if (get_guest(&op, arg))
        return -EFAULT;
    if (op.interface_version != XEN_SYSCTL_INTERFACE_VERSION)
        return refuse(-EACCES, "sysctl: the tools are of another interface version");
    rc = dispatch(&op, &out);
    if (rc >= 0 && out && put_guest(arg, &op))
        rc = -EFAULT;
    return rc;
}
