/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdint.h>

#include <public/xen.h>

#include "conn.h"
#include "domain.h"
#include "host.h"
#include "log.h"
#include "ring.h"
#include "watch.h"

static struct domain *introduced(struct store *store, unsigned int domid)
{
    struct domain *domain = store->domains[domid];

    return domain && domain->introduced ? domain : NULL;
}

/* See domain.h. */
bool domain_is_introduced(struct store *store, unsigned int domid)
{
    return introduced(store, domid);
}

/* Connect the ring. Without a hypervisor the domain is merely noted. */
static int connect_ring(struct store *store, struct domain *domain, uint64_t frame, uint32_t port)
{
    struct client client = { domain->domid, domain->target, domain->domid == 0 };
    struct ring *ring;
    int error;

    if (!store->host)
        return 0;
    error = host_connect(store->host, domain, frame, port, &ring);
    if (!error)
        domain->conn = conn_new(store, &ring_transport, ring, client);
    return error;
}

/* See domain.h. */
int domain_introduce(struct store *store, unsigned int domid, uint64_t frame, uint32_t port)
{
    struct domain *domain = store_domain(store, domid);
    int error;

    if (!port || domid >= DOMID_FIRST_RESERVED)
        return -EINVAL;
    if (domain->conn)
        return host_rebind(store->host, domain->conn->transport, port);
    if (domain->introduced && !store->host)
        return 0;
    error = connect_ring(store, domain, frame, port);
    if (error) {
        log_warning("domain %u: can't connect to its ring, frame %#llx, port %u: error %d", domid,
                    (unsigned long long)frame, port, -error);
        return error;
    }
    domain->introduced = true;
    domain->shutdown = false;
    log_info("domain %u: introduced", domid);
    watch_fire_special(store, SPECIAL_INTRODUCE);
    if (domain->conn)
        conn_wake(domain->conn); /* there may be requests in the ring already */
    return 0;
}

/* See domain.h. */
int domain_release(struct store *store, unsigned int domid)
{
    struct domain *domain = introduced(store, domid);

    if (domid == 0)
        return -EINVAL;
    if (!domain)
        return -ENOENT;
    if (domain->conn)
        conn_kill(domain->conn);
    domain->conn = NULL;
    domain->introduced = false;
    domain->target = NO_DOMAIN;
    log_info("domain %u: released", domid);
    store_forget_domain(store, domid);
    watch_fire_special(store, SPECIAL_RELEASE);
    return 0;
}

/* See domain.h. */
int domain_resume(struct store *store, unsigned int domid)
{
    struct domain *domain = introduced(store, domid);

    if (domid == 0)
        return -EINVAL;
    if (!domain)
        return -ENOENT;
    domain->shutdown = false;
    return 0;
}

/* See domain.h. */
int domain_set_target(struct store *store, unsigned int domid, unsigned int target)
{
    struct domain *domain = introduced(store, domid);

    if (!domain || !introduced(store, target))
        return -ENOENT;
    domain->target = target;
    if (domain->conn)
        domain->conn->client.target = target;
    return 0;
}

/* See domain.h. */
bool domain_seen(struct store *store, struct domain *domain, enum domain_state state)
{
    if (state == DOMAIN_GONE) {
        return !domain_release(store, domain->domid);
    } else if (state == DOMAIN_SHUTDOWN && !domain->shutdown) {
        domain->shutdown = true;
        log_info("domain %u: shut down", domain->domid);
        watch_fire_special(store, SPECIAL_RELEASE);
        return true;
    }
    return false;
}
