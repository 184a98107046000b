/* SPDX-License-Identifier: GPL-2.0-only */
/* sysctl: what it says of the machine, its console and its domains; lists that are too short, too long, nowhere. */
#include "child.h"
#include "test.h"

#include <public/errno.h>
#include <public/sched.h>

static struct child child;

/* A page that isn't mapped. */
static void *hole(void)
{
    static char page[PAGE_SIZE] __attribute__((aligned(4096)));

    remap(page, 0);
    return page;
}

static void header(void)
{
    xen_sysctl_t op = { .cmd = XEN_SYSCTL_physinfo, .interface_version = XEN_SYSCTL_INTERFACE_VERSION + 1 };

    CHECK_EQ(HYPERCALL(sysctl, &op), -XEN_EACCES);
    op.interface_version = 0;
    CHECK_EQ(HYPERCALL(sysctl, &op), -XEN_EACCES);
    CHECK_EQ(HYPERCALL(sysctl, 0), -XEN_EFAULT);
    CHECK_EQ(HYPERCALL(sysctl, hole()), -XEN_EFAULT);
    CHECK_EQ(HYPERCALL(sysctl, HYPERVISOR_ADDRESS), -XEN_EFAULT);
    CHECK_EQ(HYPERCALL(sysctl, HYPERVISOR_VIRT_END - 8), -XEN_EFAULT);
    CHECK_EQ(sysctl(&op, 0), -XEN_ENOSYS);
    CHECK_EQ(sysctl(&op, 99), -XEN_ENOSYS);
    CHECK_EQ(sysctl(&op, ~0u), -XEN_ENOSYS);
}

static void physical(void)
{
    xen_sysctl_t op, heap = { .u.availheap.node = -1 };
    const struct xen_sysctl_physinfo *p = &op.u.physinfo;

    memset(&op, 0xff, sizeof(op));
    CHECK_EQ(sysctl(&op, XEN_SYSCTL_physinfo), 0);
    CHECK_EQ(p->nr_cpus, 1);
    CHECK_EQ(p->max_cpu_id, 0);
    CHECK_EQ(p->nr_nodes, 1);
    CHECK_EQ(p->threads_per_core * p->cores_per_socket, 1);
    CHECK(p->capabilities & XEN_SYSCTL_PHYSCAP_pv);
    CHECK(p->cpu_khz > 1000);
    CHECK(p->total_pages > 8192 && p->total_pages <= 32768 && p->free_pages < p->total_pages);
    CHECK(p->max_mfn >= p->total_pages - 1 && p->max_mfn < 1u << 20);
    CHECK(p->hw_cap[0] & 1);
    CHECK_EQ(sysctl(&heap, XEN_SYSCTL_availheap), 0);
    CHECK(heap.u.availheap.avail_bytes / PAGE_SIZE >= p->free_pages / 2);
    CHECK(heap.u.availheap.avail_bytes / PAGE_SIZE <= p->total_pages);
}

static long read_ring(xen_sysctl_t *op, void *buffer, uint32_t count, uint32_t index, bool incremental)
{
    memset(op, 0, sizeof(*op));
    op->u.readconsole.count = count;
    op->u.readconsole.index = index;
    op->u.readconsole.incremental = incremental;
    set_xen_guest_handle(op->u.readconsole.buffer, buffer);
    return sysctl(op, XEN_SYSCTL_readconsole);
}

/* What was printed comes out, at most what was asked for, and from where it was asked for. */
static void console(void)
{
    static char text[32768];
    xen_sysctl_t op;
    const struct xen_sysctl_readconsole *c = &op.u.readconsole;
    uint32_t index;
    bool found = false;

    CHECK_EQ(read_ring(&op, text, sizeof(text), 0, false), 0);
    CHECK(c->count > 16 && c->count <= sizeof(text));
    index = c->index;
    for (uint32_t i = 0; i + 4 < c->count; i++)
        found |= !memcmp(text + i, "Xen", 3) || !memcmp(text + i, "CPU", 3);
    CHECK(found);
    CHECK_EQ(read_ring(&op, text, sizeof(text), index, true), 0);
    CHECK_EQ(c->count, 0);
    text[8] = 0x5a;
    CHECK_EQ(read_ring(&op, text, 8, 0, false), 0);
    CHECK_EQ(c->count, 8);
    CHECK_EQ(text[8], 0x5a);
    CHECK_EQ(read_ring(&op, text, 0, 0, false), 0);
    CHECK_EQ(c->count, 0);
    CHECK_EQ(read_ring(&op, text, 8, ~0u, true), 0);
    CHECK(c->count <= 8);
    CHECK_EQ(read_ring(&op, hole(), 8, 0, false), -XEN_EFAULT);
    CHECK_EQ(read_ring(&op, (void *)HYPERVISOR_ADDRESS, 8, 0, false), -XEN_EFAULT);
    CHECK_EQ(read_ring(&op, hole(), ~0u, 0, false), -XEN_EFAULT);
}

