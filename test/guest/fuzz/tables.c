/* SPDX-License-Identifier: GPL-2.0-only */
/* Page tables out of the pages that we play with: built, pinned, run on, and written by plain stores. */
#include "fuzz.h"

#include <public/grant_table.h>
#include <public/memory.h>

char play[PLAY_PAGES + 1][PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
uint64_t play_mfn[PLAY_PAGES];
uint64_t play_entry_machine[PLAY_PAGES];
pte_t *play_entry[PLAY_PAGES];
uint64_t base_mfn, upper_mfn[2], run_mfn;

/* Top-level tables that are pinned and then had their entry of the kernel's mappings made sure of: nothing changes it. */
static bool runnable[TOP_PAGES];
/*
 * Held from the question whether one is to when it is run on, after which it can't be filled anew; and while they are made.
 * The virtual CPU's number + 1; 0: nobody.
 */
static volatile unsigned int tops_holder;

#define ENTRIES 512

/* The first page meant for tables of a level. */
static const unsigned int starts[] = { 0, 0, L1_PAGES, L1_PAGES + L2_PAGES, L4_FIRST, TABLE_PAGES };

/* From the end of memory, where nothing of the kernel is. */
static void find_run(void)
{
    const unsigned long *list = (const unsigned long *)start_info->mfn_list;

    for (unsigned long pfn = start_info->nr_pages - 1, length = 1; pfn && !run_mfn; pfn--) {
        length = list[pfn - 1] + 1 == list[pfn] ? length + 1 : 1;
        if (length >= RUN_FRAMES && list[pfn - 1] % RUN_FRAMES == 0)
            run_mfn = list[pfn - 1];
    }
}

void prepare_play(void)
{
    find_run();
    for (unsigned int i = 0; i < PLAY_PAGES; i++) {
        play_mfn[i] = virt_to_mfn(play[i]);
        play_entry[i] = pte_of(play[i]);
        play_entry_machine[i] = pte_machine(play[i]);
    }
    base_mfn = virt_to_mfn((void *)start_info->pt_base);
    for (int level = 2; level < TOP_LEVEL; level++)
        upper_mfn[level - 2] = virt_to_mfn(entry_of((void *)VIRT_BASE, level));
}

bool top_table(uint64_t mfn)
{
    for (unsigned int i = TOP_FIRST; i < TOP_FIRST + TOP_PAGES; i++)
        if (play_mfn[i] == mfn)
            return true;
    return false;
}

static long extended(unsigned int command, uint64_t mfn)
{
    struct mmuext_op op = { .cmd = command, .arg1.mfn = mfn };

    return HYPERCALL(mmuext_op, &op, 1, 0, DOMID_SELF);
}

static void lock_tops(void)
{
    while (!__sync_bool_compare_and_swap(&tops_holder, 0, this_cpu()->number + 1))
        asm volatile("pause");
}

static void unlock_tops(void)
{
    __sync_lock_release(&tops_holder);
}

void leave_tables(void)
{
    if (tops_holder == this_cpu()->number + 1)
        unlock_tops();
}

static long map_play(unsigned int i, uint64_t flags)
{
    return HYPERCALL(update_va_mapping, play[i], WIDE(play_mfn[i] << PAGE_SHIFT | flags), UVMF_INVLPG);
}

static void clear(void *page)
{
    unsigned long count = PAGE_SIZE / sizeof(long);

    asm volatile("rep stos" WORD : "+D"(page), "+c"(count) : "a"(0ul) : "memory");
}

/* A page that was given away is replaced by a new one. */
static void replace_play(unsigned int i)
{
    xen_pfn_t page = ((unsigned long)play[i] - VIRT_BASE) >> PAGE_SHIFT;
    struct xen_memory_reservation want = { .nr_extents = 1, .domid = DOMID_SELF };

    set_xen_guest_handle(want.extent_start, &page);
    if (HYPERCALL(memory_op, XENMEM_populate_physmap, &want) == 1)
        play_mfn[i] = page;
}

/* Back to plain writable pages, as far as their state lets us. */
void reset_play(void)
{
    struct fault fault;

    extended(MMUEXT_NEW_BASEPTR, base_mfn);
    user_table();
    for (unsigned int slot = 0; slot < KERNEL_SLOT; slot++) {
        struct mmu_update u = { .ptr = (base_mfn << PAGE_SHIFT) + 8 * slot };

        HYPERCALL(mmu_update, &u, 1, 0, DOMID_SELF);
    }
    lock_tops();
    memset(runnable, 0, sizeof(runnable));
    for (int i = PLAY_PAGES - 1; i >= 0; i--)
        extended(MMUEXT_UNPIN_TABLE, play_mfn[i]);
    for (unsigned int i = 0; i < PLAY_PAGES; i++)
        HYPERCALL(update_va_mapping, play[i], WIDE(0), UVMF_INVLPG);
    for (unsigned int i = 0; i < PLAY_PAGES; i++) {
        if (!map_play(i, PTE_DATA)) {
            probe(&fault, clear, play[i]);
            continue;
        }
        replace_play(i);
        map_play(i, PTE_DATA);
    }
    unlock_tops();
    map_grants();
}

struct build {
    unsigned int page, level;
};

/* A page of the next lower level, or of data. */
static uint64_t lower_page(unsigned int level)
{
    switch (level) {
    case 4: return play_mfn[L1_PAGES + L2_PAGES + below(L3_PAGES)];
    case 3: return play_mfn[L1_PAGES + below(L2_PAGES)];
    case 2: return play_mfn[below(L1_PAGES)];
    default: return play_mfn[TABLE_PAGES + below(PLAY_PAGES - TABLE_PAGES)];
    }
}

/* One that names a table of the same level or, at level 2, a superpage. */
static pte_t special_entry(const struct build *b)
{
    unsigned int page = chance(30) ? b->page : starts[b->level] + below(starts[b->level + 1] - starts[b->level]);

    if (b->level == 2 && chance(50))
        return large_entry();
    return play_mfn[page] << PAGE_SHIFT | PTE_PRESENT | PTE_USER;
}

static void fill_table(void *argument)
{
    struct build *b = argument;
    pte_t *table = (pte_t *)play[b->page], flags = b->level == TOP_LEVEL ? TOP_FLAGS : PTE_TABLE | PTE_DATA;
    unsigned int slots = b->level == TOP_LEVEL ? KERNEL_SLOT : ENTRIES - 1;

    clear(table);
    for (unsigned int i = below(12); i; i--)
        table[below(slots)] = lower_page(b->level) << PAGE_SHIFT | flags;
    if (b->level > 1 && chance(25))
        table[below(slots)] = special_entry(b);
    if (chance(25))
        table[below(slots)] = entry_value();
    if (b->level == TOP_LEVEL && chance(80))
        table[KERNEL_SLOT] = *entry_of((void *)VIRT_BASE, TOP_LEVEL);
}

/* Fill and pin. True: it is pinned now. The commands to pin follow one another by level. */
static bool build(struct build *b)
{
    struct fault fault;
    long result;

    if (chance(40))
        extended(MMUEXT_UNPIN_TABLE, play_mfn[b->page]);
    account(map_play(b->page, PTE_DATA));
    if (probe(&fault, fill_table, b))
        me()->faults++;
    account(map_play(b->page, PTE_PRESENT | PTE_USER));
    if (!chance(80))
        return false;
    result = extended(MMUEXT_PIN_L1_TABLE + b->level - 1, play_mfn[b->page]);
    account(result);
    return !result;
}

/* Whatever others have stored meanwhile. */
static bool give_kernel(unsigned int page)
{
    struct mmu_update u = { (play_mfn[page] << PAGE_SHIFT) + 8 * KERNEL_SLOT, *entry_of((void *)VIRT_BASE, TOP_LEVEL) };

    return !HYPERCALL(mmu_update, &u, 1, 0, DOMID_SELF);
}

static void make_top(struct build *b)
{
    lock_tops();
    for (unsigned int i = 0; i < TOP_PAGES; i++)
        if (play_mfn[TOP_FIRST + i] == play_mfn[b->page])
            runnable[i] = false;
    runnable[b->page - TOP_FIRST] = build(b) && chance(80) && give_kernel(b->page);
    unlock_tops();
}

/* Pages may come to be one and the same frame: one was given away and is had again in another's place. */
void make_table(void)
{
    unsigned int level = 1 + below(TOP_LEVEL);
    struct build b = { starts[level] + below(starts[level + 1] - starts[level]), level };

    if (level == TOP_LEVEL)
        make_top(&b);
    else if (!top_table(play_mfn[b.page]))
        build(&b);
}

/* Without one for user mode, going there ends the domain. */
void user_table(void)
{
    uint64_t table = play_mfn[TOP_FIRST + below(TOP_PAGES)];

    if (TOP_LEVEL < 4)
        return;
    if (chance(70) || extended(MMUEXT_NEW_USER_BASEPTR, table))
        extended(MMUEXT_NEW_USER_BASEPTR, base_mfn);
}

/* Run on another top-level table, with the same kernel in it. */
void switch_table(void)
{
    unsigned int i = below(TOP_PAGES);

    if (chance(TOP_LEVEL < 4 ? 10 : 60))
        account(extended(MMUEXT_NEW_USER_BASEPTR, chance(70) ? play_mfn[TOP_FIRST + i] : frame()));
    else {
        lock_tops();
        account(extended(MMUEXT_NEW_BASEPTR, runnable[i] ? play_mfn[TOP_FIRST + i] : base_mfn));
        unlock_tops();
    }
}

struct store {
    void *to;
    uint64_t value, other;      /* to store, and what may be there now */
    unsigned int way;
};

/* Every width, and read-modify-writes, as compilers and kernels make them. */
static void store(void *argument)
{
    const struct store *s = argument;
    unsigned long value = s->value, other = s->other, high = s->value >> 32, count = 2;
    void *to = s->to, *from = fuzzers[this_cpu()->number].arguments;

    switch (s->way) {
    case 0: asm volatile("mov %1, (%0)" : : "r"(to), "r"(value) : "memory"); break;
    case 1: asm volatile("movl %k1, (%0)" : : "r"(to), "r"(value) : "memory"); break;
    case 2: asm volatile("movl %k1, 4(%0)" : : "r"(to), "r"(high) : "memory"); break;
    case 3: asm volatile("movw %w1, (%0)" : : "r"(to), "r"(value) : "memory"); break;
    case 4: asm volatile("movb %b1, (%0)" : : "r"(to), "q"(value) : "memory"); break;
    case 5: asm volatile("xchg %1, (%0)" : : "r"(to), "r"(value) : "memory"); break;
    case 6: asm volatile("lock cmpxchg %2, (%1)" : "+a"(other) : "r"(to), "r"(value) : "memory", "cc"); break;
    case 7:
        asm volatile("lock cmpxchg8b (%0)" : : "r"(to), "a"((uint32_t)other), "d"((uint32_t)(s->other >> 32)),
                     "b"((uint32_t)value), "c"((uint32_t)high) : "memory", "cc");
        break;
    case 8: asm volatile("lock add %1, (%0)" : : "r"(to), "r"(value) : "memory", "cc"); break;
    case 9: asm volatile("lock or %1, (%0)" : : "r"(to), "r"(value) : "memory", "cc"); break;
    case 10: asm volatile("lock btr %1, (%0)" : : "r"(to), "r"(value % (8 * sizeof(long))) : "memory", "cc"); break;
    case 11: asm volatile("rep stos" WORD : "+D"(to), "+c"(count) : "a"(value) : "memory"); break;
    case 12: asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(count) : : "memory"); break;
    case 13: asm volatile("movnti %1, (%0)" : : "r"(to), "r"(value) : "memory"); break;
    case 14: asm volatile("not" WORD " (%0)" : : "r"(to) : "memory"); break;
    case 15: asm volatile("lock xadd %1, (%0)" : : "r"(to), "r"(value) : "memory", "cc"); break;
    case 16: asm volatile("mov" WORD " $0, (%0)" : : "r"(to) : "memory"); break;
    default: asm volatile("inc" WORD " (%0)" : : "r"(to) : "memory", "cc"); break;
    }
}

