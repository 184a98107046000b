/* SPDX-License-Identifier: GPL-2.0-only */
/* The random generator, and the values that hypervisors trip over. */
#include "fuzz.h"

#include <public/event_channel.h>

static uint64_t scatter(uint64_t z)
{
    z += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

/* The streams of two calls have nothing to do with each other. */
void seed_random(uint64_t seed, unsigned int vcpu, uint64_t call)
{
    me()->random = scatter(scatter(scatter(seed) + vcpu) + call) | 1;
}

uint64_t rnd(void)
{
    uint64_t *x = &me()->random;

    *x ^= *x >> 12;
    *x ^= *x << 25;
    *x ^= *x >> 27;
    return *x * 0x2545f4914f6cdd1d;
}

uint32_t below(uint32_t limit)
{
    return (rnd() >> 32) % limit;
}

bool chance(unsigned int percent)
{
    return below(100) < percent;
}

/*
 * Any bits, but for addresses where a kernel of 32 bits lies, which are many of all: the hypervisor writes to what it is
 * told to, now or, as with areas that are registered, whenever it has something to say.
 */
static uint64_t bits(void)
{
    uint64_t drawn = rnd();

    while (own_memory(drawn) || (sizeof(long) == 4 && own_memory(drawn >> 32)))
        drawn = rnd();
    return drawn;
}

uint64_t number(void)
{
    static const uint64_t extremes[] = {
        0, 1, 2, 0x7f, 0x80, 0xff, 0x100, 0x7ff, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000,
        0xffffffff, 0x100000000, 0x1ffffffff, 0x7fffffffffff, 0x800000000000, 0xfffffffffffff,
        0x10000000000000, 0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff,
    };

    switch (below(8)) {
    case 0: case 1: return below(16);
    case 2: return extremes[below(ARRAY_SIZE(extremes))];
    case 3: return extremes[below(ARRAY_SIZE(extremes))] + below(5) - 2;
    case 4: return 1ull << below(64);
    case 5: return (uint32_t)bits();
    case 6: return -(uint64_t)below(4096);
    default: return bits();
    }
}

uint32_t small(void)
{
    return chance(90) ? below(chance(80) ? 4 : 64) : (uint32_t)number();
}

uint32_t domain(void)
{
    static const uint16_t special[] = { DOMID_SELF, DOMID_IO, DOMID_XEN, DOMID_COW, DOMID_INVALID, DOMID_IDLE,
                                        DOMID_FIRST_RESERVED, DOMID_FIRST_RESERVED - 1 };

    switch (below(10)) {
    case 0: case 1: case 2: case 3: return DOMID_SELF;
    case 4: case 5: return domain_id;
    case 6: return below(8);
    case 7: return special[below(ARRAY_SIZE(special))];
    case 8: return 0;
    default: return (uint16_t)number();
    }
}

uint32_t port(void)
{
    return chance(85) ? below(chance(80) ? 32 : 5000) : (uint32_t)number();
}

static uint64_t any_frame(void)
{
    static const uint64_t devices[] = { 0, 0xa0, 0xb8, 0xf0, 0xfec00, 0xfed00, 0xfee00, 0xfd000, 0xfffff };

    switch (below(16)) {
    case 0: return highest_mfn + below(4) - 2;
    case 1: case 2: return below(highest_mfn + 1);
    case 3: return number();
    case 4: return devices[below(ARRAY_SIZE(devices))];
    case 5: return virt_to_mfn(play_entry[below(PLAY_PAGES)]);      /* a table in use */
    case 6: return base_mfn;
    case 7: return run_mfn + below(RUN_FRAMES) * below(2);
    case 8: return play_mfn[below(TABLE_PAGES)];
    default: return play_mfn[below(PLAY_PAGES)];
    }
}

/* Those that this kernel lives in only as tables in use, which nobody may write. */
uint64_t frame(void)
{
    uint64_t mfn = any_frame();

    return essential(mfn) ? play_mfn[below(PLAY_PAGES)] : mfn;
}

/* Where an entry leads: not to the kernel's own level 1 tables, which plain stores could change through it. */
static uint64_t shown_frame(void)
{
    uint64_t mfn = any_frame();

    return vital(mfn) ? play_mfn[below(PLAY_PAGES)] : mfn;
}

/* Bits beyond the usual ones: caching, size, global, software's, reserved and protection keys, not executable. */
static pte_t odd_flags(void)
{
    switch (below(6)) {
    case 0: return (pte_t)1 << below(12);
    case 1: return (pte_t)1 << (52 + below(12));
    case 2: return (pte_t)1 << (40 + below(12));
    case 3: return rnd() & 0xfff;
    case 4: return PTE_NX;
    default: return 0;
    }
}

pte_t large_entry(void)
{
    pte_t entry = run_mfn << PAGE_SHIFT | PTE_PSE | PTE_PRESENT | PTE_USER;

    if (chance(50))
        entry |= PTE_DATA;
    return chance(80) ? entry : entry ^ (chance(50) ? odd_flags() : 1ul << (PAGE_SHIFT + below(10)));
}

pte_t entry_value(void)
{
    pte_t entry = shown_frame() << PAGE_SHIFT;

    if (chance(5))
        return chance(50) ? large_entry() : entry | PTE_PRESENT | PTE_USER;

    if (chance(8))
        return chance(50) ? 0 : number() & ~PTE_PRESENT;
    entry |= chance(60) ? PTE_DATA : PTE_PRESENT | PTE_USER;
    if (chance(30))
        entry ^= odd_flags();
    return entry;
}

/* Entries of the top two levels of the tables in use that no page of the kernel hangs on. */
static uint64_t idle_entry(void)
{
    if (chance(60))
        return (base_mfn << PAGE_SHIFT) + 8 * below(KERNEL_SLOT);
    return (upper_mfn[below(TOP_LEVEL - 2)] << PAGE_SHIFT) + 8 * (IDLE_SLOT + below(200));
}

/* Any frame but the kernel's own and its tables: an update of a page that isn't a table is a plain write. */
static uint64_t foreign_frame(void)
{
    uint64_t mfn = below(highest_mfn + 1);

    return essential(mfn) || kernel_table(mfn) ? play_mfn[below(PLAY_PAGES)] : mfn;
}

static uint64_t any_entry(uint64_t command)
{
    switch (below(10)) {
    case 0: return idle_entry() | command;
    case 1: return play_mfn[below(PLAY_PAGES)] << PAGE_SHIFT | (8 * below(511) + (chance(20) ? below(8) : 0));
    case 9: return foreign_frame() << PAGE_SHIFT | 8 * below(511) | command;
    case 2: return number();
    case 3: case 4: case 5:
        return play_mfn[below(TABLE_PAGES)] << PAGE_SHIFT | 8 * below(511) | command;
    default: return play_entry_machine[below(PLAY_PAGES)] | command;
    }
}

/* Never the entry of a table that we may run on by which that has the kernel. */
uint64_t entry_machine(void)
{
    static const uint8_t commands[] = { MMU_NORMAL_PT_UPDATE, MMU_PT_UPDATE_PRESERVE_AD,
                                        MMU_PT_UPDATE_NO_TRANSLATE, MMU_MACHPHYS_UPDATE };
    uint64_t command = chance(70) ? MMU_NORMAL_PT_UPDATE : commands[below(4)], entry;

    if (command == MMU_MACHPHYS_UPDATE)
        return play_mfn[below(PLAY_PAGES)] << PAGE_SHIFT | command;
    entry = any_entry(command);
    return top_table(entry >> PAGE_SHIFT) && entry % PAGE_SIZE / 8 == KERNEL_SLOT ? entry + TO_OTHER_ENTRIES : entry;
}

unsigned long play_address(void)
{
    unsigned long at = (unsigned long)play[below(PLAY_PAGES)];

    return chance(60) ? at : at + (chance(50) ? 8 * below(512) : below(PAGE_SIZE));
}

unsigned long hostile_address(void)
{
    switch (below(8)) {
    case 0: return below(PAGE_SIZE);
    case 1: return HYPERVISOR_VIRT_START + HYPERVISOR_STEP * below(10) + below(4096);
    case 2: return HYPERVISOR_VIRT_END - 1 - below(4096);
    case 3: return ~0ul - below(4096);
    case 4: return MACH2PHYS_VIRT_START + sizeof(long) * below(1 << 20);
    default: return odd_address();
    }
}

unsigned long code_address(void)
{
    return chance(60) ? STUB(below(256)) : chance(50) ? hostile_address() : number();
}

uint16_t selector(void)
{
    return chance(70) ? good_selectors[below(GOOD_SELECTORS)] : chance(50) ? below(128) : (uint16_t)number();
}

uint64_t soon(void)
{
    return system_time() + below(3000000) - 500000;
}
