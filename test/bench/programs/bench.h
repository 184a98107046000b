/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>

#define PAGE  4096
#define PAGES 64

/* The machine is switched off if something isn't as it must be. */
void need(int good, const char *what);

/* Wait for a child that must have succeeded. */
void reap(void);

/*
 * Ticks of the cheapest of some rounds, in each of which an operation is done some times; prepare and tidy, if there
 * are any, around each round.
 */
uint64_t cheapest(void (*operation)(void), unsigned times, void (*prepare)(void), void (*tidy)(void));

/* Print what an operation costs, or one of the equal parts that it consists of. */
void cost(const char *name, void (*operation)(void), unsigned times, unsigned parts);
void cost_prepared(const char *name, void (*operation)(void), unsigned times, unsigned parts, void (*prepare)(void),
                   void (*tidy)(void));
void print_cost(const char *name, uint64_t ticks);

/* Each measures one kind of operations. */
void calls(void);
void signals(void);
void processes(void);
void memory(void);
void messages(void);
void switches(void);
void workloads(void);

#endif