static xen_domctl_getdomaininfo_t list[8];

static long list_from(xen_sysctl_t *op, domid_t first, uint32_t most, void *to)
{
    memset(op, 0, sizeof(*op));
    op->u.getdomaininfolist.first_domain = first;
    op->u.getdomaininfolist.max_domains = most;
    set_xen_guest_handle(op->u.getdomaininfolist.buffer, to);
    return sysctl(op, XEN_SYSCTL_getdomaininfolist);
}

static void domains(void)
{
    xen_sysctl_t op;
    const uint32_t *n = &op.u.getdomaininfolist.num_domains;

    CHECK_EQ(child_create(&child, 1), 0);
    memset(list, 0x5a, sizeof(list));
    CHECK_EQ(list_from(&op, 0, 1, list), 0);
    CHECK_EQ(*n, 1);
    CHECK_EQ(list[0].domain, 0);
    CHECK_EQ(list[1].domain, 0x5a5a);
    CHECK_EQ(list_from(&op, 0, 8, list), 0);
    CHECK_EQ(*n, 2);
    CHECK_EQ(list[1].domain, child.id);
    CHECK_EQ(list_from(&op, 1, ~0u, list), 0);
    CHECK_EQ(*n, 1);
    CHECK_EQ(list[0].domain, child.id);
    CHECK_EQ(list_from(&op, child.id + 1, 8, list), 0);
    CHECK_EQ(*n, 0);
    CHECK_EQ(list_from(&op, DOMID_SELF, 8, list), 0);
    CHECK_EQ(*n, 0);
    CHECK_EQ(list_from(&op, 0, 0, NULL), 0);
    CHECK_EQ(list_from(&op, 0, 1, hole()), -XEN_EFAULT);
    CHECK_EQ(list_from(&op, 0, 1, (void *)HYPERVISOR_ADDRESS), -XEN_EFAULT);
    CHECK(child_destroy(&child));
}

/* A key that nothing belongs to; what others print is on the console. */
static void keys(void)
{
    static const char key[] = "@@";
    xen_sysctl_t op = { .u.debug_keys.nr_keys = 2 };

    set_xen_guest_handle(op.u.debug_keys.keys, key);
    CHECK_EQ(sysctl(&op, XEN_SYSCTL_debug_keys), 0);
    op.u.debug_keys.nr_keys = 0;
    CHECK_EQ(sysctl(&op, XEN_SYSCTL_debug_keys), 0);
    op.u.debug_keys.nr_keys = 1;
    set_xen_guest_handle(op.u.debug_keys.keys, (const char *)hole());
    CHECK_EQ(sysctl(&op, XEN_SYSCTL_debug_keys), -XEN_EFAULT);
    set_xen_guest_handle(op.u.debug_keys.keys, (const char *)HYPERVISOR_ADDRESS);
    CHECK_EQ(sysctl(&op, XEN_SYSCTL_debug_keys), -XEN_EFAULT);
}

