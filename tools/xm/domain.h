/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XM_DOMAIN_H
#define XM_DOMAIN_H

#include "config.h"
#include "xm.h"

struct xen_domctl_getdomaininfo;

/* Whether the text is a decimal number up to max, and nothing else; and whether it can be that of a domain. */
bool parse_number(const char *text, unsigned long max, unsigned long *number);
bool parse_domid(const char *text, uint32_t *domid);
/* The number of the domain of that name or number. 0 or -errno after a message. */
int domain_find(struct xm *xm, const char *name, uint32_t *domid);
/* The same among the names only of domains that are not dying, without a message: false if there is none. */
bool domain_by_name(struct xm *xm, const char *name, uint32_t *domid);
/* Its name, "(null)" if it has none (yet). */
const char *domain_name(struct xm *xm, uint32_t domid);
/* "running", "paused", ...: the states of `xm list` as words, and as the six letters rbpscd. */
const char *domain_state(const struct xen_domctl_getdomaininfo *info);
char *domain_flags(struct xm *xm, const struct xen_domctl_getdomaininfo *info);
/* "-> hypervisor's reason": says what the failed call of libxc was about. Returns 1. */
int fail_xc(struct xm *xm, int err, const char *format, ...) __attribute__((format(printf, 3, 4)));

/*
 * Only one process at a time changes a domain's life, its devices or the configuration kept of it. Whoever wants to
 * takes the domain's lock, looks whether the domain is still there, and keeps the lock until all is done: an attach
 * until the device is there and kept, a supervisor until the successor runs, so that an xm destroy that waited for
 * it finds that one. Two more locks, beyond all domains' numbers, are for as long as a domain is made up to having
 * a name (names stay unique) and a hotplug script runs. Scripts take none.
 *
 * Order: a domain's, its successor's (which has another number), then LOCK_CREATE or LOCK_HOTPLUG. The lock ends
 * with release or the process.
 */
int domain_lock(struct xm *xm,
                uint32_t domid);     /* or LOCK_*: a descriptor, or -errno after a message */
void domain_unlock(int lock);
#define LOCK_CREATE     0x10000
#define LOCK_HOTPLUG    0x10001
/*
 * domain_find(), but a name that is on its way from a domain to the successor that a restart makes is waited for. The
 * caller holds no lock that this restart could want.
 */
int domain_find_settled(struct xm *xm, const char *name, uint32_t *domid);
/* Says (or no longer) that a restart of the domain is under way. The caller holds its lock. */
void domain_mark_restart(struct xm *xm, uint32_t domid, bool on);
/* domain_find_settled() and the lock of what it found, which is the one of that name now. As domain_lock(). */
int domain_find_locked(struct xm *xm, const char *name, uint32_t *domid);

/* Where the configuration of a running domain is kept, by its UUID. */
char *domain_config_path(struct xm *xm, const uint8_t *uuid);
/* Reads the configuration kept of a domain. 0 or -errno after a message. */
int domain_config_load(struct xm *xm, uint32_t domid, struct domain_config *config);
int domain_config_save(struct xm *xm, const struct domain_config *config);

/*
 * Makes a domain, paused, with all its devices. On failure nothing is left of it, and the message has been
 * given.
 */
int domain_create(struct xm *xm, struct domain_config *config, uint32_t *domid);
/*
 * Ends a domain and removes all there is of it: devices, nodes, the kept configuration unless `keep_config`. The
 * caller holds its lock.
 */
int domain_teardown(struct xm *xm, uint32_t domid, bool keep_config);
/* Takes its devices away but leaves the rest (of a domain that has shut down and is preserved). */
int domain_release_devices(struct xm *xm, uint32_t domid);
/* Waits until the domain has shut down or is gone. 0, -ETIMEDOUT or -errno. */
int domain_wait_shutdown(struct xm *xm, uint32_t domid, int timeout_ms);

/* The event of on_* that a SHUTDOWN_* reason stands for; a reason not known counts as a crash. */
enum shutdown_event shutdown_event_of(unsigned int reason);
/*
 * Starts the process that waits for the domain's end and does what on_poweroff= and the like say. It has its
 * own
 * session, handles and log file. 0 or -errno after a message.
 */
int supervisor_start(struct xm *xm, uint32_t domid);

#endif
