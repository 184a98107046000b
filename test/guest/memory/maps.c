/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memory_op's questions about where memory is: the map that a domain is given, devices' own places, the highest page,
 * what is shared, and the machine-to-phys table's frames. What is set and what comes back, for us and for a child, and
 * who is refused.
 */
#include "child.h"
#include "memory.h"

#include <public/sched.h>

#define RAM       1
#define RESERVED  2
#define MOST      1024          /* entries that a map may have */
#define READ_ONLY (PTE_PRESENT | PTE_USER)

struct entry {
    uint64_t address, size;
    uint32_t type;
} __attribute__((packed));

static const struct entry two[] = { { 0, 0x100000, RAM }, { 0x300000, 0x5000, RESERVED } };
static struct entry seen[MOST + 1];
static struct child child;

static long set_map(domid_t domain, const void *entries, unsigned int n)
{
    struct xen_foreign_memory_map map = { .domid = domain, .map.nr_entries = n };

    set_xen_guest_handle(map.map.buffer, (void *)entries);
    return HYPERCALL(memory_op, XENMEM_set_memory_map, &map);
}

/* Into seen; the number of entries or an error. */
static long get_map(unsigned int room)
{
    struct xen_memory_map map = { .nr_entries = room };
    long error;

    memset(seen, 0xee, sizeof(seen));
    set_xen_guest_handle(map.buffer, (void *)seen);
    error = HYPERCALL(memory_op, XENMEM_memory_map, &map);
    return error ? error : (long)map.nr_entries;
}

/* Domain 0 reads the machine's map instead: it was given none. */
void no_map(void)
{
    CHECK_EQ(get_map(MOST), -XEN_ENOSYS);
}

/* Set, replaced by another, and by one without entries: that is none. */
void own_map(void)
{
    static struct entry many[MOST];
    struct xen_memory_map map = { .nr_entries = MOST };

    CHECK_EQ(set_map(DOMID_SELF, two, 2), 0);
    CHECK_EQ(get_map(MOST), 2);
    CHECK(!memcmp(seen, two, sizeof(two)));
    CHECK_EQ(seen[2].type, 0xeeeeeeee);
    CHECK_EQ(get_map(1), 1);
    CHECK(!memcmp(seen, two, sizeof(*two)));
    CHECK_EQ(seen[1].type, 0xeeeeeeee);
    for (unsigned int i = 0; i < MOST; i++)
        many[i] = (struct entry){ (uint64_t)i << 32, i + 1, RAM };
    CHECK_EQ(set_map(DOMID_SELF, many, MOST), 0);
    CHECK_EQ(get_map(MOST), MOST);
    CHECK(!memcmp(seen, many, sizeof(many)));
    set_xen_guest_handle(map.buffer, (void *)0x1000);
    CHECK_EQ(HYPERCALL(memory_op, XENMEM_memory_map, &map), -XEN_EFAULT);
    CHECK_EQ(HYPERCALL(memory_op, XENMEM_memory_map, 0x1000), -XEN_EFAULT);
    CHECK_EQ(set_map(DOMID_SELF, many, 0), 0);
    CHECK_EQ(get_map(MOST), -XEN_ENOSYS);
}

static long answer[8];

static void ask_for_map(void *unused)
{
    (void)unused;
    answer[0] = get_map(MOST);
    answer[1] = set_map(DOMID_SELF, two, 1);
}

/* It sees the one it was given, and may set one of its own. */
void childs_map(void)
{
    CHECK_EQ(child_create(&child, 1), 0);
    CHECK_EQ(set_map(child.id, two, 2), 0);
    CHECK_EQ(child_build(&child, ask_for_map, NULL), 0);
    CHECK_EQ(child_wait(&child), SHUTDOWN_poweroff);
    CHECK(child_read(&child, seen, sizeof(seen)));
    CHECK(child_read(&child, answer, sizeof(answer)));
    CHECK_EQ(answer[0], 2);
    CHECK(!memcmp(seen, two, sizeof(two)));
    CHECK_EQ(answer[1], 0);
    CHECK(child_destroy(&child));
    CHECK_EQ(child_run(&child, ask_for_map, NULL), SHUTDOWN_poweroff);
    CHECK(child_read(&child, answer, sizeof(answer)));
    CHECK_EQ(answer[0], -XEN_ENOSYS);
    CHECK(child_destroy(&child));
}

/* A refused map leaves the one there was. */
void map_refusals(void)
{
    CHECK_EQ(set_map(DOMID_SELF, two, 2), 0);
    CHECK_EQ(set_map(DOMID_SELF, seen, MOST + 1), -XEN_EINVAL);
    CHECK_EQ(set_map(DOMID_IO, two, 2), -XEN_ESRCH);
    CHECK_EQ(set_map(DOMID_XEN, two, 2), -XEN_ESRCH);
    CHECK_EQ(set_map(DOMID_SELF, two, ~0u), -XEN_EINVAL);
    CHECK_EQ(set_map(DOMID_SELF, (void *)0x1000, 2), -XEN_EFAULT);
    CHECK_EQ(set_map(1234, two, 2), -XEN_ESRCH);
    CHECK_EQ(get_map(MOST), 2);
    CHECK(!memcmp(seen, two, sizeof(two)));
    CHECK_EQ(set_map(DOMID_SELF, NULL, 0), 0);
}

