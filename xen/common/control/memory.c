/* SPDX-License-Identifier: GPL-2.0-only */
/* memory_op: how much memory a domain has, and the machine's part of it in arch_memory_op(). */
#include <xen/guest.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <xen/trace.h>
#include <public/memory.h>

#define CMD_BITS          6                     /* of op; above: extents done so far, in a continuation */
#define CMD_MASK          ((1u << CMD_BITS) - 1)
#define MAX_ORDER_GUEST   9
#define MAX_ORDER_CONTROL 18

/* The domain named by id: the caller, or one it controls; with a reference. */
static struct domain *domain_for(domid_t id, long *rc)
{
    struct domain *d = domain_get_by_any_id(id);

    if (!d) {
        *rc = refuse(-ESRCH, "memory_op: no such domain");
    } else if (d != current->domain && !may_control(current->domain, d)) {
        *rc = refuse(-EPERM, "memory_op: domain is not under the caller's control");
        domain_put(d);
        d = NULL;
    }
    return d;
}

/*
 * d gets an extent that is nobody's, as its frames gpfn and on, or unnumbered. As soon as d has it another vcpu can give
 * it away: the numbers are written before that. False: d may not have it, it is freed.
 */
static bool give_extent(struct domain *d, struct page_info *pg, unsigned order, xen_pfn_t gpfn, unsigned memflags)
{
    bool numbered = gpfn != INVALID_M2P_ENTRY;

    for (unsigned long i = 0; i < 1UL << order; i++)
        set_m2p(page_to_mfn(pg + i), numbered ? gpfn + i : INVALID_M2P_ENTRY);
    if (assign_pages(d, pg, order, memflags)) {
        free_domheap_pages(pg, order);
        return false;
    }
    for (unsigned long i = 0; numbered && i < 1UL << order; i++)
        mark_pfn_dirty(d, gpfn + i);
    return true;
}

/* ---- Reservations ---- */

static bool populate_extent(struct domain *d, const struct xen_memory_reservation *r, unsigned long i,
                            unsigned memflags, bool has_gpfn)
{
    xen_pfn_t gpfn = INVALID_M2P_ENTRY, m;
    struct page_info *pg;

    if (has_gpfn && copy_from_guest_offset(&gpfn, r->extent_start, i, 1))
        return false;
    pg = take_domheap_pages(d, r->extent_order, memflags);
    if (!pg || !give_extent(d, pg, r->extent_order, gpfn, memflags)) {
        refused(-ENOMEM, "memory: no room for the extent");
        return false;
    }
    m = page_to_mfn(pg).n;
    return guest_handle_is_null(r->extent_start) || !copy_to_guest_offset(r->extent_start, i, &m, 1);
}

/*
 * A frame leaves its domain, and is freed when nothing refers to it any more. What we share with the domain is ours,
 * with the reference that looks like the owner's.
 */
static bool remove_frame(struct domain *d, mfn_t m)
{
    struct page_info *pg = get_page_from_mfn(m, d);
    bool removed;

    if (!pg)
        return false;
    removed = !(pg->count_info & PGC_xen_heap) &&
              __atomic_fetch_and(&pg->count_info, ~PGC_allocated, __ATOMIC_SEQ_CST) & PGC_allocated;
    if (removed) {
        mark_dirty(pg);
        set_m2p(m, INVALID_M2P_ENTRY);
        put_page(pg);
    }
    put_page(pg);
    return removed;
}

static bool remove_extent(struct domain *d, const struct xen_memory_reservation *r, unsigned long i)
{
    xen_pfn_t m;

    if (copy_from_guest_offset(&m, r->extent_start, i, 1))
        return false;
    TRACE(TRC_MEM_DECREASE_RESERVATION, m, m >> 32, d->domain_id, r->extent_order);
    for (unsigned long j = 0; j < 1UL << r->extent_order; j++)
        if (!remove_frame(d, mfn(m + j))) {
            refused(-EINVAL, "decrease_reservation: frame is not the domain's");
            return false;
        }
    return true;
}

static unsigned reservation_flags(const struct xen_memory_reservation *r)
{
    unsigned bits = XENMEMF_get_address_bits(r->mem_flags);

    return bits && bits < BITS_PER_LONG ? MEMF_bits(bits) : 0;
}

