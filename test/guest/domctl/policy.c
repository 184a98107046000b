/* SPDX-License-Identifier: GPL-2.0-only */
/* How a domain is run: CPUs, scheduling, time stamps, CPUID; and the commands that don't exist here. */
#include "domctl.h"

static uint8_t bits[2][16];

static long affinity_op(uint32_t cmd, uint32_t vcpu, uint32_t flags, uint32_t nr_bits)
{
    xen_domctl_t op = { .u.vcpuaffinity = { .vcpu = vcpu, .flags = flags } };

    op.u.vcpuaffinity.cpumap_hard.nr_bits = op.u.vcpuaffinity.cpumap_soft.nr_bits = nr_bits;
    set_xen_guest_handle(op.u.vcpuaffinity.cpumap_hard.bitmap, bits[0]);
    set_xen_guest_handle(op.u.vcpuaffinity.cpumap_soft.bitmap, bits[1]);
    return domctl(&op, cmd, child.id);
}

#define HARD XEN_VCPUAFFINITY_HARD
#define SOFT XEN_VCPUAFFINITY_SOFT

/* CPU 0 is there, CPU 100 isn't; all bits of a map are written, none beyond. */
void affinity(void)
{
    BUILD_CHILD(1);
    memset(bits, 0, sizeof(bits));
    bits[0][0] = bits[1][0] = 1;
    CHECK_EQ(affinity_op(XEN_DOMCTL_setvcpuaffinity, 0, HARD | SOFT, 8), 0);
    memset(bits, 0x5a, sizeof(bits));
    CHECK_EQ(affinity_op(XEN_DOMCTL_getvcpuaffinity, 0, HARD | SOFT, 64), 0);
    for (unsigned int i = 0; i < 2; i++) {
        CHECK_EQ(bits[i][0], 1);
        CHECK_EQ(bits[i][7], 0);
        CHECK_EQ(bits[i][8], 0x5a);
    }
    memset(bits, 0, sizeof(bits));
    CHECK_EQ(affinity_op(XEN_DOMCTL_setvcpuaffinity, 0, HARD, 128), -XEN_EINVAL);
    bits[0][12] = 0x10;
    CHECK_EQ(affinity_op(XEN_DOMCTL_setvcpuaffinity, 0, HARD, 128), -XEN_EINVAL);
    CHECK_EQ(affinity_op(XEN_DOMCTL_setvcpuaffinity, 0, 0, 128), -XEN_EINVAL);
    CHECK_EQ(affinity_op(XEN_DOMCTL_getvcpuaffinity, 0, 0, 128), -XEN_EINVAL);
    CHECK_EQ(affinity_op(XEN_DOMCTL_getvcpuaffinity, 1, HARD, 128), -XEN_EINVAL);
    CHECK_EQ(affinity_op(XEN_DOMCTL_setvcpuaffinity, ~0u, HARD, 128), -XEN_EINVAL);
    CHECK_EQ(affinity_op(XEN_DOMCTL_getvcpuaffinity, 0, HARD, 0), 0);
    CHECK_EQ(child_wait(&child), SHUTDOWN_poweroff);
    CHECK(child_destroy(&child));
}

static long node_op(uint32_t cmd, uint8_t *map, uint32_t nr_bits)
{
    xen_domctl_t op = { .u.nodeaffinity.nodemap.nr_bits = nr_bits };

    set_xen_guest_handle(op.u.nodeaffinity.nodemap.bitmap, map);
    return domctl(&op, cmd, child.id);
}

void nodes(void)
{
    BUILD_CHILD(1);
    memset(bits, 0x5a, sizeof(bits));
    CHECK_EQ(node_op(XEN_DOMCTL_getnodeaffinity, bits[0], 64), 0);
    CHECK_EQ(bits[0][0], 1);
    CHECK_EQ(bits[0][7], 0);
    CHECK_EQ(bits[0][8], 0x5a);
    CHECK_EQ(node_op(XEN_DOMCTL_setnodeaffinity, bits[0], 8), 0);
    bits[0][0] = 0;
    CHECK_EQ(node_op(XEN_DOMCTL_setnodeaffinity, bits[0], 8), -XEN_EINVAL);
    CHECK_EQ(node_op(XEN_DOMCTL_setnodeaffinity, hole(), 8), -XEN_EFAULT);
    CHECK_EQ(node_op(XEN_DOMCTL_getnodeaffinity, hole(), 8), -XEN_EFAULT);
    CHECK_EQ(node_op(XEN_DOMCTL_getnodeaffinity, (void *)HYPERVISOR_ADDRESS, 8), -XEN_EFAULT);
    CHECK(child_destroy(&child));
}

