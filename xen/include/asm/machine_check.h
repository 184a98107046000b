/* SPDX-License-Identifier: GPL-2.0-only */
/* Machine checks: errors that the hardware reports. Registers: Intel SDM vol. 3B, "Machine-Check Architecture". */
#ifndef ASM_MACHINE_CHECK_H
#define ASM_MACHINE_CHECK_H

#include <xen/types.h>

#define MSR_MCG_CAP    0x179
#define MSR_MCG_STATUS 0x17a
#define MSR_MCG_CTL    0x17b
#define MSR_MC0_CTL    0x400            /* CTL, STATUS, ADDR, MISC of each bank */

struct cpu_user_regs;

void machine_check_init(void);                      /* this CPU; tells of what it finds from before the boot */
/* The exception's handler. Returns if whatever was interrupted can go on, or was a guest and is crashed. */
void machine_check(struct cpu_user_regs *regs);

#endif
