/* SPDX-License-Identifier: MIT */
/*
 * Addresses and page tables. Three kinds of numbers: a virtual address; a pseudo-physical frame number (pfn),
 * which counts the domain's memory from 0 without holes; a machine frame number (mfn), which is what page
 * tables and other domains understand. All memory that this kernel uses is mapped one to one: address =
 * VIRT_BASE + pfn * PAGE_SIZE.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include "arch.h"

typedef uint64_t pte_t;

#define PTE_PRESENT  0x001
#define PTE_WRITE    0x002
#define PTE_USER     0x004
#define PTE_ACCESSED 0x020
#define PTE_DIRTY    0x040
#define PTE_ADDRESS  0x000ffffffffff000ull

/* Find the hypervisor's table of which pfn is behind an mfn; call first, mfn_to_virt() needs it. */
void memory_tables_init(void);

/* Map all memory that we use and make the kernel's text read-only. */
void memory_init(void);

unsigned long virt_to_mfn(const void *address);
void *mfn_to_virt(unsigned long mfn);

/* Pages that are mapped, from VIRT_BASE on. */
unsigned long memory_pages(void);

/* Make a page of ours show another machine frame, one that the hypervisor shares with us; 0 or -XEN_E.... */
long page_show(void *page, unsigned long mfn);

/* Make a page of ours writable, or not; 0 or -XEN_E.... */
long page_protect(void *page, bool writable);

#endif
