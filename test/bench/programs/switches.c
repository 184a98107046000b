/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Switches between processes that stand in a ring: each waits for a byte from the one before, looks at all of its own
 * data, and sends the byte on. What one process alone takes for that is not counted.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define PROCESSES_MAX 16
#define TRIPS 10

static int ring[PROCESSES_MAX][2];      /* pipe i: what process i reads */
static unsigned processes_now;
static long *data;
static size_t words;

static void get_data(size_t size)
{
    words = size / sizeof(*data);
    data = calloc(words + 1, sizeof(*data));
    need(data != NULL, "calloc");
    memset(data, 1, size);
}

static void look_at_data(void)
{
    long sum = 0;

    for (size_t i = 0; i < words; i++)
        sum += data[i];
    asm volatile("" : : "r"(sum));
}

static void take(unsigned self)
{
    char c;

    need(read(ring[self][0], &c, 1) == 1, "ring");
    look_at_data();
}

static void give(unsigned self)
{
    char c = 0;

    need(write(ring[(self + 1) % processes_now][1], &c, 1) == 1, "ring");
}

/* Once round: as many switches as there are processes. */
static void trip(void)
{
    give(0);
    take(0);
}

static void pass_on(unsigned self, size_t size)
{
    get_data(size);
    for (;;) {
        take(self);
        give(self);
    }
}

/* For each process in a ring of so many. */
static uint64_t ring_cost(unsigned processes, size_t size)
{
    pid_t others[PROCESSES_MAX];
    uint64_t ticks;

    processes_now = processes;
    for (unsigned i = 0; i < processes; i++)
        need(!pipe(ring[i]), "pipe");
    get_data(size);
    for (unsigned i = 1; i < processes; i++) {
        others[i] = fork();
        if (!others[i])
            pass_on(i, size);
    }
    ticks = cheapest(trip, TRIPS, NULL, NULL) / TRIPS / processes;
    for (unsigned i = 1; i < processes; i++)
        need(!kill(others[i], SIGKILL) && waitpid(others[i], NULL, 0) == others[i], "end of the ring");
    for (unsigned i = 0; i < processes; i++) {
        close(ring[i][0]);
        close(ring[i][1]);
    }
    free(data);
    return ticks;
}

static void cost_of_switch(const char *name, unsigned processes, size_t size)
{
    print_cost(name, ring_cost(processes, size) - ring_cost(1, size));
}

void switches(void)
{
    cost_of_switch("switch_2p_0K", 2, 0);
    cost_of_switch("switch_2p_16K", 2, 16 << 10);
    cost_of_switch("switch_8p_16K", 8, 16 << 10);
    cost_of_switch("switch_16p_64K", 16, 64 << 10);
}
