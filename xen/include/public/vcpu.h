/* SPDX-License-Identifier: MIT */
/* vcpu_op(cmd, vcpuid, *arg): any guest about its own vcpus. Common errors: -ENOENT (no such vcpu), -EFAULT,
 * -EINVAL, -ENOSYS. Memory is registered by virtual address, or by frame for vcpu_info. */
#ifndef __XEN_PUBLIC_VCPU_H__
#define __XEN_PUBLIC_VCPU_H__

#include "xen.h"

#define VCPUOP_initialise                     0  /* IN: vcpu_guest_context. -EEXIST: done before */
#define VCPUOP_up                             1  /* let it run. -EINVAL: not initialised */
#define VCPUOP_down                           2  /* stop it, even itself */
#define VCPUOP_is_up                          3  /* 1 or 0 */
#define VCPUOP_get_runstate_info              4  /* OUT: vcpu_runstate_info */
#define VCPUOP_register_runstate_memory_area  5  /* IN: where to keep vcpu_runstate_info up to date */
#define VCPUOP_set_periodic_timer             6  /* IN: period, at least 1 ms */
#define VCPUOP_stop_periodic_timer            7
#define VCPUOP_set_singleshot_timer           8  /* IN: system time. -ETIME: _future, but it is past */
#define VCPUOP_stop_singleshot_timer          9
#define VCPUOP_register_vcpu_info            10  /* IN: frame and offset, once */
#define VCPUOP_send_nmi                      11
#define VCPUOP_get_physid                    12  /* OUT: physical CPU; only for the pinned hardware domain */
#define VCPUOP_register_vcpu_time_memory_area 13 /* IN: where to keep vcpu_time_info up to date */

/*
 * A guest that asked for VMASST_TYPE_runstate_update_flag finds this bit in state_entry_time during
 * updates.
 */
#define XEN_RUNSTATE_UPDATE (xen_mk_ullong(1) << 63)
#define RUNSTATE_running    0
#define RUNSTATE_runnable   1
#define RUNSTATE_blocked    2
#define RUNSTATE_offline    3   /* neither runnable nor waiting: down or paused */

#define _VCPU_SSHOTTMR_future (0)
#define VCPU_SSHOTTMR_future  (1U << _VCPU_SSHOTTMR_future)

#define xen_vcpu_physid_to_x86_apicid(physid) ((uint32_t)(physid))
#define xen_vcpu_physid_to_x86_acpiid(physid) ((uint32_t)((physid) >> 32))

#ifndef __ASSEMBLY__

typedef struct vcpu_runstate_info {
    int state;                  /* RUNSTATE_* */
    uint64_t state_entry_time;  /* system time it was entered */
    uint64_t time[4];           /* nanoseconds spent in each */
} vcpu_runstate_info_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_runstate_info_t);

typedef struct vcpu_register_runstate_memory_area {
    union {
        XEN_GUEST_HANDLE(vcpu_runstate_info_t) h;
        struct vcpu_runstate_info *v;
        uint64_t p;
    } addr;
} vcpu_register_runstate_memory_area_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_register_runstate_memory_area_t);

typedef struct vcpu_set_periodic_timer {
    uint64_t period_ns;
} vcpu_set_periodic_timer_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_set_periodic_timer_t);

typedef struct vcpu_set_singleshot_timer {
    uint64_t timeout_abs_ns;
    uint32_t flags;             /* VCPU_SSHOTTMR_* */
} vcpu_set_singleshot_timer_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_set_singleshot_timer_t);

typedef struct vcpu_register_vcpu_info {
    uint64_t mfn;
    uint32_t offset;
    uint32_t rsvd;
} vcpu_register_vcpu_info_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_register_vcpu_info_t);

typedef struct vcpu_get_physid {
    uint64_t phys_id;           /* APIC number, ACPI number << 32 */
} vcpu_get_physid_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_get_physid_t);

DEFINE_XEN_GUEST_HANDLE(vcpu_time_info_t);
typedef struct vcpu_register_time_memory_area {
    union {
        XEN_GUEST_HANDLE(vcpu_time_info_t) h;
        struct vcpu_time_info *v;
        uint64_t p;
    } addr;
} vcpu_register_time_memory_area_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_register_time_memory_area_t);

#endif
#endif
