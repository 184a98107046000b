/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Long lists of operations: events come in while they are carried out, and each of them is carried out once. A timer
 * sends an event again and again; its handler looks whether some have their status already, and some don't.
 */
#include "grants.h"

#define OPERATIONS 2048
#define REFS       32           /* each mapped fewer times than a grant can be */
#define PERIOD     100000       /* ns */
#define UNDONE     99
#define LONG       5000000000ull    /* ns: timers are late on a busy host */

static const int16_t *first_status;
static size_t distance;         /* between statuses, in bytes */
static unsigned int amid;       /* events that came when some were done and some were not */

static int16_t status_of(unsigned int i)
{
    return *(const volatile int16_t *)((const char *)first_status + i * distance);
}

static void set_timer(void)
{
    HYPERCALL(set_timer_op, WIDE(system_time() + PERIOD));
}

static bool timer_went_off(struct frame *frame)
{
    if (frame->vector != VECTOR_UPCALL)
        return false;
    vcpu0->evtchn_upcall_pending = 0;
    barrier();
    vcpu0->evtchn_pending_sel = 0;
    shared->evtchn_pending[0] = 0;
    amid += status_of(0) != UNDONE && status_of(OPERATIONS - 1) == UNDONE;
    set_timer();
    return true;
}

/* Carry out the list; the number that have that status at its end. */
static unsigned int carry_out(unsigned int op, void *list, size_t size, size_t status, int16_t expected)
{
    unsigned int n = 0;

    first_status = (const int16_t *)((char *)list + status);
    distance = size;
    for (unsigned int i = 0; i < OPERATIONS; i++)
        *(int16_t *)((char *)list + i * size + status) = UNDONE;
    frame_hook = timer_went_off;
    set_timer();
    upcalls(true);
    if (HYPERCALL(grant_table_op, op, list, OPERATIONS))
        return 0;
    upcalls(false);
    HYPERCALL(set_timer_op, WIDE(0ull));
    for (unsigned int i = 0; i < OPERATIONS; i++)
        n += status_of(i) == expected;
    return n;
}

#define CARRY_OUT(op, list) carry_out(GNTTABOP_##op, list, sizeof(*list), offsetof(typeof(*list), status), GNTST_okay)

static struct gnttab_map_grant_ref maps[OPERATIONS];
static struct gnttab_unmap_grant_ref unmaps[OPERATIONS];
static struct gnttab_copy copies[OPERATIONS];
static struct gnttab_swap_grant_ref swaps[OPERATIONS];

static void maps_and_unmaps(void)
{
    for (unsigned int i = 0; i < OPERATIONS; i++)
        maps[i] = (struct gnttab_map_grant_ref){ .flags = GNTMAP_device_map, .ref = 8 + i % REFS, .dom = 0 };
    CHECK_EQ(CARRY_OUT(map_grant_ref, maps), OPERATIONS);
    for (unsigned int i = 0; i < OPERATIONS; i++)
        unmaps[i] = (struct gnttab_unmap_grant_ref){ .dev_bus_addr = maps[i].dev_bus_addr, .handle = maps[i].handle };
    CHECK_EQ(CARRY_OUT(unmap_grant_ref, unmaps), OPERATIONS);
    for (unsigned int i = 0; i < REFS; i++)
        CHECK_EQ(table[8 + i].flags, GTF_permit_access);
}

/* Each copies from where the one before has copied to. */
static void chain_of_copies(void)
{
    uint16_t *to = page_alloc();
    const unsigned int words = PAGE_SIZE / sizeof(*to);

    to[0] = 0x1234;
    for (unsigned int i = 0; i < OPERATIONS; i++)
        copies[i] = (struct gnttab_copy){
            .source = { .u.gmfn = virt_to_mfn(to), .domid = DOMID_SELF, .offset = i % words * sizeof(*to) },
            .dest = { .u.gmfn = virt_to_mfn(to), .domid = DOMID_SELF, .offset = (i + 1) % words * sizeof(*to) },
            .len = sizeof(*to),
        };
    CHECK_EQ(CARRY_OUT(copy, copies), OPERATIONS);
    for (unsigned int i = 0; i < words && i < OPERATIONS; i++)
        CHECK_EQ(to[i], 0x1234);
}

/* The first entry goes through all others, which move up. */
static void round_of_swaps(void)
{
    uint32_t frames[REFS];

    for (unsigned int i = 0; i < REFS; i++)
        frames[i] = table[8 + i].frame;
    for (unsigned int i = 0; i < OPERATIONS; i++)
        swaps[i] = (struct gnttab_swap_grant_ref){ 8 + i % (REFS - 1), 9 + i % (REFS - 1), UNDONE };
    CHECK_EQ(CARRY_OUT(swap_grant_ref, swaps), OPERATIONS);
    for (unsigned int i = 0; i < OPERATIONS; i++) {
        uint32_t *a = &frames[i % (REFS - 1)], other = a[0];

        a[0] = a[1];
        a[1] = other;
    }
    for (unsigned int i = 0; i < REFS; i++)
        CHECK_EQ(table[8 + i].frame, frames[i]);
}

static void interrupted(void (*list)(void))
{
    struct evtchn_bind_virq bind = { .virq = VIRQ_TIMER };
    uint64_t since = system_time();
    struct evtchn_close close;

    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_bind_virq, &bind), 0);
    close.port = bind.port;
    for (unsigned int i = 0; i < REFS; i++)
        grant(8 + i, page_alloc(), 0);
    amid = 0;
    while (!amid && system_time() - since < LONG)
        list();
    CHECK(amid);
    for (unsigned int i = 0; i < REFS; i++)
        table[8 + i].flags = 0;
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_close, &close), 0);
}

void long_maps(void)
{
    interrupted(maps_and_unmaps);
}

void long_copies(void)
{
    interrupted(chain_of_copies);
}

void long_swaps(void)
{
    interrupted(round_of_swaps);
}
