/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The names of a node's children as text, which replies are cut from. That of the last large directory is kept: kids_gen
 * tells a set of children from all others there have been (see tree.h), so the text is good wherever a node has it, also
 * in a transaction.
 */
#ifndef XENSTORED_LISTING_H
#define XENSTORED_LISTING_H

#include "tree.h"

struct names {
    char *text;
    size_t len, room;
};

struct listing {
    struct names last; /* made for the last small directory, or to be made */
    struct names kept; /* of the children that kept_gen tells */
    uint64_t kept_gen;
};

/* All names in order, each followed by a NUL. Good until the next call. */
const struct names *listing_of(struct listing *listing, const struct node *node);
void listing_free(struct listing *listing);

#endif /* XENSTORED_LISTING_H */
