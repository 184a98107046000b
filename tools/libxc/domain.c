/* SPDX-License-Identifier: GPL-2.0-only */
/* Domains: life cycle, information, settings. */
#include <sched.h>

#include "internal.h"

/* --- Life cycle --- */

int xc_domain_create(struct xc *xc, domid_t *domid, const struct xen_domctl_createdomain *config)
{
    struct xen_domctl op = { .cmd = XEN_DOMCTL_createdomain, .domain = *domid, .u.createdomain = *config };
    int error = xc_domctl(xc, &op);

    if (error == -EEXIST)
        return xc_fail_text(xc, error, "creating domain %u: there is such a domain already", *domid);
    if (error == -ENOMEM)
        return xc_fail_text(xc, error, "creating a domain: the hypervisor is out of memory "
                            "(give domain 0 less with dom0_mem=, or balloon it down)");
    if (error)
        return xc_fail(xc, error, "creating a domain with %u vcpus", config->max_vcpus);
    *domid = op.domain;
    return 0;
}

/* See xc.h. */
int xc_domain_destroy(struct xc *xc, domid_t domid)
{
    struct xen_domctl op = { .cmd = XEN_DOMCTL_destroydomain, .domain = domid };
    int error;

    /* -EAGAIN: so much was freed, and others get a turn. */
    while ((error = xc_domctl(xc, &op)) == -EAGAIN)
        sched_yield();
    return error ? xc_fail(xc, error, "destroying domain %u", domid) : 0;
}

/* See xc.h. */
int xc_domain_pause(struct xc *xc, domid_t domid)
{
    struct xen_domctl op = { 0 };

    return xc_domctl_named(xc, &op, XEN_DOMCTL_pausedomain, domid, "pause");
}

/* See xc.h. */
int xc_domain_unpause(struct xc *xc, domid_t domid)
{
    struct xen_domctl op = { 0 };

    return xc_domctl_named(xc, &op, XEN_DOMCTL_unpausedomain, domid, "unpause");
}

/* See xc.h. */
int xc_domain_resume(struct xc *xc, domid_t domid)
{
    struct xen_domctl op = { 0 };

    return xc_domctl_named(xc, &op, XEN_DOMCTL_resumedomain, domid, "resume");
}

/* See xc.h. */
int xc_domain_shutdown(struct xc *xc, domid_t domid, int reason)
{
    struct sched_remote_shutdown arg = { .domain_id = domid, .reason = reason };
    int error = xc_call(xc, __HYPERVISOR_sched_op, SCHEDOP_remote_shutdown, &arg, sizeof(arg));

    return error ? xc_fail(xc, error, "shutting domain %u down", domid) : 0;
}

/* --- Information --- */

int xc_domain_list(struct xc *xc, domid_t first, unsigned int max, struct xen_domctl_getdomaininfo *info)
{
    size_t size = max * sizeof(*info);
    struct xen_sysctl op = { .u.getdomaininfolist = { .first_domain = first, .max_domains = max } };
    struct xen_domctl_getdomaininfo *buffer;
    int error;

    if (!max)
        return 0;
    buffer = xc_buffer_alloc(xc, size);
    if (!buffer)
        return -ENOMEM;
    set_xen_guest_handle(op.u.getdomaininfolist.buffer, buffer);
    error = xc_sysctl_named(xc, &op, XEN_SYSCTL_getdomaininfolist, "listing domains");
    if (!error)
        memcpy(info, buffer, op.u.getdomaininfolist.num_domains * sizeof(*info));
    xc_buffer_free(xc, buffer, size);
    return error ? error : (int)op.u.getdomaininfolist.num_domains;
}

/* See xc.h. */
int xc_domain_list_all(struct xc *xc, struct xen_domctl_getdomaininfo **result)
{
    const unsigned int step = 64;
    struct xen_domctl_getdomaininfo *list = NULL, *longer;
    unsigned int count = 0, first = 0;
    int n;

    do {
        longer = realloc(list, (count + step) * sizeof(*list));
        if (!longer) {
            n = xc_fail(xc, -ENOMEM, "listing domains");
            break;
        }
        list = longer;
        n = xc_domain_list(xc, first, step, list + count);
        if (n <= 0)
            break;
        count += n;
        first = list[count - 1].domain + 1;
    } while (n == (int)step && first < DOMID_FIRST_RESERVED);

    if (n < 0) {
        free(list);
        return n;
    }
    *result = list;
    return count;
}

