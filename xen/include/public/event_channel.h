/* SPDX-License-Identifier: MIT */
/*
 * Event channels: one-bit notifications between domains, from devices and from the hypervisor.
 * event_channel_op(cmd, *arg): any guest; a domain other than DOMID_SELF needs control over it. Common
 * errors: -EFAULT, -EINVAL (no such port, or not in the needed state), -ESRCH (no such domain), -ENOSPC (no
 * port free), -EPERM, -ENOSYS.
 */
#ifndef __XEN_PUBLIC_EVENT_CHANNEL_H__
#define __XEN_PUBLIC_EVENT_CHANNEL_H__

#include "xen.h"

#define EVTCHNOP_bind_interdomain 0
#define EVTCHNOP_bind_virq        1
#define EVTCHNOP_bind_pirq        2
#define EVTCHNOP_close            3
#define EVTCHNOP_send             4
#define EVTCHNOP_status           5
#define EVTCHNOP_alloc_unbound    6
#define EVTCHNOP_bind_ipi         7
#define EVTCHNOP_bind_vcpu        8
#define EVTCHNOP_unmask           9
#define EVTCHNOP_reset           10
#define EVTCHNOP_init_control    11
#define EVTCHNOP_expand_array    12
#define EVTCHNOP_set_priority    13
#ifdef __XEN__
#define EVTCHNOP_reset_cont      14     /* a preempted reset goes on */
#endif

#ifndef __ASSEMBLY__

typedef uint32_t evtchn_port_t;
DEFINE_XEN_GUEST_HANDLE(evtchn_port_t);

/* A port of dom that remote_dom may connect to. IN: dom, remote_dom (both may be DOMID_SELF). OUT: port. */
typedef struct evtchn_alloc_unbound {
    domid_t dom, remote_dom;
    evtchn_port_t port;
} evtchn_alloc_unbound_t;

/* Connect to a port that waits for the caller; the new one starts pending. IN: remote_*. OUT: local_port. */
typedef struct evtchn_bind_interdomain {
    domid_t remote_dom;
    evtchn_port_t remote_port;
    evtchn_port_t local_port;
} evtchn_bind_interdomain_t;

/*
 * A port for a VIRQ_*. IN: virq, vcpu (0 for global ones). OUT: port. -EEXIST bound already, -ENOENT no
 * vcpu.
 */
typedef struct evtchn_bind_virq {
    uint32_t virq;
    uint32_t vcpu;
    evtchn_port_t port;
} evtchn_bind_virq_t;

/* A port for a physical interrupt the domain was given. IN: pirq, flags. OUT: port. -EPERM, -EEXIST. */
typedef struct evtchn_bind_pirq {
    uint32_t pirq;
#define BIND_PIRQ__WILL_SHARE 1
    uint32_t flags;
    evtchn_port_t port;
} evtchn_bind_pirq_t;

/* A port between the domain's own vcpus. IN: vcpu. OUT: port. -ENOENT no vcpu. */
typedef struct evtchn_bind_ipi {
    uint32_t vcpu;
    evtchn_port_t port;
} evtchn_bind_ipi_t;

/* Free a port; a connected peer becomes unbound. IN: port. */
typedef struct evtchn_close {
    evtchn_port_t port;
} evtchn_close_t;

/* Notify the other end. IN: port (interdomain or ipi). */
typedef struct evtchn_send {
    evtchn_port_t port;
} evtchn_send_t;

/* IN: dom, port. OUT: the rest. */
typedef struct evtchn_status {
    domid_t dom;
    evtchn_port_t port;
#define EVTCHNSTAT_closed       0
#define EVTCHNSTAT_unbound      1
#define EVTCHNSTAT_interdomain  2
#define EVTCHNSTAT_pirq         3
#define EVTCHNSTAT_virq         4
#define EVTCHNSTAT_ipi          5
    uint32_t status;
    uint32_t vcpu;
    union {
        struct {
            domid_t dom;
        } unbound;
        struct {
            domid_t dom;
            evtchn_port_t port;
        } interdomain;
        uint32_t pirq;
        uint32_t virq;
    } u;
} evtchn_status_t;

