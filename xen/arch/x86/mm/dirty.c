/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The log of written frames (XEN_DOMCTL_shadow_op), for who copies a domain while it runs.
 *
 * The log has one bit for each pseudo-physical frame number; the machine-to-phys table tells it of a frame. Frames
 * without a number, or with one beyond the log, are not logged. Bits are set under the shadow's lock:
 *
 *   the guest's writes     the domain runs on shadow page tables (shadow.c), which let it write only to frames that are
 *                          in the log; copies to its virtual addresses come that way too
 *   page tables            with each change of an entry, by whomever
 *   ours, others'          mark_dirty() after the write, or where the right to write ends: of a grant with its unmapping
 *   pages we keep mapped   (vcpu_info, FIFO events, EOI map, descriptors) are in each answer: they may change any time;
 *                          descriptors also when they are dropped: the processor sets their accessed bits
 *
 * Not logged: what a privileged domain writes to frames it has mapped as foreign ones, what devices write, and accessed bits
 * that the processor sets in tables reached through linear entries.
 *
 * CLEAN takes the bits out first and the rights to write after that. A frame written to in between is in the answer,
 * and is read by the caller after we are done; who writes later faults, and sets the bit again.
 */
#include <xen/event.h>
#include <xen/guest.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <public/domctl.h>
#include <asm/shared.h>
#include "internal.h"

#define WORDS_PER_PAGE   (PAGE_SIZE / sizeof(unsigned long))
#define CHUNK_WORDS      64UL           /* read at a time: 512 bytes of stack */
#define FRAMES_PER_MB    (1u << (20 - PAGE_SHIFT))
#define FRAMES_MIN       FRAMES_PER_MB
#define FRAMES_DEFAULT   (4 * FRAMES_PER_MB)
#define HOLE_FRAMES      (1UL << 20)    /* numbers may leave out as many: devices below 4 GiB */
#define MODES            (XEN_DOMCTL_SHADOW_ENABLE_REFCOUNT | XEN_DOMCTL_SHADOW_ENABLE_LOG_DIRTY | \
                          XEN_DOMCTL_SHADOW_ENABLE_TRANSLATE | XEN_DOMCTL_SHADOW_ENABLE_EXTERNAL)

/* ---- bits ---- */

static unsigned long *word_of(const struct shadow_mode *s, unsigned long word)
{
    return &s->log[word / WORDS_PER_PAGE][word % WORDS_PER_PAGE];
}

/* Is m, a frame of d's, in the log? Its number is read once: the guest may change it any time. The lock is held. */
bool is_in_log(const struct domain *d, mfn_t m)
{
    const struct shadow_mode *s = &d->arch.shadow;
    unsigned long n = get_m2p(m);

    return n < s->nr_pfns && *word_of(s, n / BITS_PER_LONG) >> n % BITS_PER_LONG & 1;
}

static void log_pfn(struct shadow_mode *s, unsigned long n)
{
    if (n < s->nr_pfns && !test_and_set_bit(n % BITS_PER_LONG, word_of(s, n / BITS_PER_LONG)))
        s->dirty_count++;
}

/* Note m, if it is a logged frame of d's. The lock is held. */
void log_frame(struct domain *d, mfn_t m)
{
    if (is_logged_frame(d, m))
        log_pfn(&d->arch.shadow, get_m2p(m));
}

void log_pfn_changed(struct domain *d, unsigned long n)
{
    spin_lock(&d->arch.shadow.lock);
    log_pfn(&d->arch.shadow, n);
    spin_unlock(&d->arch.shadow.lock);
}

void log_frame_written(const struct page_info *pg)
{
    struct domain *d = page_owner(pg);

    if (d)
        log_pfn_changed(d, get_m2p(page_to_mfn(pg)));
}

/* The frames that we, and the processor in the guest's place, write to without asking. */
static void log_kept_frames(struct domain *d)
{
    struct vcpu *v;

    spin_lock(&d->event_lock);
    fifo_mark_dirty(d);
    if (d->arch.pirq_eoi_map)
        mark_dirty(virt_to_page(d->arch.pirq_eoi_map));
    spin_unlock(&d->event_lock);
    spin_lock(&d->arch.shadow.lock);
    for_each_vcpu (d, v) {
        log_frame(d, v->vcpu_info_mfn);
        for (unsigned i = 0; i < ARRAY_SIZE(v->arch.gdt_frames); i++)
            log_frame(d, mfn(v->arch.gdt_frames[i]));
        for (unsigned i = LDT_PTE; v->arch.perdomain_ptes && i < PERDOMAIN_PTES; i++)
            if (READ_ONCE(v->arch.perdomain_ptes[i]) & _PAGE_PRESENT)
                log_frame(d, pte_mfn(v->arch.perdomain_ptes[i]));
    }
    spin_unlock(&d->arch.shadow.lock);
}

