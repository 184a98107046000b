/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of this room share: raw blocks of frames, before they have an owner. */
#ifndef MEM_FRAME_INTERNAL_H
#define MEM_FRAME_INTERNAL_H

#include <xen/mm.h>
#include <asm/mm.h>

struct page_info *frames_take(unsigned order, unsigned bits, unsigned long keep);
void frames_release(struct page_info *pg, unsigned order);
void frames_release_range(mfn_t m, unsigned long count);
void frames_scrub(struct page_info *pg, unsigned order);

#endif
