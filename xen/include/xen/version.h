/* SPDX-License-Identifier: GPL-2.0-only */
/* What this build calls itself; numbers come from Config.mk. */
#ifndef XEN_VERSION_H
#define XEN_VERSION_H

/* XEN_VERSION, XEN_SUBVERSION, XEN_EXTRAVERSION: -D by the Makefile */
#define XEN_COMPILER     "gcc (" __VERSION__ ")"
#define XEN_COMPILE_DATE ""      /* builds are reproducible: no date */

#endif
