/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XEN_TYPES_H
#define XEN_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#undef offsetof
#include <xen/compiler.h>

typedef int64_t  s_time_t;   /* system time since boot, nanoseconds */
typedef uint64_t paddr_t;    /* machine address */
typedef long     ssize_t;

#define BITS_PER_LONG 64

#endif
