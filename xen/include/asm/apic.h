/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The local APIC, memory-mapped or by MSR (x2APIC). Registers: Intel SDM vol. 3, chapter 11.
 * arch/x86/irq/apic.c
 */
#ifndef ASM_APIC_H
#define ASM_APIC_H

#include <xen/cpumask.h>
#include <asm/irq.h>
#include <asm/page.h>
#include <asm/processor.h>

#define APIC_ID       0x20
#define APIC_VERSION  0x30
#define APIC_TPR      0x80
#define APIC_EOI      0xb0
#define APIC_LDR      0xd0
#define APIC_DFR      0xe0
#define APIC_SPIV     0xf0
#define APIC_ISR      0x100
#define APIC_ESR      0x280
#define APIC_ICR      0x300
#define APIC_ICR2     0x310
#define APIC_LVTT     0x320
#define APIC_LVTTHMR  0x330
#define APIC_LVTPC    0x340
#define APIC_LVT0     0x350
#define APIC_LVT1     0x360
#define APIC_LVTERR   0x370
#define APIC_TMICT    0x380
#define APIC_TMCCT    0x390
#define APIC_TDCR     0x3e0

#define APIC_SPIV_ENABLE   0x100
#define APIC_LVT_MASKED    0x10000
#define APIC_LVT_LEVEL     0x8000
#define APIC_TIMER_DEADLINE 0x40000
#define APIC_DM_FIXED      0x000
#define APIC_DM_NMI        0x400
#define APIC_DM_INIT       0x500
#define APIC_DM_STARTUP    0x600
#define APIC_DM_EXTINT     0x700
#define APIC_ICR_BUSY      0x1000
#define APIC_INT_ASSERT    0x4000
#define APIC_INT_LEVEL     0x8000
#define APIC_TDR_DIV_1     0xb
#define APIC_TDR_DIV_16    0x3

#define MSR_X2APIC(reg)    (0x800 + ((reg) >> 4))
#define MSR_TSC_DEADLINE   0x6e0
#define APIC_BASE_ENABLE   (1UL << 11)
#define APIC_BASE_X2APIC   (1UL << 10)

extern bool x2apic_mode;

static always_inline void apic_write(unsigned reg, uint32_t v)
{
    if (x2apic_mode)
        wrmsr(MSR_X2APIC(reg), v);
    else
        *(volatile uint32_t *)(fix_to_virt(FIX_APIC) + reg) = v;
}
static always_inline uint32_t apic_read(unsigned reg)
{
    if (x2apic_mode)
        return rdmsr(MSR_X2APIC(reg));
    return *(volatile uint32_t *)(fix_to_virt(FIX_APIC) + reg);
}
static always_inline void ack_apic_irq(void) { apic_write(APIC_EOI, 0); }

uint32_t this_apic_id(void);
/* Command to another CPU's local APIC; delivery mode and vector in low. */
void apic_icr_write(uint32_t low, uint32_t dest_apic_id);
void send_ipi(unsigned cpu, uint8_t vector);
void send_IPI_mask(const cpumask_t *set, uint8_t vector);    /* all but this CPU */
extern uint32_t cpu_to_apicid[];

#endif
