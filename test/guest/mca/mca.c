/* SPDX-License-Identifier: GPL-2.0-only */
/* mca: what domain 0 learns of processors and machine checks, and how wrong requests are refused. */
#include "test.h"

#include <public/arch-x86/xen-mca.h>
#include <public/errno.h>

#define ROOM        8
#define MSR_MCG_CAP 0x179

static xen_mc_t op;
static xen_mc_logical_cpu_t cpus[ROOM];
static mc_info_t record;

/* The rest of `op` as it is. */
static long mca(uint32_t cmd)
{
    op.cmd = cmd;
    op.interface_version = XEN_MCA_INTERFACE_VERSION;
    return HYPERCALL(mca, &op);
}

static void processors(void)
{
    uint32_t count;

    memset(&op, 0, sizeof(op));
    CHECK_EQ(mca(XEN_MC_physcpuinfo), 0);
    count = op.u.mc_physcpuinfo.ncpus;
    CHECK(count >= 1 && count < ROOM);
    op.u.mc_physcpuinfo.ncpus = ROOM;
    set_xen_guest_handle(op.u.mc_physcpuinfo.info, cpus);
    CHECK_EQ(mca(XEN_MC_physcpuinfo), 0);
    CHECK_EQ(op.u.mc_physcpuinfo.ncpus, count);
    for (uint32_t i = 0; i < count; i++) {
        CHECK_EQ(cpus[i].mc_cpunr, i);
        CHECK_EQ(cpus[i].mc_ncores_active, count);
        CHECK(cpus[i].mc_family && cpus[i].mc_vendorid[0]);
        CHECK_EQ(cpus[i].mc_nmsrvals, 1);
        CHECK_EQ(cpus[i].mc_msrvalues[0].reg, MSR_MCG_CAP);
    }
    CHECK_EQ(cpus[count].mc_family, 0);
}

static void no_room(void)
{
    memset(&op, 0, sizeof(op));
    set_xen_guest_handle(op.u.mc_physcpuinfo.info, cpus);
    CHECK_EQ(mca(XEN_MC_physcpuinfo), -XEN_EINVAL);
    op.u.mc_physcpuinfo.ncpus = ROOM;
    set_xen_guest_handle(op.u.mc_physcpuinfo.info, (xen_mc_logical_cpu_t *)0x1000);
    CHECK_EQ(mca(XEN_MC_physcpuinfo), -XEN_EFAULT);
    memset(&op, 0, sizeof(op));
    op.u.mc_physcpuinfo.ncpus = ROOM;
    set_xen_guest_handle(op.u.mc_physcpuinfo.info, (xen_mc_logical_cpu_t *)HYPERVISOR_ADDRESS);
    CHECK_EQ(mca(XEN_MC_physcpuinfo), -XEN_EFAULT);
}

static long fetch(uint32_t flags)
{
    memset(&op, 0, sizeof(op));
    op.u.mc_fetch.flags = flags;
    set_xen_guest_handle(op.u.mc_fetch.data, &record);
    return mca(XEN_MC_fetch);
}

static void records(void)
{
    CHECK_EQ(fetch(XEN_MC_URGENT), 0);
    CHECK_EQ(op.u.mc_fetch.flags, XEN_MC_NODATA);
    CHECK_EQ(fetch(XEN_MC_NONURGENT), 0);
    CHECK_EQ(op.u.mc_fetch.flags, XEN_MC_NODATA);
    CHECK_EQ(fetch(XEN_MC_NONURGENT | XEN_MC_ACK), 0);
    CHECK_EQ(fetch(0), -XEN_EINVAL);
    CHECK_EQ(fetch(XEN_MC_URGENT | XEN_MC_NONURGENT), -XEN_EINVAL);
    memset(&op, 0, sizeof(op));
    op.u.mc_fetch.flags = XEN_MC_URGENT;
    CHECK_EQ(mca(XEN_MC_fetch), -XEN_EINVAL);
}

static void refusals(void)
{
    memset(&op, 0, sizeof(op));
    CHECK_EQ(mca(XEN_MC_notifydomain), -XEN_EINVAL);
    CHECK_EQ(mca(0), -XEN_EINVAL);
    CHECK_EQ(mca(99), -XEN_EINVAL);
    op.interface_version = 7;
    CHECK_EQ(HYPERCALL(mca, &op), -XEN_EACCES);
    CHECK_EQ(HYPERCALL(mca, 0x10), -XEN_EFAULT);
}

const struct test tests[] = {
    { "mca.processors", processors },
    { "mca.no_room", no_room },
    { "mca.records", records },
    { "mca.refusals", refusals },
    { NULL, NULL },
};
