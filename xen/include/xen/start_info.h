/* SPDX-License-Identifier: GPL-2.0-only */
/* struct start_info in the layout of 32-bit guests. Used by dom0 build and by libxc, which write the 64-bit one. */
#ifndef XEN_START_INFO_H
#define XEN_START_INFO_H

/* The 64-bit start_info at page, which is only what a 32-bit guest can have, turns into a 32-bit one. */
void start_info_narrow(void *page);

#endif
