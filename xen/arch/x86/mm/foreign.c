/* SPDX-License-Identifier: GPL-2.0-only */
/* Whom a memory-management request is about: domain ids and vcpu bitmaps turned into what they mean. */
#include <xen/lib.h>
#include <xen/guest.h>
#include "internal.h"

/*
 * The domain that owns the frames of a request. DOMID_IO: only I/O frames, with the caller's own rights.
 * Others than the caller itself need control over them. 0, -ESRCH, -EPERM; then foreign_domain_put().
 */
int foreign_domain_get(domid_t id, struct domain **d)
{
    struct domain *self = current->domain;

    if (likely(id == DOMID_SELF || id == self->domain_id)) {
        *d = self;
        return 0;
    }
    if (id == DOMID_IO || id == DOMID_XEN) {
        *d = id == DOMID_IO ? dom_io : dom_xen;
        if (id == DOMID_XEN && !is_privileged(self))
            return refuse(-EPERM, "foreign domain: DOMID_XEN needs privilege");
        return 0;
    }
    *d = domain_get_by_id(id);
    if (!*d)
        return refuse(-ESRCH, "foreign domain: no such domain");
    if (may_control(self, *d))
        return 0;
    domain_put(*d);
    return refuse(-EPERM, "foreign domain: not under the caller's control");
}

/* Let go what foreign_domain_get() returned. */
void foreign_domain_put(struct domain *d)
{
    if (unlikely(d != current->domain && d != dom_io && d != dom_xen))
        domain_put(d);
}

/*
 * The CPUs that may hold translations of the vcpus set in a guest's bitmap of d->max_vcpus bits. 0 or -EFAULT
 */
int vcpu_bitmap_to_cpus(const struct domain *d, const void *guest_bitmap, cpumask_t *mask)
{
    const uint8_t *p = guest_bitmap;

    *mask = CPUMASK_NONE;
    for (unsigned id = 0; id < d->max_vcpus; id += 8, p++) {
        uint8_t bits;

        if (raw_copy_from_guest(&bits, p, 1))
            return -EFAULT;
        for (unsigned i = 0; i < 8 && id + i < d->max_vcpus; i++) {
            const struct vcpu *v = bits & (1u << i) ? d->vcpu[id + i] : NULL;
            unsigned cpu = v ? READ_ONCE(v->dirty_cpu) : VCPU_CPU_CLEAN;

            if (cpu != VCPU_CPU_CLEAN)
                set_bit_local(cpu, mask->bits);
        }
    }
    return 0;
}
