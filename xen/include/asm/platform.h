/* SPDX-License-Identifier: GPL-2.0-only */
/* What platform_op needs of the machine's rooms. */
#ifndef ASM_PLATFORM_H
#define ASM_PLATFORM_H

#include <xen/types.h>
#include <public/platform.h>

uint32_t cpu_apic_id(unsigned cpu);      /* arch/x86/smp */
uint32_t cpu_acpi_id(unsigned cpu);
/* arch/x86/boot/efi.c: a record of XEN_FW_EFI_INFO. -EINVAL: no such record, or no EFI; -ESRCH: none today; -EFAULT. */
long efi_get_info(uint32_t index, union xenpf_efi_info *info);
/* drivers/acpi: write PM1 control as domain 0's kernel has prepared it. 0 or -errno; S5 does not return. */
int acpi_enter_sleep(const struct xenpf_enter_acpi_sleep *op);
/*
 * arch/x86/cpu/resource.c: on that processor, one entry after the other until one is refused, which is told in it. How
 * many were not.
 */
unsigned platform_access_resources(unsigned cpu, struct xenpf_resource_entry *entries, unsigned n);
/* arch/x86/cpu/mtrr.c: memory types */
int platform_add_memtype(struct xenpf_add_memtype *op);
int platform_del_memtype(const struct xenpf_del_memtype *op);
int platform_read_memtype(struct xenpf_read_memtype *op);

#endif
