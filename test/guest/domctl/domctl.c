/* SPDX-License-Identifier: GPL-2.0-only */
/* domctl: each command's effect, what it refuses and leaves behind. Here: the call itself, domains made and destroyed. */
#include "domctl.h"

struct child child;

void idle(void *unused)
{
}

void *hole(void)
{
    static char page[PAGE_SIZE] __attribute__((aligned(4096)));

    remap(page, 0);
    return page;
}

void *read_only(void)
{
    static char page[PAGE_SIZE] __attribute__((aligned(4096)));

    remap(page, PTE_DATA & ~PTE_WRITE);
    return page;
}

static long create_with(xen_domctl_t *op, domid_t wanted)
{
    op->u.createdomain.max_evtchn_port = 1023;
    op->u.createdomain.max_grant_frames = op->u.createdomain.max_maptrack_frames = -1;
    op->u.createdomain.grant_opts = XEN_DOMCTL_GRANT_version(2);
    return domctl(op, XEN_DOMCTL_createdomain, wanted);
}

/* What create() can't be, as one member that is other than it must be. */
#define CREATE(...) create_with(&(xen_domctl_t){ .u.createdomain = { __VA_ARGS__ } }, 0)

static bool gone(domid_t id)
{
    xen_domctl_t op;

    for (int i = 0; i < 100000; i++) {
        if (domctl(&op, XEN_DOMCTL_getdomaininfo, id) || op.domain != id)
            return true;
        HYPERCALL(sched_op, SCHEDOP_yield, 0);
    }
    return false;
}

/* Numbers come of themselves, or as wished for if they are free. */
void create(void)
{
    xen_domctl_t op = { .u.createdomain.max_vcpus = 1 };
    domid_t first;

    CHECK_EQ(create_with(&op, 0), 0);
    first = op.domain;
    CHECK(first > 0 && first < DOMID_FIRST_RESERVED);
    CHECK_EQ(create_with(&op, first), -XEN_EEXIST);
    CHECK_EQ(create_with(&op, 77), 0);
    CHECK_EQ(op.domain, 77);
    CHECK_EQ(DOMCTL(destroydomain, 77), 0);
    CHECK_EQ(DOMCTL(destroydomain, first), 0);
    CHECK(gone(77) && gone(first));
}

void create_refused(void)
{
    uint64_t before = free_frames();

    CHECK_EQ(CREATE(.max_vcpus = 1, .flags = XEN_DOMCTL_CDF_hap), -XEN_EINVAL);
    CHECK_EQ(CREATE(.max_vcpus = 1, .flags = XEN_DOMCTL_CDF_nested_virt), -XEN_EINVAL);
    CHECK_EQ(CREATE(.max_vcpus = 1, .flags = XEN_DOMCTL_CDF_iommu), -XEN_EINVAL);
    CHECK_EQ(CREATE(.max_vcpus = 1, .flags = XEN_DOMCTL_CDF_vpmu), -XEN_EINVAL);
    CHECK_EQ(CREATE(.max_vcpus = 1, .flags = XEN_DOMCTL_CDF_MAX << 1), -XEN_EINVAL);
    CHECK_EQ(CREATE(.max_vcpus = 1, .flags = 1u << 31), -XEN_EINVAL);
    CHECK_EQ(CREATE(.max_vcpus = 1, .iommu_opts = XEN_DOMCTL_IOMMU_no_sharept), -XEN_EINVAL);
    CHECK_EQ(CREATE(.max_vcpus = 0), -XEN_EINVAL);
    CHECK_EQ(CREATE(.max_vcpus = ~0u), -XEN_EINVAL);
    CHECK_EQ(CREATE(.max_vcpus = 1, .vmtrace_size = 4096), -XEN_EINVAL);
    CHECK_EQ(CREATE(.max_vcpus = 1, .cpupool_id = 5), -XEN_ESRCH);
    CHECK_EQ(CREATE(.max_vcpus = 1, .arch.emulation_flags = 1), -XEN_EOPNOTSUPP);
    CHECK_EQ(CREATE(.max_vcpus = 1, .arch.emulation_flags = ~0u), -XEN_EINVAL);
    CHECK_EQ(CREATE(.max_vcpus = 1, .arch.misc_flags = 1u << 31), -XEN_EINVAL);
    CHECK_EQ(free_frames(), before);
}

/* Number and handle are what the domain sees of itself. */
static xen_domain_handle_t handle_seen;

static void ask_handle(void *unused)
{
    HYPERCALL(xen_version, 8 /* XENVER_guest_handle */, handle_seen);
}

