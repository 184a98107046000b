/* SPDX-License-Identifier: MIT */
/*
 * hvm_op(cmd, *arg): translated guests about themselves, controlling domains about them; of a PV guest
 * -EINVAL. Common errors: -EFAULT, -EINVAL, -ESRCH, -EPERM, -ENOSYS.
 */
#ifndef __XEN_PUBLIC_HVM_HVM_OP_H__
#define __XEN_PUBLIC_HVM_HVM_OP_H__

#include "../xen.h"
#include "../trace.h"
#include "../event_channel.h"

#define HVMOP_set_param                0    /* xen_hvm_param */
#define HVMOP_get_param                1    /* xen_hvm_param, OUT: value */
#define HVMOP_flush_tlbs               5    /* of all vcpus; no argument */
#define HVMOP_pagetable_dying          9
#define HVMOP_get_time                 10   /* OUT: system time */
#define HVMOP_xentrace                 11   /* put an event into the trace buffer */
#if defined(__XEN__) || defined(__XEN_TOOLS__)
#define HVMOP_set_mem_access           12
#define HVMOP_get_mem_access           13
#endif
#define HVMOP_get_mem_type             15   /* OUT: HVMMEM_* of a frame */
#define HVMOP_set_evtchn_upcall_vector 23
#define HVMOP_guest_request_vm_event   24
#define HVMOP_altp2m                   25

#if defined(__XEN__) || defined(__XEN_TOOLS__)
#define HVM_IOREQSRV_BUFIOREQ_OFF    0
#define HVM_IOREQSRV_BUFIOREQ_LEGACY 1
#define HVM_IOREQSRV_BUFIOREQ_ATOMIC 2
#endif

#ifndef __ASSEMBLY__

typedef struct xen_hvm_param {
    domid_t domid;
    uint16_t pad;
    uint32_t index;             /* HVM_PARAM_* */
    uint64_t value;
} xen_hvm_param_t;
DEFINE_XEN_GUEST_HANDLE(xen_hvm_param_t);

typedef enum {
    HVMMEM_ram_rw,
    HVMMEM_ram_ro,
    HVMMEM_mmio_dm,
#if __XEN_INTERFACE_VERSION__ < 0x00040700
    HVMMEM_mmio_write_dm,
#else
    HVMMEM_unused,
#endif
    HVMMEM_ioreq_server
} hvmmem_type_t;

typedef struct xen_hvm_pagetable_dying {
    domid_t domid;
    uint16_t pad[3];
    uint64_t gpa;
} xen_hvm_pagetable_dying_t;
DEFINE_XEN_GUEST_HANDLE(xen_hvm_pagetable_dying_t);

typedef struct xen_hvm_get_time {
    uint64_t now;
} xen_hvm_get_time_t;
DEFINE_XEN_GUEST_HANDLE(xen_hvm_get_time_t);

typedef struct xen_hvm_xentrace {
    uint16_t event, extra_bytes;
    uint8_t extra[TRACE_EXTRA_MAX * sizeof(uint32_t)];
} xen_hvm_xentrace_t;
DEFINE_XEN_GUEST_HANDLE(xen_hvm_xentrace_t);

typedef struct xen_hvm_get_mem_type {
    domid_t domid;
    uint16_t mem_type;
    uint16_t pad[2];
    uint64_t pfn;
} xen_hvm_get_mem_type_t;
DEFINE_XEN_GUEST_HANDLE(xen_hvm_get_mem_type_t);

typedef struct xen_hvm_evtchn_upcall_vector {
    uint32_t vcpu;
    uint8_t vector;
} xen_hvm_evtchn_upcall_vector_t;
DEFINE_XEN_GUEST_HANDLE(xen_hvm_evtchn_upcall_vector_t);

#endif
#endif
