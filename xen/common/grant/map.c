/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mapping others' grants. A mapping is a handle in the user's maptrack: which grant, how, and two ways at
 * most (host, device), each with a pin and its own references to the frame. The page table entry itself is
 * put in and taken out by arch/x86/mm/grant.c.
 */
#include <xen/trace.h>
#include <asm/processor.h>
#include "private.h"

#define MAPPED  (GNTMAP_host_map | GNTMAP_device_map)
#define KEPT    (MAPPED | GNTMAP_readonly | GNTMAP_application_map | GNTMAP_contains_pte)
#define TRACKED 0x8000           /* the handle is in use */
#define BUSY    0x4000           /* a vcpu is unmapping by it */

/* ---- handles ---- */

/* A handle that the table has. */
static struct maptrack *known_track(struct grant_table *t, grant_handle_t h)
{
    return t->maptrack[h / TRACK_PER_PAGE] + h % TRACK_PER_PAGE;
}

/* A handle that a guest names: NULL if the table hasn't got it. */
static struct maptrack *track_of(struct grant_table *t, grant_handle_t h)
{
    unsigned handles = READ_ONCE(t->nr_maptrack_pages) * TRACK_PER_PAGE;

    return h < handles ? known_track(t, array_index_nospec(h, handles)) : NULL;
}

/* maptrack_lock held: a page more of free handles. */
static bool add_handles(struct grant_table *t)
{
    struct maptrack *page;
    grant_handle_t first = t->nr_maptrack_pages * TRACK_PER_PAGE;

    if (t->nr_maptrack_pages >= t->max_maptrack_pages)
        return false;
    page = zalloc_xenheap_page();
    if (!page)
        return false;
    for (unsigned i = 0; i < TRACK_PER_PAGE; i++)
        page[i].ref = i + 1 < TRACK_PER_PAGE ? first + i + 1 : t->maptrack_free;
    t->maptrack[t->nr_maptrack_pages] = page;
    smp_wmb();
    WRITE_ONCE(t->nr_maptrack_pages, t->nr_maptrack_pages + 1);
    t->maptrack_free = first;
    return true;
}

static grant_handle_t take_handle(struct grant_table *t)
{
    grant_handle_t h = NO_HANDLE;

    spin_lock(&t->maptrack_lock);
    if (t->maptrack_free != NO_HANDLE || add_handles(t)) {
        h = t->maptrack_free;
        t->maptrack_free = known_track(t, h)->ref;
    }
    spin_unlock(&t->maptrack_lock);
    return h;
}

/* The handle's flags are clear. */
static void give_handle(struct grant_table *t, grant_handle_t h)
{
    spin_lock(&t->maptrack_lock);
    known_track(t, h)->ref = t->maptrack_free;
    t->maptrack_free = h;
    spin_unlock(&t->maptrack_lock);
}

/* ---- mapping ---- */

static uint32_t pin_of(unsigned flag, bool readonly)
{
    if (flag == GNTMAP_host_map)
        return readonly ? PIN_HOST_READ : PIN_HOST_WRITE;
    return readonly ? PIN_DEV_READ : PIN_DEV_WRITE;
}

/* Pin the grant and reference its frame for one way of mapping. */
static int take_way(struct domain *ld, struct domain *rd, grant_ref_t ref, unsigned way, bool readonly,
                    mfn_t *frame)
{
    struct pinned p;
    int rc = grant_pin(ld, rd, ref, pin_of(way, readonly), USE_MAP, &p);

    if (rc)
        return rc;
    *frame = p.frame;
    rc = grant_frame_get(p.frame, !readonly, p.owner);
    if (rc)
        grant_unpin(rd, ref, pin_of(way, readonly));
    return rc;
}

static void drop_way(struct domain *rd, grant_ref_t ref, unsigned way, bool readonly, mfn_t frame)
{
    grant_frame_put(frame, !readonly);
    grant_unpin(rd, ref, pin_of(way, readonly));
}

/*
 * Both ways asked for, or none. The page table entry comes last: once it is there, another vcpu may hide it
 * from us, and the frame could not be let go of.
 */
static int map_ways(struct domain *ld, struct domain *rd, struct gnttab_map_grant_ref *op)
{
    static const unsigned order[] = { GNTMAP_host_map, GNTMAP_device_map };
    bool readonly = op->flags & GNTMAP_readonly;
    unsigned taken = 0;
    mfn_t frame = INVALID_MFN;
    int rc = GNTST_okay;

    for (unsigned i = 0; i < ARRAY_SIZE(order) && rc == GNTST_okay; i++)
        if (op->flags & order[i]) {
            rc = take_way(ld, rd, op->ref, order[i], readonly, &frame);
            if (rc == GNTST_okay)
                taken |= order[i];
        }
    if (rc == GNTST_okay && taken & GNTMAP_host_map)
        rc = create_grant_host_mapping(op->host_addr, frame, op->flags);
    if (rc == GNTST_okay) {
        op->dev_bus_addr = frame.n << PAGE_SHIFT;
        return GNTST_okay;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(order); i++)
        if (taken & order[i])
            drop_way(rd, op->ref, order[i], readonly, frame);
    return rc;
}

