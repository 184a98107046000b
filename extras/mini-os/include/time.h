/* SPDX-License-Identifier: MIT */
/* Time in nanoseconds since the hypervisor started, and the timer. */
#ifndef TIME_H
#define TIME_H

#include "types.h"

#define MILLISECOND 1000000ull
#define SECOND      1000000000ull
#define NEVER       (~0ull)

/* Bind the timer's interrupt. */
void time_init(void);

uint64_t time_now(void);

/* Seconds since 1970. */
uint64_t time_of_day(void);

/* How long this virtual CPU has been running. */
uint64_t time_running(void);

/* Interrupt at a time, or NEVER. */
void timer_set(uint64_t deadline);

#endif