static void cpus(void)
{
    static xen_sysctl_cpuinfo_t idle[4];
    static xen_sysctl_cputopo_t where[4];
    xen_sysctl_t op = { .u.getcpuinfo.max_cpus = 4 };

    set_xen_guest_handle(op.u.getcpuinfo.info, idle);
    CHECK_EQ(sysctl(&op, XEN_SYSCTL_getcpuinfo), 0);
    CHECK_EQ(op.u.getcpuinfo.nr_cpus, 1);
    CHECK(idle[0].idletime < system_time());
    CHECK_EQ(idle[1].idletime, 0);
    set_xen_guest_handle(op.u.getcpuinfo.info, hole());
    op.u.getcpuinfo.max_cpus = ~0u;
    CHECK_EQ(sysctl(&op, XEN_SYSCTL_getcpuinfo), -XEN_EFAULT);
    memset(&op, 0, sizeof(op));
    op.u.cputopoinfo.num_cpus = 4;
    set_xen_guest_handle(op.u.cputopoinfo.cputopo, where);
    CHECK_EQ(sysctl(&op, XEN_SYSCTL_cputopoinfo), 0);
    CHECK_EQ(op.u.cputopoinfo.num_cpus, 1);
    CHECK(where[0].core == 0 || where[0].core == XEN_INVALID_CORE_ID);      /* 4.17: the processor doesn't say */
    memset(&op, 0, sizeof(op));
    CHECK_EQ(sysctl(&op, XEN_SYSCTL_cputopoinfo), 0);
    CHECK_EQ(op.u.cputopoinfo.num_cpus, 1);
    op.u.cputopoinfo.num_cpus = 1;
    set_xen_guest_handle(op.u.cputopoinfo.cputopo, hole());
    CHECK_EQ(sysctl(&op, XEN_SYSCTL_cputopoinfo), -XEN_EFAULT);
}

static void numa(void)
{
    static xen_sysctl_meminfo_t memory[2];
    static uint32_t distance[4];
    xen_sysctl_t op = { .u.numainfo.num_nodes = 1 };

    set_xen_guest_handle(op.u.numainfo.meminfo, memory);
    set_xen_guest_handle(op.u.numainfo.distance, distance);
    CHECK_EQ(sysctl(&op, XEN_SYSCTL_numainfo), 0);
    CHECK_EQ(op.u.numainfo.num_nodes, 1);
    CHECK(memory[0].memsize > 32u << 20 && memory[0].memfree < memory[0].memsize);
    CHECK_EQ(memory[1].memsize, 0);
    CHECK_EQ(distance[0], 10);
    CHECK_EQ(distance[1], 0);
    memset(&op, 0, sizeof(op));
    CHECK_EQ(sysctl(&op, XEN_SYSCTL_numainfo), 0);
    CHECK_EQ(op.u.numainfo.num_nodes, 1);
    op.u.numainfo.num_nodes = ~0u;
    set_xen_guest_handle(op.u.numainfo.meminfo, hole());
    CHECK_EQ(sysctl(&op, XEN_SYSCTL_numainfo), -XEN_EFAULT);
}

static long pool(xen_sysctl_t *op, uint32_t what, uint32_t id)
{
    static uint8_t bits[16];

    memset(op, 0, sizeof(*op));
    op->u.cpupool_op.op = what;
    op->u.cpupool_op.cpupool_id = id;
    op->u.cpupool_op.cpumap.nr_bits = 64;
    set_xen_guest_handle(op->u.cpupool_op.cpumap.bitmap, bits);
    return sysctl(op, XEN_SYSCTL_cpupool_op);
}

static void pools(void)
{
    xen_sysctl_t op, which;

    CHECK_EQ(sysctl(&which, XEN_SYSCTL_sched_id), 0);
    CHECK_EQ(pool(&op, XEN_SYSCTL_CPUPOOL_OP_INFO, 0), 0);
    CHECK_EQ(op.u.cpupool_op.sched_id, which.u.sched_id.sched_id);
    CHECK_EQ(op.u.cpupool_op.n_dom, 1);
    CHECK_EQ(*op.u.cpupool_op.cpumap.bitmap.p, 1);
    CHECK_EQ(pool(&op, XEN_SYSCTL_CPUPOOL_OP_INFO, 5), -XEN_ENOENT);
    CHECK_EQ(pool(&op, XEN_SYSCTL_CPUPOOL_OP_FREEINFO, 0), 0);
    CHECK_EQ(*op.u.cpupool_op.cpumap.bitmap.p, 0);
    CHECK(pool(&op, XEN_SYSCTL_CPUPOOL_OP_DESTROY, 0) < 0);
    CHECK(pool(&op, XEN_SYSCTL_CPUPOOL_OP_DESTROY, 77) < 0);
    CHECK(pool(&op, 99, 0) < 0);
    CHECK(pool(&op, ~0u, ~0u) < 0);
}

