/* SPDX-License-Identifier: MIT */
/*
 * Start of day, in the order that each subsystem needs the ones before it. README tells the same at length.
 */
#include "start.h"

#include <public/sched.h>
#include <public/version.h>

#include "console.h"
#include "disk.h"
#include "event.h"
#include "grant.h"
#include "hypercall.h"
#include "ip.h"
#include "memory.h"
#include "monitor.h"
#include "net.h"
#include "option.h"
#include "page.h"
#include "print.h"
#include "shutdown.h"
#include "store.h"
#include "test.h"
#include "thread.h"
#include "time.h"
#include "trap.h"

void start(struct start_info *info);

struct start_info *start_info;
struct shared_info *shared;

/* An address for the shared page, which is the hypervisor's; the memory that was here is not used. */
static char shared_page[PAGE_SIZE] PAGE_ALIGNED;

static void shared_info_init(void)
{
    page_show(shared_page, start_info->shared_info >> PAGE_SHIFT);
    shared = (struct shared_info *)shared_page;
}

/* The first line, as early as there can be one, says how much of the CPU's time it took to get there. */
static void print_first_line(void)
{
    uint32_t nanoseconds, version = HYPERCALL(xen_version, XENVER_version, 0);
    uint64_t microseconds = divide(time_running(), 1000, &nanoseconds);

    print("mini-os: %u-bit kernel of domain %s on %s, version %u.%u, after %llu.%03u us\n", WIDTH,
          is_domain_0() ? "0" : "U", start_info->magic, version >> 16, version & 0xffff,
          (unsigned long long)microseconds, nanoseconds);
}

/*
 * Domain 0's power off would leave the machine halted but on, as switching it off takes ACPI; so it resets
 * it.
 */
static void __attribute__((noreturn)) finish(void)
{
    uint32_t rest;

    print("mini-os: ran for %llu us\n", (unsigned long long)divide(time_running(), 1000, &rest));
    shut_down(is_domain_0() ? SHUTDOWN_reboot : SHUTDOWN_poweroff);
}

/* What needs no threads and no events, beginning with a way to tell about it. */
static void start_processor(void)
{
    memory_tables_init();
    shared_info_init();
    console_init();
    print_first_line();
    options_init();
    print("console: %s\n", console_kind());
    traps_init();
    print("traps: %s\n", breakpoint() == 1 ? "a breakpoint came back" : "a breakpoint got lost");
    memory_init();
    print("memory: %lu MiB, of which %lu KiB mapped, %lu KiB free\n",
          start_info->nr_pages >> (20 - PAGE_SHIFT), memory_pages() << (PAGE_SHIFT - 10),
          pages_free() << (PAGE_SHIFT - 10));
}

/* Events come in from here on, and with the timer threads can sleep. */
static void start_events(void)
{
    uint32_t rest;

    events_init();
    console_events_init();
    time_init();
    events_restore(false);
    thread_sleep(MILLISECOND);
    print("events: %lu so far\n", events_count());
    print("time: %llu s after the hypervisor's start, %llu s after 1970\n",
          (unsigned long long)divide(time_now(), SECOND, &rest), (unsigned long long)time_of_day());
}

/* What other domains have for us. */
static void start_devices(void)
{
    bool granted = grants_init();

    print("grants: %u to give\n", grants_free());
    if (!store_init() || !granted) {
        print("store: none, so no disks and no network\n");
        return;
    }
    print("store: this is domain %u\n", (unsigned int)store_read_number("", "domid", DOMID_INVALID));
    if (!disks_init())
        print("disk: none\n");
    disks_show(option_is("disk", "write"));
    if (!ip_init(option("net")))
        print("net: without net=ADDRESS we answer nobody\n");
    if (!nets_init())
        print("net: none\n");
}

/* The first C function: from _start, on the boot stack, with events masked. */
void start(struct start_info *info)
{
    start_info = info;
    start_processor();
    start_events();
    start_devices();
    if (option("test"))
        tests_run(option("test"));
    if (option_is("stay", "1")) {
        monitor_init();
        shut_down_when_asked();
    }
    finish();
}
