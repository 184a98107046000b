/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Long operations make way for events and go on afterwards: pinning and unpinning a table of many, giving memory,
 * destroying a domain, lists of copies, transfers and cache flushes. What the kernel tries meanwhile, with half of the work done, must not get it anything.
 */
#include "child.h"
#include "test.h"

#include <public/errno.h>
#include <public/grant_table.h>
#include <public/memory.h>
#include <public/sched.h>
#include <public/vcpu.h>

#define TABLES     200
#define ENTRIES    512
#define TICK       1000000          /* ns: the shortest period */
#define TRIES      1000             /* of each operation, until one is interrupted: a busy host ticks late */
#define MORE_PAGES 4096             /* of a child */

/* ---- ticks, and where they come */

#ifdef __x86_64__
#define CALL_CODE 0x050f
#else
#define CALL_CODE 0x82cd
#endif

static unsigned int watched;            /* the hypercall */
static volatile unsigned int interruptions;
static void (*meanwhile)(void);

/* At its instruction, from which it is to go on. */
static bool is_interrupted(const struct frame *frame)
{
    unsigned long entry = (unsigned long)hypercall_page + 32 * watched;

    return frame->rip >= entry && frame->rip < entry + 32 && *(const uint16_t *)frame->rip == CALL_CODE;
}

static bool tick(struct frame *frame)
{
    if (frame->vector != VECTOR_UPCALL)
        return false;
    vcpu0->evtchn_upcall_pending = 0;
    vcpu0->evtchn_pending_sel = 0;
    shared->evtchn_pending[0] = 0;
    if (is_interrupted(frame)) {
        interruptions++;
        if (meanwhile)
            meanwhile();
    }
    return true;
}

static struct evtchn_bind_virq timer;

static void start_ticks(unsigned int hypercall, void (*function)(void))
{
    struct vcpu_set_periodic_timer period = { .period_ns = TICK };

    watched = hypercall;
    meanwhile = function;
    interruptions = 0;
    frame_hook = tick;
    timer.virq = VIRQ_TIMER;
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_bind_virq, &timer), 0);
    shared->evtchn_mask[0] &= ~(1ul << timer.port);
    CHECK_EQ(HYPERCALL(vcpu_op, VCPUOP_set_periodic_timer, 0, &period), 0);
    upcalls(true);
}

static void stop_ticks(void)
{
    struct evtchn_close close = { .port = timer.port };

    upcalls(false);
    CHECK_EQ(HYPERCALL(vcpu_op, VCPUOP_stop_periodic_timer, 0, 0), 0);
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_close, &close), 0);
    vcpu0->evtchn_upcall_pending = 0;
    vcpu0->evtchn_pending_sel = 0;
    shared->evtchn_pending[0] = 0;
}

/* ---- level 2 tables of full level 1 tables, which map one page, not writable */

struct tree {
    pte_t *upper, *lower[TABLES];
};

static struct tree tree, other_tree;
static char *page;
static bool got_it;                     /* what must not be had */

static void make_tables(struct tree *t)
{
    pte_t entry;

    if (t->upper)
        return;
    t->upper = page_alloc();
    if (!page)
        page = page_alloc();
    entry = virt_to_mfn(page) << PAGE_SHIFT | PTE_PRESENT | PTE_USER;
    for (unsigned int i = 0; i < TABLES; i++) {
        t->lower[i] = page_alloc();
        for (unsigned int j = 0; j < ENTRIES; j++)
            t->lower[i][j] = entry;
        t->upper[i] = virt_to_mfn(t->lower[i]) << PAGE_SHIFT | PTE_TABLE;
        CHECK_EQ(remap(t->lower[i], PTE_PRESENT | PTE_USER), 0);
    }
    CHECK_EQ(remap(t->upper, PTE_PRESENT | PTE_USER), 0);
}

static long pin_or_unpin(unsigned int command, const struct tree *t)
{
    struct mmuext_op op = { .cmd = command, .arg1.mfn = virt_to_mfn(t->upper) };

    return HYPERCALL(mmuext_op, &op, 1, 0, DOMID_SELF);
}

static void write_upper(void)
{
    got_it |= !remap(tree.upper, PTE_DATA);
}

