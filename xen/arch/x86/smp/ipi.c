/* SPDX-License-Identifier: GPL-2.0-only */
/* What processors ask of each other. */
#include <xen/lib.h>
#include <xen/smp.h>
#include <xen/spinlock.h>
#include <xen/time.h>
#include <asm/apic.h>
#include <asm/init.h>
#include <asm/irq.h>
#include <asm/mm.h>

/* One call at a time: who has not begun, who has not ended. */
static DEFINE_SPINLOCK(call_lock);
static struct {
    void (*fn)(void *);
    void *arg;
    bool wait;
    cpumask_t todo;
} call;
static bool stopping;

void send_IPI_mask(const cpumask_t *set, uint8_t vector)
{
    unsigned cpu, me = smp_processor_id();

    for_each_cpu(cpu, set)
        if (cpu != me)
            send_ipi(cpu, vector);
}

void smp_send_event_check(unsigned cpu)
{
    send_ipi(cpu, EVENT_CHECK_VECTOR);
}

/* The way back from any interrupt looks at softirqs. */
static void event_check_interrupt(void)
{
}

static void call_function_interrupt(void)
{
    unsigned cpu = smp_processor_id();
    void (*fn)(void *) = call.fn;
    void *arg = call.arg;

    if (READ_ONCE(stopping)) {
        cpumask_clear(cpu, &cpu_online_map);
        for (;;)
            __asm__ volatile ("cli; hlt");
    }
    if (!cpumask_test(cpu, &call.todo))
        return;
    if (call.wait) {
        fn(arg);
        cpumask_clear(cpu, &call.todo);
    } else {
        cpumask_clear(cpu, &call.todo);
        fn(arg);
    }
}

static void call_here(void (*fn)(void *), void *arg)
{
    unsigned long flags;

    local_irq_save(flags);
    fn(arg);
    local_irq_restore(flags);
}

void on_selected_cpus(const cpumask_t *set, void (*fn)(void *), void *arg, bool wait)
{
    unsigned me = smp_processor_id();
    cpumask_t others = cpumask_and(set, &cpu_online_map);

    clear_bit_local(me, others.bits);
    if (!cpumask_empty(&others)) {
        ASSERT(local_irq_is_enabled());
        spin_lock(&call_lock);
        call.fn = fn;
        call.arg = arg;
        call.wait = wait;
        call.todo = others;
        send_IPI_mask(&others, CALL_FUNCTION_VECTOR);
        if (cpumask_test(me, set))
            call_here(fn, arg);
        while (!cpumask_empty(&call.todo))
            cpu_relax();
        spin_unlock(&call_lock);
    } else if (cpumask_test(me, set)) {
        call_here(fn, arg);
    }
}

/*
 * All others halt for good: the machine is about to stop. Does not take locks, for a dying CPU may hold them.
 */
void smp_send_stop(void)
{
    cpumask_t others = cpu_online_map;

    local_irq_disable();
    clear_bit_local(smp_processor_id(), others.bits);
    WRITE_ONCE(stopping, true);
    send_IPI_mask(&others, CALL_FUNCTION_VECTOR);
    for (unsigned ms = 0; ms < 100 && cpumask_intersects(&others, &cpu_online_map); ms++)
        udelay(1000);
}

init_text void ipi_init(void)
{
    set_direct_vector(EVENT_CHECK_VECTOR, event_check_interrupt);
    set_direct_vector(INVALIDATE_TLB_VECTOR, flush_area_interrupt);
    set_direct_vector(CALL_FUNCTION_VECTOR, call_function_interrupt);
}
