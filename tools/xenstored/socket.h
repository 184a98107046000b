/* SPDX-License-Identifier: GPL-2.0-only */
/* The transport within domain 0: a Unix socket that only root may open. */
#ifndef XENSTORED_SOCKET_H
#define XENSTORED_SOCKET_H

#include "store.h"

/* Listen at that path. 0 or -Exxx; -EADDRINUSE if somebody else answers there. */
int socket_listen(struct store *store, const char *path);
/* Stop listening and remove the socket from the file system. */
void socket_unlisten(void);
/* Serve a connected socket as a client; the descriptor is closed with the connection. */
struct conn *socket_serve(struct store *store, int fd, struct client client);

#endif /* XENSTORED_SOCKET_H */