/* See xc.h. */
int xc_domain_info(struct xc *xc, domid_t domid, struct xen_domctl_getdomaininfo *info)
{
    int n = xc_domain_list(xc, domid, 1, info);

    if (n < 0)
        return n;
    if (n == 0 || info->domain != domid)
        return xc_fail_text(xc, -ESRCH, "there is no domain %u", domid);
    return 0;
}

/* --- Settings --- */

int xc_domain_max_vcpus(struct xc *xc, domid_t domid, unsigned int max)
{
    struct xen_domctl op = { .u.max_vcpus.max = max };

    return xc_domctl_named(xc, &op, XEN_DOMCTL_max_vcpus, domid, "allocating the vcpus");
}

/* The most memory that a domain may have. */
int xc_domain_max_mem(struct xc *xc, domid_t domid, uint64_t kib)
{
    struct xen_domctl op = { .u.max_mem.max_memkb = kib };

    return xc_domctl_named(xc, &op, XEN_DOMCTL_max_mem, domid, "setting the memory limit");
}

/* A domain's UUID. */
int xc_domain_set_handle(struct xc *xc, domid_t domid, const xen_domain_handle_t handle)
{
    struct xen_domctl op = { 0 };

    memcpy(op.u.setdomainhandle.handle, handle, sizeof(xen_domain_handle_t));
    return xc_domctl_named(xc, &op, XEN_DOMCTL_setdomainhandle, domid, "setting the UUID");
}

/* How far a domain's wall clock is ahead. */
int xc_domain_set_time_offset(struct xc *xc, domid_t domid, int64_t seconds)
{
    struct xen_domctl op = { .u.settimeoffset.time_offset_seconds = seconds };

    return xc_domctl_named(xc, &op, XEN_DOMCTL_settimeoffset, domid, "setting the clock offset");
}

/* Let a debugger have a domain's breakpoints; -ENOSYS from hypervisors without debugging of guests. */
int xc_domain_set_debugging(struct xc *xc, domid_t domid, bool on)
{
    struct xen_domctl op = { .u.setdebugging.enable = on };

    return xc_domctl_named(xc, &op, XEN_DOMCTL_setdebugging, domid, "setting debugging");
}

/* See xc.h. */
int xc_domain_get_address_size(struct xc *xc, domid_t domid, unsigned int *bits)
{
    struct xen_domctl op = { 0 };
    int error = xc_domctl_named(xc, &op, XEN_DOMCTL_get_address_size, domid, "asking for the address size");

    *bits = error ? 0 : op.u.address_size.size;
    return error;
}

/* See xc.h. */
int xc_domain_set_address_size(struct xc *xc, domid_t domid, unsigned int bits)
{
    struct xen_domctl op = { .u.address_size.size = bits };

    return xc_domctl_named(xc, &op, XEN_DOMCTL_set_address_size, domid,
                           bits == 32 ? "making a 32-bit guest" : "making a 64-bit guest");
}

/* See xc.h. */
int xc_domain_set_target(struct xc *xc, domid_t domid, domid_t target)
{
    struct xen_domctl op = { .u.set_target.target = target };

    return xc_domctl_named(xc, &op, XEN_DOMCTL_set_target, domid, "setting the target");
}

/* See xc.h. */
int xc_domain_set_virq_handler(struct xc *xc, domid_t domid, unsigned int virq)
{
    struct xen_domctl op = { .u.set_virq_handler.virq = virq };

    return xc_domctl_named(xc, &op, XEN_DOMCTL_set_virq_handler, domid, "handing a VIRQ to the care");
}

/* See xc.h. */
int xc_domain_set_tsc_mode(struct xc *xc, domid_t domid, uint32_t mode, uint64_t elapsed_ns, uint32_t khz,
                           uint32_t incarnation)
{
    struct xen_domctl op = { .u.tsc_info = {
        .tsc_mode = mode, .gtsc_khz = khz, .incarnation = incarnation, .elapsed_nsec = elapsed_ns,
    } };

    return xc_domctl_named(xc, &op, XEN_DOMCTL_settscinfo, domid, "setting the TSC mode");
}

