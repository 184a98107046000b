/* SPDX-License-Identifier: MIT */
/*
 * The inside of a connection to the store.
 *
 * One request is in flight at a time (`busy`). Whoever waits for something - a reply or a watch
 * event - reads the connection itself if nobody else does (`reading`), files what it read, and wakes
 * the others. So no thread of our own is needed, and events that arrive while a reply is awaited are
 * queued. All fields are protected by `lock`; the connection is read without it, by the one reader.
 */
#ifndef LIBXENSTORE_HANDLE_H
#define LIBXENSTORE_HANDLE_H

#include <pthread.h>
#include <sys/uio.h>
#include <xenstore.h>

struct message {
    struct message *next;
    struct xsd_sockmsg header;
    char body[]; /* header.len bytes and a NUL */
};

struct xs_handle {
    int fd;
    bool filter;  /* XS_UNWATCH_FILTER */
    bool busy;    /* a request waits for its reply */
    bool reading; /* somebody reads fd */
    bool broken;  /* the connection is lost */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct message *reply;
    struct message *events, **last_event;
    int poll_fd;  /* xs_fileno(): an epoll set of fd and event_fd, -1 until asked for */
    int event_fd; /* readable while events are queued */
};

/* Send a request of n parts and wait for its reply. Returns the body with a NUL behind, its length in
 * *len if wanted; NULL with errno set if it failed. */
char *xs_talk(struct xs_handle *h, xs_transaction_t t, enum xsd_sockmsg_type type,
              const struct iovec *parts, unsigned int n, unsigned int *len);

/* The same where the reply says nothing but that it is done. */
bool xs_tell(struct xs_handle *h, xs_transaction_t t, enum xsd_sockmsg_type type,
             const struct iovec *parts, unsigned int n);

/* A part of a request: a string with its NUL. */
static inline struct iovec xs_part(const char *string)
{
    return (struct iovec){ (void *)string, __builtin_strlen(string) + 1 };
}

/* The next queued event, waiting for one if asked to. NULL with errno set (EAGAIN: there is none). */
struct message *xs_next_event(struct xs_handle *h, bool wait);

/* Forget queued events for which the function says so. */
void xs_drop_events(struct xs_handle *h, bool (*unwanted)(const struct message *m, const void *arg),
                    const void *arg);

#endif /* LIBXENSTORE_HANDLE_H */
