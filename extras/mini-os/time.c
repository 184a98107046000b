/* SPDX-License-Identifier: MIT */
/*
 * Time. The hypervisor writes into the shared page which system time belongs to which count of the TSC, and
 * how fast that counts; we add what went by since. It counts a version up before and after it writes.
 */
#include "time.h"

#include <public/vcpu.h>

#include "event.h"
#include "hypercall.h"
#include "start.h"
#include "thread.h"

static uint64_t read_tsc(void)
{
    uint32_t low, high;

    asm volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

/* ticks * factor / 2^32, without losing the product's highest bits */
static uint64_t scale(uint64_t ticks, uint32_t factor)
{
    return (ticks >> 32) * factor + ((ticks & 0xffffffff) * factor >> 32);
}

uint64_t time_now(void)
{
    const volatile struct vcpu_time_info *time = &this_vcpu->time;
    uint64_t ticks, base;
    uint32_t version, factor;
    int8_t shift;

    do {
        version = time->version;
        xen_rmb();
        ticks = read_tsc() - time->tsc_timestamp;
        base = time->system_time;
        factor = time->tsc_to_system_mul;
        shift = time->tsc_shift;
        xen_rmb();
    } while (version & 1 || version != time->version);
    return base + scale(shift < 0 ? ticks >> -shift : ticks << shift, factor);
}

uint64_t time_of_day(void)
{
    const volatile struct shared_info *info = shared;
    uint64_t seconds;
    uint32_t version, rest;

    do {
        version = info->wc_version;
        xen_rmb();
        seconds = info->wc_sec | (uint64_t)info->xen_wc_sec_hi << 32;
        xen_rmb();
    } while (version & 1 || version != info->wc_version);
    return seconds + divide(time_now(), SECOND, &rest);
}

uint64_t time_running(void)
{
    struct vcpu_runstate_info info;

    return HYPERCALL(vcpu_op, VCPUOP_get_runstate_info, 0, &info) ? 0 : info.time[RUNSTATE_running];
}

void timer_set(uint64_t deadline)
{
    set_timer(deadline == NEVER ? 0 : deadline);
}

static void timer_fired(void *unused)
{
    threads_check_deadlines();
}

void time_init(void)
{
    event_bind_virq(VIRQ_TIMER, timer_fired, NULL);
}
