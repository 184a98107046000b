/* SPDX-License-Identifier: MIT */
/* Whole pages of memory. */
#ifndef PAGE_H
#define PAGE_H

#include "types.h"

/* Neighbouring pages, with any contents; NULL when there are none. */
void *page_alloc(unsigned long count);
void page_free(void *pages, unsigned long count);

unsigned long pages_free(void);

#endif
