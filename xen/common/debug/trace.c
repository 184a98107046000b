/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trace buffers: a ring of records for each CPU, in frames that domain 0 maps as those of DOMID_XEN, and a page or more that
 * tell where they are (struct t_info). The rings are made once and stay.
 *
 * Only its CPU writes a ring, with interrupts off, and keeps for itself where it stands: of what the reader can write only
 * `cons` is looked at, and when that can't be, the ring counts as full. `prod` and `cons` run up to twice the size of the
 * data, so that full and empty are told apart. A record is in one piece: what is too short at the end of the data is filled
 * by TRC_TRACE_WRAP_BUFFER. Records that find no room are counted, and told by TRC_LOST_RECORDS when there is some again.
 */
#include <xen/event.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/param.h>
#include <xen/sched.h>
#include <xen/smp.h>
#include <xen/trace.h>
#include <asm/init.h>
#include <asm/processor.h>
#include <public/sysctl.h>
#include "../control/bitmap.h"

#define WORD           sizeof(uint32_t)
#define TIME_WORDS     2
#define RECORD_MAX     ((1 + TIME_WORDS + TRACE_EXTRA_MAX) * WORD)
#define LOST_WORDS     4
/* Room for a record, the one of those lost, and what each may leave unused before the end of the data. */
#define ROOM_WANTED    (4 * RECORD_MAX)
#define MAX_PAGES      4096u            /* of a ring: 16 MiB */
#define MAX_INFO_WORDS 0x10000u         /* offsets in struct t_info have 16 bits */

struct ring {
    struct t_buf *buf;                  /* NULL: none */
    uint32_t prod;
    uint32_t lost;
    uint64_t first_lost;                /* TSC */
};

bool tracing;
static DEFINE_PER_CPU(struct ring, trace_ring);
static DEFINE_SPINLOCK(trace_lock);     /* everything below but by readers of single words */
static struct t_info *info;             /* NULL: no rings */
static unsigned info_order, ring_pages;
static uint32_t data_size;              /* bytes of each ring */
static uint32_t event_mask = TRC_ALL;
static cpumask_t traced_cpus;

/* ---- records ---- */

/* By class and by subclass. */
static bool wanted(uint32_t event)
{
    uint32_t both = event & READ_ONCE(event_mask);

    return (both >> TRC_CLS_SHIFT & 0xfff) && (both >> TRC_SUBCLS_SHIFT & 0xf);
}

/* Bytes the reader hasn't taken; more than there can be if it says nonsense. */
static uint32_t unread(const struct ring *r)
{
    uint32_t cons = READ_ONCE(r->buf->cons), n = r->prod - cons;

    if (cons % WORD || cons >= 2 * data_size)
        return UINT32_MAX;
    return r->prod < cons ? n + 2 * data_size : n;
}

static void advance(struct ring *r, uint32_t bytes)
{
    r->prod += bytes;
    if (r->prod >= 2 * data_size)
        r->prod -= 2 * data_size;
}

static uint32_t *place(const struct ring *r)
{
    uint32_t at = r->prod >= data_size ? r->prod - data_size : r->prod;

    return (uint32_t *)((char *)(r->buf + 1) + at);
}

static uint32_t bytes_to_end(const struct ring *r)
{
    return data_size - (r->prod >= data_size ? r->prod - data_size : r->prod);
}

/* The words of a filler are what was there before. */
static void skip_short_end(struct ring *r, uint32_t length)
{
    while (bytes_to_end(r) < length) {
        uint32_t words = min(bytes_to_end(r) / (uint32_t)WORD, 1u + TRACE_EXTRA_MAX);

        *place(r) = TRC_TRACE_WRAP_BUFFER | (words - 1) << TRACE_EXTRA_SHIFT;
        advance(r, words * WORD);
    }
}

static void put(struct ring *r, uint32_t event, uint64_t when, const uint32_t *words, unsigned n)
{
    uint32_t length = (1 + TIME_WORDS + n) * WORD, *to;

    skip_short_end(r, length);
    to = place(r);
    to[0] = event | n << TRACE_EXTRA_SHIFT | TRC_HD_CYCLE_FLAG;
    to[1] = when;
    to[2] = when >> 32;
    memcpy(to + 1 + TIME_WORDS, words, n * WORD);
    advance(r, length);
}

static void tell_lost(struct ring *r, uint64_t now)
{
    const uint32_t words[LOST_WORDS] = {
        r->lost, current->domain->domain_id | (uint32_t)current->vcpu_id << 16, r->first_lost, r->first_lost >> 32,
    };

    r->lost = 0;
    put(r, TRC_LOST_RECORDS, now, words, LOST_WORDS);
}

/* The caller may hold any lock: domain 0 is told by softirq. */
static void record(struct ring *r, uint32_t event, const uint32_t *words, unsigned n)
{
    uint32_t before = unread(r);
    uint64_t now = rdtsc();

    if (before > data_size - ROOM_WANTED) {
        if (!r->lost++)
            r->first_lost = now;
        return;
    }
    if (r->lost)
        tell_lost(r, now);
    put(r, event, now, words, n);
    smp_wmb();
    WRITE_ONCE(r->buf->prod, r->prod);
    if (before < data_size / 2 && unread(r) >= data_size / 2)
        raise_softirq(TRACE_SOFTIRQ);
}

void trace_record(uint32_t event, const uint32_t *words, unsigned n)
{
    struct ring *r;
    unsigned long flags;

    if (!wanted(event) || !cpumask_test(smp_processor_id(), &traced_cpus))
        return;
    local_irq_save(flags);
    r = &this_cpu(trace_ring);
    if (r->buf)
        record(r, event, words, n);
    local_irq_restore(flags);
}

