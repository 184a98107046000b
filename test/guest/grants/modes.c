/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Version 1 grants: ways of mapping, replacing, swapping, frames and domains that can't be granted, table
 * sizes.
 */
#include "grants.h"

static int16_t copy_frames(uint64_t from, domid_t from_domain, uint64_t to, unsigned int flags)
{
    struct gnttab_copy op = {
        .source = { .u.gmfn = from, .domid = from_domain }, .dest = { .u.gmfn = to, .domid = DOMID_SELF },
        .len = 4, .flags = flags,
    };

    return GRANT_OP(copy, &op, 1) ? 99 : op.status;
}

/* For the CPU and for devices by one handle, each unmapped once and by its own address. */
void both_ways(void)
{
    struct gnttab_map_grant_ref op;
    char *page = page_alloc();

    grant(8, page, 0);
    CHECK_EQ(map_at(8, 0, (unsigned long)window, &op), GNTST_bad_gntref);
    CHECK_EQ(map_at(8, GNTMAP_host_map | GNTMAP_device_map, (unsigned long)window, &op), GNTST_okay);
    CHECK_EQ(op.dev_bus_addr, virt_to_mfn(page) << PAGE_SHIFT);
    CHECK_EQ(unmap_ways(op.handle, (unsigned long)table, 0), GNTST_general_error);
    CHECK_EQ(unmap_ways(op.handle, (unsigned long)window, 0), GNTST_okay);
    CHECK_EQ(table[8].flags & IN_USE, IN_USE);
    CHECK_EQ(unmap_ways(op.handle, (unsigned long)window, 0), GNTST_okay);       /* nothing left of that way */
    CHECK_EQ(unmap_ways(op.handle, 0, op.dev_bus_addr + PAGE_SIZE), GNTST_bad_dev_addr);
    CHECK_EQ(unmap_ways(op.handle, 0, op.dev_bus_addr), GNTST_okay);
    CHECK_EQ(table[8].flags & IN_USE, 0);
    CHECK_EQ(unmap_ways(op.handle, 0, op.dev_bus_addr), GNTST_bad_handle);
    remap(window, PTE_DATA);
    CHECK_EQ(map_at(8, GNTMAP_host_map | GNTMAP_device_map, (unsigned long)window, &op), GNTST_okay);
    CHECK_EQ(unmap_ways(op.handle, (unsigned long)window, op.dev_bus_addr), GNTST_okay);
    CHECK_EQ(table[8].flags & IN_USE, 0);
    remap(window, PTE_DATA);
    /* The CPU's way can't be: the devices' must be given up with it. */
    CHECK_EQ(map_at(8, GNTMAP_host_map | GNTMAP_device_map, 0x1000, &op), GNTST_general_error);
    CHECK_EQ(table[8].flags & IN_USE, 0);
    table[8].flags = 0;
}

/* The page-table entry named by its machine address. */
void by_entry(void)
{
    uint64_t entry = pte_machine(window);
    struct gnttab_map_grant_ref op;
    char *page = page_alloc();

    page[0] = 7;
    grant(8, page, 0);
    CHECK_EQ(map_at(8, GNTMAP_host_map | GNTMAP_contains_pte, entry + 4, &op), GNTST_general_error);
    CHECK_EQ(map_at(8, GNTMAP_host_map | GNTMAP_contains_pte, virt_to_mfn(page) << PAGE_SHIFT, &op),
             GNTST_general_error);
    CHECK_EQ(map_at(8, GNTMAP_host_map | GNTMAP_contains_pte, entry, &op), GNTST_okay);
    CHECK_EQ(*(volatile char *)window, 7);
    CHECK_EQ(unmap_ways(op.handle, (unsigned long)window, 0), GNTST_general_error);
    CHECK_EQ(unmap_ways(op.handle, entry, 0), GNTST_okay);
    CHECK_EQ(read_pte(window), 0);
    CHECK_EQ(table[8].flags & IN_USE, 0);
    table[8].flags = 0;
    remap(window, PTE_DATA);
}

/* The entry has the software bits asked for and can't be executed. */
void rights(void)
{
    struct gnttab_map_grant_ref op;

    grant(8, page_alloc(), 0);
    CHECK_EQ(map_at(8, GNTMAP_host_map | GNTMAP_application_map | 5u << _GNTMAP_guest_avail0,
                    (unsigned long)window, &op), GNTST_okay);
    CHECK_EQ(read_pte(window) & (PTE_NX | 0xe00 | PTE_DATA), PTE_NX | 0xa00 | PTE_DATA);
    CHECK_EQ(unmap_ways(op.handle, (unsigned long)window, 0), GNTST_okay);
    table[8].flags = 0;
    remap(window, PTE_DATA);
}

