/* SPDX-License-Identifier: GPL-2.0-only */
/* Children (lib/child.h): a domain is made by domctl alone, runs, ends in each way, and leaves nothing behind. */
#include "child.h"
#include "test.h"

#include <public/errno.h>
#include <public/sched.h>

static struct child child;
static long said[2];

static void speak(void *argument)
{
    said[0] = (long)argument;
    said[1] = is_domain_0();
}

/* It runs a function of ours on data of its own. */
static void runs(void)
{
    said[0] = 0;
    said[1] = 1;
    CHECK_EQ(child_run(&child, speak, (void *)0x1234), SHUTDOWN_poweroff);
    CHECK_EQ(said[0], 0);
    CHECK(child_read(&child, said, sizeof(said)));
    CHECK_EQ(said[0], 0x1234);
    CHECK_EQ(said[1], 0);
    CHECK(child_destroy(&child));
}

static void shut_down(void *reason)
{
    struct sched_shutdown op = { .reason = (long)reason };

    HYPERCALL(sched_op, SCHEDOP_shutdown, &op);
}

static void ends(void)
{
    for (long reason = SHUTDOWN_poweroff; reason <= SHUTDOWN_watchdog; reason++)
        CHECK_EQ(child_run(&child, shut_down, (void *)reason), reason);
    CHECK(child_destroy(&child));
}

static void second_cpu(void *argument)
{
    *(volatile long *)argument = this_cpu()->number + 1;
}

static void start_second(void *argument)
{
    volatile long *number = argument;

    *number = 0;
    CHECK_EQ(start_vcpu(1, second_cpu, argument), 0);
    while (!*number)
        HYPERCALL(sched_op, SCHEDOP_yield, 0);
}

static void two_cpus(void)
{
    CHECK_EQ(child_create(&child, 2), 0);
    CHECK_EQ(child_build(&child, start_second, said), 0);
    CHECK_EQ(child_wait(&child), SHUTDOWN_poweroff);
    CHECK(child_read(&child, said, sizeof(said)));
    CHECK_EQ(said[0], 2);
    CHECK(child_destroy(&child));
}

static void without_handler(void *unused)
{
    HYPERCALL(set_trap_table, 0);
    asm volatile("ud2");
}

static void crashes(void)
{
    CHECK_EQ(child_run(&child, without_handler, NULL), SHUTDOWN_crash);
    CHECK(child_destroy(&child));
}

/* The first one warms up what the hypervisor keeps for later. */
static void leaves_nothing(void)
{
    uint64_t before = 0;

    for (int i = 0; i < 4; i++) {
        if (i == 1)
            before = free_frames();
        CHECK_EQ(child_run(&child, speak, NULL), SHUTDOWN_poweroff);
        CHECK(child_destroy(&child));
    }
    CHECK_EQ(free_frames(), before);
}

const struct test tests[] = {
    { "child.runs", runs },
    { "child.ends", ends },
    { "child.two_cpus", two_cpus },
    { "child.crashes", crashes },
    { "child.leaves_nothing", leaves_nothing },
    { NULL, NULL },
};
