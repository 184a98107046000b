/* SPDX-License-Identifier: GPL-2.0-only */
/* What an unprivileged domain may use of the store. A refusal is counted, and logged the first time. */
#ifndef XENSTORED_QUOTA_H
#define XENSTORED_QUOTA_H

#include <stddef.h>
#include <stdint.h>

enum quota {
    QUOTA_NODES,
    QUOTA_WATCHES,
    QUOTA_TRANSACTIONS,
    QUOTA_OUTSTANDING,
    QUOTA_TRANSACTION_NODES,
    QUOTA_MEMORY,
    QUOTA_NODE_SIZE,
    QUOTA_PATH_MAX,
    QUOTA_PERMISSIONS,
    QUOTA_COUNT
};

struct store;

struct quota_kind {
    const char *name;
    uint64_t initial;
    int error; /* what a refused request gets */
    const char *what;
};

extern const struct quota_kind quota_kinds[QUOTA_COUNT];

/* Set one by name. -EINVAL if there is no such quota. */
int quota_set(uint64_t *limits, const char *name, uint64_t value);

/* Note that a domain has been refused something; returns the error for it. */
int quota_refuse(struct store *store, unsigned int domid, enum quota quota);

#endif /* XENSTORED_QUOTA_H */
