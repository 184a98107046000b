/* SPDX-License-Identifier: MIT */
/*
 * kexec_op(cmd, *arg): dom0. Load another kernel, start it, or have it started on a crash. 0, -EPERM,
 * -EFAULT, -EINVAL, -EBUSY, -ENOMEM, -ENOSYS.
 */
#ifndef _XEN_PUBLIC_KEXEC_H
#define _XEN_PUBLIC_KEXEC_H

#include "xen.h"

#define KEXEC_XEN_NO_PAGES 17

#define KEXEC_TYPE_DEFAULT 0
#define KEXEC_TYPE_CRASH   1

#define KEXEC_CMD_kexec           0     /* xen_kexec_exec; no return */
#define KEXEC_CMD_kexec_load_v1   1     /* by page lists made by the caller */
#define KEXEC_CMD_kexec_unload_v1 2
#define KEXEC_CMD_kexec_get_range 3     /* xen_kexec_range. IN: range, nr; OUT: size, start */

#define KEXEC_RANGE_MA_CRASH      0     /* what the crash kernel may use */
#define KEXEC_RANGE_MA_XEN        1
#define KEXEC_RANGE_MA_CPU        2     /* register notes of CPU nr */
#define KEXEC_RANGE_MA_XENHEAP    3
#define KEXEC_RANGE_MA_BOOT_PARAM 4
#define KEXEC_RANGE_MA_EFI_MEMMAP 5
#define KEXEC_RANGE_MA_VMCOREINFO 6

#if __XEN_INTERFACE_VERSION__ >= 0x00040400
#define KEXEC_CMD_kexec_load      4     /* xen_kexec_load. -EADDRNOTAVAIL: a segment doesn't fit */
#define KEXEC_CMD_kexec_unload    5     /* xen_kexec_unload */
#define KEXEC_CMD_kexec_status    6     /* xen_kexec_status; 1: an image of this type is loaded */
#else
#define KEXEC_CMD_kexec_load   KEXEC_CMD_kexec_load_v1
#define KEXEC_CMD_kexec_unload KEXEC_CMD_kexec_unload_v1
#define xen_kexec_load   xen_kexec_load_v1
#define xen_kexec_load_t xen_kexec_load_v1_t
#endif

#ifndef __ASSEMBLY__

typedef struct xen_kexec_image {
    unsigned long page_list[KEXEC_XEN_NO_PAGES];
    unsigned long indirection_page;
    unsigned long start_address;
} xen_kexec_image_t;

typedef struct xen_kexec_exec {
    int type;
} xen_kexec_exec_t;

typedef struct xen_kexec_load_v1 {
    int type;
    xen_kexec_image_t image;
} xen_kexec_load_v1_t;

typedef struct xen_kexec_range {
    int range;
    int nr;
    unsigned long size;
    unsigned long start;
} xen_kexec_range_t;

#if __XEN_INTERFACE_VERSION__ >= 0x00040400

typedef struct xen_kexec_segment {
    union {
        XEN_GUEST_HANDLE(const_void) h;
        uint64_t _pad;
    } buf;
    uint64_t buf_size;
    uint64_t dest_maddr;
    uint64_t dest_size;         /* the rest is zeroed */
} xen_kexec_segment_t;
DEFINE_XEN_GUEST_HANDLE(xen_kexec_segment_t);

typedef struct xen_kexec_load {
    uint8_t type;
    uint8_t _pad;
    uint16_t arch;              /* ELF machine number */
    uint32_t nr_segments;
    union {
        XEN_GUEST_HANDLE(xen_kexec_segment_t) h;
        uint64_t _pad;
    } segments;
    uint64_t entry_maddr;
} xen_kexec_load_t;
DEFINE_XEN_GUEST_HANDLE(xen_kexec_load_t);

typedef struct xen_kexec_unload {
    uint8_t type;
} xen_kexec_unload_t;
DEFINE_XEN_GUEST_HANDLE(xen_kexec_unload_t);

typedef struct xen_kexec_status {
    uint8_t type;
} xen_kexec_status_t;
DEFINE_XEN_GUEST_HANDLE(xen_kexec_status_t);

#endif
#endif
#endif
