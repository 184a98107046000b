/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stddef.h>

#include "loop.h"

#define BATCH 64

static int epoll = -1;
static struct epoll_event ready[BATCH];
static int ready_count; /* entries of ready[] still to be handled are those up to here */

int loop_init(void)
{
    epoll = epoll_create1(EPOLL_CLOEXEC);
    return epoll < 0 ? -errno : 0;
}

/* See loop.h. */
int loop_add(struct source *source, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = source };

    return epoll_ctl(epoll, EPOLL_CTL_ADD, source->fd, &event) ? -errno : 0;
}

/* See loop.h. */
void loop_change(struct source *source, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = source };

    epoll_ctl(epoll, EPOLL_CTL_MOD, source->fd, &event);
}

/* See loop.h. */
void loop_remove(struct source *source)
{
    epoll_ctl(epoll, EPOLL_CTL_DEL, source->fd, NULL);
    for (int i = 0; i < ready_count; i++)
        if (ready[i].data.ptr == source)
            ready[i].data.ptr = NULL;
}

/* See loop.h. */
void loop_turn(bool wait)
{
    ready_count = epoll_wait(epoll, ready, BATCH, wait ? -1 : 0);
    for (int i = 0; i < ready_count; i++) {
        struct source *source = ready[i].data.ptr;

        if (source)
            source->ready(source, ready[i].events);
    }
    ready_count = 0;
}
