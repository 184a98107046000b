/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linear page tables: entries that name a table of their own level, read-only, so that a guest sees its tables as
 * memory. Which are accepted, that they hold what they name, that none is named through another, and that writes
 * still go nowhere.
 */
#include "test.h"

#include <public/errno.h>
#include <public/version.h>

#define ENTRIES  512
#define TABLES   3
#define VIEW     (PTE_PRESENT | PTE_USER | 0x20)
#define SLOT     5
/* The highest level that may: not PAE's top level, nor level 4 where a guest is to see nothing of the hypervisor. */
static int last;

static pte_t table[TABLES][ENTRIES] __attribute__((aligned(4096)));
static pte_t lower[ENTRIES] __attribute__((aligned(4096)));

static long extended(unsigned int command, const void *page)
{
    struct mmuext_op op = { .cmd = command, .arg1.mfn = virt_to_mfn(page) };

    return HYPERCALL(mmuext_op, &op, 1, 0, DOMID_SELF);
}

static long pin(const void *page, int level)
{
    return extended(MMUEXT_PIN_L1_TABLE + level - 1, page);
}

static long unpin(const void *page)
{
    return extended(MMUEXT_UNPIN_TABLE, page);
}

static long set(pte_t *entry, pte_t value)
{
    struct mmu_update u = { .ptr = virt_to_mfn(entry) << PAGE_SHIFT | ((unsigned long)entry & (PAGE_SIZE - 1)),
                            .val = value };

    return HYPERCALL(mmu_update, &u, 1, 0, DOMID_SELF);
}

static pte_t to(const void *page, pte_t flags)
{
    return virt_to_mfn(page) << PAGE_SHIFT | flags;
}

static long protect(void *page, pte_t flags)
{
    return remap(page, flags);
}

/* All tables empty and writable again, or it fails. */
static bool cleaned(void)
{
    for (int i = 0; i < TABLES; i++)
        if (protect(table[i], PTE_DATA))
            return false;
    if (protect(lower, PTE_DATA))
        return false;
    memset(table, 0, sizeof(table));
    memset(lower, 0, sizeof(lower));
    return true;
}

static bool made_read_only(void)
{
    for (int i = 0; i < TABLES; i++)
        if (protect(table[i], PTE_PRESENT | PTE_USER))
            return false;
    return !protect(lower, PTE_PRESENT | PTE_USER);
}

static bool isolated(void)
{
    static char line[1024];
    const char *option = "xpti=yes";

    HYPERCALL(xen_version, XENVER_commandline, line);
    for (const char *at = line; *at; at++)
        if (!memcmp(at, option, 8))
            return true;
    return false;
}

static void highest_level(void)
{
    last = TOP_LEVEL == 3 ? 2 : isolated() ? 3 : 4;
    for (int level = last + 1; level <= TOP_LEVEL; level++) {
        table[0][1] = to(table[0], level == 3 ? PTE_PRESENT : VIEW);
        CHECK(made_read_only());
        CHECK_EQ(pin(table[0], level), -XEN_EINVAL);
        CHECK(cleaned());
        CHECK(made_read_only());
        CHECK_EQ(pin(table[0], level), 0);
        CHECK_EQ(set(&table[0][1], to(table[0], level == 3 ? PTE_PRESENT : VIEW)), -XEN_EINVAL);
        CHECK_EQ(unpin(table[0]), 0);
        CHECK(cleaned());
    }
}

/* A table that names itself, found when it is pinned or written later. It holds nothing, so it goes as any other. */
static void named_by_itself(void)
{
    for (int level = 2; level <= last; level++) {
        table[0][SLOT] = to(table[0], VIEW);
        CHECK(made_read_only());
        CHECK_EQ(pin(table[0], level), 0);
        CHECK_EQ(set(&table[0][SLOT], 0), 0);
        CHECK_EQ(set(&table[0][SLOT + 1], to(table[0], VIEW)), 0);
        CHECK_EQ(protect(table[0], PTE_DATA), -XEN_EBUSY);
        CHECK_EQ(unpin(table[0]), 0);
        CHECK(cleaned());
    }
}

