/* SPDX-License-Identifier: GPL-2.0-only */
/* Virtual CPU 1 beside our own: for tests whose two sides run at the same time, as often as they like. */
#ifndef BESIDE_H
#define BESIDE_H

#include <stdbool.h>

/* Let it run body(argument), with traps installed, once it is through with the last one. 0 or an error. */
long run_beside(void (*body)(void *), void *argument);
/* Wait till it is through. False: it is not, the test has failed. */
bool ended_beside(void);

/* Both sides come here equally often, and go on at once when both are here. False: the other doesn't come. */
bool meet(void);

/* In loops that wait for the other side or vie with it: an emulator with one thread for all CPUs turns to the next. */
static inline void relax(void)
{
    asm volatile("pause" : : : "memory");
}

#endif