/* A store to a table that is mapped among the pages we play with changes that table. */
static bool shows_kernel_table(const void *address)
{
    unsigned long page = ((unsigned long)address - (unsigned long)play) >> PAGE_SHIFT;

    return page < PLAY_PAGES && kernel_table((*play_entry[page] & PTE_ADDRESS) >> PAGE_SHIFT);
}

/* Half an entry may have become one of a frame that we live by: what is written to the page would go there. */
static void disown(unsigned int i)
{
    pte_t entry = *play_entry[i];

    if (entry & PTE_PRESENT && vital((entry & PTE_ADDRESS) >> PAGE_SHIFT))
        HYPERCALL(update_va_mapping, play[i], WIDE(0), UVMF_INVLPG);
}

/* A plain store to an entry in use, or to whatever a page we play with has become. */
void write_entry(void)
{
    unsigned int i = below(PLAY_PAGES - 2);     /* some stores reach the next entry */
    struct store s = { .value = entry_value(), .way = below(18) };
    struct fault fault;

    s.to = chance(50) ? (void *)play_entry[i] : (void *)play_address();
    s.other = chance(70) ? *play_entry[i] : number();
    if (chance(5))
        s.to = (char *)s.to + below(8);
    if (shows_kernel_table(s.to))
        s.to = play_entry[i];
    if (probe(&fault, store, &s))
        me()->faults++;
    else
        me()->accepted++;
    for (unsigned int near = i ? i - 1 : 0; near <= i + 2 && near < PLAY_PAGES; near++)
        disown(near);
}

