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
#include <public/grant_table.h>
#include <public/memory.h>
#include <public/nmi.h>
#include <public/physdev.h>
#include <public/platform.h>
#include <public/sched.h>
#include <public/vcpu.h>
#include <public/version.h>
#include <public/arch-x86/xen-mca.h>
#include <asm/width.h>
/* guest_range_ok, raw_copy_to_guest, raw_copy_from_guest, raw_clear_guest: bytes NOT copied */
#include <asm/guest_copy.h>

#define guest_handle_is_null(h)  ((h).p == NULL)
/* A pointer moved on by n elements, or bytes of void. The guest may have put any there, and sums wrap at its own risk. */
#define guest_moved(ptr, n)      ((__typeof__(ptr))((unsigned long)(ptr) + (n) * sizeof(*(ptr))))
#define guest_handle_add(h, n)   ((h).p = guest_moved((h).p, n))
#define guest_handle_cast(h, t)  ((XEN_GUEST_HANDLE(t)) { (void *)(h).p })
/* A handle of any type for immediate use in the macros below, from a bare hypercall argument. */
#define guest_ptr(ptr, t)        ((struct { t *p; }) { (t *)(ptr) })
#define guest_handle_from_ptr(ptr, t) ((XEN_GUEST_HANDLE(t)) { (t *)(ptr) })

/*
 * One structure, or bare number, behind a hypercall argument. The results are true on failure:
 * if (get_guest(&op, arg)) return -EFAULT. The type of op says what a 32-bit guest's structure is converted to.
 */
#define get_guest(dst, ptr)        guest_get_n(dst, ptr, 1)
#define put_guest(ptr, src)        guest_put_n(ptr, src, 1)
/* One member, of the structure behind ptr. */
#define put_guest_member(ptr, src, member) ({                                           \
    const __typeof__(*(src)) *s_ = (src);                                               \
    void *p_ = (void *)(ptr);                                                           \
    const struct width_layout *l_ = WIDTH_OF(s_);                                       \
    l_ && width_differs()                                                               \
    ? raw_copy_to_guest(guest_moved(p_, offsetof(NARROW_TYPE(s_), member)), &s_->member, sizeof(((NARROW_TYPE(s_) *)0)->member)) != 0 \
    : raw_copy_to_guest(guest_moved(p_, offsetof(__typeof__(*(src)), member)), &s_->member, sizeof(s_->member)) != 0; })
/* Element i of a guest's array: its address, not to be used but by these macros. */
#define guest_at(ptr, i)           ((__typeof__(ptr))width_at(WIDTH_OF(ptr), ptr, sizeof(*(ptr)), i))
/*
 * An arm of a union, which is copied as bytes since only the caller knows which arm it is: to our layout after it
 * was read, and back before it is written.
 */
#define widen_arm(arm)  do { if (width_differs()) width_widen_in_place(WIDTH_OF(arm), arm); } while (0)
#define narrow_arm(arm) do { if (width_differs()) width_narrow_in_place(WIDTH_OF(arm), arm); } while (0)
/* Numbers as wide as the guest: frame numbers, longs. */
#define get_guest_longs(dst, ptr, i, n) guest_get_l(&width_long, dst, ptr, i, n, sizeof(long))
#define put_guest_longs(ptr, i, src, n) guest_put_l(&width_long, ptr, i, src, n, sizeof(long))

/* n elements at offset off of a handle. */
#define copy_from_guest_offset(dst, h, off, n) ({                                       \
    __typeof__(*(h).p) *d_ = (dst);                                                     \
    guest_get_l(WIDTH_OF_HANDLE(h), d_, (h).p, off, n, sizeof(*d_)); })
#define copy_to_guest_offset(h, off, src, n) ({                                         \
    const __typeof__(*(h).p) *s_ = (src);                                               \
    guest_put_l(WIDTH_OF_HANDLE(h), (h).p, off, s_, n, sizeof(*s_)); })
#define copy_from_guest(dst, h, n) copy_from_guest_offset(dst, h, 0, n)
#define copy_to_guest(h, src, n)   copy_to_guest_offset(h, 0, src, n)
#define clear_guest(h, n)          (raw_clear_guest((h).p, sizeof(*(h).p) * (size_t)(n)) != 0)
/* Range check once for n elements. A 32-bit guest's addresses can't reach the hypervisor. */
#define guest_handle_okay(h, n)    guest_range_ok((h).p, sizeof(*(h).p) * (size_t)(n))

/* ---- behind the macros ---- */

#define WIDTH_OF_HANDLE(h) \
    _Generic((h), XEN_GUEST_HANDLE(xen_pfn_t): &width_long, XEN_GUEST_HANDLE(xen_ulong_t): &width_long, \
             default: WIDTH_OF((h).p))

static always_inline const void *width_at(const struct width_layout *l, const void *p, size_t size, size_t i)
{
    return guest_moved(p, i * (l && width_differs() ? l->size32 : size));
}

static always_inline bool guest_get_l(const struct width_layout *l, void *dst, const void *p, size_t i, size_t n,
                                      size_t size)
{
    p = width_at(l, p, size, i);
    return l && width_differs() ? width_get(l, dst, p, n) : raw_copy_from_guest(dst, p, size * n) != 0;
}

static always_inline bool guest_put_l(const struct width_layout *l, void *p, size_t i, const void *src, size_t n, size_t size)
{
    p = (void *)width_at(l, p, size, i);
    return l && width_differs() ? width_put(l, p, src, n) : raw_copy_to_guest(p, src, size * n) != 0;
}

#define guest_get_n(dst, ptr, n)   guest_get_l(WIDTH_OF(dst), dst, ptr, 0, n, sizeof(*(dst)))
#define guest_put_n(ptr, src, n)   guest_put_l(WIDTH_OF(src), ptr, 0, src, n, sizeof(*(src)))

#endif
