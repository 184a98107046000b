/* SPDX-License-Identifier: GPL-2.0-only */
/* The calls as they were before 3.1 and 3.2: sched_op, event_channel_op and physdev_op in one argument. */
#include "test.h"

#include <public/errno.h>
#include <public/physdev.h>
#include <public/sched.h>

static void scheduling(void)
{
    struct evtchn_bind_virq virq = { .virq = VIRQ_TIMER };
    struct evtchn_close close;
    uint64_t now = system_time();

    CHECK_EQ(HYPERCALL(sched_op_compat, SCHEDOP_yield, 0), 0);
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_bind_virq, &virq), 0);
    shared->evtchn_mask[0] &= ~(1ul << virq.port);
    CHECK_EQ(HYPERCALL(set_timer_op, WIDE(now + 10000000)), 0);
    CHECK_EQ(HYPERCALL(sched_op_compat, SCHEDOP_block, 0), 0);
    CHECK(system_time() - now >= 10000000);
    upcalls(false);
    close.port = virq.port;
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_close, &close), 0);
    CHECK_EQ(HYPERCALL(sched_op_compat, SCHEDOP_poll, 0), -XEN_ENOSYS);
    CHECK_EQ(HYPERCALL(sched_op_compat, SCHEDOP_remote_shutdown, 0), -XEN_ENOSYS);
    CHECK_EQ(HYPERCALL(sched_op_compat, ~0u, ~0ul), -XEN_ENOSYS);
}

/* Results come back in the structure. */
static void events(void)
{
    struct evtchn_op op = { .cmd = EVTCHNOP_alloc_unbound };
    char *anywhere = (char *)page_alloc() + 1;
    evtchn_port_t port;

    op.u.alloc_unbound.dom = op.u.alloc_unbound.remote_dom = DOMID_SELF;
    CHECK_EQ(HYPERCALL(event_channel_op_compat, &op), 0);
    port = op.u.alloc_unbound.port;
    CHECK(port);
    op = (struct evtchn_op){ .cmd = EVTCHNOP_status, .u.status = { .dom = DOMID_SELF, .port = port } };
    CHECK_EQ(HYPERCALL(event_channel_op_compat, &op), 0);
    CHECK_EQ(op.u.status.status, EVTCHNSTAT_unbound);
    op = (struct evtchn_op){ .cmd = EVTCHNOP_close, .u.close.port = port };
    CHECK_EQ(HYPERCALL(event_channel_op_compat, &op), 0);
    CHECK_EQ(HYPERCALL(event_channel_op_compat, &op), -XEN_EINVAL);
    memcpy(anywhere, &op, sizeof(op));
    CHECK_EQ(HYPERCALL(event_channel_op_compat, anywhere), -XEN_EINVAL);
    op.cmd = 77;
    CHECK_EQ(HYPERCALL(event_channel_op_compat, &op), -XEN_ENOSYS);
    CHECK_EQ(HYPERCALL(event_channel_op_compat, 0), -XEN_EFAULT);
}

static void devices(void)
{
    struct physdev_op op = { .cmd = PHYSDEVOP_set_iopl, .u.set_iopl.iopl = 1 };

    CHECK_EQ(HYPERCALL(physdev_op_compat, &op), 0);
    op.u.set_iopl.iopl = 4;
    CHECK_EQ(HYPERCALL(physdev_op_compat, &op), -XEN_EINVAL);
    op.cmd = 77;
    CHECK_EQ(HYPERCALL(physdev_op_compat, &op), -XEN_ENOSYS);
    CHECK_EQ(HYPERCALL(physdev_op_compat, HYPERVISOR_ADDRESS), -XEN_EFAULT);
}

const struct test tests[] = {
    { "old_calls.scheduling", scheduling },
    { "old_calls.events", events },
    { "old_calls.devices", devices },
    { NULL, NULL },
};
