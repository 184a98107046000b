/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages, page-table entries, and the direct map. */
#ifndef ASM_PAGE_H
#define ASM_PAGE_H

#include <asm/memmap.h>
#define PAGE_SHIFT 12
#define PAGE_SIZE  (1 << PAGE_SHIFT)
#ifndef __ASSEMBLER__
#include <xen/frame.h>
#undef PAGE_SIZE
#define PAGE_SIZE  (1UL << PAGE_SHIFT)
#define PAGE_MASK  (~(PAGE_SIZE - 1))
#define PFN_UP(x)   (((x) + PAGE_SIZE - 1) >> PAGE_SHIFT)
#define PFN_DOWN(x) ((x) >> PAGE_SHIFT)
#define PADDR_BITS  52
#define PADDR_MASK  ((1UL << PADDR_BITS) - 1)

/* One entry of any level. Bits: Intel SDM vol. 3, 4.5. */
typedef uint64_t pte_t;
#define _PAGE_PRESENT  0x001UL
#define _PAGE_RW       0x002UL
#define _PAGE_USER     0x004UL
#define _PAGE_PWT      0x008UL
#define _PAGE_PCD      0x010UL
#define _PAGE_ACCESSED 0x020UL
#define _PAGE_DIRTY    0x040UL
#define _PAGE_PSE      0x080UL        /* levels 2 and 3 */
#define _PAGE_PAT      0x080UL        /* level 1 */
#define _PAGE_GLOBAL   0x100UL
#define _PAGE_AVAIL    0xe00UL        /* software's */
#define _PAGE_NX       (1UL << 63)
/*
 * Ours, in bits that guests see but the processor ignores. 64-bit guest kernels run in ring 3, so all their
 * mappings must be user ones: a level 1 entry that the guest made without _PAGE_USER is marked GUEST_KERNEL
 * and never global, all others are made global to survive a change between the guest's kernel and user
 * tables.
 */
#define _PAGE_GUEST_KERNEL (1UL << 52)
#define _PAGE_GRANT        (1UL << 53)  /* level 1: a grant's, which holds the frame's references */
#define PTE_ADDR_MASK  0x000ffffffffff000UL
/* An entry of level 2 with _PAGE_PSE: where PAT is, and the frame; what is between must be 0. */
#define _PAGE_PAT_LARGE (1UL << 12)
#define LARGE_ADDR_MASK 0x000fffffffe00000UL

#define PAGE_HYPERVISOR    (_PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED | _PAGE_DIRTY | _PAGE_GLOBAL | _PAGE_NX)
#define PAGE_HYPERVISOR_RO (_PAGE_PRESENT | _PAGE_ACCESSED | _PAGE_DIRTY | _PAGE_GLOBAL | _PAGE_NX)
#define PAGE_HYPERVISOR_RX (_PAGE_PRESENT | _PAGE_ACCESSED | _PAGE_DIRTY | _PAGE_GLOBAL)
#define PAGE_HYPERVISOR_UC (PAGE_HYPERVISOR | _PAGE_PCD | _PAGE_PWT)

static always_inline mfn_t pte_mfn(pte_t e) { return mfn((e & PTE_ADDR_MASK) >> PAGE_SHIFT); }
static always_inline pte_t pte_make(mfn_t m, uint64_t flags) { return (m.n << PAGE_SHIFT) | flags; }
static always_inline uint64_t pte_flags(pte_t e) { return e & ~PTE_ADDR_MASK; }
#define PT_ENTRIES 512
/* Index into the table of a level (1..4) for a virtual address. */
#define pt_index(va, level) (((unsigned long)(va) >> (12 + 9 * ((level) - 1))) & 511)

/* Direct map: every frame of RAM is always mapped. */
#define __va(ma)       ((void *)((unsigned long)(ma) + DIRECTMAP_VIRT_START))
#define mfn_to_virt(m) __va((m).n << PAGE_SHIFT)
/* Machine address of a direct-map or image address. */
paddr_t virt_to_maddr(const void *va);
#define __pa(va)        virt_to_maddr(va)
#define virt_to_mfn(va) mfn(virt_to_maddr(va) >> PAGE_SHIFT)
#define clear_page(p)   memset(p, 0, PAGE_SIZE)
#define copy_page(d, s) memcpy(d, s, PAGE_SIZE)
#define is_canonical(va) (((long)((unsigned long)(va) << 16) >> 16) == (long)(va))

/*
 * The hypervisor's own mappings (top-level table idle_pg_table), after boot. flags: PAGE_HYPERVISOR_*. 0 or
 * -ENOMEM
 */
extern pte_t idle_pg_table[PT_ENTRIES];
int map_pages(unsigned long va, mfn_t m, unsigned long count, uint64_t flags);
void unmap_pages(unsigned long va, unsigned long count);
void *ioremap(paddr_t ma, size_t size);             /* uncached, into the vmap area; NULL */
void iounmap(void *va, size_t size);
void *vmap_frames(const mfn_t *mfns, unsigned count); /* contiguous view, cached; NULL */
void vunmap_frames(void *va, unsigned count);
enum fixmap { FIX_APIC, FIX_HPET, FIX_VGA_FIRST, FIX_VGA_LAST = FIX_VGA_FIRST + 15, FIX_EARLY_ACPI_FIRST,
              FIX_EARLY_ACPI_LAST = FIX_EARLY_ACPI_FIRST + 31, FIX_IOAPIC_FIRST,
              FIX_IOAPIC_LAST = FIX_IOAPIC_FIRST + 63,
              FIX_EHCI, NR_FIXMAP };
#define fix_to_virt(i) (FIXMAP_VIRT_START + ((unsigned long)(i) << PAGE_SHIFT))
void set_fixmap(unsigned idx, paddr_t ma, uint64_t flags);
#endif
#endif