/* A mapping that was written over is lost, and its grant stays in use: run last of all on this reference. */
void overwritten(void)
{
    struct gnttab_map_grant_ref first, second;

    grant(40, page_alloc(), 0);
    CHECK_EQ(map_at(40, GNTMAP_host_map, (unsigned long)window, &first), GNTST_okay);
    CHECK_EQ(map_at(40, GNTMAP_host_map, (unsigned long)window, &second), GNTST_okay);
    CHECK_EQ(unmap_ways(second.handle, (unsigned long)window, 0), GNTST_okay);
    CHECK_EQ(unmap_ways(first.handle, (unsigned long)window, 0), GNTST_general_error);
    CHECK_EQ(table[40].flags & IN_USE, IN_USE);
    remap(window, PTE_DATA);
}

void replace(void)
{
    struct gnttab_unmap_and_replace op;
    struct gnttab_map_grant_ref m;
    char *other = page_alloc();

    other[0] = 0x55;
    grant(8, page_alloc(), 0);
    CHECK_EQ(map_at(8, GNTMAP_host_map, (unsigned long)window, &m), GNTST_okay);
    op = (struct gnttab_unmap_and_replace){ (unsigned long)window, 0x1000, m.handle, 0 };
    CHECK_EQ(GRANT_OP(unmap_and_replace, &op, 1), 0);
    CHECK_EQ(op.status, GNTST_general_error);
    op.new_addr = (unsigned long)other;
    CHECK_EQ(GRANT_OP(unmap_and_replace, &op, 1), 0);
    CHECK_EQ(op.status, GNTST_okay);
    CHECK_EQ(*(volatile char *)window, 0x55);
    CHECK_EQ(read_pte(other), 0);
    CHECK_EQ(table[8].flags & IN_USE, 0);
    remap(other, PTE_DATA);
    remap(window, PTE_DATA);
    CHECK_EQ(map_at(8, GNTMAP_host_map, (unsigned long)window, &m), GNTST_okay);
    op = (struct gnttab_unmap_and_replace){ (unsigned long)window, 0, m.handle, 0 };
    CHECK_EQ(GRANT_OP(unmap_and_replace, &op, 1), 0);
    CHECK_EQ(op.status, GNTST_okay);
    table[8].flags = 0;
    remap(window, PTE_DATA);
}

static int16_t swap_refs(grant_ref_t a, grant_ref_t b)
{
    struct gnttab_swap_grant_ref op = { a, b, 99 };

    return GRANT_OP(swap_grant_ref, &op, 1) ? 98 : op.status;
}

void swap(void)
{
    struct gnttab_map_grant_ref m;
    char *page = page_alloc();

    grant(8, page, 0);
    CHECK_EQ(swap_refs(8, 30), GNTST_okay);
    CHECK_EQ(table[8].flags, 0);
    CHECK_EQ(table[30].flags, GTF_permit_access);
    CHECK_EQ(table[30].frame, virt_to_mfn(page));
    CHECK_EQ(swap_refs(30, 30), GNTST_okay);
    CHECK_EQ(swap_refs(30, 1000000), GNTST_bad_gntref);
    CHECK_EQ(map_at(30, GNTMAP_host_map, (unsigned long)window, &m), GNTST_okay);
    CHECK_EQ(swap_refs(8, 30), GNTST_eagain);
    CHECK_EQ(unmap_ways(m.handle, (unsigned long)window, 0), GNTST_okay);
    table[30].flags = 0;
    remap(window, PTE_DATA);
}

/* Frames there are not, page tables, and the hypervisor's pages that we share. */
void strange_frames(void)
{
    static const unsigned long none[] = { 0xfffffff, 0xfee00, 0xb8 };
    struct gnttab_map_grant_ref m;

    grant(8, window, 0);
    for (unsigned int i = 0; i < ARRAY_SIZE(none); i++) {
        table[8].frame = none[i];
        CHECK_EQ(map_at(8, GNTMAP_host_map, (unsigned long)window, &m), GNTST_bad_page);
    }
    table[8].frame = virt_to_mfn((void *)start_info->pt_base);
    CHECK_EQ(map_at(8, GNTMAP_host_map, (unsigned long)window, &m), GNTST_general_error);
    CHECK_EQ(map_at(8, GNTMAP_host_map | GNTMAP_readonly, (unsigned long)window, &m), GNTST_okay);
    CHECK_EQ(unmap_ways(m.handle, (unsigned long)window, 0), GNTST_okay);
    remap(window, PTE_DATA);
    table[8].frame = start_info->shared_info >> PAGE_SHIFT;
    CHECK_EQ(map_at(8, GNTMAP_host_map, (unsigned long)window, &m), GNTST_okay);
    CHECK_EQ(unmap_ways(m.handle, (unsigned long)window, 0), GNTST_okay);
    table[8].flags = 0;
    remap(window, PTE_DATA);
}

