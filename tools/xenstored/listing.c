/* SPDX-License-Identifier: GPL-2.0-only */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "listing.h"
#include "memory.h"

#define WORTH_KEEPING 192 /* bytes: smaller ones are soon made anew, and shall not displace a large one */

/* Have room for a name of that length, and for a whole key. */
static void reserve(struct names *names, size_t len)
{
    size_t need = names->len + len + sizeof(uint64_t);

    if (need <= names->room)
        return;
    names->room = 2 * need;
    names->text = xrealloc(names->text, names->room);
}

static int add_name(struct node *child, void *arg)
{
    struct names *names = arg;
    size_t len = child->name_len;
    uint64_t bytes = htobe64(child->key);
    char *text;

    reserve(names, len);
    text = names->text + names->len;
    if (len < sizeof(bytes)) /* nearly all are short: the key has them whole, and a NUL behind */
        memcpy(text, &bytes, sizeof(bytes));
    else
        *(char *)mempcpy(text, child->name, len) = '\0';
    names->len += len + 1;
    return 0;
}

/* See listing.h. */
const struct names *listing_of(struct listing *listing, const struct node *node)
{
    struct names made;

    if (node->kids && node->kids_gen == listing->kept_gen)
        return &listing->kept;
    listing->last.len = 0;
    reserve(&listing->last, 0);
    node_each_child(node, add_name, &listing->last);
    if (listing->last.len < WORTH_KEEPING)
        return &listing->last;
    made = listing->last;
    listing->last = listing->kept;
    listing->kept = made;
    listing->kept_gen = node->kids_gen;
    return &listing->kept;
}

/* See listing.h. */
void listing_free(struct listing *listing)
{
    free(listing->last.text);
    free(listing->kept.text);
}
