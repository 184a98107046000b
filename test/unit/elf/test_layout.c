/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The layout: a walk of the page tables that layout_fill_table() writes must find every element at its
 * address, page tables read-only, all else writable, and nothing besides.
 */
#include <xen/layout.h>

#include "unit.h"

#define MIB         (1ull << 20)
#define BASE        0xffffffff80000000ull
#define MFN_OFFSET  0x123456ull

static uint64_t mfn_of(void *context, uint64_t pfn)
{
    (void)context;
    return pfn + MFN_OFFSET;
}

struct tables {
    const struct layout *l;
    uint64_t (*entries)[512];
};

static struct tables fill(const struct layout *l)
{
    struct tables t = { .l = l, .entries = calloc(layout_nr_tables(l), 4096) };

    for (unsigned int i = 0; i < layout_nr_tables(l); i++)
        layout_fill_table(l, i, t.entries[i], mfn_of, NULL);
    return t;
}

static uint64_t *table_at(const struct tables *t, uint64_t pfn)
{
    uint64_t boot = pfn - t->l->tables.pfn, other = pfn - t->l->p2m_tables.pfn;

    if (boot < t->l->tables.count)
        return t->entries[boot];
    return other < t->l->p2m_tables.count ? t->entries[t->l->tables.count + other] : NULL;
}

/* The level-1 entry for an address, 0 if there is none; fails the test on a pointer to no table. */
static uint64_t walk(const struct tables *t, uint64_t virt)
{
    uint64_t *table = t->entries[0], entry;

    for (unsigned int level = t->l->levels;; level--) {
        entry = table[virt >> (12 + 9 * (level - 1)) & 511];
        if (!(entry & 1) || level == 1)
            return entry & 1 ? entry : 0;
        table = table_at(t, (entry >> 12 & 0xffffffffff) - MFN_OFFSET);
        CHECK(table);
        if (!table)
            return 0;
    }
}

static void check_area(const struct tables *t, const struct layout_area *area, bool mapped, bool writable)
{
    for (uint64_t i = 0; mapped && i < area->count; i++) {
        uint64_t entry = walk(t, area->virt + i * 4096);

        CHECK((entry >> 12 & 0xffffffffff) == area->pfn + i + MFN_OFFSET);
        CHECK(!!(entry & 2) == writable);
    }
}

static uint64_t count_mapped(const struct tables *t)
{
    uint64_t count = 0;

    for (unsigned int i = 0; i < layout_nr_tables(t->l); i++)
        for (unsigned int j = 0; layout_table_level(t->l, i) == 1 && j < 512; j++)
            count += t->entries[i][j] & 1;
    return count;
}

static bool apart(const struct layout_area *a, const struct layout_area *b)
{
    return !a->count || !b->count || a->pfn + a->count <= b->pfn || b->pfn + b->count <= a->pfn;
}

static void check_numbers(const struct layout *l, const struct layout_request *r)
{
    CHECK(l->used_pages <= r->nr_pages);
    CHECK(l->mapped_pages * 4096 >= (l->stack.pfn + 1) * 4096 + 512 * 1024);
    CHECK(l->virt_end % (4 * MIB) == 0 && l->virt_end - l->virt_base >= l->mapped_pages * 4096);
    CHECK(l->tables.count + l->p2m_tables.count == layout_nr_tables(l));
    CHECK(layout_table_level(l, 0) == r->levels && layout_table_pfn(l, 0) == l->tables.pfn);
    CHECK(layout_table_level(l, layout_nr_tables(l)) == 0);
}

/* Everything that holds of any layout. */
static void check_layout(const struct layout_request *r)
{
    struct layout l;
    const char *why = layout_compute(&l, r);
    const struct layout_area *areas[] = {
        &l.module, &l.p2m, &l.start_info, &l.xenstore, &l.console, &l.tables, &l.stack, &l.p2m_tables,
    };
    struct layout_area kernel = { 0, (r->kernel_end + 4095) / 4096, r->virt_base };
    const unsigned int n = sizeof(areas) / sizeof(areas[0]);
    struct tables t;

    REASON(why, NULL);
    if (why)
        return;
    t = fill(&l);
    check_numbers(&l, r);
    check_area(&t, &kernel, true, true);
    for (unsigned int i = 0; i < n; i++) {
        bool mapped = areas[i] != &l.p2m_tables && (areas[i] != &l.module || l.module_mapped);

        CHECK(apart(areas[i], &kernel));
        CHECK(areas[i]->pfn + areas[i]->count <= l.used_pages || !areas[i]->count);
        for (unsigned int j = i + 1; j < n; j++)
            CHECK(apart(areas[i], areas[j]));
        check_area(&t, areas[i], mapped, areas[i] != &l.tables);
    }
    CHECK(count_mapped(&t) == l.mapped_pages + (l.p2m_apart ? l.p2m.count : 0));
    free(t.entries);
}

