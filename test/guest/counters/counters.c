/* SPDX-License-Identifier: GPL-2.0-only */
/* Performance counters (XEN_SYSCTL_perfc_op): names, what is counted, reset, and lists that can't be written. */
#include "test.h"

#include <public/errno.h>
#include <public/sysctl.h>
#include <public/version.h>

#define ROOM        64
#define ROOM_VALUES 1024
#define CALLS       100
#define KERNEL_END  ((void *)~0ul)

static xen_sysctl_t op;
static xen_sysctl_perfc_desc_t descriptions[ROOM];
static xen_sysctl_perfc_val_t values[ROOM_VALUES];

static long perfc(uint32_t cmd, void *to_descriptions, void *to_values)
{
    memset(&op, 0, sizeof(op));
    op.cmd = XEN_SYSCTL_perfc_op;
    op.interface_version = XEN_SYSCTL_INTERFACE_VERSION;
    op.u.perfc_op.cmd = cmd;
    set_xen_guest_handle(op.u.perfc_op.desc, to_descriptions);
    set_xen_guest_handle(op.u.perfc_op.val, to_values);
    return HYPERCALL(sysctl, &op);
}

/* Not every hypervisor counts. */
static bool offered(void)
{
    if (perfc(XEN_SYSCTL_PERFCOP_query, NULL, NULL) != -XEN_ENOSYS)
        return true;
    skip("this hypervisor has no counters");
    return false;
}

/* Where a counter's values begin, -1: there is none of that name. */
static int find(const char *name)
{
    unsigned int at = 0;

    for (unsigned int i = 0; i < op.u.perfc_op.nr_counters; at += descriptions[i++].nr_vals)
        if (strlen(descriptions[i].name) == strlen(name) && !memcmp(descriptions[i].name, name, strlen(name)))
            return at;
    return -1;
}

static void names(void)
{
    unsigned int sum = 0;

    if (!offered())
        return;
    CHECK_EQ(perfc(XEN_SYSCTL_PERFCOP_query, NULL, NULL), 0);
    CHECK(op.u.perfc_op.nr_counters >= 10 && op.u.perfc_op.nr_counters < ROOM);
    CHECK(op.u.perfc_op.nr_vals < ROOM_VALUES);
    memset(descriptions, 0x77, sizeof(descriptions));
    memset(values, 0x77, sizeof(values));
    CHECK_EQ(perfc(XEN_SYSCTL_PERFCOP_query, descriptions, values), 0);
    for (unsigned int i = 0; i < op.u.perfc_op.nr_counters; i++) {
        CHECK(descriptions[i].name[0] && !descriptions[i].name[sizeof(descriptions[i].name) - 1]);
        CHECK(descriptions[i].nr_vals);
        sum += descriptions[i].nr_vals;
    }
    CHECK_EQ(sum, op.u.perfc_op.nr_vals);
    CHECK_EQ(descriptions[op.u.perfc_op.nr_counters].nr_vals, 0x77777777);
    CHECK_EQ(values[sum], 0x77777777);
    CHECK(find("hypercalls") >= 0 && find("exceptions") >= 0);
}

static void read_nowhere(void *unused)
{
    (void)*(volatile char *)0x1238;
}

static void counted(void)
{
    uint32_t calls, faults;
    struct fault fault;

    if (!offered())
        return;
    CHECK_EQ(perfc(XEN_SYSCTL_PERFCOP_query, descriptions, values), 0);
    calls = values[find("hypercalls") + __HYPERVISOR_xen_version];
    faults = values[find("exceptions") + 14];
    for (int i = 0; i < CALLS; i++) {
        HYPERCALL(xen_version, XENVER_version, 0);
        CHECK(probe(&fault, read_nowhere, NULL));
    }
    CHECK_EQ(perfc(XEN_SYSCTL_PERFCOP_query, descriptions, values), 0);
    CHECK_EQ(values[find("hypercalls") + __HYPERVISOR_xen_version], calls + CALLS);
    CHECK(values[find("exceptions") + 14] >= faults + CALLS);
}

/* It tells the values that it ends. */
static void reset(void)
{
    if (!offered())
        return;
    for (int i = 0; i < CALLS; i++)
        HYPERCALL(xen_version, XENVER_version, 0);
    CHECK_EQ(perfc(XEN_SYSCTL_PERFCOP_reset, descriptions, values), 0);
    CHECK(values[find("hypercalls") + __HYPERVISOR_xen_version] >= CALLS);
    CHECK_EQ(perfc(XEN_SYSCTL_PERFCOP_query, descriptions, values), 0);
    CHECK_EQ(values[find("hypercalls") + __HYPERVISOR_xen_version], 0);
    CHECK_EQ(values[find("hypercalls") + __HYPERVISOR_sysctl], 1);
}

/* Lists that begin well and end where nothing is mapped. */
static void refused(void)
{
    static char pages[2 * PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
    char *page = pages + PAGE_SIZE;

    if (!offered())
        return;
    CHECK_EQ(perfc(0, NULL, NULL), -XEN_EINVAL);
    CHECK_EQ(perfc(3, descriptions, values), -XEN_EINVAL);
    CHECK_EQ(perfc(XEN_SYSCTL_PERFCOP_query, (void *)0x1000, NULL), -XEN_EFAULT);
    CHECK_EQ(perfc(XEN_SYSCTL_PERFCOP_query, NULL, KERNEL_END), -XEN_EFAULT);
    CHECK_EQ(remap(page, 0), 0);
    CHECK_EQ(perfc(XEN_SYSCTL_PERFCOP_query, page - 100, NULL), -XEN_EFAULT);
    CHECK_EQ(perfc(XEN_SYSCTL_PERFCOP_reset, NULL, page - 8), -XEN_EFAULT);
    CHECK_EQ(remap(page, PTE_DATA), 0);
#ifdef __x86_64__
    CHECK_EQ(perfc(XEN_SYSCTL_PERFCOP_query, (void *)0xffff830000000000, NULL), -XEN_EFAULT);
#endif
}

const struct test tests[] = {
    { "counters.names", names },
    { "counters.counted", counted },
    { "counters.reset", reset },
    { "counters.refused", refused },
    { NULL, NULL },
};
