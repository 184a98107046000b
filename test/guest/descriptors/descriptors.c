/* SPDX-License-Identifier: GPL-2.0-only */
/* Descriptor tables of the guest: what may be in them, which frames may hold them, how selectors load. */
#include "test.h"

#include <public/errno.h>
#include <public/sched.h>

#define DATA_3  0x00cff3000000ffffull    /* ring 3 data, base 0, limit 4 GiB */
#ifdef __x86_64__
#define CODE_3  0x00affb000000ffffull    /* ring 3 code, of the kernel's width */
#else
#define CODE_3  0x00cffb000000ffffull
#endif
#define DATA_0  0x00cf93000000ffffull    /* ring 0 data */
#define CODE_0  0x00af9b000000ffffull    /* ring 0 code, 64-bit */
#define TSS_64  0x0000890000000067ull

static uint64_t *gdt;

static long set_gdt(unsigned int entries)
{
    xen_pfn_t frames[1] = { virt_to_mfn(gdt) };

    return HYPERCALL(set_gdt, frames, entries);
}

/* A table's frame must not be writable for us. */
static void frame_writable(void)
{
    gdt = page_alloc();
    gdt[1] = DATA_3;
    gdt[2] = CODE_3;
    CHECK_EQ(set_gdt(512), -XEN_EINVAL);
    CHECK_EQ(remap(gdt, PTE_PRESENT | PTE_USER), 0);
    CHECK_EQ(set_gdt(512), 0);
    CHECK_EQ(remap(gdt, PTE_DATA), -XEN_EBUSY);
}

static void load_fs(void *selector)
{
    asm volatile("mov %0, %%fs" : : "r"(selector));
}

static void selectors(void)
{
    struct fault fault;

    CHECK(!probe(&fault, load_fs, (void *)0xb));
    CHECK(!probe(&fault, load_fs, (void *)0));
    CHECK(probe(&fault, load_fs, (void *)0x23));        /* an empty entry */
    CHECK_EQ(fault.frame.vector, 13);
    CHECK_EQ(fault.frame.error, 0x20);
}

static long update(unsigned int entry, uint64_t descriptor)
{
    return HYPERCALL(update_descriptor, WIDE((virt_to_mfn(gdt) << PAGE_SHIFT) + entry * 8), WIDE(descriptor));
}

/* What would give the guest a ring it doesn't have is refused, or made harmless. */
static void contents(void)
{
    CHECK_EQ(update(5, DATA_3), 0);
    CHECK_EQ(gdt[5], DATA_3);
    CHECK_EQ(update(5, 0), 0);
    CHECK_EQ(update(6, TSS_64), -XEN_EINVAL);
    CHECK_EQ(gdt[6], 0);
    if (update(7, CODE_0) == 0)
        CHECK_EQ(gdt[7] >> 45 & 3, LEAST_RING);
    if (update(8, DATA_0) == 0)
        CHECK_EQ(gdt[8] >> 45 & 3, LEAST_RING);
}

static void refusals(void)
{
    xen_pfn_t other = virt_to_mfn((void *)start_info->pt_base);

    CHECK_EQ(HYPERCALL(set_gdt, &other, 512), -XEN_EINVAL);
    CHECK_EQ(set_gdt(8192), -XEN_EINVAL);
    CHECK_EQ(HYPERCALL(set_gdt, 0x1000, 512), -XEN_EFAULT);
    CHECK_EQ(HYPERCALL(update_descriptor, WIDE((virt_to_mfn(gdt) << PAGE_SHIFT) + 3), WIDE(DATA_3)), -XEN_EINVAL);
    CHECK_EQ(HYPERCALL(update_descriptor, WIDE(1ull << 50), WIDE(DATA_3)), -XEN_EINVAL);
    CHECK_EQ(HYPERCALL(update_descriptor, WIDE(start_info->pt_base), WIDE(DATA_3)), -XEN_EINVAL);
}

/* The hypervisor's own selectors stay what they are with a table of ours installed. */
static void reserved_selectors(void)
{
    uint16_t cs;

    asm volatile("mov %%cs, %0" : "=r"(cs));
    CHECK_EQ(cs, FLAT_KERNEL_CS);
}

static long set_ldt(const void *table, unsigned int entries)
{
    struct mmuext_op op = { .cmd = MMUEXT_SET_LDT, .arg1.linear_addr = (unsigned long)table,
                            .arg2.nr_ents = entries };

    return HYPERCALL(mmuext_op, &op, 1, 0, DOMID_SELF);
}

