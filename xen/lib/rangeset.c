/* SPDX-License-Identifier: GPL-2.0-only */
/* Sets of ranges: a sorted list of disjoint ranges that do not touch. */
#include <xen/list.h>
#include <xen/mm.h>
#include <xen/rangeset.h>
#include <xen/spinlock.h>
#include <xen/errno.h>

struct range {
    struct list_head list;
    unsigned long first, last;
};

struct rangeset {
    struct list_head ranges;
    rwlock_t lock;
    const char *name;
};

struct rangeset *rangeset_new(const char *name)
{
    struct rangeset *r = xzalloc(struct rangeset);

    if (r) {
        list_init(&r->ranges);
        r->name = name;
    }
    return r;
}

static void drop(struct range *x)
{
    list_del(&x->list);
    xfree(x);
}

void rangeset_free(struct rangeset *r)
{
    struct range *x, *tmp;

    if (!r)
        return;
    list_for_each_safe(x, tmp, &r->ranges, list)
        drop(x);
    xfree(r);
}

/* Absorb every range that [first, last] overlaps or touches into fresh, then put fresh in order. */
static void insert_merged(struct rangeset *r, struct range *fresh)
{
    struct range *x, *tmp;
    struct list_head *before = &r->ranges;

    list_for_each_safe(x, tmp, &r->ranges, list) {
        if (x->first > fresh->last && x->first - fresh->last > 1)
            break;
        if (fresh->first > x->last && fresh->first - x->last > 1) {
            before = &x->list;
            continue;
        }
        fresh->first = min(fresh->first, x->first);
        fresh->last = max(fresh->last, x->last);
        drop(x);
    }
    list_add(&fresh->list, before);
}

int rangeset_add(struct rangeset *r, unsigned long first, unsigned long last)
{
    struct range *fresh;

    if (first > last)
        return -EINVAL;
    fresh = xzalloc(struct range);
    if (!fresh)
        return -ENOMEM;
    fresh->first = first;
    fresh->last = last;
    write_lock(&r->lock);
    insert_merged(r, fresh);
    write_unlock(&r->lock);
    return 0;
}

int rangeset_remove(struct rangeset *r, unsigned long first, unsigned long last)
{
    struct range *x, *tmp, *tail;

    if (first > last)
        return -EINVAL;
    tail = xzalloc(struct range);           /* needed if the hole splits a range: nothing may fail later */
    if (!tail)
        return -ENOMEM;
    write_lock(&r->lock);
    list_for_each_safe(x, tmp, &r->ranges, list) {
        if (x->last < first || x->first > last)
            continue;
        if (x->first < first && x->last > last) {
            tail->first = last + 1;
            tail->last = x->last;
            x->last = first - 1;
            list_add(&tail->list, &x->list);
            tail = NULL;
            break;
        }
        if (x->first >= first && x->last <= last)
            drop(x);
        else if (x->first < first)
            x->last = first - 1;
        else
            x->first = last + 1;
    }
    write_unlock(&r->lock);
    xfree(tail);
    return 0;
}

/* The first range that ends at or after first, NULL if none. */
static struct range *find(struct rangeset *r, unsigned long first)
{
    struct range *x;

    list_for_each(x, &r->ranges, list)
        if (x->last >= first)
            return x;
    return NULL;
}

bool rangeset_contains(struct rangeset *r, unsigned long first, unsigned long last)
{
    struct range *x;
    bool yes;

    read_lock(&r->lock);
    x = find(r, first);
    yes = x && first <= last && x->first <= first && x->last >= last;
    read_unlock(&r->lock);
    return yes;
}

bool rangeset_overlaps(struct rangeset *r, unsigned long first, unsigned long last)
{
    struct range *x;
    bool yes;

    read_lock(&r->lock);
    x = find(r, first);
    yes = x && x->first <= last;
    read_unlock(&r->lock);
    return yes;
}

int rangeset_for_each(struct rangeset *r, int (*fn)(unsigned long, unsigned long, void *), void *arg)
{
    struct range *x;
    int rc = 0;

    read_lock(&r->lock);
    list_for_each(x, &r->ranges, list) {
        rc = fn(x->first, x->last, arg);
        if (rc)
            break;
    }
    read_unlock(&r->lock);
    return rc;
}
