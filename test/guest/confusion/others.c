/* SPDX-License-Identifier: GPL-2.0-only */
/* Ways in which somebody else writes: who maps a grant, the hypervisor itself, domain 0 in the memory of a child. */
#include "child.h"
#include "confusion.h"

#include <public/event_channel.h>
#include <public/vcpu.h>

static struct child child;
static grant_entry_v1_t *entries;

/* ---- grants of ours to ourselves */

bool granted(void)
{
    xen_pfn_t frame;
    struct gnttab_setup_table op = { .dom = DOMID_SELF, .nr_frames = 1 };

    set_xen_guest_handle(op.frame_list, &frame);
    if (!entries) {
        if (HYPERCALL(grant_table_op, GNTTABOP_setup_table, &op, 1) || op.status != GNTST_okay)
            return false;
        entries = page_alloc();
        if (HYPERCALL(update_va_mapping, entries, WIDE((pte_t)frame << PAGE_SHIFT | PTE_DATA), UVMF_INVLPG))
            return false;
    }
    for (unsigned int ref = READ_WRITE_GRANT; ref <= READ_ONLY_GRANT; ref++) {
        entries[ref].domid = 0;
        entries[ref].frame = virt_to_mfn(table);
        barrier();
        entries[ref].flags = GTF_permit_access | (ref == READ_ONLY_GRANT ? GTF_readonly : 0);
    }
    return true;
}

int map_table(unsigned int how, uint64_t address, struct gnttab_map_grant_ref *op)
{
    unsigned int ref = how & GNTMAP_readonly ? READ_ONLY_GRANT : READ_WRITE_GRANT;

    *op = (struct gnttab_map_grant_ref){ .host_addr = address, .flags = how, .ref = ref, .dom = 0 };
    return HYPERCALL(grant_table_op, GNTTABOP_map_grant_ref, op, 1) ? 99 : op->status;
}

bool unmap_table(const struct gnttab_map_grant_ref *map)
{
    struct gnttab_unmap_grant_ref op = { .host_addr = map->host_addr, .handle = map->handle };

    if (map->flags & GNTMAP_device_map)
        op.dev_bus_addr = map->dev_bus_addr;
    return !HYPERCALL(grant_table_op, GNTTABOP_unmap_grant_ref, &op, 1) && op.status == GNTST_okay;
}

/* By address, by entry, for devices: refused for writing; and as long as one of them is there, it is no table. */
void by_grant(void)
{
    const struct {
        unsigned int flags;
        uint64_t address;
    } ways[] = {
        { GNTMAP_host_map, (unsigned long)window },
        { GNTMAP_host_map | GNTMAP_contains_pte, pte_machine((void *)window) },
        { GNTMAP_device_map, 0 },
        { GNTMAP_host_map | GNTMAP_device_map, (unsigned long)window },
    };
    struct gnttab_map_grant_ref op;

    CHECK(granted());
    for (unsigned int i = 0; i < ARRAY_SIZE(ways); i++) {
        CHECK(made_table(1));
        CHECK_EQ(map_table(ways[i].flags, ways[i].address, &op), GNTST_general_error);
        CHECK_EQ(map_table(ways[i].flags | GNTMAP_readonly, ways[i].address, &op), GNTST_okay);
        CHECK(unmap_table(&op));
        CHECK(made_page());
        CHECK_EQ(remap(table, READ_ONLY), 0);
        CHECK_EQ(map_table(ways[i].flags, ways[i].address, &op), GNTST_okay);
        CHECK_EQ(pin(table, 1), -XEN_EINVAL);
        CHECK(unmap_table(&op));
        CHECK_EQ(pin(table, 1), 0);
        CHECK(made_page());
    }
    entries[READ_WRITE_GRANT].flags = entries[READ_ONLY_GRANT].flags = 0;
}

/* ---- the hypervisor */

static long set_gdt(xen_pfn_t frame, unsigned int n)
{
    return HYPERCALL(set_gdt, &frame, n);
}

/* What is written for us once, or over and over: copies, cleared pages, vcpu_info, event queues, descriptors. */
void by_hypervisor(void)
{
    uint64_t mfn = virt_to_mfn(table);
    struct mmuext_op ops[] = {
        { .cmd = MMUEXT_CLEAR_PAGE, .arg1.mfn = mfn },
        { .cmd = MMUEXT_COPY_PAGE, .arg1.mfn = mfn, .arg2.src_mfn = virt_to_mfn(other) },
    };
    struct gnttab_copy copy = {
        .source = { .u.gmfn = virt_to_mfn(other), .domid = DOMID_SELF },
        .dest = { .u.gmfn = mfn, .domid = DOMID_SELF }, .len = 8,
    };
    struct vcpu_register_vcpu_info info = { .mfn = mfn };
    struct evtchn_init_control queue = { .control_gfn = mfn, .vcpu = 0 };

    CHECK(made_table(1));
    CHECK_EQ(HYPERCALL(mmuext_op, &ops[0], 1, 0, DOMID_SELF), -XEN_EINVAL);
    CHECK_EQ(HYPERCALL(mmuext_op, &ops[1], 1, 0, DOMID_SELF), -XEN_EINVAL);
    CHECK_EQ(HYPERCALL(grant_table_op, GNTTABOP_copy, &copy, 1), 0);
    CHECK_EQ(copy.status, GNTST_general_error);
    CHECK_EQ(HYPERCALL(vcpu_op, VCPUOP_register_vcpu_info, 0, &info), -XEN_EINVAL);
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_init_control, &queue), -XEN_EINVAL);
    CHECK_EQ(set_gdt(mfn, ENTRIES), -XEN_EINVAL);
    CHECK(made_page());
    CHECK_EQ(remap(table, READ_ONLY), 0);
    CHECK_EQ(set_gdt(mfn, ENTRIES), 0);
    CHECK_EQ(pin(table, 1), -XEN_EINVAL);
    CHECK_EQ(show(mfn, PTE_DATA, DOMID_SELF), -XEN_EBUSY);
    CHECK_EQ(set_gdt(mfn, 0), 0);
    CHECK_EQ(pin(table, 1), 0);
    CHECK(made_page());
}