/* The table under work can't be had writable. */
static void pinned(void)
{
    unsigned int during_pin = 0;

    make_tables(&tree);
    got_it = false;
    start_ticks(__HYPERVISOR_mmuext_op, NULL);
    for (unsigned int i = 0; i < TRIES && !during_pin; i++) {
        if (i)
            CHECK_EQ(pin_or_unpin(MMUEXT_UNPIN_TABLE, &tree), 0);
        interruptions = 0;
        meanwhile = write_upper;
        CHECK_EQ(pin_or_unpin(MMUEXT_PIN_L2_TABLE, &tree), 0);
        meanwhile = NULL;
        during_pin = interruptions;
    }
    stop_ticks();
    CHECK(during_pin);
    CHECK(!got_it);
    CHECK(remap(tree.lower[TABLES - 1], PTE_DATA));
    CHECK_EQ(pin_or_unpin(MMUEXT_UNPIN_TABLE, &tree), 0);
    CHECK_EQ(remap(tree.upper, PTE_DATA), 0);
    CHECK_EQ(remap(tree.upper, PTE_PRESENT | PTE_USER), 0);
}

static long pinned_again;

static void pin_again(void)
{
    meanwhile = NULL;
    pinned_again = pin_or_unpin(MMUEXT_PIN_L2_TABLE, &tree);
}

/* One that is on its way to be none is a table again when it is pinned. */
static void unpinned(void)
{
    make_tables(&tree);
    start_ticks(__HYPERVISOR_mmuext_op, NULL);
    for (unsigned int i = 0; i < TRIES && !interruptions; i++) {
        CHECK_EQ(pin_or_unpin(MMUEXT_PIN_L2_TABLE, &tree), 0);
        interruptions = 0;
        meanwhile = pin_again;
        CHECK_EQ(pin_or_unpin(MMUEXT_UNPIN_TABLE, &tree), 0);
        meanwhile = NULL;
    }
    stop_ticks();
    CHECK(interruptions);
    CHECK_EQ(pinned_again, 0);
    CHECK(remap(tree.upper, PTE_DATA));
    CHECK(remap(tree.lower[0], PTE_DATA));
    CHECK_EQ(pin_or_unpin(MMUEXT_UNPIN_TABLE, &tree), 0);
    CHECK_EQ(remap(tree.upper, PTE_DATA), 0);
    CHECK_EQ(remap(tree.upper, PTE_PRESENT | PTE_USER), 0);
}

static bool half_dropped;
static long unpinned_meanwhile;

/* Calls about page tables would finish first what was interrupted. This one doesn't: a byte is copied onto itself. */
static void note_half_dropped(void)
{
    gnttab_copy_t copy = {
        .source = { .u.gmfn = virt_to_mfn(other_tree.upper), .domid = DOMID_SELF },
        .dest = { .u.gmfn = virt_to_mfn(other_tree.upper), .domid = DOMID_SELF }, .len = 1,
    };

    half_dropped |= HYPERCALL(grant_table_op, GNTTABOP_copy, &copy, 1) || copy.status != GNTST_okay;
}

static void unpin_other(void)
{
    meanwhile = note_half_dropped;
    upcalls(true);
    unpinned_meanwhile = pin_or_unpin(MMUEXT_UNPIN_TABLE, &other_tree);
    upcalls(false);
    meanwhile = NULL;
}