static void half_full(void)
{
    send_global_virq(VIRQ_TBUF);
}

static int init_text trace_init(void)
{
    memset(&traced_cpus, 0xff, sizeof(traced_cpus));
    open_softirq(TRACE_SOFTIRQ, half_full);
    return 0;
}
initcall(trace_init);

/* ---- rings ---- */

static unsigned order_of(unsigned long pages)
{
    unsigned order = 0;

    while (1ul << order < pages)
        order++;
    return order;
}

static void *alloc_shared(unsigned order)
{
    void *pages = alloc_xenheap_pages(order);

    if (pages)
        memset(pages, 0, PAGE_SIZE << order);
    return pages;
}

static void free_rings(struct t_buf **rings, unsigned order)
{
    unsigned cpu;

    for_each_online_cpu(cpu)
        free_xenheap_pages(rings[cpu], order);
}

/* False: no memory, and none taken. */
static bool alloc_rings(struct t_buf **rings, unsigned order)
{
    unsigned cpu;

    for_each_online_cpu(cpu) {
        rings[cpu] = alloc_shared(order);
        if (!rings[cpu]) {
            free_rings(rings, order);
            return false;
        }
    }
    return true;
}

static void share(void *pages, unsigned order, enum share_access access)
{
    for (unsigned i = 0; i < 1u << order; i++)
        share_xen_page_with_privileged_guests(virt_to_page((char *)pages + i * PAGE_SIZE), access);
}

static unsigned info_head_words(void)
{
    return DIV_ROUND_UP(offsetof(struct t_info, mfn_offset[nr_cpu_ids]), WORD);
}

/* A CPU's frames are numbered in words from its offset on; of one that isn't online the offset is 0. */
static void publish(struct t_info *to, struct t_buf **rings, unsigned order)
{
    unsigned at = info_head_words(), cpu;

    to->tbuf_size = 1u << order;
    for_each_online_cpu(cpu) {
        to->mfn_offset[cpu] = at;
        for (unsigned i = 0; i < 1u << order; i++)
            ((uint32_t *)to)[at++] = virt_to_mfn(rings[cpu]).n + i;
        share(rings[cpu], order, SHARE_rw);
        per_cpu(trace_ring, cpu).buf = rings[cpu];
    }
}

/* trace_lock is held. pages: of each ring, made a power of two. */
static long make_rings(uint32_t pages)
{
    unsigned order = order_of(pages), words = info_head_words() + (num_online_cpus() << order);
    struct t_buf **rings;
    struct t_info *to;
    bool ok;

    if (words > MAX_INFO_WORDS)
        return refuse(-EINVAL, "tbuf_op: too many pages for so many CPUs");
    info_order = order_of(DIV_ROUND_UP(words * WORD, PAGE_SIZE));
    to = alloc_shared(info_order);
    rings = xzalloc_array(struct t_buf *, nr_cpu_ids);
    ok = to && rings && alloc_rings(rings, order);
    if (ok) {
        ring_pages = 1u << order;
        data_size = (ring_pages << PAGE_SHIFT) - sizeof(struct t_buf);
        publish(to, rings, order);
        share(to, info_order, SHARE_ro);
        info = to;
    } else
        free_xenheap_pages(to, info_order);
    xfree(rings);
    return ok ? 0 : -ENOMEM;
}

static long set_size(uint32_t pages)
{
    if (!pages)
        return refuse(-EINVAL, "tbuf_op: a ring of no pages");
    if (pages > MAX_PAGES)
        return refuse(-ENOMEM, "tbuf_op: more pages than a ring may have");
    if (info)
        return refuse(-EBUSY, "tbuf_op: the size can be set once");
    return make_rings(pages);
}

/* ---- the tools' requests ---- */

static long enable(bool on)
{
    if (on && !info)
        return refuse(-EINVAL, "tbuf_op: there are no rings yet, set_size makes them");
    smp_mb();
    if (on != tracing)
        arch_trace(on);
    WRITE_ONCE(tracing, on);
    return 0;
}

static long get_info(struct xen_sysctl_tbuf_op *op)
{
    op->evt_mask = event_mask;
    op->buffer_mfn = info ? virt_to_mfn(info).n : 0;
    op->size = info ? PAGE_SIZE << info_order : 0;
    return 0;
}

static long control(struct xen_sysctl_tbuf_op *op, const cpumask_t *cpus)
{
    switch (op->cmd) {
    case XEN_SYSCTL_TBUFOP_get_info:     return get_info(op);
    case XEN_SYSCTL_TBUFOP_set_cpu_mask: traced_cpus = *cpus; return 0;
    case XEN_SYSCTL_TBUFOP_set_evt_mask: WRITE_ONCE(event_mask, op->evt_mask); return 0;
    case XEN_SYSCTL_TBUFOP_set_size:     return set_size(op->size);
    case XEN_SYSCTL_TBUFOP_enable:
    case XEN_SYSCTL_TBUFOP_disable:      return enable(op->cmd == XEN_SYSCTL_TBUFOP_enable);
    }
    return refuse(-EINVAL, "tbuf_op: unknown command");
}

long trace_control(struct xen_sysctl_tbuf_op *op)
{
    cpumask_t cpus = CPUMASK_NONE;
    long rc;

    if (op->cmd == XEN_SYSCTL_TBUFOP_set_cpu_mask && xenctl_to_bitmap(cpus.bits, &op->cpu_mask, nr_cpu_ids))
        return -EFAULT;
    spin_lock(&trace_lock);
    rc = control(op, &cpus);
    spin_unlock(&trace_lock);
    return rc;
}
