/* SPDX-License-Identifier: GPL-2.0-only */
/* Event channels: those of other domains by hypercall, this program's own through the kernel's device. */
#include <sys/ioctl.h>
#include <unistd.h>

#include <public/sys/evtchn.h>

#include "internal.h"

/* --- On other domains' behalf --- */

int xc_evtchn_alloc_unbound(struct xc *xc, domid_t domid, domid_t remote)
{
    struct evtchn_alloc_unbound arg = { .dom = domid, .remote_dom = remote };
    int error = xc_call(xc, __HYPERVISOR_event_channel_op, EVTCHNOP_alloc_unbound, &arg, sizeof(arg));

    if (error)
        return xc_fail(xc, error, "event channel of domain %u to domain %u", domid, remote);
    return arg.port;
}

/* See xc.h. */
int xc_evtchn_status(struct xc *xc, domid_t domid, evtchn_port_t port, struct evtchn_status *status)
{
    int error;

    memset(status, 0, sizeof(*status));
    status->dom = domid;
    status->port = port;
    error = xc_call(xc, __HYPERVISOR_event_channel_op, EVTCHNOP_status, status, sizeof(*status));
    return error ? xc_fail(xc, error, "status of port %u of domain %u", port, domid) : 0;
}

/* See xc.h. */
int xc_evtchn_reset(struct xc *xc, domid_t domid)
{
    struct evtchn_reset arg = { .dom = domid };
    int error = xc_call(xc, __HYPERVISOR_event_channel_op, EVTCHNOP_reset, &arg, sizeof(arg));

    return error ? xc_fail(xc, error, "closing the event channels of domain %u", domid) : 0;
}

/* --- This program's own --- */

struct xc_evtchn {
    int fd;
};

/* Event channels of this process. */
int xc_evtchn_open(struct xc_evtchn **result)
{
    int fd = xc_open_device("/dev/xen/evtchn", NULL, "xen-evtchn");

    *result = NULL;
    if (fd < 0)
        return fd;
    *result = malloc(sizeof(**result));
    if (!*result) {
        close(fd);
        return xc_fail_open(-ENOMEM, "/dev/xen/evtchn");
    }
    (*result)->fd = fd;
    return 0;
}

/* See xc.h. */
void xc_evtchn_close(struct xc_evtchn *evtchn)
{
    if (!evtchn)
        return;
    close(evtchn->fd);
    free(evtchn);
}

/* See xc.h. */
int xc_evtchn_fd(const struct xc_evtchn *evtchn)
{
    return evtchn->fd;
}

static int device_op(struct xc_evtchn *evtchn, unsigned long request, void *arg)
{
    int result = ioctl(evtchn->fd, request, arg);

    return result < 0 ? -errno : result;
}

/* See xc.h. */
int xc_evtchn_bind_interdomain(struct xc_evtchn *evtchn, domid_t remote, evtchn_port_t remote_port)
{
    struct ioctl_evtchn_bind_interdomain arg = { .remote_domain = remote, .remote_port = remote_port };

    return device_op(evtchn, IOCTL_EVTCHN_BIND_INTERDOMAIN, &arg);
}

/* See xc.h. */
int xc_evtchn_bind_unbound(struct xc_evtchn *evtchn, domid_t remote)
{
    struct ioctl_evtchn_bind_unbound_port arg = { .remote_domain = remote };

    return device_op(evtchn, IOCTL_EVTCHN_BIND_UNBOUND_PORT, &arg);
}

/* See xc.h. */
int xc_evtchn_bind_virq(struct xc_evtchn *evtchn, unsigned int virq)
{
    struct ioctl_evtchn_bind_virq arg = { .virq = virq };

    return device_op(evtchn, IOCTL_EVTCHN_BIND_VIRQ, &arg);
}

/* See xc.h. */
int xc_evtchn_unbind(struct xc_evtchn *evtchn, evtchn_port_t port)
{
    struct ioctl_evtchn_unbind arg = { .port = port };

    return device_op(evtchn, IOCTL_EVTCHN_UNBIND, &arg);
}

/* See xc.h. */
int xc_evtchn_notify(struct xc_evtchn *evtchn, evtchn_port_t port)
{
    struct ioctl_evtchn_notify arg = { .port = port };

    return device_op(evtchn, IOCTL_EVTCHN_NOTIFY, &arg);
}

/* See xc.h. */
int xc_evtchn_pending(struct xc_evtchn *evtchn)
{
    evtchn_port_t port;
    ssize_t n = read(evtchn->fd, &port, sizeof(port));

    return n == sizeof(port) ? (int)port : n < 0 ? -errno : -EIO;
}

/* See xc.h. */
int xc_evtchn_unmask(struct xc_evtchn *evtchn, evtchn_port_t port)
{
    ssize_t n = write(evtchn->fd, &port, sizeof(port));

    return n == sizeof(port) ? 0 : n < 0 ? -errno : -EIO;
}
