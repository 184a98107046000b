/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sets of unsigned long ranges, e.g. I/O ports or frames a domain may use. xen/lib/rangeset.c. Own locking
 * inside.
 */
#ifndef XEN_RANGESET_H
#define XEN_RANGESET_H

#include <xen/types.h>

struct rangeset;
struct rangeset *rangeset_new(const char *name);          /* NULL: no memory */
void rangeset_free(struct rangeset *r);                   /* NULL is fine */
/* inclusive; 0, -EINVAL, -ENOMEM */
int rangeset_add(struct rangeset *r, unsigned long first, unsigned long last);
int rangeset_remove(struct rangeset *r, unsigned long first, unsigned long last);
bool rangeset_contains(struct rangeset *r, unsigned long first, unsigned long last); /* all of it */
bool rangeset_overlaps(struct rangeset *r, unsigned long first, unsigned long last);
/* Calls fn for each maximal range in ascending order until it returns non-zero, which is returned. */
int rangeset_for_each(struct rangeset *r, int (*fn)(unsigned long first, unsigned long last, void *arg),
                      void *arg);

#endif