/* How many extents a continuation can tell of in the guest's register. */
static unsigned long most_extents(void)
{
    return (width_differs() ? UINT32_MAX : ~0UL) >> CMD_BITS;
}

/* Returns the number of extents done, from start on; less than asked for if one failed. */
static long change_reservation(unsigned cmd, unsigned long start, void *arg)
{
    struct xen_memory_reservation r;
    unsigned long i = start;
    struct domain *d;
    long rc = start;
    bool ok = true;

    if (get_guest(&r, arg))
        return start;
    if (r.nr_extents > most_extents() || start > r.nr_extents ||
        r.extent_order > (is_privileged(current->domain) ? MAX_ORDER_CONTROL : MAX_ORDER_GUEST)) {
        refused(-EINVAL, "memory_op: number or order of extents");
        return start;
    }
    d = domain_for(r.domid, &rc);
    if (!d)
        return start;
    for (; i < r.nr_extents; i++) {
        if (i != start && hypercall_preempt_check())
            break;
        ok = cmd == XENMEM_decrease_reservation ? remove_extent(d, &r, i)
             : populate_extent(d, &r, i, reservation_flags(&r), cmd == XENMEM_populate_physmap);
        if (!ok)
            break;
    }
    domain_put(d);
    if (ok && i < r.nr_extents)
        return hypercall_continue(__HYPERVISOR_memory_op, 2, cmd | i << CMD_BITS, arg);
    return i;
}

/* ---- Exchange ---- */

/* One step of an exchange: frames taken in, and their replacement. */
struct exchange {
    struct domain *d;
    struct xen_memory_exchange x;
    unsigned in_shift, out_shift;           /* log2 of the extents in a step */
    unsigned memflags;
    struct page_list taken, made;           /* made: first frames of the new extents */
};

/* Take the frame from d; it must be unmapped and untyped. */
static bool steal_frame(struct domain *d, mfn_t m, struct page_list *to)
{
    struct page_info *pg = get_page_from_mfn(m, d);

    if (!pg)
        return false;
    if (!detach_page(d, pg)) {
        put_page(pg);
        return false;
    }
    page_list_add_tail(to, pg);
    return true;
}

static int take_in(struct exchange *e)
{
    unsigned long first = e->x.nr_exchanged, n = 1UL << e->in_shift;

    for (unsigned long i = first; i < first + n; i++) {
        xen_pfn_t m;

        if (copy_from_guest_offset(&m, e->x.in.extent_start, i, 1))
            return -EFAULT;
        for (unsigned long j = 0; j < 1UL << e->x.in.extent_order; j++)
            if (!steal_frame(e->d, mfn(m + j), &e->taken))
                return refuse(-EINVAL, "exchange: frame is not the domain's, or still mapped or in use");
    }
    return 0;
}

static int make_out(struct exchange *e)
{
    for (unsigned long i = 0; i < 1UL << e->out_shift; i++) {
        struct page_info *pg = alloc_domheap_pages(NULL, e->x.out.extent_order, e->memflags);

        if (!pg)
            return refuse(-ENOMEM, "exchange: no contiguous memory below the limit");
        page_list_add_tail(&e->made, pg);
    }
    return 0;
}

/* It failed: everything as it was. */
static void give_back(struct exchange *e)
{
    struct page_info *pg;

    while ((pg = page_list_remove_head(&e->made)) != NULL)
        free_domheap_pages(pg, e->x.out.extent_order);
    while ((pg = page_list_remove_head(&e->taken)) != NULL)
        if (assign_pages(e->d, pg, 0, MEMF_no_limit))
            free_domheap_page(pg);
}

