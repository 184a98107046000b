/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <string.h>
#include <xc.h>

#include "domain.h"
#include "memory.h"
#include "store.h"

#define KIB_PER_PAGE    4
#define PAGES_PER_MIB   256
#define SLACK_KIB       1024u       /* what stock tools allow a PV domain above its target */
#define TIMEOUT_MS      60000
#define TICK_MS         200         /* nobody announces that a domain has given memory back */

/* See memory.h. */
int memory_set_limit(struct xm *xm, uint32_t domid, uint64_t kib)
{
    int err = xc_domain_max_mem(xm->xc, (domid_t)domid, kib + SLACK_KIB);

    if (err)
        fail_xc(xm, err, "can't set the limit of domain %u", domid);
    return err;
}

/* See memory.h. */
int memory_set_target(struct xm *xm, uint32_t domid, uint64_t kib)
{
    struct store_batch batch = { .xm = xm };
    int err;

    /*
     * The hypervisor's limit must not keep a guest from its target; domain 0 is trusted to keep to its own.
     */
    if (domid) {
        err = memory_set_limit(xm, domid, kib);
        if (err)
            return err;
    }
    store_put(&batch, pool_printf(&xm->pool, "/local/domain/%u/memory/target", domid), "%llu",
              (unsigned long long)kib);
    return store_commit(&batch);
}

struct target {
    uint32_t domid;
    uint64_t pages;
};

static int is_reached(struct xm *xm, void *arg)
{
    const struct target *target = arg;
    struct xen_domctl_getdomaininfo info;
    int err = xc_domain_info(xm->xc, (domid_t)target->domid, &info);
    int64_t off = (int64_t)info.tot_pages - (int64_t)target->pages;

    return err ? err : off <= PAGES_PER_MIB && off >= -PAGES_PER_MIB;
}

static int await(struct xm *xm, store_condition done, void *arg)
{
    int err = -ETIMEDOUT;

    for (int waited = 0; err == -ETIMEDOUT && waited < TIMEOUT_MS; waited += TICK_MS)
        err = store_wait(xm, NULL, 0, TICK_MS, done, arg);
    return err;
}

/* See memory.h. */
int memory_await_target(struct xm *xm, uint32_t domid, uint64_t kib)
{
    struct target target = { domid, kib / KIB_PER_PAGE };
    int err = await(xm, is_reached, &target);

    if (err)
        fail_errno(err, "domain %u has not got to %llu MiB", domid, (unsigned long long)kib / 1024);
    return err;
}

static int free_pages(struct xm *xm, uint64_t *pages)
{
    struct xen_sysctl_physinfo info;
    int err = xc_physinfo(xm->xc, &info);

    *pages = err ? 0 : info.free_pages + info.scrub_pages - info.outstanding_pages;
    return err;
}

static int is_free(struct xm *xm, void *arg)
{
    const uint64_t *wanted = arg;
    uint64_t pages;
    int err = free_pages(xm, &pages);

    return err ? err : pages >= *wanted;
}

static bool domain_0_is_fixed(struct xm *xm)
{
    struct xc_version version;

    return xc_version(xm->xc, &version) || strstr(version.command_line, "dom0_mem=");
}

static unsigned long long whole_mib(uint64_t pages)
{
    return (pages + PAGES_PER_MIB - 1) / PAGES_PER_MIB;
}

static int not_enough(uint64_t pages, uint64_t there)
{
    fail("not enough memory: the domain needs %llu MiB, %llu MiB are free", whole_mib(pages),
         (unsigned long long)there / PAGES_PER_MIB);
    hint("lower memory=, or take memory from domain 0: xm mem-set 0 MIB (xm list shows what it has)");
    return -ENOMEM;
}

/* What domain 0 has not given by then it keeps. */
static int take_from_domain_0(struct xm *xm, uint64_t missing, uint64_t wanted)
{
    struct xen_domctl_getdomaininfo info;
    int err = xc_domain_info(xm->xc, 0, &info);

    if (err) {
        fail_xc(xm, err, "can't tell how much memory domain 0 has");
        return err;
    }
    if (domain_0_is_fixed(xm) || info.tot_pages < missing + DOMAIN_0_LEAST_MIB * PAGES_PER_MIB)
        return not_enough(wanted, wanted - missing);
    progress("domain 0 gives back %llu MiB", whole_mib(missing));
    err = memory_set_target(xm, 0, (info.tot_pages - missing) * KIB_PER_PAGE);
    if (err)
        return err;
    err = await(xm, is_free, &wanted);
    if (!err)
        return 0;
    memory_set_target(xm, 0, info.tot_pages * KIB_PER_PAGE);
    if (err == -EINTR)
        fail("interrupted while domain 0 gave memory back: no domain was made");
    else
        fail_errno(err, "domain 0 has not given back %llu MiB within %d s", whole_mib(missing), TIMEOUT_MS / 1000);
    return err;
}

/* See memory.h. */
int memory_make_room(struct xm *xm, uint64_t pages)
{
    uint64_t there;
    int err = free_pages(xm, &there);

    if (err) {
        fail_xc(xm, err, "can't tell how much memory is free");
        return err;
    }
    return pages <= there ? 0 : take_from_domain_0(xm, pages - there, pages);
}
