/* SPDX-License-Identifier: GPL-2.0-only */
/* Virtual CPUs: state, affinity, and the scheduler's parameters. */
#include "internal.h"

int xc_vcpu_info(struct xc *xc, domid_t domid, unsigned int vcpu, struct xen_domctl_getvcpuinfo *info)
{
    struct xen_domctl op = { .u.getvcpuinfo.vcpu = vcpu };
    int error = xc_domctl_named(xc, &op, XEN_DOMCTL_getvcpuinfo, domid, "asking for a vcpu");

    *info = op.u.getvcpuinfo;
    return error;
}

/* See xc.h. */
int xc_vcpu_get_context(struct xc *xc, domid_t domid, unsigned int vcpu, vcpu_guest_context_t *context)
{
    struct xen_domctl op = { .u.vcpucontext.vcpu = vcpu };
    vcpu_guest_context_t *buffer = xc_buffer_alloc(xc, sizeof(*buffer));
    int error;

    if (!buffer)
        return -ENOMEM;
    set_xen_guest_handle(op.u.vcpucontext.ctxt, buffer);
    error = xc_domctl_named(xc, &op, XEN_DOMCTL_getvcpucontext, domid, "reading a vcpu's registers");
    if (!error)
        *context = *buffer;
    xc_buffer_free(xc, buffer, sizeof(*buffer));
    return error;
}

/* See xc.h. */
int xc_vcpu_set_context(struct xc *xc, domid_t domid, unsigned int vcpu, const vcpu_guest_context_t *context)
{
    struct xen_domctl op = { .u.vcpucontext.vcpu = vcpu };
    vcpu_guest_context_t *buffer = xc_buffer_alloc(xc, sizeof(*buffer));
    int error;

    if (!buffer)
        return -ENOMEM;
    *buffer = *context;
    set_xen_guest_handle(op.u.vcpucontext.ctxt, buffer);
    error = xc_domctl_named(xc, &op, XEN_DOMCTL_setvcpucontext, domid, "setting a vcpu's registers");
    xc_buffer_free(xc, buffer, sizeof(*buffer));
    return error;
}

/* --- Affinity: both masks in one page --- */

#define MASK_BYTES (XC_PAGE_SIZE / 2)

static int affinity(struct xc *xc, uint32_t cmd, domid_t domid, unsigned int vcpu, uint8_t *hard,
                    uint8_t *soft, size_t bytes)
{
    struct xen_domctl op = { .u.vcpuaffinity = {
        .vcpu = vcpu,
        .flags = (hard ? XEN_VCPUAFFINITY_HARD : 0) | (soft ? XEN_VCPUAFFINITY_SOFT : 0),
        .cpumap_hard.nr_bits = bytes * 8, .cpumap_soft.nr_bits = bytes * 8,
    } };
    uint8_t *masks;
    int error;

    if (bytes > MASK_BYTES)
        return xc_fail(xc, -E2BIG, "affinity of vcpu %u of domain %u: CPU mask", vcpu, domid);
    masks = xc_buffer_alloc(xc, 2 * MASK_BYTES);
    if (!masks)
        return -ENOMEM;
    if (hard)
        memcpy(masks, hard, bytes);
    if (soft)
        memcpy(masks + MASK_BYTES, soft, bytes);
    set_xen_guest_handle(op.u.vcpuaffinity.cpumap_hard.bitmap, masks);
    set_xen_guest_handle(op.u.vcpuaffinity.cpumap_soft.bitmap, masks + MASK_BYTES);
    error = xc_domctl_named(xc, &op, cmd, domid, "affinity of a vcpu");
    if (!error && hard)
        memcpy(hard, masks, bytes);
    if (!error && soft)
        memcpy(soft, masks + MASK_BYTES, bytes);
    xc_buffer_free(xc, masks, 2 * MASK_BYTES);
    return error;
}

/* See xc.h. */
int xc_vcpu_get_affinity(struct xc *xc, domid_t domid, unsigned int vcpu, uint8_t *hard, uint8_t *soft,
                         size_t bytes)
{
    return affinity(xc, XEN_DOMCTL_getvcpuaffinity, domid, vcpu, hard, soft, bytes);
}

/* See xc.h. */
int xc_vcpu_set_affinity(struct xc *xc, domid_t domid, unsigned int vcpu, uint8_t *hard, uint8_t *soft,
                         size_t bytes)
{
    return affinity(xc, XEN_DOMCTL_setvcpuaffinity, domid, vcpu, hard, soft, bytes);
}

/* --- Scheduler --- */

int xc_sched_id(struct xc *xc, uint32_t *sched_id)
{
    struct xen_sysctl op = { 0 };
    int error = xc_sysctl_named(xc, &op, XEN_SYSCTL_sched_id, "asking for the scheduler");

    *sched_id = op.u.sched_id.sched_id;
    return error;
}

/* See xc.h. */
int xc_sched_domain_op(struct xc *xc, domid_t domid, struct xen_domctl_scheduler_op *params)
{
    struct xen_domctl op = { .u.scheduler_op = *params };
    int error = xc_domctl_named(xc, &op, XEN_DOMCTL_scheduler_op, domid, "scheduling parameters");

    *params = op.u.scheduler_op;
    return error;
}

/* See xc.h. */
int xc_sched_credit_get(struct xc *xc, domid_t domid, struct xen_domctl_sched_credit *params)
{
    struct xen_domctl_scheduler_op op = {
        .sched_id = XEN_SCHEDULER_CREDIT, .cmd = XEN_DOMCTL_SCHEDOP_getinfo,
    };
    int error = xc_sched_domain_op(xc, domid, &op);

    *params = op.u.credit;
    return error;
}

/* See xc.h. */
int xc_sched_credit_set(struct xc *xc, domid_t domid, const struct xen_domctl_sched_credit *params)
{
    struct xen_domctl_scheduler_op op = {
        .sched_id = XEN_SCHEDULER_CREDIT, .cmd = XEN_DOMCTL_SCHEDOP_putinfo, .u.credit = *params,
    };

    return xc_sched_domain_op(xc, domid, &op);
}

/* See xc.h. */
int xc_sched_credit2_get(struct xc *xc, domid_t domid, struct xen_domctl_sched_credit2 *params)
{
    struct xen_domctl_scheduler_op op = {
        .sched_id = XEN_SCHEDULER_CREDIT2, .cmd = XEN_DOMCTL_SCHEDOP_getinfo,
    };
    int error = xc_sched_domain_op(xc, domid, &op);

    *params = op.u.credit2;
    return error;
}

/* See xc.h. */
int xc_sched_credit2_set(struct xc *xc, domid_t domid, const struct xen_domctl_sched_credit2 *params)
{
    struct xen_domctl_scheduler_op op = {
        .sched_id = XEN_SCHEDULER_CREDIT2, .cmd = XEN_DOMCTL_SCHEDOP_putinfo, .u.credit2 = *params,
    };

    return xc_sched_domain_op(xc, domid, &op);
}

/* See xc.h. */
int xc_sched_pool_op(struct xc *xc, struct xen_sysctl_scheduler_op *params)
{
    struct xen_sysctl op = { .u.scheduler_op = *params };
    int error = xc_sysctl_named(xc, &op, XEN_SYSCTL_scheduler_op, "the scheduler's global parameters");

    *params = op.u.scheduler_op;
    return error;
}