/* Which vcpu is told. IN: port (not an ipi's or per-vcpu virq's), vcpu. -ENOENT no vcpu. */
typedef struct evtchn_bind_vcpu {
    evtchn_port_t port;
    uint32_t vcpu;
} evtchn_bind_vcpu_t;

/* Clear the mask and deliver what is pending. IN: port. */
typedef struct evtchn_unmask {
    evtchn_port_t port;
} evtchn_unmask_t;

/* Close all ports and go back to the 2-level form. IN: dom. */
typedef struct evtchn_reset {
    domid_t dom;
} evtchn_reset_t;

/*
 * Go over to FIFO queues. IN: a frame and offset in it for the vcpu's control block. OUT: link_bits.
 * -ENOENT.
 */
typedef struct evtchn_init_control {
    uint64_t control_gfn;
    uint32_t offset;
    uint32_t vcpu;
    uint8_t link_bits;
    uint8_t _pad[7];
} evtchn_init_control_t;

/* One more page of event words. IN: array_gfn. -EOPNOTSUPP before init_control, -ENOSPC enough of them. */
typedef struct evtchn_expand_array {
    uint64_t array_gfn;
} evtchn_expand_array_t;

/*
 * The queue of a port's events. IN: port, priority (0 first, 15 last). -EACCES a port not in use, -ENOSYS in the
 * 2-level form.
 */
typedef struct evtchn_set_priority {
    evtchn_port_t port;
    uint32_t priority;
} evtchn_set_priority_t;

/* event_channel_op_compat(*op): all in one. */
typedef struct evtchn_op {
    uint32_t cmd;
    union {
        evtchn_alloc_unbound_t alloc_unbound;
        evtchn_bind_interdomain_t bind_interdomain;
        evtchn_bind_virq_t bind_virq;
        evtchn_bind_pirq_t bind_pirq;
        evtchn_bind_ipi_t bind_ipi;
        evtchn_close_t close;
        evtchn_send_t send;
        evtchn_status_t status;
        evtchn_bind_vcpu_t bind_vcpu;
        evtchn_unmask_t unmask;
    } u;
} evtchn_op_t;
DEFINE_XEN_GUEST_HANDLE(evtchn_op_t);

#endif

/* 2-level form: bits in shared_info, as many as a word has bits, squared. */
#define EVTCHN_2L_NR_CHANNELS (sizeof(xen_ulong_t) * sizeof(xen_ulong_t) * 64)

/* FIFO form: a word per port, linked by port number into one queue per priority and vcpu. */
#define EVTCHN_FIFO_PRIORITY_MAX     0
#define EVTCHN_FIFO_PRIORITY_DEFAULT 7
#define EVTCHN_FIFO_PRIORITY_MIN     15
#define EVTCHN_FIFO_MAX_QUEUES       (EVTCHN_FIFO_PRIORITY_MIN + 1)
#define EVTCHN_FIFO_PENDING 31
#define EVTCHN_FIFO_MASKED  30
#define EVTCHN_FIFO_LINKED  29
#define EVTCHN_FIFO_BUSY    28
#define EVTCHN_FIFO_LINK_BITS   17
#define EVTCHN_FIFO_LINK_MASK   ((1 << EVTCHN_FIFO_LINK_BITS) - 1)
#define EVTCHN_FIFO_NR_CHANNELS (1 << EVTCHN_FIFO_LINK_BITS)

#ifndef __ASSEMBLY__
typedef uint32_t event_word_t;

typedef struct evtchn_fifo_control_block {
    uint32_t ready;                         /* a bit per queue that has events */
    uint32_t _rsvd;
    uint32_t head[EVTCHN_FIFO_MAX_QUEUES];
} evtchn_fifo_control_block_t;
#endif

#endif
