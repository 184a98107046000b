/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading and writing a guest's memory through its own virtual addresses, as hypercall arguments name it. A
 * handle is the public headers' typed XEN_GUEST_HANDLE. Every byte is copied once into our memory, then
 * checked, then used. A fault or an address inside the hypervisor's range makes the copy fail: the callers
 * return -EFAULT.
 */
#ifndef XEN_GUEST_H
#define XEN_GUEST_H

#include <xen/types.h>
#include <public/xen.h>
/* guest_range_ok, raw_copy_to_guest, raw_copy_from_guest, raw_clear_guest: bytes NOT copied */
#include <asm/guest_copy.h>

#define guest_handle_is_null(h)  ((h).p == NULL)
#define guest_handle_add(h, n)   ((h).p += (n))
#define guest_handle_cast(h, t)  ((XEN_GUEST_HANDLE(t)) { (void *)(h).p })
/* A handle of any type for immediate use in the macros below, from a bare hypercall argument. */
#define guest_ptr(ptr, t)        ((struct { t *p; }) { (t *)(ptr) })
#define guest_handle_from_ptr(ptr, t) ((XEN_GUEST_HANDLE(t)) { (t *)(ptr) })

/* n elements at offset off; result is true on failure: if (copy_from_guest(&op, h, 1)) return -EFAULT. */
#define copy_from_guest_offset(dst, h, off, n) ({                                       \
    __typeof__(*(h).p) *d_ = (dst);                                                     \
    raw_copy_from_guest(d_, (h).p + (off), sizeof(*d_) * (size_t)(n)) != 0; })
#define copy_to_guest_offset(h, off, src, n) ({                                         \
    const __typeof__(*(h).p) *s_ = (src);                                               \
    raw_copy_to_guest((h).p + (off), s_, sizeof(*s_) * (size_t)(n)) != 0; })
#define copy_from_guest(dst, h, n) copy_from_guest_offset(dst, h, 0, n)
#define copy_to_guest(h, src, n)   copy_to_guest_offset(h, 0, src, n)
#define clear_guest(h, n)          (raw_clear_guest((h).p, sizeof(*(h).p) * (size_t)(n)) != 0)
/* One field of the structure a handle points to. */
#define copy_field_to_guest(h, src, field) \
    (raw_copy_to_guest(&(h).p->field, &(src)->field, sizeof((src)->field)) != 0)
#define copy_field_from_guest(dst, h, field) \
    (raw_copy_from_guest(&(dst)->field, &(h).p->field, sizeof((dst)->field)) != 0)
/* Range check once for n elements. */
#define guest_handle_okay(h, n)    guest_range_ok((h).p, sizeof(*(h).p) * (size_t)(n))

#endif
