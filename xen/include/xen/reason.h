/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a request was refused. refuse(-EINVAL, "pin_table: frame has writable references") evaluates to the
 * errno and notes it, with the calling domain, vcpu and hypercall number, in the domain's ring; free on the
 * success path. The reason must be a string literal; "%" has no meaning. Read by why_read() (xm why) and
 * crash dumps.
 */
#ifndef XEN_REASON_H
#define XEN_REASON_H

#include <xen/types.h>

#define REASONS_PER_DOMAIN 32

struct domain;
struct reason {
    s_time_t when;
    const char *text;
    int32_t error;
    uint32_t times;             /* in a row */
    uint16_t hypercall, vcpu;
};

int refuse_note(int error, const char *text);
#define refuse(error, text) refuse_note(error, "" text)
/* refuse() for functions that return false or NULL: notes it, yields nothing. */
#define refused(error, text) ((void)refuse_note(error, "" text))
void reasons_dump(const struct domain *d);           /* to the console */

#endif
