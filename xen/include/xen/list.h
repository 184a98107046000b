/* SPDX-License-Identifier: GPL-2.0-only */
/* Doubly linked circular list, embedded in its elements. */
#ifndef XEN_LIST_H
#define XEN_LIST_H

#include <xen/types.h>

struct list_head { struct list_head *next, *prev; };

#define LIST_HEAD_INIT(n) { &(n), &(n) }
#define LIST_HEAD(n) struct list_head n = LIST_HEAD_INIT(n)

static inline void list_init(struct list_head *h) { h->next = h->prev = h; }
static inline bool list_empty(const struct list_head *h) { return h->next == h; }
static inline void list_insert_(struct list_head *e, struct list_head *prev, struct list_head *next)
{
    e->prev = prev; e->next = next; prev->next = e; next->prev = e;
}
static inline void list_add(struct list_head *e, struct list_head *h) { list_insert_(e, h, h->next); }
static inline void list_add_tail(struct list_head *e, struct list_head *h) { list_insert_(e, h->prev, h); }
/* Unlink, and leave the element an empty list: a second removal is harmless. */
static inline void list_del(struct list_head *e)
{
    e->prev->next = e->next; e->next->prev = e->prev; list_init(e);
}

#define list_entry(p, type, member) container_of(p, type, member)
#define list_first(h, type, member) list_entry((h)->next, type, member)
#define list_for_each(pos, head, member)                                        \
    for (pos = list_entry((head)->next, __typeof__(*pos), member);              \
         &pos->member != (head); pos = list_entry(pos->member.next, __typeof__(*pos), member))
#define list_for_each_safe(pos, tmp, head, member)                              \
    for (pos = list_entry((head)->next, __typeof__(*pos), member),              \
         tmp = list_entry(pos->member.next, __typeof__(*pos), member);          \
         &pos->member != (head);                                                \
         pos = tmp, tmp = list_entry(tmp->member.next, __typeof__(*tmp), member))

#endif
