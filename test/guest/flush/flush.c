/* SPDX-License-Identifier: GPL-2.0-only */
/* mmuext_op: flushes of every kind, of which vcpus, and those that are refused. */
#include "test.h"

#include <public/errno.h>
#include <public/memory.h>

static long flush(unsigned int command, unsigned long address, const void *vcpus, unsigned int domain)
{
    struct mmuext_op op = { .cmd = command, .arg1.linear_addr = address };

    set_xen_guest_handle(op.arg2.vcpumask, vcpus);
    return HYPERCALL(mmuext_op, &op, 1, 0, domain);
}

static const unsigned int kinds[] = {
    MMUEXT_TLB_FLUSH_LOCAL, MMUEXT_INVLPG_LOCAL, MMUEXT_TLB_FLUSH_MULTI, MMUEXT_INVLPG_MULTI, MMUEXT_TLB_FLUSH_ALL,
    MMUEXT_INVLPG_ALL, MMUEXT_FLUSH_CACHE, MMUEXT_FLUSH_CACHE_GLOBAL,
};

/* Bits of vcpus that the domain doesn't have are nobody's. */
static void every_kind(void)
{
    static unsigned long sets[][2] = { { 0 }, { 1 }, { ~0ul, ~0ul } };
    char *page = page_alloc();

    for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++)
        for (unsigned int j = 0; j < ARRAY_SIZE(sets); j++)
            CHECK_EQ(flush(kinds[i], (unsigned long)page, sets[j], DOMID_SELF), 0);
}

/* No address is too odd to be flushed: nothing there is touched. */
static void odd_addresses(void)
{
    static const unsigned long odd[] = { 0, 1, HYPERVISOR_ADDRESS, ~0ul, ~0ul / 2, ~0ul / 2 + 1 };
    unsigned long set = 1;

    for (unsigned int i = 0; i < ARRAY_SIZE(odd); i++) {
        CHECK_EQ(flush(MMUEXT_INVLPG_LOCAL, odd[i], 0, DOMID_SELF), 0);
        CHECK_EQ(flush(MMUEXT_INVLPG_MULTI, odd[i], &set, DOMID_SELF), 0);
        CHECK_EQ(flush(MMUEXT_INVLPG_ALL, odd[i], 0, DOMID_SELF), 0);
    }
}

/* What flushes is the caller's own processor, not another domain's. */
static void of_others(void)
{
    unsigned long set = 1;

    for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++) {
        CHECK_EQ(flush(kinds[i], 0, &set, DOMID_IO), -XEN_EPERM);
        CHECK_EQ(flush(kinds[i], 0, &set, 1234), -XEN_ESRCH);
    }
}

static void unreadable_sets(void)
{
    CHECK(flush(MMUEXT_TLB_FLUSH_MULTI, 0, (void *)0x1000, DOMID_SELF) < 0);
    CHECK(flush(MMUEXT_INVLPG_MULTI, 0, (void *)HYPERVISOR_ADDRESS, DOMID_SELF) < 0);
}

/* Nothing of it reaches a frame of another's, or one there isn't. */
static void pages(void)
{
    static const uint64_t bad[] = { 1ul << 30, ~0ul >> 12, 0 };
    struct mmuext_op op;

    for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
        op = (struct mmuext_op){ .cmd = MMUEXT_COPY_PAGE, .arg1.mfn = virt_to_mfn(page_alloc()), .arg2.src_mfn = bad[i] };
        CHECK_EQ(HYPERCALL(mmuext_op, &op, 1, 0, DOMID_SELF), -XEN_EINVAL);
        op = (struct mmuext_op){ .cmd = MMUEXT_COPY_PAGE, .arg1.mfn = bad[i], .arg2.src_mfn = virt_to_mfn(page_alloc()) };
        CHECK_EQ(HYPERCALL(mmuext_op, &op, 1, 0, DOMID_SELF), -XEN_EINVAL);
        op = (struct mmuext_op){ .cmd = MMUEXT_CLEAR_PAGE, .arg1.mfn = bad[i] };
        CHECK_EQ(HYPERCALL(mmuext_op, &op, 1, 0, DOMID_SELF), -XEN_EINVAL);
    }
}

const struct test tests[] = {
    { "flush.every_kind", every_kind },
    { "flush.odd_addresses", odd_addresses },
    { "flush.of_others", of_others },
    { "flush.unreadable_sets", unreadable_sets },
    { "flush.pages", pages },
    { NULL, NULL },
};
