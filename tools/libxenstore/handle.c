/* SPDX-License-Identifier: MIT */
/* Connections: opening, one request and its reply, the queue of watch events. */
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "handle.h"

static int open_socket(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd, saved;

    if (strlen(path) >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(address.sun_path, path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

static int open_device(void)
{
    int fd = open("/dev/xen/xenbus", O_RDWR | O_CLOEXEC);

    if (fd < 0 && errno == ENOENT)
        fd = open("/proc/xen/xenbus", O_RDWR | O_CLOEXEC);
    return fd;
}

/* See xenstore.h. */
struct xs_handle *xs_open(unsigned long flags)
{
    struct xs_handle *h;
    int fd = open_socket(xs_daemon_socket());

    if (fd < 0 && !(flags & XS_OPEN_SOCKETONLY))
        fd = open_device();
    if (fd < 0)
        return NULL;
    h = calloc(1, sizeof(*h));
    if (!h) {
        close(fd);
        return NULL;
    }
    h->fd = fd;
    h->filter = flags & XS_UNWATCH_FILTER;
    h->poll_fd = h->event_fd = -1;
    h->last_event = &h->events;
    pthread_mutex_init(&h->lock, NULL);
    pthread_cond_init(&h->changed, NULL);
    return h;
}

/* See xenstore.h. */
void xs_daemon_destroy_postfork(struct xs_handle *h)
{
    struct message *m;

    while ((m = h->events)) {
        h->events = m->next;
        free(m);
    }
    free(h->reply);
    if (h->poll_fd >= 0) {
        close(h->poll_fd);
        close(h->event_fd);
    }
    close(h->fd);
    free(h);
}

/* See xenstore.h. */
void xs_close(struct xs_handle *h)
{
    if (h)
        xs_daemon_destroy_postfork(h);
}

static bool read_all(int fd, void *data, size_t len)
{
    while (len) {
        ssize_t n = read(fd, data, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            if (n == 0)
                errno = EPIPE;
            return false;
        }
        data = (char *)data + n;
        len -= n;
    }
    return true;
}

static struct message *read_message(int fd)
{
    struct xsd_sockmsg header;
    struct message *m;

    if (!read_all(fd, &header, sizeof(header)))
        return NULL;
    if (header.len > XENSTORE_PAYLOAD_MAX) {
        errno = EIO;
        return NULL;
    }
    m = malloc(sizeof(*m) + header.len + 1);
    if (!m)
        return NULL;
    m->next = NULL;
    m->header = header;
    m->body[header.len] = '\0';
    if (read_all(fd, m->body, header.len))
        return m;
    free(m);
    return NULL;
}

/* Make event_fd readable or not, as there are events. Lock held. */
static void show_events(struct xs_handle *h)
{
    uint64_t one = 1;
    ssize_t ignored;

    if (h->event_fd < 0)
        return;
    ignored = h->events ? write(h->event_fd, &one, sizeof(one)) : read(h->event_fd, &one, sizeof(one));
    (void)ignored; /* an eventfd can only say that it is in that state already */
}

static void queue_event(struct xs_handle *h, struct message *m)
{
    *h->last_event = m;
    h->last_event = &m->next;
    show_events(h);
}

/* Read one message as the connection's only reader and file it. Lock held, given up meanwhile. */
static void read_and_file(struct xs_handle *h)
{
    struct message *m;

    h->reading = true;
    pthread_mutex_unlock(&h->lock);
    m = read_message(h->fd);
    pthread_mutex_lock(&h->lock);
    h->reading = false;
    if (!m) {
        h->broken = true;
    } else if (m->header.type == XS_WATCH_EVENT) {
        queue_event(h, m);
    } else if (h->busy && !h->reply) {
        h->reply = m;
    } else { /* a reply that nobody asked for */
        free(m);
        h->broken = true;
    }
    pthread_cond_broadcast(&h->changed);
}

/* Wait until something has happened to the connection. Lock held. */
static void wait_for_change(struct xs_handle *h)
{
    if (h->reading)
        pthread_cond_wait(&h->changed, &h->lock);
    else
        read_and_file(h);
}

static bool send_request(struct xs_handle *h, struct xsd_sockmsg header, const struct iovec *parts,
                         unsigned int n)
{
    char buffer[sizeof(header) + XENSTORE_PAYLOAD_MAX];
    char *at = buffer + sizeof(header);

    memcpy(buffer, &header, sizeof(header));
    for (unsigned int i = 0; i < n; i++) {
        memcpy(at, parts[i].iov_base, parts[i].iov_len);
        at += parts[i].iov_len;
    }
    return xs_write_all(h->fd, buffer, at - buffer);
}

static int error_of(const char *name)
{
    for (size_t i = 0; i < sizeof(xsd_errors) / sizeof(xsd_errors[0]); i++)
        if (!strcmp(xsd_errors[i].errstring, name))
            return xsd_errors[i].errnum;
    return EINVAL;
}

/* The reply to the request just sent, which must be of the same type or an error. Lock held. */
static struct message *await_reply(struct xs_handle *h, uint32_t type)
{
    struct message *m;

    while (!h->reply && !h->broken)
        wait_for_change(h);
    m = h->reply;
    h->reply = NULL;
    if (!m) {
        errno = EPIPE;
    } else if (m->header.type == XS_ERROR) {
        errno = error_of(m->body);
    } else if (m->header.type != type) {
        h->broken = true;
        errno = EIO;
    } else {
        return m;
    }
    free(m);
    return NULL;
}

/* One request and its reply. */
static struct message *exchange(struct xs_handle *h, struct xsd_sockmsg header,
                                const struct iovec *parts, unsigned int n)
{
    struct message *m = NULL;
    int saved;

    pthread_mutex_lock(&h->lock);
    while (h->busy)
        pthread_cond_wait(&h->changed, &h->lock);
    h->busy = true;
    if (h->broken)
        errno = EPIPE;
    else if (send_request(h, header, parts, n))
        m = await_reply(h, header.type);
    else
        h->broken = true;
    saved = errno;
    h->busy = false;
    pthread_cond_broadcast(&h->changed);
    pthread_mutex_unlock(&h->lock);
    errno = saved;
    return m;
}

/* See handle.h. */
char *xs_talk(struct xs_handle *h, xs_transaction_t t, enum xsd_sockmsg_type type,
              const struct iovec *parts, unsigned int n, unsigned int *len)
{
    struct xsd_sockmsg header = { .type = type, .tx_id = t };
    struct message *m;
    uint32_t got;

    for (unsigned int i = 0; i < n; i++) {
        if (parts[i].iov_len > XENSTORE_PAYLOAD_MAX - header.len) {
            errno = E2BIG;
            return NULL;
        }
        header.len += parts[i].iov_len;
    }
    m = exchange(h, header, parts, n);
    if (!m)
        return NULL;
    got = m->header.len;
    if (len)
        *len = got;
    return memmove(m, m->body, got + 1); /* so that the caller can free() it */
}

bool xs_tell(struct xs_handle *h, xs_transaction_t t, enum xsd_sockmsg_type type,
             const struct iovec *parts, unsigned int n)
{
    char *reply = xs_talk(h, t, type, parts, n, NULL);
    bool ok = reply;

    free(reply);
    return ok;
}

/* See handle.h. */
struct message *xs_next_event(struct xs_handle *h, bool wait)
{
    struct message *m;

    pthread_mutex_lock(&h->lock);
    while (!h->events && !h->broken) {
        if (wait)
            wait_for_change(h);
        else if (!h->reading && poll(&(struct pollfd){ h->fd, POLLIN, 0 }, 1, 0) > 0)
            read_and_file(h);
        else
            break;
    }
    m = h->events;
    if (m) {
        h->events = m->next;
        if (!m->next)
            h->last_event = &h->events;
        show_events(h);
    } else {
        errno = h->broken ? EPIPE : EAGAIN;
    }
    pthread_mutex_unlock(&h->lock);
    return m;
}

/* See handle.h. */
void xs_drop_events(struct xs_handle *h, bool (*unwanted)(const struct message *m, const void *arg),
                    const void *arg)
{
    struct message **link = &h->events, *m;

    pthread_mutex_lock(&h->lock);
    while ((m = *link)) {
        if (unwanted(m, arg)) {
            *link = m->next;
            free(m);
        } else {
            link = &m->next;
        }
    }
    h->last_event = link;
    show_events(h);
    pthread_mutex_unlock(&h->lock);
}

/* Make the descriptor that xs_fileno() hands out. Lock held. */
static void make_poll_fd(struct xs_handle *h)
{
    struct epoll_event readable = { .events = EPOLLIN };

    h->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    h->poll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (h->event_fd >= 0 && h->poll_fd >= 0 &&
        !epoll_ctl(h->poll_fd, EPOLL_CTL_ADD, h->event_fd, &readable) &&
        !epoll_ctl(h->poll_fd, EPOLL_CTL_ADD, h->fd, &readable)) {
        if (h->events)
            show_events(h);
        return;
    }
    close(h->event_fd);
    close(h->poll_fd);
    h->event_fd = h->poll_fd = -1;
}

/* See handle.h. */
int xs_fileno(struct xs_handle *h)
{
    int fd;

    pthread_mutex_lock(&h->lock);
    if (h->poll_fd < 0)
        make_poll_fd(h);
    fd = h->poll_fd;
    pthread_mutex_unlock(&h->lock);
    return fd;
}
