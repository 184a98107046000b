/* SPDX-License-Identifier: MIT */
/* Commands on the console, while the kernel stays: a look inside, and ways to end. */
#include "monitor.h"

#include <public/sched.h>

#include "arch.h"
#include "console.h"
#include "disk.h"
#include "event.h"
#include "grant.h"
#include "heap.h"
#include "memory.h"
#include "page.h"
#include "print.h"
#include "shutdown.h"
#include "string.h"
#include "test.h"
#include "thread.h"
#include "time.h"

static void help(void);

static void show_memory(void)
{
    print("%lu KiB mapped, %lu KiB of pages free, %lu bytes of heap used, %u grants free\n",
          memory_pages() << (PAGE_SHIFT - 10), pages_free() << (PAGE_SHIFT - 10), (unsigned long)heap_used(),
          grants_free());
}

static void show_time(void)
{
    uint32_t rest;
    unsigned long long milliseconds = divide(time_running(), MILLISECOND, &rest);

    print("%llu s after 1970, %llu ms of them run, %lu events\n", (unsigned long long)time_of_day(),
          milliseconds, events_count());
}

static void show_disks(void)
{
    disks_show(false);
}

static void run_tests(void)
{
    tests_run("all");
}

static void power_off(void)
{
    shut_down(SHUTDOWN_poweroff);
}

static void reboot(void)
{
    shut_down(SHUTDOWN_reboot);
}

/* Store where nothing is mapped: what a fault nobody expected looks like. */
static void crash(void)
{
    *(volatile int *)PAGE_SIZE = 0;
}

static const struct {
    const char *name, *help;
    void (*run)(void);
} commands[] = {
    { "help", "these lines", help },
    { "memory", "what there is and what is used", show_memory },
    { "threads", "and what they wait for", threads_show },
    { "time", "the clock, and how much was used", show_time },
    { "disks", "read their first sectors again", show_disks },
    { "test", "all tests", run_tests },
    { "poweroff", "end", power_off },
    { "reboot", "start again", reboot },
    { "crash", "page fault", crash },
};

static void help(void)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(commands); i++)
        print("%-10s%s\n", commands[i].name, commands[i].help);
}

static void obey(const char *line)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(commands); i++)
        if (!strcmp(line, commands[i].name)) {
            commands[i].run();
            return;
        }
    if (*line)
        print("%s: unknown, try help\n", line);
}

static void monitor(void *unused)
{
    char line[80];

    for (;;) {
        print("> ");
        console_read_line(line, sizeof(line));
        obey(line);
    }
}

void monitor_init(void)
{
    thread_create("monitor", monitor, NULL);
}