/* See xc.h. */
int xc_domain_sendtrigger(struct xc *xc, domid_t domid, uint32_t trigger, unsigned int vcpu)
{
    struct xen_domctl op = { .u.sendtrigger = { .trigger = trigger, .vcpu = vcpu } };

    return xc_domctl_named(xc, &op, XEN_DOMCTL_sendtrigger, domid, "sending a trigger to a vcpu");
}

/* See xc.h. */
int xc_domain_hypercall_init(struct xc *xc, domid_t domid, xen_pfn_t mfn)
{
    struct xen_domctl op = { .u.hypercall_init.gmfn = mfn };

    return xc_domctl_named(xc, &op, XEN_DOMCTL_hypercall_init, domid, "writing the hypercall page");
}

/* See xc.h. */
int xc_domain_shadow_off(struct xc *xc, domid_t domid)
{
    struct xen_domctl op = { .u.shadow_op.op = XEN_DOMCTL_SHADOW_OP_OFF };

    return xc_domctl_named(xc, &op, XEN_DOMCTL_shadow_op, domid, "turning shadow mode off");
}

/* See xc.h. */
int xc_logdirty_enable(struct xc *xc, domid_t domid)
{
    struct xen_domctl op = { .u.shadow_op.op = XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY };

    return xc_domctl_named(xc, &op, XEN_DOMCTL_shadow_op, domid, "starting the log of written pages");
}

/* See xc.h. */
long xc_logdirty_read(struct xc *xc, domid_t domid, bool clean, uint8_t *bitmap, uint64_t pages,
                      struct xen_domctl_shadow_op_stats *stats)
{
    struct xen_domctl op = { .u.shadow_op = {
        .op = clean ? XEN_DOMCTL_SHADOW_OP_CLEAN : XEN_DOMCTL_SHADOW_OP_PEEK,
        .dirty_bitmap.p = bitmap, .pages = pages,
    } };
    int error = xc_domctl_named(xc, &op, XEN_DOMCTL_shadow_op, domid, "reading the log of written pages");

    if (error)
        return error;
    if (stats)
        *stats = op.u.shadow_op.stats;
    return op.u.shadow_op.pages;
}

/* See xc.h. */
int xc_shadow_get_allocation(struct xc *xc, domid_t domid, uint32_t *mib)
{
    struct xen_domctl op = { .u.shadow_op.op = XEN_DOMCTL_SHADOW_OP_GET_ALLOCATION };
    int error = xc_domctl_named(xc, &op, XEN_DOMCTL_shadow_op, domid, "asking for the size of shadow page tables");

    *mib = op.u.shadow_op.mb;
    return error;
}

/* See xc.h. */
int xc_shadow_set_allocation(struct xc *xc, domid_t domid, uint32_t mib)
{
    struct xen_domctl op = { .u.shadow_op = { .op = XEN_DOMCTL_SHADOW_OP_SET_ALLOCATION, .mb = mib } };

    return xc_domctl_named(xc, &op, XEN_DOMCTL_shadow_op, domid, "limiting shadow page tables");
}

/* Let a domain use I/O ports, or no longer. */
int xc_domain_ioport_permission(struct xc *xc, domid_t domid, uint32_t first, uint32_t count, bool allow)
{
    struct xen_domctl op = { .u.ioport_permission = {
        .first_port = first, .nr_ports = count, .allow_access = allow,
    } };

    return xc_domctl_named(xc, &op, XEN_DOMCTL_ioport_permission, domid, "changing I/O port permissions");
}

/* Let a domain map frames of devices, or no longer. */
int xc_domain_iomem_permission(struct xc *xc, domid_t domid, uint64_t first_mfn, uint64_t count, bool allow)
{
    struct xen_domctl op = { .u.iomem_permission = {
        .first_mfn = first_mfn, .nr_mfns = count, .allow_access = allow,
    } };

    return xc_domctl_named(xc, &op, XEN_DOMCTL_iomem_permission, domid, "changing I/O memory permissions");
}

/* Let a domain use an interrupt, or no longer. */
int xc_domain_irq_permission(struct xc *xc, domid_t domid, unsigned int pirq, bool allow)
{
    struct xen_domctl op = { .u.irq_permission = { .pirq = pirq, .allow_access = allow } };

    return xc_domctl_named(xc, &op, XEN_DOMCTL_irq_permission, domid, "changing interrupt permissions");
}
