/* SPDX-License-Identifier: GPL-2.0-only */
/* The tests of this kernel's other files. */
#ifndef MEMORY_H
#define MEMORY_H

#include "test.h"

#include <public/errno.h>
#include <public/memory.h>

/* maps.c */
void no_map(void);
void own_map(void);
void childs_map(void);
void map_refusals(void);
void reserved_memory(void);
void highest_page(void);
void sharing(void);
void reverse_table(void);
void for_control_only(void);

/* claims.c */
void claimed(void);
void claim_refusals(void);
void claim_honoured(void);

/* resources.c */
void shared_resource(void);
void status_resource(void);
void resource_refusals(void);

#endif
