/* SPDX-License-Identifier: GPL-2.0-only */
/* Start-of-day memory of a paravirtual guest; the order and the guarantees are those of public/xen.h. */
#include <xen/layout.h>
#include <xen/string.h>

#define PAGE_SHIFT      12
#define PAGE_SIZE       (1ull << PAGE_SHIFT)
#define TABLE_BITS      9           /* 512 entries */
#define TABLE_ENTRIES   (1u << TABLE_BITS)

#define REGION_ALIGN    (4ull << 20)
#define PADDING         (512ull << 10)

#define VIRT_BITS       48
#define HOLE_START_64   0xffff800000000000ull   /* the hypervisor's own addresses, 64-bit guests */
#define HOLE_END_64     0xffff880000000000ull
#define HOLE_START_PAE  0xf5800000ull           /* and 32-bit ones */
#define MAX_PAGES       (1ull << 40)            /* bounds every sum below */

#define PTE_PRESENT     0x001ull
#define PTE_WRITABLE    0x002ull
#define PTE_USER        0x004ull
#define PTE_ACCESSED    0x020ull
#define PTE_DIRTY       0x040ull

enum { BOOTSTRAP, P2M };

static uint64_t pages(uint64_t bytes)
{
    return (bytes + PAGE_SIZE - 1) >> PAGE_SHIFT;
}

/* Which table of a level maps an address: the sign extension is dropped, so slots ascend with addresses. */
static uint64_t slot_of(unsigned int level, uint64_t virt)
{
    return (virt & ((1ull << VIRT_BITS) - 1)) >> (PAGE_SHIFT + TABLE_BITS * level);
}

/* --- Where the elements lie --- */

static void place(struct layout *l, struct layout_area *area, uint64_t count, uint64_t *next)
{
    area->pfn = *next;
    area->count = count;
    area->virt = count ? l->virt_base + (*next << PAGE_SHIFT) : 0;
    *next += count;
}

static void place_unmapped(struct layout_area *area, uint64_t count, uint64_t *next)
{
    area->pfn = *next;
    area->count = count;
    *next += count;
}

/* Tables that map [virt, virt + bytes) (bytes > 0), counted per level. Returns their sum. */
static uint64_t count_tables(struct layout *l, unsigned int which, uint64_t virt, uint64_t bytes)
{
    uint64_t sum = 0;

    for (unsigned int level = 1; level <= l->levels; level++) {
        struct layout_run *run = &l->runs[which][level];

        run->slot = slot_of(level, virt);
        run->count = slot_of(level, virt + bytes - 1) - run->slot + 1;
        /* PAE: the table for the last GiB must exist, the hypervisor's entries are in it. */
        if (which == BOOTSTRAP && l->levels == 3 && level == 2)
            run->count = 4 - run->slot;
        sum += run->count;
    }
    return sum;
}

/*
 * Take the tables that the bootstrap region has already out of the p2m's runs. The two ranges are disjoint:
 * they share at most one slot of a level, at an end of the p2m's run.
 */
static uint64_t drop_shared_tables(struct layout *l)
{
    uint64_t sum = 0;

    for (unsigned int level = 1; level <= l->levels; level++) {
        const struct layout_run *boot = &l->runs[BOOTSTRAP][level];
        struct layout_run *run = &l->runs[P2M][level];

        if (run->slot >= boot->slot && run->slot < boot->slot + boot->count) {
            run->slot++;
            run->count--;
        } else if (run->slot < boot->slot && run->slot + run->count > boot->slot) {
            run->count--;
        }
        sum += run->count;
    }
    return sum;
}

/* Give the tables their pages, top level first. */
static void number_tables(struct layout *l, unsigned int which, uint64_t pfn)
{
    for (unsigned int level = l->levels; level >= 1; level--) {
        l->runs[which][level].pfn = pfn;
        pfn += l->runs[which][level].count;
    }
}

/* Everything from the kernel to the stack. The more page tables, the more of them are needed to map them. */
static void place_bootstrap(struct layout *l, const struct layout_request *r)
{
    uint64_t needed = 0, next, end;

    do {
        next = pages(r->kernel_end);
        if (l->module_mapped)
            place(l, &l->module, pages(r->module_size), &next);
        if (!l->p2m_apart)
            place(l, &l->p2m, l->p2m.count, &next);
        place(l, &l->start_info, 1, &next);
        place(l, &l->xenstore, !r->dom0, &next);
        place(l, &l->console, !r->dom0, &next);
        place(l, &l->tables, needed, &next);
        place(l, &l->stack, 1, &next);
        end = l->virt_base + (next << PAGE_SHIFT) + PADDING;
        l->virt_end = (end + REGION_ALIGN - 1) & ~(REGION_ALIGN - 1);
        needed = count_tables(l, BOOTSTRAP, l->virt_base, l->virt_end - l->virt_base);
    } while (needed != l->tables.count);
    number_tables(l, BOOTSTRAP, l->tables.pfn);
}

