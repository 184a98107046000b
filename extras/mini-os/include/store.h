/* SPDX-License-Identifier: MIT */
/*
 * The store: a tree of strings in domain 0 that tells a guest about its devices and lets it answer. A node is
 * named by a directory and a name in it; a directory without a leading '/' is one of this domain's own, and
 * "" that of all of them.
 */
#ifndef STORE_H
#define STORE_H

#include "types.h"

/* Changes are seen by others at once, or, within a transaction, when it is committed. */
#define NO_TRANSACTION 0

/* Connect; false if this domain has no store. Needs threads. */
bool store_init(void);
bool store_connected(void);

/* What a node holds, to be freed by heap_free(); NULL if it can't be read. */
char *store_read(const char *directory, const char *name);

/* The same as a number; otherwise if there is none. */
uint64_t store_read_number(const char *directory, const char *name, uint64_t otherwise);

bool store_write(uint32_t transaction, const char *directory, const char *name, const char *format, ...)
    PRINTF(4, 5);
bool store_remove(const char *directory, const char *name);

/*
 * Names of a directory's nodes, each ended by 0, of that length in all; NULL if there is none. For
 * heap_free().
 */
char *store_list(const char *directory, size_t *length);

/* A transaction's number; and its end, with all that was written or with nothing: 0, -XEN_EAGAIN if it must be done anew, -XEN_EIO. */
uint32_t store_begin(void);
int store_end(uint32_t transaction, bool commit);

/*
 * Something to be told about: it fires once when it is made, and whenever the node or one below it changes.
 */
struct store_watch {
    struct store_watch *next;
    char token[12];
    bool fired;
};

/* The watch must stay where it is. */
bool store_watch(struct store_watch *watch, const char *directory, const char *name);

/* Wait until a watch fires, false if a time has come before. */
bool store_wait(struct store_watch *watch, uint64_t deadline);

#endif
