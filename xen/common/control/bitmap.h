/* SPDX-License-Identifier: GPL-2.0-only */
/* struct xenctl_bitmap of the control interfaces: little-endian bytes in guest memory. */
#ifndef CONTROL_BITMAP_H
#define CONTROL_BITMAP_H

#include <xen/cpumask.h>
#include <xen/guest.h>
#include <public/domctl.h>

/* Copy out as many bits as the caller has room for, the rest of its bytes cleared. 0 or -EFAULT */
int bitmap_to_xenctl(struct xenctl_bitmap *to, const unsigned long *map, unsigned bits);
/* Copy in; bits beyond ours are ignored. 0, -EFAULT */
int xenctl_to_bitmap(unsigned long *map, const struct xenctl_bitmap *from, unsigned bits);

#endif
