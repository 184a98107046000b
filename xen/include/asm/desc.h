/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descriptors. Each CPU has its own GDT page, placed at page 14 of every vcpu's GDT area, so that its
 * selectors are the public FLAT_* ones plus our own. Guests' own entries are pages 0..13.
 */
#ifndef ASM_DESC_H
#define ASM_DESC_H

#define FIRST_RESERVED_GDT_PAGE  14
#define FIRST_RESERVED_GDT_BYTE  (FIRST_RESERVED_GDT_PAGE * 4096)
#define FIRST_RESERVED_GDT_ENTRY (FIRST_RESERVED_GDT_BYTE / 8)

/* Selectors; the public ones of 64-bit guests are RING3_*, of 32-bit guests RING1_* and COMPAT_RING3_* */
#define HYPERVISOR_CS64 0xe008
#define HYPERVISOR_DS   0xe010
#define RING1_CS_SEL    0xe019
#define RING1_DS_SEL    0xe021
#define RING3_CS32_SEL  0xe023
#define RING3_DS_SEL    0xe02b
#define RING3_CS64_SEL  0xe033
/* Of 32-bit guests */
#define COMPAT_RING3_CS_SEL 0xe02b
#define COMPAT_RING3_DS_SEL 0xe033
#define TSS_SELECTOR    0xe040
#define LDT_SELECTOR    0xe050
#define PER_CPU_SELECTOR 0xe060

#ifndef __ASSEMBLER__
#include <xen/percpu.h>
typedef struct { uint32_t a, b; } desc_t;
typedef struct { uint64_t a, b; } idt_gate_t;
struct tss64 {
    uint32_t r0;
    uint64_t rsp[3], r1, ist[7], r2;
    uint16_t r3, iomap;
} packed_struct;
DECLARE_PER_CPU(desc_t *, gdt_page);          /* this CPU's page 14 for 64-bit guests and the idle loop */
DECLARE_PER_CPU(desc_t *, gdt_page_32);   /* the same for 32-bit guests: rings 1 and 3 have other selectors */
bool cpu_alloc_tables(unsigned cpu);         /* GDT pages and IDT of a CPU about to start; false: no memory */
DECLARE_PER_CPU(struct tss64, tss);
DECLARE_PER_CPU(idt_gate_t *, idt);
#define IST_DF  1
#define IST_NMI 2
#define IST_MCE 3
#define IST_DB  4
void load_guest_descriptors(void *vcpu);       /* lgdt with the vcpu's GDT area, LDT */
#endif
#endif
