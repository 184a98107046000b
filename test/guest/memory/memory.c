/* SPDX-License-Identifier: GPL-2.0-only */
/* memory_op: giving frames back and getting others, the machine's map, and wrong extents. */
#include "memory.h"

#include <public/grant_table.h>

static long reservation(unsigned int op, xen_pfn_t *extents, unsigned long n, unsigned int order)
{
    struct xen_memory_reservation r = { .nr_extents = n, .extent_order = order, .domid = DOMID_SELF };

    set_xen_guest_handle(r.extent_start, extents);
    return HYPERCALL(memory_op, op, &r);
}

static long current_pages(void)
{
    domid_t self = DOMID_SELF;

    return HYPERCALL(memory_op, XENMEM_current_reservation, &self);
}

static void sizes(void)
{
    domid_t self = DOMID_SELF;

    CHECK_EQ(current_pages(), start_info->nr_pages);
    CHECK(HYPERCALL(memory_op, XENMEM_maximum_reservation, &self) >= current_pages());
    CHECK(HYPERCALL(memory_op, XENMEM_maximum_ram_page, 0) > 1024);
}

/* A page's frame goes back to the hypervisor and another comes in its place. */
static void down_and_up(void)
{
    char *page = page_alloc();
    uint64_t mfn = virt_to_mfn(page), pfn = ((unsigned long)page - VIRT_BASE) >> PAGE_SHIFT;
    xen_pfn_t extent = mfn;
    long before = current_pages();

    CHECK_EQ(remap(page, 0), 0);
    CHECK_EQ(reservation(XENMEM_decrease_reservation, &extent, 1, 0), 1);
    CHECK_EQ(current_pages(), before - 1);
    CHECK(HYPERCALL(update_va_mapping, page, WIDE(mfn << PAGE_SHIFT | PTE_DATA), UVMF_INVLPG) < 0 ||
          current_pages() == before - 1);
    extent = pfn;
    CHECK_EQ(reservation(XENMEM_populate_physmap, &extent, 1, 0), 1);
    CHECK_EQ(current_pages(), before);
    CHECK_EQ(((const unsigned long *)MACH2PHYS_VIRT_START)[extent], pfn);
    CHECK_EQ(HYPERCALL(update_va_mapping, page, WIDE((pte_t)extent << PAGE_SHIFT | PTE_DATA), UVMF_INVLPG), 0);
    *(volatile char *)page = 1;
}

/* A frame that the hypervisor shares with us is its own: however often we give it back, it isn't free. */
static void shared_frames(void)
{
    xen_pfn_t frame;
    struct gnttab_setup_table setup = { .dom = DOMID_SELF, .nr_frames = 1 };
    xen_pfn_t extent, extents[4] = { 0 };

    set_xen_guest_handle(setup.frame_list, &frame);
    CHECK_EQ(HYPERCALL(grant_table_op, GNTTABOP_setup_table, &setup, 1), 0);
    CHECK_EQ(setup.status, GNTST_okay);
    extent = frame;
    CHECK(reservation(XENMEM_decrease_reservation, &extent, 1, 0) >= 0);
    for (unsigned int i = 0; i < ARRAY_SIZE(extents); i++) {
        CHECK_EQ(reservation(XENMEM_increase_reservation, &extents[i], 1, 0), 1);
        CHECK(extents[i] != frame);
    }
    CHECK_EQ(reservation(XENMEM_decrease_reservation, extents, ARRAY_SIZE(extents), 0), ARRAY_SIZE(extents));
}

/* Scrubbed before it is given to a domain: a new frame holds nothing of its last owner. */
static void scrubbed(void)
{
    char *page = page_alloc();
    xen_pfn_t extent = virt_to_mfn(page);

    memset(page, 0x77, PAGE_SIZE);
    CHECK_EQ(remap(page, 0), 0);
    CHECK_EQ(reservation(XENMEM_decrease_reservation, &extent, 1, 0), 1);
    extent = ((unsigned long)page - VIRT_BASE) >> PAGE_SHIFT;
    CHECK_EQ(reservation(XENMEM_increase_reservation, &extent, 1, 0), 1);
    CHECK_EQ(HYPERCALL(update_va_mapping, page, WIDE((pte_t)extent << PAGE_SHIFT | PTE_DATA), UVMF_INVLPG), 0);
}