void identity(void)
{
    xen_domctl_t op;

    CHECK_EQ(child_create(&child, 1), 0);
    CHECK_EQ(child_build(&child, ask_handle, NULL), 0);
    for (unsigned int i = 0; i < sizeof(op.u.setdomainhandle.handle); i++)
        op.u.setdomainhandle.handle[i] = i + 1;
    CHECK_EQ(domctl(&op, XEN_DOMCTL_setdomainhandle, child.id), 0);
    CHECK_EQ(child_wait(&child), SHUTDOWN_poweroff);
    CHECK(child_read(&child, handle_seen, sizeof(handle_seen)));
    CHECK_EQ(domctl(&op, XEN_DOMCTL_getdomaininfo, child.id), 0);
    for (unsigned int i = 0; i < sizeof(handle_seen); i++) {
        CHECK_EQ(handle_seen[i], i + 1);
        CHECK_EQ(op.u.getdomaininfo.handle[i], i + 1);
    }
    CHECK(child_destroy(&child));
}

/* What every command begins with, and where it lies. */
void header(void)
{
    static char room[2 * sizeof(xen_domctl_t)] __attribute__((aligned(16)));
    xen_domctl_t op = { .cmd = XEN_DOMCTL_getdomaininfo, .interface_version = XEN_DOMCTL_INTERFACE_VERSION + 1 };

    CHECK_EQ(HYPERCALL(domctl, &op), -XEN_EACCES);
    op.interface_version = 0;
    CHECK_EQ(HYPERCALL(domctl, &op), -XEN_EACCES);
    op.interface_version = XEN_DOMCTL_INTERFACE_VERSION;
    op._pad[0] = op._pad[1] = op._pad[2] = 0xffff;
    CHECK_EQ(HYPERCALL(domctl, &op), 0);
    memcpy(room + 1, &op, sizeof(op));
    CHECK_EQ(HYPERCALL(domctl, room + 1), 0);
    CHECK_EQ(HYPERCALL(domctl, 0), -XEN_EFAULT);
    CHECK_EQ(HYPERCALL(domctl, hole()), -XEN_EFAULT);
    CHECK_EQ(HYPERCALL(domctl, HYPERVISOR_ADDRESS), -XEN_EFAULT);
    CHECK_EQ(HYPERCALL(domctl, HYPERVISOR_VIRT_END - 8), -XEN_EFAULT);
    CHECK_EQ(HYPERCALL(domctl, ~0ul), -XEN_EFAULT);
    for (uint32_t cmd = 90; cmd < 1000; cmd += 90)
        CHECK_EQ(domctl(&op, cmd, 0), -XEN_ENOSYS);
    CHECK_EQ(domctl(&op, 0, 0), -XEN_ENOSYS);
    CHECK_EQ(domctl(&op, ~0u, 0), -XEN_ENOSYS);
}

/* Commands that all look at the domain first. */
static const uint32_t on_a_domain[] = {
    XEN_DOMCTL_destroydomain, XEN_DOMCTL_pausedomain, XEN_DOMCTL_unpausedomain, XEN_DOMCTL_resumedomain,
    XEN_DOMCTL_max_mem, XEN_DOMCTL_setvcpucontext, XEN_DOMCTL_getvcpucontext, XEN_DOMCTL_getvcpuinfo,
    XEN_DOMCTL_max_vcpus, XEN_DOMCTL_scheduler_op, XEN_DOMCTL_setdomainhandle, XEN_DOMCTL_irq_permission,
    XEN_DOMCTL_iomem_permission, XEN_DOMCTL_ioport_permission, XEN_DOMCTL_hypercall_init, XEN_DOMCTL_settimeoffset,
    XEN_DOMCTL_getvcpuaffinity, XEN_DOMCTL_setvcpuaffinity, XEN_DOMCTL_sendtrigger, XEN_DOMCTL_set_address_size,
    XEN_DOMCTL_get_address_size, XEN_DOMCTL_set_ext_vcpucontext, XEN_DOMCTL_get_ext_vcpucontext,
    XEN_DOMCTL_set_target, XEN_DOMCTL_gettscinfo, XEN_DOMCTL_settscinfo, XEN_DOMCTL_getpageframeinfo3,
    XEN_DOMCTL_setvcpuextstate, XEN_DOMCTL_getvcpuextstate, XEN_DOMCTL_set_virq_handler, XEN_DOMCTL_setnodeaffinity,
    XEN_DOMCTL_getnodeaffinity, XEN_DOMCTL_get_vcpu_msrs, XEN_DOMCTL_set_vcpu_msrs, XEN_DOMCTL_get_cpu_policy,
    XEN_DOMCTL_set_cpu_policy,
};

void no_such_domain(void)
{
    static const domid_t nobody[] = {
        12345, DOMID_FIRST_RESERVED - 1, DOMID_IO, DOMID_XEN, DOMID_COW, DOMID_INVALID, DOMID_IDLE, DOMID_SELF, 0x8000,
        0xffff,
    };

    for (unsigned int i = 0; i < ARRAY_SIZE(on_a_domain); i++)
        for (unsigned int j = 0; j < ARRAY_SIZE(nobody); j++) {
            xen_domctl_t op = { .cmd = 0 };
            long error = domctl(&op, on_a_domain[i], nobody[j]);

            if (error != -XEN_ESRCH)
                fail("command %u on domain %x: %ld", on_a_domain[i], nobody[j], error);
        }
    CHECK_EQ(DOMCTL(getdomaininfo, 12345), -XEN_ESRCH);
}

