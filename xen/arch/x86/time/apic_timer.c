/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Each CPU's timer interrupt: of its local APIC, by TSC deadline where there is that, else by counting down.
 */
#include <xen/lib.h>
#include <xen/softirq.h>
#include <asm/apic.h>
#include <asm/time.h>

static uint64_t ticks_per_ns;              /* 32.32, of the count-down */
static bool use_deadline read_mostly;

/* One window for this and the TSC: between the calls the counter runs down from its maximum. */
init_text void apic_timer_begin(void)
{
    apic_write(APIC_LVTT, APIC_LVT_MASKED | LOCAL_TIMER_VECTOR);
    apic_write(APIC_TDCR, APIC_TDR_DIV_1);
    apic_write(APIC_TMICT, ~0u);
}

init_text void apic_timer_end(uint64_t window_ns)
{
    uint32_t count = ~0u - apic_read(APIC_TMCCT);

    apic_write(APIC_TMICT, 0);
    ticks_per_ns = ((uint64_t)count << 32) / window_ns;
    use_deadline = boot_cpu.tsc_deadline && tsc_stable;
    if (use_deadline)
        printk(LOG_INFO "Timer interrupts: local APIC, TSC deadline\n");
    else
        printk(LOG_INFO "Timer interrupts: local APIC, %lu kHz\n", scale_mult(1000000, ticks_per_ns));
    if (!use_deadline && count < 16)
        panic("the local APIC's timer does not count");
}

static void timer_interrupt(void)
{
    raise_softirq(TIMER_SOFTIRQ);
}

void apic_timer_init_cpu(void)
{
    set_direct_vector(LOCAL_TIMER_VECTOR, timer_interrupt);
    apic_write(APIC_TDCR, APIC_TDR_DIV_1);
    apic_write(APIC_LVTT, LOCAL_TIMER_VECTOR | (use_deadline ? APIC_TIMER_DEADLINE : 0));
    mb();                                  /* before the first write of the deadline MSR */
}

static void disarm(void)
{
    if (use_deadline)
        wrmsr(MSR_TSC_DEADLINE, 0);
    else
        apic_write(APIC_TMICT, 0);
}

bool reprogram_timer(s_time_t deadline)
{
    s_time_t delta;

    if (deadline == 0) {
        disarm();
        return true;
    }
    delta = deadline - NOW();
    if (delta <= 0)
        return false;
    delta = min(delta, SECONDS(2));        /* fits the counter at any rate; the softirq arms it anew */
    if (use_deadline) {
        wrmsr(MSR_TSC_DEADLINE, rdtsc() + ns_to_tsc(delta));
    } else {
        uint64_t count = scale_mult(delta, ticks_per_ns) + 1;

        apic_write(APIC_TMICT, min(count, (uint64_t)~0u));
    }
    return true;
}
