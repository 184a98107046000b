/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages of our own, and the page tables that the hypervisor built for us. */
#include "test.h"

#define POOL_PAGES 512

static char pool[POOL_PAGES][PAGE_SIZE] __attribute__((aligned(4096)));
static unsigned int pool_used;

void *page_alloc(void)
{
    if (pool_used == POOL_PAGES)
        fail("test kernel is out of pages");
    return pool[pool_used++ % POOL_PAGES];
}

uint64_t virt_to_mfn(const void *address)
{
    return ((const unsigned long *)start_info->mfn_list)[((unsigned long)address - VIRT_BASE) >> PAGE_SHIFT];
}

void *mfn_to_virt(uint64_t mfn)
{
    return (void *)(VIRT_BASE + (((const unsigned long *)MACH2PHYS_VIRT_START)[mfn] << PAGE_SHIFT));
}

pte_t *entry_of(const void *address, int level)
{
    pte_t *table = (pte_t *)start_info->pt_base;

    for (int at = TOP_LEVEL;; at--) {
        pte_t *entry = table + ((unsigned long)address >> (3 + 9 * at) & 511);

        if (at == level || !(*entry & PTE_PRESENT) || (*entry & PTE_PSE && at < TOP_LEVEL))
            return entry;
        table = mfn_to_virt((*entry & PTE_ADDRESS) >> PAGE_SHIFT);
    }
}

pte_t *pte_of(const void *address)
{
    return entry_of(address, 1);
}

pte_t read_pte(const void *address)
{
    return *pte_of(address);
}

uint64_t pte_machine(const void *address)
{
    pte_t *entry = pte_of(address);

    return virt_to_mfn(entry) << PAGE_SHIFT | ((unsigned long)entry & (PAGE_SIZE - 1));
}

long remap(void *address, uint64_t flags)
{
    uint64_t mfn = flags & PTE_PRESENT ? virt_to_mfn(address) : 0;

    return HYPERCALL(update_va_mapping, address, WIDE(mfn << PAGE_SHIFT | flags), UVMF_INVLPG);
}
