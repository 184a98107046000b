/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Never gives a processor away: events masked, on as many virtual CPUs as the domain has, for ever. Four
 * ways, to be chosen by only=.
 */
#include "test.h"

#include <public/version.h>

static void loop(void *unused)
{
    upcalls(false);
    for (;;)
        barrier();
}

static void hypercalls(void *unused)
{
    upcalls(false);
    for (;;)
        HYPERCALL(xen_version, XENVER_version, 0);
}

/* Calls as long as they get: each entry interrupts every processor that the domain runs on. */
static void batch(void *unused)
{
    static struct mmuext_op ops[4096];

    for (unsigned int i = 0; i < ARRAY_SIZE(ops); i++)
        ops[i].cmd = MMUEXT_TLB_FLUSH_ALL;
    upcalls(false);
    for (;;)
        HYPERCALL(mmuext_op, ops, ARRAY_SIZE(ops), 0, DOMID_SELF);
}

static bool again(struct frame *frame)
{
    return frame->vector == 6;
}

static void faults(void *unused)
{
    install_traps();
    upcalls(false);
    frame_hook = again;
    asm volatile("ud2");
}

static void spin(void (*run)(void *))
{
    unsigned int cpus = 1;

    while (cpus < CPUS_MAX && !start_vcpu(cpus, run, NULL))
        cpus++;
    print("spin: on %u vcpus\n", cpus);
    run(NULL);
}

static void spin_loop(void)
{
    spin(loop);
}

static void spin_hypercalls(void)
{
    spin(hypercalls);
}

static void spin_batch(void)
{
    spin(batch);
}

static void spin_faults(void)
{
    spin(faults);
}

const struct test tests[] = {
    { "spin.loop", spin_loop },
    { "spin.hypercalls", spin_hypercalls },
    { "spin.batch", spin_batch },
    { "spin.faults", spin_faults },
    { NULL, NULL },
};
