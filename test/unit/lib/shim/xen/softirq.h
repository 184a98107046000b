/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_SOFTIRQ_H
#define SHIM_SOFTIRQ_H
enum softirq { TIMER_SOFTIRQ };
void open_softirq(enum softirq nr, void (*handler)(void));
void cpu_raise_softirq(unsigned cpu, enum softirq nr);
#endif
