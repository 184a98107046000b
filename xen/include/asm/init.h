/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the boot order (arch/x86/setup/main.c) calls of the platform's rooms, in this order:
 *
 *   multiboot_parse, cmdline_parse, console_early_init      loader's data, options, output
 *   platform_early_init        exceptions, processor, image, ACPI tables
 *   [mm_boot_init]                                          uses e820
 *   platform_init                                           interrupt controllers, time; the heap must work
 *   [softirqs, timers, scheduler]
 *   platform_late_init                                      interrupts on, console input, recurring time work
 *   xpti_init, speculation_init                             isolation of guests chosen, the code patched for it
 *   smp_init, do_initcalls                                  other processors, each with its idle vcpu
 *   console_endboot                                         before domain 0 runs
 */
#ifndef ASM_INIT_H
#define ASM_INIT_H

#include <xen/types.h>

void platform_early_init(void);
void platform_init(void);
void platform_late_init(void);
struct domain;
/*
 * Domain 0 may use all ports and I/O memory but what the hypervisor drives itself. Called once all was given.
 */
int platform_hide_from_dom0(struct domain *d);

/* boot/ */
void e820_add(paddr_t addr, uint64_t size, uint32_t type);
void e820_finish(void);
void e820_print(void);
paddr_t e820_take_low_page(void);
void image_protect(void);
int parse_bool(const char *s);      /* 1, 0, -1: neither */
int parse_per_domain(const char *s, int *dom0_value, int *domu_value);

/* cpu/ */
void exception_table_init(void);
bool percpu_init_cpu(unsigned cpu); /* memory for its variables; false: none */
void mtrr_init(void);

/* irq/ */
void irq_init(void);                /* descriptors, vectors, 8259, I/O APICs */
void local_apic_init(void);         /* this CPU's */
void local_apic_boot_init(void);    /* mode, mapping, then the boot CPU's */

/* time/ */
void time_init(void);               /* platform timer, TSC and APIC timer rates, wall clock */
void time_init_secondary(void);     /* this CPU's scale and timer interrupt */
void time_start(void);              /* periodic calibration, once timers and softirqs work */

/* pv/xpti.c: choose isolation, and whether there is any; the boot CPU only is running */
bool xpti_init(void);
bool xpti_init_cpu(unsigned cpu, const void *stack);    /* one that is about to start; false: no memory */

/* mm/l1tf.c: choose whom to guard */
void l1tf_init(void);

/* smp/ */
void ipi_init(void);

#endif
