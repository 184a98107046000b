/* SPDX-License-Identifier: GPL-2.0-only */
/* Grant tables, domain 0 granting to itself: set up, map, unmap, copy, versions, and misuse. */
#include "grants.h"

grant_entry_v1_t *table;
char *window;

static void setup(void)
{
    xen_pfn_t frames[1] = { 0 };
    struct gnttab_setup_table op = { .dom = DOMID_SELF, .nr_frames = 1 };
    struct gnttab_query_size size = { .dom = DOMID_SELF };
    struct gnttab_get_version version = { .dom = DOMID_SELF };

    set_xen_guest_handle(op.frame_list, frames);
    CHECK_EQ(HYPERCALL(grant_table_op, GNTTABOP_setup_table, &op, 1), 0);
    CHECK_EQ(op.status, GNTST_okay);
    table = page_alloc();
    window = page_alloc();
    CHECK_EQ(HYPERCALL(update_va_mapping, table, WIDE(frames[0] << PAGE_SHIFT | PTE_DATA), UVMF_INVLPG), 0);
    CHECK_EQ(HYPERCALL(grant_table_op, GNTTABOP_query_size, &size, 1), 0);
    CHECK_EQ(size.status, GNTST_okay);
    CHECK(size.nr_frames >= 1 && size.max_nr_frames >= size.nr_frames);
    CHECK_EQ(HYPERCALL(grant_table_op, GNTTABOP_get_version, &version, 1), 0);
    CHECK_EQ(version.version, 1);
}

void grant(unsigned int ref, const void *page, unsigned int flags)
{
    table[ref].domid = 0;
    table[ref].frame = virt_to_mfn(page);
    barrier();
    table[ref].flags = GTF_permit_access | flags;
    barrier();
}

static long map(unsigned int ref, unsigned int flags, struct gnttab_map_grant_ref *op)
{
    *op = (struct gnttab_map_grant_ref){
        .host_addr = (unsigned long)window, .flags = GNTMAP_host_map | flags, .ref = ref, .dom = 0,
    };
    return HYPERCALL(grant_table_op, GNTTABOP_map_grant_ref, op, 1);
}

static long unmap(unsigned int handle)
{
    struct gnttab_unmap_grant_ref op = { .host_addr = (unsigned long)window, .handle = handle };
    long error = HYPERCALL(grant_table_op, GNTTABOP_unmap_grant_ref, &op, 1);

    return error ? error : op.status;
}

int map_at(unsigned int ref, unsigned int flags, uint64_t address, struct gnttab_map_grant_ref *op)
{
    *op = (struct gnttab_map_grant_ref){ .host_addr = address, .flags = flags, .ref = ref, .dom = 0 };
    return GRANT_OP(map_grant_ref, op, 1) ? 99 : op->status;
}

int unmap_ways(unsigned int handle, uint64_t address, uint64_t bus)
{
    struct gnttab_unmap_grant_ref op = { .host_addr = address, .dev_bus_addr = bus, .handle = handle };

    return GRANT_OP(unmap_grant_ref, &op, 1) ? 99 : op.status;
}

static void write_byte(void *address)
{
    *(volatile char *)address = 1;
}

static void map_and_unmap(void)
{
    struct gnttab_map_grant_ref op;
    char *page = page_alloc();

    memset(page, 0x11, PAGE_SIZE);
    grant(8, page, 0);
    CHECK_EQ(map(8, 0, &op), 0);
    CHECK_EQ(op.status, GNTST_okay);
    CHECK_EQ(*(volatile char *)window, 0x11);
    *(volatile char *)window = 0x22;
    CHECK_EQ(page[0], 0x22);
    CHECK_EQ(op.dev_bus_addr, virt_to_mfn(page) << PAGE_SHIFT);
    CHECK_EQ(table[8].flags & (GTF_reading | GTF_writing), GTF_reading | GTF_writing);
    CHECK_EQ(unmap(op.handle), GNTST_okay);
    CHECK_EQ(table[8].flags & (GTF_reading | GTF_writing), 0);
    CHECK_EQ(read_pte(window) & PTE_PRESENT, 0);
    CHECK_EQ(unmap(op.handle), GNTST_bad_handle);
    table[8].flags = 0;
    remap(window, PTE_DATA);
}

