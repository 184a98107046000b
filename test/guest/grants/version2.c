/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Version 2: status words, reserved entries across the change, parts of pages, grants passed on, growth without memory.
 * Each test goes back.
 */
#include "child.h"
#include "grants.h"

#include <public/memory.h>

#define FRAMES_TO_SPARE 16      /* more than one more frame of the table takes */

static grant_status_t *status;
static struct child eater;

#define table2 ((grant_entry_v2_t *)table)

static long set_version(unsigned int version)
{
    struct gnttab_set_version op = { .version = version };
    long error = GRANT_OP(set_version, &op, 1);

    return error ? error : (long)op.version;
}

static void enter(unsigned int ref, const void *page, unsigned int flags)
{
    table2[ref].full_page.frame = virt_to_mfn(page);
    table2[ref].hdr.domid = 0;
    barrier();
    table2[ref].hdr.flags = flags;
    barrier();
}

static int16_t copy_part(unsigned int ref, void *to, unsigned int from, unsigned int n)
{
    struct gnttab_copy op = {
        .source = { .u.ref = ref, .domid = 0, .offset = from },
        .dest = { .u.gmfn = virt_to_mfn(to), .domid = DOMID_SELF }, .len = n, .flags = GNTCOPY_source_gref,
    };

    return GRANT_OP(copy, &op, 1) ? 99 : op.status;
}

static bool map_status(void)
{
    uint64_t frame;
    struct gnttab_get_status_frames op = { .dom = DOMID_SELF, .nr_frames = 1 };

    set_xen_guest_handle(op.frame_list, &frame);
    return !GRANT_OP(get_status_frames, &op, 1) && op.status == GNTST_okay &&
           !HYPERCALL(update_va_mapping, status, WIDE(frame << PAGE_SHIFT | PTE_DATA), UVMF_INVLPG);
}

/* The table keeps a reserved entry that is in use; others in use forbid the change. */
void version_2(void)
{
    struct gnttab_map_grant_ref m;
    char *page = page_alloc();

    status = page_alloc();
    CHECK(!map_status());                               /* version 1 has none */
    grant(8, page, 0);
    CHECK_EQ(map_at(8, GNTMAP_device_map, 0, &m), GNTST_okay);
    CHECK_EQ(set_version(2), -XEN_EBUSY);
    CHECK_EQ(unmap_ways(m.handle, 0, m.dev_bus_addr), GNTST_okay);
    grant(1, page, 0);
    CHECK_EQ(map_at(1, GNTMAP_device_map, 0, &m), GNTST_okay);
    CHECK_EQ(set_version(2), 2);
    CHECK(map_status());
    CHECK_EQ(table2[1].hdr.flags, GTF_permit_access);
    CHECK_EQ(table2[1].full_page.frame, virt_to_mfn(page));
    CHECK_EQ(status[1], IN_USE);
    CHECK_EQ(table2[8].hdr.flags, 0);
    CHECK_EQ(unmap_ways(m.handle, 0, m.dev_bus_addr), GNTST_okay);
    CHECK_EQ(status[1], 0);

    enter(8, page, GTF_permit_access);
    CHECK_EQ(map_at(8, GNTMAP_host_map, (unsigned long)window, &m), GNTST_okay);
    CHECK_EQ(status[8], IN_USE);
    CHECK_EQ(table2[8].hdr.flags, GTF_permit_access);
    CHECK_EQ(unmap_ways(m.handle, (unsigned long)window, 0), GNTST_okay);
    CHECK_EQ(status[8], 0);
    remap(window, PTE_DATA);
    enter(8, page, GTF_permit_access | GTF_readonly);
    CHECK_EQ(map_at(8, GNTMAP_host_map, (unsigned long)window, &m), GNTST_general_error);
    CHECK_EQ(status[8], 0);
    CHECK_EQ(remap(status, PTE_DATA), 0);
    CHECK_EQ(set_version(1), 1);
    CHECK_EQ(table[1].flags, GTF_permit_access);
    CHECK_EQ(table[1].frame, virt_to_mfn(page));
    table[1].flags = 0;
}

/* However often: who keeps the status words mapped finds the same ones there, empty, and takes no more memory. */
void to_and_fro(void)
{
    uint64_t before = free_frames();
    pte_t mapped;

    CHECK_EQ(set_version(2), 2);
    CHECK(map_status());
    mapped = read_pte(status) & PTE_ADDRESS;
    for (unsigned int i = 0; i < 100; i++) {
        CHECK_EQ(set_version(1), 1);
        CHECK(!map_status());
        status[8] = IN_USE;
        CHECK_EQ(set_version(2), 2);
        CHECK_EQ(status[8], 0);
        CHECK(map_status());
        CHECK_EQ(read_pte(status) & PTE_ADDRESS, mapped);
    }
    CHECK(free_frames() >= before);
    CHECK_EQ(remap(status, PTE_DATA), 0);
    CHECK_EQ(set_version(1), 1);
}

