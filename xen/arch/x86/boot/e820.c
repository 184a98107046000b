/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory map. e820_host is what the firmware reported, sorted and without overlaps: domain 0 gets this.
 * e820 is the allocator's: what the hypervisor keeps for itself is taken out of it with e820_reserve().
 */
#include <xen/lib.h>
#include <asm/boot.h>
#include <asm/init.h>
#include <asm/page.h>

struct e820_map e820, e820_host;

static const char *e820_type_name(uint32_t type)
{
    static const char *const names[] = { "?", "usable", "reserved", "ACPI data", "ACPI NVS", "unusable" };

    return type < ARRAY_SIZE(names) ? names[type] : "reserved by type";
}

static void insert(struct e820_map *map, unsigned at, paddr_t start, paddr_t end, uint32_t type)
{
    if (map->nr == E820_MAX || start >= end)
        return;
    memmove(&map->entry[at + 1], &map->entry[at], (map->nr - at) * sizeof(map->entry[0]));
    map->entry[at] = (struct e820_entry) { start, end - start, type };
    map->nr++;
}

static void remove(struct e820_map *map, unsigned at)
{
    map->nr--;
    memmove(&map->entry[at], &map->entry[at + 1], (map->nr - at) * sizeof(map->entry[0]));
}

/*
 * Give [start, end) the type, cutting up what was there; where only_ram, leave everything that is not RAM
 * alone.
 */
static void change(struct e820_map *map, paddr_t start, paddr_t end, uint32_t type, bool only_ram)
{
    for (unsigned i = 0; i < map->nr; i++) {
        struct e820_entry e = map->entry[i];
        paddr_t e_end = e.addr + e.size, from = max(start, (paddr_t)e.addr), to = min(end, e_end);

        if (from >= to || e.type == type || (only_ram && e.type != E820_RAM))
            continue;
        remove(map, i);
        insert(map, i, to, e_end, e.type);
        insert(map, i, from, to, type);
        insert(map, i, e.addr, from, e.type);
        if (e.addr < from)
            i++;
    }
}

static init_text void sort(struct e820_map *map)
{
    for (unsigned i = 1; i < map->nr; i++)
        for (unsigned j = i; j > 0 && map->entry[j - 1].addr > map->entry[j].addr; j--) {
            struct e820_entry e = map->entry[j];

            map->entry[j] = map->entry[j - 1];
            map->entry[j - 1] = e;
        }
}

/* Sorted entries may still overlap: the one that is not RAM wins. */
static init_text void resolve(struct e820_map *map)
{
    for (unsigned i = 0; i + 1 < map->nr; ) {
        struct e820_entry *a = &map->entry[i], *b = a + 1;
        paddr_t a_end = a->addr + a->size, b_end = b->addr + b->size;
        paddr_t low_end = min(a_end, b_end), high_end = max(a_end, b_end);
        uint32_t type = a->type == E820_RAM ? b->type : a->type;
        struct e820_entry low = { a->addr, b->addr - a->addr, a->type }, high;

        if (a_end < b->addr || (a_end == b->addr && a->type != b->type)) {
            i++;
            continue;
        }
        if (a->type == b->type) {
            a->size = high_end - a->addr;
            remove(map, i + 1);
            continue;
        }
        high = (struct e820_entry) { low_end, high_end - low_end, a_end > b_end ? a->type : b->type };
        b->size = low_end - b->addr;
        b->type = type;
        if (low.size)
            *a = low;
        else
            remove(map, i);
        if (high.size)
            insert(map, i + (low.size ? 2 : 1), high.addr, high.addr + high.size, high.type);
        sort(map);
    }
}

/* One entry of the loader's map, as it comes. */
init_text void e820_add(paddr_t addr, uint64_t size, uint32_t type)
{
    if (size && addr + size > addr)
        insert(&e820_host, e820_host.nr, addr, addr + size, type);
}

/* All entries were added. The first megabyte stays the firmware's and domain 0's, but for the trampoline. */
init_text void e820_finish(void)
{
    sort(&e820_host);
    resolve(&e820_host);
    e820 = e820_host;
}

init_text void e820_print(void)
{
    printk(LOG_INFO "Physical memory map:\n");
    for (unsigned i = 0; i < e820_host.nr; i++) {
        const struct e820_entry *e = &e820_host.entry[i];

        printk(LOG_INFO " [%016lx, %016lx] (%s)\n", (unsigned long)e->addr,
               (unsigned long)(e->addr + e->size - 1), e820_type_name(e->type));
    }
}

/* Keep whole pages touching [start, end) from the frame allocator. */
void e820_reserve(paddr_t start, paddr_t end)
{
    change(&e820, ROUND_DOWN(start, PAGE_SIZE), ROUND_UP(end, PAGE_SIZE), E820_RESERVED, true);
}

/* Is every byte of [start, end) RAM by the firmware's map? */
bool e820_all_ram(paddr_t start, paddr_t end)
{
    for (unsigned i = 0; i < e820_host.nr && start < end; i++) {
        const struct e820_entry *e = &e820_host.entry[i];

        if (e->type == E820_RAM && e->addr <= start && start < e->addr + e->size)
            start = e->addr + e->size;
    }
    return start >= end;
}

/* A free page of RAM below 1 MiB, as high as possible: taken out of e820. 0: none */
paddr_t e820_take_low_page(void)
{
    for (unsigned i = e820.nr; i-- > 0; ) {
        const struct e820_entry *e = &e820.entry[i];
        paddr_t end = min((paddr_t)(e->addr + e->size), (paddr_t)0x9f000) & PAGE_MASK;

        if (e->type != E820_RAM || end < e->addr + PAGE_SIZE || end < 2 * PAGE_SIZE)
            continue;
        e820_reserve(end - PAGE_SIZE, end);
        return end - PAGE_SIZE;
    }
    return 0;
}
