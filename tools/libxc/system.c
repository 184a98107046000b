/* SPDX-License-Identifier: GPL-2.0-only */
/* The host: hardware, version, messages, CPU pools. */
#include "internal.h"

/* --- Hardware --- */

int xc_physinfo(struct xc *xc, struct xen_sysctl_physinfo *info)
{
    struct xen_sysctl op = { 0 };
    int error = xc_sysctl_named(xc, &op, XEN_SYSCTL_physinfo, "asking for the host's hardware");

    *info = op.u.physinfo;
    return error;
}

/* See xc.h. */
int xc_max_cpus(struct xc *xc)
{
    struct xen_sysctl_physinfo info;
    int error = xc_physinfo(xc, &info);

    return error ? error : (int)info.max_cpu_id + 1;
}

/* See xc.h. */
int xc_max_nodes(struct xc *xc)
{
    struct xen_sysctl_physinfo info;
    int error = xc_physinfo(xc, &info);

    return error ? error : (int)info.max_node_id + 1;
}

/* See xc.h. */
int xc_cpu_topology(struct xc *xc, struct xen_sysctl_cputopo *topology, unsigned int max)
{
    size_t size = max * sizeof(*topology);
    struct xen_sysctl op = { .u.cputopoinfo.num_cpus = max };
    struct xen_sysctl_cputopo *buffer = xc_buffer_alloc(xc, size);
    unsigned int count;
    int error;

    if (!buffer)
        return -ENOMEM;
    set_xen_guest_handle(op.u.cputopoinfo.cputopo, buffer);
    error = xc_sysctl_named(xc, &op, XEN_SYSCTL_cputopoinfo, "asking for the CPU topology");
    count = op.u.cputopoinfo.num_cpus;
    if (!error)
        memcpy(topology, buffer, (count < max ? count : max) * sizeof(*topology));
    xc_buffer_free(xc, buffer, size);
    return error ? error : (int)count;
}

/* See xc.h. */
int xc_cpu_idle_times(struct xc *xc, struct xen_sysctl_cpuinfo *info, unsigned int max)
{
    size_t size = max * sizeof(*info);
    struct xen_sysctl op = { .u.getcpuinfo.max_cpus = max };
    struct xen_sysctl_cpuinfo *buffer = xc_buffer_alloc(xc, size);
    unsigned int count;
    int error;

    if (!buffer)
        return -ENOMEM;
    set_xen_guest_handle(op.u.getcpuinfo.info, buffer);
    error = xc_sysctl_named(xc, &op, XEN_SYSCTL_getcpuinfo, "asking for CPU idle times");
    count = op.u.getcpuinfo.nr_cpus;
    if (!error)
        memcpy(info, buffer, (count < max ? count : max) * sizeof(*info));
    xc_buffer_free(xc, buffer, size);
    return error ? error : (int)count;
}

/* See xc.h. */
int xc_numa_info(struct xc *xc, struct xen_sysctl_meminfo *memory, uint32_t *distance, unsigned int max)
{
    size_t memory_size = max * sizeof(*memory), distance_size = (size_t)max * max * sizeof(*distance);
    struct xen_sysctl op = { .u.numainfo.num_nodes = max };
    uint8_t *buffer = xc_buffer_alloc(xc, memory_size + distance_size);
    unsigned int count;
    int error;

    if (!buffer)
        return -ENOMEM;
    set_xen_guest_handle(op.u.numainfo.meminfo, (struct xen_sysctl_meminfo *)buffer);
    if (distance)
        set_xen_guest_handle(op.u.numainfo.distance, (uint32_t *)(buffer + memory_size));
    error = xc_sysctl_named(xc, &op, XEN_SYSCTL_numainfo, "asking for NUMA nodes");
    count = op.u.numainfo.num_nodes;
    if (!error) {
        memcpy(memory, buffer, (count < max ? count : max) * sizeof(*memory));
        if (distance)
            memcpy(distance, buffer + memory_size, distance_size);
    }
    xc_buffer_free(xc, buffer, memory_size + distance_size);
    return error ? error : (int)count;
}

