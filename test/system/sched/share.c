/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Share CPUs among spinning guests: share KERNEL SECONDS CPUS GUEST...
 * CPUS is a mask in hexadecimal, GUEST is WEIGHT:CAP. Prints, one line a guest, the percentage of one CPU
 * that its vcpu ran for in SECONDS, by the hypervisor's own account. Then the guests are destroyed one after
 * the other while the rest still spins: "destroyed" and the seconds that the slowest took, from the call until
 * the domain is gone.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <xc_guest.h>

#define MAX_GUESTS 16
#define PAGES      2048         /* 8 MiB each */
#define SETTLE     3            /* seconds until credits have found their balance */

static struct xc *xc;

static void stop(const char *what)
{
    printf("failed: %s: %s\n", what, xc_error(xc));
    exit(1);
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static domid_t start(const struct xc_guest_kernel *kernel, unsigned long cpus, const char *guest)
{
    struct xen_domctl_createdomain create = {
        .max_vcpus = 1, .max_evtchn_port = 1023, .max_grant_frames = -1, .max_maptrack_frames = -1,
        .grant_opts = XEN_DOMCTL_GRANT_version(1),
    };
    struct xc_guest_config config = { .kernel = kernel, .pages = PAGES };
    struct xen_domctl_sched_credit share = { 0 };
    struct xc_guest_result result;
    domid_t domid = 0;

    if (sscanf(guest, "%hu:%hu", &share.weight, &share.cap) != 2) {
        printf("failed: %s is not WEIGHT:CAP\n", guest);
        exit(1);
    }
    if (xc_domain_create(xc, &domid, &create))
        stop("create");
    config.domid = domid;
    if (xc_domain_max_vcpus(xc, domid, 1) || xc_domain_max_mem(xc, domid, PAGES * 4 + 1024))
        stop("limits");
    if (xc_guest_build(xc, &config, &result))
        stop("build");
    if (xc_vcpu_set_affinity(xc, domid, 0, (uint8_t *)&cpus, NULL, sizeof(cpus)))
        stop("affinity");
    if (xc_sched_credit_set(xc, domid, &share))
        stop("weight and cap");
    return domid;
}

static void measure(const domid_t *domid, int nr, double *seconds)
{
    struct xen_domctl_getvcpuinfo info;

    for (int i = 0; i < nr; i++) {
        if (xc_vcpu_info(xc, domid[i], 0, &info))
            stop("vcpu's time");
        seconds[i] = info.cpu_time / 1e9;
    }
}

/* The seconds that it took until there is no such domain. An event says that one has ended or is about to. */
static double destroy(struct xc_evtchn *evtchn, domid_t domid)
{
    struct pollfd event = { .fd = xc_evtchn_fd(evtchn), .events = POLLIN };
    struct xen_domctl_getdomaininfo info;
    double begin = now();
    int error;

    if (xc_domain_destroy(xc, domid))
        stop("destroy");
    while (!(error = xc_domain_info(xc, domid, &info))) {
        int port;

        if (poll(&event, 1, -1) < 0)
            stop("poll");
        port = xc_evtchn_pending(evtchn);
        if (port < 0 || xc_evtchn_unmask(evtchn, port))
            stop("event");
    }
    if (error != -ESRCH)
        stop("whether the domain is gone");
    return now() - begin;
}

static void destroy_all(struct xc_evtchn *evtchn, const domid_t *domid, int nr)
{
    double slowest = 0;

    for (int i = 0; i < nr; i++) {
        double seconds = destroy(evtchn, domid[i]);

        slowest = seconds > slowest ? seconds : slowest;
    }
    printf("destroyed %.2f\n", slowest);
}

int main(int argc, char **argv)
{
    double begin, elapsed, before[MAX_GUESTS], after[MAX_GUESTS];
    struct xc_guest_kernel *kernel;
    struct xc_evtchn *evtchn;
    domid_t domid[MAX_GUESTS];
    int nr = argc - 4;

    if (nr < 1 || nr > MAX_GUESTS) {
        puts("failed: usage: share KERNEL SECONDS CPUS WEIGHT:CAP...");
        return 1;
    }
    if (xc_open(&xc) || xc_guest_kernel_open(xc, argv[1], NULL, &kernel))
        stop("open");
    if (xc_evtchn_open(&evtchn) || xc_evtchn_bind_virq(evtchn, VIRQ_DOM_EXC) < 0)
        stop("the event of a domain's death");
    for (int i = 0; i < nr; i++)
        domid[i] = start(kernel, strtoul(argv[3], NULL, 16), argv[4 + i]);
    for (int i = 0; i < nr; i++)
        if (xc_domain_unpause(xc, domid[i]))
            stop("unpause");
    sleep(SETTLE);
    begin = now();
    measure(domid, nr, before);
    usleep(atof(argv[2]) * 1e6);
    elapsed = now() - begin;
    measure(domid, nr, after);
    for (int i = 0; i < nr; i++)
        printf("share %s %.2f\n", argv[4 + i], 100 * (after[i] - before[i]) / elapsed);
    destroy_all(evtchn, domid, nr);
    return 0;
}
