/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The FIFO ABI (public/event_channel.h; "Event channel internals" of the interface manual).
 *
 * Each port has a 32-bit word in an array of guest pages: PENDING, MASKED, LINKED, BUSY and LINK, the next
 * port of its queue. Each vcpu has 16 queues, by priority; their heads and a bitmap of non-empty ones are
 * in a control block in a guest page. We add at the tail, the guest takes from the head, both by
 * compare-and-exchange. Everything in these pages is hostile: a guest that writes nonsense loses its own
 * events, so every port number we follow is our own (queue->tail), never one read from there.
 */
#include <xen/lib.h>
#include <xen/smp.h>
#include "private.h"

#define WORDS_PER_PAGE  (PAGE_SIZE / sizeof(event_word_t))
#define MAX_ARRAY_PAGES (EVTCHN_FIFO_NR_CHANNELS / WORDS_PER_PAGE)
#define LINK_TRIES      8
#define BIT(n)          (1u << (n))

struct fifo_queue {
    spinlock_t lock;
    uint32_t tail;               /* 0: as far as we know empty */
};

struct fifo_vcpu {
    evtchn_fifo_control_block_t *control;    /* in a guest page */
    struct fifo_queue queue[EVTCHN_FIFO_MAX_QUEUES];
};

struct fifo_domain {
    event_word_t *array[MAX_ARRAY_PAGES];
    unsigned nr_words;
};

/* The port's word, NULL while the guest has not provided the page. */
static event_word_t *word_of(const struct domain *d, uint32_t port)
{
    struct fifo_domain *f = d->evtchn_fifo;

    if (!f || port >= READ_ONCE(f->nr_words))
        return NULL;
    smp_rmb();
    return f->array[port / WORDS_PER_PAGE] + port % WORDS_PER_PAGE;
}

/*
 * Make the tail's word point to port. False if the guest has taken the tail off its queue. A guest that
 * keeps changing the word is asked to stop by BUSY, and then ignored.
 */
static bool link_behind(event_word_t *tail, uint32_t port)
{
    event_word_t w = READ_ONCE(*tail), want, seen;

    for (unsigned i = 0; i < LINK_TRIES; i++) {
        if (!(w & BIT(EVTCHN_FIFO_LINKED)))
            break;
        want = (w & ~(BIT(EVTCHN_FIFO_BUSY) | EVTCHN_FIFO_LINK_MASK)) | port;
        seen = cmpxchg(tail, w, want);
        if (seen == w)
            return true;
        if (i == LINK_TRIES / 2)
            set_bit(EVTCHN_FIFO_BUSY, tail);
        w = READ_ONCE(*tail);
    }
    clear_bit(EVTCHN_FIFO_BUSY, tail);
    return false;
}

static struct fifo_queue *queue_of(const struct domain *d, uint32_t name)
{
    struct vcpu *v = domain_vcpu(d, name >> 8);
    struct fifo_vcpu *fv = v ? v->evtchn_fifo : NULL;

    return fv ? &fv->queue[name & 0xff] : NULL;
}

/*
 * The queue c goes to and the one it was on last, lower address first. Interrupts are off. Returns the last
 * one.
 */
static struct fifo_queue *lock_queues(struct domain *d, const struct evtchn *c, struct fifo_queue *q)
{
    for (;;) {
        uint32_t last = READ_ONCE(c->last_queue);
        struct fifo_queue *old = queue_of(d, last);

        if (!old)
            old = q;
        spin_lock(q <= old ? &q->lock : &old->lock);
        if (q != old)
            spin_lock(q <= old ? &old->lock : &q->lock);
        if (likely(READ_ONCE(c->last_queue) == last))
            return old;
        spin_unlock(&q->lock);
        if (q != old)
            spin_unlock(&old->lock);
    }
}

/*
 * Put the port on a queue unless it is on one. True if the guest must be told: the queue had been empty. An
 * event that changes its queue may still be the tail of the old one: both queues are locked then.
 */
static bool link(struct vcpu *v, unsigned priority, struct evtchn *c, event_word_t *word)
{
    struct domain *d = v->domain;
    struct fifo_vcpu *fv = v->evtchn_fifo;
    struct fifo_queue *q = &fv->queue[priority], *old = lock_queues(d, c, q);
    event_word_t *tail;
    bool linked = false;

    if (test_and_set_bit(EVTCHN_FIFO_LINKED, word)) {
        linked = true;           /* on a queue already: nothing to do */
        goto out;
    }
    if (old->tail == c->port)    /* the guest has taken it: that queue is empty */
        old->tail = 0;
    WRITE_ONCE(c->last_queue, (uint32_t)v->vcpu_id << 8 | priority);
    tail = q->tail ? word_of(d, q->tail) : NULL;
    if (tail)
        linked = link_behind(tail, c->port);
    if (!linked)
        WRITE_ONCE(fv->control->head[priority], c->port);
    q->tail = c->port;

 out:
    if (q != old)
        spin_unlock(&old->lock);
    spin_unlock(&q->lock);
    return !linked;
}

