/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory of the per-CPU variables. CPU 0's are the image's own; all start as zero. */
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/percpu.h>
#include <asm/init.h>
#include <asm/sections.h>

unsigned long per_cpu_offset[NR_CPUS];
cpumask_t cpu_online_map, cpu_present_map;
unsigned nr_cpu_ids = 1;

static unsigned order_of(size_t size)
{
    unsigned order = 0;

    while ((PAGE_SIZE << order) < size)
        order++;
    return order;
}

bool percpu_init_cpu(unsigned cpu)
{
    size_t size = __percpu_end - __percpu_start;
    char *area;

    if (cpu == 0 || per_cpu_offset[cpu])
        return true;
    area = alloc_xenheap_pages(order_of(size));
    if (!area)
        return false;
    memset(area, 0, size);
    per_cpu_offset[cpu] = (unsigned long)area - (unsigned long)__percpu_start;
    return true;
}
