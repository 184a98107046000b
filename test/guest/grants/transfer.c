/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames given away: to a child whose entry waits for one, in both versions of its table, and what becomes of frames
 * that nobody waits for. We enter in the child's table what it would.
 */
#include "child.h"
#include "grants.h"

#include <public/memory.h>
#include <public/sched.h>

#define REF 20

static struct child child;
static long childs_version;
static char page[PAGE_SIZE] __attribute__((aligned(4096)));     /* what is given away */
static grant_entry_v1_t *childs_table;

static void set_version(void *version)
{
    struct gnttab_set_version op = { .version = (long)version };

    HYPERCALL(grant_table_op, GNTTABOP_set_version, &op);
}

/* With a table of that version, and room for one page more than it has. */
static void make_child(long version)
{
    struct xen_mem_acquire_resource op = { .type = XENMEM_resource_grant_table, .nr_frames = 1 };
    xen_pfn_t frame;

    childs_version = version;
    CHECK_EQ(child_run(&child, set_version, (void *)version), SHUTDOWN_poweroff);
    CHECK_EQ(DOMCTL(max_mem, child.id, .max_mem.max_memkb = (child.pages + 1) * (PAGE_SIZE / 1024)), 0);
    op.domid = child.id;
    set_xen_guest_handle(op.frame_list, &frame);
    CHECK_EQ(HYPERCALL(memory_op, XENMEM_acquire_resource, &op), 0);
    if (!childs_table)
        childs_table = page_alloc();
    CHECK_EQ(HYPERCALL(update_va_mapping_otherdomain, childs_table, WIDE((pte_t)frame << PAGE_SHIFT | PTE_DATA),
                       UVMF_INVLPG, child.id), 0);
}

static void end_child(void)
{
    CHECK_EQ(remap(childs_table, PTE_DATA), 0);
    CHECK(child_destroy(&child));
}

/* It waits for a frame of that domain's. */
static void await(domid_t giver)
{
    if (childs_version == 1) {
        childs_table[REF] = (grant_entry_v1_t){ .flags = GTF_accept_transfer, .domid = giver };
    } else {
        grant_entry_v2_t *entry = (grant_entry_v2_t *)childs_table + REF;

        entry->full_page.frame = 0;
        entry->hdr = (grant_entry_header_t){ .flags = GTF_accept_transfer, .domid = giver };
    }
    barrier();
}

static unsigned int flags_of(unsigned int ref)
{
    return childs_version == 1 ? childs_table[ref].flags : ((grant_entry_v2_t *)childs_table)[ref].hdr.flags;
}

static uint64_t frame_of(unsigned int ref)
{
    return childs_version == 1 ? childs_table[ref].frame : ((grant_entry_v2_t *)childs_table)[ref].full_page.frame;
}

static long pages_of(domid_t domain)
{
    return HYPERCALL(memory_op, XENMEM_current_reservation, &domain);
}

/* Our page goes away; the status. Another frame comes in its place if it is gone. */
static int16_t give(domid_t to, grant_ref_t ref)
{
    struct gnttab_transfer op = { .mfn = virt_to_mfn(page), .domid = to, .ref = ref };
    xen_pfn_t extent = ((unsigned long)page - VIRT_BASE) >> PAGE_SHIFT;
    struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };
    unsigned long *mfn = (unsigned long *)start_info->mfn_list + extent;
    long before = pages_of(0);

    memset(page, 0x5a, PAGE_SIZE);
    if (remap(page, 0) || GRANT_OP(transfer, &op, 1) || pages_of(0) != before - 1)
        return 99;
    set_xen_guest_handle(r.extent_start, &extent);
    if (HYPERCALL(memory_op, XENMEM_populate_physmap, &r) != 1)
        return 98;
    *mfn = extent;
    return remap(page, PTE_DATA) ? 97 : op.status;
}

