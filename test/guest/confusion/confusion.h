/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of this test share: a page that becomes a page table, and another one's mapping to reach it by. */
#ifndef CONFUSION_H
#define CONFUSION_H

#include "test.h"

#include <public/errno.h>
#include <public/grant_table.h>

#define READ_ONLY (PTE_PRESENT | PTE_USER | 0x60)
#define ENTRIES   512

extern pte_t table[ENTRIES], other[ENTRIES];        /* pages of ours */
extern volatile pte_t *window;                      /* its mapping is changed */

long pin(const void *page, int level);
long unpin(const void *page);
/* Map a frame of a domain's in the place of the window, as said by flags. */
long show(uint64_t mfn, pte_t flags, domid_t domain);
/* The table is one of that level now, empty; it is a page of ours as any other again. False: it can't be. */
bool made_table(int level);
bool made_page(void);

/* Grants of the table, to ourselves. Map it as the flags say, for reading or writing: the status. And unmap it. */
bool granted(void);
int map_table(unsigned int how, uint64_t address, struct gnttab_map_grant_ref *op);
bool unmap_table(const struct gnttab_map_grant_ref *op);
#define READ_WRITE_GRANT 1
#define READ_ONLY_GRANT  2

void by_grant(void);
void by_hypervisor(void);
void of_child(void);
void in_childs_tables(void);
void racing_entry(void);
void racing_grant(void);
void racing_validation(void);

#endif