static struct layout_request linux_request(void)
{
    return (struct layout_request){
        .levels = 4, .module_unmapped = true, .has_init_p2m = true, .init_p2m = 1ull << 39,
        .virt_base = BASE, .kernel_end = 74 * MIB, .module_size = 20 * MIB + 5, .nr_pages = 256 * MIB / 4096,
    };
}

static void linux_guest(void)
{
    struct layout_request r = linux_request();
    struct layout l;

    check_layout(&r);
    REASON(layout_compute(&l, &r), NULL);
    CHECK(l.start_info.pfn == 74 * MIB / 4096 && l.xenstore.pfn == l.start_info.pfn + 1);
    CHECK(l.console.pfn == l.start_info.pfn + 2 && l.tables.pfn == l.start_info.pfn + 3);
    CHECK(l.module.pfn == l.mapped_pages && !l.module.virt && l.module.count == 20 * MIB / 4096 + 1);
    CHECK(l.p2m.virt == 1ull << 39 && l.p2m_tables.count == 3);
}

static void all_mapped(void)
{
    struct layout_request r = linux_request();
    struct layout l;

    r.module_unmapped = r.has_init_p2m = false;
    check_layout(&r);
    REASON(layout_compute(&l, &r), NULL);
    CHECK(l.module.pfn == 74 * MIB / 4096 && l.module.virt == BASE + 74 * MIB);
    CHECK(l.p2m.pfn == l.module.pfn + l.module.count && l.start_info.pfn == l.p2m.pfn + l.p2m.count);
    CHECK(l.used_pages == l.mapped_pages);
}

static void domain_0(void)
{
    struct layout_request r = linux_request();
    struct layout l;

    r.dom0 = true;
    for (uint64_t gib = 1; gib <= 64; gib *= 4) {
        r.nr_pages = gib << 18;
        check_layout(&r);
    }
    REASON(layout_compute(&l, &r), NULL);
    CHECK(!l.xenstore.count && !l.console.count && l.tables.pfn == l.start_info.pfn + 1);
}

/* More than 512 level-1 tables' worth of p2m: several level-2 tables. */
static void huge_p2m(void)
{
    struct layout_request r = linux_request();
    struct layout l;

    r.nr_pages = 1ull << 28;                    /* 1 TiB: 2 GiB of list */
    REASON(layout_compute(&l, &r), NULL);
    CHECK(l.p2m.count == 1 << 19 && l.p2m_tables.count == 1024 + 2 + 1);
}

/* The p2m list near the kernel shares upper tables with it, on either side. */
static void p2m_shares_tables(void)
{
    static const int64_t distances[] = {
        -(int64_t)(4 * MIB), -(int64_t)MIB, 512 * MIB, 129 * MIB, -(1ll << 30), -(1ll << 40),
    };
    struct layout_request r = linux_request();

    r.virt_base = 0xffffffff20200000ull;
    for (unsigned int i = 0; i < sizeof(distances) / sizeof(distances[0]); i++) {
        r.init_p2m = r.virt_base + distances[i];
        check_layout(&r);
    }
}

static void pae(void)
{
    struct layout_request r = linux_request();
    struct layout l;

    r.levels = 3, r.has_init_p2m = false, r.virt_base = 0xc0000000;
    check_layout(&r);
    r.virt_base = 0, r.module_unmapped = false;
    check_layout(&r);
    REASON(layout_compute(&l, &r), NULL);
    CHECK(l.p2m.count == r.nr_pages / 1024);
    CHECK(layout_table_level(&l, 1) == 2 && layout_table_level(&l, 4) == 2);    /* four of them */
    r.virt_base = 0xf5800000;
    REASON(layout_compute(&l, &r), "hypervisor");
    r.virt_base = 0xf0000000;
    REASON(layout_compute(&l, &r), "don't fit");
}