static void transfer(long version)
{
    const char *view = page_alloc();
    uint64_t mfn = virt_to_mfn(page);
    pte_t entry = mfn << PAGE_SHIFT | PTE_DATA;

    make_child(version);
    await(0);
    CHECK_EQ(give(child.id, REF), GNTST_okay);
    CHECK_EQ(flags_of(REF), GTF_accept_transfer | GTF_transfer_committed | GTF_transfer_completed);
    CHECK_EQ(frame_of(REF), mfn);
    CHECK_EQ(pages_of(child.id), child.pages + 1);
    CHECK(HYPERCALL(update_va_mapping, view, WIDE(entry), UVMF_INVLPG) < 0);
    CHECK_EQ(HYPERCALL(update_va_mapping_otherdomain, view, WIDE(entry), UVMF_INVLPG, child.id), 0);
    CHECK_EQ(view[0] + view[PAGE_SIZE - 1], 2 * 0x5a);
    CHECK_EQ(remap((void *)view, PTE_DATA), 0);
    CHECK_EQ(give(child.id, REF), GNTST_general_error);        /* it has got one */
    end_child();
}

void transferred(void)
{
    transfer(1);
    transfer(2);
}

/* Whatever is wrong with the receiver: the frame is gone, and the receiver hasn't got it. */
void given_in_vain(void)
{
    make_child(1);
    CHECK_EQ(give(child.id, REF), GNTST_general_error);
    CHECK_EQ(give(child.id, 1u << 30), GNTST_general_error);
    await(77);
    CHECK_EQ(give(child.id, REF), GNTST_general_error);
    CHECK_EQ(flags_of(REF), GTF_accept_transfer);
    CHECK_EQ(give(0, REF), GNTST_general_error);
    CHECK_EQ(give(4321, REF), GNTST_bad_domain);
    await(0);
    CHECK_EQ(DOMCTL(max_mem, child.id, .max_mem.max_memkb = child.pages * (PAGE_SIZE / 1024)), 0);
    CHECK_EQ(give(child.id, REF), GNTST_general_error);
    CHECK_EQ(frame_of(REF), 0);
    CHECK_EQ(pages_of(child.id), child.pages);
    end_child();
}

/* We may wait for it ourselves: it stays ours, at no place. */
void given_to_oneself(void)
{
    struct gnttab_transfer op = { .mfn = virt_to_mfn(page), .domid = 0, .ref = REF };
    struct mmu_update place = {
        .ptr = virt_to_mfn(page) << PAGE_SHIFT | MMU_MACHPHYS_UPDATE,
        .val = ((unsigned long)page - VIRT_BASE) >> PAGE_SHIFT,
    };
    long before = pages_of(0);

    CHECK_EQ(remap(page, 0), 0);
    table[REF] = (grant_entry_v1_t){ .flags = GTF_accept_transfer, .domid = 0 };
    barrier();
    CHECK_EQ(GRANT_OP(transfer, &op, 1), 0);
    CHECK_EQ(op.status, GNTST_okay);
    CHECK_EQ(table[REF].flags, GTF_accept_transfer | GTF_transfer_committed | GTF_transfer_completed);
    CHECK_EQ(table[REF].frame, op.mfn);
    CHECK_EQ(pages_of(0), before);
    CHECK_EQ(HYPERCALL(mmu_update, &place, 1, 0, DOMID_SELF), 0);
    CHECK_EQ(remap(page, PTE_DATA), 0);
    table[REF].flags = 0;
}

/* Frames that are mapped or page tables, or none, stay. */
void transfer_refusals(void)
{
    struct gnttab_transfer op = { .mfn = virt_to_mfn(page_alloc()), .domid = 77, .ref = 8 };
    long before = pages_of(0);

    CHECK_EQ(GRANT_OP(transfer, &op, 1), 0);
    CHECK_EQ(op.status, GNTST_bad_page);
    op.mfn = virt_to_mfn((void *)start_info->pt_base);
    CHECK_EQ(GRANT_OP(transfer, &op, 1), 0);
    CHECK_EQ(op.status, GNTST_bad_page);
    op.mfn = start_info->shared_info >> PAGE_SHIFT;
    CHECK_EQ(GRANT_OP(transfer, &op, 1), 0);
    CHECK_EQ(op.status, GNTST_bad_page);
    op.mfn = 0xfffffff;
    CHECK_EQ(GRANT_OP(transfer, &op, 1), 0);
    CHECK_EQ(op.status, GNTST_bad_page);
    CHECK_EQ(pages_of(0), before);
}