/* ---- on and off ---- */

/* Numbers that d can have use for, by what it says and may grow to. */
static unsigned long pfns_of(const struct domain *d)
{
    unsigned long pages = max(d->max_pages, d->tot_pages), said = d->shared_info ? shared_max_pfn(d) : 0;
    unsigned long n = max(pages, said);

    return n ? min(n, max_page + HOLE_FRAMES) : 1;
}

/* An empty log for n frames. 0, -ENOMEM, -ERESTART */
static int make_log(struct shadow_mode *s, unsigned long n)
{
    unsigned want = DIV_ROUND_UP(n, BITS_PER_LONG * WORDS_PER_PAGE);

    if (!s->log) {
        s->log = xzalloc_array(unsigned long *, want);
        if (!s->log)
            return -ENOMEM;
        s->max_log_pages = want;
    }
    while (s->nr_log_pages < s->max_log_pages) {
        unsigned long *page = zalloc_xenheap_page();

        if (!page)
            return -ENOMEM;
        s->log[s->nr_log_pages++] = page;
        if (s->nr_log_pages < s->max_log_pages && hypercall_preempt_check())
            return -ERESTART;
    }
    return 0;
}

static void drop_log(struct shadow_mode *s)
{
    spin_lock(&s->lock);
    s->nr_pfns = 0;
    spin_unlock(&s->lock);
    while (s->nr_log_pages)
        free_xenheap_page(s->log[--s->nr_log_pages]);
    xfree(s->log);
    s->log = NULL;
    s->reader = NULL;
}

/* All that the mode took. No vcpu of d runs. 0, -ERESTART */
int dirty_teardown(struct domain *d)
{
    drop_log(&d->arch.shadow);
    return shadow_teardown(d);
}

static void set_log_size(struct shadow_mode *s, unsigned long n)
{
    spin_lock(&s->lock);
    s->nr_pfns = min(n, s->max_log_pages * BITS_PER_LONG * WORDS_PER_PAGE);
    s->fault_count = s->dirty_count = 0;
    spin_unlock(&s->lock);
}

static long enable(struct domain *d, uint32_t mode)
{
    struct shadow_mode *s = &d->arch.shadow;
    unsigned long n = mode & XEN_DOMCTL_SHADOW_ENABLE_LOG_DIRTY ? pfns_of(d) : 0;
    int rc = 0;

    if (mode & ~MODES)
        return refuse(-EINVAL, "shadow_op: unknown mode");
    if (mode & ~XEN_DOMCTL_SHADOW_ENABLE_LOG_DIRTY)
        return refuse(-EINVAL, "shadow_op: reference counting, translation and external mode are for HVM guests");
    if (superpages_allowed)
        return refuse(-EOPNOTSUPP, "shadow_op: not where guests may have superpages (boot option allowsuperpage)");
    if (s->on)
        return refuse(-EINVAL, "shadow_op: the domain is in shadow mode already");
    if (d->is_dying)
        return refuse(-EINVAL, "shadow_op: the domain is dying");
    s->limit = s->limit ? max(s->limit, FRAMES_MIN) : max(FRAMES_DEFAULT, d->tot_pages / 64);
    if (n)
        rc = make_log(s, n);
    if (!rc)
        rc = shadow_prepare(d);
    if (rc == -ERESTART)
        return rc;
    domain_pause(d);
    if (rc) {
        while (dirty_teardown(d))
            ;
    } else {
        if (n)
            set_log_size(s, n);
        shadow_enable(d);
    }
    domain_unpause(d);
    return rc ? refuse(rc, "shadow_op: no memory") : 0;
}

static long disable(struct domain *d)
{
    int rc;

    domain_pause(d);
    rc = dirty_teardown(d);
    domain_unpause(d);
    if (!rc)
        d->arch.shadow.limit = 0;
    return rc;
}

static long set_allocation(struct domain *d, uint32_t mb)
{
    struct shadow_mode *s = &d->arch.shadow;
    unsigned frames;

    if (mb > total_frames() / FRAMES_PER_MB)
        return refuse(-ENOMEM, "shadow_op: more than the machine has");
    frames = mb * FRAMES_PER_MB;
    s->limit = s->on ? max(frames, FRAMES_MIN) : frames;
    if (s->frames <= s->limit)
        return 0;
    shadow_forget_all(d);
    return shadow_shrink(d, s->limit);
}

/* ---- reading ---- */

