/* SPDX-License-Identifier: GPL-2.0-only */
/* vcpu_op: a second virtual CPU, run states, timers, where a vcpu's information lies, refusals. */
#include "test.h"

#include <public/errno.h>
#include <public/event_channel.h>
#include <public/sched.h>
#include <public/vcpu.h>

static volatile unsigned int rounds;
static volatile uint64_t spins;
static volatile bool spinning;

/* Counts, spins as long as it should, and goes down by itself each time it is brought up. */
static void count_rounds(void *argument)
{
    for (;;) {
        rounds++;
        while (spinning)
            spins++;
        HYPERCALL(vcpu_op, VCPUOP_down, 1, 0);
    }
}

/* Yield until *what has the value or a second has passed. */
static bool reaches(volatile unsigned int *what, unsigned int value)
{
    uint64_t begin = system_time();

    while (*what != value)
        if (system_time() - begin > 1000000000)
            return false;
        else
            HYPERCALL(sched_op, SCHEDOP_yield, 0);
    return true;
}

static bool goes_down(unsigned int vcpu)
{
    uint64_t begin = system_time();

    while (HYPERCALL(vcpu_op, VCPUOP_is_up, vcpu, 0) == 1)
        if (system_time() - begin > 1000000000)
            return false;
    return true;
}

static void second(void)
{
    static struct vcpu_guest_context context;

    CHECK_EQ(HYPERCALL(vcpu_op, VCPUOP_is_up, 0, 0), 1);
    CHECK_EQ(HYPERCALL(vcpu_op, VCPUOP_is_up, 1, 0), 0);
    CHECK_EQ(HYPERCALL(vcpu_op, VCPUOP_up, 1, 0), -XEN_EINVAL);     /* not initialised */
    CHECK_EQ(HYPERCALL(vcpu_op, VCPUOP_initialise, 1, &context), -XEN_EINVAL);      /* no page tables */
    CHECK_EQ(start_vcpu(1, count_rounds, NULL), 0);
    CHECK(reaches(&rounds, 1));
    CHECK(goes_down(1));
    CHECK_EQ(HYPERCALL(vcpu_op, VCPUOP_initialise, 1, &context), -XEN_EEXIST);
    CHECK_EQ(HYPERCALL(vcpu_op, VCPUOP_up, 1, 0), 0);
    CHECK(reaches(&rounds, 2));
    CHECK(goes_down(1));
}

static void refusals(void)
{
    CHECK_EQ(HYPERCALL(vcpu_op, VCPUOP_is_up, 500, 0), -XEN_ENOENT);
    CHECK_EQ(HYPERCALL(vcpu_op, VCPUOP_up, ~0u, 0), -XEN_ENOENT);
    CHECK_EQ(HYPERCALL(vcpu_op, 99, 0, 0), -XEN_ENOSYS);
    CHECK_EQ(HYPERCALL(vcpu_op, VCPUOP_get_runstate_info, 0, 0x1000), -XEN_EFAULT);
}

/* The four times add up to what passed; the caller is running. */
static void run_states(void)
{
    struct vcpu_runstate_info one, two;

    CHECK_EQ(HYPERCALL(vcpu_op, VCPUOP_get_runstate_info, 0, &one), 0);
    CHECK_EQ(one.state, RUNSTATE_running);
    for (unsigned int i = 0; i < 1000; i++)
        barrier();
    CHECK_EQ(HYPERCALL(vcpu_op, VCPUOP_get_runstate_info, 0, &two), 0);
    CHECK(two.time[RUNSTATE_running] > one.time[RUNSTATE_running]);
    do
        CHECK_EQ(HYPERCALL(vcpu_op, VCPUOP_get_runstate_info, 1, &two), 0);
    while (two.state != RUNSTATE_offline && system_time() - one.state_entry_time < 1000000000);
    CHECK_EQ(two.state, RUNSTATE_offline);
}