static const char *place_outside(struct layout *l, const struct layout_request *r)
{
    uint64_t padded = l->stack.pfn + 1 + pages(PADDING);
    uint64_t outside = l->module_mapped ? 0 : pages(r->module_size);
    uint64_t p2m_tables = 0, next;

    if (l->p2m_apart) {
        l->p2m.virt = r->init_p2m;
        count_tables(l, P2M, r->init_p2m, l->p2m.count << PAGE_SHIFT);
        p2m_tables = drop_shared_tables(l);
        outside += l->p2m.count + p2m_tables;
    }
    if (outside > l->nr_pages || padded > l->nr_pages - outside)
        return "layout: kernel, ramdisk and page tables need more memory than the domain has";

    l->mapped_pages = (l->virt_end - l->virt_base) >> PAGE_SHIFT;
    if (l->mapped_pages > l->nr_pages - outside)
        l->mapped_pages = l->nr_pages - outside;
    next = l->mapped_pages;
    if (!l->module_mapped)
        place_unmapped(&l->module, pages(r->module_size), &next);
    if (l->p2m_apart) {
        place_unmapped(&l->p2m, l->p2m.count, &next);
        place_unmapped(&l->p2m_tables, p2m_tables, &next);
        number_tables(l, P2M, l->p2m_tables.pfn);
    }
    l->used_pages = next;
    return NULL;
}

/* --- Checks --- */

static bool overlap(uint64_t a, uint64_t a_end, uint64_t b, uint64_t b_end)
{
    return a < b_end && b < a_end;
}

/* May a guest have mappings in [start, end), start < end? */
static bool range_allowed(const struct layout *l, uint64_t start, uint64_t end)
{
    uint64_t top = 1ull << (VIRT_BITS - 1);

    if (l->levels == 3)
        return end <= HOLE_START_PAE;
    if (start < top)
        return end <= top;
    return start >= ~(top - 1) && !overlap(start, end, HOLE_START_64, HOLE_END_64);
}

static const char *check_request(const struct layout_request *r)
{
    if (r->levels != 3 && r->levels != 4)
        return "layout: page tables have 3 or 4 levels";
    if (r->levels == 3 && r->virt_base >= HOLE_START_PAE)
        return "layout: the kernel's base address belongs to the hypervisor";
    if (r->virt_base % PAGE_SIZE || (r->has_init_p2m && (r->init_p2m % PAGE_SIZE || r->levels != 4)))
        return "layout: base or p2m address isn't page aligned";
    if (!r->nr_pages || r->nr_pages >= MAX_PAGES)
        return "layout: impossible amount of memory";
    if (r->kernel_end >= MAX_PAGES << PAGE_SHIFT || r->module_size >= MAX_PAGES << PAGE_SHIFT ||
        pages(r->kernel_end) + pages(r->module_size) > r->nr_pages)
        return "layout: kernel and ramdisk need more memory than the domain has";
    return NULL;
}

static const char *check_addresses(const struct layout *l, const struct layout_request *r)
{
    uint64_t p2m_end = r->init_p2m + (l->p2m.count << PAGE_SHIFT);

    if (!range_allowed(l, l->virt_base, l->virt_end))
        return "layout: kernel and ramdisk don't fit between the kernel's base address and the hypervisor";
    if (l->p2m_apart && (p2m_end < r->init_p2m || !range_allowed(l, r->init_p2m, p2m_end)))
        return "layout: the kernel wants its p2m list where it can't be";
    if (l->p2m_apart && overlap(l->virt_base, l->virt_end, r->init_p2m, p2m_end))
        return "layout: the kernel wants its p2m list over its own image";
    return NULL;
}