/* No device has memory of its own at a fixed place. */
void reserved_memory(void)
{
    static xen_reserved_device_memory_t regions[4];
    struct xen_reserved_device_memory_map map = { .flags = XENMEM_RDM_ALL, .nr_entries = ARRAY_SIZE(regions) };

    set_xen_guest_handle(map.buffer, regions);
    CHECK_EQ(HYPERCALL(memory_op, XENMEM_reserved_device_memory_map, &map), 0);
    CHECK_EQ(map.nr_entries, 0);
    map = (struct xen_reserved_device_memory_map){ .dev.pci.devfn = 8 };
    CHECK_EQ(HYPERCALL(memory_op, XENMEM_reserved_device_memory_map, &map), 0);
    CHECK_EQ(map.nr_entries, 0);
    for (uint32_t flag = XENMEM_RDM_ALL << 1; flag; flag <<= 1) {
        map.flags = flag;
        CHECK_EQ(HYPERCALL(memory_op, XENMEM_reserved_device_memory_map, &map), -XEN_EINVAL);
    }
}

/* What the domain itself says in its shared page. */
void highest_page(void)
{
    unsigned long before = shared->arch.max_pfn;
    domid_t self = DOMID_SELF, nobody = 1234;

    shared->arch.max_pfn = 4711;
    CHECK_EQ(HYPERCALL(memory_op, XENMEM_maximum_gpfn, &self), 4710);
    shared->arch.max_pfn = 1;
    CHECK_EQ(HYPERCALL(memory_op, XENMEM_maximum_gpfn, &self), 0);
    shared->arch.max_pfn = 0;
    CHECK_EQ(HYPERCALL(memory_op, XENMEM_maximum_gpfn, &self), 0);
    shared->arch.max_pfn = before;
    CHECK_EQ(HYPERCALL(memory_op, XENMEM_maximum_gpfn, &nobody), -XEN_ESRCH);
}

void sharing(void)
{
    CHECK_EQ(HYPERCALL(memory_op, XENMEM_get_sharing_freed_pages, 0), 0);
    CHECK_EQ(HYPERCALL(memory_op, XENMEM_get_sharing_shared_pages, 0), 0);
}

/* The number of frames that come back, or an error. */
static long table_frames(unsigned int op, xen_pfn_t *frames, unsigned int room)
{
    struct xen_machphys_mfn_list list = { .max_extents = room };
    long error;

    set_xen_guest_handle(list.extent_start, frames);
    error = HYPERCALL(memory_op, op, &list);
    return error ? error : (long)list.nr_extents;
}

/* Its frames, one for 2 MiB of the table, show what we see at its address; no more than there is room for. */
void reverse_table(void)
{
    const unsigned long *reverse = (const unsigned long *)MACH2PHYS_VIRT_START;
    const unsigned int each = PAGE_SIZE / sizeof(*reverse);
    const unsigned int op = sizeof(long) == 4 ? XENMEM_machphys_compat_mfn_list : XENMEM_machphys_mfn_list;
    const volatile unsigned long *window = page_alloc();
    unsigned long mfn = virt_to_mfn(page_alloc());
    xen_pfn_t frames[8] = { 0 }, again[8] = { 0 }, frame;

    CHECK_EQ(table_frames(op, frames, 0), 0);
    CHECK_EQ(frames[0], 0);
    CHECK_EQ(table_frames(op, frames, ARRAY_SIZE(frames)), 1);
    CHECK_EQ(table_frames(XENMEM_machphys_mfn_list, again, 1), 1);
    CHECK_EQ(again[0], frames[0]);
    CHECK_EQ(again[1], 0);
    frame = frames[0] + mfn / each;
    CHECK_EQ(HYPERCALL(update_va_mapping_otherdomain, window, WIDE((pte_t)frame << PAGE_SHIFT | READ_ONLY), UVMF_INVLPG,
                       DOMID_XEN), 0);
    CHECK_EQ(window[mfn % each], reverse[mfn]);
    CHECK_EQ(remap((void *)window, PTE_DATA), 0);
    CHECK(HYPERCALL(update_va_mapping_otherdomain, window, WIDE((pte_t)frame << PAGE_SHIFT | PTE_DATA), UVMF_INVLPG,
                    DOMID_XEN) < 0);
    CHECK_EQ(table_frames(op, (xen_pfn_t *)0x1000, 1), -XEN_EFAULT);
}

static const unsigned int control_only[] = {
    XENMEM_set_memory_map, XENMEM_machine_memory_map, XENMEM_claim_pages, XENMEM_maximum_gpfn, XENMEM_acquire_resource,
    XENMEM_machphys_mfn_list, XENMEM_machphys_compat_mfn_list,
};

/* About domain 0, whose number is 0 in each of their structures. */
static void ask_about_domain_0(void *unused)
{
    static union {
        struct xen_mem_acquire_resource resource;
        char room[PAGE_SIZE];
    } op;

    (void)unused;
    for (unsigned int i = 0; i < ARRAY_SIZE(control_only); i++) {
        memset(&op, 0, sizeof(op));
        if (control_only[i] == XENMEM_acquire_resource)
            op.resource.type = XENMEM_resource_grant_table;
        answer[i] = HYPERCALL(memory_op, control_only[i], &op);
    }
}

/* A domain without privilege is refused what is about the machine, and about others. Debian's tells it the last two. */
void for_control_only(void)
{
    CHECK_EQ(child_run(&child, ask_about_domain_0, NULL), SHUTDOWN_poweroff);
    CHECK(child_read(&child, answer, sizeof(answer)));
    for (unsigned int i = 0; i < ARRAY_SIZE(control_only); i++)
        if (answer[i] != -XEN_EPERM && (tells_why() || i < ARRAY_SIZE(control_only) - 2))
            fail("operation %u: %ld", control_only[i], answer[i]);
    CHECK(child_destroy(&child));
}
