/* SPDX-License-Identifier: GPL-2.0-only */
/* Why requests were refused: a ring per domain, read by the tools. xen/reason.h says how it is filled. */
#include <xen/lib.h>
#include <xen/hypercall.h>
#include <xen/sched.h>
#include <xen/reason.h>

/* A guest that tries something in a loop must not push out everything else. */
static bool same_again(const struct reason *r, const struct vcpu *v, int error, const char *text)
{
    return r->text == text && r->error == error && r->hypercall == v->current_hypercall &&
           r->vcpu == v->vcpu_id;
}

int refuse_note(int error, const char *text)
{
    struct vcpu *v = current;
    struct domain *d;
    struct reason *r;

    if (!v || is_idle_vcpu(v))
        return error;
    /* Two vcpus may meet in one slot: a mixed entry then, never a wrong access. */
    d = v->domain;
    r = &d->reasons[(READ_ONCE(d->nr_reasons) - 1) % REASONS_PER_DOMAIN];
    if (same_again(r, v, error, text)) {
        r->when = NOW();
        r->times++;
        return error;
    }
    r = &d->reasons[__atomic_fetch_add(&d->nr_reasons, 1, __ATOMIC_RELAXED) % REASONS_PER_DOMAIN];
    *r = (struct reason) { .when = NOW(), .text = text, .error = error, .times = 1,
                           .hypercall = v->current_hypercall, .vcpu = v->vcpu_id };
    return error;
}

void reasons_dump(const struct domain *d)
{
    unsigned end = d->nr_reasons, i = end > REASONS_PER_DOMAIN ? end - REASONS_PER_DOMAIN : 0;

    for (; i < end; i++) {
        const struct reason *r = &d->reasons[i % REASONS_PER_DOMAIN];
        const char *call = r->hypercall < NR_HYPERCALLS ? hypercall_names[r->hypercall] : "instruction";

        printk("  %ld.%06ld d%dv%d %s: error %d: %s (%u times)\n", (long)(r->when / SECONDS(1)),
               (long)(r->when % SECONDS(1) / 1000), d->domain_id, r->vcpu, call ? call : "?", r->error,
               r->text, r->times);
    }
}