/* Interrupts are off, as everywhere that queues are locked: devices' interrupts send, too. */
static void set_pending_fifo(struct vcpu *v, struct evtchn *c)
{
    struct domain *d = v->domain;
    struct fifo_vcpu *fv = v->evtchn_fifo;
    event_word_t *word = word_of(d, c->port);
    unsigned priority = READ_ONCE(c->priority);
    bool was_pending;

    if (!word || !fv || !READ_ONCE(fv->control)) {
        WRITE_ONCE(c->pending, true);        /* until expand_array and init_control */
        return;
    }
    was_pending = test_and_set_bit(EVTCHN_FIFO_PENDING, word);
    if (!(READ_ONCE(*word) & (BIT(EVTCHN_FIFO_MASKED) | BIT(EVTCHN_FIFO_LINKED))) &&
        link(v, priority, c, word) && !test_and_set_bit(priority, &fv->control->ready))
        vcpu_mark_events_pending(v);
    if (!was_pending)
        evtchn_check_pollers(d, c->port);
}

static void clear_pending_fifo(struct domain *d, struct evtchn *c)
{
    event_word_t *word = word_of(d, c->port);

    c->pending = false;
    if (word)
        clear_bit(EVTCHN_FIFO_PENDING, word);
}

static void unmask_fifo(struct domain *d, struct evtchn *c)
{
    event_word_t *word = word_of(d, c->port);

    if (!word)
        return;
    clear_bit(EVTCHN_FIFO_MASKED, word);
    if (test_bit(EVTCHN_FIFO_PENDING, word))
        set_pending_fifo(d->vcpu[c->notify_vcpu_id], c);
}

static bool is_pending_fifo(const struct domain *d, const struct evtchn *c)
{
    event_word_t *word = word_of(d, c->port);

    return (word && test_bit(EVTCHN_FIFO_PENDING, word)) || c->pending;
}

static bool is_masked_fifo(const struct domain *d, const struct evtchn *c)
{
    event_word_t *word = word_of(d, c->port);

    return !word || test_bit(EVTCHN_FIFO_MASKED, word);
}

static bool is_busy_fifo(const struct domain *d, const struct evtchn *c)
{
    event_word_t *word = word_of(d, c->port);

    return word && test_bit(EVTCHN_FIFO_LINKED, word);
}

static int set_priority_fifo(struct domain *d, struct evtchn *c, unsigned priority)
{
    if (c->state <= ECS_RESERVED)
        return refuse(-EACCES, "set_priority: the port is not in use");
    if (priority > EVTCHN_FIFO_PRIORITY_MIN)
        return refuse(-EINVAL, "set_priority: beyond the lowest priority");
    c->priority = priority;
    return 0;
}

const struct evtchn_ops evtchn_fifo_ops = {
    .set_pending = set_pending_fifo, .clear_pending = clear_pending_fifo, .unmask = unmask_fifo,
    .is_pending = is_pending_fifo, .is_masked = is_masked_fifo, .is_busy = is_busy_fifo,
    .set_priority = set_priority_fifo,
};

/* ---- set-up: d->event_lock held unless noted ---- */

/* A page of the current domain for us to write: NULL if it is not an ordinary writable one. */
static void *map_guest_frame(struct domain *d, uint64_t frame)
{
    struct page_info *pg = get_page_from_gfn(d, gfn(frame));

    if (!pg)
        return NULL;
    if (get_page_type(pg, PGT_writable_page)) {
        put_page(pg);
        return NULL;
    }
    return page_to_virt(pg);
}

static struct page_info *frame_of(void *p)
{
    return virt_to_page((void *)((unsigned long)p & PAGE_MASK));
}

static void unmap_guest_frame(void *p)
{
    mark_dirty(frame_of(p));
    put_page_and_type(frame_of(p));
}

/* See xen/event.h. */
void fifo_mark_dirty(struct domain *d)
{
    const struct fifo_domain *f = d->evtchn_fifo;
    struct vcpu *v;

    for (unsigned i = 0; f && i < f->nr_words / WORDS_PER_PAGE; i++)
        mark_dirty(frame_of(f->array[i]));
    for_each_vcpu (d, v) {
        const struct fifo_vcpu *fv = v->evtchn_fifo;

        if (fv && fv->control)
            mark_dirty(frame_of(fv->control));
    }
}

static int set_control(struct vcpu *v, uint64_t frame, uint32_t offset)
{
    struct fifo_vcpu *fv = v->evtchn_fifo;
    void *page;

    if (fv->control)
        return refuse(-EINVAL, "init_control: done before");
    page = map_guest_frame(v->domain, frame);
    if (!page)
        return refuse(-EINVAL, "init_control: not a writable frame of the caller");
    WRITE_ONCE(fv->control, page + offset);
    return 0;
}