/* Free memory in bytes, of one node or (-1) of all. */
int xc_avail_heap(struct xc *xc, unsigned int min_bits, unsigned int max_bits, int node, uint64_t *bytes)
{
    struct xen_sysctl op = { .u.availheap = {
        .min_bitwidth = min_bits, .max_bitwidth = max_bits, .node = node,
    } };
    int error = xc_sysctl_named(xc, &op, XEN_SYSCTL_availheap, "asking for free memory");

    *bytes = op.u.availheap.avail_bytes;
    return error;
}

/* See xc.h. */
int xc_cpu_hotplug(struct xc *xc, unsigned int cpu, unsigned int action)
{
    struct xen_sysctl op = { .u.cpu_hotplug = { .cpu = cpu, .op = action } };

    return xc_sysctl_named(xc, &op, XEN_SYSCTL_cpu_hotplug, "bringing a CPU up or down");
}

/* See xc.h. */
int xc_pm_stat(struct xc *xc, struct xen_sysctl_get_pmstat *stat)
{
    struct xen_sysctl op = { .u.get_pmstat = *stat };
    int error = xc_sysctl_named(xc, &op, XEN_SYSCTL_get_pmstat, "asking for power statistics");

    *stat = op.u.get_pmstat;
    return error;
}

/* See xc.h. */
int xc_pm_op(struct xc *xc, struct xen_sysctl_pm_op *params)
{
    struct xen_sysctl op = { .u.pm_op = *params };
    int error = xc_sysctl_named(xc, &op, XEN_SYSCTL_pm_op, "power management");

    *params = op.u.pm_op;
    return error;
}

/* --- Messages, keys, counters --- */

long xc_read_console(struct xc *xc, char *text, size_t size, bool clear, uint32_t *index)
{
    struct xen_sysctl op = { .u.readconsole = {
        .clear = clear, .incremental = index != NULL, .index = index ? *index : 0, .count = size,
    } };
    char *buffer = xc_buffer_alloc(xc, size);
    int error;

    if (!buffer)
        return -ENOMEM;
    set_xen_guest_handle(op.u.readconsole.buffer, buffer);
    error = xc_sysctl_named(xc, &op, XEN_SYSCTL_readconsole, "reading the hypervisor's messages");
    if (!error) {
        memcpy(text, buffer, op.u.readconsole.count);
        if (index)
            *index = op.u.readconsole.index;
    }
    xc_buffer_free(xc, buffer, size);
    return error ? error : (long)op.u.readconsole.count;
}

/* Act on keys as if pressed on the hypervisor's console. */
int xc_send_debug_keys(struct xc *xc, const char *keys)
{
    size_t length = strlen(keys);
    struct xen_sysctl op = { .u.debug_keys.nr_keys = length };
    char *buffer = xc_buffer_alloc(xc, length + 1);
    int error;

    if (!buffer)
        return -ENOMEM;
    memcpy(buffer, keys, length);
    set_xen_guest_handle(op.u.debug_keys.keys, buffer);
    error = xc_sysctl_named(xc, &op, XEN_SYSCTL_debug_keys, "sending debug keys");
    xc_buffer_free(xc, buffer, length + 1);
    return error;
}

/* See xc.h. */
int xc_perf_counters(struct xc *xc, bool reset, uint32_t *nr_counters, uint32_t *nr_values,
                     struct xen_sysctl_perfc_desc *counters, xen_sysctl_perfc_val_t *values)
{
    size_t counters_size = counters ? *nr_counters * sizeof(*counters) : 0;
    size_t values_size = values ? *nr_values * sizeof(*values) : 0;
    struct xen_sysctl op = { .u.perfc_op = {
        .cmd = reset ? XEN_SYSCTL_PERFCOP_reset : XEN_SYSCTL_PERFCOP_query,
        .nr_counters = *nr_counters, .nr_vals = *nr_values,
    } };
    uint8_t *buffer = xc_buffer_alloc(xc, counters_size + values_size + 1);
    int error;

