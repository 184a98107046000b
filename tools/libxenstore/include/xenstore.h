/* SPDX-License-Identifier: MIT */
/*
 * Client library for the store: a small tree of names and values that domain 0,
 * its daemons and all guests share.
 *
 * Unless said otherwise a call returns false or NULL on failure with errno set,
 * and what it returns is to be freed with free(). A handle may be used by several
 * threads at once. Limits on lengths are the XENSTORE_*_MAX of <xen/io/xs_wire.h>.
 */
#ifndef XENSTORE_H
#define XENSTORE_H

#include <xenstore_lib.h>

#ifdef __cplusplus
extern "C" {
#endif

#define XBT_NULL 0 /* outside of any transaction */

/* Flags for xs_open(). The first two are accepted and have no effect. */
#define XS_OPEN_READONLY   (1UL << 0)
#define XS_OPEN_SOCKETONLY (1UL << 1)
/* Once xs_unwatch() has returned, no event of that watch is delivered any more. Events are told apart
 * by token and path, so while this flag is used one token must not serve two nested paths. */
#define XS_UNWATCH_FILTER  (1UL << 2)

struct xs_handle;
typedef uint32_t xs_transaction_t;

/* Connect: to the daemon's socket, or, if there is none, through the kernel's xenbus device. */
struct xs_handle *xs_open(unsigned long flags);
/* Disconnect. Watches and transactions of the connection end with it. NULL is fine. */
void xs_close(struct xs_handle *h);

/* Older names of xs_open(0) and xs_close(). */
struct xs_handle *xs_daemon_open(void);
struct xs_handle *xs_domain_open(void);
struct xs_handle *xs_daemon_open_readonly(void);
void xs_daemon_close(struct xs_handle *h);

/* In a child after fork(): drop the handle without disturbing the parent's connection. */
void xs_daemon_destroy_postfork(struct xs_handle *h);

/* The names of a node's children: an array of *num strings, all freed with the array. */
char **xs_directory(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *num);

/* A node's value, with a NUL after its *len bytes. len may be NULL. */
void *xs_read(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *len);

/* Set a node's value. The node and its missing parents are created. */
bool xs_write(struct xs_handle *h, xs_transaction_t t, const char *path, const void *data,
              unsigned int len);

/* Make sure that a node exists; a new one has an empty value. */
bool xs_mkdir(struct xs_handle *h, xs_transaction_t t, const char *path);

/* Remove a node and all below it. True as well if only its parent exists. */
bool xs_rm(struct xs_handle *h, xs_transaction_t t, const char *path);

/* Fails always with ENOSYS: the protocol no longer knows this request. */
bool xs_restrict(struct xs_handle *h, unsigned int domid);

/* A node's permissions: *num entries, entry 0 naming the owner. */
struct xs_permissions *xs_get_permissions(struct xs_handle *h, xs_transaction_t t, const char *path,
                                          unsigned int *num);

/* Replace a node's permissions. Only its owner and domain 0 may. Example: owned by `owner`,
 * readable by `guest`, closed to all others:
 *     struct xs_permissions p[2] = { { owner, XS_PERM_NONE }, { guest, XS_PERM_READ } };
 */
bool xs_set_permissions(struct xs_handle *h, xs_transaction_t t, const char *path,
                        struct xs_permissions *perms, unsigned int num_perms);

/* Ask to be told of changes of a node and all below it, or of "@introduceDomain" and
 * "@releaseDomain". One event is delivered at once, whether or not the node exists. */
bool xs_watch(struct xs_handle *h, const char *path, const char *token);

/* A descriptor for poll() that is readable when an event may be waiting. Don't read from it. */
int xs_fileno(struct xs_handle *h);

/* The next event if there is one: path at [XS_WATCH_PATH], token at [XS_WATCH_TOKEN], freed in one.
 * NULL with EAGAIN if there is none: call until then after xs_fileno() became readable. */
char **xs_check_watch(struct xs_handle *h);

/* The same, waiting for an event. *num becomes 2. */
char **xs_read_watch(struct xs_handle *h, unsigned int *num);

/* End a watch. ENOENT if there is no such watch. */
bool xs_unwatch(struct xs_handle *h, const char *path, const char *token);

/* Begin a transaction: a view of the whole store at this moment, in which changes stay private
 * until they are committed. XBT_NULL on failure. */
xs_transaction_t xs_transaction_start(struct xs_handle *h);

/* Commit, or drop if abort is set. EAGAIN: something it used has been changed meanwhile, nothing was
 * done, run it again from its start. */
bool xs_transaction_end(struct xs_handle *h, xs_transaction_t t, bool abort);

/* Tell the daemon of a domain's store ring: the frame and the domain's event channel port. */
bool xs_introduce_domain(struct xs_handle *h, unsigned int domid, unsigned long mfn,
                         unsigned int eventchn);

/* Let domain domid act on the store with the rights of domain target. */
bool xs_set_target(struct xs_handle *h, unsigned int domid, unsigned int target);

/* A domain that was suspended goes on: forget that it has been seen shut down. */
bool xs_resume_domain(struct xs_handle *h, unsigned int domid);

/* Tell the daemon that a domain is gone. */
bool xs_release_domain(struct xs_handle *h, unsigned int domid);

/* The node under which a domain's relative paths lie. */
char *xs_get_domain_path(struct xs_handle *h, unsigned int domid);

/* Whether child is parent or lies below it, by their text alone. */
bool xs_path_is_subpath(const char *parent, const char *child);

/* Whether the daemon knows the domain. */
bool xs_is_domain_introduced(struct xs_handle *h, unsigned int domid);

/* Send a command to the daemon itself, with len bytes of arguments, each NUL-terminated; the answer
 * is text. xs_debug_command() is its older name. */
char *xs_control_command(struct xs_handle *h, const char *cmd, void *data, unsigned int len);
char *xs_debug_command(struct xs_handle *h, const char *cmd, void *data, unsigned int len);

/* The event channel port by which a domain can be asked to suspend, -1 if it has none. */
int xs_suspend_evtchn_port(int domid);

#ifdef __cplusplus
}
#endif

#endif /* XENSTORE_H */
