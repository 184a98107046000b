/* SPDX-License-Identifier: MIT */
/* The kernel's tests of itself: what each subsystem promises, and how it is used. */
#include "test.h"

#include "disk.h"
#include "event.h"
#include "grant.h"
#include "heap.h"
#include "hypercall.h"
#include "memory.h"
#include "page.h"
#include "print.h"
#include "start.h"
#include "store.h"
#include "string.h"
#include "thread.h"
#include "time.h"
#include "trap.h"

/* A test returns NULL when all is well, or what is wrong. */
#define CHECK(condition)        \
    do {                        \
        if (!(condition))       \
            return #condition;  \
    } while (0)

static const char *test_traps(void)
{
    unsigned int before = breakpoint();
    unsigned long value = 7;

    CHECK(breakpoint() == before + 1);
    CHECK(try_read(&value, &value) && value == 7);
    CHECK(!try_read(NULL, &value));
    return NULL;
}

static const char *test_memory(void)
{
    unsigned long *page = page_alloc(1), value;

    CHECK(page);
    *page = 1;
    CHECK(mfn_to_virt(virt_to_mfn(page)) == page);
    CHECK(!page_protect(page, false));
    CHECK(!try_write(page, 2) && *page == 1);
    CHECK(!page_protect(page, true));
    CHECK(try_write(page, 3) && *page == 3);
    CHECK(!try_write(text_start, 0));
    CHECK(!try_read((char *)VIRT_BASE + memory_pages() * PAGE_SIZE, &value));
    page_free(page, 1);
    return NULL;
}

/* Pieces of many sizes, in an order that makes holes; each keeps what is written to it. */
static const char *test_heap(void)
{
    static unsigned char *pieces[64];
    size_t before = heap_used(), size;
    unsigned int seed = 1, at;

    for (unsigned int step = 0; step < 2000; step++) {
        seed = seed * 1103515245 + 12345;
        at = (seed >> 16) % ARRAY_SIZE(pieces);
        size = 1 + at * 37;
        if (pieces[at]) {
            for (size_t i = 0; i < size; i++)
                CHECK(pieces[at][i] == at);
            heap_free(pieces[at]);
            pieces[at] = NULL;
        } else {
            pieces[at] = heap_alloc(size);
            CHECK((uintptr_t)pieces[at] % 16 == 0);
            memset(pieces[at], at, size);
        }
    }
    for (at = 0; at < ARRAY_SIZE(pieces); at++)
        heap_free(pieces[at]);
    CHECK(heap_used() == before);
    return NULL;
}

static void count(void *counter)
{
    ++*(volatile unsigned int *)counter;
}

static const char *test_events(void)
{
    static volatile unsigned int counter;
    evtchn_port_t port = event_bind_self(count, (void *)&counter);
    bool masked;

    counter = 0;
    event_send(port);
    CHECK(counter == 1);
    masked = events_mask();
    event_send(port);
    event_send(port);       /* one bit: two are one */
    CHECK(counter == 1);
    events_restore(masked);
    CHECK(counter == 2);
    event_close(port);
    return NULL;
}

static const char *test_time(void)
{
    uint64_t begin = time_now(), last = begin;

    for (unsigned int i = 0; i < 10000; i++) {
        CHECK(time_now() >= last);
        last = time_now();
    }
    begin = time_now();
    thread_sleep(5 * MILLISECOND);
    CHECK(time_now() - begin >= 5 * MILLISECOND);
    CHECK(!thread_wait(&begin, time_now() + MILLISECOND));
    CHECK(time_of_day() > 1700000000);
    CHECK(time_running());
    return NULL;
}

static struct {
    unsigned int turn, rounds;
} baton;

/* One of four: waits for its turn, then it is the next one's. */
static void run_with_baton(void *number)
{
    for (unsigned int i = 0; i < 100; i++) {
        while (baton.turn != (uintptr_t)number)
            thread_wait(&baton, NEVER);
        baton.rounds++;
        baton.turn = (baton.turn + 1) % 4;
        thread_wake(&baton);
        if (i % 3 == 0)
            thread_yield();
    }
}

static const char *test_threads(void)
{
    struct thread *runners[4];
    unsigned long pages = pages_free();

    baton.turn = baton.rounds = 0;
    for (uintptr_t i = 0; i < 4; i++)
        runners[i] = thread_create("runner", run_with_baton, (void *)i);
    for (unsigned int i = 0; i < 4; i++)
        thread_join(runners[i]);
    CHECK(baton.rounds == 400);
    CHECK(pages_free() == pages);
    return NULL;
}

/* Copy from page to page by a grant of the target. */
static int copy_to(grant_ref_t ref, const void *source)
{
    struct gnttab_copy copy = { .flags = GNTCOPY_dest_gref, .len = PAGE_SIZE };

    copy.source.u.gmfn = virt_to_mfn(source);
    copy.source.domid = copy.dest.domid = DOMID_SELF;
    copy.dest.u.ref = ref;
    HYPERCALL(grant_table_op, GNTTABOP_copy, &copy, 1);
    return copy.status;
}

