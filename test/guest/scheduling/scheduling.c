/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sched_op: ways a domain is shut down, by itself, by another and by its watchdog; domain 0 pinned to a processor.
 * Refusals of each.
 */
#include "child.h"
#include "test.h"

#include <public/errno.h>
#include <public/sched.h>

static struct child child;
static volatile bool ran;

/* An int, also when it is an error: of Debian's hypervisor it comes without its sign. */
static int watchdog(uint32_t id, uint32_t seconds)
{
    struct sched_watchdog dog = { .id = id, .timeout = seconds };

    return HYPERCALL(sched_op, SCHEDOP_watchdog, &dog);
}

static long remote_shutdown(domid_t domain, unsigned int reason)
{
    struct sched_remote_shutdown down = { .domain_id = domain, .reason = reason };

    return HYPERCALL(sched_op, SCHEDOP_remote_shutdown, &down);
}

static long pin(int32_t cpu)
{
    struct sched_pin_override where = { .pcpu = cpu };

    return HYPERCALL(sched_op, SCHEDOP_pin_override, &where);
}

/* ---- shutdown_code: the domain goes on, and its end, when it comes, is told as this one */

static void tell_code(void *unused)
{
    struct sched_shutdown first = { .reason = SHUTDOWN_suspend }, second = { .reason = SHUTDOWN_crash };

    CHECK_EQ(HYPERCALL(sched_op, SCHEDOP_shutdown_code, &first), 0);
    CHECK_EQ(HYPERCALL(sched_op, SCHEDOP_shutdown_code, &second), 0);
    ran = true;
}

static void shutdown_code(void)
{
    ran = false;
    CHECK_EQ(child_run(&child, tell_code, NULL), SHUTDOWN_suspend);
    CHECK(child_read(&child, (void *)&ran, sizeof(ran)));
    CHECK(ran);
    CHECK(child_destroy(&child));
}

/* ---- remote_shutdown */

static void run_for_ever(void *unused)
{
    ran = true;
    for (;;)
        HYPERCALL(sched_op, SCHEDOP_yield, 0);
}

static bool child_runs(void)
{
    uint64_t begin = system_time();

    for (ran = false; !ran && system_time() - begin < 5000000000; HYPERCALL(sched_op, SCHEDOP_yield, 0))
        if (!child_read(&child, (void *)&ran, sizeof(ran)))
            return false;
    return ran;
}

/* One that runs, and one that never did. */
static void by_another(void)
{
    CHECK_EQ(child_create(&child, 1), 0);
    CHECK_EQ(child_build(&child, run_for_ever, NULL), 0);
    CHECK_EQ(DOMCTL(unpausedomain, child.id), 0);
    CHECK(child_runs());
    CHECK_EQ(remote_shutdown(child.id, SHUTDOWN_reboot), 0);
    CHECK_EQ(DOMCTL(pausedomain, child.id), 0);
    CHECK_EQ(child_wait(&child), SHUTDOWN_reboot);

    ran = false;
    CHECK_EQ(child_create(&child, 1), 0);
    CHECK_EQ(child_build(&child, run_for_ever, NULL), 0);
    CHECK_EQ(remote_shutdown(child.id, SHUTDOWN_crash), 0);
    CHECK_EQ(child_wait(&child), SHUTDOWN_crash);
    CHECK(child_read(&child, (void *)&ran, sizeof(ran)));
    CHECK(!ran);
    CHECK(child_destroy(&child));
}

/* ---- the watchdog */

static void let_it_expire(void *unused)
{
    CHECK_EQ(watchdog(0, 1), 1);
    run_for_ever(NULL);
}

/* Longer than the first timeout, shorter than that of the second. */
static void feed_it(void *unused)
{
    struct sched_poll sleep = { .timeout = system_time() + 1500000000 };

    CHECK_EQ(watchdog(0, 1), 1);
    CHECK_EQ(watchdog(1, 60), 0);
    CHECK_EQ(watchdog(0, 1), 2);
    CHECK_EQ(watchdog(2, 0), 0);
    CHECK_EQ(HYPERCALL(sched_op, SCHEDOP_poll, &sleep), 0);
    ran = true;
}