/* Weight and cap are kept, and one of them can be left as it is. Of either policy: both have them in one place. */
void scheduler(void)
{
    xen_sysctl_t which;
    xen_domctl_t op = { .u.scheduler_op.cmd = XEN_DOMCTL_SCHEDOP_getinfo };
    struct xen_domctl_scheduler_op *s = &op.u.scheduler_op;

    CHECK_EQ(sysctl(&which, XEN_SYSCTL_sched_id), 0);
    BUILD_CHILD(1);
    s->sched_id = which.u.sched_id.sched_id;
    CHECK_EQ(domctl(&op, XEN_DOMCTL_scheduler_op, child.id), 0);
    CHECK_EQ(s->u.credit.weight, 256);
    CHECK_EQ(s->u.credit.cap, 0);
    s->cmd = XEN_DOMCTL_SCHEDOP_putinfo;
    s->u.credit.weight = 512;
    s->u.credit.cap = 50;
    CHECK_EQ(domctl(&op, XEN_DOMCTL_scheduler_op, child.id), 0);
    s->u.credit.weight = 0;
    s->u.credit.cap = 0xffff;
    if (s->sched_id == XEN_SCHEDULER_CREDIT)
        CHECK_EQ(domctl(&op, XEN_DOMCTL_scheduler_op, child.id), 0);
    s->cmd = XEN_DOMCTL_SCHEDOP_getinfo;
    CHECK_EQ(domctl(&op, XEN_DOMCTL_scheduler_op, child.id), 0);
    CHECK_EQ(s->u.credit.weight, 512);
    CHECK_EQ(s->u.credit.cap, 50);
    s->cmd = 99;
    CHECK_EQ(domctl(&op, XEN_DOMCTL_scheduler_op, child.id), -XEN_EINVAL);
    s->cmd = XEN_DOMCTL_SCHEDOP_getvcpuinfo;
    CHECK_EQ(domctl(&op, XEN_DOMCTL_scheduler_op, child.id), -XEN_EINVAL);
    s->cmd = XEN_DOMCTL_SCHEDOP_getinfo;
    s->sched_id = 99;
    CHECK_EQ(domctl(&op, XEN_DOMCTL_scheduler_op, child.id), -XEN_EINVAL);
    CHECK_EQ(child_wait(&child), SHUTDOWN_poweroff);
    CHECK(child_destroy(&child));
}

static uint64_t stamp;

static void read_stamp(void *unused)
{
    stamp = rdtsc();
}

/* Of a domain that was saved elsewhere: an emulated counter goes on from what has elapsed, at the rate given. */
void tsc(void)
{
    xen_domctl_t op = { .u.tsc_info = { .tsc_mode = 1, .gtsc_khz = 2000000, .incarnation = 7,
                                        .elapsed_nsec = 1ull << 40 } };
    struct xen_domctl_tsc_info *t = &op.u.tsc_info;

    CHECK_EQ(child_create(&child, 1), 0);
    CHECK_EQ(child_build(&child, read_stamp, NULL), 0);
    CHECK_EQ(domctl(&op, XEN_DOMCTL_settscinfo, child.id), 0);
    *t = (struct xen_domctl_tsc_info){ .tsc_mode = 9 };
    CHECK_EQ(domctl(&op, XEN_DOMCTL_gettscinfo, child.id), 0);
    CHECK_EQ(t->tsc_mode, 1);
    CHECK_EQ(t->gtsc_khz, 2000000);
    CHECK_EQ(t->incarnation, 8);        /* times it was set */
    CHECK(t->elapsed_nsec >= 1ull << 40 && t->elapsed_nsec < (1ull << 40) + 60000000000);
    CHECK_EQ(child_wait(&child), SHUTDOWN_poweroff);
    CHECK(child_read(&child, &stamp, sizeof(stamp)));
    stamp &= ~0ull >> 1;            /* 4.17 sets the highest bit */
    CHECK(stamp >= 2ull << 40 && stamp < (2ull << 40) + 120000000000);
    CHECK(child_destroy(&child));
    CHECK_EQ(child_create(&child, 1), 0);
    t->tsc_mode = 5;
    CHECK_EQ(domctl(&op, XEN_DOMCTL_settscinfo, child.id), -XEN_EINVAL);
    CHECK_EQ(domctl(&op, XEN_DOMCTL_gettscinfo, child.id), 0);
    CHECK_EQ(t->tsc_mode, 0);
    CHECK(child_destroy(&child));
}

static xen_cpuid_leaf_t leaves[256];

static long policy_op(uint32_t cmd, xen_domctl_t *op, uint32_t n, xen_cpuid_leaf_t *list)
{
    op->u.cpu_policy = (struct xen_domctl_cpu_policy){ .nr_leaves = n };
    set_xen_guest_handle(op->u.cpu_policy.leaves, list);
    return domctl(op, cmd, child.id);
}

