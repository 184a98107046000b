/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frame numbers. Distinct types, free at run time:
 *   mfn_t  machine frame: what the processor's page tables hold
 *   gfn_t  guest frame, as a guest names it to us (for PV guests the machine frame)
 *   pfn_t  pseudo-physical frame: the guest's own contiguous numbering
 */
#ifndef XEN_FRAME_H
#define XEN_FRAME_H

#include <xen/types.h>

typedef struct { unsigned long n; } mfn_t;
typedef struct { unsigned long n; } gfn_t;
typedef struct { unsigned long n; } pfn_t;

static always_inline mfn_t mfn(unsigned long n) { return (mfn_t){ n }; }
static always_inline gfn_t gfn(unsigned long n) { return (gfn_t){ n }; }
static always_inline pfn_t pfn(unsigned long n) { return (pfn_t){ n }; }
static always_inline mfn_t mfn_add(mfn_t m, unsigned long i) { return (mfn_t){ m.n + i }; }
static always_inline bool  mfn_eq(mfn_t a, mfn_t b) { return a.n == b.n; }

#define INVALID_MFN ((mfn_t){ ~0UL })
#define INVALID_GFN ((gfn_t){ ~0UL })
#define INVALID_PFN ((pfn_t){ ~0UL })
#define INVALID_M2P_ENTRY (~0UL)    /* ABI: machine_to_phys entry of a frame without a pfn */

#endif