const char *layout_compute(struct layout *l, const struct layout_request *r)
{
    const char *why = check_request(r);
    uint64_t room;

    if (why)
        return why;
    memset(l, 0, sizeof(*l));
    l->levels = r->levels;
    l->nr_pages = r->nr_pages;
    l->virt_base = r->virt_base;
    l->module_mapped = !r->module_unmapped;
    l->p2m_apart = r->has_init_p2m;
    l->p2m.count = pages(r->nr_pages * (r->levels == 4 ? 8 : 4));

    /* What the region takes at most: its contents, their tables (less than 1/256), alignment, padding. */
    room = r->kernel_end + (l->module_mapped ? r->module_size : 0) +
           (l->p2m_apart ? 0 : l->p2m.count << PAGE_SHIFT);
    room += room / 256 + 3 * REGION_ALIGN;
    if (l->virt_base > UINT64_MAX - room)
        return "layout: kernel and ramdisk wrap around the end of the address space";
    if (l->virt_base >> VIRT_BITS != (l->virt_base + room) >> VIRT_BITS)    /* slots would not ascend */
        return "layout: kernel and ramdisk don't fit between the kernel's base address and the hypervisor";
    place_bootstrap(l, r);
    why = check_addresses(l, r);
    return why ? why : place_outside(l, r);
}

/* --- Contents of the page tables --- */

unsigned int layout_nr_tables(const struct layout *l)
{
    return l->tables.count + l->p2m_tables.count;
}

/* The run a table belongs to, as [which, level], and its number in the run. */
static const struct layout_run *find_table(const struct layout *l, unsigned int index, unsigned int *level,
                                           uint64_t *number)
{
    *number = index;
    for (unsigned int which = BOOTSTRAP; which <= P2M; which++)
        for (*level = l->levels; *level >= 1; --*level) {
            const struct layout_run *run = &l->runs[which][*level];

            if (*number < run->count)
                return run;
            *number -= run->count;
        }
    return NULL;
}

uint64_t layout_table_pfn(const struct layout *l, unsigned int index)
{
    unsigned int level;
    uint64_t number;
    const struct layout_run *run = find_table(l, index, &level, &number);

    return run ? run->pfn + number : 0;
}

unsigned int layout_table_level(const struct layout *l, unsigned int index)
{
    unsigned int level;
    uint64_t number;

    return find_table(l, index, &level, &number) ? level : 0;
}

static bool area_pfn(uint64_t virt, uint64_t start, uint64_t pfn, uint64_t count, uint64_t *found)
{
    uint64_t page = slot_of(0, virt), first = slot_of(0, start);

    if (page < first || page - first >= count)
        return false;
    *found = pfn + (page - first);
    return true;
}

/* What an entry of a table of this level points to, if anything, for the address that it maps. */
static bool entry_target(const struct layout *l, unsigned int level, uint64_t virt, uint64_t *pfn)
{
    if (level == 1)
        return area_pfn(virt, l->virt_base, 0, l->mapped_pages, pfn) ||
               (l->p2m_apart && area_pfn(virt, l->p2m.virt, l->p2m.pfn, l->p2m.count, pfn));

    for (unsigned int which = BOOTSTRAP; which <= P2M; which++) {
        const struct layout_run *run = &l->runs[which][level - 1];
        uint64_t slot = slot_of(level - 1, virt);

        if (slot >= run->slot && slot - run->slot < run->count) {
            *pfn = run->pfn + (slot - run->slot);
            return true;
        }
    }
    return false;
}

static bool is_table(const struct layout *l, uint64_t pfn)
{
    return pfn - l->tables.pfn < l->tables.count;
}

static uint64_t entry_flags(const struct layout *l, unsigned int level, uint64_t pfn)
{
    uint64_t user = l->levels == 4 ? PTE_USER : 0;  /* a 64-bit guest kernel runs in ring 3 */

    if (level == 1)
        return PTE_PRESENT | PTE_ACCESSED | user | (is_table(l, pfn) ? 0 : PTE_WRITABLE | PTE_DIRTY);
    if (level == 3 && l->levels == 3)
        return PTE_PRESENT;                         /* all else is reserved in PAE's top level */
    return PTE_PRESENT | PTE_ACCESSED | PTE_WRITABLE | PTE_USER;
}

void layout_fill_table(const struct layout *l, unsigned int index, uint64_t entries[512],
                       layout_mfn_fn *mfn_of, void *context)
{
    unsigned int level;
    uint64_t number, virt, pfn;
    const struct layout_run *run = find_table(l, index, &level, &number);

    memset(entries, 0, TABLE_ENTRIES * sizeof(entries[0]));
    if (!run)
        return;
    virt = (run->slot + number) << (PAGE_SHIFT + TABLE_BITS * level);
    for (unsigned int i = 0; i < TABLE_ENTRIES; i++) {
        uint64_t mapped = virt + ((uint64_t)i << (PAGE_SHIFT + TABLE_BITS * (level - 1)));

        if (entry_target(l, level, mapped, &pfn))
            entries[i] = mfn_of(context, pfn) << PAGE_SHIFT | entry_flags(l, level, pfn);
    }
}
