/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "conn.h"
#include "log.h"
#include "loop.h"
#include "memory.h"
#include "socket.h"

struct client_socket {
    struct source source;
    struct conn *conn;
};

static struct {
    struct source source;
    struct store *store;
    struct sockaddr_un address;
} listener = { .source.fd = -1 };

static int socket_recv(struct conn *conn, void *data, size_t len)
{
    struct client_socket *socket = conn->transport;
    ssize_t n = recv(socket->source.fd, data, len, MSG_DONTWAIT);

    if (n > 0)
        return n;
    if (n == 0)
        return -EPIPE;
    return errno == EAGAIN || errno == EINTR ? 0 : -errno;
}

static int socket_send(struct conn *conn, const void *data, size_t len)
{
    struct client_socket *socket = conn->transport;
    ssize_t n = send(socket->source.fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);

    if (n >= 0)
        return n;
    return errno == EAGAIN || errno == EINTR ? 0 : -errno;
}

static void socket_want(struct conn *conn, bool input, bool output)
{
    struct client_socket *socket = conn->transport;

    loop_change(&socket->source, (input ? EPOLLIN : 0) | (output ? EPOLLOUT : 0));
}

static void socket_done(struct conn *conn)
{
    /* the kernel has woken the client already */
}

static void socket_blame(struct conn *conn)
{
    log_info("socket connection of domain %u: a message of more than %u bytes, closed", conn->client.domid,
             XENSTORE_PAYLOAD_MAX);
    conn->dead = true;
}

static void socket_close(struct conn *conn)
{
    struct client_socket *socket = conn->transport;

    loop_remove(&socket->source);
    close(socket->source.fd);
    free(socket);
}

static const struct transport socket_transport = {
    .name = "socket",
    .recv = socket_recv,
    .send = socket_send,
    .want = socket_want,
    .done = socket_done,
    .blame = socket_blame,
    .close = socket_close,
};

static void client_ready(struct source *source, uint32_t events)
{
    struct client_socket *socket = (struct client_socket *)source;

    /* with input also wanted, what was sent before hanging up is still read */
    if ((events & (EPOLLHUP | EPOLLERR)) && !(events & EPOLLIN))
        socket->conn->dead = true;
    conn_run(socket->conn);
}

/* See socket.h. */
struct conn *socket_serve(struct store *store, int fd, struct client client)
{
    struct client_socket *socket = xzalloc(sizeof(*socket));

    socket->source = (struct source){ fd, client_ready };
    if (loop_add(&socket->source, EPOLLIN)) {
        close(fd);
        free(socket);
        return NULL;
    }
    socket->conn = conn_new(store, &socket_transport, socket, client);
    return socket->conn;
}

static void accept_client(struct source *source, uint32_t events)
{
    static const struct client root = { 0, NO_DOMAIN, true };
    int fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd >= 0)
        socket_serve(listener.store, fd, root);
    else if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR)
        log_warning("can't accept a connection: %s", strerror(errno));
}

/* Whether somebody answers at the address. */
static bool is_served(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool served = connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0;

    close(fd);
    return served;
}

/* See socket.h. */
int socket_listen(struct store *store, const char *path)
{
    struct sockaddr_un *address = &listener.address;
    mode_t mask;
    int fd, error;

    if (strlen(path) >= sizeof(address->sun_path))
        return -ENAMETOOLONG;
    address->sun_family = AF_UNIX;
    strcpy(address->sun_path, path);
    if (is_served(address))
        return -EADDRINUSE;
    unlink(path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    listener.store = store;
    listener.source = (struct source){ fd, accept_client };
    mask = umask(0177);
    error = bind(fd, (struct sockaddr *)address, sizeof(*address)) || listen(fd, 64) ? -errno : 0;
    umask(mask);
    return error ? error : loop_add(&listener.source, EPOLLIN);
}

/* See socket.h. */
void socket_unlisten(void)
{
    if (listener.source.fd < 0)
        return;
    loop_remove(&listener.source);
    close(listener.source.fd);
    unlink(listener.address.sun_path);
    listener.source.fd = -1;
}