/* The new extents go to the domain, the old frames to the allocator. */
static int commit(struct exchange *e)
{
    unsigned long i = e->x.nr_exchanged >> e->in_shift << e->out_shift;
    struct page_info *pg;
    int rc = 0;

    while ((pg = page_list_remove_head(&e->taken)) != NULL) {
        mark_pfn_dirty(e->d, get_m2p(page_to_mfn(pg)));
        set_m2p(page_to_mfn(pg), INVALID_M2P_ENTRY);
        free_domheap_page(pg);
    }
    for (; (pg = page_list_remove_head(&e->made)) != NULL; i++) {
        xen_pfn_t gpfn = INVALID_M2P_ENTRY, m = page_to_mfn(pg).n;

        if (copy_from_guest_offset(&gpfn, e->x.out.extent_start, i, 1))
            rc = -EFAULT;
        if (!give_extent(e->d, pg, e->x.out.extent_order, gpfn, MEMF_no_limit))
            rc = -EINVAL;
        else if (copy_to_guest_offset(e->x.out.extent_start, i, &m, 1))
            rc = -EFAULT;
    }
    return rc;
}

static int exchange_step(struct exchange *e)
{
    int rc;

    page_list_init(&e->taken);
    page_list_init(&e->made);
    rc = make_out(e);
    if (!rc)
        rc = take_in(e);
    if (rc) {
        give_back(e);
        return rc;
    }
    rc = commit(e);
    e->x.nr_exchanged += 1UL << e->in_shift;
    return rc;
}

static int check_exchange(const struct xen_memory_exchange *x)
{
    unsigned limit = is_privileged(current->domain) ? MAX_ORDER_CONTROL : MAX_ORDER_GUEST;

    if (x->in.nr_extents > ~0UL >> (MAX_ORDER_CONTROL + CMD_BITS) ||
        x->out.nr_extents > ~0UL >> (MAX_ORDER_CONTROL + CMD_BITS))
        return refuse(-EINVAL, "exchange: number of extents");
    if (x->in.extent_order > limit || x->out.extent_order > limit)
        return refuse(-EPERM, "exchange: order of extents");
    if (x->in.domid != x->out.domid || x->nr_exchanged > x->in.nr_extents ||
        x->in.nr_extents << x->in.extent_order != x->out.nr_extents << x->out.extent_order)
        return refuse(-EINVAL, "exchange: extents in and out do not match");
    return 0;
}

static long exchange_memory(void *arg)
{
    struct exchange e;
    bool preempted = false;
    long rc;

    if (get_guest(&e.x, arg))
        return -EFAULT;
    rc = check_exchange(&e.x);
    if (rc)
        return rc;
    e.d = domain_for(e.x.in.domid, &rc);
    if (!e.d)
        return rc;
    e.in_shift = e.x.out.extent_order > e.x.in.extent_order ? e.x.out.extent_order - e.x.in.extent_order : 0;
    e.out_shift = e.x.in.extent_order > e.x.out.extent_order ? e.x.in.extent_order - e.x.out.extent_order : 0;
    e.memflags = domain_memflags(e.d, reservation_flags(&e.x.out));
    /* Whole steps only; the two sides are equal, so they end together. */
    if ((e.x.in.nr_extents | e.x.nr_exchanged) & ((1UL << e.in_shift) - 1))
        rc = refuse(-EINVAL, "exchange: extents in and out do not match");
    while (!rc && !preempted && e.x.nr_exchanged < e.x.in.nr_extents) {
        rc = exchange_step(&e);
        preempted = !rc && hypercall_preempt_check();
    }
    domain_put(e.d);
    if (put_guest_member(arg, &e.x, nr_exchanged))
        return -EFAULT;
    if (preempted && e.x.nr_exchanged < e.x.in.nr_extents)
        return hypercall_continue(__HYPERVISOR_memory_op, 2, (unsigned long)XENMEM_exchange, arg);
    return rc;
}

/* ---- Questions ---- */

static long query_domain(unsigned cmd, void *arg)
{
    struct xen_memory_domain q;
    struct domain *d;
    long rc = -EFAULT;

    if (get_guest(&q, arg))
        return rc;
    d = domain_for(q.domid, &rc);
    if (!d)
        return rc;
    switch (cmd) {
    case XENMEM_current_reservation: rc = d->tot_pages; break;
    /* No limit is not an error number to a 32-bit caller. */
    case XENMEM_maximum_reservation: rc = min(d->max_pages, width_differs() ? 0x7fffffffu : ~0u); break;
    default: rc = arch_maximum_gpfn(d); break;
    }
    domain_put(d);
    return rc;
}

