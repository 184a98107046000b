/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lists of frames, linked by frame number to stay at 8 bytes a frame. Number 0 ends a list: frame 0 is never
 * allocated. The lock that guards the list's owner guards the list.
 */
#include <asm/mm.h>

static struct page_info *at(uint32_t n)
{
    return mfn_to_page(mfn(n));
}

/* Make l empty. A list of zeroes is empty too. */
void page_list_init(struct page_list *l)
{
    *l = (struct page_list){ 0 };
}

/* Insert pg at the head of l. */
void page_list_add(struct page_list *l, struct page_info *pg)
{
    uint32_t n = page_to_mfn(pg).n;

    pg->link.prev = 0;
    pg->link.next = l->head;
    if (l->head)
        at(l->head)->link.prev = n;
    else
        l->tail = n;
    l->head = n;
    l->count++;
}

/* Insert pg at the tail of l. */
void page_list_add_tail(struct page_list *l, struct page_info *pg)
{
    uint32_t n = page_to_mfn(pg).n;

    pg->link.next = 0;
    pg->link.prev = l->tail;
    if (l->tail)
        at(l->tail)->link.next = n;
    else
        l->head = n;
    l->tail = n;
    l->count++;
}

/* Remove pg, which must be on l. */
void page_list_del(struct page_list *l, struct page_info *pg)
{
    if (pg->link.prev)
        at(pg->link.prev)->link.next = pg->link.next;
    else
        l->head = pg->link.next;
    if (pg->link.next)
        at(pg->link.next)->link.prev = pg->link.prev;
    else
        l->tail = pg->link.prev;
    pg->link.next = pg->link.prev = 0;
    l->count--;
}

/* First element, or NULL. */
struct page_info *page_list_first(const struct page_list *l)
{
    return l->head ? at(l->head) : NULL;
}

/* The element after pg, or NULL. */
struct page_info *page_list_next(const struct page_info *pg)
{
    return pg->link.next ? at(pg->link.next) : NULL;
}

/* Take the first element off l, or NULL. */
struct page_info *page_list_remove_head(struct page_list *l)
{
    struct page_info *pg = page_list_first(l);

    if (pg)
        page_list_del(l, pg);
    return pg;
}
