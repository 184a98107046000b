/* SPDX-License-Identifier: GPL-2.0-only */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "spec.h"

static void set_range(struct cpu_set *set, unsigned long first, unsigned long last, bool on)
{
    for (unsigned long cpu = first; cpu <= last; cpu++)
        if (on)
            set->bits[cpu / 8] |= (uint8_t)(1u << cpu % 8);
        else
            set->bits[cpu / 8] &= (uint8_t)~(1u << cpu % 8);
}

static int add_part(const struct cfg_value *spec, const struct spec_part *part, bool first_part,
                    struct cpu_set *set)
{
    const char *text = part->text;
    bool on = *text != '^';
    unsigned long first, last;
    char *end;

    if (!on) {
        if (first_part)
            set_range(set, 0, CPU_SET_MAX - 1, true);
        text++;
    }
    if (!strcmp(text, "all")) {
        set_range(set, 0, CPU_SET_MAX - 1, on);
        return 0;
    }
    if (!strncmp(text, "node", 4))
        return cfg_error(spec, part->at, "sets of NUMA nodes are not offered: name the CPUs (see xm info)");
    first = last = strtoul(text, &end, 10);
    if (*end == '-' && isdigit((unsigned char)end[1]))
        last = strtoul(end + 1, &end, 10);
    if (!isdigit((unsigned char)*text) || *end)
        return cfg_error(spec, part->at, "'%s' is no set of CPUs: write it as 0-3,5,^2 or all", part->text);
    if (first > last)
        return cfg_error(spec, part->at, "the range %s ends before it starts", text);
    if (last >= CPU_SET_MAX)
        return cfg_error(spec, part->at, "CPU %lu is beyond the maximum, %d", last, CPU_SET_MAX - 1);
    set_range(set, first, last, on);
    return 0;
}

/* See config.h. */
int cpu_set_parse(const struct cfg_value *spec, struct cpu_set *set)
{
    struct pool pool = { NULL };
    struct spec_reader reader = { .pool = &pool, .value = spec };
    struct spec_part part;
    bool first_part = true;
    int err = 0;

    memset(set, 0, sizeof(*set));
    for (; !err && spec_next(&reader, &part); first_part = false)
        err = add_part(spec, &part, first_part, set);
    pool_free(&pool);
    for (size_t i = 0; !err && i < sizeof(set->bits); i++)
        if (set->bits[i])
            return 0;
    return err ? err : cfg_error(spec, 0, "this set of CPUs is empty");
}

/* See config.h. */
bool cpu_set_within(const struct cpu_set *set, unsigned int cpus)
{
    for (unsigned int cpu = 0; cpu < cpus && cpu < CPU_SET_MAX; cpu++)
        if (cpu_set_has(set, cpu))
            return true;
    return false;
}

/* "0-3,5"; "all" if it has all of the `cpus` first ones. */
char *cpu_set_format(struct pool *pool, const struct cpu_set *set, unsigned int cpus)
{
    char *text = pool_strdup(pool, "");
    unsigned int first, last;

    for (first = 0; first < cpus; first = last + 1) {
        last = first;
        if (!cpu_set_has(set, first))
            continue;
        while (last + 1 < cpus && cpu_set_has(set, last + 1))
            last++;
        if (!first && last == cpus - 1)
            return pool_strdup(pool, "all");
        text = last > first ? pool_printf(pool, "%s%s%u-%u", text, *text ? "," : "", first, last)
                            : pool_printf(pool, "%s%s%u", text, *text ? "," : "", first);
    }
    return text;
}
