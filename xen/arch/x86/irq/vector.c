/* SPDX-License-Identifier: GPL-2.0-only */
/* Which irq a vector of a CPU means. */
#include <xen/lib.h>
#include <xen/percpu.h>
#include <xen/smp.h>
#include <xen/spinlock.h>
#include <xen/time.h>
#include <asm/apic.h>
#include <asm/entry.h>
#include <asm/irq.h>

#define LAST_REACHABLE_ID 0xfe     /* lines and messages name a CPU by 8 bits; all of them set: every CPU */
#define MAX_DELAY SECONDS(1)       /* of an interrupt on its way */

static DEFINE_PER_CPU(int16_t[256], vector_irq);    /* irq + 1, 0: free */
static DEFINE_PER_CPU(uint8_t, last_vector);
static DEFINE_SPINLOCK(vector_lock);                /* inside desc->lock, interrupts off */

int vector_to_irq(unsigned cpu, uint8_t vector)
{
    return per_cpu(vector_irq, cpu)[vector] - 1;
}

static unsigned used_vectors(unsigned cpu)
{
    unsigned n = 0;

    for (unsigned v = FIRST_DYNAMIC_VECTOR; v <= LAST_DYNAMIC_VECTOR; v++)
        n += per_cpu(vector_irq, cpu)[v] != 0;
    return n;
}

/*
 * Neighbouring requests get vectors of different priority classes: the local APIC keeps at most two of a
 * class.
 */
static uint8_t free_vector(unsigned cpu)
{
    unsigned v = max((unsigned)per_cpu(last_vector, cpu), (unsigned)FIRST_DYNAMIC_VECTOR);

    for (unsigned i = 0; i <= LAST_DYNAMIC_VECTOR - FIRST_DYNAMIC_VECTOR; i++) {
        v += 0x10;
        if (v > LAST_DYNAMIC_VECTOR)
            v = FIRST_DYNAMIC_VECTOR + ((v + 1) & 0xf);
        if (v == INT80_VECTOR || v == HYPERCALL_VECTOR || per_cpu(vector_irq, cpu)[v])
            continue;
        per_cpu(last_vector, cpu) = v;
        return v;
    }
    return 0;
}

static void release(unsigned cpu, uint8_t vector)
{
    if (vector)
        per_cpu(vector_irq, cpu)[vector] = 0;
}

/* What was sent to them has come by now. Holder of vector_lock: that of the irqs isn't needed for their old vectors. */
static void release_old_vectors(void)
{
    s_time_t now = NOW();

    for (unsigned i = 0; i < nr_irqs; i++) {
        struct irq_desc *desc = irq_to_desc(i);

        if (!desc->old_vector || now - desc->moved < MAX_DELAY)
            continue;
        release(desc->old_cpu, desc->old_vector);
        desc->old_vector = 0;
    }
}

/* A free vector of the CPU that has most. Holder of vector_lock. 0: none */
static uint8_t find_vector(const cpumask_t *online, unsigned *best)
{
    unsigned cpu, best_used = ~0u;

    *best = NR_CPUS;
    for_each_cpu(cpu, online) {
        unsigned used = cpu_to_apicid[cpu] <= LAST_REACHABLE_ID ? used_vectors(cpu) : best_used;

        if (used < best_used) {
            *best = cpu;
            best_used = used;
        }
    }
    return *best < NR_CPUS ? free_vector(*best) : 0;
}

/* 0, or -ENOSPC where no CPU of the set has a free vector. An irq already on a CPU of the set stays. */
int irq_assign_vector(struct irq_desc *desc, const cpumask_t *allowed)
{
    cpumask_t online = cpumask_and(allowed, &cpu_online_map);
    unsigned best;
    uint8_t vector;

    if (desc->vector && cpumask_test(desc->cpu, &online))
        return 0;
    spin_lock(&vector_lock);
    vector = find_vector(&online, &best);
    if (!vector) {
        release_old_vectors();
        vector = find_vector(&online, &best);
    }
    if (vector) {
        release(desc->old_cpu, desc->old_vector);
        desc->old_cpu = desc->cpu;
        desc->old_vector = desc->vector;
        desc->moved = NOW();
        desc->cpu = best;
        desc->vector = vector;
        per_cpu(vector_irq, best)[vector] = desc_to_irq(desc) + 1;
    }
    spin_unlock(&vector_lock);
    return vector ? 0 : -ENOSPC;
}

void irq_release_vectors(struct irq_desc *desc)
{
    spin_lock(&vector_lock);
    release(desc->cpu, desc->vector);
    release(desc->old_cpu, desc->old_vector);
    desc->vector = desc->old_vector = 0;
    spin_unlock(&vector_lock);
}
