/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trace points. TRACE(event, words...) leaves a record with the time in this CPU's ring when somebody traces events of that
 * kind; otherwise it costs a branch. Events and what their words mean: public/trace.h. Any context but NMI.
 */
#ifndef XEN_TRACE_H
#define XEN_TRACE_H

#include <xen/types.h>
#include <public/trace.h>

extern bool tracing;

/* n words at most TRACE_EXTRA_MAX. */
void trace_record(uint32_t event, const uint32_t *words, unsigned n);

#define TRACE(event, ...) do {                                          \
    if (unlikely(tracing)) {                                            \
        const uint32_t trace_words_[] = { __VA_ARGS__ };                \
        trace_record(event, trace_words_, ARRAY_SIZE(trace_words_));    \
    }                                                                   \
} while (0)

struct xen_sysctl_tbuf_op;
long trace_control(struct xen_sysctl_tbuf_op *op);  /* XEN_SYSCTL_tbuf_op: 0, -EINVAL, -EBUSY, -ENOMEM, -EFAULT */
/* The architecture's part: hypercalls are traced by other means than TRACE(). */
void arch_trace(bool on);

#endif