/* A part of a page is for copies that stay within it. */
void parts(void)
{
    struct gnttab_map_grant_ref m;
    char *page = page_alloc(), *to = page_alloc();

    memset(page, 7, PAGE_SIZE);
    CHECK_EQ(set_version(2), 2);
    table2[10].sub_page.page_off = 100;
    table2[10].sub_page.length = 50;
    enter(10, page, 0);
    table2[10].sub_page.page_off = 100;
    table2[10].sub_page.length = 50;
    table2[10].hdr.flags = GTF_permit_access | GTF_sub_page;
    CHECK_EQ(map_at(10, GNTMAP_host_map, (unsigned long)window, &m), GNTST_general_error);
    CHECK_EQ(copy_part(10, to, 0, 50), GNTST_general_error);
    CHECK_EQ(copy_part(10, to, 99, 50), GNTST_general_error);
    CHECK_EQ(copy_part(10, to, 101, 50), GNTST_general_error);
    CHECK_EQ(to[0], 0);
    CHECK_EQ(copy_part(10, to, 100, 50), GNTST_okay);
    CHECK_EQ(to[49], 7);
    CHECK_EQ(to[50], 0);
    CHECK_EQ(set_version(1), 1);
}

/* Passing on the grant of a domain there is not is refused, and nothing stays in use. */
void transitive(void)
{
    struct gnttab_map_grant_ref m;
    char *to = page_alloc();

    CHECK_EQ(set_version(2), 2);
    enter(8, page_alloc(), GTF_permit_access | GTF_readonly);
    enter(11, to, 0);
    table2[11].transitive.trans_domid = 77;
    table2[11].transitive.gref = 8;
    barrier();
    table2[11].hdr.flags = GTF_transitive;
    CHECK_EQ(copy_part(11, to, 0, 8), GNTST_general_error);
    CHECK_EQ(map_at(11, GNTMAP_host_map, (unsigned long)window, &m), GNTST_general_error);
    table2[11].hdr.flags = 0;
    table2[8].hdr.flags = 0;
    CHECK_EQ(set_version(1), 1);
}

static long eat(unsigned int op, xen_pfn_t *frames, unsigned int order, unsigned long n)
{
    struct xen_memory_reservation r = { .nr_extents = n, .extent_order = order, .domid = eater.id };

    set_xen_guest_handle(r.extent_start, frames);
    return HYPERCALL(memory_op, op, &r);
}

/* Another domain has all memory but the frames listed, which it can give back. */
static void eat_all(xen_pfn_t *frames)
{
    CHECK_EQ(child_create(&eater, 1), 0);
    CHECK_EQ(DOMCTL(max_mem, eater.id, .max_mem.max_memkb = 1ull << 32), 0);
    CHECK_EQ(eat(XENMEM_increase_reservation, frames, 0, FRAMES_TO_SPARE), FRAMES_TO_SPARE);
    for (int order = 9; order >= 0; order -= 9)
        eat(XENMEM_increase_reservation, NULL, order, 1ul << 20);
}

static unsigned int table_frames(void)
{
    struct gnttab_query_size size = { .dom = DOMID_SELF };

    return GRANT_OP(query_size, &size, 1) ? 0 : size.nr_frames;
}

static int16_t grow_to(unsigned int n)
{
    static xen_pfn_t frames[FRAMES_TO_SPARE];
    struct gnttab_setup_table op = { .dom = DOMID_SELF, .nr_frames = n };

    set_xen_guest_handle(op.frame_list, frames);
    return GRANT_OP(setup_table, &op, 1) ? 99 : op.status;
}

/*
 * From a frame whose status words fit in a page to one that needs another, with more memory each time: whatever there
 * is no memory for, a table that hasn't grown has no more entries, and one that has has their status words.
 */
void starved(void)
{
    const unsigned int enough = PAGE_SIZE / sizeof(*status) * sizeof(*table2) / PAGE_SIZE;
    const unsigned int last = (enough + 1) * PAGE_SIZE / sizeof(*table2) - 1;
    xen_pfn_t frames[FRAMES_TO_SPARE];
    struct gnttab_map_grant_ref m;
    unsigned int n = 0;

    keeps("a larger table");
    CHECK_EQ(set_version(2), 2);
    CHECK_EQ(grow_to(enough), GNTST_okay);
    eat_all(frames);
    do {
        int16_t grown = grow_to(enough + 1);
        int refused = map_at(last, GNTMAP_host_map, (unsigned long)window, &m);

        CHECK_EQ(table_frames(), grown == GNTST_okay ? enough + 1 : enough);
        CHECK_EQ(refused, grown == GNTST_okay ? GNTST_general_error : GNTST_bad_gntref);
        CHECK(n < FRAMES_TO_SPARE);
        CHECK_EQ(eat(XENMEM_decrease_reservation, &frames[n++], 0, 1), 1);
    } while (table_frames() == enough);
    CHECK(n > 1);
    CHECK_EQ(set_version(1), 1);
    CHECK(child_destroy(&eater));
}