/* Words [first, first + n) of the log, those bits only that are below `end`; they leave it if clean. */
static void take_words(struct shadow_mode *s, unsigned long *words, unsigned long first, unsigned long n, unsigned long end,
                       bool clean)
{
    for (unsigned long i = 0; i < n; i++) {
        unsigned long *word = word_of(s, first + i), start = (first + i) * BITS_PER_LONG;
        unsigned long mask = end - start < BITS_PER_LONG ? (1UL << (end - start)) - 1 : ~0UL;

        words[i] = (clean ? __atomic_fetch_and(word, ~mask, __ATOMIC_SEQ_CST) : READ_ONCE(*word)) & mask;
    }
}

static void put_words_back(struct shadow_mode *s, const unsigned long *words, unsigned long first, unsigned long n)
{
    for (unsigned long i = 0; i < n; i++)
        __atomic_fetch_or(word_of(s, first + i), words[i], __ATOMIC_SEQ_CST);
}

/* From next_read on. 0, -EFAULT, -ERESTART */
static int read_bits(struct shadow_mode *s, const struct xen_domctl_shadow_op *op, unsigned long end, bool clean)
{
    unsigned long words[CHUNK_WORDS], last = DIV_ROUND_UP(end, BITS_PER_LONG);

    while (s->next_read < last) {
        unsigned long first = s->next_read, n = min(CHUNK_WORDS, last - first);
        size_t bytes = DIV_ROUND_UP(min(end - first * BITS_PER_LONG, n * BITS_PER_LONG), 8);

        take_words(s, words, first, n, end, clean);
        if (!guest_handle_is_null(op->dirty_bitmap) &&
            raw_copy_to_guest((char *)op->dirty_bitmap.p + first * sizeof(*words), words, bytes)) {
            if (clean)
                put_words_back(s, words, first, n);
            return -EFAULT;
        }
        s->next_read += n;
        if (s->next_read < last && hypercall_preempt_check())
            return -ERESTART;
    }
    return 0;
}

static void read_stats(struct shadow_mode *s, struct xen_domctl_shadow_op *op, bool clean)
{
    spin_lock(&s->lock);
    op->stats = (struct xen_domctl_shadow_op_stats) { s->fault_count, s->dirty_count };
    if (clean)
        s->fault_count = s->dirty_count = 0;
    spin_unlock(&s->lock);
}

static long read_log(struct domain *d, struct xen_domctl_shadow_op *op)
{
    struct shadow_mode *s = &d->arch.shadow;
    bool clean = op->op == XEN_DOMCTL_SHADOW_OP_CLEAN, no_buffer = guest_handle_is_null(op->dirty_bitmap);
    unsigned long end = no_buffer ? s->nr_pfns : min(op->pages, s->nr_pfns);
    int rc;

    if (!s->nr_pfns)
        return refuse(-EINVAL, "shadow_op: the domain is not in log-dirty mode");
    if (op->mode & ~XEN_DOMCTL_SHADOW_LOGDIRTY_FINAL)
        return refuse(-EINVAL, "shadow_op: unknown mode");
    if (s->reader && s->reader != current)
        return refuse(-EBUSY, "shadow_op: another vcpu is in the midst of reading the log");
    if (!s->reader) {
        log_kept_frames(d);
        s->next_read = 0;
    }
    s->reader = current;
    rc = read_bits(s, op, end, clean);
    if (rc == -ERESTART)
        return rc;
    op->pages = end;
    read_stats(s, op, clean && !rc);
    /* Also after a fault: what was read is not in the log any more. */
    if (clean)
        shadow_forget_all(d);
    s->reader = NULL;
    return rc;
}

/* See asm/shadow.h. */
long shadow_op(struct domain *d, struct xen_domctl_shadow_op *op)
{
    switch (op->op) {
    case XEN_DOMCTL_SHADOW_OP_OFF:
        return disable(d);
    case XEN_DOMCTL_SHADOW_OP_ENABLE:
        return enable(d, op->mode);
    case XEN_DOMCTL_SHADOW_OP_ENABLE_TEST:
        return enable(d, 0);
    case XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY:
        return enable(d, XEN_DOMCTL_SHADOW_ENABLE_LOG_DIRTY);
    case XEN_DOMCTL_SHADOW_OP_CLEAN:
    case XEN_DOMCTL_SHADOW_OP_PEEK:
        return read_log(d, op);
    case XEN_DOMCTL_SHADOW_OP_GET_ALLOCATION:
        op->mb = DIV_ROUND_UP(d->arch.shadow.limit, FRAMES_PER_MB);
        return 0;
    case XEN_DOMCTL_SHADOW_OP_SET_ALLOCATION:
        return set_allocation(d, op->mb);
    default:
        return refuse(-EINVAL, "shadow_op: unknown operation");
    }
}