/* Down to the last page a domain can do with, and one less. */
static void least_memory(void)
{
    struct layout_request r = { .levels = 4, .virt_base = 0, .kernel_end = 100000 };
    struct layout l;

    for (r.nr_pages = 1; layout_compute(&l, &r); r.nr_pages++)
        CHECK(r.nr_pages < 1000);
    CHECK(l.mapped_pages == r.nr_pages && r.nr_pages < 200);
    check_layout(&r);
    r = linux_request();
    for (r.nr_pages = 94 * 256; layout_compute(&l, &r); r.nr_pages++)
        CHECK(r.nr_pages < 100 * 256);
    check_layout(&r);
    r.nr_pages--;
    REASON(layout_compute(&l, &r), "more memory than the domain has");
}

static void refused(void)
{
    struct layout_request r = linux_request();
    struct layout l;

    r.levels = 5;
    REASON(layout_compute(&l, &r), "3 or 4");
    r = linux_request(), r.nr_pages = 0;
    REASON(layout_compute(&l, &r), "impossible");
    r = linux_request(), r.nr_pages = UINT64_MAX;
    REASON(layout_compute(&l, &r), "impossible");
    r = linux_request(), r.module_size = UINT64_MAX;
    REASON(layout_compute(&l, &r), "more memory");
    r = linux_request(), r.kernel_end = UINT64_MAX - 5;
    REASON(layout_compute(&l, &r), "more memory");
    r = linux_request(), r.virt_base = 1;
    REASON(layout_compute(&l, &r), "aligned");
    r = linux_request(), r.virt_base = -4096;
    REASON(layout_compute(&l, &r), "wrap");
    r = linux_request(), r.virt_base = 0xffff800000000000;
    REASON(layout_compute(&l, &r), "don't fit");
    r = linux_request(), r.virt_base = 0xffff7ffffff00000;
    REASON(layout_compute(&l, &r), "don't fit");
    r = linux_request(), r.virt_base = 0x7ffffff00000;
    REASON(layout_compute(&l, &r), "don't fit");
    for (uint64_t edge = 1ull << 48; edge; edge += 1ull << 48) {     /* slots of addresses begin again at each */
        r = linux_request(), r.virt_base = edge - (2 << 20);
        REASON(layout_compute(&l, &r), "don't fit");
    }
    r = linux_request(), r.init_p2m = 0xffff870000000000;
    REASON(layout_compute(&l, &r), "where it can't be");
    r = linux_request(), r.init_p2m = -4096;
    REASON(layout_compute(&l, &r), "where it can't be");
    r = linux_request(), r.init_p2m = 1ull << 60;
    REASON(layout_compute(&l, &r), "where it can't be");
    r = linux_request(), r.init_p2m = BASE + 4096;
    REASON(layout_compute(&l, &r), "over its own image");
    r = linux_request(), r.kernel_end = r.module_size = 4ull << 30, r.nr_pages = 1 << 24;
    REASON(layout_compute(&l, &r), "wrap");
}

static void random_requests(void)
{
    struct layout_request r;
    struct layout l;
    unsigned int good = 0;

    srand(2);
    for (unsigned int i = 0; i < 400; i++) {
        r = (struct layout_request){
            .levels = rand() % 4 ? 4 : 3, .dom0 = rand() & 1, .module_unmapped = rand() & 1,
            .kernel_end = rand() % (40 * MIB), .module_size = rand() % 3 ? rand() % (9 * MIB) : 0,
            .nr_pages = rand() % 20000,
        };
        r.has_init_p2m = r.levels == 4 && rand() & 1;
        r.virt_base = (uint64_t)(rand() % 0xf0000) << 12;
        if (r.levels == 4)
            r.virt_base += 0xffffffff00000000;
        r.init_p2m = r.virt_base + (rand() % 0x100000 - 0x80000) * 16384ll;
        if (!layout_compute(&l, &r))
            good++, check_layout(&r);
    }
    CHECK(good > 50);
}

const struct test layout_tests[] = {
    { "layout_linux_guest", linux_guest },
    { "layout_all_mapped", all_mapped },
    { "layout_domain_0", domain_0 },
    { "layout_huge_p2m", huge_p2m },
    { "layout_p2m_shares_tables", p2m_shares_tables },
    { "layout_pae", pae },
    { "layout_least_memory", least_memory },
    { "layout_refused", refused },
    { "layout_random_requests", random_requests },
    { NULL, NULL },
};
