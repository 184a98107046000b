/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vcpu_op: a second virtual CPU, run states, timers, where a vcpu's information and its time lie, which processor
 * it is on, refusals.
 */
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

/* Each operation, of a vcpu that the domain doesn't have. */
static void nobody(void)
{
    static const unsigned int vcpus[] = { 500, 1u << 31, ~0u };

    for (unsigned int i = 0; i < ARRAY_SIZE(vcpus); i++)
        for (unsigned int op = VCPUOP_initialise; op <= VCPUOP_register_vcpu_time_memory_area; op++)
            CHECK_EQ(HYPERCALL(vcpu_op, op, vcpus[i], 0), -XEN_ENOENT);
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

static void nothing_pending(void)
{
    shared->evtchn_pending[0] = 0;
    vcpu0->evtchn_pending_sel = 0;
    vcpu0->evtchn_upcall_pending = 0;
}

/* Until the timer's event comes; a slow machine may see it come before. */
static void block_for_a_while(void)
{
    struct vcpu_set_singleshot_timer shot = { .timeout_abs_ns = system_time() + 20000000 };

    nothing_pending();
    CHECK_EQ(HYPERCALL(vcpu_op, VCPUOP_set_singleshot_timer, 0, &shot), 0);
    CHECK_EQ(HYPERCALL(sched_op, SCHEDOP_block, 0), 0);
    vcpu0->evtchn_upcall_mask = 1;
}

/* A registered area is filled in at once and kept up to date. */
static void runstate_area(void)
{
    static struct vcpu_runstate_info area;
    struct vcpu_register_runstate_memory_area where = { .addr.v = &area };
    uint64_t blocked;
    struct evtchn_bind_virq virq = { .virq = VIRQ_TIMER };

    area.state = 77;
    CHECK_EQ(HYPERCALL(vcpu_op, VCPUOP_register_runstate_memory_area, 0, &where), 0);
    CHECK_EQ(area.state, RUNSTATE_running);
    blocked = area.time[RUNSTATE_blocked];
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_bind_virq, &virq), 0);
    shared->evtchn_mask[0] &= ~(1ul << virq.port);
    for (unsigned int i = 0; i < 10 && area.time[RUNSTATE_blocked] == blocked; i++)
        block_for_a_while();
    CHECK(area.time[RUNSTATE_blocked] > blocked);
    CHECK_EQ(area.state, RUNSTATE_running);
    nothing_pending();
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
    CHECK_EQ(HYPERCALL(vcpu_op, VCPUOP_set_singleshot_timer, 1, &periodic), -XEN_EINVAL);
    CHECK_EQ(HYPERCALL(vcpu_op, VCPUOP_stop_singleshot_timer, 1, 0), -XEN_EINVAL);
}

/* set_timer_op takes any time: one that is past is now, and one that no clock reaches comes all the same. */
static void any_time(void)
{
    static const int64_t times[] = { 1, -1, INT64_MIN, INT64_MAX };
    struct evtchn_bind_virq virq = { .virq = VIRQ_TIMER };
    struct sched_poll poll = { .nr_ports = 1 };

    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_bind_virq, &virq), 0);
    set_xen_guest_handle(poll.ports, &virq.port);
    for (unsigned int i = 0; i < ARRAY_SIZE(times); i++) {
        nothing_pending();
        CHECK_EQ(HYPERCALL(set_timer_op, WIDE(times[i])), 0);
        poll.timeout = system_time() + 2000000000;
        CHECK_EQ(HYPERCALL(sched_op, SCHEDOP_poll, &poll), 0);
        CHECK_EQ(shared->evtchn_pending[0], 1ul << virq.port);
    }
    nothing_pending();
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_close, &(struct evtchn_close){ .port = virq.port }), 0);
}

static long register_time(void *at)
{
    struct vcpu_register_time_memory_area where = { .addr.v = at };

    return HYPERCALL(vcpu_op, VCPUOP_register_vcpu_time_memory_area, 0, &where);
}

/* The time that the shared page has, at a second place: filled in at once, and never another for long. */
static void time_area(void)
{
    static volatile struct vcpu_time_info area;
    volatile struct vcpu_time_info *time = &vcpu0->time;
    struct sched_poll sleep = { .timeout = system_time() + 20000000 };
    uint64_t begin = system_time();

    memset((void *)&area, 0, sizeof(area));
#ifdef __x86_64__       /* a 32-bit guest can't name where the hypervisor is */
    CHECK_EQ(register_time((void *)HYPERVISOR_ADDRESS), -XEN_EFAULT);
#endif
    CHECK_EQ(register_time((void *)&area), 0);
    CHECK(area.version && !(area.version & 1));
    CHECK_EQ(area.tsc_to_system_mul, time->tsc_to_system_mul);
    CHECK_EQ(area.tsc_shift, time->tsc_shift);
    CHECK_EQ(HYPERCALL(sched_op, SCHEDOP_poll, &sleep), 0);
    while (area.system_time != time->system_time || area.tsc_timestamp != time->tsc_timestamp)
        CHECK(system_time() - begin < 5000000000);
    CHECK_EQ(register_time(NULL), 0);
}

static long pin(int32_t cpu)
{
    struct sched_pin_override where = { .pcpu = cpu };

    return HYPERCALL(sched_op, SCHEDOP_pin_override, &where);
}

/* Which processor a vcpu is on is told of one that stays there. */
static void physical_id(void)
{
    struct vcpu_get_physid id[2] = { { 0 } };

    CHECK_EQ(HYPERCALL(vcpu_op, VCPUOP_get_physid, 0, &id[0]), -XEN_EINVAL);
    for (int32_t cpu = 0; cpu < 2; cpu++) {
        CHECK_EQ(pin(cpu), 0);
        HYPERCALL(sched_op, SCHEDOP_yield, 0);      /* and be there */
        CHECK_EQ(HYPERCALL(vcpu_op, VCPUOP_get_physid, 0, &id[cpu]), 0);
        CHECK_EQ(HYPERCALL(vcpu_op, VCPUOP_get_physid, 0, 0x1000), -XEN_EFAULT);
        CHECK_EQ(pin(-1), 0);
    }
    if (tells_why()) {      /* Debian's hypervisor takes vcpu n to be on CPU n, wherever it is pinned */
        CHECK(xen_vcpu_physid_to_x86_apicid(id[0].phys_id) != xen_vcpu_physid_to_x86_apicid(id[1].phys_id));
        CHECK(xen_vcpu_physid_to_x86_acpiid(id[0].phys_id) != xen_vcpu_physid_to_x86_acpiid(id[1].phys_id));
    }
    CHECK_EQ(HYPERCALL(vcpu_op, VCPUOP_get_physid, 0, &id[0]), -XEN_EINVAL);
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
    { "vcpu.nobody", nobody },
    { "vcpu.run_states", run_states },
    { "vcpu.runstate_area", runstate_area },
    { "vcpu.timers", timers },
    { "vcpu.any_time", any_time },
    { "vcpu.time_area", time_area },
    { "vcpu.physical_id", physical_id },
    { "vcpu.together", together },
    { "vcpu.vcpu_info", vcpu_info },
    { NULL, NULL },
};
