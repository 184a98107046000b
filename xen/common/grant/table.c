/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Grant tables: letting other domains use one's frames.
 *
 * A domain's table is an array in pages it shares with us: entry ref says "domain D may use frame F (read
 * only)". Everything there may change under our eyes, so an entry is looked at once, when it goes from
 * unused to used (pin.c): we mark it in use by an atomic operation on the very word that grants, read the
 * frame once, and from then on trust only our own copy, the active entry. While any use is left the frame,
 * the user and the mode stay as pinned; each use holds its own references to the frame, so it can't be
 * freed or change its type underneath. With the last use the in-use marks are taken back.
 *
 *   unused --pin--> pinned (map: a handle in the user's maptrack; copy: while it lasts) --unpin--> unused
 *
 * Locks: table->lock for version and size; active->lock for one entry; maptrack_lock for handles. Two
 * tables are locked at once (for reading) only where a transitive grant leads from one to the other.
 */
#include <xen/console.h>
#include <xen/param.h>
#include "private.h"

#define GRANT_FRAMES_MAX   4096u
#define MAPTRACK_PAGES_MAX 65536u

static unsigned opt_max_frames = 64, opt_max_maptrack = 1024;
bounded_param("gnttab_max_frames", opt_max_frames, 1, GRANT_FRAMES_MAX);
bounded_param("gnttab_max_maptrack_frames", opt_max_maptrack, 0, MAPTRACK_PAGES_MAX);

static unsigned max_status_frames(const struct grant_table *t)
{
    return DIV_ROUND_UP(t->max_frames * V2_PER_PAGE, STATUS_PER_PAGE);
}

/* ---- size ---- */

static bool add_shared_page(struct domain *d, void **slot)
{
    *slot = zalloc_xenheap_page();
    if (*slot)
        share_xen_page_with_guest(virt_to_page(*slot), d, SHARE_rw);
    return *slot;
}

static void drop_shared_page(void *page)
{
    if (page)
        unshare_xen_page(virt_to_page(page));
}

/* Status words for the entries of nr frames of version 2. */
static bool grow_status(struct domain *d, struct grant_table *t, unsigned nr)
{
    unsigned need = DIV_ROUND_UP(nr * V2_PER_PAGE, STATUS_PER_PAGE);

    for (; t->nr_status < need; t->nr_status++)
        if (!add_shared_page(d, (void **)&t->status[t->nr_status]))
            return false;
    return true;
}

static bool grow_active(struct grant_table *t, unsigned nr)
{
    unsigned need = DIV_ROUND_UP(nr * V1_PER_PAGE, ACTIVE_PER_PAGE);

    for (; t->nr_active_pages < need; t->nr_active_pages++) {
        t->active[t->nr_active_pages] = zalloc_xenheap_page();
        if (!t->active[t->nr_active_pages])
            return false;
    }
    return true;
}

/* Wherever memory runs out, every entry there is has its active entry and its status word: those come first. */
bool grant_table_grow(struct domain *d, unsigned nr)
{
    struct grant_table *t = d->grant_table;

    if (nr > t->max_frames || !grow_active(t, nr) || (t->version == 2 && !grow_status(d, t, nr)))
        return false;
    for (; t->nr_frames < nr; t->nr_frames++)
        if (!add_shared_page(d, &t->shared[t->nr_frames]))
            return false;
    return true;
}

/* ---- beginning and end ---- */

static void free_table(struct grant_table *t)
{
    for (unsigned i = 0; t->shared && i < t->nr_frames; i++)
        drop_shared_page(t->shared[i]);
    for (unsigned i = 0; t->status && i < t->nr_status; i++)
        drop_shared_page(t->status[i]);
    for (unsigned i = 0; t->active && i < t->nr_active_pages; i++)
        free_xenheap_page(t->active[i]);
    for (unsigned i = 0; t->maptrack && i < t->nr_maptrack_pages; i++)
        free_xenheap_page(t->maptrack[i]);
    xfree(t->shared);
    xfree(t->status);
    xfree(t->active);
    xfree(t->maptrack);
    xfree(t);
}

int grant_table_init(struct domain *d, int max_frames, int max_maptrack, unsigned max_version)
{
    struct grant_table *t = xzalloc(struct grant_table);

    if (!t)
        return -ENOMEM;
    t->version = 1;
    t->max_version = max_version == 1 ? 1 : 2;
    t->max_frames = max_frames < 0 ? opt_max_frames : (unsigned)max_frames;
    t->max_maptrack_pages = max_maptrack < 0 ? opt_max_maptrack : (unsigned)max_maptrack;
    t->maptrack_free = NO_HANDLE;
    spin_lock_init(&t->maptrack_lock);
    if (t->max_frames == 0 || t->max_frames > GRANT_FRAMES_MAX || t->max_maptrack_pages > MAPTRACK_PAGES_MAX) {
        xfree(t);
        return refuse(-EINVAL, "createdomain: grant frames must be 1 to 4096, maptrack frames at most 65536");
    }
    t->shared = xzalloc_array(void *, t->max_frames);
    t->status = xzalloc_array(grant_status_t *, max_status_frames(t));
    t->active = xzalloc_array(struct active *, DIV_ROUND_UP(t->max_frames * V1_PER_PAGE, ACTIVE_PER_PAGE));
    t->maptrack = xzalloc_array(struct maptrack *, t->max_maptrack_pages + 1);
    d->grant_table = t;
    if (!t->shared || !t->status || !t->active || !t->maptrack || !grant_table_grow(d, 1)) {
        d->grant_table = NULL;
        free_table(t);
        return -ENOMEM;
    }
    return 0;
}

/*
 * The shared pages were given back by grant_table_drop_shared(); nobody refers to the domain any more.
 */
void grant_table_destroy(struct domain *d)
{
    struct grant_table *t = d->grant_table;

    d->grant_table = NULL;
    if (t)
        free_table(t);
}

/*
 * The domain is dying and all its mappings are gone: give its shared pages back, so that they do not keep
 * it.
 */
void grant_table_drop_shared(struct domain *d)
{
    struct grant_table *t = d->grant_table;

    write_lock(&t->lock);
    for (; t->nr_frames; t->nr_frames--)
        drop_shared_page(t->shared[t->nr_frames - 1]);
    for (; t->nr_status; t->nr_status--)
        drop_shared_page(t->status[t->nr_status - 1]);
    write_unlock(&t->lock);
}

/* ---- what others ask ---- */

/* Frames of a table with status frame idx, which the last frames may not fill. */
static unsigned frames_for_status(const struct grant_table *t, unsigned long idx)
{
    return min((idx + 1) * STATUS_PER_PAGE / V2_PER_PAGE, (unsigned long)t->max_frames);
}

/* t->lock held for writing */
static int frame_locked(struct domain *d, struct grant_table *t, unsigned long idx, bool status, mfn_t *frame)
{
    if (d->is_dying)
        return refuse(-EINVAL, "grant frames: the domain is dying");
    if (status) {
        if (t->version != 2)
            return refuse(-EINVAL, "grant frames: status frames need version 2");
        if (idx >= max_status_frames(t) || (idx >= t->nr_status && !grant_table_grow(d, frames_for_status(t, idx))))
            return refuse(-EINVAL, "grant frames: status frame beyond the limit");
        *frame = virt_to_mfn(t->status[idx]);
    } else {
        if (idx >= t->max_frames || (idx >= t->nr_frames && !grant_table_grow(d, idx + 1)))
            return refuse(-EINVAL, "grant frames: frame beyond the limit");
        *frame = virt_to_mfn(t->shared[idx]);
    }
    return 0;
}

/*
 * The frame behind index idx; the table grows as far as needed. 0 or -errno. With the lock held either the domain is seen
 * to be dying, or grant_table_drop_shared() will find the frame.
 */
int grant_table_frame(struct domain *d, unsigned long idx, bool status, mfn_t *frame)
{
    struct grant_table *t = d->grant_table;
    int rc;

    write_lock(&t->lock);
    rc = frame_locked(d, t, idx, status, frame);
    write_unlock(&t->lock);
    return rc;
}

unsigned grant_table_max_frames(struct domain *d, bool status)
{
    const struct grant_table *t = d->grant_table;

    return status ? max_status_frames(t) : t->max_frames;
}

static unsigned count_pinned(struct grant_table *t, grant_ref_t from)
{
    unsigned n = 0;

    for (grant_ref_t ref = from; ref < nr_entries(t); ref++)
        n += active_of(t, ref)->pin != 0;
    return n;
}

void grant_table_warn_active(struct domain *d)
{
    struct grant_table *t = d->grant_table;
    unsigned n;

    read_lock(&t->lock);
    n = count_pinned(t, 0);
    read_unlock(&t->lock);
    if (n)
        printk(LOG_INFO "Domain %d: %u of its grants are in use by others\n", d->domain_id, n);
}

/* ---- operations on the table itself ---- */

/* The domain a table operation is for, referenced; NULL: *status says why. */
static struct domain *table_domain(domid_t id, int16_t *status)
{
    struct domain *d = domain_get_by_any_id(id);

    if (!d)
        *status = GNTST_bad_domain;
    else if (d != current->domain && !may_control(current->domain, d)) {
        domain_put(d);
        d = NULL;
        *status = GNTST_permission_denied;
    }
    return d;
}

static int copy_frame_list(void **pages, unsigned n, XEN_GUEST_HANDLE(xen_pfn_t) list)
{
    for (unsigned i = 0; i < n; i++) {
        xen_pfn_t frame = virt_to_mfn(pages[i]).n;

        if (copy_to_guest_offset(list, i, &frame, 1))
            return GNTST_bad_virt_addr;
    }
    return GNTST_okay;
}

static long setup_table(void *uop, unsigned count)
{
    struct gnttab_setup_table op;
    struct domain *d;

    if (count != 1)
        return refuse(-EINVAL, "setup_table: one at a time");
    if (get_guest(&op, uop))
        return -EFAULT;
    d = table_domain(op.dom, &op.status);
    if (d) {
        struct grant_table *t = d->grant_table;

        write_lock(&t->lock);
        if (op.nr_frames > t->max_frames || d->is_dying || !grant_table_grow(d, op.nr_frames))
            op.status = GNTST_general_error;
        else
            op.status = copy_frame_list(t->shared, op.nr_frames, op.frame_list);
        write_unlock(&t->lock);
        domain_put(d);
    }
    return put_guest(uop, &op) ? -EFAULT : 0;
}

static long get_status_frames(void *uop, unsigned count)
{
    struct gnttab_get_status_frames op;
    struct domain *d;

    if (count != 1)
        return refuse(-EINVAL, "get_status_frames: one at a time");
    if (get_guest(&op, uop))
        return -EFAULT;
    d = table_domain(op.dom, &op.status);
    if (d) {
        struct grant_table *t = d->grant_table;

        op.status = GNTST_okay;
        read_lock(&t->lock);
        if (op.nr_frames > (t->version == 2 ? t->nr_status : 0))
            op.status = GNTST_general_error;
        for (unsigned i = 0; op.status == GNTST_okay && i < op.nr_frames; i++) {
            uint64_t frame = virt_to_mfn(t->status[i]).n;

            if (copy_to_guest_offset(op.frame_list, i, &frame, 1))
                op.status = GNTST_bad_virt_addr;
        }
        read_unlock(&t->lock);
        domain_put(d);
    }
    return put_guest(uop, &op) ? -EFAULT : 0;
}

static long query_size(void *uop, unsigned count)
{
    struct gnttab_query_size op;
    struct domain *d;

    if (count != 1)
        return refuse(-EINVAL, "query_size: one at a time");
    if (get_guest(&op, uop))
        return -EFAULT;
    d = table_domain(op.dom, &op.status);
    if (d) {
        op.nr_frames = d->grant_table->nr_frames;
        op.max_nr_frames = d->grant_table->max_frames;
        op.status = GNTST_okay;
        domain_put(d);
    }
    return put_guest(uop, &op) ? -EFAULT : 0;
}

static long get_version(void *uop, unsigned count)
{
    struct gnttab_get_version op;
    int16_t status = 0;
    struct domain *d;

    if (get_guest(&op, uop))
        return -EFAULT;
    d = table_domain(op.dom, &status);
    if (!d)
        return status == GNTST_bad_domain ? refuse(-ESRCH, "get_version: no such domain")
                                          : refuse(-EPERM, "get_version: not of the caller's domains");
    op.version = d->grant_table->version;
    domain_put(d);
    return put_guest(uop, &op) ? -EFAULT : 0;
}

/* The entries a toolstack has seeded keep their meaning in the other layout; all others are cleared. */
static void convert_reserved(struct grant_table *t, unsigned version)
{
    struct { uint16_t flags; domid_t domid; uint64_t frame; } kept[GNTTAB_NR_RESERVED_ENTRIES];

    for (grant_ref_t ref = 0; ref < ARRAY_SIZE(kept); ref++) {
        if (t->version == 1) {
            grant_entry_v1_t *e = entry_v1(t, ref);

            kept[ref].flags = READ_ONCE(e->flags), kept[ref].domid = e->domid, kept[ref].frame = e->frame;
        } else {
            grant_entry_v2_t *e = entry_v2(t, ref);

            kept[ref].flags = READ_ONCE(e->hdr.flags) | *status_of(t, ref);
            kept[ref].domid = e->hdr.domid, kept[ref].frame = e->full_page.frame;
        }
        if ((kept[ref].flags & GTF_type_mask) != GTF_permit_access || kept[ref].flags & GTF_sub_page)
            kept[ref].flags = 0;
    }
    for (unsigned i = 0; i < t->nr_frames; i++)
        clear_page(t->shared[i]);
    for (unsigned i = 0; i < t->nr_status; i++)
        clear_page(t->status[i]);
    t->version = version;
    for (grant_ref_t ref = 0; ref < ARRAY_SIZE(kept); ref++) {
        const uint16_t in_use = GTF_reading | GTF_writing;

        if (version == 1) {
            entry_v1(t, ref)->frame = kept[ref].frame;
            entry_v1(t, ref)->domid = kept[ref].domid;
            entry_v1(t, ref)->flags = kept[ref].flags;
        } else {
            entry_v2(t, ref)->full_page.frame = kept[ref].frame;
            entry_v2(t, ref)->hdr.domid = kept[ref].domid;
            *status_of(t, ref) = kept[ref].flags & in_use;
            entry_v2(t, ref)->hdr.flags = kept[ref].flags & ~in_use;
        }
    }
}

/*
 * t->lock held for writing. Status frames exist before any entry is of version 2, and stay with version 1: the guest may
 * have them mapped, and would get others the next time.
 */
static int change_version(struct domain *d, struct grant_table *t, unsigned version)
{
    if (count_pinned(t, GNTTAB_NR_RESERVED_ENTRIES))
        return refuse(-EBUSY, "set_version: grants are in use");
    if (version == 2 && !grow_status(d, t, t->nr_frames))
        return -ENOMEM;
    convert_reserved(t, version);
    return 0;
}

static long set_version(void *uop, unsigned count)
{
    struct gnttab_set_version op;
    struct domain *d = current->domain;
    struct grant_table *t = d->grant_table;
    long rc = 0;

    if (get_guest(&op, uop))
        return -EFAULT;
    write_lock(&t->lock);
    if (op.version != 1 && op.version != 2)
        rc = refuse(-EINVAL, "set_version: there are versions 1 and 2");
    else if (op.version > t->max_version)
        rc = refuse(-ENOSYS, "set_version: the domain is limited to version 1");
    else if (op.version != t->version)
        rc = change_version(d, t, op.version);
    op.version = t->version;
    write_unlock(&t->lock);
    if (put_guest(uop, &op))
        rc = -EFAULT;
    return rc;
}

/* Neither may be in use. */
static int swap(struct grant_table *t, grant_ref_t a, grant_ref_t b)
{
    struct active *low, *high;
    int rc = GNTST_okay;

    if (!has_entry(t, &a) || !has_entry(t, &b))
        return GNTST_bad_gntref;
    if (a == b)
        return GNTST_okay;
    low = active_of(t, min(a, b));
    high = active_of(t, max(a, b));
    spin_lock(&low->lock);
    spin_lock(&high->lock);
    if (low->pin || high->pin) {
        rc = GNTST_eagain;
    } else if (t->version == 1) {
        grant_entry_v1_t e = *entry_v1(t, a);

        *entry_v1(t, a) = *entry_v1(t, b);
        *entry_v1(t, b) = e;
    } else {
        grant_entry_v2_t e = *entry_v2(t, a);

        *entry_v2(t, a) = *entry_v2(t, b);
        *entry_v2(t, b) = e;
    }
    spin_unlock(&high->lock);
    spin_unlock(&low->lock);
    return rc;
}

static long swap_batch(void *uop, unsigned count)
{
    struct grant_table *t = current->domain->grant_table;
    struct gnttab_swap_grant_ref op, *u = uop;
    unsigned i;

    for (i = 0; i < count && !(i && hypercall_preempt_check()); i++) {
        if (get_guest(&op, guest_at(u, i)))
            return -EFAULT;
        read_lock(&t->lock);
        op.status = swap(t, op.ref_a, op.ref_b);
        read_unlock(&t->lock);
        if (put_guest_member(guest_at(u, i), &op, status))
            return -EFAULT;
    }
    return i;
}

/* Write back and drop cache lines of a page of the caller's. */
static long cache_flush(const struct gnttab_cache_flush *op)
{
    uint32_t actions = op->op & ~GNTTAB_CACHE_SOURCE_GREF;
    struct page_info *pg;
    const char *p;

    if (actions & ~(GNTTAB_CACHE_CLEAN | GNTTAB_CACHE_INVAL))
        return refuse(-EINVAL, "cache_flush: unknown action");
    if (op->offset > PAGE_SIZE || op->length > PAGE_SIZE - op->offset)
        return refuse(-EINVAL, "cache_flush: the range leaves the page");
    if (op->length == 0 || actions == 0)
        return 0;
    if (op->op & GNTTAB_CACHE_SOURCE_GREF)
        return refuse(-EOPNOTSUPP, "cache_flush: give the bus address of the grant");
    pg = get_page_from_mfn(mfn(op->a.dev_bus_addr >> PAGE_SHIFT), current->domain);
    if (!pg)
        return refuse(-EINVAL, "cache_flush: not a frame of the caller");
    p = (const char *)page_to_virt(pg) + op->offset;
    for (const char *line = p; line < p + op->length; line += 64 - (unsigned long)line % 64)
        __asm__ volatile ("clflush %0" :: "m" (*line) : "memory");
    put_page(pg);
    return 0;
}

static long cache_flush_batch(void *uop, unsigned count)
{
    struct gnttab_cache_flush op, *u = uop;
    unsigned i;
    long rc;

    for (i = 0; i < count && !(i && hypercall_preempt_check()); i++) {
        if (get_guest(&op, guest_at(u, i)))
            return -EFAULT;
        rc = cache_flush(&op);
        if (rc)
            return rc;
    }
    return i;
}

static long dump_table(void *uop, unsigned count)
{
    struct gnttab_dump_table op;
    struct domain *d;

    if (get_guest(&op, uop))
        return -EFAULT;
    d = table_domain(op.dom, &op.status);
    if (d) {
        struct grant_table *t = d->grant_table;

        read_lock(&t->lock);
        printk(LOG_GUEST LOG_INFO "Grants of domain %d: version %u, %u of %u frames, %u in use\n",
               d->domain_id, t->version, t->nr_frames, t->max_frames, count_pinned(t, 0));
        read_unlock(&t->lock);
        op.status = GNTST_okay;
        domain_put(d);
    }
    return put_guest(uop, &op) ? -EFAULT : 0;
}

/* ---- the hypercall ---- */

#define OF(type) sizeof(type), WIDTH_OF((type *)NULL)
static const struct {
    long (*batch)(void *uop, unsigned count);
    uint16_t size;
    const struct width_layout *layout;
} ops[] = {
    [GNTTABOP_map_grant_ref]      = { grant_map_batch, OF(struct gnttab_map_grant_ref) },
    [GNTTABOP_unmap_grant_ref]    = { grant_unmap_batch, OF(struct gnttab_unmap_grant_ref) },
    [GNTTABOP_unmap_and_replace]  = { grant_replace_batch, OF(struct gnttab_unmap_and_replace) },
    [GNTTABOP_transfer]           = { grant_transfer_batch, OF(struct gnttab_transfer) },
    [GNTTABOP_copy]               = { grant_copy_batch, OF(struct gnttab_copy) },
    [GNTTABOP_swap_grant_ref]     = { swap_batch, OF(struct gnttab_swap_grant_ref) },
    [GNTTABOP_cache_flush]        = { cache_flush_batch, OF(struct gnttab_cache_flush) },
};

static long batch(unsigned cmd, void *uop, unsigned count)
{
    const void *rest = uop;
    long done;

    if (!guest_range_ok(uop, (size_t)ops[cmd].size * count))
        return -EFAULT;
    while (count) {
        done = ops[cmd].batch((void *)rest, count);
        if (done < 0)
            return done;
        rest = width_at(ops[cmd].layout, rest, ops[cmd].size, done);
        count -= done;
        if (count && hypercall_preempt_check())
            return hypercall_continue(__HYPERVISOR_grant_table_op, 3, (unsigned long)cmd, rest,
                                      (unsigned long)count);
    }
    return 0;
}

long do_grant_table_op(unsigned cmd, void *uop, unsigned count)
{
    if ((int)count < 0)
        return refuse(-EINVAL, "grant_table_op: a negative count");
    if (cmd < ARRAY_SIZE(ops) && ops[cmd].batch)
        return batch(array_index_nospec(cmd, ARRAY_SIZE(ops)), uop, count);
    switch (cmd) {
    case GNTTABOP_setup_table:       return setup_table(uop, count);
    case GNTTABOP_query_size:        return query_size(uop, count);
    case GNTTABOP_set_version:       return set_version(uop, count);
    case GNTTABOP_get_version:       return get_version(uop, count);
    case GNTTABOP_get_status_frames: return get_status_frames(uop, count);
    case GNTTABOP_dump_table:        return dump_table(uop, count);
    }
    return refuse(-ENOSYS, "grant_table_op: unknown operation");
}

/* ---- debug key 'g' ---- */

static void show_grants(struct domain *d)
{
    struct grant_table *t = d->grant_table;
    unsigned active = t->nr_active_pages * ACTIVE_PER_PAGE;

    printk("  d%u: version %u, %u of %u frames\n", d->domain_id, t->version, t->nr_frames, t->max_frames);
    for (grant_ref_t ref = 0; ref < active; ref++) {
        const struct active *a = active_of(t, ref);

        if (a->pin)
            printk("    grant %u: frame %lx in use by d%u, pins %08x\n", ref, a->frame.n, a->domid, a->pin);
    }
}

static void dump_grants(char key)
{
    struct domain *d;

    read_lock(&domlist_lock);
    for_each_domain (d)
        if (d->grant_table)
            show_grants(d);
    read_unlock(&domlist_lock);
}
debug_key('g', "grants in use", dump_grants);