/* While one is half pinned, another is dropped: that makes way for events, too, and is in no one's way. */
static void other_unpinned(void)
{
    make_tables(&tree);
    make_tables(&other_tree);
    start_ticks(__HYPERVISOR_mmuext_op, NULL);
    for (unsigned int i = 0; i < TRIES && !half_dropped; i++) {
        CHECK_EQ(pin_or_unpin(MMUEXT_PIN_L2_TABLE, &other_tree), 0);
        meanwhile = unpin_other;
        CHECK_EQ(pin_or_unpin(MMUEXT_PIN_L2_TABLE, &tree), 0);
        if (meanwhile)
            unpinned_meanwhile = pin_or_unpin(MMUEXT_UNPIN_TABLE, &other_tree);
        meanwhile = NULL;
        CHECK_EQ(unpinned_meanwhile, 0);
        CHECK(remap(tree.upper, PTE_DATA));
        CHECK(remap(tree.lower[0], PTE_DATA));
        CHECK_EQ(remap(other_tree.upper, PTE_DATA), 0);
        CHECK_EQ(remap(other_tree.upper, PTE_PRESENT | PTE_USER), 0);
        CHECK_EQ(pin_or_unpin(MMUEXT_UNPIN_TABLE, &tree), 0);
    }
    stop_ticks();
    CHECK(half_dropped);
    for (unsigned int i = 0; i < TABLES; i++) {
        CHECK_EQ(remap(tree.lower[i], PTE_DATA), 0);
        CHECK_EQ(remap(tree.lower[i], PTE_PRESENT | PTE_USER), 0);
        CHECK_EQ(remap(other_tree.lower[i], PTE_DATA), 0);
        CHECK_EQ(remap(other_tree.lower[i], PTE_PRESENT | PTE_USER), 0);
    }
    CHECK_EQ(remap(tree.upper, PTE_DATA), 0);
    CHECK_EQ(remap(tree.upper, PTE_PRESENT | PTE_USER), 0);
}

static bool spoilt;

/* In a table that isn't looked at yet an entry comes to map the one under work writable. */
static void spoil(void)
{
    struct mmu_update last = {
        .ptr = virt_to_mfn(tree.lower[TABLES - 1]) << PAGE_SHIFT | (ENTRIES - 1) * sizeof(pte_t),
        .val = virt_to_mfn(tree.upper) << PAGE_SHIFT | PTE_DATA,
    };

    meanwhile = NULL;
    spoilt = !HYPERCALL(mmu_update, &last, 1, 0, DOMID_SELF);
}

static void spoiled(void)
{
    long result = 0;

    make_tables(&tree);
    spoilt = false;
    start_ticks(__HYPERVISOR_mmuext_op, NULL);
    for (unsigned int i = 0; i < TRIES && !spoilt; i++) {
        meanwhile = spoil;
        result = pin_or_unpin(MMUEXT_PIN_L2_TABLE, &tree);
        meanwhile = NULL;
        if (!spoilt)
            CHECK_EQ(pin_or_unpin(MMUEXT_UNPIN_TABLE, &tree), 0);
    }
    stop_ticks();
    CHECK(spoilt);
    CHECK(result == -XEN_EINVAL || result == -XEN_EBUSY);
    CHECK_EQ(pin_or_unpin(MMUEXT_UNPIN_TABLE, &tree), -XEN_EINVAL);
    CHECK_EQ(remap(tree.upper, PTE_DATA), 0);
    CHECK_EQ(remap(tree.lower[0], PTE_DATA), 0);
    CHECK_EQ(remap(tree.lower[TABLES - 1], PTE_DATA), 0);
    tree.lower[TABLES - 1][ENTRIES - 1] = 0;
    CHECK_EQ(remap(tree.lower[TABLES - 1], PTE_PRESENT | PTE_USER), 0);
    CHECK_EQ(remap(tree.lower[0], PTE_PRESENT | PTE_USER), 0);
    CHECK_EQ(remap(tree.upper, PTE_PRESENT | PTE_USER), 0);
}

/* ---- a child with more memory than it needs */

static struct child child;
static xen_pfn_t more[MORE_PAGES];

static void nothing(void *unused)
{
}

static long give_more(void)
{
    struct xen_memory_reservation r = { .nr_extents = MORE_PAGES, .domid = child.id };
    long error = DOMCTL(max_mem, child.id, .max_mem.max_memkb = (child.pages + MORE_PAGES) * (PAGE_SIZE / 1024));

    if (error)
        return error;
    for (unsigned int i = 0; i < MORE_PAGES; i++)
        more[i] = child.pages + i;
    set_xen_guest_handle(r.extent_start, more);
    return HYPERCALL(memory_op, XENMEM_populate_physmap, &r);
}

static char window[PAGE_SIZE] __attribute__((aligned(4096)));

/* Of a domain that is going away: it may be had as long as it is there, and keeps nothing from going. */
static void map_its_last_page(void)
{
    xen_pfn_t frame = more[MORE_PAGES - 1];

    HYPERCALL(update_va_mapping_otherdomain, window, WIDE((pte_t)frame << PAGE_SHIFT | PTE_DATA), UVMF_INVLPG,
              child.id);
    remap(window, PTE_DATA);
}

