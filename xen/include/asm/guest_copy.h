/* SPDX-License-Identifier: GPL-2.0-only */
/* The bare copies behind xen/guest.h: exception-table protected, SMAP aware. arch/x86/mm/guest_copy.c, copy.S */
#ifndef ASM_GUEST_COPY_H
#define ASM_GUEST_COPY_H

#include <xen/types.h>
#include <asm/memmap.h>

/* Does [p, p+n) avoid the hypervisor's part? (non-canonical addresses fault harmlessly) */
static always_inline bool guest_range_ok(const void *p, size_t n)
{
    unsigned long a = (unsigned long)p;
    return a + n >= a && (a + n <= HYPERVISOR_START || a >= HYPERVISOR_END);
}
/* Number of bytes not copied: 0 is success. They check the range. */
size_t raw_copy_from_guest(void *dst, const void *guest, size_t n);
size_t raw_copy_to_guest(void *guest, const void *src, size_t n);
size_t raw_clear_guest(void *guest, size_t n);

#endif
