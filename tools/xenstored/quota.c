/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <string.h>

#include "log.h"
#include "store.h"

const struct quota_kind quota_kinds[QUOTA_COUNT] = {
    [QUOTA_NODES]             = { "nodes", 1000, -ENOSPC, "nodes per domain" },
    [QUOTA_WATCHES]           = { "watches", 128, -E2BIG, "watches per domain" },
    [QUOTA_TRANSACTIONS]      = { "transactions", 10, -ENOSPC, "open transactions per domain" },
    [QUOTA_OUTSTANDING]       = { "outstanding", 20, -EBUSY, "replies a domain may leave unread" },
    [QUOTA_TRANSACTION_NODES] = { "transaction-nodes", 1024, -ENOSPC, "nodes used by a transaction" },
    [QUOTA_MEMORY]            = { "memory", 2621440, -ENOSPC, "bytes of a domain's nodes and watches" },
    [QUOTA_NODE_SIZE]         = { "node-size", 2048, -ENOSPC, "bytes of a node's value" },
    [QUOTA_PATH_MAX]          = { "path-max", 2048, -EINVAL, "length of a path" },
    [QUOTA_PERMISSIONS]       = { "permissions", 5, -ENOSPC, "permission entries per node" },
};

/* See quota.h. */
int quota_set(uint64_t *limits, const char *name, uint64_t value)
{
    for (unsigned int i = 0; i < QUOTA_COUNT; i++) {
        if (!strcmp(quota_kinds[i].name, name)) {
            limits[i] = value;
            return 0;
        }
    }
    return -EINVAL;
}

/* See quota.h. */
int quota_refuse(struct store *store, unsigned int domid, enum quota quota)
{
    struct domain *domain = store_domain(store, domid);

    if (!domain->refused[quota]++)
        log_warning("domain %u: refused, over its quota of %llu %s", domid,
                    (unsigned long long)store->limit[quota], quota_kinds[quota].what);
    return quota_kinds[quota].error;
}
