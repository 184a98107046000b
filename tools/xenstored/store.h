/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The store: the current tree, who uses it, and the operations on nodes with their checks of
 * permissions and quotas. Single-threaded: one request runs to its end before the next.
 */
#ifndef XENSTORED_STORE_H
#define XENSTORED_STORE_H

#include "listing.h"
#include "quota.h"
#include "tree.h"

#define DOMID_LIMIT 65536
#define NO_DOMAIN   DOMID_LIMIT

struct conn;
struct transaction;
struct watch;

/* On whose behalf something is done. */
struct client {
    unsigned int domid;
    unsigned int target; /* acts with the rights of this domain too, or NO_DOMAIN */
    bool privileged;     /* domain 0: permissions and quotas don't apply */
};

/* What is known of a domain, be it introduced or only named as an owner. */
struct domain {
    unsigned int domid;
    bool introduced;
    bool shutdown;       /* has been seen shut down, @releaseDomain was fired for that */
    unsigned int target;
    struct conn *conn;   /* its ring */
    long nodes, memory;  /* of the nodes it owns in the current tree */
    unsigned int watches, transactions;
    unsigned int refused[QUOTA_COUNT];
    unsigned int bad_rings; /* how often its ring was found broken */
};

enum special { SPECIAL_INTRODUCE, SPECIAL_RELEASE, SPECIAL_COUNT };

struct store {
    struct node *root;
    struct listing listing;
    uint64_t gen;
    uint64_t next_sweep;     /* generation at which to look for transactions open for too long */
    uint64_t limit[QUOTA_COUNT];
    struct domain **domains; /* by domid, NULL where nothing is known */
    struct conn *conns;
    struct conn *again;      /* those with more to do at once */
    struct conn *awaited;    /* domain 0's ring while unprivileged clients wait for it, see conn.h, or NULL */
    unsigned int waits;      /* how often they had to */
    struct watch **watches;  /* hash table by path */
    unsigned int watch_buckets, watch_count;
    struct perms *special[SPECIAL_COUNT];
    struct host *host;       /* access to the hypervisor, NULL without */
};

/* A client's look at the tree: the current one, or that of its transaction. */
struct view {
    struct store *store;
    const struct client *client;
    struct transaction *tx;
};

/* A store with its initial nodes. */
struct store *store_new(void);
/* All connections must have been closed. */
void store_free(struct store *store);

/* The record of a domain, made if there is none yet. */
struct domain *store_domain(struct store *store, unsigned int domid);

/* Operations on nodes. 0 or -EACCES, -ENOENT, -EINVAL (a special path) and what a quota refuses with.
 * A node returned is valid until the next change. */
int store_read(const struct view *view, const struct path *path, struct node **node);
int store_list(const struct view *view, const struct path *path, struct node **node);
int store_write(const struct view *view, const struct path *path, const void *value, unsigned int len);
int store_mkdir(const struct view *view, const struct path *path);
int store_remove(const struct view *view, const struct path *path);
/* -EPERM: only domain 0 may give a node away. Takes over the reference to perms if it succeeds. */
int store_set_perms(const struct view *view, const struct path *path, struct perms *perms);

/* Whether the client may do all of `need` by that list. */
bool client_allowed(const struct client *client, const struct perms *perms, unsigned int need);

/* A domain is no more: remove what it owned, and what it was allowed on the nodes of others, so that a
 * later domain of that number inherits nothing. */
void store_forget_domain(struct store *store, unsigned int domid);

/* Change what a domain is charged for in this view. */
void view_charge(const struct view *view, unsigned int owner, long nodes, long memory);
/* Charge (sign 1) or discharge (sign -1) a node and all below it. */
void view_charge_subtree(const struct view *view, struct node *node, int sign);
/* May the client own that much more in this view? 0 or what a quota refuses with. */
int view_check_quota(const struct view *view, long nodes, long memory);

/* Recount what every domain owns. False, with the first difference in text, if the books are wrong. */
bool store_check(struct store *store, char *text, size_t size);

#endif /* XENSTORED_STORE_H */