/* A registered area is filled in at once and kept up to date. */
static void runstate_area(void)
{
    static struct vcpu_runstate_info area;
    struct vcpu_register_runstate_memory_area where = { .addr.v = &area };
    uint64_t blocked;
    struct vcpu_set_singleshot_timer shot = { 0 };
    struct evtchn_bind_virq virq = { .virq = VIRQ_TIMER };

    area.state = 77;
    CHECK_EQ(HYPERCALL(vcpu_op, VCPUOP_register_runstate_memory_area, 0, &where), 0);
    CHECK_EQ(area.state, RUNSTATE_running);
    blocked = area.time[RUNSTATE_blocked];
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_bind_virq, &virq), 0);
    shared->evtchn_mask[0] &= ~(1ul << virq.port);
    vcpu0->evtchn_upcall_pending = 0;
    shot.timeout_abs_ns = system_time() + 10000000;
    CHECK_EQ(HYPERCALL(vcpu_op, VCPUOP_set_singleshot_timer, 0, &shot), 0);
    HYPERCALL(sched_op, SCHEDOP_block, 0);
    vcpu0->evtchn_upcall_mask = 1;
    CHECK(area.time[RUNSTATE_blocked] > blocked);
    CHECK_EQ(area.state, RUNSTATE_running);
    shared->evtchn_pending[0] = 0;
    vcpu0->evtchn_pending_sel = 0;
    vcpu0->evtchn_upcall_pending = 0;
    HYPERCALL(event_channel_op, EVTCHNOP_close, &(struct evtchn_close){ .port = virq.port });
}

static void timers(void)
{
    struct vcpu_set_periodic_timer periodic = { .period_ns = 1000 };

    CHECK_EQ(HYPERCALL(vcpu_op, VCPUOP_set_periodic_timer, 0, &periodic), -XEN_EINVAL);
    periodic.period_ns = 10000000;
    CHECK_EQ(HYPERCALL(vcpu_op, VCPUOP_set_periodic_timer, 0, &periodic), 0);
    CHECK_EQ(HYPERCALL(vcpu_op, VCPUOP_stop_periodic_timer, 0, 0), 0);
    CHECK_EQ(HYPERCALL(vcpu_op, VCPUOP_stop_singleshot_timer, 0, 0), 0);
    CHECK_EQ(HYPERCALL(vcpu_op, VCPUOP_set_singleshot_timer, 0, 0x1000), -XEN_EFAULT);
}

/* Both run at once: the other's counter moves while this one never enters the hypervisor. */
static void together(void)
{
    uint64_t begin, deadline = rdtsc() + 4000000000;

    spinning = true;
    CHECK_EQ(HYPERCALL(vcpu_op, VCPUOP_up, 1, 0), 0);
    begin = spins;
    while (spins == begin && rdtsc() < deadline)
        barrier();
    spinning = false;
    CHECK(spins != begin);
    CHECK(goes_down(1));
}

/* A vcpu's information can move once into a page of ours, and pending state moves with it. */
static void vcpu_info(void)
{
    char *page = page_alloc();
    struct vcpu_info *info = (struct vcpu_info *)(page + 128);
    struct vcpu_register_vcpu_info where = { .mfn = virt_to_mfn(page), .offset = PAGE_SIZE - 8 };

    CHECK_EQ(HYPERCALL(vcpu_op, VCPUOP_register_vcpu_info, 1, &where), -XEN_ENXIO);
    where.offset = 128;
    where.mfn = 1ull << 40;
    CHECK(HYPERCALL(vcpu_op, VCPUOP_register_vcpu_info, 1, &where) < 0);
    where.mfn = virt_to_mfn(page);
    CHECK_EQ(HYPERCALL(vcpu_op, VCPUOP_register_vcpu_info, 1, &where), 0);
    CHECK_EQ(info->evtchn_upcall_pending, 1);       /* so that nothing sent meanwhile is lost */
    CHECK_EQ(HYPERCALL(vcpu_op, VCPUOP_register_vcpu_info, 1, &where), -XEN_EINVAL);
}

const struct test tests[] = {
    { "vcpu.second", second },
    { "vcpu.refusals", refusals },
    { "vcpu.run_states", run_states },
    { "vcpu.runstate_area", runstate_area },
    { "vcpu.timers", timers },
    { "vcpu.together", together },
    { "vcpu.vcpu_info", vcpu_info },
    { NULL, NULL },
};
