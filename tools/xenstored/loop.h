/* SPDX-License-Identifier: GPL-2.0-only */
/* The event loop: who waits for which descriptor. */
#ifndef XENSTORED_LOOP_H
#define XENSTORED_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

struct source {
    int fd;
    void (*ready)(struct source *source, uint32_t events); /* EPOLLIN, ... */
};

/* 0 or -Exxx. */
int loop_init(void);
int loop_add(struct source *source, uint32_t events);
void loop_change(struct source *source, uint32_t events);
/* Stop waiting for a source; it may be called for one that is about to be handled. */
void loop_remove(struct source *source);
/* Handle what is ready, waiting for something if asked to. */
void loop_turn(bool wait);

#endif /* XENSTORED_LOOP_H */
