/* SPDX-License-Identifier: MIT */
/* Grants: pages of ours that another domain may use. */
#ifndef GRANT_H
#define GRANT_H

#include <public/grant_table.h>

#include "types.h"

/* Map the grant table; false if the hypervisor doesn't give us one. */
bool grants_init(void);

/* Let a domain use the page at an address. */
grant_ref_t grant_page(domid_t domain, const void *page, bool readonly);

/* Take it back; false, and it stays granted, while the domain still has it mapped. */
bool grant_end(grant_ref_t reference);

unsigned int grants_free(void);

#endif
