/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XM_STORE_H
#define XM_STORE_H

#include "xm.h"

/* Who may use a node: its owner everything, `reader` look. What is created below inherits it. */
struct store_access {
    uint32_t owner, reader;
};

/*
 * Changes to the store are collected and then made together in one transaction, which is tried again while
 * others
 * interfere: either all of them are seen or none.
 */
struct store_change;
struct store_batch {
    struct xm *xm;
    struct store_change *changes;
    size_t count;
};

/* Adds to the batch: a value; a directory (or node) and who may use it; the removal of a node with all below
   it. */
void store_put(struct store_batch *batch, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void store_make(struct store_batch *batch, const char *path, struct store_access access);
void store_remove(struct store_batch *batch, const char *path);
/* 0, or -errno after a message. */
int store_commit(struct store_batch *batch);

/* A node's value in the pool; NULL if there is none. */
char *store_read(struct xm *xm, const char *path, ...) __attribute__((format(printf, 2, 3)));
/* Its value as a number, or `otherwise`. */
long long store_number(struct xm *xm, long long otherwise, const char *path, ...)
    __attribute__((format(printf, 3, 4)));
/* The names below a node, in the pool; NULL and a count of 0 if there are none. */
char **store_list(struct xm *xm, unsigned int *count, const char *path, ...) __attribute__((format(printf, 3,
                                                                                                   4)));

/*
 * Waits, without polling, until `done` says so; it is asked at once and whenever one of the paths changes. 0,
 * -ETIMEDOUT, -EINTR (see xm_catch_interrupts), or what `done` returned if that was negative (it returns 1
 * for yes, 0 for not yet).
 */
typedef int (*store_condition)(struct xm *xm, void *arg);
int store_wait(struct xm *xm, const char *const *paths, size_t count, int timeout_ms, store_condition done,
               void *arg);
#define WAIT_FOREVER (-1)

#endif
