/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Boot options with values that can't be read are told of and have no effect; messages at a limited rate are whole.
 * Debian's hypervisor has other options and words for it.
 */
#include "test.h"

#include <public/grant_table.h>
#include <public/sched.h>
#include <public/sysctl.h>

static char text[32769];

/* The hypervisor's messages since the last ones that were read. */
static void read_messages(void)
{
    static uint32_t index;
    xen_sysctl_t op = { .cmd = XEN_SYSCTL_readconsole, .interface_version = XEN_SYSCTL_INTERFACE_VERSION };
    struct xen_sysctl_readconsole *c = &op.u.readconsole;

    c->count = sizeof(text) - 1;
    c->index = index;
    c->incremental = true;
    set_xen_guest_handle(c->buffer, text);
    CHECK_EQ(HYPERCALL(sysctl, &op), 0);
    text[c->count] = '\0';
    index = c->index;
}

static unsigned int times(const char *words)
{
    size_t n = 0;
    unsigned int found = 0;

    while (words[n])
        n++;
    for (const char *at = text; *at; at++) {
        size_t i = 0;

        while (i < n && at[i] == words[i])
            i++;
        found += i == n;
    }
    return found;
}

static void bad_values(void)
{
    read_messages();
    CHECK_EQ(times("Option 'reboot': bad value 'warm'"), 1);
    CHECK_EQ(times("Option 'clocksource': bad value 'best'"), 1);
    CHECK_EQ(times("Option 'tsc': bad value 'maybe'"), 1);
    CHECK_EQ(times("Option 'vga': bad value 'ask'"), 1);
    CHECK_EQ(times("Option 'dom0_mem': bad value '64Mx'"), 1);
    CHECK_EQ(times("Option 'sched_ratelimit_us': bad value '4294967296'"), 1);
    CHECK_EQ(times("Option 'gnttab_max_frames': bad value '0'"), 1);
    CHECK_EQ(times("Option 'gnttab_max_maptrack_frames': bad value '65537'"), 1);
    CHECK_EQ(times("Option 'sched_credit_tslice_ms': bad value '1001'"), 1);
    CHECK(start_info->nr_pages > 64u << 8);
}

static void tell_of_grants(unsigned int count)
{
    struct gnttab_dump_table op = { .dom = DOMID_SELF };

    while (count--)
        CHECK_EQ(HYPERCALL(grant_table_op, GNTTABOP_dump_table, &op, 1), 0);
}

/* "Grants of domain 0: ..." is of a level whose rate is limited: 10 in 5 seconds. Then it is told how many lack. */
static void limited_rate(void)
{
    struct sched_poll poll = { .timeout = system_time() + 5500000000ull };

    read_messages();
    tell_of_grants(13);
    read_messages();
    CHECK_EQ(times("(XEN) Grants of domain 0"), 10);
    HYPERCALL(sched_op, SCHEDOP_poll, &poll);
    tell_of_grants(1);
    read_messages();
    CHECK_EQ(times("(XEN) 3 messages suppressed\n"), 1);
    CHECK_EQ(times("(XEN) Grants of domain 0"), 1);
}

const struct test tests[] = {
    { "options.bad_values", bad_values },
    { "options.limited_rate", limited_rate },
    { NULL, NULL },
};
