/* SPDX-License-Identifier: GPL-2.0-only */
/* Copying between frames by grant: no mapping, no TLB flush. */
#include "private.h"

/* One end of a copy, opened: frame and the part of it that may be touched. */
struct end {
    struct domain *d;            /* referenced; whose grant or frame */
    grant_ref_t ref;
    bool granted, write;
    struct pinned p;
};

static uint32_t pin_of(const struct end *e)
{
    return e->write ? PIN_DEV_WRITE : PIN_DEV_READ;
}

static void close_end(struct end *e)
{
    if (!e->d)
        return;
    grant_frame_put(e->p.frame, e->write);
    if (e->granted)
        grant_unpin(e->d, e->ref, pin_of(e));
    domain_put(e->d);
    e->d = NULL;
}

static int open_domain(domid_t id, bool granted, struct domain **d)
{
    *d = domain_get_by_any_id(id);
    if (!*d)
        return GNTST_bad_domain;
    if (granted || id == DOMID_SELF)
        return GNTST_okay;
    domain_put(*d);
    *d = NULL;
    return GNTST_permission_denied;          /* frames that are no grant only of DOMID_SELF */
}

static int open_end(const struct gnttab_copy *op, bool write, struct end *e)
{
    domid_t id = write ? op->dest.domid : op->source.domid;
    int rc;

    e->write = write;
    e->granted = op->flags & (write ? GNTCOPY_dest_gref : GNTCOPY_source_gref);
    rc = open_domain(id, e->granted, &e->d);
    if (rc)
        return rc;
    if (e->granted) {
        e->ref = write ? op->dest.u.ref : op->source.u.ref;
        rc = grant_pin(current->domain, e->d, e->ref, pin_of(e), USE_COPY, &e->p);
    } else
        e->p = (struct pinned){ mfn(write ? op->dest.u.gmfn : op->source.u.gmfn), 0, PAGE_SIZE, true, e->d };
    if (rc == GNTST_okay) {
        rc = grant_frame_get(e->p.frame, write, e->p.owner);
        if (rc && e->granted)
            grant_unpin(e->d, e->ref, pin_of(e));
    }
    if (rc) {
        domain_put(e->d);
        e->d = NULL;
    }
    return rc;
}

/* May [offset, offset+len) of the frame be touched? */
static bool allowed(const struct end *e, unsigned offset, unsigned len)
{
    if (offset > PAGE_SIZE || len > PAGE_SIZE - offset)
        return false;
    return e->p.whole || (offset >= e->p.start && offset + len <= e->p.start + (unsigned)e->p.length);
}

static int copy_one(const struct gnttab_copy *op)
{
    struct end src = { 0 }, dst = { 0 };
    int rc;

    if (op->source.offset + op->len > PAGE_SIZE || op->dest.offset + op->len > PAGE_SIZE)
        return GNTST_bad_copy_arg;
    rc = open_end(op, false, &src);
    if (rc == GNTST_okay)
        rc = open_end(op, true, &dst);
    if (rc == GNTST_okay &&
        !(allowed(&src, op->source.offset, op->len) && allowed(&dst, op->dest.offset, op->len)))
        rc = GNTST_general_error;
    if (rc == GNTST_okay)
        memmove((char *)mfn_to_virt(dst.p.frame) + op->dest.offset,
                (char *)mfn_to_virt(src.p.frame) + op->source.offset, op->len);
    close_end(&dst);
    close_end(&src);
    return rc;
}

long grant_copy_batch(void *uop, unsigned count)
{
    struct gnttab_copy op, *u = uop;
    unsigned i;

    for (i = 0; i < count && !(i && hypercall_preempt_check()); i++) {
        if (get_guest(&op, guest_at(u, i)))
            return -EFAULT;
        op.status = copy_one(&op);
        if (op.status != GNTST_okay)
            refused(op.status, "grant copy: see the status code");
        if (put_guest_member(guest_at(u, i), &op, status))
            return -EFAULT;
    }
    return i;
}
