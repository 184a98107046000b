/* SPDX-License-Identifier: MIT */
/*
 * Page tables. They hold machine frame numbers, so that the processor can use them as they are; that is safe
 * because the hypervisor checks every change: a page that is in use as a page table is mapped read-only, and
 * entries are changed by hypercalls. We read them through the one-to-one mapping.
 *
 * The domain starts with its first few MiB mapped, at least 512 KiB more than kernel and tables need. The
 * rest is ours to map, up to MEMORY_MAX: enough for this kernel, and below what one table of the second level
 * spans.
 */
#include "memory.h"

#include <public/memory.h>

#include "hypercall.h"
#include "page.h"
#include "print.h"
#include "start.h"

#define MEMORY_MAX    (64ul << 20)
#define TABLE_ENTRIES 512
#define TABLE_SPAN    (TABLE_ENTRIES * PAGE_SIZE)       /* of a table of the first level */
#define NO_FRAME      (~0ul)

static const unsigned long *machine_to_phys;
static unsigned long pages;

void memory_tables_init(void)
{
    struct xen_machphys_mapping mapping;
    long error = HYPERCALL(memory_op, XENMEM_machphys_mapping, &mapping);

    machine_to_phys = (const unsigned long *)(error ? MACH2PHYS_VIRT_START : mapping.v_start);
}

static unsigned long pfn_to_mfn(unsigned long pfn)
{
    return ((const unsigned long *)start_info->mfn_list)[pfn];
}

static void *pfn_to_virt(unsigned long pfn)
{
    return (void *)(VIRT_BASE + (pfn << PAGE_SHIFT));
}

static unsigned long virt_to_pfn(const void *address)
{
    return ((unsigned long)address - VIRT_BASE) >> PAGE_SHIFT;
}

unsigned long virt_to_mfn(const void *address)
{
    return pfn_to_mfn(virt_to_pfn(address));
}

void *mfn_to_virt(unsigned long mfn)
{
    return pfn_to_virt(machine_to_phys[mfn]);
}

unsigned long memory_pages(void)
{
    return pages;
}

/* The entry for an address in the table of some level, 1 the lowest; NULL when there is no such table. */
static pte_t *entry_of(const void *address, unsigned int level)
{
    pte_t *table = (pte_t *)start_info->pt_base, *entry;

    for (unsigned int at = PAGE_TABLE_LEVELS;; at--) {
        entry = &table[(unsigned long)address >> (PAGE_SHIFT + 9 * (at - 1)) & (TABLE_ENTRIES - 1)];
        if (at == level)
            return entry;
        if (!(*entry & PTE_PRESENT))
            return NULL;
        table = mfn_to_virt((*entry & PTE_ADDRESS) >> PAGE_SHIFT);
    }
}

static pte_t kernel_entry(unsigned long mfn)
{
    return (pte_t)mfn << PAGE_SHIFT | PTE_KERNEL;
}

long page_show(void *page, unsigned long mfn)
{
    return update_va_mapping(page, kernel_entry(mfn));
}

long page_protect(void *page, bool writable)
{
    pte_t entry = kernel_entry(virt_to_mfn(page));

    return update_va_mapping(page, writable ? entry : entry & ~(pte_t)PTE_WRITE);
}

/*
 * Change any entry of any page table: named by its machine address, where update_va_mapping needs it to map
 * something.
 */
static void write_entry(pte_t *entry, pte_t value)
{
    struct mmu_update update;

    update.ptr = (uint64_t)virt_to_mfn(entry) << PAGE_SHIFT | ((unsigned long)entry & (PAGE_SIZE - 1));
    update.ptr |= MMU_NORMAL_PT_UPDATE;
    update.val = value;
    if (HYPERCALL(mmu_update, &update, 1, NULL, DOMID_SELF))
        panic("the page-table entry at %p can't be %llx", entry, (unsigned long long)value);
}

/* Map what one table of the first level spans, where there is none yet, as far as there is memory. */
static void add_table(unsigned long pfn, unsigned long last)
{
    pte_t *table = page_alloc(1);

    if (!table)
        panic("no page for a page table");
    for (unsigned int i = 0; i < TABLE_ENTRIES; i++, pfn++)
        table[i] = pfn < last && pfn_to_mfn(pfn) != NO_FRAME ? kernel_entry(pfn_to_mfn(pfn)) : 0;
    /* A page can't be writable and a page table at the same time. */
    if (page_protect(table, false))
        panic("the new page table can't be made read-only");
    write_entry(entry_of(pfn_to_virt(pfn - 1), 2), (pte_t)virt_to_mfn(table) << PAGE_SHIFT | PTE_KERNEL);
}

static void map(unsigned long pfn, unsigned long last)
{
    void *address = pfn_to_virt(pfn);
    pte_t *entry = entry_of(address, 1);

    if (!entry)
        add_table(pfn, last);
    else if (!(*entry & PTE_PRESENT) && pfn_to_mfn(pfn) != NO_FRAME && page_show(address, pfn_to_mfn(pfn)))
        panic("the page at %p can't be mapped", address);
}

static bool is_mapped(unsigned long pfn)
{
    pte_t *entry = entry_of(pfn_to_virt(pfn), 1);

    return entry && *entry & PTE_PRESENT;
}

/*
 * Free pages are those below the image, and those above what the builder made, of which the boot stack is the
 * last.
 */
static void free_pages(unsigned long first, unsigned long last)
{
    for (unsigned long pfn = first; pfn < last; pfn++)
        if (is_mapped(pfn))
            page_free(pfn_to_virt(pfn), 1);
}

void memory_init(void)
{
    unsigned long used = virt_to_pfn((void *)start_info->pt_base) + start_info->nr_pt_frames;
    unsigned long start = used;

    pages = start_info->nr_pages < MEMORY_MAX >> PAGE_SHIFT ? start_info->nr_pages : MEMORY_MAX >> PAGE_SHIFT;
    if (used > pages)
        pages = used;
    while (start < pages && is_mapped(start))
        start++;
    free_pages(0, virt_to_pfn(text_start));
    free_pages(used, start);
    for (unsigned long pfn = start; pfn < pages; pfn++)
        map(pfn, pages);
    free_pages(start, pages);
    for (char *page = text_start; page < text_end; page += PAGE_SIZE)
        if (page_protect(page, false))
            panic("the kernel's text can't be made read-only");
}
