/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Start a guest with libxc and the store daemon: start KERNEL RAMDISK MIB[:MAX[:VCPUS]] COMMANDLINE
 * SECONDS UNTIL
 * Serves the guest's console until it prints UNTIL or the time is over, then ends the guest. Prints "started"
 * or "refused: why", and before that the host's free pages before and after.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include <xc_guest.h>
#include <xenstore.h>

#include <public/io/console.h>

static char seen[1 << 20];
static size_t nr_seen;

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static int fail(const char *why)
{
    printf("refused: %s\n", why);
    return 1;
}

static void pump(struct xencons_interface *ring)
{
    XENCONS_RING_IDX cons = ring->out_cons, prod = __atomic_load_n(&ring->out_prod, __ATOMIC_ACQUIRE);

    for (; cons != prod; cons++) {
        char c = ring->out[MASK_XENCONS_IDX(cons, ring->out)];

        putchar(c);
        if (nr_seen < sizeof(seen) - 1)
            seen[nr_seen++] = c;
    }
    fflush(stdout);
    __atomic_store_n(&ring->out_cons, cons, __ATOMIC_RELEASE);
}

/* Returns whether the text came. */
static bool serve_console(struct xc_evtchn *evtchn, domid_t domid, evtchn_port_t remote, const char *until,
                          double seconds, struct xencons_interface *ring)
{
    int port = xc_evtchn_bind_interdomain(evtchn, domid, remote);
    double end = now() + seconds;

    while (now() < end && !strstr(seen, until)) {
        struct pollfd fd = { .fd = xc_evtchn_fd(evtchn), .events = POLLIN };

        if (poll(&fd, 1, 1000) > 0)
            xc_evtchn_unmask(evtchn, xc_evtchn_pending(evtchn));
        pump(ring);
        xc_evtchn_notify(evtchn, port);
    }
    return strstr(seen, until);
}

/* What MIB:MAX:VCPUS says. */
static unsigned long mib, max_mib;
static unsigned int vcpus = 1;

static int run(struct xc *xc, struct xc_evtchn *evtchn, struct xs_handle *store, domid_t domid, char **argv,
               struct xc_guest_kernel *kernel)
{
    struct xc_guest_config config = {
        .domid = domid, .kernel = kernel, .ramdisk = argv[2][0] ? argv[2] : NULL, .cmdline = argv[4],
        .pages = mib << 8, .max_pages = max_mib << 8,
    };
    struct xc_guest_result result;
    struct xencons_interface *ring;
    struct xc_gntdev *gntdev;
    uint32_t ref = GNTTAB_RESERVED_CONSOLE;
    double start = now();
    bool came;

    if (xc_domain_max_vcpus(xc, domid, vcpus) || xc_domain_max_mem(xc, domid, max_mib * 1024 + 1024))
        return fail(xc_error(xc));
    config.console_port = xc_evtchn_alloc_unbound(xc, domid, 0);
    config.store_port = xc_evtchn_alloc_unbound(xc, domid, 0);
    if (xc_guest_build(xc, &config, &result))
        return fail(xc_error(xc));
    printf("built in %.2f s: console at frame %#lx\n", now() - start, (unsigned long)result.console_mfn);

    if (xc_gntdev_open(&gntdev))
        return fail(xc_error(NULL));
    ring = xc_gntdev_map(gntdev, domid, &ref, 1, PROT_READ | PROT_WRITE);
    if (!ring)
        return fail("mapping the console by its grant");
    if (store && !xs_introduce_domain(store, domid, result.store_mfn, config.store_port))
        return fail("introducing the domain to the store");
    if (xc_domain_unpause(xc, domid))
        return fail(xc_error(xc));
    came = serve_console(evtchn, domid, config.console_port, argv[6], atof(argv[5]), ring);
    if (store)
        xs_release_domain(store, domid);
    xc_gntdev_unmap(gntdev, ring, 1);
    xc_gntdev_close(gntdev);
    return came ? 0 : fail("the text didn't come");
}

int main(int argc, char **argv)
{
    struct xen_domctl_createdomain create = {
        .max_evtchn_port = 1023, .max_grant_frames = -1, .max_maptrack_frames = -1,
        .grant_opts = XEN_DOMCTL_GRANT_version(1),
    };
    struct xen_sysctl_physinfo before, after;
    struct xc_guest_kernel *kernel;
    struct xc_evtchn *evtchn;
    struct xc_version version;
    struct xc *xc;
    domid_t domid = 0;
    struct xs_handle *store = xs_open(0);
    double start = now();
    int status;

    if (argc != 7 || sscanf(argv[3], "%lu:%lu:%u", &mib, &max_mib, &vcpus) < 1)
        return fail("usage: start KERNEL RAMDISK MIB[:MAX[:VCPUS]] COMMANDLINE SECONDS UNTIL");
    max_mib = max_mib > mib ? max_mib : mib;
    create.max_vcpus = vcpus;
    if (xc_open(&xc) || xc_evtchn_open(&evtchn))
        return fail(xc_error(NULL));
    if (xc_version(xc, &version) || xc_physinfo(xc, &before))
        return fail(xc_error(xc));
    printf("hypervisor %u.%u%s, %s, %lu pages free\n", version.major, version.minor, version.extra,
           version.capabilities, (unsigned long)before.free_pages);
    if (xc_guest_kernel_open(xc, argv[1], NULL, &kernel))
        return fail(xc_error(xc));
    printf("unpacked in %.2f s, least memory %lu KiB\n", now() - start,
           (unsigned long)xc_guest_kernel_min_pages(kernel, 0) * 4);
    if (xc_domain_create(xc, &domid, &create))
        return fail(xc_error(xc));
    status = run(xc, evtchn, store, domid, argv, kernel);
    if (store)
        xs_close(store);
    xc_evtchn_close(evtchn);
    xc_guest_kernel_close(kernel);
    if (xc_domain_destroy(xc, domid))
        return fail(xc_error(xc));
    /* The hypervisor may keep the last pages until every CPU has passed a quiet point. */
    for (double end = now() + 3; now() < end;)
        if (xc_physinfo(xc, &after) || after.free_pages >= before.free_pages)
            break;
    printf("free pages: %lu before, %lu after\n", (unsigned long)before.free_pages,
           (unsigned long)after.free_pages);
    xc_close(xc);
    if (!status)
        puts("started");
    return status;
}
