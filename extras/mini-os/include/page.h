/* SPDX-License-Identifier: MIT */
/* Whole pages of memory. */
#ifndef PAGE_H
#define PAGE_H

#include "types.h"

/* Neighbouring pages, with any contents; NULL when there are none. */
void *page_alloc(unsigned long count);
/* One page of zeroes; a panic that names what it was for when there is none. */
void *page_zeroed(const char *purpose);
void page_free(void *pages, unsigned long count);

unsigned long pages_free(void);

#endif