    if (!buffer)
        return -ENOMEM;
    if (counters)
        set_xen_guest_handle(op.u.perfc_op.desc, (struct xen_sysctl_perfc_desc *)buffer);
    if (values)
        set_xen_guest_handle(op.u.perfc_op.val, (xen_sysctl_perfc_val_t *)(buffer + counters_size));
    error = xc_sysctl_named(xc, &op, XEN_SYSCTL_perfc_op, "performance counters");
    if (!error && counters)
        memcpy(counters, buffer, counters_size);
    if (!error && values)
        memcpy(values, buffer + counters_size, values_size);
    *nr_counters = op.u.perfc_op.nr_counters;
    *nr_values = op.u.perfc_op.nr_vals;
    xc_buffer_free(xc, buffer, counters_size + values_size + 1);
    return error;
}

/* See xc.h. */
int xc_trace_op(struct xc *xc, struct xen_sysctl_tbuf_op *params)
{
    struct xen_sysctl op = { .u.tbuf_op = *params };
    int error = xc_sysctl_named(xc, &op, XEN_SYSCTL_tbuf_op, "trace buffers");

    *params = op.u.tbuf_op;
    return error;
}

/* --- CPU pools --- */

/* With a mask to be filled, or NULL. */
static int pool_op(struct xc *xc, struct xen_sysctl_cpupool_op *params, uint8_t *cpus, size_t bytes,
                   const char *what)
{
    struct xen_sysctl op = { .u.cpupool_op = *params };
    uint8_t *buffer = cpus ? xc_buffer_alloc(xc, bytes) : NULL;
    int error;

    if (cpus && !buffer)
        return -ENOMEM;
    op.u.cpupool_op.cpumap.nr_bits = cpus ? bytes * 8 : 0;
    set_xen_guest_handle(op.u.cpupool_op.cpumap.bitmap, buffer);
    error = xc_sysctl_named(xc, &op, XEN_SYSCTL_cpupool_op, what);
    if (cpus && !error)
        memcpy(cpus, buffer, bytes);
    xc_buffer_free(xc, buffer, bytes);
    *params = op.u.cpupool_op;
    return error;
}

/* See xc.h. */
int xc_cpupool_info(struct xc *xc, uint32_t id, struct xc_cpupool *pool)
{
    struct xen_sysctl_cpupool_op op = { .op = XEN_SYSCTL_CPUPOOL_OP_INFO, .cpupool_id = id };
    int error = pool_op(xc, &op, pool->cpus, sizeof(pool->cpus), "asking for a CPU pool");

    pool->id = op.cpupool_id, pool->sched_id = op.sched_id, pool->nr_domains = op.n_dom;
    return error;
}

/* See xc.h. */
int xc_cpupool_free_cpus(struct xc *xc, uint8_t *cpus, size_t bytes)
{
    struct xen_sysctl_cpupool_op op = { .op = XEN_SYSCTL_CPUPOOL_OP_FREEINFO };

    return pool_op(xc, &op, cpus, bytes, "asking for CPUs outside of pools");
}

/* See xc.h. */
int xc_cpupool_create(struct xc *xc, uint32_t *id, uint32_t sched_id)
{
    struct xen_sysctl_cpupool_op op = {
        .op = XEN_SYSCTL_CPUPOOL_OP_CREATE, .cpupool_id = *id, .sched_id = sched_id,
    };
    int error = pool_op(xc, &op, NULL, 0, "creating a CPU pool");

    *id = op.cpupool_id;
    return error;
}

/* See xc.h. */
int xc_cpupool_destroy(struct xc *xc, uint32_t id)
{
    struct xen_sysctl_cpupool_op op = { .op = XEN_SYSCTL_CPUPOOL_OP_DESTROY, .cpupool_id = id };

    return pool_op(xc, &op, NULL, 0, "destroying a CPU pool");
}

/* See xc.h. */
int xc_cpupool_add_cpu(struct xc *xc, uint32_t id, uint32_t cpu)
{
    struct xen_sysctl_cpupool_op op = { .op = XEN_SYSCTL_CPUPOOL_OP_ADDCPU, .cpupool_id = id, .cpu = cpu };

    return pool_op(xc, &op, NULL, 0, "adding a CPU to a pool");
}

