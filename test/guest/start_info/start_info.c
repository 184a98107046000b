/* SPDX-License-Identifier: GPL-2.0-only */
/* What a domain finds when it starts: the start info page, its frames, its first page tables. */
#include "test.h"

static void fields(void)
{
    CHECK(!memcmp(start_info->magic, CAPABILITY, strlen(CAPABILITY)));
    CHECK(start_info->flags & SIF_PRIVILEGED);
    CHECK(start_info->flags & SIF_INITDOMAIN);
    CHECK(start_info->nr_pages > 1024);
    CHECK(!(start_info->shared_info & (PAGE_SIZE - 1)));
    CHECK(!((unsigned long)start_info & (PAGE_SIZE - 1)));
    CHECK(strlen((const char *)start_info->cmd_line) < MAX_GUEST_CMDLINE);
}

/* Start info, page tables, frame list and stack lie behind the image, in the order the interface gives. */
static void layout(void)
{
    unsigned long info = (unsigned long)start_info;

    CHECK(info >= (unsigned long)end);
    CHECK(start_info->mfn_list >= (unsigned long)end);
    CHECK(start_info->pt_base > info);
    CHECK(!(start_info->pt_base & (PAGE_SIZE - 1)));
    CHECK(start_info->nr_pt_frames >= TOP_LEVEL);
    CHECK_EQ(initial_rsp, start_info->pt_base + (start_info->nr_pt_frames + 1) * PAGE_SIZE);
}

/* Every frame of ours is listed once, and the hypervisor's reverse table agrees. */
static void frames(void)
{
    const unsigned long *list = (const unsigned long *)start_info->mfn_list;
    const unsigned long *reverse = (const unsigned long *)MACH2PHYS_VIRT_START;

    for (unsigned long pfn = 0; pfn < start_info->nr_pages; pfn++)
        if (reverse[list[pfn]] != pfn) {
            fail("frame %#lx of page %lu: reverse table says %#lx", list[pfn], pfn, reverse[list[pfn]]);
            return;
        }
}

/* The image is mapped page by page where the frame list says; 512 KiB are mapped behind the stack. */
static void mapping(void)
{
    for (char *at = (char *)VIRT_BASE + 0x100000; (unsigned long)at < initial_rsp + 0x80000; at += PAGE_SIZE) {
        pte_t entry = read_pte(at);

        CHECK(entry & PTE_PRESENT);
        if (at != (char *)shared)       /* that page of ours was remapped since */
            CHECK_EQ((entry & PTE_ADDRESS) >> PAGE_SHIFT, virt_to_mfn(at));
    }
}

static void write_word(void *address)
{
    *(volatile uint64_t *)address = *(volatile uint64_t *)address;
}

/* Page tables are mapped, and for reading only; the level 4 table can't be written by emulation either. */
static void tables_read_only(void)
{
    struct fault fault;

    for (unsigned long i = 0; i < start_info->nr_pt_frames; i++)
        CHECK(!(read_pte((char *)start_info->pt_base + i * PAGE_SIZE) & PTE_WRITE));
    CHECK(probe(&fault, write_word, (void *)start_info->pt_base));
    CHECK_EQ(fault.frame.vector, 14);
    CHECK_EQ(fault.frame.error, 3);
    CHECK_EQ(fault.address, start_info->pt_base);
}

/* %cr3 is read as the machine address of the first table. */
static void cr3(void)
{
    unsigned long value;

    asm volatile("mov %%cr3, %0" : "=r"(value));
    CHECK_EQ(xen_cr3_to_pfn(value), virt_to_mfn((void *)start_info->pt_base));
}

/* Upcalls start masked, no port is open, the other vcpus are blank. */
static void shared_info(void)
{
    CHECK_EQ(vcpu0->evtchn_upcall_mask, 1);
    for (unsigned int i = 0; i < ARRAY_SIZE(shared->evtchn_mask); i++)
        CHECK_EQ(shared->evtchn_pending[i], 0);
    CHECK(shared->wc_version || shared->wc_sec == 0);
    CHECK_EQ(vcpu0->time.version & 1, 0);
    CHECK(vcpu0->time.tsc_to_system_mul);
}

/* Selectors and flags of the first instruction's context. */
static void selectors(void)
{
    uint16_t cs, ss;
    unsigned long flags;

    asm volatile("mov %%cs, %0; mov %%ss, %1; pushf; pop %2" : "=r"(cs), "=r"(ss), "=r"(flags));
    CHECK_EQ(cs, FLAT_KERNEL_CS);
    CHECK_EQ(ss, FLAT_KERNEL_SS);
    CHECK_EQ(flags & 0x3000, 0);
}

const struct test tests[] = {
    { "start_info.fields", fields },
    { "start_info.layout", layout },
    { "start_info.frames", frames },
    { "start_info.mapping", mapping },
    { "start_info.tables_read_only", tables_read_only },
    { "start_info.cr3", cr3 },
    { "start_info.shared_info", shared_info },
    { "start_info.selectors", selectors },
    { NULL, NULL },
};
