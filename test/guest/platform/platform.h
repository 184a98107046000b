/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PLATFORM_H
#define PLATFORM_H

#include "child.h"
#include "test.h"

#include <public/errno.h>
#include <public/platform.h>

void *hole(void);                       /* a page that isn't mapped */
long platform(xen_platform_op_t *op, uint32_t cmd);

void memory_types(void);
void shared_types(void);
void bad_types(void);
void resources(void);
void bad_resources(void);

#endif