static void watchdogs(void)
{
    CHECK_EQ(child_run(&child, let_it_expire, NULL), SHUTDOWN_watchdog);
    ran = false;
    CHECK_EQ(child_run(&child, feed_it, NULL), SHUTDOWN_poweroff);
    CHECK(child_read(&child, (void *)&ran, sizeof(ran)));
    CHECK(ran);
    CHECK(child_destroy(&child));
}

/* A domain has two of them. */
static void watchdog_refusals(void)
{
    if (tells_why())        /* of Debian's hypervisor such a one fires at once */
        CHECK_EQ(watchdog(0, 0), -XEN_EINVAL);
    CHECK_EQ(watchdog(1, 60), -XEN_EINVAL);
    CHECK_EQ(watchdog(1, 0), -XEN_EINVAL);
    CHECK_EQ(watchdog(3, 60), -XEN_EINVAL);
    CHECK_EQ(watchdog(~0u, 60), -XEN_EINVAL);
    CHECK_EQ(watchdog(0, 60), 1);
    CHECK_EQ(watchdog(0, 3600), 2);
    CHECK_EQ(watchdog(0, 60), -XEN_ENOSPC);
    CHECK_EQ(watchdog(1, 0), 0);
    CHECK_EQ(watchdog(1, 60), -XEN_EINVAL);
    CHECK_EQ(watchdog(2, 0), 0);
}

/* ---- pin_override */

static unsigned int processor(void)
{
    xen_domctl_t op = { .u.getvcpuinfo.vcpu = 0 };

    return domctl(&op, XEN_DOMCTL_getvcpuinfo, 0) ? ~0u : op.u.getvcpuinfo.cpu;
}

static void pinned(void)
{
    CHECK_EQ(pin(-1), -XEN_EINVAL);
    for (int32_t cpu = 1; cpu >= 0; cpu--) {
        CHECK_EQ(pin(cpu), 0);
        CHECK_EQ(processor(), cpu);
        CHECK_EQ(pin(!cpu), -XEN_EBUSY);
        CHECK_EQ(pin(-1), 0);
    }
    CHECK_EQ(pin(2), -XEN_EINVAL);
    CHECK_EQ(pin(INT32_MAX), -XEN_EINVAL);
    CHECK_EQ(pin(INT32_MIN), -XEN_EINVAL);
}

/* ---- what is not for everybody */

static void try_all(void *unused)
{
    CHECK_EQ(remote_shutdown(0, SHUTDOWN_crash), -XEN_EPERM);
    CHECK_EQ(remote_shutdown(child.id, SHUTDOWN_crash), -XEN_EPERM);    /* itself */
    CHECK_EQ(pin(0), -XEN_EPERM);
    ran = true;
}

static void rights(void)
{
    ran = false;
    CHECK_EQ(child_run(&child, try_all, NULL), SHUTDOWN_poweroff);
    CHECK(child_read(&child, (void *)&ran, sizeof(ran)));
    CHECK(ran);
    CHECK(child_destroy(&child));
    CHECK_EQ(remote_shutdown(0x7fee, SHUTDOWN_crash), -XEN_ESRCH);
    CHECK_EQ(remote_shutdown(DOMID_SELF, SHUTDOWN_crash), -XEN_ESRCH);
}

const struct test tests[] = {
    { "scheduling.shutdown_code", shutdown_code },
    { "scheduling.by_another", by_another },
    { "scheduling.watchdogs", watchdogs },
    { "scheduling.watchdog_refusals", watchdog_refusals },
    { "scheduling.pinned", pinned },
    { "scheduling.rights", rights },
    { NULL, NULL },
};
