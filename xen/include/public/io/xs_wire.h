/* SPDX-License-Identifier: MIT */
/*
 * The store's protocol, over a ring page or a socket: an xsd_sockmsg, then len bytes. A reply repeats type,
 * req_id and tx_id; XS_ERROR carries the error's name. (d0) for the control domain only.
 */
#ifndef _XS_WIRE_H
#define _XS_WIRE_H

#include "../xen-compat.h"

enum xsd_sockmsg_type {
    XS_CONTROL = 0,             /* d0: command, arguments */
#define XS_DEBUG XS_CONTROL
    XS_DIRECTORY = 1,
    XS_READ = 2,
    XS_GET_PERMS = 3,
    XS_WATCH = 4,
    XS_UNWATCH = 5,
    XS_TRANSACTION_START = 6,
    XS_TRANSACTION_END = 7,     /* "T" or "F" */
    XS_INTRODUCE = 8,           /* d0: domain, frame, port */
    XS_RELEASE = 9,             /* d0 */
    XS_GET_DOMAIN_PATH = 10,
    XS_WRITE = 11,
    XS_MKDIR = 12,
    XS_RM = 13,
    XS_SET_PERMS = 14,
    XS_WATCH_EVENT = 15,        /* from the store: path, token */
    XS_ERROR = 16,
    XS_IS_DOMAIN_INTRODUCED = 17,
    XS_RESUME = 18,             /* d0 */
    XS_SET_TARGET = 19,         /* d0 */
    XS_RESET_WATCHES = 21,
    XS_DIRECTORY_PART = 22,     /* path, offset; the reply starts with the node's generation */
    XS_TYPE_COUNT,
    XS_INVALID = 0xffff
};

#define XS_WRITE_NONE        "NONE"
#define XS_WRITE_CREATE      "CREATE"
#define XS_WRITE_CREATE_EXCL "CREATE|EXCL"

struct xsd_errors {
    int errnum;
    const char *errstring;
};

/* The names an XS_ERROR may carry, for an includer that has <errno.h>. */
#ifdef EINVAL
#define XSD_ERROR(x) { x, #x }
static const struct xsd_errors xsd_errors[]
#ifdef __GNUC__
__attribute__((unused))
#endif
= {
    XSD_ERROR(EINVAL), XSD_ERROR(EACCES), XSD_ERROR(EEXIST), XSD_ERROR(EISDIR),
    XSD_ERROR(ENOENT), XSD_ERROR(ENOMEM), XSD_ERROR(ENOSPC), XSD_ERROR(EIO),
    XSD_ERROR(ENOTEMPTY), XSD_ERROR(ENOSYS), XSD_ERROR(EROFS), XSD_ERROR(EBUSY),
    XSD_ERROR(EAGAIN), XSD_ERROR(EISCONN), XSD_ERROR(E2BIG), XSD_ERROR(EPERM),
};
#endif

struct xsd_sockmsg {
    uint32_t type;
    uint32_t req_id;            /* chosen by the client */
    uint32_t tx_id;             /* transaction, 0: none */
    uint32_t len;
};

enum xs_watch_type {            /* fields of XS_WATCH_EVENT */
    XS_WATCH_PATH = 0,
    XS_WATCH_TOKEN
};

#define XENSTORE_RING_SIZE 1024
typedef uint32_t XENSTORE_RING_IDX;
#define MASK_XENSTORE_IDX(idx) ((idx) & (XENSTORE_RING_SIZE - 1))

struct xenstore_domain_interface {
    char req[XENSTORE_RING_SIZE];       /* guest to store */
    char rsp[XENSTORE_RING_SIZE];       /* store to guest */
    XENSTORE_RING_IDX req_cons, req_prod;
    XENSTORE_RING_IDX rsp_cons, rsp_prod;
    uint32_t server_features;           /* XENSTORE_SERVER_FEATURE_*, by the store */
    uint32_t connection;                /* guest asks XENSTORE_RECONNECT, store says _CONNECTED */
    uint32_t error;                     /* XENSTORE_ERROR_*, by the store */
};

/* Longest message, and longest paths below them. */
#define XENSTORE_PAYLOAD_MAX  4096
#define XENSTORE_ABS_PATH_MAX 3072
#define XENSTORE_REL_PATH_MAX 2048

#define XENSTORE_SERVER_FEATURE_RECONNECTION 1
#define XENSTORE_SERVER_FEATURE_ERROR        2

#define XENSTORE_CONNECTED 0
#define XENSTORE_RECONNECT 1

#define XENSTORE_ERROR_NONE    0
#define XENSTORE_ERROR_COMM    1
#define XENSTORE_ERROR_RINGIDX 2        /* impossible indexes */
#define XENSTORE_ERROR_PROTO   3        /* broken message */

#endif
