/* SPDX-License-Identifier: GPL-2.0-only */
/* Two virtual CPUs: one makes a page a table again and again, the other maps it writable. Never both. */
#include "confusion.h"

#include <public/sched.h>

#define ROUNDS 300
#define LONG   1500000000ull        /* ns, of one race */

static volatile bool racing, is_table, is_writable, both;
static volatile unsigned int tables, mappings;

/* In the hypercalls that end a state it may be over already, so it is declared over before. */
static void noted(volatile bool *now, const volatile bool *never)
{
    *now = true;
    __sync_synchronize();
    both = both || *never;
    *now = false;
    __sync_synchronize();
}

static void make_tables(void *unused)
{
    (void)unused;
    for (;;) {
        if (!racing) {
            HYPERCALL(sched_op, SCHEDOP_yield, 0);
            continue;
        }
        if (pin(table, 1))
            continue;
        tables++;
        noted(&is_table, &is_writable);
        unpin(table);
        for (unsigned int n = rdtsc() % 512; n; n--)
            asm volatile("pause");
    }
}

static bool second_vcpu(void)
{
    static bool started;

    if (!started && start_vcpu(1, make_tables, NULL)) {
        skip("needs a second virtual CPU");
        return false;
    }
    started = true;
    return true;
}

/* map and unmap: true if they did. In the end the table is none. */
static void race(bool (*map)(void), bool (*unmap)(void))
{
    uint64_t since = system_time();
    unsigned int last = 0;
    bool good = true;

    both = false;
    tables = mappings = 0;
    CHECK_EQ(remap(table, READ_ONLY), 0);
    if (!second_vcpu())
        return;
    racing = true;
    while (good && system_time() - since < LONG && (tables < ROUNDS || mappings < ROUNDS)) {
        if (!map())
            continue;
        mappings++;
        noted(&is_writable, &is_table);
        good = unmap();
        /* Ours is the longer time: now and then it's the other's turn. */
        for (; mappings % 4 == 0 && tables == last && system_time() - since < LONG;)
            asm volatile("pause");
        last = tables;
    }
    racing = false;
    while (pin(table, 1))                   /* the other may have it pinned still */
        HYPERCALL(sched_op, SCHEDOP_yield, 0);
    CHECK(good && !both);
    CHECK(tables && mappings);
    CHECK(made_page());
}

static bool map_entry(void)
{
    return !show(virt_to_mfn(table), PTE_DATA, DOMID_SELF);
}

static bool unmap_entry(void)
{
    return !show(virt_to_mfn(table), READ_ONLY, DOMID_SELF);
}

void racing_entry(void)
{
    memset(table, 0, sizeof(table));
    race(map_entry, unmap_entry);
}

static struct gnttab_map_grant_ref mapping;

static bool map_grant(void)
{
    return map_table(GNTMAP_host_map, (unsigned long)window, &mapping) == GNTST_okay;
}

static bool unmap_grant(void)
{
    return unmap_table(&mapping);
}

void racing_grant(void)
{
    memset(table, 0, sizeof(table));
    CHECK(granted());
    race(map_grant, unmap_grant);
}

static bool map_by_other(void)
{
    return !pin(other, 1);
}

static bool unmap_by_other(void)
{
    return !unpin(other);
}

/* Each table maps the other writable, so only one of them can be one. */
void racing_validation(void)
{
    memset(table, 0, sizeof(table));
    other[7] = virt_to_mfn(table) << PAGE_SHIFT | PTE_DATA;
    table[7] = virt_to_mfn(other) << PAGE_SHIFT | PTE_DATA;
    CHECK_EQ(remap(other, READ_ONLY), 0);
    race(map_by_other, unmap_by_other);
    CHECK_EQ(remap(other, PTE_DATA), 0);
    memset(other, 0, sizeof(other));
}
