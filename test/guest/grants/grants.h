/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of this test share. grants.c sets it up; a test leaves the table and the window as it
 * found them.
 */
#ifndef GRANTS_H
#define GRANTS_H

#include "test.h"

#include <public/errno.h>
#include <public/grant_table.h>

extern grant_entry_v1_t *table;     /* the first frame of the table */
extern char *window;                /* a page whose mapping is replaced by grants */

#define GRANT_OP(op, list, count) HYPERCALL(grant_table_op, GNTTABOP_##op, list, count)
#define IN_USE (GTF_reading | GTF_writing)

/* Let ourselves use a page by reference ref. */
void grant(unsigned int ref, const void *page, unsigned int flags);
/* Map by ref, at the machine address or virtual address given; the status. */
int map_at(unsigned int ref, unsigned int flags, uint64_t address, struct gnttab_map_grant_ref *op);
/* Unmap one or both ways; the status. */
int unmap_ways(unsigned int handle, uint64_t address, uint64_t bus);

void both_ways(void);
void by_entry(void);
void rights(void);
void overwritten(void);
void replace(void);
void swap(void);
void strange_frames(void);
void copy_refusals(void);
void special_domains(void);
void sizes(void);
void version_2(void);
void to_and_fro(void);
void parts(void);
void transitive(void);
void starved(void);
void many_uses(void);

/* transfer.c */
void transferred(void);
void given_in_vain(void);
void given_to_oneself(void);
void transfer_refusals(void);

/* batches.c */
void long_maps(void);
void long_copies(void);
void long_swaps(void);

/* races.c */
void racing_unmaps(void);
void racing_changes(void);

#endif
