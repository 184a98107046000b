/* SPDX-License-Identifier: GPL-2.0-only */
/* The life of domains as the store sees it: introduced, shut down, resumed, gone. */
#ifndef XENSTORED_DOMAIN_H
#define XENSTORED_DOMAIN_H

#include "store.h"

/* Connect to a domain's ring. Introducing it again changes its event channel. -EINVAL if there is no
 * such domain or port. */
int domain_introduce(struct store *store, unsigned int domid, uint64_t frame, uint32_t port);
/* A domain is gone, or is to be treated so. -ENOENT if it isn't introduced, -EINVAL for domain 0. */
int domain_release(struct store *store, unsigned int domid);
/* It runs again after it had been seen shut down. */
int domain_resume(struct store *store, unsigned int domid);
int domain_set_target(struct store *store, unsigned int domid, unsigned int target);
bool domain_is_introduced(struct store *store, unsigned int domid);

enum domain_state { DOMAIN_RUNNING, DOMAIN_SHUTDOWN, DOMAIN_GONE };
/* What the hypervisor says of a domain now. True: it was news, and @releaseDomain has fired. */
bool domain_seen(struct store *store, struct domain *domain, enum domain_state state);

#endif /* XENSTORED_DOMAIN_H */
