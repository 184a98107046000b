/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine of main.c. */
#ifndef ASM_PAGE_H
#define ASM_PAGE_H
#include <xen/types.h>
#define PAGE_SHIFT 12
#define PAGE_SIZE  (1UL << PAGE_SHIFT)
#define PAGE_MASK  (~(PAGE_SIZE - 1))
#define PFN_UP(x)  (((x) + PAGE_SIZE - 1) >> PAGE_SHIFT)
#define PAGE_HYPERVISOR_RO 1
enum { FIX_EARLY_ACPI_FIRST, FIX_EARLY_ACPI_LAST = FIX_EARLY_ACPI_FIRST + 31 };
extern char *low_memory, window[];
void set_fixmap(unsigned slot, paddr_t at, uint64_t flags);
#define fix_to_virt(slot)  (window + (slot) * PAGE_SIZE)
#define __va(at)           ((void *)(low_memory + (at)))
#define virt_to_maddr(va)  ((paddr_t)((const char *)(va) - low_memory))
#endif
