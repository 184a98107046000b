/* SPDX-License-Identifier: GPL-2.0-only */
/* See beside.h. Virtual CPU 1 is down while it has nothing to do. */
#include "beside.h"
#include "test.h"

#include <public/vcpu.h>

#define PATIENCE 20000000000ull     /* ns */

static struct {
    void (*body)(void *);
    void *argument;
} job;

static bool started;
static volatile unsigned int arrivals;

static void work(void *unused)
{
    install_traps();
    for (;;) {
        job.body(job.argument);
        HYPERCALL(vcpu_op, VCPUOP_down, 1, 0);
    }
}

long run_beside(void (*body)(void *), void *argument)
{
    if (started && !ended_beside())
        return -1;
    job.body = body;
    job.argument = argument;
    arrivals = 0;
    if (started)
        return HYPERCALL(vcpu_op, VCPUOP_up, 1, 0);
    started = true;
    return start_vcpu(1, work, NULL);
}

bool ended_beside(void)
{
    uint64_t begun = system_time();

    while (HYPERCALL(vcpu_op, VCPUOP_is_up, 1, 0) == 1)
        if (system_time() - begun > PATIENCE) {
            fail("virtual CPU 1 does not end");
            return false;
        }
    return true;
}

bool meet(void)
{
    uint64_t begun = system_time();
    unsigned int mine = __atomic_add_fetch(&arrivals, 1, __ATOMIC_SEQ_CST), both = (mine + 1) & ~1u;

    while ((int)(arrivals - both) < 0) {
        if (system_time() - begun > PATIENCE)
            return false;
        relax();
    }
    return true;
}
