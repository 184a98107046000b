/* SPDX-License-Identifier: MIT */
/*
 * Why requests were refused: an extension of ours to domctl, not offered by other hypervisors (they answer
 * -ENOSYS). Privileged callers. Each refused request of a domain left a note in a small ring, several
 * alike one;
 * XEN_DOMCTL_why copies the newest ones of op.domain to notes, newest first.
 */
#ifndef XEN_PUBLIC_WHY_H
#define XEN_PUBLIC_WHY_H

#include "domctl.h"

#define XEN_DOMCTL_why      0x77687901
#define XEN_WHY_INSTRUCTION 0xffff

struct xen_why_note {
    uint64_aligned_t when;      /* system time, ns */
    int32_t  error;             /* -XEN_E... */
    uint16_t hypercall;         /* __HYPERVISOR_*, XEN_WHY_INSTRUCTION: one that was emulated */
    uint16_t vcpu;
    uint32_t times;             /* the same in a row */
    char     reason[108];       /* terminated */
};
typedef struct xen_why_note xen_why_note_t;
DEFINE_XEN_GUEST_HANDLE(xen_why_note_t);

/* In place of the union in struct xen_domctl. */
struct xen_domctl_why {
    uint32_t nr;                /* IN: room in notes; OUT: notes written */
    uint32_t ever;              /* OUT: notes ever made */
    XEN_GUEST_HANDLE_64(xen_why_note_t) notes;
};

#endif
