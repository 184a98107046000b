/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of common/grant share. The model is at the head of table.c. */
#ifndef GRANT_PRIVATE_H
#define GRANT_PRIVATE_H

#include <xen/grant.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/sched.h>

#define V1_PER_PAGE     (PAGE_SIZE / sizeof(grant_entry_v1_t))
#define V2_PER_PAGE     (PAGE_SIZE / sizeof(grant_entry_v2_t))
#define STATUS_PER_PAGE (PAGE_SIZE / sizeof(grant_status_t))
#define ACTIVE_PER_PAGE (PAGE_SIZE / sizeof(struct active))
#define TRACK_PER_PAGE  (PAGE_SIZE / sizeof(struct maptrack))

/* Uses of a grant: four counts in one word, 8 bits each. */
#define PIN_HOST_WRITE  (1u << 0)
#define PIN_HOST_READ   (1u << 8)
#define PIN_DEV_WRITE   (1u << 16)
#define PIN_DEV_READ    (1u << 24)
#define PIN_WRITES      0x00ff00ffu
#define PIN_READS       0xff00ff00u
#define PIN_FULL        0x80808080u          /* a count is half way to overflow: no more */

/* One a grant reference, ours alone. */
struct active {
    spinlock_t lock;
    uint32_t pin;
    domid_t domid;              /* while pinned: who may use it, */
    bool sub_page;              /* copy only: bytes [start, start+length) */
    bool transitive;            /* copy only: frame is trans_domain's, whose grant trans_ref is pinned */
    uint16_t start, length;
    grant_ref_t trans_ref;
    uint32_t trans_how;         /* the target's pin */
    struct domain *trans_domain;
    mfn_t frame;
};

/* One a mapping of another domain's grant; its index is the handle. */
struct maptrack {
    grant_ref_t ref;            /* free: next free handle */
    uint16_t flags;             /* GNTMAP_host_map, _device_map, _readonly ...; 0: free */
    domid_t domid;
};

struct grant_table {
    rwlock_t lock;              /* read: entries may be used; write: version or size changes */
    unsigned version, max_version;
    unsigned nr_frames, max_frames;
    unsigned nr_status;         /* in use with version 2 only; they stay when it is left */
    void **shared;              /* [max_frames] */
    grant_status_t **status;    /* [max_status_frames()] */
    struct active **active;
    unsigned nr_active_pages;

    spinlock_t maptrack_lock;
    struct maptrack **maptrack;
    unsigned nr_maptrack_pages, max_maptrack_pages;
    grant_ref_t maptrack_free;  /* head of the free list */
    grant_handle_t release_next;
};

#define NO_HANDLE (~0u)

static inline unsigned nr_entries(const struct grant_table *t)
{
    return t->nr_frames * (t->version == 2 ? V2_PER_PAGE : V1_PER_PAGE);
}
/* Whether the table has an entry that a guest names. The number is masked for where the processor executes ahead of that. */
static inline bool has_entry(const struct grant_table *t, grant_ref_t *ref)
{
    unsigned n = nr_entries(t);

    if (unlikely(*ref >= n))
        return false;
    *ref = array_index_nospec(*ref, n);
    return true;
}
static inline grant_entry_v1_t *entry_v1(const struct grant_table *t, grant_ref_t ref)
{
    return (grant_entry_v1_t *)t->shared[ref / V1_PER_PAGE] + ref % V1_PER_PAGE;
}
static inline grant_entry_v2_t *entry_v2(const struct grant_table *t, grant_ref_t ref)
{
    return (grant_entry_v2_t *)t->shared[ref / V2_PER_PAGE] + ref % V2_PER_PAGE;
}
static inline grant_status_t *status_of(const struct grant_table *t, grant_ref_t ref)
{
    return t->status[ref / STATUS_PER_PAGE] + ref % STATUS_PER_PAGE;
}
static inline struct active *active_of(const struct grant_table *t, grant_ref_t ref)
{
    return t->active[ref / ACTIVE_PER_PAGE] + ref % ACTIVE_PER_PAGE;
}

/* table.c: t->lock held for writing. Grow to at least nr frames: false: no memory, or above the limit */
bool grant_table_grow(struct domain *d, unsigned nr);

/* pin.c: a use of grant ref of rd by ld. GNTST_*. rd's table lock is taken inside. */
struct pinned {
    mfn_t frame;
    uint16_t start, length;     /* the part of the frame that may be used */
    bool whole;                 /* not a sub-page */
    struct domain *owner;       /* of the frame: rd, or whom its transitive grant leads to; stays */
};
/*
 * What for: sub-pages and transitive grants are for copies only; USE_TARGET is where a transitive grant
 * leads.
 */
enum grant_use { USE_MAP, USE_COPY, USE_TARGET };
int grant_pin(struct domain *ld, struct domain *rd, grant_ref_t ref, uint32_t how, enum grant_use use,
              struct pinned *out);
void grant_unpin(struct domain *rd, grant_ref_t ref, uint32_t how);
/*
 * References to the frame for one use. GNTST_bad_page: not its owner's, GNTST_general_error: no domain may
 * write there.
 */
int grant_frame_get(mfn_t frame, bool write, const struct domain *owner);
void grant_frame_put(mfn_t frame, bool write);

/*
 * One case of the hypercall: count operations at uop. Return how many were done, or -errno; each has its
 * own status.
 */
long grant_map_batch(void *uop, unsigned count);
long grant_unmap_batch(void *uop, unsigned count);
long grant_replace_batch(void *uop, unsigned count);
long grant_copy_batch(void *uop, unsigned count);
long grant_transfer_batch(void *uop, unsigned count);

#endif
