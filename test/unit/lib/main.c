/* SPDX-License-Identifier: GPL-2.0-only */
/* Unit tests of the hypervisor's helpers: each prints "ok NAME" or "FAIL NAME: why". */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xen/bitmap.h>
#include <xen/percpu.h>
#include <xen/rangeset.h>
#include <xen/softirq.h>
#include <xen/timer.h>
#include <asm/time.h>

int our_snprintf(char *buf, size_t size, const char *fmt, ...);
int our_scnprintf(char *buf, size_t size, const char *fmt, ...);
unsigned long our_strtoul(const char *s, const char **end, unsigned base);
uint64_t parse_size(const char *s, const char **end, unsigned default_shift);
void *our_memcpy(void *dst, const void *src, size_t n);
void *our_memmove(void *dst, const void *src, size_t n);
void *our_memset(void *dst, int c, size_t n);

static int failures;

static void verdict(const char *name, const char *why)
{
    if (why)
        failures++;
    printf(why ? "FAIL %s: %s\n" : "ok %s\n", name, why);
}

/* ---- formats ---- */

#define SAME(...) do {                                                              \
    char ours[128], theirs[128];                                                    \
    int n = our_snprintf(ours, sizeof(ours), __VA_ARGS__);                          \
    int m = snprintf(theirs, sizeof(theirs), __VA_ARGS__);                          \
    if (n != m || strcmp(ours, theirs)) {                                           \
        static char why[400];                                                       \
        snprintf(why, sizeof(why), "got \"%s\" (%d), C says \"%s\" (%d)", ours, n, theirs, m); \
        return why;                                                                 \
    } } while (0)

static const char *test_format(void)
{
    SAME("plain %% %c%c", 'a', 'b');
    SAME("[%s] [%8s] [%-8s] [%.2s] [%.*s]", "abc", "abc", "abc", "abc", 1, "xyz");
    SAME("[%d] [%5d] [%-5d] [%05d] [%+d] [% d]", 42, 42, 42, 42, 42, 42);
    SAME("[%d] [%5d] [%05d] [%i]", -42, -42, -42, -2147483647 - 1);
    SAME("[%u] [%x] [%X] [%#x] [%08x] [%o]", 4294967295u, 0xbeefu, 0xbeefu, 0xbeefu, 0xbeefu, 8u);
    SAME("[%ld] [%lu] [%lx] [%lld] [%zu]", -1L, ~0UL, ~0UL, -1LL, (size_t)7);
    SAME("[%hhu] [%hu] [%hhd]", 300, 70000, 200);
    SAME("[%016lx] [%.3d] [%8.3d]", 0x1234UL, 7, 7);
    SAME("[%*d] [%-*d]", 6, 1, 6, 1);
    return NULL;
}

static const char *test_truncation(void)
{
    char buf[8];

    memset(buf, 'x', sizeof(buf));
    if (our_snprintf(buf, 4, "%s", "abcdef") != 6 || strcmp(buf, "abc") || buf[4] != 'x')
        return "snprintf beyond its buffer";
    if (our_scnprintf(buf, 4, "%s", "abcdef") != 3)
        return "scnprintf must return what it wrote";
    if (our_snprintf(NULL, 0, "%d", 12345) != 5)
        return "size 0 must only count";
    return NULL;
}

static const char *test_numbers(void)
{
    const char *end;

    if (our_strtoul("0x1fz", &end, 0) != 0x1f || *end != 'z')
        return "0x1f";
    if (our_strtoul("017", &end, 0) != 017 || our_strtoul("99", &end, 10) != 99)
        return "octal or decimal";
    if (parse_size("64M", &end, 0) != 64ull << 20 || *end)
        return "64M";
    if (parse_size("2g,", &end, 0) != 2ull << 30 || *end != ',')
        return "2g";
    if (parse_size("5", &end, 10) != 5 << 10 || parse_size("7B", &end, 10) != 7)
        return "default unit";
    if (parse_size("M", &end, 0) != 0 || *end != 'M')
        return "no digits must consume nothing";
    if (our_strtoul("18446744073709551615", &end, 0) != ~0UL || *end ||
        our_strtoul("18446744073709551617", &end, 0) != ~0UL || *end)
        return "too large a number";
    if (our_strtoul("0x123456789abcdef01", &end, 0) != ~0UL || *end)
        return "too large a hexadecimal number";
    if (parse_size("16777216t", &end, 0) != ~0ULL || *end || parse_size("16777215t", &end, 0) != 16777215ULL << 40)
        return "too large a size";
    return NULL;
}

