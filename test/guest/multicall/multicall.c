/* SPDX-License-Identifier: GPL-2.0-only */
/* multicall: several calls in one, each with its own result. */
#include "test.h"

#include <public/errno.h>
#include <public/version.h>

static void results(void)
{
    static struct multicall_entry calls[3] = {
        { .op = __HYPERVISOR_xen_version, .args = { XENVER_version } },
        { .op = 61 },
        { .op = __HYPERVISOR_xen_version, .args = { XENVER_extraversion, 0x1000 } },
    };

    CHECK_EQ(HYPERCALL(multicall, calls, 3), 0);
    CHECK_EQ(calls[0].result, 4 << 16 | 17);
    CHECK_EQ(calls[1].result, -XEN_ENOSYS);
    CHECK_EQ(calls[2].result, -XEN_EFAULT);
}

/* A long batch is done completely, whatever interrupts it. */
static void many(void)
{
    static struct multicall_entry calls[2000];

    for (unsigned int i = 0; i < ARRAY_SIZE(calls); i++)
        calls[i] = (struct multicall_entry){ .op = __HYPERVISOR_xen_version, .args = { XENVER_version } };
    CHECK_EQ(HYPERCALL(multicall, calls, ARRAY_SIZE(calls)), 0);
    for (unsigned int i = 0; i < ARRAY_SIZE(calls); i++)
        CHECK_EQ(calls[i].result, 4 << 16 | 17);
}

static void update_mappings(void)
{
    char *a = page_alloc(), *b = page_alloc();
    struct multicall_entry calls[2] = {
        { .op = __HYPERVISOR_update_va_mapping,
          .args = { (unsigned long)a, WIDE(virt_to_mfn(b) << PAGE_SHIFT | PTE_DATA), UVMF_INVLPG } },
        { .op = __HYPERVISOR_update_va_mapping,
          .args = { (unsigned long)b, WIDE(virt_to_mfn(a) << PAGE_SHIFT | PTE_DATA), UVMF_INVLPG } },
    };

    *a = 1;
    *b = 2;
    CHECK_EQ(HYPERCALL(multicall, calls, 2), 0);
    CHECK_EQ(calls[0].result | calls[1].result, 0);
    CHECK_EQ(*(volatile char *)a, 2);
    CHECK_EQ(*(volatile char *)b, 1);
}

/* A list may lie anywhere. */
static void unaligned(void)
{
    struct multicall_entry call = { .op = __HYPERVISOR_xen_version, .args = { XENVER_version } };
    char *at = (char *)page_alloc() + 1;

    memcpy(at, &call, sizeof(call));
    CHECK_EQ(HYPERCALL(multicall, at, 1), 0);
    memcpy(&call, at, sizeof(call));
    CHECK_EQ(call.result, 4 << 16 | 17);
}

static void refusals(void)
{
    struct multicall_entry nested = { .op = __HYPERVISOR_multicall };

    CHECK_EQ(HYPERCALL(multicall, 0x1000, 1), -XEN_EFAULT);
    CHECK_EQ(HYPERCALL(multicall, HYPERVISOR_ADDRESS, 1), -XEN_EFAULT);
    CHECK_EQ(HYPERCALL(multicall, 0, 0), 0);
    CHECK_EQ(HYPERCALL(multicall, &nested, 1), 0);
}

const struct test tests[] = {
    { "multicall.results", results },
    { "multicall.many", many },
    { "multicall.update_mappings", update_mappings },
    { "multicall.unaligned", unaligned },
    { "multicall.refusals", refusals },
    { NULL, NULL },
};