/* A local table is validated when it is first used; it then holds its frame as a descriptor table. */
static void local_table(void)
{
    uint64_t *ldt = page_alloc();
    struct fault fault;

    ldt[1] = DATA_3;
    CHECK_EQ(remap(ldt, PTE_PRESENT | PTE_USER), 0);
    CHECK_EQ(set_ldt(ldt, 512), 0);
    CHECK(!probe(&fault, load_fs, (void *)0xf));
    CHECK_EQ(remap(ldt, PTE_DATA), -XEN_EBUSY);
    load_fs(0);
    CHECK_EQ(set_ldt(NULL, 0), 0);
    CHECK(probe(&fault, load_fs, (void *)0xf));
    CHECK_EQ(fault.frame.vector, 13);
    CHECK_EQ(fault.frame.error, 0xc);
    CHECK_EQ(remap(ldt, PTE_DATA), 0);
    CHECK_EQ(set_ldt((char *)ldt + 8, 1), -XEN_EINVAL);
    CHECK_EQ(set_ldt(ldt, 8193), -XEN_EINVAL);
}

/* Where the kernel has no page of the table: a page fault at its own address of the table. */
static void local_table_absent(void)
{
    uint64_t *ldt = page_alloc();
    struct fault fault;

    CHECK_EQ(remap(ldt, 0), 0);
    CHECK_EQ(set_ldt(ldt, 512), 0);
    CHECK(probe(&fault, load_fs, (void *)0xf));
    CHECK_EQ(fault.frame.vector, 14);
    CHECK_EQ(fault.frame.error, 0);
    CHECK_EQ(fault.address, (char *)ldt + 8);
    CHECK_EQ(set_ldt(NULL, 0), 0);
    CHECK_EQ(remap(ldt, PTE_DATA), 0);
}

#ifdef __x86_64__
static uint64_t *shared_ldt;

/* Leaves a translation of the page that lets it be written, and its processor in our address space. */
static void touch_ldt(void *done)
{
    *(volatile uint64_t *)shared_ldt = 0;
    *(volatile bool *)done = true;
    for (;;)
        barrier();
}

static void iret_with_stack_segment(void *selector)
{
    asm volatile("mov %%rsp, %%rcx; push %0; push %%rcx; push $0x202; push %1; push $1f; push $0\n"
                 "jmp hypercall_page + 23 * 32; 1: mov %2, %%ecx; mov %%ecx, %%ss"
                 : : "r"(selector), "i"(RETURN_CS), "i"(FLAT_KERNEL_SS) : "rax", "rcx", "r11", "memory");
}

/*
 * The way back to the guest is the first to touch a local table that another CPU may still write: the hypervisor must
 * wait for that CPU before it takes the page as a table.
 */
static void local_table_first_used_by_iret(void)
{
    static volatile bool done;
    struct fault fault;

    shared_ldt = page_alloc();
    shared_ldt[1] = DATA_3;
    CHECK_EQ(start_vcpu(1, touch_ldt, (void *)&done), 0);
    while (!done)
        HYPERCALL(sched_op, SCHEDOP_yield, 0);
    CHECK_EQ(remap(shared_ldt, PTE_PRESENT | PTE_USER), 0);
    CHECK_EQ(set_ldt(shared_ldt, 512), 0);
    CHECK(!probe(&fault, iret_with_stack_segment, (void *)0xf));
    CHECK_EQ(remap(shared_ldt, PTE_DATA), -XEN_EBUSY);
    CHECK_EQ(set_ldt(NULL, 0), 0);
}
#endif

static void removed(void)
{
    load_fs(0);
    CHECK_EQ(HYPERCALL(set_gdt, 0, 0), 0);
    CHECK_EQ(remap(gdt, PTE_DATA), 0);
}

const struct test tests[] = {
    { "descriptors.frame_writable", frame_writable },
    { "descriptors.selectors", selectors },
    { "descriptors.contents", contents },
    { "descriptors.refusals", refusals },
    { "descriptors.reserved_selectors", reserved_selectors },
    { "descriptors.local_table", local_table },
    { "descriptors.local_table_absent", local_table_absent },
#ifdef __x86_64__
    { "descriptors.local_table_first_used_by_iret", local_table_first_used_by_iret },
#endif
    { "descriptors.removed", removed },
    { NULL, NULL },
};
