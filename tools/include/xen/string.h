/* SPDX-License-Identifier: GPL-2.0-only */
/* Lets the files shared with xen/lib compile against the host's C library. */
#ifndef TOOLS_XEN_STRING_H
#define TOOLS_XEN_STRING_H

#include <string.h>

#endif