/* ---- time ---- */

/* A guest's, as the ABI tells it to reckon. */
static uint64_t guests_ns(const struct time_scale *s, uint64_t ticks)
{
    ticks = s->shift < 0 ? ticks >> -s->shift : ticks << s->shift;
    return (unsigned __int128)ticks * s->mul >> 32;
}

/* For years the hypervisor's time is what guests take it for, and hardly slower than the counter. */
static const char *test_time_scale(void)
{
    static const uint64_t rates[] = {
        1000, 1193182, 166666666, 500000000, 999999999, 1000000000, 1000000001, 2596122000, 3792811000, 4999999937,
        5800000000, 4294967295000,
    };

    for (unsigned i = 0; i < sizeof(rates) / sizeof(*rates); i++)
        for (uint64_t years = 0; years <= 50; years += 10) {
            uint64_t seconds = years * 365 * 86400 + 7, ticks, ns, right = seconds * 1000000000;
            struct time_scale s = { 0 };

            if (seconds > UINT64_MAX / 16 / rates[i])
                continue;
            ticks = seconds * rates[i];
            time_scale_set_rate(&s, rates[i]);
            ns = scale_ticks(&s, ticks);
            if (ns != guests_ns(&s, ticks))
                return "guests reckon another time";
            if (ns > right || right - ns > right / (1U << 31) + 2)
                return "it isn't the counter's";
        }
    return NULL;
}

/* ---- bitmaps, against the obvious ---- */

static const char *test_bitmap(void)
{
    enum { BITS = 200 };
    unsigned long map[BITS_TO_LONGS(BITS)];

    for (unsigned round = 0; round < 200; round++) {
        unsigned weight = 0;

        memset(map, 0, sizeof(map));
        for (unsigned i = 0; i < BITS; i++)
            if (rand() % (1 + round % 7) == 0)
                set_bit_local(i, map), weight++;
        if (bitmap_weight(map, BITS) != weight)
            return "weight";
        for (unsigned from = 0; from <= BITS; from++) {
            unsigned set = from, clear = from;

            while (set < BITS && !test_bit(set, map))
                set++;
            while (clear < BITS && test_bit(clear, map))
                clear++;
            if (find_next_bit(map, BITS, from) != set || find_next_zero_bit(map, BITS, from) != clear)
                return "find_next";
        }
    }
    bitmap_fill(map, BITS);
    return bitmap_weight(map, BITS) == BITS && !test_bit(BITS, map) ? NULL : "fill";
}

/* ---- range sets, against an array of flags ---- */

static int count_ranges(unsigned long first, unsigned long last, void *arg)
{
    unsigned long *prev_end = arg;

    if (first <= last && (*prev_end == ~0UL || first > *prev_end + 1)) {
        *prev_end = last;
        return 0;
    }
    return -1;
}

static const char *test_rangeset(void)
{
    enum { N = 64 };
    struct rangeset *r = rangeset_new("test");
    bool in[N] = { false };
    unsigned long end = ~0UL;

    for (unsigned round = 0; round < 3000; round++) {
        unsigned a = rand() % N, b = rand() % N, first = a < b ? a : b, last = a < b ? b : a;
        bool add = rand() % 2, all = true, any = false;

        if (add ? rangeset_add(r, first, last) : rangeset_remove(r, first, last))
            return "add or remove failed";
        for (unsigned i = first; i <= last; i++)
            in[i] = add;
        a = rand() % N;
        b = a + rand() % (N - a);
        for (unsigned i = a; i <= b; i++) {
            all &= in[i];
            any |= in[i];
        }
        if (rangeset_contains(r, a, b) != all || rangeset_overlaps(r, a, b) != any)
            return "contains or overlaps";
        end = ~0UL;
        if (rangeset_for_each(r, count_ranges, &end))
            return "ranges out of order, or touching";
    }
    if (!rangeset_add(r, 5, 4) || rangeset_add(r, 0, ~0UL) || !rangeset_contains(r, 0, ~0UL))
        return "borders";
    rangeset_free(r);
    return NULL;
}