static void scheduler(void)
{
    xen_sysctl_t op = { .u.scheduler_op = { .sched_id = 99, .cmd = XEN_SYSCTL_SCHEDOP_getinfo } }, which;
    struct xen_sysctl_scheduler_op *s = &op.u.scheduler_op;
    uint32_t slice;

    CHECK_EQ(sysctl(&op, XEN_SYSCTL_scheduler_op), -XEN_EINVAL);
    CHECK_EQ(sysctl(&which, XEN_SYSCTL_sched_id), 0);
    s->sched_id = which.u.sched_id.sched_id;
    CHECK_EQ(sysctl(&op, XEN_SYSCTL_scheduler_op), 0);
    s->cpupool_id = 7;
    CHECK_EQ(sysctl(&op, XEN_SYSCTL_scheduler_op), -XEN_ESRCH);
    s->cpupool_id = 0;
    s->cmd = 99;
    CHECK(sysctl(&op, XEN_SYSCTL_scheduler_op) < 0);
    if (s->sched_id != XEN_SCHEDULER_CREDIT)
        return;
    s->cmd = XEN_SYSCTL_SCHEDOP_getinfo;
    CHECK_EQ(sysctl(&op, XEN_SYSCTL_scheduler_op), 0);
    slice = s->u.sched_credit.tslice_ms;
    s->cmd = XEN_SYSCTL_SCHEDOP_putinfo;
    s->u.sched_credit.tslice_ms = slice / 2;
    CHECK_EQ(sysctl(&op, XEN_SYSCTL_scheduler_op), 0);
    CHECK_EQ(s->u.sched_credit.tslice_ms, slice / 2);
    for (unsigned int i = 0; i < 4; i++) {
        s->u.sched_credit.tslice_ms = (uint32_t[]){ 0, 1001, ~0u, 1 }[i];
        s->u.sched_credit.ratelimit_us = i == 3 ? 2000 : 0;
        CHECK_EQ(sysctl(&op, XEN_SYSCTL_scheduler_op), -XEN_EINVAL);
    }
    s->u.sched_credit.tslice_ms = slice;
    s->u.sched_credit.ratelimit_us = 1000;
    CHECK_EQ(sysctl(&op, XEN_SYSCTL_scheduler_op), 0);
}

static long features_of(xen_sysctl_t *op, uint32_t index, uint32_t n, uint32_t *to)
{
    memset(op, 0, sizeof(*op));
    op->u.cpu_featureset.index = index;
    op->u.cpu_featureset.nr_features = n;
    set_xen_guest_handle(op->u.cpu_featureset.features, to);
    return sysctl(op, XEN_SYSCTL_get_cpu_featureset);
}

/* What PV guests may use is no more than what there is. */
static void features(void)
{
    static uint32_t machine[32], pv[32];
    xen_sysctl_t op;
    uint32_t n;

    CHECK_EQ(features_of(&op, XEN_SYSCTL_cpu_featureset_host, 0, NULL), 0);
    n = op.u.cpu_featureset.nr_features;
    CHECK(n >= 10 && n < ARRAY_SIZE(machine));
    CHECK_EQ(features_of(&op, XEN_SYSCTL_cpu_featureset_host, ARRAY_SIZE(machine), machine), 0);
    CHECK_EQ(features_of(&op, XEN_SYSCTL_cpu_featureset_pv, ARRAY_SIZE(pv), pv), 0);
    CHECK(pv[0] & 1 && machine[0] & 1);
    CHECK_EQ(pv[0] & ~machine[0], 0);
    CHECK_EQ(features_of(&op, XEN_SYSCTL_cpu_featureset_host, 1, machine), -XEN_ENOBUFS);
    CHECK_EQ(features_of(&op, XEN_SYSCTL_cpu_featureset_host, n, hole()), -XEN_EFAULT);
    CHECK_EQ(features_of(&op, 99, n, machine), -XEN_EINVAL);
    CHECK_EQ(features_of(&op, ~0u, n, machine), -XEN_EINVAL);
    CHECK_EQ(sysctl(&op, XEN_SYSCTL_get_cpu_levelling_caps), 0);
}