static void read_only(void)
{
    struct gnttab_map_grant_ref op;
    struct fault fault;
    char *page = page_alloc();

    grant(9, page, GTF_readonly);
    CHECK_EQ(map(9, 0, &op), 0);
    CHECK_EQ(op.status, GNTST_general_error);
    CHECK_EQ(map(9, GNTMAP_readonly, &op), 0);
    CHECK_EQ(op.status, GNTST_okay);
    CHECK(probe(&fault, write_byte, window));
    CHECK_EQ(fault.frame.vector, 14);
    CHECK_EQ(table[9].flags & (GTF_reading | GTF_writing), GTF_reading);
    CHECK_EQ(unmap(op.handle), GNTST_okay);
    table[9].flags = 0;
    remap(window, PTE_DATA);
}

static void bad_maps(void)
{
    struct gnttab_map_grant_ref op;

    CHECK_EQ(map(1000000, 0, &op), 0);
    CHECK_EQ(op.status, GNTST_bad_gntref);
    CHECK_EQ(map(20, 0, &op), 0);               /* never granted */
    CHECK_EQ(op.status, GNTST_general_error);
    grant(10, window, 0);
    table[10].domid = 5;                        /* granted to somebody else */
    CHECK_EQ(map(10, 0, &op), 0);
    CHECK_EQ(op.status, GNTST_general_error);
    table[10].flags = 0;
    CHECK_EQ(unmap(999999), GNTST_bad_handle);
    op = (struct gnttab_map_grant_ref){ .host_addr = (unsigned long)window, .flags = GNTMAP_host_map,
                                        .ref = 8, .dom = 1234 };
    CHECK_EQ(HYPERCALL(grant_table_op, GNTTABOP_map_grant_ref, &op, 1), 0);
    CHECK_EQ(op.status, GNTST_bad_domain);
    CHECK_EQ(HYPERCALL(grant_table_op, GNTTABOP_map_grant_ref, 0x1000, 1), -XEN_EFAULT);
    CHECK_EQ(HYPERCALL(grant_table_op, 99, &op, 1), -XEN_ENOSYS);
}

/* A frame that is a page table can't be granted for writing. */
static void page_table(void)
{
    struct gnttab_map_grant_ref op;

    grant(11, (void *)start_info->pt_base, 0);
    CHECK_EQ(map(11, 0, &op), 0);
    CHECK(op.status < 0);
    table[11].flags = 0;
}

static struct gnttab_copy copy_op(unsigned int ref, const void *to, unsigned int from, unsigned int at,
                                  unsigned int n)
{
    return (struct gnttab_copy){
        .source = { .u.ref = ref, .domid = DOMID_SELF, .offset = from },
        .dest = { .u.gmfn = virt_to_mfn(to), .domid = DOMID_SELF, .offset = at },
        .len = n, .flags = GNTCOPY_source_gref,
    };
}

static void copy(void)
{
    char *from = page_alloc(), *to = page_alloc();
    struct gnttab_copy op;

    for (unsigned int i = 0; i < PAGE_SIZE; i++)
        from[i] = i;
    grant(12, from, GTF_readonly);
    op = copy_op(12, to, 16, 100, 1000);
    CHECK_EQ(HYPERCALL(grant_table_op, GNTTABOP_copy, &op, 1), 0);
    CHECK_EQ(op.status, GNTST_okay);
    CHECK(!memcmp(from + 16, to + 100, 1000));
    CHECK_EQ(to[99], 0);
    CHECK_EQ(to[1100], 0);
    op = copy_op(12, to, 4000, 0, 200);
    CHECK_EQ(HYPERCALL(grant_table_op, GNTTABOP_copy, &op, 1), 0);
    CHECK_EQ(op.status, GNTST_bad_copy_arg);
    op = (struct gnttab_copy){
        .source = { .u.gmfn = virt_to_mfn(to), .domid = DOMID_SELF },
        .dest = { .u.ref = 12, .domid = DOMID_SELF }, .len = 8, .flags = GNTCOPY_dest_gref,
    };
    CHECK_EQ(HYPERCALL(grant_table_op, GNTTABOP_copy, &op, 1), 0);
    CHECK(op.status < 0);                       /* granted for reading only */
    CHECK_EQ(from[1], 1);
    CHECK_EQ(table[12].flags & (GTF_reading | GTF_writing), 0);
    table[12].flags = 0;
}

