/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Log-dirty mode from domain 0:
 *   dirty check DOMID WRITTEN UNTOUCHED COUNT    a guest that writes to COUNT pages from WRITTEN on only (test/guest/dirty)
 *   dirty cycle DOMID SECONDS                    on, cleaned and off, over and over, while the guest runs
 *   dirty on DOMID
 *   dirty free 0                                 how many pages the machine has free
 * Prints what was seen, and as the last line "ok" or "FAIL why".
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <xc.h>

#define PAGES (1u << 20)

static struct xc *xc;
static domid_t domid;
static uint8_t *bits;

static void fail(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    printf("FAIL ");
    vprintf(format, args);
    printf("\n");
    exit(1);
}

/* How many bits of [first, first + count) are set. */
static unsigned int set_bits(unsigned long first, unsigned long count)
{
    unsigned int n = 0;

    for (unsigned long i = first; i < first + count; i++)
        n += bits[i / 8] >> i % 8 & 1;
    return n;
}

static long read_log(bool clean)
{
    struct xen_domctl_shadow_op_stats stats;
    long n;

    memset(bits, 0, PAGES / 8);
    n = xc_logdirty_read(xc, domid, clean, bits, PAGES, &stats);
    if (n < 0)
        fail("reading: %ld %s", n, xc_error(xc));
    printf("%s: %u of %ld pages, %u faults, %u dirtied\n", clean ? "clean" : "peek", set_bits(0, n), n,
           stats.fault_count, stats.dirty_count);
    return n;
}

static void expect(int got, int want, const char *what)
{
    if (got != want)
        fail("%s: %d, not %d", what, got, want);
}

/* The operation with a mode, as nobody's wrapper makes it. */
static void check_refusals(void)
{
    uint32_t mib;

    expect(xc_logdirty_enable(xc, domid), -EINVAL, "enabled twice");
    if (xc_shadow_get_allocation(xc, domid, &mib) || mib < 1)
        fail("allocation");
    printf("allocation: %u MiB\n", mib);
    expect(xc_shadow_set_allocation(xc, domid, 1u << 31), -ENOMEM, "allocation beyond the machine");
    expect(xc_shadow_set_allocation(xc, domid, 1), 0, "allocation of 1 MiB");
    expect(xc_logdirty_read(xc, domid, true, (uint8_t *)0x1000, PAGES, NULL), -EFAULT, "a bitmap that is not there");
}

static void check(unsigned long written, unsigned long untouched, unsigned long count)
{
    long n;

    expect(xc_logdirty_read(xc, domid, false, bits, PAGES, NULL), -EINVAL, "read while off");
    if (xc_logdirty_enable(xc, domid))
        fail("enable: %s", xc_error(xc));
    check_refusals();
    for (int round = 0; round < 3; round++) {
        usleep(500000);
        n = read_log(round);
        if (set_bits(written, count) != count || set_bits(untouched, count))
            fail("round %d: %u of the written pages, %u of the others", round, set_bits(written, count),
                 set_bits(untouched, count));
        if (set_bits(0, n) > count + 30)
            fail("round %d: %u pages", round, set_bits(0, n));
    }
    if (xc_domain_pause(xc, domid))
        fail("pause");
    read_log(true);
    n = read_log(true);
    if (set_bits(0, n) > 8)
        fail("%u pages of a paused guest", set_bits(0, n));
    n = xc_logdirty_read(xc, domid, false, bits, written + 3, NULL);
    expect(n, written + 3, "a short bitmap");
    if (xc_domain_unpause(xc, domid) || xc_domain_shadow_off(xc, domid))
        fail("off: %s", xc_error(xc));
    expect(xc_logdirty_read(xc, domid, true, bits, PAGES, NULL), -EINVAL, "read when off again");
}

static void cycle(double seconds)
{
    time_t end = time(NULL) + seconds;
    unsigned int rounds = 0;

    for (; time(NULL) < end; rounds++) {
        if (xc_logdirty_enable(xc, domid))
            fail("enable: %s", xc_error(xc));
        if (rounds % 3 == 1 && xc_shadow_set_allocation(xc, domid, 1))
            fail("allocation: %s", xc_error(xc));
        for (unsigned int i = 0; i < 2 + rounds % 3; i++) {
            usleep(1000000);
            read_log(i % 4 != 3);
        }
        if (xc_domain_shadow_off(xc, domid))
            fail("off: %s", xc_error(xc));
    }
    printf("%u rounds\n", rounds);
}

static void print_free(void)
{
    struct xen_sysctl_physinfo info;

    if (xc_physinfo(xc, &info))
        fail("physinfo: %s", xc_error(xc));
    printf("%lu\n", (unsigned long)info.free_pages);
}

int main(int argc, char **argv)
{
    setbuf(stdout, NULL);
    if (xc_open(&xc) || argc < 3)
        fail("no hypervisor, or no arguments");
    domid = atoi(argv[2]);
    bits = xc_buffer_alloc(xc, PAGES / 8);
    if (!strcmp(argv[1], "check") && argc == 6)
        check(strtoul(argv[3], NULL, 0), strtoul(argv[4], NULL, 0), strtoul(argv[5], NULL, 0));
    else if (!strcmp(argv[1], "cycle") && argc == 4)
        cycle(atof(argv[3]));
    else if (!strcmp(argv[1], "free"))
        print_free();
    else if (!strcmp(argv[1], "on") && xc_logdirty_enable(xc, domid))
        fail("enable: %s", xc_error(xc));
    printf("ok\n");
    return 0;
}