/* ---- timers: they fire in order, whatever is set, stopped and moved ---- */

unsigned test_cpu;
static s_time_t now, armed[2];
static void (*softirq)(void);
static bool raised[2];
cpumask_t cpu_online_map = { { 3 } };
unsigned nr_cpu_ids = 2;
static struct timer timers[100];
static s_time_t due[100];
static const char *trouble;

s_time_t NOW(void) { return now; }
bool reprogram_timer(s_time_t deadline) { armed[test_cpu] = deadline; return deadline == 0 || deadline > now; }
void open_softirq(enum softirq nr, void (*handler)(void)) { softirq = handler; }
void cpu_raise_softirq(unsigned cpu, enum softirq nr) { raised[cpu] = true; }

static void fired(void *data)
{
    unsigned i = (unsigned long)data;

    if (!due[i] || due[i] > now)
        trouble = "a timer fired that was not due";
    due[i] = 0;
}

static void run_cpus(void)
{
    for (test_cpu = 0; test_cpu < 2; test_cpu++) {
        if (!raised[test_cpu] && (!armed[test_cpu] || armed[test_cpu] > now))
            continue;
        raised[test_cpu] = false;
        softirq();
    }
    test_cpu = 0;
    for (unsigned i = 0; i < 100; i++)
        if (due[i] && due[i] <= now)
            trouble = "a timer that is due did not fire";
}

static const char *test_timers(void)
{
    timer_init();
    for (unsigned long i = 0; i < 100; i++)
        init_timer(&timers[i], fired, (void *)i, i % 2);
    for (unsigned round = 0; round < 20000 && !trouble; round++) {
        unsigned i = rand() % 100;

        switch (rand() % 5) {
        case 0:
            stop_timer(&timers[i]);
            due[i] = 0;
            break;
        case 1:
            migrate_timer(&timers[i], rand() % 2);
            break;
        default:
            due[i] = now + 1 + rand() % 1000;
            set_timer(&timers[i], due[i]);
        }
        if (timer_pending(&timers[i]) != (due[i] != 0))
            return "timer_pending";
        if (rand() % 3 == 0) {
            now += rand() % 50;
            run_cpus();
        }
    }
    now += 2000;
    run_cpus();
    for (unsigned i = 0; i < 100; i++)
        kill_timer(&timers[i]);
    set_timer(&timers[0], now + 1);
    return timer_pending(&timers[0]) ? "a killed timer was set" : trouble;
}

/* ---- memory functions: every length and overlap, nothing written beside the destination ---- */

#define ROOM 512

static void fill(char *area, unsigned from)
{
    for (unsigned i = 0; i < ROOM; i++)
        area[i] = from + i * 7;
}

static const char *test_memory(void)
{
    char ours[ROOM], theirs[ROOM], source[ROOM];

    fill(source, 99);
    for (size_t n = 0; n < 160; n++)
        for (size_t at = 64; at < 72; at++) {
            fill(ours, 0);
            fill(theirs, 0);
            if (our_memcpy(ours + at, source + at / 3, n) != ours + at)
                return "memcpy returns something else than its destination";
            memcpy(theirs + at, source + at / 3, n);
            if (memcmp(ours, theirs, ROOM))
                return "memcpy";
            our_memset(ours + at, 0x1a5, n);
            memset(theirs + at, 0x1a5, n);
            if (memcmp(ours, theirs, ROOM))
                return "memset";
        }
    return NULL;
}

static const char *test_overlap(void)
{
    char ours[ROOM], theirs[ROOM];

    for (size_t n = 0; n < 200; n++)
        for (size_t to = 100; to < 200; to++) {
            fill(ours, 0);
            fill(theirs, 0);
            our_memmove(ours + to, ours + 150, n);
            memmove(theirs + to, theirs + 150, n);
            if (memcmp(ours, theirs, ROOM))
                return "memmove";
        }
    return NULL;
}

int main(void)
{
    srand(1);
    verdict("format", test_format());
    verdict("format truncation", test_truncation());
    verdict("memory", test_memory());
    verdict("overlap", test_overlap());
    verdict("numbers", test_numbers());
    verdict("time_scale", test_time_scale());
    verdict("bitmap", test_bitmap());
    verdict("rangeset", test_rangeset());
    verdict("timers", test_timers());
    return failures != 0;
}
