/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What domain 0 and the machine hold between two tests: each must leave it as it was, or say why not (keeps). Only of
 * this project's hypervisor, which tells all of it; with the option record=1.
 */
#include "test.h"

#include <public/domctl.h>
#include <public/grant_table.h>
#include <public/memory.h>
#include <public/sched.h>
#include <public/sysctl.h>

#define FRAMES_A_CALL 1024
#define PATIENCE      20            /* yields, till what is freed later has been */

struct held {
    uint64_t free;                  /* frames of the machine */
    long own;                       /* frames of the domain */
    unsigned long ports;            /* that are not closed */
    unsigned long pinned;           /* page tables */
};

static struct held before, after;

static bool watching;
static const char *kept;

static uint64_t free_frames(void)
{
    struct xen_sysctl ask = { .cmd = XEN_SYSCTL_physinfo, .interface_version = XEN_SYSCTL_INTERFACE_VERSION };

    return HYPERCALL_UNSEEN(sysctl, &ask) ? 0 : ask.u.physinfo.free_pages;
}

static unsigned long open_ports(void)
{
    struct evtchn_status of = { .dom = DOMID_SELF };
    unsigned long n = 0;

    for (; !HYPERCALL_UNSEEN(event_channel_op, EVTCHNOP_status, &of); of.port++)
        n += of.status != EVTCHNSTAT_closed;
    return n;
}

static unsigned long pinned_tables(void)
{
    static xen_pfn_t types[FRAMES_A_CALL];
    struct xen_domctl ask = { .cmd = XEN_DOMCTL_getpageframeinfo3, .interface_version = XEN_DOMCTL_INTERFACE_VERSION };

    unsigned long n = 0;

    set_xen_guest_handle(ask.u.getpageframeinfo3.array, types);
    for (unsigned long first = 0; first < start_info->nr_pages; first += ask.u.getpageframeinfo3.num) {
        unsigned long left = start_info->nr_pages - first;

        ask.u.getpageframeinfo3.num = left < FRAMES_A_CALL ? left : FRAMES_A_CALL;
        memcpy(types, (xen_pfn_t *)start_info->mfn_list + first, ask.u.getpageframeinfo3.num * sizeof(*types));
        if (HYPERCALL_UNSEEN(domctl, &ask))
            return 0;
        for (unsigned long i = 0; i < ask.u.getpageframeinfo3.num; i++)
            n += types[i] & XEN_DOMCTL_PFINFO_LPINTAB && types[i] < XEN_DOMCTL_PFINFO_BROKEN;
    }
    return n;
}

static struct held look(void)
{
    domid_t self = DOMID_SELF;

    return (struct held){
        .free = free_frames(), .own = HYPERCALL_UNSEEN(memory_op, XENMEM_current_reservation, &self),
        .ports = open_ports(), .pinned = pinned_tables(),
    };
}

static bool all_but_free(void)
{
    return after.own == before.own && after.ports == before.ports && after.pinned == before.pinned;
}

/* What is freed later is waited for. */
static bool leaves_all(void)
{
    for (unsigned int i = 0; i < PATIENCE; i++) {
        after = look();
        if (all_but_free() && after.free >= before.free)
            return true;
        HYPERCALL_UNSEEN(sched_op, SCHEDOP_yield, 0);
    }
    return false;
}

void watch_leaks(void)
{
    watching = option("record", 0) && is_domain_0() && tells_why();
    kept = NULL;
    if (watching)
        before = look();
}

void keeps(const char *why)
{
    kept = why;
}

bool took_frames(void)
{
    return watching && !kept && !leaves_all() && all_but_free();
}

bool check_leaks(void)
{
    if (!watching)
        return false;
    if (leaves_all()) {
        if (kept)
            fail("keeps nothing, though it says: %s", kept);
        return true;
    }
    if (!kept)
        fail("leaves other than it found (then, now): free frames %llu %llu, own %ld %ld, ports %lu %lu, pinned %lu %lu",
             (unsigned long long)before.free, (unsigned long long)after.free, before.own, after.own, before.ports,
             after.ports, before.pinned, after.pinned);
    return false;
}

void audit_frames(void)
{
    static char key[] = "A";
    struct xen_sysctl ask = { .cmd = XEN_SYSCTL_debug_keys, .interface_version = XEN_SYSCTL_INTERFACE_VERSION };

    if (!watching)
        return;
    ask.u.debug_keys.nr_keys = 1;
    set_xen_guest_handle(ask.u.debug_keys.keys, key);
    HYPERCALL_UNSEEN(sysctl, &ask);
}