/* A writable one is none: not when made, not when changed. */
static void never_writable(void)
{
    for (int level = 2; level <= last; level++) {
        CHECK(made_read_only());
        CHECK_EQ(pin(table[0], level), 0);
        CHECK_EQ(pin(table[1], level), 0);
        CHECK_EQ(set(&table[0][SLOT], to(table[0], VIEW | PTE_WRITE)), -XEN_EINVAL);
        CHECK_EQ(set(&table[0][SLOT], to(table[1], VIEW | PTE_WRITE)), -XEN_EINVAL);
        CHECK_EQ(set(&table[0][SLOT], to(table[0], VIEW)), 0);
        CHECK_EQ(set(&table[0][SLOT], to(table[0], VIEW | PTE_WRITE)), -XEN_EINVAL);
        CHECK_EQ(set(&table[0][SLOT], to(table[1], VIEW)), 0);
        CHECK_EQ(set(&table[0][SLOT], to(table[1], VIEW | PTE_WRITE)), -XEN_EINVAL);
        CHECK_EQ(set(&table[0][SLOT], to(table[1], VIEW | PTE_NX)), 0);
        CHECK_EQ(unpin(table[0]), 0);
        CHECK_EQ(unpin(table[1]), 0);
        CHECK(cleaned());
        table[0][SLOT] = to(table[0], VIEW | PTE_WRITE);
        CHECK(made_read_only());
        CHECK_EQ(pin(table[0], level), -XEN_EINVAL);
        CHECK(cleaned());
    }
}

/* One that names another keeps it a table. */
static void holds_what_it_names(void)
{
    for (int level = 2; level <= last; level++) {
        CHECK(made_read_only());
        CHECK_EQ(pin(table[0], level), 0);
        CHECK_EQ(pin(table[1], level), 0);
        CHECK_EQ(set(&table[0][SLOT], to(table[1], VIEW)), 0);
        CHECK_EQ(set(&table[0][SLOT + 1], to(table[1], VIEW)), 0);
        CHECK_EQ(unpin(table[1]), 0);
        CHECK_EQ(protect(table[1], PTE_DATA), -XEN_EBUSY);
        CHECK_EQ(set(&table[0][SLOT], 0), 0);
        CHECK_EQ(protect(table[1], PTE_DATA), -XEN_EBUSY);
        CHECK_EQ(set(&table[0][SLOT + 1], 0), 0);
        CHECK_EQ(protect(table[1], PTE_DATA), 0);
        CHECK_EQ(protect(table[1], PTE_PRESENT | PTE_USER), 0);
        CHECK_EQ(pin(table[1], level), 0);
        CHECK_EQ(set(&table[0][SLOT], to(table[1], VIEW)), 0);
        CHECK_EQ(unpin(table[1]), 0);
        CHECK_EQ(unpin(table[0]), 0);
        CHECK(cleaned());
    }
}

/* What is named must be a table of that level already: a fresh page becomes one of the level below, or nothing. */
static void names_tables_only(void)
{
    for (int level = 2; level <= last; level++) {
        CHECK(made_read_only());
        CHECK_EQ(pin(table[0], level), 0);
        CHECK_EQ(set(&table[0][SLOT], to(table[1], VIEW)), 0);
        CHECK_EQ(pin(table[1], level), -XEN_EINVAL);
        CHECK_EQ(pin(table[1], level - 1), 0);
        CHECK_EQ(unpin(table[1]), 0);
        CHECK_EQ(set(&table[0][SLOT], 0), 0);
        CHECK_EQ(protect(table[1], PTE_DATA), 0);
        CHECK_EQ(set(&table[0][SLOT], to(table[1], VIEW)), -XEN_EINVAL);
        CHECK_EQ(unpin(table[0]), 0);
        CHECK(cleaned());
    }
}

/* A table of a level above, or two below, is refused. */
static void not_other_levels(void)
{
    for (int level = 2; level <= TOP_LEVEL; level++)
        for (int other = 1; other <= TOP_LEVEL; other++) {
            CHECK(made_read_only());
            CHECK_EQ(pin(table[0], level), 0);
            CHECK_EQ(pin(table[1], other), 0);
            if (other != level && other != level - 1)
                CHECK_EQ(set(&table[0][1], to(table[1], level == 3 && TOP_LEVEL == 3 ? 1 : VIEW)), -XEN_EINVAL);
            CHECK_EQ(unpin(table[1]), 0);
            CHECK_EQ(unpin(table[0]), 0);
            CHECK(cleaned());
        }
}

/* One that is named names none, and one that names is not named: no chains, no circles. Itself doesn't count. */
static void no_chains(void)
{
    for (int level = 2; level <= last; level++) {
        CHECK(made_read_only());
        for (int i = 0; i < TABLES; i++) {
            CHECK_EQ(pin(table[i], level), 0);
            CHECK_EQ(set(&table[i][0], to(table[i], VIEW)), 0);
        }
        CHECK_EQ(set(&table[0][SLOT], to(table[1], VIEW)), 0);
        CHECK_EQ(set(&table[1][SLOT], to(table[0], VIEW)), -XEN_EINVAL);
        CHECK_EQ(set(&table[1][SLOT], to(table[2], VIEW)), -XEN_EINVAL);
        CHECK_EQ(set(&table[2][SLOT], to(table[0], VIEW)), -XEN_EINVAL);
        CHECK_EQ(set(&table[2][SLOT], to(table[1], VIEW)), 0);
        CHECK_EQ(set(&table[0][SLOT], 0), 0);
        CHECK_EQ(set(&table[1][SLOT], to(table[0], VIEW)), -XEN_EINVAL);
        CHECK_EQ(set(&table[2][SLOT], 0), 0);
        CHECK_EQ(set(&table[1][SLOT], to(table[0], VIEW)), 0);
        for (int i = 0; i < TABLES; i++)
            CHECK_EQ(unpin(table[i]), 0);
        CHECK(cleaned());
    }
}

