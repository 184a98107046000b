/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypervisor's virtual memory: slots 256 to 271 of every top-level page table; all else is the guest's.
 *
 *   0xffff800000000000  256 GB  machine-to-phys table, read-only, visible to guests (ABI)       slot 256
 *   0xffff820000000000  512 GB  per-domain: each vcpu's GDT and LDT                             slot 260
 *   0xffff828000000000   64 GB  vmap: ioremap, stacks with guard pages                          slot 261
 *   0xffff829000000000   64 GB  machine-to-phys table, writable                                 slot 261
 *   0xffff82a000000000   16 MB  machine-to-phys table of 32-bit guests, writable                slot 261
 *   0xffff82d000000000    1 GB  hypervisor image (linked at +2 MiB)                             slot 261
 *   0xffff82d040000000    1 GB  fixmap: one page each, local APIC, I/O APICs, HPET ...          slot 261
 *   0xffff82e000000000  128 GB  frame table: struct page_info of each frame                     slot 261
 *   0xffff830000000000    5 TB  direct map of all RAM                                           slots 262-271
 *
 * 32-bit guests live in the first 4 GiB, slot 0; there ours is the hole from 0xf5800000 on (ABI), of which the first
 * 16 MiB show their machine-to-phys table.
 */
#ifndef ASM_MEMMAP_H
#define ASM_MEMMAP_H

#ifdef __ASSEMBLER__
#define ADDR_(a) a
#else
#define ADDR_(a) a##UL
#endif

#define HYPERVISOR_SLOT_FIRST 256
#define HYPERVISOR_SLOT_LAST  271
#define PERDOMAIN_SLOT        260
#define RO_MPT_VIRT_START     ADDR_(0xffff800000000000)
#define RO_MPT_VIRT_END       ADDR_(0xffff804000000000)
#define PERDOMAIN_VIRT_START  ADDR_(0xffff820000000000)
#define VMAP_VIRT_START       ADDR_(0xffff828000000000)
#define VMAP_VIRT_END         ADDR_(0xffff829000000000)
#define RDWR_MPT_VIRT_START   ADDR_(0xffff829000000000)
#define XEN_VIRT_START        ADDR_(0xffff82d000000000)
#define XEN_VIRT_END          ADDR_(0xffff82d040000000)
#define FIXMAP_VIRT_START     ADDR_(0xffff82d040000000)
#define FRAMETABLE_VIRT_START ADDR_(0xffff82e000000000)
#define DIRECTMAP_VIRT_START  ADDR_(0xffff830000000000)
#define DIRECTMAP_VIRT_END    ADDR_(0xffff880000000000)
#define HYPERVISOR_START      ADDR_(0xffff800000000000)
#define HYPERVISOR_END        ADDR_(0xffff880000000000)

#define PAE_HOLE_START        ADDR_(0xf5800000)
#define PAE_M2P_END           ADDR_(0xf6800000)

/* Per-domain area: 32 pages a vcpu, 16 of GDT (14 the guest's, the 15th ours) and 16 of LDT. */
#define GDT_LDT_VCPU_SHIFT    17
#define GDT_VIRT_START(v)     (PERDOMAIN_VIRT_START + ((unsigned long)(v)->vcpu_id << GDT_LDT_VCPU_SHIFT))
#define LDT_VIRT_START(v)     (GDT_VIRT_START(v) + 0x10000)
#define PERDOMAIN_PTES        32                /* of a vcpu: its GDT's, then its LDT's */
#define LDT_PTE               16

#define STACK_ORDER           3                   /* 32 KiB a CPU, aligned to its size; cpu_info at the top */
#define STACK_SIZE            (4096 << STACK_ORDER)

#endif
