/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The converters between the structures of 32-bit guests and ours: one walk over a table of members each way.
 * Numbers are zero-extended; a result that does not fit loses its high part, as it would in the guest.
 */
#include <xen/guest.h>
#include <xen/lib.h>
#include <xen/sched.h>

#define CHUNK 256           /* bytes of 32-bit structures converted at a time, if one isn't larger */

static const struct width_member long_member = { 0, 0, sizeof(long), sizeof(uint32_t), 1, NULL };
const struct width_layout width_long = { sizeof(long), sizeof(uint32_t), 1, &long_member };

static void widen_member(const struct width_member *m, char *to, const char *from)
{
    for (unsigned i = 0; i < m->count; i++, to += m->size, from += m->size32)
        if (m->of)
            width_widen(m->of, to, from);
        else {
            memcpy(to, from, m->size32);
            memset(to + m->size32, 0, m->size - m->size32);
        }
}

void width_widen(const struct width_layout *l, void *native, const void *narrow)
{
    memset(native, 0, l->size);
    for (const struct width_member *m = l->member; m < l->member + l->nr_members; m++)
        widen_member(m, native + m->at, narrow + m->at32);
}

static void narrow_member(const struct width_member *m, char *to, const char *from)
{
    for (unsigned i = 0; i < m->count; i++, to += m->size32, from += m->size)
        if (m->of)
            width_narrow(m->of, to, from);
        else
            memcpy(to, from, m->size32);
}

void width_narrow(const struct width_layout *l, void *narrow, const void *native)
{
    memset(narrow, 0, l->size32);
    for (const struct width_member *m = l->member; m < l->member + l->nr_members; m++)
        narrow_member(m, narrow + m->at32, native + m->at);
}

void width_widen_in_place(const struct width_layout *l, void *structure)
{
    char narrow[CHUNK];

    ASSERT(l->size32 <= sizeof(narrow));
    memcpy(narrow, structure, l->size32);
    width_widen(l, structure, narrow);
}

void width_narrow_in_place(const struct width_layout *l, void *structure)
{
    char narrow[CHUNK];

    ASSERT(l->size32 <= sizeof(narrow));
    width_narrow(l, narrow, structure);
    memcpy(structure, narrow, l->size32);
}

/* Where 32-bit structures wait between guest and conversion: some on the stack, or one large one. */
struct buffer { char small[CHUNK], *large; };

static char *get_buffer(struct buffer *b, const struct width_layout *l)
{
    b->large = l->size32 > sizeof(b->small) ? xmalloc_bytes(l->size32, sizeof(long)) : NULL;
    return l->size32 > sizeof(b->small) ? b->large : b->small;
}

static size_t capacity(const struct width_layout *l)
{
    return max(CHUNK / l->size32, 1);
}

bool width_get(const struct width_layout *l, void *native, const void *guest, size_t n)
{
    struct buffer b;
    char *buffer = get_buffer(&b, l);
    bool failed = !buffer;

    while (n && !failed) {
        size_t some = min(n, capacity(l));

        failed = raw_copy_from_guest(buffer, guest, some * l->size32) != 0;
        for (size_t i = 0; i < some && !failed; i++, native += l->size)
            width_widen(l, native, buffer + i * l->size32);
        guest += some * l->size32;
        n -= some;
    }
    xfree(b.large);
    return failed;
}

bool width_put(const struct width_layout *l, void *guest, const void *native, size_t n)
{
    struct buffer b;
    char *buffer = get_buffer(&b, l);
    bool failed = !buffer;

    while (n && !failed) {
        size_t some = min(n, capacity(l));

        for (size_t i = 0; i < some; i++, native += l->size)
            width_narrow(l, buffer + i * l->size32, native);
        failed = raw_copy_to_guest(guest, buffer, some * l->size32) != 0;
        guest += some * l->size32;
        n -= some;
    }
    xfree(b.large);
    return failed;
}

bool width_put_member(const struct width_layout *l, void *guest, const void *value, size_t at)
{
    for (const struct width_member *m = l->member; m < l->member + l->nr_members; m++)
        if (m->at == at && !m->of)
            return raw_copy_to_guest(guest + m->at32, value, m->size32) != 0;
    BUG();
}
