/* SPDX-License-Identifier: MIT */
/*
 * Pieces of the store protocol that clients and tools share: permission
 * entries, where the daemon listens, and a few string helpers.
 */
#ifndef XENSTORE_LIB_H
#define XENSTORE_LIB_H

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <public/io/xs_wire.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What one domain may do with a node. In entry 0 of a list `id` is the owner and `perms` holds for
 * every domain that no later entry names. */
struct xs_permissions {
    unsigned int id;
    unsigned int perms;
#define XS_PERM_NONE      0x00
#define XS_PERM_READ      0x01
#define XS_PERM_WRITE     0x02
#define XS_PERM_ENOENT_OK 0x04 /* the rest is for a server's own use */
#define XS_PERM_OWNER     0x08
#define XS_PERM_IGNORE    0x10
};

/* Room for an integer type in decimal, with its sign and the final NUL. */
#define MAX_STRLEN(x) ((sizeof(x) * CHAR_BIT + CHAR_BIT - 1) / 10 * 3 + 2)

/* The daemon's run directory and sockets. $XENSTORED_RUNDIR moves them, $XENSTORED_PATH names the
 * socket itself. The returned strings are static. */
const char *xs_daemon_rundir(void);
const char *xs_daemon_socket(void);
const char *xs_daemon_socket_ro(void);

/* Write all of data to fd, however many calls that takes. False with errno set on failure. */
bool xs_write_all(int fd, const void *data, unsigned int len);

/* Read num NUL-terminated entries such as "r5" from strings into perms. False if one is malformed. */
bool xs_strings_to_perms(struct xs_permissions *perms, unsigned int num, const char *strings);

/* Write one entry as text ("r5") into buffer, which must have room for MAX_STRLEN(unsigned int) + 1
 * bytes. False if the permission has no letter. */
bool xs_perm_to_string(const struct xs_permissions *perm, char *buffer, size_t buf_len);

/* How many NUL-terminated strings the len bytes hold; what follows the last NUL is not counted. */
unsigned int xs_count_strings(const char *strings, unsigned int len);

#ifdef __cplusplus
}
#endif

#endif /* XENSTORE_LIB_H */
