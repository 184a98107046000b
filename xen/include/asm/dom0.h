/* SPDX-License-Identifier: GPL-2.0-only */
/* Making domain 0: arch/x86/setup/dom0*.c */
#ifndef ASM_DOM0_H
#define ASM_DOM0_H

#include <xen/elf.h>
#include <xen/layout.h>
#include <xen/sched.h>
#include <asm/boot.h>

/* A contiguous piece of domain 0's memory. */
struct dom0_chunk { unsigned long pfn, mfn, count; };
#define DOM0_MAX_CHUNKS 4096

struct dom0_build {
    struct domain *d;
    const struct boot_module *kernel_module, *initrd;   /* initrd NULL: none */
    void *unpacked;             /* the ELF image, of its own memory if unpacked_order is not -1 */
    size_t unpacked_size;
    int unpacked_order;
    struct elf_kernel kernel;
    struct layout layout;
    unsigned long nr_pages;
    unsigned nr_chunks;
    struct dom0_chunk *chunk;   /* ascending pfns, no gaps */
};

void dom0_create(void);                             /* domain, vcpus, rights, memory: panics on failure */

/* dom0_mem.c */
unsigned long dom0_nr_pages(unsigned long avail);   /* as dom0_mem= says; panics if it can't be had */
unsigned long dom0_max_pages(unsigned long nr);
void dom0_alloc_first(struct dom0_build *b, unsigned long up_to);
void dom0_alloc_rest(struct dom0_build *b);
unsigned long dom0_mfn(const struct dom0_build *b, unsigned long pfn);
static inline void *dom0_page(const struct dom0_build *b, unsigned long pfn)
{
    return mfn_to_virt(mfn(dom0_mfn(b, pfn)));
}

#endif
