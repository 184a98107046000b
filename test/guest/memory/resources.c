/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * acquire_resource: the frames of a child's grant table, which domain 0 maps to grant in the child's name, and to see
 * which of its grants are in use.
 */
#include "child.h"
#include "memory.h"

#include <public/grant_table.h>
#include <public/sched.h>

#define REF      40
#define REF_LOW  1              /* kept when the version changes */

static struct child child;
static char page[PAGE_SIZE] __attribute__((aligned(4096)));
static long version;

static long acquire(uint32_t id, uint64_t first, uint32_t n, xen_pfn_t *frames, uint32_t *count)
{
    struct xen_mem_acquire_resource op = {
        .domid = child.id, .type = XENMEM_resource_grant_table, .id = id, .frame = first, .nr_frames = n,
    };
    long error;

    set_xen_guest_handle(op.frame_list, frames);
    error = HYPERCALL(memory_op, XENMEM_acquire_resource, &op);
    *count = op.nr_frames;
    return error;
}

/* Frame n of that resource in the place of our page. */
static long map_resource(uint32_t id, uint64_t n, void *at)
{
    xen_pfn_t frame;
    uint32_t count;
    long error = acquire(id, n, 1, &frame, &count);

    if (error)
        return error;
    return HYPERCALL(update_va_mapping_otherdomain, at, WIDE((pte_t)frame << PAGE_SHIFT | PTE_DATA), UVMF_INVLPG,
                     child.id);
}

static uint64_t childs_mfn(const void *at)
{
    return child.frames[((unsigned long)at - VIRT_BASE) >> PAGE_SHIFT];
}

static void set_version(void *number)
{
    struct gnttab_set_version op = { .version = (long)number };

    version = HYPERCALL(grant_table_op, GNTTABOP_set_version, &op);
}

static bool map_grant(struct gnttab_map_grant_ref *op, void *at, grant_ref_t ref)
{
    *op = (struct gnttab_map_grant_ref){
        .host_addr = (unsigned long)at, .flags = GNTMAP_host_map, .ref = ref, .dom = child.id,
    };
    return !HYPERCALL(grant_table_op, GNTTABOP_map_grant_ref, op, 1) && op->status == GNTST_okay;
}

static bool unmap_grant(const struct gnttab_map_grant_ref *map)
{
    struct gnttab_unmap_grant_ref op = { .host_addr = map->host_addr, .handle = map->handle };

    return !HYPERCALL(grant_table_op, GNTTABOP_unmap_grant_ref, &op, 1) && op.status == GNTST_okay;
}

/* What is entered in the frame is a grant of the child's. */
void shared_resource(void)
{
    grant_entry_v1_t *table = page_alloc();
    char *window = page_alloc();
    struct gnttab_map_grant_ref op;
    xen_pfn_t frames[2];
    uint32_t count;

    CHECK_EQ(child_create(&child, 1), 0);
    memset(page, 0x77, sizeof(page));
    CHECK_EQ(child_build(&child, set_version, (void *)1), 0);
    CHECK_EQ(acquire(XENMEM_resource_grant_table_id_shared, 0, 0, NULL, &count), 0);
    CHECK(count > 1);
    CHECK_EQ(acquire(XENMEM_resource_grant_table_id_shared, 0, 2, frames, &count), 0);
    CHECK_EQ(count, 2);
    CHECK(frames[0] != frames[1]);
    CHECK_EQ(map_resource(XENMEM_resource_grant_table_id_shared, 0, table), 0);
    table[REF].domid = 0;
    table[REF].frame = childs_mfn(page);
    barrier();
    table[REF].flags = GTF_permit_access;
    CHECK(map_grant(&op, window, REF));
    CHECK_EQ(*(volatile char *)window, 0x77);
    CHECK_EQ(table[REF].flags, GTF_permit_access | GTF_reading | GTF_writing);
    CHECK(unmap_grant(&op));
    CHECK_EQ(table[REF].flags, GTF_permit_access);
    CHECK_EQ(remap(window, PTE_DATA), 0);
    CHECK_EQ(remap(table, PTE_DATA), 0);
    CHECK(child_destroy(&child));
}

