/* SPDX-License-Identifier: GPL-2.0-only */
/* The hypervisor's notes of why it refused requests, which others than ours don't take. */
#include "test.h"

#include <public/domctl.h>

long ask_why(xen_why_note_t *notes, unsigned int room)
{
    xen_domctl_t op = { .cmd = XEN_DOMCTL_why, .interface_version = XEN_DOMCTL_INTERFACE_VERSION,
                        .domain = DOMID_SELF };
    struct xen_domctl_why *why = (void *)&op.u;
    long error;

    why->nr = room;
    set_xen_guest_handle(why->notes, notes);
    error = HYPERCALL(domctl, &op);
    return error ? error : (long)why->nr;
}

bool tells_why(void)
{
    xen_why_note_t note;

    return ask_why(&note, 1) >= 0;
}
