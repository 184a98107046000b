/* SPDX-License-Identifier: GPL-2.0-only */
/* Sets of processors. */
#ifndef XEN_CPUMASK_H
#define XEN_CPUMASK_H

#include <xen/bitmap.h>

#define NR_CPUS 256

typedef struct { BITMAP(bits, NR_CPUS); } cpumask_t;

extern cpumask_t cpu_online_map, cpu_present_map;
extern unsigned nr_cpu_ids;             /* one more than the highest present CPU */

#define CPUMASK_NONE ((cpumask_t){ { 0 } })
static inline bool cpumask_test(unsigned cpu, const cpumask_t *m) { return test_bit(cpu, m->bits); }
static inline void cpumask_set(unsigned cpu, cpumask_t *m) { set_bit(cpu, m->bits); }
static inline void cpumask_clear(unsigned cpu, cpumask_t *m) { clear_bit(cpu, m->bits); }
static inline bool cpumask_test_and_set(unsigned cpu, cpumask_t *m) { return test_and_set_bit(cpu, m->bits); }
static inline bool cpumask_test_and_clear(unsigned cpu, cpumask_t *m)
{
    return test_and_clear_bit(cpu, m->bits);
}
static inline cpumask_t cpumask_of(unsigned cpu)
{
    cpumask_t m = CPUMASK_NONE;

    set_bit_local(cpu, m.bits);
    return m;
}
static inline unsigned cpumask_next(int cpu, const cpumask_t *m)
{
    return find_next_bit(m->bits, nr_cpu_ids, cpu + 1);
}
static inline unsigned cpumask_first(const cpumask_t *m) { return cpumask_next(-1, m); }
static inline unsigned cpumask_weight(const cpumask_t *m) { return bitmap_weight(m->bits, nr_cpu_ids); }
static inline cpumask_t cpumask_and(const cpumask_t *a, const cpumask_t *b)
{
    cpumask_t r;
    for (unsigned i = 0; i < ARRAY_SIZE(r.bits); i++) r.bits[i] = a->bits[i] & b->bits[i];
    return r;
}
static inline bool cpumask_empty(const cpumask_t *m) { return cpumask_first(m) >= nr_cpu_ids; }
static inline bool cpumask_intersects(const cpumask_t *a, const cpumask_t *b)
{
    cpumask_t r = cpumask_and(a, b);
    return !cpumask_empty(&r);
}
#define for_each_cpu(c, m) for (c = cpumask_first(m); c < nr_cpu_ids; c = cpumask_next(c, m))
#define for_each_online_cpu(c) for_each_cpu(c, &cpu_online_map)
#define cpu_online(c) cpumask_test(c, &cpu_online_map)
#define num_online_cpus() cpumask_weight(&cpu_online_map)

#endif