/* ---- a child's memory */

static void nothing(void *unused)
{
    (void)unused;
}

/* Its page table of that level that leads to an address. 0: there is none. */
static uint64_t childs_table(const void *at, int level)
{
    static struct vcpu_guest_context context;
    xen_domctl_t op = { .u.vcpucontext.vcpu = 0 };
    uint64_t mfn;

    set_xen_guest_handle(op.u.vcpucontext.ctxt, &context);
    if (domctl(&op, XEN_DOMCTL_getvcpucontext, child.id))
        return 0;
    mfn = xen_cr3_to_pfn(context.ctrlreg[3]);
    for (int l = TOP_LEVEL; l > level; l--) {
        if (show(mfn, READ_ONLY, child.id))
            return 0;
        mfn = (window[(unsigned long)at >> (3 + 9 * l) & (ENTRIES - 1)] & PTE_ADDRESS) >> PAGE_SHIFT;
    }
    return remap((void *)window, PTE_DATA) ? 0 : mfn;
}

static uint64_t childs_mfn(const void *at)
{
    return child.frames[((unsigned long)at - VIRT_BASE) >> PAGE_SHIFT];
}

static long pin_childs(unsigned int command, uint64_t mfn)
{
    struct mmuext_op op = { .cmd = command, .arg1.mfn = mfn };

    return HYPERCALL(mmuext_op, &op, 1, 0, child.id);
}

/* Who builds it may write to all of its memory but its page tables; and its own writable mappings count. */
void of_child(void)
{
    CHECK_EQ(child_create(&child, 1), 0);
    CHECK_EQ(child_build(&child, nothing, NULL), 0);
    for (int level = 1; level <= TOP_LEVEL; level++) {
        uint64_t mfn = childs_table(table, level);

        CHECK(mfn);
        CHECK_EQ(show(mfn, PTE_DATA, child.id), -XEN_EBUSY);
        CHECK_EQ(show(mfn, READ_ONLY, child.id), 0);
        CHECK_EQ(show(mfn, PTE_DATA, child.id), -XEN_EBUSY);
        CHECK_EQ(pin_childs(MMUEXT_CLEAR_PAGE, mfn), -XEN_EINVAL);
        CHECK_EQ(remap((void *)window, PTE_DATA), 0);
    }
    CHECK_EQ(pin_childs(MMUEXT_PIN_L1_TABLE, childs_mfn(other)), -XEN_EINVAL);
    CHECK(child_destroy(&child));
}

/* What domain 0 writes in a child's page tables, by the child's name, is the child's. */
void in_childs_tables(void)
{
    struct mmu_update u[1];
    uint64_t page, entry;
    unsigned int both;

    CHECK_EQ(child_create(&child, 1), 0);
    CHECK_EQ(child_build(&child, nothing, NULL), 0);
    both = (child.id + 1u) << 16 | child.id;
    page = childs_mfn(other);
    entry = (childs_table(other, 1) << PAGE_SHIFT) +
            ((unsigned long)other >> PAGE_SHIFT & (ENTRIES - 1)) * sizeof(pte_t);
    for (int level = 1; level <= TOP_LEVEL; level++) {
        u[0] = (struct mmu_update){ entry, childs_table(other, level) << PAGE_SHIFT | PTE_DATA };
        CHECK_EQ(HYPERCALL(mmu_update, u, 1, 0, both), -XEN_EBUSY);
        u[0].val &= ~PTE_WRITE;
        CHECK_EQ(HYPERCALL(mmu_update, u, 1, 0, both), 0);
        u[0].val |= PTE_WRITE;
        CHECK_EQ(HYPERCALL(mmu_update, u, 1, 0, both), -XEN_EBUSY);
    }
    /* Its page is unmapped, and mapped by us alone: for writing it is no table, for reading it may be. */
    CHECK_EQ(show(page, PTE_DATA, child.id), 0);
    CHECK_EQ(pin_childs(MMUEXT_PIN_L1_TABLE, page), -XEN_EINVAL);
    CHECK_EQ(show(page, READ_ONLY, child.id), 0);
    CHECK_EQ(pin_childs(MMUEXT_PIN_L1_TABLE, page), 0);
    CHECK_EQ(show(page, PTE_DATA, child.id), -XEN_EBUSY);
    u[0].val = page << PAGE_SHIFT | PTE_DATA;
    CHECK_EQ(HYPERCALL(mmu_update, u, 1, 0, both), -XEN_EBUSY);
    CHECK_EQ(pin_childs(MMUEXT_UNPIN_TABLE, page), 0);
    CHECK_EQ(HYPERCALL(mmu_update, u, 1, 0, both), 0);
    CHECK_EQ(remap((void *)window, PTE_DATA), 0);
    CHECK(child_destroy(&child));
}
