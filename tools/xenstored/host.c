/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xc.h>

#include "domain.h"
#include "host.h"
#include "log.h"
#include "loop.h"
#include "memory.h"
#include "watch.h"

struct host {
    struct source source; /* first: events are told by its address */
    struct store *store;
    struct xc *xc;
    struct xc_evtchn *evtchn;
    struct xc_gntdev *gntdev;
    unsigned int exception_port; /* VIRQ_DOM_EXC: a domain has shut down or is gone */
    struct domain **by_port;
    unsigned int ports;
};

enum mapping { BY_GRANT, BY_FRAME, BY_KERNEL };

struct host_ring {
    struct ring ring; /* first: the rest of the program knows this only */
    struct host *host;
    enum mapping mapping;
    unsigned int port, remote_port;
};

/*
 * Look at all introduced domains but our own. When it is none of them, a domain that was released before has lost its
 * last page: who waits for that waits for @releaseDomain.
 */
static void look_at_domains(struct host *host)
{
    struct xen_domctl_getdomaininfo *info;
    int count = xc_domain_list_all(host->xc, &info), at = 0;
    bool told = false;

    if (count < 0) {
        log_warning("%s", xc_error(host->xc));
        return;
    }
    for (unsigned int id = 1; id < DOMID_LIMIT; id++) {
        struct domain *domain = host->store->domains[id];

        while (at < count && info[at].domain < id)
            at++;
        if (!domain || !domain->introduced)
            continue;
        if (at == count || info[at].domain != id || (info[at].flags & XEN_DOMINF_dying))
            told |= domain_seen(host->store, domain, DOMAIN_GONE);
        else if (info[at].flags & XEN_DOMINF_shutdown)
            told |= domain_seen(host->store, domain, DOMAIN_SHUTDOWN);
    }
    if (!told)
        watch_fire_special(host->store, SPECIAL_RELEASE);
    free(info);
}

static void handle_port(struct host *host, unsigned int port)
{
    struct domain *domain = port < host->ports ? host->by_port[port] : NULL;

    xc_evtchn_unmask(host->evtchn, port);
    if (port == host->exception_port) {
        look_at_domains(host);
    } else if (domain && domain->conn) {
        ring_reconnect(domain->conn);
        conn_run(domain->conn);
    }
}

static void events_ready(struct source *source, uint32_t events)
{
    struct host *host = (struct host *)source;

    /* a busy ring must not keep us here: what is left makes the descriptor ready again */
    for (unsigned int i = 0; i < 64; i++) {
        int port = xc_evtchn_pending(host->evtchn);

        if (port < 0)
            return;
        handle_port(host, port);
    }
}

static void note_port(struct host *host, unsigned int port, struct domain *domain)
{
    if (port >= host->ports) {
        unsigned int ports = port + 64;

        host->by_port = xrealloc(host->by_port, ports * sizeof(host->by_port[0]));
        memset(host->by_port + host->ports, 0, (ports - host->ports) * sizeof(host->by_port[0]));
        host->ports = ports;
    }
    host->by_port[port] = domain;
}

static void notify(struct ring *ring)
{
    struct host_ring *mine = (struct host_ring *)ring;

    xc_evtchn_notify(mine->host->evtchn, mine->port);
}

static void unmap(struct host_ring *ring)
{
    if (ring->mapping == BY_GRANT)
        xc_gntdev_unmap(ring->host->gntdev, ring->ring.page, 1);
    else if (ring->mapping == BY_FRAME)
        xc_unmap(ring->host->xc, ring->ring.page, 1);
    else
        munmap(ring->ring.page, XC_PAGE_SIZE);
}

static void release(struct ring *ring)
{
    struct host_ring *mine = (struct host_ring *)ring;

    note_port(mine->host, mine->port, NULL);
    xc_evtchn_unbind(mine->host->evtchn, mine->port);
    unmap(mine);
    free(mine);
}

