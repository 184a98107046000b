/* SPDX-License-Identifier: MIT */
/*
 * sched_op(cmd, *arg): any guest about itself. The old form sched_op_compat(cmd, arg) knows yield and block
 * only, and shutdown with the reason as its argument. Common errors: -EFAULT, -ENOSYS.
 */
#ifndef __XEN_PUBLIC_SCHED_H__
#define __XEN_PUBLIC_SCHED_H__

#include "event_channel.h"

#define SCHEDOP_yield           0   /* give way, stay runnable. No argument. 0 */
#define SCHEDOP_block           1   /* unmask events and sleep until one comes. No argument. 0 */
#define SCHEDOP_shutdown        2   /* stop the domain. sched_shutdown. 0 */
#define SCHEDOP_poll            3   /* sleep until a port is pending or time is up. sched_poll. 0, -EINVAL */
#define SCHEDOP_remote_shutdown 4   /* by a controlling domain. sched_remote_shutdown. 0, -ESRCH, -EPERM */
#define SCHEDOP_shutdown_code   5   /* note the reason, don't stop yet. sched_shutdown. 0 */
#define SCHEDOP_watchdog        6   /* sched_watchdog. 0 or its number, -EINVAL, -EEXIST, -ENOSPC */
#define SCHEDOP_pin_override    7   /* the hardware domain. sched_pin_override. 0, -EPERM, -EINVAL, -EBUSY */

#ifndef __ASSEMBLY__

typedef struct sched_shutdown {
    unsigned int reason;            /* SHUTDOWN_* */
} sched_shutdown_t;
DEFINE_XEN_GUEST_HANDLE(sched_shutdown_t);

typedef struct sched_poll {
    XEN_GUEST_HANDLE(evtchn_port_t) ports;
    unsigned int nr_ports;          /* at most 128 */
    uint64_t timeout;               /* system time, 0: none */
} sched_poll_t;
DEFINE_XEN_GUEST_HANDLE(sched_poll_t);

typedef struct sched_remote_shutdown {
    domid_t domain_id;
    unsigned int reason;
} sched_remote_shutdown_t;
DEFINE_XEN_GUEST_HANDLE(sched_remote_shutdown_t);

typedef struct sched_watchdog {
    uint32_t id;                    /* 0: a new one */
    uint32_t timeout;               /* seconds; 0: disarm */
} sched_watchdog_t;
DEFINE_XEN_GUEST_HANDLE(sched_watchdog_t);

typedef struct sched_pin_override {
    int32_t pcpu;                   /* pin the calling vcpu there; negative: undo */
} sched_pin_override_t;
DEFINE_XEN_GUEST_HANDLE(sched_pin_override_t);

#endif

#define SHUTDOWN_poweroff   0
#define SHUTDOWN_reboot     1
#define SHUTDOWN_suspend    2       /* to be saved: SCHEDOP_shutdown returns 0 after resume, 1 if cancelled */
#define SHUTDOWN_crash      3
#define SHUTDOWN_watchdog   4
#define SHUTDOWN_soft_reset 5       /* start afresh in the same memory */
#define SHUTDOWN_MAX        5

#endif
