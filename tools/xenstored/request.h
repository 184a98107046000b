/* SPDX-License-Identifier: GPL-2.0-only */
/* The requests of the wire protocol. */
#ifndef XENSTORED_REQUEST_H
#define XENSTORED_REQUEST_H

#include "conn.h"

struct request {
    struct conn *conn;
    const struct xsd_sockmsg *header;
    const char *body; /* header->len bytes */
    struct view view;
    char *reply;      /* room for XENSTORE_PAYLOAD_MAX bytes of answer */
    struct path *path; /* scratch */
};

/* Handle one request and reply to it. The body must be readable one byte past its end. */
void request_handle(struct conn *conn, const struct xsd_sockmsg *header, const char *body);

/* XS_CONTROL. The length of the answer in request->reply, or -Exxx. */
int control_request(struct request *request);

#endif /* XENSTORED_REQUEST_H */
