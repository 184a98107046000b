/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine-to-phys table of 32-bit guests, as a 64-bit domain 0 sees it: there from the first 32-bit domain on, with
 * what was said about frames before and what is said later.
 */
#include "test.h"

#include <public/domctl.h>
#include <public/errno.h>
#include <public/memory.h>

#define READ_ONLY (PTE_PRESENT | PTE_USER)
#define PER_PAGE  (PAGE_SIZE / sizeof(uint32_t))

static xen_pfn_t pieces[8];
static unsigned int nr_pieces;

static void list(void)
{
    struct xen_machphys_mfn_list op = { .max_extents = ARRAY_SIZE(pieces) };

    set_xen_guest_handle(op.extent_start, pieces);
    CHECK_EQ(HYPERCALL(memory_op, XENMEM_machphys_compat_mfn_list, &op), 0);
    nr_pieces = op.nr_extents;
}

static long domctl(struct xen_domctl *op, unsigned int command)
{
    op->cmd = command;
    op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
    return HYPERCALL(domctl, op);
}

static void make_narrow_domain(struct xen_domctl *op)
{
    *op = (struct xen_domctl){
        .u.createdomain = { .max_vcpus = 1, .max_evtchn_port = 1023, .max_grant_frames = 1, .grant_opts = 1 },
    };
    CHECK_EQ(domctl(op, XEN_DOMCTL_createdomain), 0);
    op->u.address_size.size = 32;
    CHECK_EQ(domctl(op, XEN_DOMCTL_set_address_size), 0);
}

/* What the table says of a frame. window: a page of ours to map that part of it. */
static uint32_t narrow_entry(const uint32_t *window, unsigned long mfn)
{
    uint64_t frame = pieces[mfn >> 19] + (mfn % (1 << 19)) / PER_PAGE;

    if (HYPERCALL(update_va_mapping_otherdomain, window, WIDE(frame << PAGE_SHIFT | READ_ONLY), UVMF_INVLPG, DOMID_XEN))
        return 0xdead0001;
    return window[mfn % PER_PAGE];
}

static void entries(void)
{
    const unsigned long *wide = (const unsigned long *)MACH2PHYS_VIRT_START;
    uint32_t *window = page_alloc();
    unsigned long mfn = virt_to_mfn(page_alloc()), pfn = wide[mfn];
    struct mmu_update change = { .ptr = mfn << PAGE_SHIFT | MMU_MACHPHYS_UPDATE, .val = 0x1234 };
    struct xen_domctl op;

    if (!tells_why()) {
        skip("Debian's hypervisor has no 32-bit guests");
        return;
    }
    keeps("the table, for the next 32-bit domain");
    list();
    CHECK_EQ(nr_pieces, 0);
    make_narrow_domain(&op);
    list();
    CHECK(nr_pieces >= 1 && pieces[0]);
    for (unsigned long i = 0; i < start_info->nr_pages; i += 7) {
        unsigned long own = ((unsigned long *)start_info->mfn_list)[i];

        CHECK_EQ(narrow_entry(window, own), (uint32_t)wide[own]);
    }
    CHECK_EQ(narrow_entry(window, 0), (uint32_t)wide[0]);
    CHECK_EQ(HYPERCALL(mmu_update, &change, 1, NULL, DOMID_SELF), 0);
    CHECK_EQ(narrow_entry(window, mfn), 0x1234);
    change.val = pfn;
    CHECK_EQ(HYPERCALL(mmu_update, &change, 1, NULL, DOMID_SELF), 0);
    CHECK_EQ(narrow_entry(window, mfn), pfn);
    CHECK_EQ(remap(window, PTE_DATA), 0);
    CHECK_EQ(domctl(&op, XEN_DOMCTL_destroydomain), 0);
}

static void made_once(void)
{
    xen_pfn_t first = pieces[0];
    struct xen_domctl op;

    if (!tells_why()) {
        skip("Debian's hypervisor has no 32-bit guests");
        return;
    }
    make_narrow_domain(&op);
    list();
    CHECK_EQ(pieces[0], first);
    CHECK_EQ(domctl(&op, XEN_DOMCTL_destroydomain), 0);
}

const struct test tests[] = {
    { "compat_table.entries", entries },
    { "compat_table.made_once", made_once },
    { NULL, NULL },
};