static uint32_t leaf1[4];

static void read_leaf1(void *unused)
{
    asm volatile("ud2; .ascii \"xen\"; cpuid" : "=a"(leaf1[0]), "=b"(leaf1[1]), "=c"(leaf1[2]), "=d"(leaf1[3])
                 : "0"(1), "2"(0));
}

#define SSE3 1u     /* leaf 1, ecx */

/* A feature taken away is one that the child doesn't see; none can be given beyond the machine's. */
void cpu_policy(void)
{
    static xen_msr_entry_t msr_list[16];
    xen_domctl_t op;
    uint32_t n;

    CHECK_EQ(child_create(&child, 1), 0);
    set_xen_guest_handle(op.u.cpu_policy.msrs, msr_list);
    memset(&op, 0, sizeof(op));
    op.u.cpu_policy.nr_leaves = ARRAY_SIZE(leaves);
    op.u.cpu_policy.nr_msrs = ARRAY_SIZE(msr_list);
    set_xen_guest_handle(op.u.cpu_policy.leaves, leaves);
    set_xen_guest_handle(op.u.cpu_policy.msrs, msr_list);
    CHECK_EQ(domctl(&op, XEN_DOMCTL_get_cpu_policy, child.id), 0);
    n = op.u.cpu_policy.nr_leaves;
    CHECK(n >= 3 && n < ARRAY_SIZE(leaves));
    for (uint32_t i = 0; i < n; i++)
        if (leaves[i].leaf == 1)
            leaves[i].c &= ~SSE3;
    CHECK_EQ(policy_op(XEN_DOMCTL_set_cpu_policy, &op, n, leaves), 0);
    CHECK_EQ(policy_op(XEN_DOMCTL_set_cpu_policy, &op, 1, hole()), -XEN_EFAULT);
    CHECK(policy_op(XEN_DOMCTL_set_cpu_policy, &op, ~0u, leaves) < 0);
    CHECK_EQ(child_build(&child, read_leaf1, NULL), 0);
    CHECK_EQ(child_wait(&child), SHUTDOWN_poweroff);
    CHECK(child_read(&child, leaf1, sizeof(leaf1)));
    CHECK_EQ(leaf1[2] & SSE3, 0);
    CHECK_EQ(leaf1[3] & 1, 1);
    CHECK_EQ(policy_op(XEN_DOMCTL_set_cpu_policy, &op, n, leaves), -XEN_EEXIST);
    CHECK(child_destroy(&child));
}

/* docs/hypercalls.md says why each of them is absent. */
void absent(void)
{
    static const uint32_t all[] = {
        XEN_DOMCTL_real_mode_area, XEN_DOMCTL_subscribe, XEN_DOMCTL_gethvmcontext, XEN_DOMCTL_sethvmcontext,
        XEN_DOMCTL_assign_device, XEN_DOMCTL_bind_pt_irq, XEN_DOMCTL_memory_mapping, XEN_DOMCTL_ioport_mapping,
        XEN_DOMCTL_set_opt_feature, XEN_DOMCTL_test_assign_device, XEN_DOMCTL_deassign_device,
        XEN_DOMCTL_unbind_pt_irq, XEN_DOMCTL_get_device_group, XEN_DOMCTL_debug_op,
        XEN_DOMCTL_gethvmcontext_partial, XEN_DOMCTL_vm_event_op, XEN_DOMCTL_mem_sharing_op,
        XEN_DOMCTL_set_access_required, XEN_DOMCTL_audit_p2m, XEN_DOMCTL_set_broken_page_p2m,
        XEN_DOMCTL_cacheflush, XEN_DOMCTL_setvnumainfo, XEN_DOMCTL_psr_cmt_op, XEN_DOMCTL_monitor_op,
        XEN_DOMCTL_psr_alloc, XEN_DOMCTL_soft_reset, XEN_DOMCTL_vuart_op, XEN_DOMCTL_vmtrace_op,
        XEN_DOMCTL_get_paging_mempool_size, XEN_DOMCTL_set_paging_mempool_size, 23 /* soft_reset_cont */,
    };

    if (!tells_why())
        return skip("another hypervisor has some of them");
    BUILD_CHILD(1);
    for (unsigned int i = 0; i < ARRAY_SIZE(all); i++) {
        xen_domctl_t op = { .cmd = 0 };
        long error = domctl(&op, all[i], child.id);

        if (error != -XEN_ENOSYS)
            fail("command %u: %ld", all[i], error);
        memset(&op, 0xff, sizeof(op));
        if (domctl(&op, all[i], child.id) != -XEN_ENOSYS)
            fail("command %u with all bits set", all[i]);
    }
    CHECK(child_destroy(&child));
}
