/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copies between the hypervisor and guest virtual addresses. A fault on the guest's side ends the copy: the
 * number of bytes not copied is returned. Supervisor access to user pages is allowed (SMAP) for the copy
 * alone.
 */
#include <xen/lib.h>
#include <asm/guest_copy.h>
#include <asm/guest_word.h>

/* arch/x86/mm/copy.S: they return the number of bytes left when a fault ended them. */
size_t copy_until_fault(void *dst, const void *src, size_t n);
size_t clear_until_fault(void *dst, size_t n);

/* The sizes of most hypercall arguments: up to four words, without a string instruction's start-up cost. */
static always_inline bool is_few_words(size_t n)
{
    return n <= 32 && !(n & 3);
}

/* Of our own, aligned or not. */
static always_inline uint64_t bytes8(const void *from)
{
    uint64_t v;

    __builtin_memcpy(&v, from, sizeof(v));
    return v;
}

static always_inline uint32_t bytes4(const void *from)
{
    uint32_t v;

    __builtin_memcpy(&v, from, sizeof(v));
    return v;
}

/* Copy n bytes from the current address space of the guest. Returns how many were not copied. */
size_t raw_copy_from_guest(void *dst, const void *guest, size_t n)
{
    uint64_t *d = dst;
    const uint64_t *g = guest;
    size_t left = n;

    if (unlikely(!guest_range_ok(guest, n)))
        return n;
    user_access_begin();
    if (is_few_words(n)) {
        for (; left >= 8 && load8(d, g); left -= 8, d++, g++)
            ;
        if (left == 4 && load4((uint32_t *)d, (const uint32_t *)g))
            left = 0;
    } else
        left = copy_until_fault(dst, guest, n);
    user_access_end();
    return left;
}

/* Copy n bytes to the current address space of the guest. Returns how many were not copied. */
size_t raw_copy_to_guest(void *guest, const void *src, size_t n)
{
    uint64_t *g = guest;
    const uint64_t *s = src;
    size_t left = n;

    if (unlikely(!guest_range_ok(guest, n)))
        return n;
    user_access_begin();
    if (is_few_words(n)) {
        for (; left >= 8 && store8(g, bytes8(s)); left -= 8, g++, s++)
            ;
        if (left == 4 && store4((uint32_t *)g, bytes4(s)))
            left = 0;
    } else
        left = copy_until_fault(guest, src, n);
    user_access_end();
    return left;
}

/* Clear n bytes of the guest. Returns how many were not cleared. */
size_t raw_clear_guest(void *guest, size_t n)
{
    size_t left;

    if (unlikely(!guest_range_ok(guest, n)))
        return n;
    user_access_begin();
    left = clear_until_fault(guest, n);
    user_access_end();
    return left;
}
