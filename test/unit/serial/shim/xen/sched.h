/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_SCHED_H
#define SHIM_SCHED_H
#include <xen/rangeset.h>
struct domain { struct { struct rangeset *ioport_caps; } arch; };
#endif