/* The same rule when a whole table is validated. */
static void no_chains_by_pin(void)
{
    for (int level = 2; level <= last; level++) {
        table[0][SLOT] = to(table[1], VIEW);
        table[1][SLOT] = to(table[2], VIEW);
        CHECK(made_read_only());
        CHECK_EQ(pin(table[2], level), 0);
        CHECK_EQ(pin(table[1], level), 0);
        CHECK_EQ(pin(table[0], level), -XEN_EINVAL);
        CHECK_EQ(set(&table[1][SLOT], 0), 0);
        CHECK_EQ(pin(table[0], level), 0);
        CHECK_EQ(unpin(table[1]), 0);
        CHECK_EQ(protect(table[1], PTE_DATA), -XEN_EBUSY);
        CHECK_EQ(unpin(table[0]), 0);
        CHECK_EQ(unpin(table[2]), 0);
        CHECK(cleaned());
    }
}

struct store {
    volatile pte_t *at;
    pte_t value;
};

static void store(void *argument)
{
    const struct store *s = argument;

    *s->at = s->value;
}

/*
 * What a guest does with it: its tables seen through an entry of level 2, which are changed by hypercall. A store
 * is a fault, also where it would be a good entry.
 */
static void seen_as_memory(void)
{
    char *page = page_alloc();
    pte_t *level2 = (pte_t *)((unsigned long)entry_of(page, 2) & ~(PAGE_SIZE - 1));
    unsigned int slot = entry_of(page, 2) - level2, free = slot + 8;
    unsigned long base = ((unsigned long)page >> 30 << 30) + ((unsigned long)free << 21);
    volatile pte_t *entry = (volatile pte_t *)(base + ((unsigned long)slot << PAGE_SHIFT)) +
                            (((unsigned long)page >> PAGE_SHIFT) & 511);
    volatile pte_t *upper = (volatile pte_t *)(base + ((unsigned long)free << PAGE_SHIFT)) + slot;
    struct store same = { entry, read_pte(page) }, above = { upper, 0 };
    struct fault fault;

    CHECK_EQ(level2[free] & PTE_PRESENT, 0);
    CHECK_EQ(set(&level2[free], to(level2, VIEW)), 0);
    CHECK_EQ(*entry, read_pte(page));
    CHECK_EQ(*upper, *entry_of(page, 2));
    CHECK(probe(&fault, store, &same));
    CHECK_EQ(fault.frame.vector, 14);
    CHECK_EQ(fault.frame.error, 3);
    CHECK_EQ(fault.address, (unsigned long)entry);
    CHECK(probe(&fault, store, &above));
    CHECK_EQ(HYPERCALL(update_va_mapping, entry, WIDE(to(page, VIEW)), UVMF_INVLPG), -XEN_EINVAL);
    CHECK_EQ(set(&level2[free], 0), 0);
    CHECK_EQ(extended(MMUEXT_TLB_FLUSH_LOCAL, page), 0);
    CHECK(probe(&fault, store, &same));
    CHECK_EQ(fault.frame.error, 2);
}

/* All that was referenced above is as if nothing had been; and while some of it is. */
static void counted(void)
{
    for (int level = 2; level <= last; level++) {
        table[0][SLOT] = to(table[1], VIEW);
        table[0][SLOT + 1] = to(table[1], VIEW);
        table[0][SLOT + 2] = to(table[0], VIEW);
        CHECK(made_read_only());
        CHECK_EQ(pin(table[1], level), 0);
        CHECK_EQ(pin(table[0], level), 0);
        CHECK_EQ(press_keys("A"), 0);
        CHECK_EQ(unpin(table[0]), 0);
        CHECK_EQ(unpin(table[1]), 0);
        CHECK(cleaned());
    }
    CHECK_EQ(press_keys("A"), 0);
}

const struct test tests[] = {
    { "linear.highest_level", highest_level },
    { "linear.named_by_itself", named_by_itself },
    { "linear.never_writable", never_writable },
    { "linear.holds_what_it_names", holds_what_it_names },
    { "linear.names_tables_only", names_tables_only },
    { "linear.not_other_levels", not_other_levels },
    { "linear.no_chains", no_chains },
    { "linear.no_chains_by_pin", no_chains_by_pin },
    { "linear.seen_as_memory", seen_as_memory },
    { "linear.counted", counted },
    { NULL, NULL },
};
