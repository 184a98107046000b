/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Version 2: status words, reserved entries across the change, parts of pages, grants passed on. Each test
 * goes back.
 */
#include "grants.h"

static grant_status_t *status;

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

/* The table keeps a reserved entry that is in use; others in use forbid the change. */
void version_2(void)
{
    uint64_t frame;
    struct gnttab_get_status_frames op = { .dom = DOMID_SELF, .nr_frames = 1 };
    struct gnttab_map_grant_ref m;
    char *page = page_alloc();

    set_xen_guest_handle(op.frame_list, &frame);
    CHECK_EQ(GRANT_OP(get_status_frames, &op, 1), 0);
    CHECK_EQ(op.status, GNTST_general_error);           /* version 1 has none */
    grant(8, page, 0);
    CHECK_EQ(map_at(8, GNTMAP_device_map, 0, &m), GNTST_okay);
    CHECK_EQ(set_version(2), -XEN_EBUSY);
    CHECK_EQ(unmap_ways(m.handle, 0, m.dev_bus_addr), GNTST_okay);
    grant(1, page, 0);
    CHECK_EQ(map_at(1, GNTMAP_device_map, 0, &m), GNTST_okay);
    CHECK_EQ(set_version(2), 2);
    CHECK_EQ(GRANT_OP(get_status_frames, &op, 1), 0);
    CHECK_EQ(op.status, GNTST_okay);
    if (!status)
        status = page_alloc();
    CHECK_EQ(HYPERCALL(update_va_mapping, status, WIDE(frame << PAGE_SHIFT | PTE_DATA), UVMF_INVLPG), 0);
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
