/* SPDX-License-Identifier: GPL-2.0-only */
/* Paths as clients send them, checked and cut into components. */
#ifndef XENSTORED_PATH_H
#define XENSTORED_PATH_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <public/io/xs_wire.h>

#define PATH_DEPTH_MAX (XENSTORE_ABS_PATH_MAX / 2)

/* A checked absolute path, or a special one such as "@releaseDomain" (special, depth 0).
 * Component i is text[start(i) .. end[i]), key[i] are its first 8 bytes as a big-endian number, shorter ones followed
 * by zeros; end[i] and hash[i] describe the path up to and including component i. Only the first `depth` entries are set. */
struct path {
    uint16_t len;
    uint16_t depth;
    uint16_t home_len; /* a relative path: length of the prefix that was put before it, else 0 */
    bool special;
    uint32_t special_hash;
    char text[XENSTORE_ABS_PATH_MAX + 8]; /* NUL-terminated; readable 8 bytes past any component */
    uint16_t end[PATH_DEPTH_MAX];
    uint32_t hash[PATH_DEPTH_MAX];
    uint64_t key[PATH_DEPTH_MAX];
};

/* Must be called once before the first path: names hash by this number, unknown to clients. */
void path_seed(uint32_t seed);

/* Check the NUL-terminated text of len bytes (NUL not counted) from domain domid and fill path.
 * Relative paths lie below the domain's home. -EINVAL if it is no path. */
int path_parse(struct path *path, const char *text, size_t len, unsigned int domid);

/* The hash of the first `depth` components; 0 components are the root. */
uint32_t path_hash(const struct path *path, unsigned int depth);

static inline unsigned int path_start(const struct path *path, unsigned int i)
{
    return i ? path->end[i - 1] + 1u : 1u;
}

/* The length of the text of the first `depth` components ("/" for none). */
static inline unsigned int path_len(const struct path *path, unsigned int depth)
{
    return depth ? path->end[depth - 1] : 1u;
}

/* A name's key, as key[] has them. The bytes must be readable up to 8. */
static inline uint64_t path_key(const char *name, unsigned int len)
{
    uint64_t key;

    memcpy(&key, name, sizeof(key));
    key = be64toh(key);
    return len < 8 ? key & ~0ull << (64 - 8 * len) : key;
}

/* Append one component to a path known to be good. -EINVAL if that becomes too long. */
int path_push(struct path *path, const char *name, unsigned int len);
/* Take the last component off again. */
void path_pop(struct path *path);
/* Copy what is set. */
void path_copy(struct path *to, const struct path *from);

#endif /* XENSTORED_PATH_H */
