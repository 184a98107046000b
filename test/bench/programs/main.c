/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The first process of a machine that is measured: what a kernel's operations cost, in ticks of the TSC, one line each:
 * "COST name ticks". Then the machine is switched off.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <x86intrin.h>

#include "bench.h"

#define ROUNDS 7
#define TOUCHED_PAGES 256       /* of a process that forks, as of a small shell */

void need(int good, const char *what)
{
    if (good)
        return;
    printf("FAIL %s\n", what);
    fflush(stdout);
    reboot(RB_POWER_OFF);
}

void reap(void)
{
    int status;

    need(wait(&status) > 0 && !status, "child");
}

static uint64_t round_of(void (*operation)(void), unsigned times)
{
    uint64_t begin = __rdtsc();

    for (unsigned i = 0; i < times; i++)
        operation();
    return __rdtsc() - begin;
}

uint64_t cheapest(void (*operation)(void), unsigned times, void (*prepare)(void), void (*tidy)(void))
{
    uint64_t least = UINT64_MAX;

    for (unsigned i = 0; i < ROUNDS; i++) {
        uint64_t ticks;

        if (prepare)
            prepare();
        ticks = round_of(operation, times);
        least = ticks < least ? ticks : least;
        if (tidy)
            tidy();
    }
    return least;
}

void print_cost(const char *name, uint64_t ticks)
{
    printf("COST %s %lu\n", name, ticks);
    fflush(stdout);             /* no child is to inherit it */
}

void cost_prepared(const char *name, void (*operation)(void), unsigned times, unsigned parts, void (*prepare)(void),
                   void (*tidy)(void))
{
    print_cost(name, cheapest(operation, times, prepare, tidy) / times / parts);
}

void cost(const char *name, void (*operation)(void), unsigned times, unsigned parts)
{
    cost_prepared(name, operation, times, parts, NULL, NULL);
}

int main(int count, char **arguments)
{
    char *touched;

    if (count > 1 && !strcmp(arguments[1], "exit"))
        return 0;
    touched = malloc(TOUCHED_PAGES * PAGE);
    need(touched != NULL, "malloc");
    memset(touched, 1, TOUCHED_PAGES * PAGE);
    calls();
    signals();
    processes();
    memory();
    messages();
    switches();
    workloads();
    printf("END\n");
    fflush(stdout);
    reboot(RB_POWER_OFF);
    return 0;
}