/* Queues are in use as soon as a vcpu has them: made once. */
static int alloc_vcpus(struct domain *d)
{
    struct fifo_vcpu *fv;
    struct vcpu *v;

    for_each_vcpu(d, v) {
        if (v->evtchn_fifo)
            continue;
        fv = xzalloc(struct fifo_vcpu);
        if (!fv)
            return -ENOMEM;
        for (unsigned i = 0; i < EVTCHN_FIFO_MAX_QUEUES; i++)
            spin_lock_init(&fv->queue[i].lock);
        smp_wmb();
        v->evtchn_fifo = fv;
    }
    return 0;
}

/* Pages have come: deliver what had to be kept for want of them. */
static void deliver_kept(struct domain *d)
{
    for (uint32_t port = 1; port < d->valid_evtchns; port++) {
        struct evtchn *c = evtchn_from_port(d, port);
        unsigned long flags;

        if (c->state <= ECS_RESERVED)
            continue;
        evtchn_wait_for_senders(d, c);
        spin_lock_irqsave(&c->lock, flags);
        if (c->pending) {
            c->pending = false;
            set_pending_fifo(d->vcpu[c->notify_vcpu_id], c);
        }
        spin_unlock_irqrestore(&c->lock, flags);
    }
}

/* Events that are pending under the 2-level ABI are kept for when the array comes. */
static void switch_to_fifo(struct domain *d)
{
    WRITE_ONCE(d->evtchn_ops, &evtchn_fifo_ops);
    for (uint32_t port = 1; port < d->valid_evtchns; port++) {
        struct evtchn *c = evtchn_from_port(d, port);

        evtchn_wait_for_senders(d, c);
        if (evtchn_2l_ops.is_pending(d, c))
            WRITE_ONCE(c->pending, true);
        c->priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
    }
}

static int init_control_locked(struct domain *d, struct vcpu *v, const evtchn_init_control_t *op)
{
    bool first = !d->evtchn_fifo;
    int rc;

    if (first) {
        rc = alloc_vcpus(d);
        if (rc == 0)
            d->evtchn_fifo = xzalloc(struct fifo_domain);
        if (rc || !d->evtchn_fifo)
            return -ENOMEM;
    }
    rc = alloc_vcpus(d);
    if (!rc)
        rc = set_control(v, op->control_gfn, op->offset);
    if (rc && first) {
        evtchn_fifo_destroy(d);
        return rc;
    }
    if (rc)
        return rc;
    if (first)
        switch_to_fifo(d);
    else
        deliver_kept(d);
    return 0;
}

/* EVTCHNOP_init_control, of the caller's domain. Takes the lock. */
int evtchn_fifo_init_control(evtchn_init_control_t *op)
{
    struct domain *d = current->domain;
    struct vcpu *v = domain_vcpu(d, op->vcpu);
    int rc;

    if (!v)
        return refuse(-ENOENT, "init_control: no such vcpu");
    if (op->offset > PAGE_SIZE - sizeof(evtchn_fifo_control_block_t) || op->offset & 7)
        return refuse(-EINVAL, "init_control: offset unaligned or out of the page");
    op->link_bits = EVTCHN_FIFO_LINK_BITS;
    spin_lock(&d->event_lock);
    rc = init_control_locked(d, v, op);
    spin_unlock(&d->event_lock);
    return rc;
}

static int expand_array_locked(struct domain *d, uint64_t frame)
{
    struct fifo_domain *f = d->evtchn_fifo;
    void *page;

    if (!f)
        return refuse(-EOPNOTSUPP, "expand_array: init_control comes first");
    if (f->nr_words >= EVTCHN_FIFO_NR_CHANNELS)
        return refuse(-ENOSPC, "expand_array: the array is complete");
    page = map_guest_frame(d, frame);
    if (!page)
        return refuse(-EINVAL, "expand_array: not a writable frame of the caller");
    f->array[f->nr_words / WORDS_PER_PAGE] = page;
    smp_wmb();
    WRITE_ONCE(f->nr_words, f->nr_words + WORDS_PER_PAGE);
    deliver_kept(d);
    return 0;
}

/* EVTCHNOP_expand_array: one more page of words. Takes the lock. */
int evtchn_fifo_expand_array(const evtchn_expand_array_t *op)
{
    struct domain *d = current->domain;
    int rc;

    spin_lock(&d->event_lock);
    rc = expand_array_locked(d, op->array_gfn);
    spin_unlock(&d->event_lock);
    return rc;
}

/* All ports are closed, and nobody sends to the domain. d->event_lock held, or nobody refers to it any more. */
void evtchn_fifo_destroy(struct domain *d)
{
    struct fifo_domain *f = d->evtchn_fifo;
    struct vcpu *v;

    d->evtchn_ops = &evtchn_2l_ops;
    d->evtchn_fifo = NULL;
    for_each_vcpu(d, v) {
        struct fifo_vcpu *fv = v->evtchn_fifo;

        v->evtchn_fifo = NULL;
        if (fv && fv->control)
            unmap_guest_frame(fv->control);
        xfree(fv);
    }
    for (unsigned i = 0; f && i < f->nr_words / WORDS_PER_PAGE; i++)
        unmap_guest_frame(f->array[i]);
    xfree(f);
}