static void policy(void)
{
    static xen_cpuid_leaf_t leaves[256];
    static xen_msr_entry_t msrs[16];
    xen_sysctl_t op = { .u.cpu_policy.index = XEN_SYSCTL_cpu_policy_pv_max };
    uint32_t n;

    CHECK_EQ(sysctl(&op, XEN_SYSCTL_get_cpu_policy), 0);
    n = op.u.cpu_policy.nr_leaves;
    CHECK(n >= 8 && n <= ARRAY_SIZE(leaves) && op.u.cpu_policy.nr_msrs <= ARRAY_SIZE(msrs));
    set_xen_guest_handle(op.u.cpu_policy.leaves, leaves);
    set_xen_guest_handle(op.u.cpu_policy.msrs, msrs);
    CHECK_EQ(sysctl(&op, XEN_SYSCTL_get_cpu_policy), 0);
    CHECK_EQ(leaves[0].leaf, 0);
    CHECK(leaves[0].a >= 1 && op.u.cpu_policy.nr_leaves <= n);
    op.u.cpu_policy.nr_leaves = 1;
    CHECK_EQ(sysctl(&op, XEN_SYSCTL_get_cpu_policy), -XEN_ENOBUFS);
    op.u.cpu_policy.nr_leaves = n;
    set_xen_guest_handle(op.u.cpu_policy.leaves, hole());
    CHECK_EQ(sysctl(&op, XEN_SYSCTL_get_cpu_policy), -XEN_EFAULT);
    op.u.cpu_policy.index = 99;
    CHECK_EQ(sysctl(&op, XEN_SYSCTL_get_cpu_policy), -XEN_EINVAL);
}

/* docs/hypercalls.md says why each of them is absent. */
static void absent(void)
{
    static const uint32_t all[] = {
        XEN_SYSCTL_get_pmstat, XEN_SYSCTL_cpu_hotplug, XEN_SYSCTL_pm_op, XEN_SYSCTL_page_offline_op,
        XEN_SYSCTL_lockprof_op, XEN_SYSCTL_coverage_op, XEN_SYSCTL_psr_cmt_op, XEN_SYSCTL_pcitopoinfo,
        XEN_SYSCTL_psr_alloc, XEN_SYSCTL_livepatch_op,
    };
    xen_sysctl_t op;

    if (!tells_why())
        return skip("another hypervisor has some of them");
    for (unsigned int i = 0; i < ARRAY_SIZE(all); i++) {
        memset(&op, 0xff, sizeof(op));
        if (sysctl(&op, all[i]) != -XEN_ENOSYS)
            fail("command %u", all[i]);
    }
}

static void ask_all(void *unused)
{
    xen_sysctl_t op = { .cmd = 0 };

    for (uint32_t cmd = 0; cmd < 32; cmd++)
        CHECK_EQ(sysctl(&op, cmd), -XEN_EPERM);
}

static void unprivileged(void)
{
    CHECK_EQ(child_run(&child, ask_all, NULL), SHUTDOWN_poweroff);
    CHECK(child_destroy(&child));
}

/* Asking costs nothing. */
static void leaks(void)
{
    uint64_t before = free_frames();

    for (unsigned int i = 0; i < 100; i++) {
        physical();
        cpus();
        features();
        policy();
        console();
    }
    CHECK_EQ(free_frames(), before);
}

const struct test tests[] = {
    { "sysctl.header", header },
    { "sysctl.physical", physical },
    { "sysctl.console", console },
    { "sysctl.domains", domains },
    { "sysctl.keys", keys },
    { "sysctl.cpus", cpus },
    { "sysctl.numa", numa },
    { "sysctl.pools", pools },
    { "sysctl.scheduler", scheduler },
    { "sysctl.features", features },
    { "sysctl.policy", policy },
    { "sysctl.absent", absent },
    { "sysctl.unprivileged", unprivileged },
    { "sysctl.leaks", leaks },
    { NULL, NULL },
};
