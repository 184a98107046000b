/* SPDX-License-Identifier: GPL-2.0-only */
/* What costs more: a whole tree of page tables, events to another domain, grants. */
#include "test.h"
#include "cost.h"

#include <public/domctl.h>
#include <public/errno.h>
#include <public/grant_table.h>

#define ENTRIES (PAGE_SIZE / sizeof(pte_t))

/* ---- page tables */

static uint64_t root;       /* frame of what has been built so far */

/* A table above it. */
static void grow(unsigned int entries, pte_t flags)
{
    pte_t *table = page_alloc();

    for (unsigned int i = 0; i < entries; i++)
        table[i] = root << PAGE_SHIFT | flags;
    CHECK_EQ(remap(table, PTE_PRESENT | PTE_USER), 0);
    root = virt_to_mfn(table);
}

static long pin_unpin_root(void)
{
    long error = extended(PIN_TOP, root);

    return error ? error : extended(MMUEXT_UNPIN_TABLE, root);
}

/* One table a level, the lowest one full. A 32-bit guest's top level takes no rights but "present". */
void tree(void)
{
    root = virt_to_mfn(page_alloc());
    grow(ENTRIES, PTE_DATA);
    for (unsigned int level = 2; level <= TOP_LEVEL; level++)
        grow(1, level == 3 && TOP_LEVEL == 3 ? PTE_PRESENT : PTE_TABLE);
    cost("pin_unpin_tree_512", pin_unpin_root);
}

/* ---- events */

static struct evtchn_send there;
static domid_t other;
static volatile struct shared_info *theirs;

/* Each is new: nothing is pending over there. */
static long send_there(void)
{
    theirs->evtchn_pending[0] = 0;
    theirs->vcpu_info[0].evtchn_pending_sel = 0;
    theirs->vcpu_info[0].evtchn_upcall_pending = 0;
    return HYPERCALL(event_channel_op, EVTCHNOP_send, &there);
}

static long domctl(struct xen_domctl *op, unsigned int command)
{
    op->cmd = command;
    op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
    return HYPERCALL(domctl, op);
}

/* A domain with a virtual CPU that never runs. */
static void make_other(void)
{
    struct xen_domctl op = {
        .u.createdomain = { .max_vcpus = 1, .max_evtchn_port = 1023, .max_grant_frames = 1, .grant_opts = 1 },
    };

    CHECK_EQ(domctl(&op, XEN_DOMCTL_createdomain), 0);
    op.u.max_vcpus.max = 1;
    CHECK_EQ(domctl(&op, XEN_DOMCTL_max_vcpus), 0);
    CHECK_EQ(domctl(&op, XEN_DOMCTL_getdomaininfo), 0);
    theirs = page_alloc();
    CHECK_EQ(HYPERCALL(update_va_mapping_otherdomain, theirs,
                       WIDE((pte_t)op.u.getdomaininfo.shared_info_frame << PAGE_SHIFT | PTE_DATA), UVMF_INVLPG,
                       op.domain), 0);
    other = op.domain;
}

void other_domain(void)
{
    struct evtchn_alloc_unbound alloc = { .remote_dom = DOMID_SELF };
    struct evtchn_bind_interdomain bind;
    struct evtchn_close close;
    struct xen_domctl op = { 0 };

    make_other();
    op.domain = alloc.dom = bind.remote_dom = other;
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_alloc_unbound, &alloc), 0);
    bind.remote_port = alloc.port;
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_bind_interdomain, &bind), 0);
    there.port = close.port = bind.local_port;
    cost("event_send_other_domain", send_there);
    CHECK_EQ(theirs->evtchn_pending[0], 1ul << alloc.port);
    CHECK_EQ(remap((void *)theirs, PTE_DATA), 0);
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_close, &close), 0);
    CHECK_EQ(domctl(&op, XEN_DOMCTL_destroydomain), 0);
}

/* ---- grants */

static char *window, *granted, *copied;

static long map_unmap(void)
{
    struct gnttab_map_grant_ref map = { .host_addr = (unsigned long)window, .flags = GNTMAP_host_map, .ref = 8 };
    struct gnttab_unmap_grant_ref unmap = { .host_addr = (unsigned long)window };
    long error = HYPERCALL(grant_table_op, GNTTABOP_map_grant_ref, &map, 1);

    unmap.handle = map.handle;
    error = error ?: map.status ?: HYPERCALL(grant_table_op, GNTTABOP_unmap_grant_ref, &unmap, 1);
    return error ?: unmap.status;
}

static long copy(void)
{
    struct gnttab_copy op = {
        .source = { .u.ref = 8 }, .flags = GNTCOPY_source_gref, .len = PAGE_SIZE,
        .dest = { .domid = DOMID_SELF, .u.gmfn = virt_to_mfn(copied) },
    };
    long error = HYPERCALL(grant_table_op, GNTTABOP_copy, &op, 1);

    return error ?: op.status;
}

void grants(void)
{
    xen_pfn_t frame;
    struct gnttab_setup_table op = { .dom = DOMID_SELF, .nr_frames = 1 };
    struct grant_entry_v1 *table = page_alloc();

    set_xen_guest_handle(op.frame_list, &frame);
    CHECK_EQ(HYPERCALL(grant_table_op, GNTTABOP_setup_table, &op, 1), 0);
    CHECK_EQ(op.status, GNTST_okay);
    CHECK_EQ(HYPERCALL(update_va_mapping, table, WIDE((pte_t)frame << PAGE_SHIFT | PTE_DATA), UVMF_INVLPG), 0);
    granted = page_alloc();
    copied = page_alloc();
    window = page_alloc();
    table[8] = (struct grant_entry_v1){ .flags = GTF_permit_access, .frame = virt_to_mfn(granted) };
    cost("grant_map_unmap", map_unmap);
    CHECK_EQ(remap(window, PTE_DATA), 0);
    *granted = 'g';
    cost("grant_copy_4096", copy);
    CHECK_EQ(*copied, 'g');
    table[8].flags = 0;
    CHECK_EQ(remap(table, PTE_DATA), 0);
}