static int map_one(struct domain *ld, struct gnttab_map_grant_ref *op)
{
    struct grant_table *lt = ld->grant_table;
    struct maptrack *m;
    struct domain *rd;
    grant_handle_t h;
    int rc;

    if (!(op->flags & MAPPED))
        return GNTST_bad_gntref;
    rd = domain_get_by_id(op->dom);
    if (!rd)
        return GNTST_bad_domain;
    h = take_handle(lt);
    if (h == NO_HANDLE) {
        domain_put(rd);
        return GNTST_no_space;
    }
    rc = map_ways(ld, rd, op);
    if (rc) {
        give_handle(lt, h);
    } else {
        m = known_track(lt, h);
        m->domid = op->dom;
        m->ref = op->ref;
        smp_wmb();
        WRITE_ONCE(m->flags, TRACKED | (op->flags & KEPT));
        op->handle = h;
        TRACE(TRC_MEM_PAGE_GRANT_MAP, op->dom);
    }
    domain_put(rd);
    return rc;
}

long grant_map_batch(void *uop, unsigned count)
{
    struct gnttab_map_grant_ref op, *u = uop;
    unsigned i;

    for (i = 0; i < count && !(i && hypercall_preempt_check()); i++) {
        if (get_guest(&op, guest_at(u, i)))
            return -EFAULT;
        op.status = map_one(current->domain, &op);
        if (op.status != GNTST_okay)
            refused(op.status, "map_grant_ref: see the grant's status code");
        if (put_guest(guest_at(u, i), &op))
            return -EFAULT;
    }
    return i;
}

/* ---- unmapping: entries go first, then one flush of the TLBs, then pins and references ---- */

#define UNMAP_BATCH 32

struct unmapping {
    uint64_t host_addr, dev_bus_addr, new_addr;
    grant_handle_t handle;
    unsigned ways;               /* taken from the handle, to be dropped after the flush */
    bool readonly, last;
    mfn_t frame;
    grant_ref_t ref;
    struct domain *rd;           /* referenced */
};

/* The frame of a pinned entry can't change. */
static mfn_t pinned_frame(struct domain *rd, grant_ref_t ref)
{
    return active_of(rd->grant_table, ref)->frame;
}

/*
 * Have a handle to ourselves: until unlock_handle() what it stands for stays. Its flags; 0: it is not in use.
 * Held for no longer than one page table entry takes.
 */
static uint16_t lock_handle(struct maptrack *m)
{
    for (;;) {
        uint16_t seen = READ_ONCE(m->flags);

        if (!(seen & TRACKED))
            return 0;
        if (!(seen & BUSY) && cmpxchg(&m->flags, seen, (uint16_t)(seen | BUSY)) == seen)
            return seen;
        cpu_relax();
    }
}

/*
 * With the ways that are left. True: none, the caller gives the handle back after its last use of the
 * grant.
 */
static bool unlock_handle(struct maptrack *m, uint16_t flags)
{
    barrier();
    WRITE_ONCE(m->flags, flags & MAPPED ? flags : 0);
    return !(flags & MAPPED);
}

/*
 * The handle is locked. Take the mapping out of the page tables, note in um->ways what that leaves to be
 * dropped.
 */
static int take_ways(struct unmapping *um, uint16_t flags)
{
    int rc;

    if (um->dev_bus_addr && flags & GNTMAP_device_map && um->dev_bus_addr != um->frame.n << PAGE_SHIFT)
        return GNTST_bad_dev_addr;
    if (um->host_addr && flags & GNTMAP_host_map) {
        rc = replace_grant_host_mapping(um->host_addr, um->frame, um->new_addr, flags);
        if (rc)
            return rc;
        um->ways |= GNTMAP_host_map;
    }
    if (um->dev_bus_addr)
        um->ways |= flags & GNTMAP_device_map;
    return GNTST_okay;
}

static int begin_unmap(struct domain *ld, struct unmapping *um)
{
    struct maptrack *m = track_of(ld->grant_table, um->handle);
    uint16_t flags = m ? lock_handle(m) : 0;
    int rc;

    if (!flags)
        return GNTST_bad_handle;
    um->ways = 0;
    um->ref = m->ref;
    um->readonly = flags & GNTMAP_readonly;
    um->rd = domain_get_by_id(m->domid);     /* pinned: its frame's reference keeps it */
    BUG_ON(!um->rd);
    um->frame = pinned_frame(um->rd, um->ref);
    rc = take_ways(um, flags);
    um->last = unlock_handle(m, flags & ~um->ways);
    if (rc)
        domain_put(um->rd);
    return rc;
}