/* Status words are apart from the grants in version 2 only. */
void status_resource(void)
{
    grant_entry_v2_t *table = page_alloc();
    volatile grant_status_t *status = page_alloc();
    char *window = page_alloc();
    struct gnttab_map_grant_ref op;
    uint32_t most, count;
    xen_pfn_t frame;

    CHECK_EQ(child_create(&child, 1), 0);
    CHECK_EQ(child_build(&child, set_version, (void *)2), 0);
    CHECK_EQ(map_resource(XENMEM_resource_grant_table_id_status, 0, (void *)status), -XEN_EINVAL);
    CHECK_EQ(child_wait(&child), SHUTDOWN_poweroff);
    CHECK(child_read(&child, &version, sizeof(version)));
    CHECK_EQ(version, 0);
    CHECK_EQ(map_resource(XENMEM_resource_grant_table_id_shared, 0, table), 0);
    CHECK_EQ(map_resource(XENMEM_resource_grant_table_id_status, 0, (void *)status), 0);
    table[REF_LOW].hdr.domid = 0;
    table[REF_LOW].full_page.frame = childs_mfn(page);
    barrier();
    table[REF_LOW].hdr.flags = GTF_permit_access;
    CHECK_EQ(status[REF_LOW], 0);
    CHECK(map_grant(&op, window, REF_LOW));
    CHECK_EQ(status[REF_LOW], GTF_reading | GTF_writing);
    CHECK(unmap_grant(&op));
    CHECK_EQ(status[REF_LOW], 0);
    /* The last frame is not full of words: machine. */
    CHECK_EQ(acquire(XENMEM_resource_grant_table_id_status, 0, 0, NULL, &most), 0);
    CHECK_EQ(most, 8);
    CHECK_EQ(acquire(XENMEM_resource_grant_table_id_status, most, 1, &frame, &count), -XEN_EINVAL);
    CHECK_EQ(acquire(XENMEM_resource_grant_table_id_status, most - 1, 1, &frame, &count), 0);
    CHECK_EQ(remap(window, PTE_DATA), 0);
    CHECK_EQ(remap((void *)status, PTE_DATA), 0);
    CHECK_EQ(remap(table, PTE_DATA), 0);
    CHECK(child_destroy(&child));
}

void resource_refusals(void)
{
    struct xen_mem_acquire_resource op = { .domid = 1234, .type = XENMEM_resource_grant_table, .nr_frames = 1 };
    xen_pfn_t frames[2];
    uint32_t most, count;

    set_xen_guest_handle(op.frame_list, frames);
    CHECK_EQ(HYPERCALL(memory_op, XENMEM_acquire_resource, &op), -XEN_ESRCH);
    op.domid = DOMID_SELF;
    CHECK_EQ(HYPERCALL(memory_op, XENMEM_acquire_resource, &op), -XEN_ESRCH);
    op.domid = 0;
    CHECK_EQ(HYPERCALL(memory_op, XENMEM_acquire_resource, &op), -XEN_EPERM);
    CHECK_EQ(child_create(&child, 1), 0);
    op.domid = child.id;
    op.pad = 1;
    CHECK_EQ(HYPERCALL(memory_op, XENMEM_acquire_resource, &op), -XEN_EINVAL);
    op.pad = 0;
    op.type = XENMEM_resource_ioreq_server;
    CHECK_EQ(HYPERCALL(memory_op, XENMEM_acquire_resource, &op), -XEN_EINVAL);
    op.type = XENMEM_resource_vmtrace_buf;
    CHECK_EQ(HYPERCALL(memory_op, XENMEM_acquire_resource, &op), -XEN_EINVAL);
    op.type = XENMEM_resource_vmtrace_buf + 1;
    CHECK_EQ(HYPERCALL(memory_op, XENMEM_acquire_resource, &op), -XEN_EOPNOTSUPP);
    CHECK_EQ(acquire(2, 0, 0, NULL, &count), -XEN_EINVAL);
    CHECK_EQ(acquire(2, 0, 1, frames, &count), -XEN_EINVAL);
    CHECK_EQ(acquire(XENMEM_resource_grant_table_id_shared, 0, 0, NULL, &most), 0);
    CHECK_EQ(acquire(XENMEM_resource_grant_table_id_shared, 0, 1, NULL, &count), -XEN_EINVAL);
    CHECK_EQ(acquire(XENMEM_resource_grant_table_id_shared, 0, 0, frames, &count), -XEN_EINVAL);
    CHECK_EQ(acquire(XENMEM_resource_grant_table_id_shared, most, 1, frames, &count), -XEN_EINVAL);
    CHECK_EQ(acquire(XENMEM_resource_grant_table_id_shared, most - 1, 2, frames, &count), -XEN_EINVAL);
    CHECK_EQ(acquire(XENMEM_resource_grant_table_id_shared, ~0u, 1, frames, &count), -XEN_EINVAL);
    CHECK_EQ(acquire(XENMEM_resource_grant_table_id_shared, ~0ull, 2, frames, &count), -XEN_EINVAL);
    CHECK_EQ(acquire(XENMEM_resource_grant_table_id_shared, 0, 1, (xen_pfn_t *)0x1000, &count), -XEN_EFAULT);
    CHECK(child_destroy(&child));
}