/* Domain 0's page belongs to its kernel, which hands it out. */
static void *map_from_kernel(void)
{
    int fd = open("/proc/xen/xsd_kva", O_RDWR | O_CLOEXEC);
    void *page;

    if (fd < 0)
        return NULL;
    page = mmap(NULL, XC_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    return page == MAP_FAILED ? NULL : page;
}

/* Any other domain grants its page by a reserved entry; older toolstacks don't fill that in. */
static int map(struct host_ring *ring, unsigned int domid, uint64_t frame)
{
    static const uint32_t ref = GNTTAB_RESERVED_XENSTORE;
    struct host *host = ring->host;

    if (domid == 0) {
        ring->mapping = BY_KERNEL;
        ring->ring.page = map_from_kernel();
        return ring->ring.page ? 0 : -errno;
    }
    ring->mapping = BY_GRANT;
    if (host->gntdev)
        ring->ring.page = xc_gntdev_map(host->gntdev, domid, &ref, 1, PROT_READ | PROT_WRITE);
    if (ring->ring.page)
        return 0;
    ring->mapping = BY_FRAME;
    ring->ring.page = xc_map_foreign_range(host->xc, domid, PROT_READ | PROT_WRITE, frame, 1);
    if (ring->ring.page)
        return 0;
    log_warning("%s", xc_error(host->xc));
    return -EINVAL;
}

/* See host.h. */
int host_connect(struct host *host, struct domain *domain, uint64_t frame, uint32_t port,
                 struct ring **result)
{
    struct host_ring *ring = xzalloc(sizeof(*ring));
    int bound, error;

    ring->host = host;
    ring->ring.notify = notify;
    ring->ring.release = release;
    error = map(ring, domain->domid, frame);
    if (error) {
        free(ring);
        return error;
    }
    bound = xc_evtchn_bind_interdomain(host->evtchn, domain->domid, port);
    if (bound < 0) {
        unmap(ring);
        free(ring);
        return -EINVAL;
    }
    ring->port = bound;
    ring->remote_port = port;
    note_port(host, bound, domain);
    ring_attach(&ring->ring);
    /* The kernel may have been waiting for us to come: domain 0's probes the store only when called. */
    notify(&ring->ring);
    *result = &ring->ring;
    return 0;
}

/* See host.h. */
int host_rebind(struct host *host, struct ring *ring, uint32_t port)
{
    struct host_ring *mine = (struct host_ring *)ring;
    struct domain *domain = host->by_port[mine->port];
    int bound;

    if (port == mine->remote_port)
        return 0;
    bound = xc_evtchn_bind_interdomain(host->evtchn, domain->domid, port);
    if (bound < 0)
        return -EINVAL;
    note_port(host, mine->port, NULL);
    xc_evtchn_unbind(host->evtchn, mine->port);
    mine->port = bound;
    mine->remote_port = port;
    note_port(host, bound, domain);
    return 0;
}

/* The event channel that domain 0's kernel has made for us. */
static int kernel_port(uint32_t *port)
{
    FILE *file = fopen("/proc/xen/xsd_port", "re");
    int error = file ? 0 : -errno;

    if (file && fscanf(file, "%u", port) != 1)
        error = -EIO;
    if (file)
        fclose(file);
    return error;
}

static int open_devices(struct host *host)
{
    int port;

    if (xc_open(&host->xc) || xc_evtchn_open(&host->evtchn)) {
        log_warning("%s", xc_error(NULL));
        return -ENODEV;
    }
    if (xc_gntdev_open(&host->gntdev))
        host->gntdev = NULL; /* rings are then mapped by frame */
    port = xc_evtchn_bind_virq(host->evtchn, VIRQ_DOM_EXC);
    if (port < 0) {
        log_warning("can't bind the domain exception interrupt: %s (is another store daemon running?)",
                    strerror(-port));
        return port;
    }
    host->exception_port = port;
    host->source = (struct source){ xc_evtchn_fd(host->evtchn), events_ready };
    fcntl(host->source.fd, F_SETFL, O_NONBLOCK);
    return loop_add(&host->source, EPOLLIN);
}

/* See host.h. */
int host_open(struct store *store)
{
    struct host *host = xzalloc(sizeof(*host));
    uint32_t port;
    int error;

    host->store = store;
    error = open_devices(host);
    if (error)
        return error;
    error = kernel_port(&port);
    if (error) {
        log_warning("/proc/xen/xsd_port: %s (is xenfs mounted on /proc/xen?)", strerror(-error));
        return error;
    }
    store->host = host;
    return domain_introduce(store, 0, 0, port);
}