static void end_unmap(struct domain *ld, struct unmapping *um)
{
    if (um->ways & GNTMAP_host_map)
        drop_way(um->rd, um->ref, GNTMAP_host_map, um->readonly, um->frame);
    if (um->ways & GNTMAP_device_map)
        drop_way(um->rd, um->ref, GNTMAP_device_map, um->readonly, um->frame);
    if (um->last)
        give_handle(ld->grant_table, um->handle);
    TRACE(TRC_MEM_PAGE_GRANT_UNMAP, um->rd->domain_id);
    domain_put(um->rd);
}

/* Read operation i of the list u into um, and write its status. */
struct unmap_kind {
    bool (*read)(const void *u, unsigned i, struct unmapping *um);
    bool (*answer)(void *u, unsigned i, int16_t status);
};

static long unmap_batch(void *u, unsigned count, const struct unmap_kind *kind)
{
    struct domain *ld = current->domain;
    struct unmapping todo[UNMAP_BATCH];
    unsigned i, begun = 0;
    long rc = 0;

    for (i = 0; i < min(count, (unsigned)UNMAP_BATCH); i++) {
        struct unmapping *um = &todo[begun];
        int status;

        if (!kind->read(u, i, um)) {
            rc = -EFAULT;
            break;
        }
        status = begin_unmap(ld, um);
        if (status == GNTST_okay)
            begun++;
        else
            refused(status, "unmap_grant_ref: see the status code");
        if (!kind->answer(u, i, status)) {
            rc = -EFAULT;
            break;
        }
    }
    if (begun)
        flush_tlb_mask(&ld->arch.dirty_cpumask);
    while (begun)
        end_unmap(ld, &todo[--begun]);
    return rc ? rc : i;
}

static bool read_unmap(const void *u, unsigned i, struct unmapping *um)
{
    struct gnttab_unmap_grant_ref op;

    if (get_guest(&op, guest_at((const struct gnttab_unmap_grant_ref *)u, i)))
        return false;
    *um = (struct unmapping){ .host_addr = op.host_addr, .dev_bus_addr = op.dev_bus_addr,
                              .handle = op.handle };
    return true;
}

static bool answer_unmap(void *u, unsigned i, int16_t status)
{
    struct gnttab_unmap_grant_ref op = { .status = status };

    return !put_guest_member(guest_at((struct gnttab_unmap_grant_ref *)u, i), &op, status);
}

static bool read_replace(const void *u, unsigned i, struct unmapping *um)
{
    struct gnttab_unmap_and_replace op;

    if (get_guest(&op, guest_at((const struct gnttab_unmap_and_replace *)u, i)))
        return false;
    *um = (struct unmapping){ .host_addr = op.host_addr, .new_addr = op.new_addr, .handle = op.handle };
    return true;
}

static bool answer_replace(void *u, unsigned i, int16_t status)
{
    struct gnttab_unmap_and_replace op = { .status = status };

    return !put_guest_member(guest_at((struct gnttab_unmap_and_replace *)u, i), &op, status);
}

long grant_unmap_batch(void *uop, unsigned count)
{
    static const struct unmap_kind kind = { read_unmap, answer_unmap };

    return unmap_batch(uop, count, &kind);
}

long grant_replace_batch(void *uop, unsigned count)
{
    static const struct unmap_kind kind = { read_replace, answer_replace };

    return unmap_batch(uop, count, &kind);
}

/* ---- the end of a domain ---- */

static void release(struct domain *ld, grant_handle_t h)
{
    struct grant_table *t = ld->grant_table;
    struct maptrack *m = known_track(t, h);
    uint16_t flags = m->flags;
    struct domain *rd;
    mfn_t frame;

    if (!(flags & MAPPED))
        return;
    rd = domain_get_by_id(m->domid);     /* pinned: its frame's reference keeps it */
    BUG_ON(!rd);
    frame = pinned_frame(rd, m->ref);
    m->flags = 0;
    if (flags & GNTMAP_host_map)
        drop_way(rd, m->ref, GNTMAP_host_map, flags & GNTMAP_readonly, frame);
    if (flags & GNTMAP_device_map)
        drop_way(rd, m->ref, GNTMAP_device_map, flags & GNTMAP_readonly, frame);
    domain_put(rd);
}

/*
 * The domain is dying, none of its vcpus runs, its TLB entries were flushed: drop what it has mapped. Its
 * page table entries of grants carry no references. 0, -ERESTART: call again.
 */
int grant_table_release_mappings(struct domain *d)
{
    struct grant_table *t = d->grant_table;

    for (; t->release_next < t->nr_maptrack_pages * TRACK_PER_PAGE; t->release_next++) {
        if (t->release_next % 64 == 63 && hypercall_preempt_check())
            return -ERESTART;
        release(d, t->release_next);
    }
    return 0;
}
