/* SPDX-License-Identifier: MIT */
/* xen_version(cmd, *arg): any guest; some strings may be withheld. OUT: *arg, unless said otherwise.
 * 0 or the value named, -EFAULT, -ENOSYS. */
#ifndef __XEN_PUBLIC_VERSION_H__
#define __XEN_PUBLIC_VERSION_H__

#include "xen.h"

#define XENVER_version             0    /* returns major << 16 | minor; no argument */
#define XENVER_extraversion        1
#define XENVER_compile_info        2
#define XENVER_capabilities        3    /* guest kinds, e.g. "xen-3.0-x86_64" */
#define XENVER_changeset           4
#define XENVER_platform_parameters 5
#define XENVER_get_features        6    /* IN: submap_idx, OUT: submap. -EINVAL */
#define XENVER_pagesize            7    /* returns it; no argument */
#define XENVER_guest_handle        8    /* the domain's UUID, xen_domain_handle_t */
#define XENVER_commandline         9
#define XENVER_build_id            10   /* IN: len (null arg: ask). Returns the length. -ENODATA, -ENOBUFS */

#ifndef __ASSEMBLY__

typedef char xen_extraversion_t[16];
#define XEN_EXTRAVERSION_LEN (sizeof(xen_extraversion_t))

typedef struct xen_compile_info {
    char compiler[64];
    char compile_by[16];
    char compile_domain[32];
    char compile_date[32];
} xen_compile_info_t;

typedef char xen_capabilities_info_t[1024];
#define XEN_CAPABILITIES_INFO_LEN (sizeof(xen_capabilities_info_t))

typedef char xen_changeset_info_t[64];
#define XEN_CHANGESET_INFO_LEN (sizeof(xen_changeset_info_t))

typedef struct xen_platform_parameters {
    xen_ulong_t virt_start;     /* where the hypervisor's part of the address space starts */
} xen_platform_parameters_t;

typedef struct xen_feature_info {
    unsigned int submap_idx;
    uint32_t submap;            /* XENFEAT_* */
} xen_feature_info_t;

typedef char xen_commandline_t[1024];

typedef struct xen_build_id {
    uint32_t len;
    unsigned char buf[XEN_FLEX_ARRAY_DIM];
} xen_build_id_t;

#endif

#include "features.h"

#endif
