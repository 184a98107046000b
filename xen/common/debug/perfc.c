/* SPDX-License-Identifier: GPL-2.0-only */
/* Performance counters, as tools and debug keys see them. */
#include <xen/console.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/perfc.h>
#include <xen/smp.h>
#include <public/sysctl.h>

DEFINE_PER_CPU(struct perfc, perfc);

/* elements: 0 for a single number a CPU. at: in CPU 0's area. */
struct counter {
    const char *name;
    uint32_t *at;
    unsigned elements;
};

#define PERFC(name, text)          { text, &per_cpu__perfc.name, 0 },
#define PERFC_ARRAY(name, text, n) { text, per_cpu__perfc.name, n },
static const struct counter counters[] = {
    { "hypercalls", per_cpu__hypercall_count, NR_HYPERCALLS },
#include <xen/perfc.def>
};
#undef PERFC
#undef PERFC_ARRAY

#define VALUES_MAX NR_CPUS              /* of one counter */
#define PERFC(name, text)
#define PERFC_ARRAY(name, text, n) _Static_assert(n <= VALUES_MAX, "room for the values of a counter");
#include <xen/perfc.def>
_Static_assert(NR_HYPERCALLS <= VALUES_MAX, "room for the values of a counter");

static unsigned nr_values(const struct counter *c)
{
    return c->elements ? c->elements : num_online_cpus();
}

static uint32_t value_on(const struct counter *c, unsigned cpu, unsigned element)
{
    return READ_ONCE(((uint32_t *)((char *)c->at + per_cpu_offset[cpu]))[element]);
}

/* A single number of each online CPU in order, or the sums of an array's elements. Returns how many. */
static unsigned get_values(const struct counter *c, uint32_t *values)
{
    unsigned cpu, n = 0;

    if (c->elements)
        memset(values, 0, c->elements * sizeof(*values));
    for_each_online_cpu(cpu)
        if (!c->elements)
            values[n++] = value_on(c, cpu, 0);
        else
            for (unsigned i = 0; i < c->elements; i++)
                values[i] += value_on(c, cpu, i);
    return c->elements ? c->elements : n;
}

/* The lists that aren't null are filled; the caller has been told before how long they must be. */
static long copy_out(const struct xen_sysctl_perfc_op *op)
{
    uint32_t values[VALUES_MAX];
    unsigned done = 0;

    for (unsigned i = 0; i < ARRAY_SIZE(counters); i++) {
        const struct counter *c = &counters[i];
        struct xen_sysctl_perfc_desc desc = { .nr_vals = nr_values(c) };
        unsigned n = get_values(c, values);

        strlcpy(desc.name, c->name, sizeof(desc.name));
        if (!guest_handle_is_null(op->desc) && copy_to_guest_offset(op->desc, i, &desc, 1))
            return -EFAULT;
        if (!guest_handle_is_null(op->val) && copy_to_guest_offset(op->val, done, values, n))
            return -EFAULT;
        done += n;
    }
    return 0;
}

static void reset_here(void *unused)
{
    memset(&this_cpu(perfc), 0, sizeof(struct perfc));
    memset(this_cpu(hypercall_count), 0, sizeof(per_cpu__hypercall_count));
}

static void reset(void)
{
    on_selected_cpus(&cpu_online_map, reset_here, NULL, true);
}

long perfc_control(struct xen_sysctl_perfc_op *op)
{
    long rc;

    if (op->cmd != XEN_SYSCTL_PERFCOP_reset && op->cmd != XEN_SYSCTL_PERFCOP_query)
        return refuse(-EINVAL, "perfc_op: unknown command");
    rc = copy_out(op);
    if (!rc && op->cmd == XEN_SYSCTL_PERFCOP_reset)
        reset();
    op->nr_counters = ARRAY_SIZE(counters);
    op->nr_vals = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(counters); i++)
        op->nr_vals += nr_values(&counters[i]);
    return rc;
}

/* Of an array the elements that aren't 0, as NUMBER: COUNT. */
static void dump_counters(char key)
{
    uint32_t values[VALUES_MAX];

    for (unsigned i = 0; i < ARRAY_SIZE(counters); i++) {
        const struct counter *c = &counters[i];
        unsigned n = get_values(c, values);

        printk("%-44s", c->name);
        for (unsigned k = 0; k < n; k++)
            if (!c->elements)
                printk(" %u", values[k]);
            else if (values[k])
                printk(" %u: %u", k, values[k]);
        printk("\n");
    }
}
debug_key('p', "performance counters", dump_counters);