/* A batch does what can be done; each operation has its own status. */
static void batch(void)
{
    char *from = page_alloc(), *to = page_alloc();
    struct gnttab_copy ops[3];

    from[0] = 5;
    grant(13, from, 0);
    ops[0] = copy_op(13, to, 0, 0, 1);
    ops[1] = copy_op(999999, to, 0, 0, 1);
    ops[2] = copy_op(13, to, 0, 1, 1);
    CHECK_EQ(HYPERCALL(grant_table_op, GNTTABOP_copy, ops, 3), 0);
    CHECK_EQ(ops[0].status, GNTST_okay);
    CHECK_EQ(ops[1].status, GNTST_bad_gntref);
    CHECK_EQ(ops[2].status, GNTST_okay);
    CHECK_EQ(to[0] + to[1], 10);
    table[13].flags = 0;
}

/* Version 2 and back, with nothing mapped. */
static void versions(void)
{
    struct gnttab_set_version op = { .version = 3 };

    keeps("a frame of status words");
    CHECK_EQ(HYPERCALL(grant_table_op, GNTTABOP_set_version, &op, 1), -XEN_EINVAL);
    op.version = 2;
    CHECK_EQ(HYPERCALL(grant_table_op, GNTTABOP_set_version, &op, 1), 0);
    CHECK_EQ(op.version, 2);
    op.version = 1;
    CHECK_EQ(HYPERCALL(grant_table_op, GNTTABOP_set_version, &op, 1), 0);
    CHECK_EQ(op.version, 1);
}

static void dumped(void)
{
    struct gnttab_dump_table op = { .dom = DOMID_SELF, .status = 99 };

    if (!tells_why()) {
        skip("Debian's hypervisor is built without it");
        return;
    }
    CHECK_EQ(GRANT_OP(dump_table, &op, 1), 0);
    CHECK_EQ(op.status, GNTST_okay);
    op.dom = 1234;
    CHECK_EQ(GRANT_OP(dump_table, &op, 1), 0);
    CHECK_EQ(op.status, GNTST_bad_domain);
}

/* Cache lines of a page of our own: what is in them stays. */
static void caches(void)
{
    char *page = page_alloc();
    struct gnttab_cache_flush ops[2] = {
        { .a.dev_bus_addr = virt_to_mfn(page) << PAGE_SHIFT, .length = PAGE_SIZE,
          .op = GNTTAB_CACHE_CLEAN | GNTTAB_CACHE_INVAL },
        { .a.dev_bus_addr = virt_to_mfn(page) << PAGE_SHIFT, .offset = 4095, .length = 1, .op = GNTTAB_CACHE_CLEAN },
    };

    memset(page, 0x33, PAGE_SIZE);
    CHECK_EQ(GRANT_OP(cache_flush, ops, 2), 0);
    CHECK_EQ(page[0] + page[PAGE_SIZE - 1], 0x66);
    ops[1].length = 2;
    CHECK_EQ(GRANT_OP(cache_flush, ops, 2), -XEN_EINVAL);
    ops[1].length = 0;
    CHECK_EQ(GRANT_OP(cache_flush, ops, 2), 0);
    ops[0].op = 4;
    CHECK_EQ(GRANT_OP(cache_flush, ops, 1), -XEN_EINVAL);
}

const struct test tests[] = {
    { "grants.setup", setup },
    { "grants.map_and_unmap", map_and_unmap },
    { "grants.read_only", read_only },
    { "grants.bad_maps", bad_maps },
    { "grants.page_table", page_table },
    { "grants.copy", copy },
    { "grants.batch", batch },
    { "grants.versions", versions },
    { "grants.both_ways", both_ways },
    { "grants.by_entry", by_entry },
    { "grants.rights", rights },
    { "grants.replace", replace },
    { "grants.swap", swap },
    { "grants.strange_frames", strange_frames },
    { "grants.copy_refusals", copy_refusals },
    { "grants.dumped", dumped },
    { "grants.caches", caches },
    { "grants.transferred", transferred },
    { "grants.given_in_vain", given_in_vain },
    { "grants.given_to_oneself", given_to_oneself },
    { "grants.transfer_refusals", transfer_refusals },
    { "grants.special_domains", special_domains },
    { "grants.sizes", sizes },
    { "grants.many_uses", many_uses },
    { "grants.version_2", version_2 },
    { "grants.to_and_fro", to_and_fro },
    { "grants.parts", parts },
    { "grants.transitive", transitive },
    { "grants.starved", starved },
    { "grants.long_maps", long_maps },
    { "grants.long_copies", long_copies },
    { "grants.long_swaps", long_swaps },
    { "grants.racing_unmaps", racing_unmaps },
    { "grants.racing_changes", racing_changes },
    { "grants.overwritten", overwritten },
    { NULL, NULL },
};
