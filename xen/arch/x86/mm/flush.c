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

static DEFINE_SPINLOCK(flush_lock);     /* one remote flush at a time: the three below */
static cpumask_t flush_cpus;
static const void *flush_va;
static unsigned flush_flags;

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

/* Another CPU asked for a flush. */
void flush_area_interrupt(void)
{
    unsigned cpu = smp_processor_id();

    if (!cpumask_test(cpu, &flush_cpus))
        return;
    flush_area_local(flush_va, flush_flags);
    cpumask_clear(cpu, &flush_cpus);
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
    spin_lock(&flush_lock);
    perfc_incr(tlb_remote);
    flush_va = va;
    flush_flags = flags;
    flush_cpus = others;
    send_IPI_mask(&others, INVALIDATE_TLB_VECTOR);
    while (!cpumask_empty(&flush_cpus))
        cpu_relax();
    spin_unlock(&flush_lock);
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