static void wrong_extents(void)
{
    xen_pfn_t extent = 1ul << 30;
    struct xen_memory_reservation r = { .nr_extents = 1, .domid = 1234 };

    CHECK_EQ(reservation(XENMEM_decrease_reservation, &extent, 1, 0), 0);
    CHECK(reservation(XENMEM_decrease_reservation, &extent, 1, 60) <= 0);
    CHECK(reservation(XENMEM_populate_physmap, &extent, 1, 63) <= 0);
    CHECK_EQ(HYPERCALL(memory_op, XENMEM_decrease_reservation, 0x1000), 0);    /* none done */
    CHECK_EQ(HYPERCALL(memory_op, XENMEM_decrease_reservation, &r), 0);
    CHECK_EQ(HYPERCALL(memory_op, XENMEM_increase_reservation, &r), 0);
    CHECK_EQ(reservation(XENMEM_increase_reservation, NULL, 1, 60), 0);
    CHECK_EQ(HYPERCALL(memory_op, 61, 0), -XEN_ENOSYS);
}

struct e820entry {
    uint64_t address, size;
    uint32_t type;
} __attribute__((packed));

/* The machine's map is domain 0's to read, in order and with some memory in it. */
static void machine_map(void)
{
    static struct e820entry entries[128];
    struct xen_memory_map map = { .nr_entries = 128 };
    uint64_t ram = 0;

    set_xen_guest_handle(map.buffer, (void *)entries);
    CHECK_EQ(HYPERCALL(memory_op, XENMEM_machine_memory_map, &map), 0);
    CHECK(map.nr_entries >= 2 && map.nr_entries <= 128);
    for (unsigned int i = 0; i < map.nr_entries; i++) {
        if (i)
            CHECK(entries[i].address >= entries[i - 1].address + entries[i - 1].size);
        if (entries[i].type == 1)
            ram += entries[i].size;
    }
    CHECK(ram > 64 << 20);
    map.nr_entries = 128;
    set_xen_guest_handle(map.buffer, (void *)0x1000);
    CHECK_EQ(HYPERCALL(memory_op, XENMEM_machine_memory_map, &map), -XEN_EFAULT);
}

static void machphys(void)
{
    struct xen_machphys_mapping mapping;

    CHECK_EQ(HYPERCALL(memory_op, XENMEM_machphys_mapping, &mapping), 0);
    CHECK_EQ(mapping.v_start, MACH2PHYS_VIRT_START);
    CHECK(mapping.v_end > mapping.v_start && mapping.v_end <= MACH2PHYS_VIRT_END);
    CHECK(mapping.max_mfn >= virt_to_mfn(page_alloc()));
}

/* Two frames exchanged for two others; the table of frames says which page has which. */
static void exchange(void)
{
    char *a = page_alloc();
    xen_pfn_t in = virt_to_mfn(a), out = ((unsigned long)a - VIRT_BASE) >> PAGE_SHIFT, pfn = out;
    struct xen_memory_exchange op = {
        .in = { .nr_extents = 1, .domid = DOMID_SELF }, .out = { .nr_extents = 1, .domid = DOMID_SELF },
    };
    long before = current_pages();

    set_xen_guest_handle(op.in.extent_start, &in);
    set_xen_guest_handle(op.out.extent_start, &out);
    CHECK_EQ(remap(a, 0), 0);
    CHECK_EQ(HYPERCALL(memory_op, XENMEM_exchange, &op), 0);
    CHECK_EQ(op.nr_exchanged, 1);
    CHECK_EQ(current_pages(), before);
    CHECK_EQ(((const unsigned long *)MACH2PHYS_VIRT_START)[out], pfn);
    CHECK_EQ(HYPERCALL(update_va_mapping, a, WIDE((pte_t)out << PAGE_SHIFT | PTE_DATA), UVMF_INVLPG), 0);
}

const struct test tests[] = {
    { "memory.sizes", sizes },
    { "memory.down_and_up", down_and_up },
    { "memory.shared_frames", shared_frames },
    { "memory.scrubbed", scrubbed },
    { "memory.wrong_extents", wrong_extents },
    { "memory.machine_map", machine_map },
    { "memory.machphys", machphys },
    { "memory.exchange", exchange },
    { "memory.no_map", no_map },
    { "memory.own_map", own_map },
    { "memory.childs_map", childs_map },
    { "memory.map_refusals", map_refusals },
    { "memory.reserved_memory", reserved_memory },
    { "memory.highest_page", highest_page },
    { "memory.sharing", sharing },
    { "memory.reverse_table", reverse_table },
    { "memory.for_control_only", for_control_only },
    { "memory.claimed", claimed },
    { "memory.claim_refusals", claim_refusals },
    { "memory.claim_honoured", claim_honoured },
    { "memory.shared_resource", shared_resource },
    { "memory.status_resource", status_resource },
    { "memory.resource_refusals", resource_refusals },
    { NULL, NULL },
};
