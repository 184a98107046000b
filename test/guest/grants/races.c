/* SPDX-License-Identifier: GPL-2.0-only */
/* Two virtual CPUs at once: by the same handle, and the granter's own changes while its grant is mapped. */
#include "grants.h"

#include <public/sched.h>

#define REF    9
#define ROUNDS 300
#define LONG   1500000000ull        /* ns, of one race: other processors are slow to answer on a busy host */

/* What the second virtual CPU does again and again, from one start to the next stop. */
static void (*volatile job)(void);
static volatile bool working;

static void work(void *unused)
{
    (void)unused;
    for (;;) {
        void (*now)(void) = job;

        working = now;
        __sync_synchronize();
        if (now)
            now();
        else
            HYPERCALL(sched_op, SCHEDOP_yield, 0);
    }
}

static bool start_second(void (*body)(void))
{
    static bool started;

    if (!started && start_vcpu(1, work, NULL)) {
        skip("needs a second virtual CPU");
        return false;
    }
    started = true;
    for (job = body; !working;)
        asm volatile("pause");
    return true;
}

static void stop_second(void)
{
    for (job = NULL; working;)
        asm volatile("pause");
}

/* ---- both unmap by the same handles while one maps anew: every use is ended exactly once */

static volatile unsigned int shared_handle, ended[2];
static uint64_t host_address, bus_address;

static void end_uses(unsigned int me)
{
    if (unmap_ways(shared_handle, host_address, bus_address) == GNTST_okay)
        ended[me]++;
}

static void end_uses_too(void)
{
    end_uses(1);
}

/* Mapped so many times in that way, and for reading only every other time. */
static bool race_unmaps(unsigned int way)
{
    struct gnttab_map_grant_ref op;
    uint64_t since = system_time();
    unsigned int begun = 0;

    ended[0] = ended[1] = 0;
    shared_handle = ~0u;
    if (!start_second(end_uses_too))
        return false;
    while (begun < ROUNDS && system_time() - since < LONG) {
        if (map_at(REF, way | (begun++ % 2 ? GNTMAP_readonly : 0), host_address, &op) != GNTST_okay)
            break;
        shared_handle = op.handle;
        end_uses(0);
    }
    stop_second();
    return begun > 1 && ended[0] + ended[1] == begun && table[REF].flags == GTF_permit_access;
}

void racing_unmaps(void)
{
    char *page = page_alloc();

    grant(REF, page, 0);
    host_address = 0;
    bus_address = virt_to_mfn(page) << PAGE_SHIFT;
    CHECK(race_unmaps(GNTMAP_device_map));
    host_address = (unsigned long)window;
    bus_address = 0;
    CHECK(race_unmaps(GNTMAP_host_map));
    CHECK_EQ(read_pte(window), 0);
    CHECK_EQ(remap(window, PTE_DATA), 0);
    table[REF].flags = 0;
}

/*
 * ---- the granter ends its grant and grants another page by the same reference, over and over: while it is mapped it
 * can't be ended, and what is mapped is what was granted
 */

static uint32_t granted[2];         /* frames */
static volatile unsigned int changes;

static void change_grant(void)
{
    if (!__sync_bool_compare_and_swap(&table[REF].flags, GTF_permit_access, 0))
        return;
    table[REF].frame = granted[++changes % 2];
    __sync_synchronize();
    table[REF].flags = GTF_permit_access;
}

static bool mapped_as_granted(const struct gnttab_map_grant_ref *op)
{
    uint32_t frame = op->dev_bus_addr >> PAGE_SHIFT;

    for (unsigned int i = 0; i < 50; i++)
        if (table[REF].flags != (GTF_permit_access | IN_USE) || table[REF].frame != frame)
            return false;
    return *(volatile uint32_t *)window == frame;
}

void racing_changes(void)
{
    uint64_t since = system_time();
    unsigned int maps = 0, wrong = 0;
    struct gnttab_map_grant_ref op;

    for (unsigned int i = 0; i < 2; i++) {
        uint32_t *page = page_alloc();

        *page = granted[i] = virt_to_mfn(page);
        grant(REF, page, 0);
    }
    changes = 1;
    if (!start_second(change_grant))
        return;
    while (!wrong && (maps < ROUNDS || changes < ROUNDS) && system_time() - since < LONG) {
        if (map_at(REF, GNTMAP_host_map, (unsigned long)window, &op) != GNTST_okay)
            continue;
        maps++;
        wrong += !mapped_as_granted(&op);
        wrong += unmap_ways(op.handle, (unsigned long)window, 0) != GNTST_okay;
    }
    stop_second();
    CHECK_EQ(wrong, 0);
    CHECK(maps && changes > 1);
    CHECK_EQ(table[REF].flags, GTF_permit_access);
    table[REF].flags = 0;
    CHECK_EQ(remap(window, PTE_DATA), 0);
}
