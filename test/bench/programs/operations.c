/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The first process of a machine that is measured: what a kernel's operations cost, in ticks of the TSC, one line each:
 * "COST name ticks". Then the machine is switched off.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <x86intrin.h>

#define PAGE   4096
#define PAGES  64
#define ROUNDS 7
#define TOUCHED_PAGES 256       /* of a process that forks, as of a small shell */

static char *area;
static int to_child[2], from_child[2];

static void need(int good, const char *what)
{
    if (good)
        return;
    printf("FAIL %s\n", what);
    fflush(stdout);
    reboot(RB_POWER_OFF);
}

/* ---- operations: each done once */

static void null_call(void)
{
    syscall(SYS_getppid);
}

static void stat_file(void)
{
    struct stat s;

    need(!stat("/init", &s), "stat");
}

static void open_close(void)
{
    int fd = open("/init", O_RDONLY);

    need(fd >= 0, "open");
    close(fd);
}

static void handler(int number)
{
    (void)number;
}

static void signal_install(void)
{
    signal(SIGUSR1, handler);
}

static void signal_deliver(void)
{
    syscall(SYS_kill, 1, SIGUSR1);
}

static void reap(void)
{
    int status;

    need(wait(&status) > 0 && !status, "child");
}

static void fork_exit(void)
{
    if (!fork())
        _exit(0);
    reap();
}

static void fork_exec(void)
{
    if (!fork()) {
        execl("/init", "init", "exit", NULL);
        _exit(1);
    }
    reap();
}

static void map_area(void)
{
    area = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    need(area != MAP_FAILED, "mmap");
}

static void touch_area(void)
{
    for (int i = 0; i < PAGES; i++)
        *(volatile char *)(area + i * PAGE) = 1;
}

static void unmap_area(void)
{
    munmap(area, PAGES * PAGE);
}

static void map_touch_unmap(void)
{
    map_area();
    touch_area();
    unmap_area();
}

static void protect_area(void)
{
    static int rights = PROT_READ | PROT_WRITE;

    rights ^= PROT_WRITE;
    mprotect(area, PAGES * PAGE, rights);
}

static void allow(int number)
{
    (void)number;
    mprotect(area, PAGE, PROT_READ | PROT_WRITE);
}

static void protection_fault(void)
{
    mprotect(area, PAGE, PROT_READ);
    *(volatile char *)area = 2;
}

static void ping_pong(void)
{
    char c = 0;

    need(write(to_child[1], &c, 1) == 1 && read(from_child[0], &c, 1) == 1, "pipe");
}

static void echo(void)
{
    char c;

    while (read(to_child[0], &c, 1) == 1 && write(from_child[1], &c, 1) == 1)
        ;
    _exit(0);
}

/* ---- measuring */

static uint64_t round_of(void (*operation)(void), unsigned times)
{
    uint64_t begin = __rdtsc();

    for (unsigned i = 0; i < times; i++)
        operation();
    return __rdtsc() - begin;
}

/* The cheapest of some rounds; prepare and tidy, if there are any, around each of them. */
static void cost(const char *name, void (*operation)(void), unsigned times, unsigned parts, void (*prepare)(void),
                 void (*tidy)(void))
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
    printf("COST %s %lu\n", name, least / times / parts);
}

static void map_and_touch(void)
{
    map_area();
    touch_area();
}

static void pipes(void)
{
    need(!pipe(to_child) && !pipe(from_child), "pipe");
    if (!fork()) {
        close(to_child[1]);
        echo();
    }
    cost("pipe_ping_pong", ping_pong, 100, 1, NULL, NULL);
    close(to_child[1]);
    reap();
}

static void all(void)
{
    cost("null_call", null_call, 1000, 1, NULL, NULL);
    cost("stat", stat_file, 200, 1, NULL, NULL);
    cost("open_close", open_close, 200, 1, NULL, NULL);
    cost("signal_install", signal_install, 200, 1, NULL, NULL);
    cost("signal_deliver", signal_deliver, 200, 1, NULL, NULL);
    cost("fork_exit", fork_exit, 10, 1, NULL, NULL);
    cost("fork_exec", fork_exec, 10, 1, NULL, NULL);
    cost("mmap_touch_64_munmap", map_touch_unmap, 10, 1, NULL, NULL);
    cost("page_fault", touch_area, 1, PAGES, map_area, unmap_area);
    cost("munmap_page", unmap_area, 1, PAGES, map_and_touch, NULL);
    cost("mprotect_page", protect_area, 10, PAGES, map_and_touch, unmap_area);
    signal(SIGSEGV, allow);
    cost("protection_fault", protection_fault, 100, 1, map_and_touch, unmap_area);
    pipes();
}

int main(int count, char **arguments)
{
    if (count > 1 && !strcmp(arguments[1], "exit"))
        return 0;
    area = malloc(TOUCHED_PAGES * PAGE);
    need(area != NULL, "malloc");
    memset(area, 1, TOUCHED_PAGES * PAGE);
    all();
    printf("END\n");
    fflush(stdout);
    reboot(RB_POWER_OFF);
    return 0;
}
