/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Structures of 32-bit guests on their way: copied, and turned into ours or back by the converters that
 * tools/layouts.py makes. Numbers are zero-extended; a result that does not fit loses its high part, as it would
 * in the guest.
 */
#include <xen/guest.h>
#include <xen/lib.h>
#include <xen/sched.h>

static void widen_longs(void *restrict native, const void *restrict narrow, size_t n)
{
    for (unsigned long *to = native; n; n--, narrow += sizeof(uint32_t))
        *to++ = *(const uint32_t *)narrow;
}

static void narrow_longs(void *restrict narrow, const void *restrict native, size_t n)
{
    for (uint32_t *to = narrow; n; n--, native += sizeof(long))
        *to++ = *(const unsigned long *)native;
}

const struct width_layout width_long = {
    sizeof(long), sizeof(uint32_t), WIDTH_CHUNK / sizeof(uint32_t), widen_longs, narrow_longs };

void width_widen_in_place(const struct width_layout *l, void *structure)
{
    char narrow[WIDTH_CHUNK];

    ASSERT(l->size32 <= sizeof(narrow));
    memcpy(narrow, structure, l->size32);
    l->widen(structure, narrow, 1);
}

void width_narrow_in_place(const struct width_layout *l, void *structure)
{
    char narrow[WIDTH_CHUNK];

    ASSERT(l->size32 <= sizeof(narrow));
    l->narrow(narrow, structure, 1);
    memcpy(structure, narrow, l->size32);
}

/* One structure too large for the stack. */
static bool get_large(const struct width_layout *l, void *native, const void *guest)
{
    void *narrow = xmalloc_bytes(l->size32, sizeof(long));
    bool failed = !narrow || raw_copy_from_guest(narrow, guest, l->size32);

    if (!failed)
        l->widen(native, narrow, 1);
    xfree(narrow);
    return failed;
}

static bool put_large(const struct width_layout *l, void *guest, const void *native)
{
    void *narrow = xmalloc_bytes(l->size32, sizeof(long));
    bool failed = !narrow;

    if (!failed) {
        l->narrow(narrow, native, 1);
        failed = raw_copy_to_guest(guest, narrow, l->size32) != 0;
    }
    xfree(narrow);
    return failed;
}

bool width_get(const struct width_layout *l, void *native, const void *guest, size_t n)
{
    char narrow[WIDTH_CHUNK];

    for (size_t some; n; n -= some, native += some * l->size, guest = guest_moved(guest, some * l->size32)) {
        some = min(n, (size_t)l->chunk);
        if (unlikely(!some)) {
            some = 1;
            if (get_large(l, native, guest))
                return true;
        } else if (raw_copy_from_guest(narrow, guest, some * l->size32))
            return true;
        else
            l->widen(native, narrow, some);
    }
    return false;
}

bool width_put(const struct width_layout *l, void *guest, const void *native, size_t n)
{
    char narrow[WIDTH_CHUNK];

    for (size_t some; n; n -= some, native += some * l->size, guest = guest_moved(guest, some * l->size32)) {
        some = min(n, (size_t)l->chunk);
        if (unlikely(!some)) {
            some = 1;
            if (put_large(l, guest, native))
                return true;
        } else {
            l->narrow(narrow, native, some);
            if (raw_copy_to_guest(guest, narrow, some * l->size32))
                return true;
        }
    }
    return false;
}