void map_grants(void)
{
    xen_pfn_t frames[PLAY_PAGES - PLAY_GRANTS] = { 0 };
    struct gnttab_setup_table setup = { .dom = DOMID_SELF, .nr_frames = ARRAY_SIZE(frames) };

    set_xen_guest_handle(setup.frame_list, frames);
    if (HYPERCALL(grant_table_op, GNTTABOP_setup_table, &setup, 1) || setup.status != GNTST_okay)
        return;
    for (unsigned int i = 0; i < ARRAY_SIZE(frames); i++)
        HYPERCALL(update_va_mapping, play[PLAY_GRANTS + i], WIDE((uint64_t)frames[i] << PAGE_SHIFT | PTE_DATA), UVMF_INVLPG);
}

static void fill(void *unused)
{
    grant_entry_v1_t *table = (grant_entry_v1_t *)play[PLAY_GRANTS];
    grant_entry_v2_t *wide = (grant_entry_v2_t *)play[PLAY_GRANTS];

    for (unsigned int i = below(16); i; i--) {
        unsigned int at = 8 + below(56);
        uint16_t flags = chance(70) ? GTF_permit_access | below(2) * GTF_readonly : number();

        if (chance(50)) {
            table[at] = (grant_entry_v1_t){ .domid = domain(), .frame = frame() };
            table[at].flags = flags;
        } else {
            wide[at].full_page.frame = frame();
            wide[at].sub_page.page_off = number();
            wide[at].sub_page.length = number();
            if (essential(table[2 * at].frame))     /* as it reads in a table of the other version */
                wide[at].sub_page.length = 0x8000;
            wide[at].hdr.domid = domain();
            wide[at].hdr.flags = flags;
        }
    }
}

/* Grants to ourselves and others, of pages ours and not. The table may be mapped elsewhere by now. */
void fill_grants(void)
{
    struct fault fault;

    if (chance(20))
        map_grants();
    if (!shows_kernel_table(play[PLAY_GRANTS]) && probe(&fault, fill, NULL))
        me()->faults++;
}