static const char *test_grants(void)
{
    char *source = page_alloc(1), *target = page_alloc(1);
    unsigned int before = grants_free();
    /* A grant to oneself must name oneself, too. */
    domid_t self = is_domain_0() ? 0 : store_read_number("", "domid", DOMID_INVALID);
    grant_ref_t ref;

    memset(source, 0x5a, PAGE_SIZE);
    memset(target, 0, PAGE_SIZE);
    ref = grant_page(self, target, true);
    CHECK(copy_to(ref, source) != GNTST_okay);
    CHECK(grant_end(ref));
    ref = grant_page(self, target, false);
    CHECK(copy_to(ref, source) == GNTST_okay);
    CHECK(!memcmp(source, target, PAGE_SIZE));
    CHECK(grant_end(ref));
    CHECK(copy_to(ref, source) != GNTST_okay);
    CHECK(grants_free() == before);
    page_free(source, 1);
    page_free(target, 1);
    return NULL;
}

/* A node that guests may write: read, changed in a transaction, watched, removed. */
static const char *test_store(void)
{
    static struct store_watch watch;
    static bool watching;
    uint32_t transaction;

    CHECK(store_write(NO_TRANSACTION, "data", "mini-os", "%u", 1));
    CHECK(store_read_number("data", "mini-os", 0) == 1);
    if (!watching)
        CHECK(store_watch(&watch, "data", "mini-os"));
    watching = true;
    while (store_wait(&watch, time_now() + 10 * MILLISECOND))
        continue;
    transaction = store_begin();
    CHECK(transaction != NO_TRANSACTION);
    CHECK(store_write(transaction, "data", "mini-os", "%u", 2));
    CHECK(store_read_number("data", "mini-os", 0) == 1);
    CHECK(!store_end(transaction, true));
    CHECK(store_read_number("data", "mini-os", 0) == 2);
    transaction = store_begin();
    CHECK(transaction != NO_TRANSACTION);
    CHECK(store_write(transaction, "data", "mini-os", "%u", 3));
    CHECK(!store_end(transaction, false));
    CHECK(store_read_number("data", "mini-os", 0) == 2);
    CHECK(store_wait(&watch, time_now() + 10 * SECOND));
    CHECK(store_remove("data", "mini-os"));
    CHECK(!store_remove("data", "mini-os/below"));
    CHECK(!store_read("data", "mini-os"));
    return NULL;
}

#define READERS      4
#define READ_PAGES   16
#define READ_SECTORS (READ_PAGES * PAGE_SIZE / SECTOR_SIZE)

static void read_disk(void *pages)
{
    for (unsigned int i = 0; i < 8; i++) {
        memset(pages, 0, READ_PAGES * PAGE_SIZE);
        if (!disk_read(disk_next(NULL), 0, pages, READ_SECTORS))
            *(char *)pages ^= 0xff;
    }
}

/* Several threads read the same sectors, of which each read takes more than one request. */
static const char *test_disks(void)
{
    struct thread *threads[READERS];
    unsigned int before = grants_free();
    char *pages[READERS];

    for (unsigned int i = 0; i < READERS; i++) {
        pages[i] = page_alloc(READ_PAGES);
        CHECK(pages[i]);
        threads[i] = thread_create("reader", read_disk, pages[i]);
    }
    for (unsigned int i = 0; i < READERS; i++)
        thread_join(threads[i]);
    for (unsigned int i = 1; i < READERS; i++)
        CHECK(!memcmp(pages[0], pages[i], READ_PAGES * PAGE_SIZE));
    CHECK(grants_free() == before);
    for (unsigned int i = 0; i < READERS; i++)
        page_free(pages[i], READ_PAGES);
    return NULL;
}

static bool always(void)
{
    return true;
}

static bool has_grants(void)
{
    return grants_free();
}

static bool has_disk(void)
{
    return disk_next(NULL);
}

static const struct {
    const char *name;
    bool (*possible)(void);
    const char *(*run)(void);
} tests[] = {
    { "traps", always, test_traps },
    { "memory", always, test_memory },
    { "heap", always, test_heap },
    { "events", always, test_events },
    { "time", always, test_time },
    { "threads", always, test_threads },
    { "grants", has_grants, test_grants },
    { "store", store_connected, test_store },
    { "disks", has_disk, test_disks },
};

/* Whether a list of names, separated by commas, has one, or is "all". */
static bool has(const char *list, const char *name)
{
    size_t length = strlen(name);

    if (!strcmp(list, "all"))
        return true;
    for (const char *at = list; *at; at++)
        if ((at == list || at[-1] == ',') && strlen(at) >= length && !memcmp(at, name, length) &&
            (!at[length] || at[length] == ','))
            return true;
    return false;
}

void tests_run(const char *list)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(tests); i++) {
        const char *wrong;

        if (!has(list, tests[i].name))
            continue;
        if (!tests[i].possible()) {
            print("TEST mini-os.%s: SKIP there are none here\n", tests[i].name);
            continue;
        }
        wrong = tests[i].run();
        print("TEST mini-os.%s: %s%s\n", tests[i].name, wrong ? "FAIL " : "ok", wrong ? wrong : "");
    }
}
