/* SPDX-License-Identifier: MIT */
/* Exceptions, and the entry of events. */
#ifndef TRAP_H
#define TRAP_H

#define EXCEPTIONS      32      /* vectors that the processor may raise */
#define VECTOR_EVENT    32      /* numbers of ours for the other ways in */
#define VECTOR_FAILSAFE 33
#define STUB_SIZE       16      /* bytes between one exception's stub and the next */

#ifndef __ASSEMBLY__

#include "arch.h"

/* Entry points, in arch/start*.S. */
extern const char exception_stubs[], event_callback[], failsafe_callback[];

/* Tell the hypervisor where exceptions and events enter the kernel. */
void traps_init(void);

/* From the entry points: an exception or event has interrupted what frame describes. */
void trap(struct frame *frame);

/* Read or write a word; false if that faults. */
bool try_read(const void *address, unsigned long *value);
bool try_write(void *address, unsigned long value);

/* Raise a breakpoint exception; how many there have been. */
unsigned int breakpoint(void);

#endif
#endif