static long claim_pages(void *arg)
{
    struct xen_memory_reservation r;
    struct domain *d;
    long rc = -EFAULT;

    if (get_guest(&r, arg))
        return rc;
    if (!is_privileged(current->domain))
        return refuse(-EPERM, "claim: needs privilege");
    if (!guest_handle_is_null(r.extent_start) || r.extent_order || r.mem_flags)
        return refuse(-EINVAL, "claim: fields that must be zero");
    d = domain_get_by_id(r.domid);
    if (!d)
        return refuse(-EINVAL, "claim: no such domain");
    rc = domain_claim_pages(d, r.nr_extents);
    domain_put(d);
    return rc;
}

/* ---- Resources ---- */

static long grant_resource(struct domain *d, struct xen_mem_acquire_resource *r)
{
    bool status = r->id == XENMEM_resource_grant_table_id_status;

    for (uint32_t i = 0; i < r->nr_frames; i++) {
        mfn_t m;
        int rc = grant_table_frame(d, r->frame + i, status, &m);

        if (rc)
            return rc;
        if (copy_to_guest_offset(r->frame_list, i, &m.n, 1))
            return -EFAULT;
    }
    return 0;
}

static int check_resource(const struct xen_mem_acquire_resource *r)
{
    if (r->pad)
        return refuse(-EINVAL, "acquire_resource: pad is not zero");
    if (r->type == XENMEM_resource_ioreq_server || r->type == XENMEM_resource_vmtrace_buf)
        return refuse(-EINVAL, "acquire_resource: the domain has no such frames, only HVM guests do");
    if (r->type != XENMEM_resource_grant_table)
        return refuse(-EOPNOTSUPP, "acquire_resource: unknown kind of resource");
    if (r->id > XENMEM_resource_grant_table_id_status)
        return refuse(-EINVAL, "acquire_resource: unknown grant table resource");
    if (guest_handle_is_null(r->frame_list) != !r->nr_frames || r->frame > UINT32_MAX - r->nr_frames)
        return refuse(-EINVAL, "acquire_resource: frames and list");
    return 0;
}

static long acquire_resource(void *arg)
{
    struct xen_mem_acquire_resource r;
    struct domain *d;
    long rc;

    if (get_guest(&r, arg))
        return -EFAULT;
    rc = check_resource(&r);
    if (rc)
        return rc;
    d = domain_get_by_id(r.domid);
    if (!d)
        return refuse(-ESRCH, "acquire_resource: no such domain");
    if (d == current->domain || !may_control(current->domain, d)) {
        rc = refuse(-EPERM, "acquire_resource: not of the caller's domains");
    } else if (!r.nr_frames) {
        r.nr_frames = grant_table_max_frames(d, r.id == XENMEM_resource_grant_table_id_status);
        rc = put_guest_member(arg, &r, nr_frames) ? -EFAULT : 0;
    } else {
        rc = grant_resource(d, &r);
    }
    domain_put(d);
    return rc;
}

/* Hypercall. op: XENMEM_*, above bit 6 the extents done (continuation). Results as in public/memory.h. */
long do_memory_op(unsigned long op, void *arg)
{
    unsigned cmd = op & CMD_MASK;

    switch (cmd) {
    case XENMEM_increase_reservation:
    case XENMEM_decrease_reservation:
    case XENMEM_populate_physmap:
        return change_reservation(cmd, op >> CMD_BITS, arg);
    case XENMEM_exchange:
        return exchange_memory(arg);
    case XENMEM_maximum_ram_page:
        return max_page;
    case XENMEM_current_reservation:
    case XENMEM_maximum_reservation:
    case XENMEM_maximum_gpfn:
        return query_domain(cmd, arg);
    case XENMEM_claim_pages:
        return claim_pages(arg);
    case XENMEM_acquire_resource:
        return acquire_resource(arg);
    case XENMEM_get_vnumainfo:
        return refuse(-EOPNOTSUPP, "get_vnumainfo: domains have no virtual NUMA nodes");
    case XENMEM_get_sharing_freed_pages:
    case XENMEM_get_sharing_shared_pages:
        return 0;
    default:
        return arch_memory_op(cmd, arg);
    }
}