static void destroyed(void)
{
    unsigned int during_birth = 0, during_death = 0;

    for (unsigned int i = 0; i < TRIES && !(during_birth && during_death); i++) {
        CHECK_EQ(child_create(&child, 1), 0);
        CHECK_EQ(child_build(&child, nothing, NULL), 0);
        start_ticks(__HYPERVISOR_memory_op, NULL);
        CHECK_EQ(give_more(), MORE_PAGES);
        stop_ticks();
        during_birth += interruptions;
        start_ticks(__HYPERVISOR_domctl, map_its_last_page);
        CHECK(child_destroy(&child));
        stop_ticks();
        during_death += interruptions;
    }
    CHECK(during_birth);
    CHECK(during_death);
}

/* ---- lists of grants' operations: each entry is dealt with, wherever the list is interrupted */

#define LIST   2048
#define UNSEEN 77               /* no status */

static union {
    gnttab_copy_t copies[LIST];
    gnttab_transfer_t transfers[LIST];
    gnttab_cache_flush_t flushes[LIST];
} list;

/* The list that make() makes is carried out until that was interrupted. */
static void carry_out(unsigned int command, void (*make)(void))
{
    start_ticks(__HYPERVISOR_grant_table_op, NULL);
    for (unsigned int i = 0; i < TRIES && !interruptions; i++) {
        make();
        interruptions = 0;
        CHECK_EQ(HYPERCALL(grant_table_op, command, &list, LIST), 0);
    }
    stop_ticks();
    CHECK(interruptions);
}

static char *from, *to;

/* Byte by byte, of a page that isn't the last one's. */
static void make_copies(void)
{
    memset(to, 0, PAGE_SIZE);
    for (unsigned int i = 0; i < LIST; i++)
        list.copies[i] = (gnttab_copy_t){
            .source = { .u.gmfn = virt_to_mfn(from), .domid = DOMID_SELF, .offset = i },
            .dest = { .u.gmfn = virt_to_mfn(to), .domid = DOMID_SELF, .offset = LIST - 1 - i }, .len = 1, .status = UNSEEN,
        };
}

static void copied(void)
{
    from = page_alloc();
    to = page_alloc();
    for (unsigned int i = 0; i < LIST; i++)
        from[i] = i % 251 + 1;
    carry_out(GNTTABOP_copy, make_copies);
    for (unsigned int i = 0; i < LIST; i++) {
        CHECK_EQ(list.copies[i].status, GNTST_okay);
        CHECK_EQ(to[LIST - 1 - i], from[i]);
    }
}

/* Of a page that is mapped, which can't be given away. */
static void make_transfers(void)
{
    for (unsigned int i = 0; i < LIST; i++)
        list.transfers[i] = (gnttab_transfer_t){ .mfn = virt_to_mfn(from), .domid = DOMID_SELF, .ref = i, .status = UNSEEN };
}

static void transferred(void)
{
    from = page_alloc();
    carry_out(GNTTABOP_transfer, make_transfers);
    for (unsigned int i = 0; i < LIST; i++)
        CHECK_EQ(list.transfers[i].status, GNTST_bad_page);
}

static void make_flushes(void)
{
    for (unsigned int i = 0; i < LIST; i++)
        list.flushes[i] = (gnttab_cache_flush_t){
            .a.dev_bus_addr = virt_to_mfn(from) << PAGE_SHIFT, .length = PAGE_SIZE, .op = GNTTAB_CACHE_CLEAN,
        };
}

static void flushed(void)
{
    from = page_alloc();
    carry_out(GNTTABOP_cache_flush, make_flushes);
    list.flushes[LIST - 1].length = PAGE_SIZE + 1;      /* refused, when all before it have been come to */
    CHECK_EQ(HYPERCALL(grant_table_op, GNTTABOP_cache_flush, &list, LIST), -XEN_EINVAL);
}

const struct test tests[] = {
    { "preempted.pinned", pinned },
    { "preempted.unpinned", unpinned },
    { "preempted.other_unpinned", other_unpinned },
    { "preempted.spoiled", spoiled },
    { "preempted.destroyed", destroyed },
    { "preempted.copied", copied },
    { "preempted.transferred", transferred },
    { "preempted.flushed", flushed },
    { NULL, NULL },
};
