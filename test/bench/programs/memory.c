/* SPDX-License-Identifier: GPL-2.0-only */
/* Mapping and unmapping memory, its rights, and faults on it. */
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>

#include "bench.h"

static char *area;

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

static void map_and_touch(void)
{
    map_area();
    touch_area();
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

void memory(void)
{
    cost("mmap_touch_64_munmap", map_touch_unmap, 10, 1);
    cost_prepared("mmap", map_area, 1, 1, NULL, unmap_area);
    cost_prepared("page_fault", touch_area, 1, PAGES, map_area, unmap_area);
    cost_prepared("munmap_page", unmap_area, 1, PAGES, map_and_touch, NULL);
    cost_prepared("mprotect_page", protect_area, 10, PAGES, map_and_touch, unmap_area);
    signal(SIGSEGV, allow);
    cost_prepared("protection_fault", protection_fault, 20, 1, map_and_touch, unmap_area);
}
