/* SPDX-License-Identifier: GPL-2.0-only */
/* Permission lists. They never change once made, so nodes that inherit share one. */
#ifndef XENSTORED_PERMS_H
#define XENSTORED_PERMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PERM_READ  1u
#define PERM_WRITE 2u
#define PERM_OWNER 4u /* as an answer only: may also change the list itself */

struct perm {
    uint16_t domid;
    uint16_t mask;
};

/* Entry 0 names the owner and what every domain without an entry of its own may do. */
struct perms {
    uint32_t refs;
    uint32_t count;
    struct perm entry[];
};

/* A list of one entry. */
struct perms *perms_new(unsigned int owner, unsigned int mask);
/* Read a list of NUL-terminated entries such as "r5"; len counts the last NUL.
 * -EINVAL if malformed, -ENOMEM. */
int perms_parse(const char *text, size_t len, struct perms **perms);
/* Write the list as text into a buffer of size bytes. The length, or -E2BIG. */
int perms_format(const struct perms *perms, char *text, size_t size);
/* The same list for another owner. */
struct perms *perms_for_owner(struct perms *perms, unsigned int owner);
/* The same list without what it grants to domid, or NULL if it grants nothing. */
struct perms *perms_without(const struct perms *perms, unsigned int domid);
bool perms_equal(const struct perms *a, const struct perms *b);

struct perms *perms_get(struct perms *perms);
void perms_put(struct perms *perms);

static inline unsigned int perms_owner(const struct perms *perms)
{
    return perms->entry[0].domid;
}

/* What the list lets domid do. */
unsigned int perms_allow(const struct perms *perms, unsigned int domid);

#endif /* XENSTORED_PERMS_H */