/* See xc.h. */
int xc_cpupool_remove_cpu(struct xc *xc, uint32_t id, uint32_t cpu)
{
    struct xen_sysctl_cpupool_op op = { .op = XEN_SYSCTL_CPUPOOL_OP_RMCPU, .cpupool_id = id, .cpu = cpu };

    return pool_op(xc, &op, NULL, 0, "removing a CPU from a pool");
}

/* See xc.h. */
int xc_cpupool_move_domain(struct xc *xc, uint32_t id, domid_t domid)
{
    struct xen_sysctl_cpupool_op op = {
        .op = XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN, .cpupool_id = id, .domid = domid,
    };

    return pool_op(xc, &op, NULL, 0, "moving a domain to a CPU pool");
}

/* --- Version --- */

static long version_op(struct xc *xc, unsigned int command, void *argument, size_t size)
{
    return xc_call(xc, __HYPERVISOR_xen_version, command, argument, size);
}

/* All that the hypervisor tells of itself. */
int xc_version(struct xc *xc, struct xc_version *v)
{
    struct xen_feature_info features = { .submap_idx = 0 };
    long number = xc_hypercall(xc, __HYPERVISOR_xen_version, XENVER_version, 0, 0, 0, 0);
    long page_size = xc_hypercall(xc, __HYPERVISOR_xen_version, XENVER_pagesize, 0, 0, 0, 0);
    long error = number < 0 ? number : page_size < 0 ? page_size : 0;

    memset(v, 0, sizeof(*v));
    if (error >= 0)
        error = version_op(xc, XENVER_extraversion, &v->extra, sizeof(v->extra));
    if (error >= 0)
        error = version_op(xc, XENVER_compile_info, &v->compile, sizeof(v->compile));
    if (error >= 0)
        error = version_op(xc, XENVER_capabilities, &v->capabilities, sizeof(v->capabilities));
    if (error >= 0)
        error = version_op(xc, XENVER_changeset, &v->changeset, sizeof(v->changeset));
    if (error >= 0)
        error = version_op(xc, XENVER_platform_parameters, &v->platform, sizeof(v->platform));
    if (error >= 0)
        error = version_op(xc, XENVER_get_features, &features, sizeof(features));
    if (error >= 0)
        error = version_op(xc, XENVER_commandline, &v->command_line, sizeof(v->command_line));
    if (error < 0)
        return xc_fail(xc, error, "asking the hypervisor for its version");
    v->major = number >> 16, v->minor = number & 0xffff;
    v->features = features.submap;
    v->page_size = page_size;
    return 0;
}

/* See xc.h. */
int xc_build_id(struct xc *xc, uint8_t *id, size_t size)
{
    xen_build_id_t *buffer = xc_buffer_alloc(xc, sizeof(*buffer) + size);
    long length;

    if (!buffer)
        return -ENOMEM;
    buffer->len = size;
    length = xc_hypercall(xc, __HYPERVISOR_xen_version, XENVER_build_id, (uintptr_t)buffer, 0, 0, 0);
    if (length > 0)
        memcpy(id, buffer->buf, length);
    xc_buffer_free(xc, buffer, sizeof(*buffer) + size);
    return length < 0 ? xc_fail(xc, length, "asking for the hypervisor's build identifier") : (int)length;
}

/* See xc.h. */
int xc_platform_op(struct xc *xc, struct xen_platform_op *op)
{
    struct xen_platform_op *buffer = xc_buffer_alloc(xc, sizeof(*buffer));
    int error;

    if (!buffer)
        return -ENOMEM;
    *buffer = *op;
    buffer->interface_version = XENPF_INTERFACE_VERSION;
    error = xc_hypercall(xc, __HYPERVISOR_platform_op, (uintptr_t)buffer, 0, 0, 0, 0);
    *op = *buffer;
    xc_buffer_free(xc, buffer, sizeof(*buffer));
    return error < 0 ? xc_fail(xc, error, "platform operation %u", op->cmd) : error;
}
