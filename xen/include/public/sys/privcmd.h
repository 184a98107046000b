/* SPDX-License-Identifier: MIT */
/*
 * /dev/xen/privcmd of Linux: hypercalls and mappings of other domains' memory. The includer has
 * <sys/ioctl.h>.
 */
#ifndef __LINUX_PUBLIC_PRIVCMD_H__
#define __LINUX_PUBLIC_PRIVCMD_H__

#include "../xen.h"
#include <stddef.h>

#ifndef __user
#define __user
#endif

/* The result is the hypercall's. */
typedef struct privcmd_hypercall {
    unsigned long long op;
    unsigned long long arg[5];
} privcmd_hypercall_t;

/* Machine frames into an existing mapping of this device. */
typedef struct privcmd_mmap_entry {
    unsigned long long va;
    unsigned long long mfn;
    unsigned long long npages;
} privcmd_mmap_entry_t;

typedef struct privcmd_mmap {
    int num;
    domid_t dom;
    privcmd_mmap_entry_t __user *entry;
} privcmd_mmap_t;

/* Single frames; OUT: failures marked in the top bits of arr (first form), in err (second form). */
typedef struct privcmd_mmapbatch {
    int num;
    domid_t dom;
    unsigned long long addr;
    xen_pfn_t __user *arr;
} privcmd_mmapbatch_t;
#define PRIVCMD_MMAPBATCH_MFN_ERROR   0xf0000000U
#define PRIVCMD_MMAPBATCH_PAGED_ERROR 0x80000000U

typedef struct privcmd_mmapbatch_v2 {
    unsigned int num;
    domid_t dom;
    unsigned long long addr;
    const xen_pfn_t __user *arr;
    int __user *err;
} privcmd_mmapbatch_v2_t;

typedef struct privcmd_dm_op_buf {
    void __user *uptr;
    size_t size;
} privcmd_dm_op_buf_t;

typedef struct privcmd_dm_op {
    domid_t dom;
    uint16_t num;
    const privcmd_dm_op_buf_t __user *ubufs;
} privcmd_dm_op_t;

/* XENMEM_acquire_resource. num 0 and addr 0: OUT num, how many frames there are. */
typedef struct privcmd_mmap_resource {
    domid_t dom;
    uint32_t type;
    uint32_t id;
    uint32_t idx;
    unsigned long long num;
    unsigned long long addr;
} privcmd_mmap_resource_t;

/* RESTRICT: from now on only calls about this domain. */
#define IOCTL_PRIVCMD_HYPERCALL     _IOC(_IOC_NONE, 'P', 0, sizeof(privcmd_hypercall_t))
#define IOCTL_PRIVCMD_MMAP          _IOC(_IOC_NONE, 'P', 2, sizeof(privcmd_mmap_t))
#define IOCTL_PRIVCMD_MMAPBATCH     _IOC(_IOC_NONE, 'P', 3, sizeof(privcmd_mmapbatch_t))
#define IOCTL_PRIVCMD_MMAPBATCH_V2  _IOC(_IOC_NONE, 'P', 4, sizeof(privcmd_mmapbatch_v2_t))
#define IOCTL_PRIVCMD_DM_OP         _IOC(_IOC_NONE, 'P', 5, sizeof(privcmd_dm_op_t))
#define IOCTL_PRIVCMD_RESTRICT      _IOC(_IOC_NONE, 'P', 6, sizeof(domid_t))
#define IOCTL_PRIVCMD_MMAP_RESOURCE _IOC(_IOC_NONE, 'P', 7, sizeof(privcmd_mmap_resource_t))
#define IOCTL_PRIVCMD_UNIMPLEMENTED _IOC(_IOC_NONE, 'P', 0xFF, 0)

#endif
