/* SPDX-License-Identifier: GPL-2.0-only */
/* The hypervisor's debug keys, for domain 0. */
#include "test.h"

#include <public/sysctl.h>

long press_keys(const char *keys)
{
    static char copy[8];
    struct xen_sysctl ask = { .cmd = XEN_SYSCTL_debug_keys, .interface_version = XEN_SYSCTL_INTERFACE_VERSION };

    ask.u.debug_keys.nr_keys = strlen(keys);
    memcpy(copy, keys, strlen(keys));
    set_xen_guest_handle(ask.u.debug_keys.keys, copy);
    return HYPERCALL(sysctl, &ask);
}
