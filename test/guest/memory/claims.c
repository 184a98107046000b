/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claims: memory promised to a domain before it takes it. How they begin and end, which are refused, and that nobody
 * else gets what is promised.
 */
#include "child.h"
#include "memory.h"

#define MUCH   (1u << 20)       /* pages; more than the machine has */
#define SPARE  200              /* pages that are left unclaimed */

static struct child child, other;

static long claim(domid_t domain, unsigned long pages)
{
    struct xen_memory_reservation r = { .nr_extents = pages, .domid = domain };

    return HYPERCALL(memory_op, XENMEM_claim_pages, &r);
}

/* A domain without memory, which may have that many pages. */
static bool create(struct child *c, uint64_t pages)
{
    return !child_create(c, 1) && !DOMCTL(max_mem, c->id, .max_mem.max_memkb = pages * (PAGE_SIZE / 1024));
}

static uint64_t outstanding(void)
{
    xen_sysctl_t op;

    return sysctl(&op, XEN_SYSCTL_physinfo) ? ~0ull : op.u.physinfo.outstanding_pages;
}

static long populate(const struct child *c, unsigned int order, unsigned long n)
{
    struct xen_memory_reservation r = { .nr_extents = n, .extent_order = order, .domid = c->id };

    return HYPERCALL(memory_op, XENMEM_increase_reservation, &r);
}

/* Withdrawn, used up, given back at the domain's death. Pages that the domain has count. */
void claimed(void)
{
    CHECK(create(&child, 64));
    CHECK_EQ(outstanding(), 0);
    CHECK_EQ(claim(child.id, 40), 0);
    CHECK_EQ(outstanding(), 40);
    CHECK_EQ(claim(child.id, 0), 0);
    CHECK_EQ(outstanding(), 0);
    CHECK_EQ(claim(child.id, 0), 0);
    CHECK_EQ(claim(child.id, 40), 0);
    CHECK_EQ(populate(&child, 0, 10), 10);
    CHECK_EQ(outstanding(), 30);
    CHECK_EQ(populate(&child, 4, 2), 2);
    CHECK_EQ(outstanding(), 0);
    CHECK_EQ(claim(child.id, 64), 0);
    CHECK_EQ(outstanding(), 22);
    CHECK(child_destroy(&child));
    CHECK_EQ(outstanding(), 0);
}

void claim_refusals(void)
{
    struct xen_memory_reservation r = { .nr_extents = 1, .extent_order = 1 };
    xen_pfn_t list[1] = { 0 };

    CHECK(create(&child, MUCH));
    CHECK_EQ(populate(&child, 0, 10), 10);
    CHECK_EQ(claim(child.id, MUCH + 1), -XEN_EINVAL);       /* more than it may have */
    CHECK_EQ(claim(child.id, 10), -XEN_EINVAL);             /* no more than it has */
    CHECK_EQ(claim(child.id, free_frames() + 11), -XEN_ENOMEM);
    CHECK_EQ(outstanding(), 0);
    CHECK_EQ(claim(child.id, 11), 0);
    CHECK_EQ(claim(child.id, 20), -XEN_EINVAL);             /* it has one */
    CHECK_EQ(outstanding(), 1);
    r.domid = child.id;
    CHECK_EQ(HYPERCALL(memory_op, XENMEM_claim_pages, &r), -XEN_EINVAL);
    r.extent_order = 0;
    r.mem_flags = XENMEMF_address_bits(30);
    CHECK_EQ(HYPERCALL(memory_op, XENMEM_claim_pages, &r), -XEN_EINVAL);
    r.mem_flags = 0;
    set_xen_guest_handle(r.extent_start, list);
    CHECK_EQ(HYPERCALL(memory_op, XENMEM_claim_pages, &r), -XEN_EINVAL);
    CHECK_EQ(claim(1234, 1), -XEN_EINVAL);
    CHECK_EQ(claim(DOMID_SELF, MUCH), -XEN_EINVAL);
    CHECK(child_destroy(&child));
}

/*
 * All but some is promised to one: others get what is left and no more, even with a small claim, and it gets its own.
 */
void claim_honoured(void)
{
    uint64_t free;

    CHECK(create(&child, MUCH));
    CHECK(create(&other, MUCH));
    free = free_frames();
    CHECK_EQ(claim(child.id, free - SPARE), 0);
    CHECK_EQ(claim(other.id, SPARE + 1), -XEN_ENOMEM);
    CHECK_EQ(populate(&other, 9, 1), 0);
    CHECK_EQ(claim(other.id, 1), 0);
    CHECK_EQ(populate(&other, 9, 1), 0);
    CHECK_EQ(outstanding(), free - SPARE + 1);
    CHECK(populate(&other, 0, SPARE + 1) <= SPARE);
    CHECK_EQ(populate(&child, 9, 1), 1);
    CHECK_EQ(outstanding(), free - SPARE - 512);
    CHECK(child_destroy(&child));
    CHECK_EQ(outstanding(), 0);
    CHECK_EQ(populate(&other, 9, 1), 1);
    CHECK(child_destroy(&other));
}