/* Nobody waits for himself to stop. */
void not_itself(void)
{
    static const uint32_t refused[] = {
        XEN_DOMCTL_destroydomain, XEN_DOMCTL_pausedomain, XEN_DOMCTL_resumedomain, XEN_DOMCTL_setvcpucontext,
        XEN_DOMCTL_getvcpucontext, XEN_DOMCTL_settscinfo, XEN_DOMCTL_get_vcpu_msrs, XEN_DOMCTL_set_vcpu_msrs,
    };
    xen_domctl_t ext = { .u.ext_vcpucontext.vcpu = 0 };

    CHECK(domctl(&ext, XEN_DOMCTL_set_ext_vcpucontext, 0) < 0);
    for (unsigned int i = 0; i < ARRAY_SIZE(refused); i++) {
        xen_domctl_t op = { .cmd = 0 };
        long error = domctl(&op, refused[i], 0);

        if (error != -XEN_EINVAL)
            fail("command %u: %ld", refused[i], error);
    }
}

/* Also of one without vcpus, and of one that runs. */
static void for_ever(void *unused)
{
    for (;;)
        HYPERCALL(sched_op, SCHEDOP_yield, 0);
}

void destroy(void)
{
    xen_domctl_t op = { .u.createdomain.max_vcpus = 4 };

    CHECK_EQ(create_with(&op, 0), 0);
    CHECK_EQ(DOMCTL(destroydomain, op.domain), 0);
    CHECK(gone(op.domain));
    CHECK_EQ(DOMCTL(destroydomain, op.domain), -XEN_ESRCH);
    CHECK_EQ(child_create(&child, 1), 0);
    CHECK_EQ(child_build(&child, for_ever, NULL), 0);
    CHECK_EQ(DOMCTL(unpausedomain, child.id), 0);
    HYPERCALL(sched_op, SCHEDOP_yield, 0);
    CHECK(child_destroy(&child));
}

/* In a child: not even on itself. */
static void ask_all(void *id)
{
    xen_domctl_t op = { .cmd = 0 };

    CHECK_EQ(domctl(&op, XEN_DOMCTL_createdomain, 0), -XEN_EPERM);
    CHECK_EQ(domctl(&op, XEN_DOMCTL_getdomaininfo, 0), -XEN_EPERM);
    for (unsigned int i = 0; i < ARRAY_SIZE(on_a_domain); i++) {
        CHECK(domctl(&op, on_a_domain[i], (long)id) < 0);
        long error = domctl(&op, on_a_domain[i], 0);

        CHECK(error == -XEN_EPERM || error == -XEN_EINVAL);
    }
}

void unprivileged(void)
{
    CHECK_EQ(child_create(&child, 1), 0);
    CHECK_EQ(child_build(&child, ask_all, (void *)(long)child.id), 0);
    CHECK_EQ(child_wait(&child), SHUTDOWN_poweroff);
    CHECK(child_destroy(&child));
}

const struct test tests[] = {
    { "domctl.create", create },
    { "domctl.create_refused", create_refused },
    { "domctl.identity", identity },
    { "domctl.header", header },
    { "domctl.no_such_domain", no_such_domain },
    { "domctl.not_itself", not_itself },
    { "domctl.destroy", destroy },
    { "domctl.unprivileged", unprivileged },
    { "domctl.information", information },
    { "domctl.pause_counts", pause_counts },
    { "domctl.resume", resume },
    { "domctl.max_mem", max_mem },
    { "domctl.max_vcpus", max_vcpus },
    { "domctl.address_size", address_size },
    { "domctl.time_offset", time_offset },
    { "domctl.hypercall_page", hypercall_page_of_child },
    { "domctl.frame_types", frame_types },
    { "domctl.remains", remains },
    { "domctl.context", context },
    { "domctl.context_refused", context_refused },
    { "domctl.context_reset", context_reset },
    { "domctl.other_width", other_width },
    { "domctl.ext_context", ext_context },
    { "domctl.ext_state", ext_state },
    { "domctl.msrs", msrs },
    { "domctl.vcpu_info", vcpu_info },
    { "domctl.trigger", trigger },
    { "domctl.irqs", irqs },
    { "domctl.io_memory", io_memory },
    { "domctl.io_ports", io_ports },
    { "domctl.caching", caching },
    { "domctl.vector_registers", vector_registers },
    { "domctl.target", target },
    { "domctl.virq_handler", virq_handler },
    { "domctl.affinity", affinity },
    { "domctl.nodes", nodes },
    { "domctl.scheduler", scheduler },
    { "domctl.tsc", tsc },
    { "domctl.cpu_policy", cpu_policy },
    { "domctl.absent", absent },
    { NULL, NULL },
};
