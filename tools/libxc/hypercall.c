/* SPDX-License-Identifier: GPL-2.0-only */
/* From a C call to a hypercall, through the kernel's privcmd device. */
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <public/sys/privcmd.h>

#include "internal.h"

/* See xc.h. */
long xc_hypercall(struct xc *xc, unsigned int op, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                  uint64_t a5)
{
    struct privcmd_hypercall call = { .op = op, .arg = { a1, a2, a3, a4, a5 } };
    /* Not ioctl(): its int would cut results such as frame numbers. */
    long result = syscall(SYS_ioctl, xc->fd, IOCTL_PRIVCMD_HYPERCALL, &call);

    result = result < 0 ? -errno : result;
    xc->failed_op = result < 0 ? op : 0;
    xc->failed_error = result;
    return result;
}

/* See internal.h. */
long xc_call(struct xc *xc, unsigned int op, unsigned int command, void *argument, size_t size)
{
    void *buffer = xc_buffer_alloc(xc, size);
    long result;

    if (!buffer)
        return -ENOMEM;
    memcpy(buffer, argument, size);
    result = xc_hypercall(xc, op, command, (uintptr_t)buffer, 0, 0, 0);
    memcpy(argument, buffer, size);
    xc_buffer_free(xc, buffer, size);
    return result;
}

/* domctl and sysctl take their structure as the first argument. */
static int control(struct xc *xc, unsigned int op, void *argument, size_t size)
{
    void *buffer = xc_buffer_alloc(xc, size);
    int result;

    if (!buffer)
        return -ENOMEM;
    memcpy(buffer, argument, size);
    do
        result = xc_hypercall(xc, op, (uintptr_t)buffer, 0, 0, 0, 0);
    while (result == -PUBLIC_ERESTART);
    memcpy(argument, buffer, size);
    xc_buffer_free(xc, buffer, size);
    return result < 0 ? result : 0;
}

/* See xc.h. */
int xc_domctl(struct xc *xc, struct xen_domctl *op)
{
    op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
    return control(xc, __HYPERVISOR_domctl, op, sizeof(*op));
}

/* See xc.h. */
int xc_sysctl(struct xc *xc, struct xen_sysctl *op)
{
    op->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
    return control(xc, __HYPERVISOR_sysctl, op, sizeof(*op));
}

/* See internal.h. */
int xc_read_why(struct xc *xc, domid_t domid, struct xen_why_note *notes, unsigned int max)
{
    struct xen_domctl op = { .cmd = XEN_DOMCTL_why, .domain = domid };
    struct xen_domctl_why *why = (struct xen_domctl_why *)&op.u;
    size_t size = max * sizeof(*notes);
    struct xen_why_note *buffer = xc_buffer_alloc(xc, size);
    int error;

    if (!buffer)
        return -ENOMEM;
    why->nr = max;
    set_xen_guest_handle(why->notes, buffer);
    error = xc_domctl(xc, &op);
    if (!error)
        memcpy(notes, buffer, why->nr * sizeof(*notes));
    xc_buffer_free(xc, buffer, size);
    return error ? error : (int)why->nr;
}

/* See xc.h. */
int xc_why(struct xc *xc, domid_t domid, struct xen_why_note *notes, unsigned int max)
{
    int n = xc_read_why(xc, domid, notes, max);

    if (n == -ENOSYS || n == -EOPNOTSUPP)
        return xc_fail_text(xc, -ENOSYS, "this hypervisor doesn't tell why it refuses requests");
    return n < 0 ? xc_fail(xc, n, "asking why requests of domain %u were refused", domid) : n;
}

/* See internal.h. */
int xc_domctl_named(struct xc *xc, struct xen_domctl *op, uint32_t cmd, domid_t domid, const char *what)
{
    int error;

    op->cmd = cmd;
    op->domain = domid;
    error = xc_domctl(xc, op);
    if (error == -EACCES)
        return xc_fail_text(xc, error, "%s of domain %u: the hypervisor's domctl interface isn't %#x, "
                            "use tools of its release", what, domid, XEN_DOMCTL_INTERFACE_VERSION);
    return error ? xc_fail(xc, error, "%s of domain %u", what, domid) : 0;
}

/* See internal.h. */
int xc_sysctl_named(struct xc *xc, struct xen_sysctl *op, uint32_t cmd, const char *what)
{
    int error;

    op->cmd = cmd;
    error = xc_sysctl(xc, op);
    if (error == -EACCES)
        return xc_fail_text(xc, error, "%s: the hypervisor's sysctl interface isn't %#x, "
                            "use tools of its release", what, XEN_SYSCTL_INTERFACE_VERSION);
    return error ? xc_fail(xc, error, "%s", what) : 0;
}
