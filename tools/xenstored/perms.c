/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "perms.h"

static const char letters[] = "nrwb"; /* by mask */

static struct perms *perms_alloc(unsigned int count)
{
    struct perms *perms = xalloc(sizeof(*perms) + count * sizeof(perms->entry[0]));

    perms->refs = 1;
    perms->count = count;
    return perms;
}

/* See perms.h. */
struct perms *perms_new(unsigned int owner, unsigned int mask)
{
    struct perms *perms = perms_alloc(1);

    perms->entry[0] = (struct perm){ owner, mask };
    return perms;
}

/* One entry; its end, or NULL if it is malformed. */
static const char *parse_entry(const char *text, struct perm *entry)
{
    const char *letter = *text ? strchr(letters, *text) : NULL;
    unsigned int domid = 0;
    const char *p = text + 1;

    if (!letter || *p == '\0')
        return NULL;
    for (; *p; p++) {
        if (*p < '0' || *p > '9')
            return NULL;
        domid = domid * 10 + (*p - '0');
        if (domid > UINT16_MAX)
            return NULL;
    }
    *entry = (struct perm){ domid, letter - letters };
    return p + 1;
}

/* See perms.h. */
int perms_parse(const char *text, size_t len, struct perms **result)
{
    unsigned int count = 0;
    struct perms *perms;

    if (!len || text[len - 1] != '\0')
        return -EINVAL;
    for (size_t i = 0; i < len; i++)
        count += text[i] == '\0';
    perms = perms_alloc(count);
    for (unsigned int i = 0; i < count; i++) {
        text = parse_entry(text, &perms->entry[i]);
        if (!text) {
            perms_put(perms);
            return -EINVAL;
        }
    }
    *result = perms;
    return 0;
}

/* See perms.h. */
int perms_format(const struct perms *perms, char *text, size_t size)
{
    size_t len = 0;

    for (unsigned int i = 0; i < perms->count; i++) {
        const struct perm *p = &perms->entry[i];
        int n = snprintf(text + len, size - len, "%c%u", letters[p->mask], p->domid);

        if ((size_t)n >= size - len)
            return -E2BIG;
        len += n + 1;
    }
    return len;
}

/* See perms.h. */
struct perms *perms_for_owner(struct perms *perms, unsigned int owner)
{
    struct perms *copy;

    if (perms_owner(perms) == owner)
        return perms_get(perms);
    copy = perms_alloc(perms->count);
    memcpy(copy->entry, perms->entry, perms->count * sizeof(perms->entry[0]));
    copy->entry[0].domid = owner;
    return copy;
}

/* See perms.h. */
struct perms *perms_without(const struct perms *perms, unsigned int domid)
{
    struct perms *copy;
    unsigned int kept = 1;

    for (unsigned int i = 1; i < perms->count; i++)
        kept += perms->entry[i].domid != domid;
    if (kept == perms->count)
        return NULL;
    copy = perms_alloc(kept);
    copy->entry[0] = perms->entry[0];
    kept = 1;
    for (unsigned int i = 1; i < perms->count; i++)
        if (perms->entry[i].domid != domid)
            copy->entry[kept++] = perms->entry[i];
    return copy;
}

/* See perms.h. */
bool perms_equal(const struct perms *a, const struct perms *b)
{
    return a == b ||
           (a->count == b->count && !memcmp(a->entry, b->entry, a->count * sizeof(a->entry[0])));
}

/* Another user of the same list. */
struct perms *perms_get(struct perms *perms)
{
    perms->refs++;
    return perms;
}

/* One user less; the last one frees it. */
void perms_put(struct perms *perms)
{
    if (!--perms->refs)
        free(perms);
}

/* See perms.h. */
unsigned int perms_allow(const struct perms *perms, unsigned int domid)
{
    if (perms_owner(perms) == domid)
        return PERM_READ | PERM_WRITE | PERM_OWNER;
    for (unsigned int i = 1; i < perms->count; i++)
        if (perms->entry[i].domid == domid)
            return perms->entry[i].mask;
    return perms->entry[0].mask;
}