void copy_refusals(void)
{
    uint64_t own = virt_to_mfn(page_alloc()), other = virt_to_mfn(page_alloc());
    uint64_t page_table = virt_to_mfn((void *)start_info->pt_base);

    CHECK_EQ(copy_frames(own, DOMID_SELF, other, 0), GNTST_okay);
    CHECK_EQ(copy_frames(page_table, DOMID_SELF, other, 0), GNTST_okay);
    CHECK_EQ(copy_frames(own, DOMID_SELF, page_table, 0), GNTST_general_error);
    CHECK_EQ(copy_frames(own, DOMID_SELF, 0xfffffff, 0), GNTST_bad_page);
    CHECK_EQ(copy_frames(own, 0, other, 0), GNTST_permission_denied);
    CHECK_EQ(copy_frames(own, 77, other, 0), GNTST_bad_domain);
    CHECK_EQ(copy_frames(8, 77, other, GNTCOPY_source_gref), GNTST_bad_domain);
    CHECK_EQ(copy_frames(31, 0, other, GNTCOPY_source_gref), GNTST_general_error);
}

void special_domains(void)
{
    static const domid_t ids[] = { DOMID_SELF, DOMID_IO, DOMID_XEN, DOMID_COW, DOMID_INVALID, DOMID_IDLE };

    for (unsigned int i = 0; i < ARRAY_SIZE(ids); i++) {
        struct gnttab_map_grant_ref op = { .host_addr = (unsigned long)window, .flags = GNTMAP_host_map, .ref = 8,
                                           .dom = ids[i] };

        CHECK_EQ(GRANT_OP(map_grant_ref, &op, 1), 0);
        CHECK_EQ(op.status, GNTST_bad_domain);
    }
}

void sizes(void)
{
    xen_pfn_t frames[2];
    struct gnttab_setup_table op = { .dom = DOMID_SELF };
    struct gnttab_query_size size = { .dom = DOMID_SELF };
    struct gnttab_get_version version = { .dom = 77 };

    set_xen_guest_handle(op.frame_list, frames);
    CHECK_EQ(GRANT_OP(setup_table, &op, 2), -XEN_EINVAL);
    CHECK_EQ(GRANT_OP(setup_table, &op, 1), 0);
    CHECK_EQ(op.status, GNTST_okay);
    op.nr_frames = 100000;
    CHECK_EQ(GRANT_OP(setup_table, &op, 1), 0);
    CHECK_EQ(op.status, GNTST_general_error);
    op.nr_frames = 2;
    CHECK_EQ(GRANT_OP(setup_table, &op, 1), 0);
    CHECK_EQ(op.status, GNTST_okay);
    CHECK_EQ(frames[0], (read_pte(table) & PTE_ADDRESS) >> PAGE_SHIFT);
    op.frame_list.p = (void *)0x1000;
    CHECK_EQ(GRANT_OP(setup_table, &op, 1), 0);
    CHECK_EQ(op.status, GNTST_bad_virt_addr);
    op.dom = size.dom = 77;
    CHECK_EQ(GRANT_OP(setup_table, &op, 1), 0);
    CHECK_EQ(op.status, GNTST_bad_domain);
    CHECK_EQ(GRANT_OP(query_size, &size, 1), 0);
    CHECK_EQ(size.status, GNTST_bad_domain);
    size.dom = DOMID_SELF;
    CHECK_EQ(GRANT_OP(query_size, &size, 2), -XEN_EINVAL);
    CHECK_EQ(GRANT_OP(query_size, &size, 1), 0);
    CHECK(size.nr_frames >= 2);
    CHECK_EQ(GRANT_OP(get_version, &version, 1), -XEN_ESRCH);
    CHECK_EQ(GRANT_OP(map_grant_ref, &op, -1), -XEN_EINVAL);
    CHECK_EQ(GRANT_OP(map_grant_ref, 0, 0), 0);
}

/* A grant can be in use 128 times in each way, and is as before when they are gone. */
void many_uses(void)
{
    struct gnttab_map_grant_ref op[130];
    unsigned int n = 0;

    grant(8, page_alloc(), 0);
    while (n < ARRAY_SIZE(op) && map_at(8, GNTMAP_device_map, 0, &op[n]) == GNTST_okay)
        n++;
    CHECK_EQ(n, 128);
    CHECK_EQ(op[n].status, GNTST_general_error);
    while (n--)
        CHECK_EQ(unmap_ways(op[n].handle, 0, op[n].dev_bus_addr), GNTST_okay);
    CHECK_EQ(table[8].flags, GTF_permit_access);
    table[8].flags = 0;
}
