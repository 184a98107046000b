/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scale WORKERS: as much work with one worker as with many, each on a virtual CPU of its own: "SCALE name nanoseconds" of an
 * operation, and how often a lock of the hypervisor had to be waited for meanwhile, if it counts that: "WAITS name count".
 */
#include <inttypes.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <xc.h>

#include "need.h"

#define FORKS          800
#define ROUND_TRIPS    800
#define TOUCHED        (256 * 4096)     /* of a process that forks, as of a small shell */
#define COUNTER        "locks: waited for"
#define MOST_COUNTERS  256
#define MOST_VALUES    4096

static unsigned int workers;

static void stay_on(unsigned int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    need(!sched_setaffinity(0, sizeof(set), &set), "affinity");
}

/* Runs it in a process on each of so many CPUs until all have ended. */
static void on_each(unsigned int cpus, void (*run)(unsigned int cpu))
{
    for (unsigned int cpu = 0; cpu < cpus; cpu++)
        if (!fork()) {
            stay_on(cpu);
            run(cpu);
            _exit(0);
        }
    for (unsigned int cpu = 0; cpu < cpus; cpu++) {
        int status;

        need(wait(&status) > 0 && !status, "worker");
    }
}

/* ---- work */

static void fork_share(unsigned int cpu)
{
    char *memory = malloc(TOUCHED);

    (void)cpu;
    need(memory != NULL, "malloc");
    memset(memory, 1, TOUCHED);
    for (unsigned int i = 0; i < FORKS / workers; i++) {
        pid_t child = fork();

        if (!child)
            _exit(0);
        need(child > 0 && waitpid(child, NULL, 0) == child, "fork");
    }
}

/* A byte to the next CPU and back, by which each wakes the other: an event each time. */
static void ping_pong_share(unsigned int cpu)
{
    int there[2], back[2];
    pid_t child;
    char c = 0;

    need(!pipe(there) && !pipe(back), "pipe");
    child = fork();
    need(child >= 0, "fork");
    if (!child) {
        stay_on((cpu + 1) % workers);
        close(there[1]);
        while (read(there[0], &c, 1) == 1 && write(back[1], &c, 1) == 1)
            ;
        _exit(0);
    }
    for (unsigned int i = 0; i < ROUND_TRIPS / workers; i++)
        need(write(there[1], &c, 1) == 1 && read(back[0], &c, 1) == 1, "pipe");
    close(there[1]);
    need(waitpid(child, NULL, 0) == child, "wait");
}

/* ---- measuring */

/* False if the hypervisor has no such counter. */
static int lock_waits(struct xc *xc, uint64_t *sum)
{
    static struct xen_sysctl_perfc_desc counters[MOST_COUNTERS];
    static xen_sysctl_perfc_val_t values[MOST_VALUES];
    uint32_t count = MOST_COUNTERS, room = MOST_VALUES, at = 0;

    if (xc_perf_counters(xc, false, &count, &room, counters, values))
        return 0;
    for (uint32_t i = 0; i < count; at += counters[i++].nr_vals)
        if (!strcmp(counters[i].name, COUNTER)) {
            *sum = 0;
            for (uint32_t v = 0; v < counters[i].nr_vals; v++)
                *sum += values[at + v];
            return 1;
        }
    return 0;
}

static uint64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * UINT64_C(1000000000) + t.tv_nsec;
}

static void measure(struct xc *xc, const char *name, void (*share)(unsigned int cpu), unsigned int operations)
{
    uint64_t before, after, begin;
    int counted = lock_waits(xc, &before);

    begin = now();
    on_each(workers, share);
    printf("SCALE %s %" PRIu64 "\n", name, (now() - begin) / operations);
    if (counted && lock_waits(xc, &after))
        printf("WAITS %s %" PRIu64 "\n", name, after - before);
    fflush(stdout);
}

int main(int count, char **arguments)
{
    struct xc *xc;

    workers = count == 2 ? strtoul(arguments[1], NULL, 10) : 0;
    need(workers && !xc_open(&xc), "scale WORKERS");
    measure(xc, "fork", fork_share, FORKS);
    measure(xc, "ping_pong", ping_pong_share, ROUND_TRIPS);
    printf("END\n");
    return 0;
}
