/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TLB flushes, here and on other processors, and the clock that tells which can be left out.
 *
 * Every complete flush of a CPU advances the clock and notes its new value for that CPU. A frame that loses
 * its last writable mapping, its use as a page table, or its owner is stamped with the clock; before it
 * serves another purpose the CPUs that have not flushed since are made to. "Since" compares ages, so a clock
 * that wraps may cost a needless flush but never loses one, as long as each CPU flushes once in 2^31 ticks:
 * the softirq sees to that.
 */
#include <xen/lib.h>
#include <xen/perfc.h>
#include <xen/sched.h>
#include <xen/smp.h>
#include <xen/softirq.h>
#include <asm/apic.h>
#include <asm/mm.h>
#include <asm/processor.h>
#include "internal.h"

#define CLOCK_EPOCH (1u << 30)

uint32_t tlbflush_clock = 1;
static DEFINE_PER_CPU(uint32_t, flush_time);

/* What a CPU wants others to do, and who of them has not done it yet. It waits for them, so one is enough. */
struct flush_request {
    const void *va;
    unsigned flags;
    cpumask_t awaited;
};

static DEFINE_PER_CPU(struct flush_request, flush_request);
static DEFINE_PER_CPU(cpumask_t, flush_askers);         /* whose requests this CPU is to fulfil */

static uint32_t tick(void)
{
    uint32_t t = __atomic_add_fetch(&tlbflush_clock, 1, __ATOMIC_SEQ_CST);

    if (unlikely(t % CLOCK_EPOCH == 0)) {
        unsigned cpu;

        for_each_online_cpu(cpu)
            cpu_raise_softirq(cpu, FLUSH_SOFTIRQ);
    }
    return t;
}

/* Load an address space and forget all translations, global ones too. */
void switch_cr3(unsigned long cr3)
{
    uint32_t t = tick();
    unsigned long cr4 = get_cpu_info()->cr4;

    if (cr4 & X86_CR4_PGE) {
        write_cr4_hw(cr4 & ~X86_CR4_PGE);
        write_cr3(cr3);
        write_cr4_hw(cr4);
    } else {
        write_cr3(cr3);
    }
    this_cpu(flush_time) = t;
    perfc_incr(tlb_flushes);
}

/* Flush this CPU: one page, or all (FLUSH_TLB alone spares global entries), or its caches. */
void flush_area_local(const void *va, unsigned flags)
{
    if (flags & FLUSH_ONE)
        invlpg(va);
    else if (flags & FLUSH_TLB_GLOBAL)
        switch_cr3(read_cr3());
    else if (flags & FLUSH_TLB)
        write_cr3(read_cr3());
    if (flags & FLUSH_CACHE)
        wbinvd();
}

/* Other CPUs asked for flushes. Each of them waits, so its request stays as it is until its own bit is cleared. */
void flush_area_interrupt(void)
{
    cpumask_t *askers = &this_cpu(flush_askers);
    unsigned asker;

    for_each_cpu(asker, askers) {
        struct flush_request *r = &per_cpu(flush_request, asker);

        cpumask_clear(asker, askers);
        flush_area_local(r->va, r->flags);
        cpumask_clear(smp_processor_id(), &r->awaited);
    }
}

/* No lock: those who ask at the same time, also each other, wait for the CPUs that they ask only. */
static void flush_others(const cpumask_t *others, const void *va, unsigned flags)
{
    struct flush_request *r = &this_cpu(flush_request);
    unsigned cpu;

    perfc_incr(tlb_remote);
    *r = (struct flush_request){ va, flags, *others };
    for_each_cpu(cpu, others)
        cpumask_set(smp_processor_id(), &per_cpu(flush_askers, cpu));
    send_IPI_mask(others, INVALIDATE_TLB_VECTOR);
    while (!cpumask_empty(&r->awaited))
        cpu_relax();
}

/* Flush the CPUs of the mask and wait for them. Interrupts are on if any of them is another CPU. */
void flush_area_mask(const cpumask_t *mask, const void *va, unsigned flags)
{
    unsigned cpu = smp_processor_id();
    cpumask_t others = cpumask_and(mask, &cpu_online_map);

    if (cpumask_test(cpu, mask))
        flush_area_local(va, flags);
    clear_bit_local(cpu, others.bits);
    if (likely(cpumask_empty(&others)))
        return;
    ASSERT(local_irq_is_enabled());
    flush_others(&others, va, flags);
}

/* Flush everything everywhere; works before CPU 0 is known to be online. */
void flush_tlb_all(void)
{
    if (!cpu_online(smp_processor_id()))
        flush_area_local(NULL, FLUSH_TLB | FLUSH_TLB_GLOBAL);
    flush_tlb_mask(&cpu_online_map);
}

/* Take out of the mask the CPUs that have flushed since the frame was stamped. */
void tlbflush_filter(cpumask_t *mask, uint32_t page_timestamp)
{
    uint32_t now = tlbflush_current_time(), age = now - page_timestamp;
    unsigned cpu;

    for_each_cpu(cpu, mask)
        if (age > now - per_cpu(flush_time, cpu))
            clear_bit_local(cpu, mask->bits);
}

static void flush_softirq(void)
{
    flush_area_local(NULL, FLUSH_TLB | FLUSH_TLB_GLOBAL);
}

/* Boot. */
void init_text flush_init(void)
{
    open_softirq(FLUSH_SOFTIRQ, flush_softirq);
}
