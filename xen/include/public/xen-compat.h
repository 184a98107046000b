/* SPDX-License-Identifier: MIT */
/* Which revision of the interface the includer wants; older ones keep older names and layouts. */
#ifndef __XEN_PUBLIC_XEN_COMPAT_H__
#define __XEN_PUBLIC_XEN_COMPAT_H__

#define __XEN_LATEST_INTERFACE_VERSION__ 0x00040e00

/*
 * The hypervisor and its tools always use the newest revision; a guest that doesn't choose gets the oldest.
 */
#if defined(__XEN__) || defined(__XEN_TOOLS__)
#define __XEN_INTERFACE_VERSION__ __XEN_LATEST_INTERFACE_VERSION__
#elif !defined(__XEN_INTERFACE_VERSION__)
#define __XEN_INTERFACE_VERSION__ 0x00000000
#endif

#if __XEN_INTERFACE_VERSION__ > __XEN_LATEST_INTERFACE_VERSION__
#error "the requested interface version is newer than these headers"
#endif

#define COMPAT_FLEX_ARRAY_DIM XEN_FLEX_ARRAY_DIM

/*
 * Fixed-width types: ours to fetch, unless the includer has no <stdint.h> and brings its own
 * (XEN_OWN_STDINT).
 */
#if !defined(__ASSEMBLY__) && !defined(XEN_OWN_STDINT)
#ifndef __has_include
#include <stdint.h>
#elif __has_include(<stdint.h>)
#include <stdint.h>
#endif
#endif

#endif
