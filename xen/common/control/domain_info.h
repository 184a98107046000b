/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CONTROL_DOMAIN_INFO_H
#define CONTROL_DOMAIN_INFO_H

#include <xen/sched.h>

/* The picture of a domain that getdomaininfo and getdomaininfolist give. A reference is held. */
void domain_info_fill(struct domain *d, struct xen_domctl_getdomaininfo *info);

#endif
