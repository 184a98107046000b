/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "path.h"

static uint32_t root_hash = 2166136261u;

/* What a byte may be in a path. */
enum { BAD, NAME, SLASH };
static const uint8_t kind[256] = {
    ['a' ... 'z'] = NAME, ['A' ... 'Z'] = NAME, ['0' ... '9'] = NAME,
    ['-'] = NAME,         ['_'] = NAME,         ['@'] = NAME,
    ['/'] = SLASH,
};

/* See path.h. */
void path_seed(uint32_t seed)
{
    root_hash = seed | 1;
}

/* The hash of a path that goes on with a name, whose key is known. */
static inline uint32_t mix(uint32_t hash, uint64_t key, const char *name, unsigned int len)
{
    for (;;) {
        uint64_t product = (key ^ hash) * 0x9e3779b97f4a7c15ull;

        hash = product ^ product >> 32;
        if (len <= 8)
            return hash;
        name += 8;
        len -= 8;
        key = path_key(name, len);
    }
}

/* See path.h. */
uint32_t path_hash(const struct path *path, unsigned int depth)
{
    if (path->special)
        return path->special_hash;
    return depth ? path->hash[depth - 1] : root_hash;
}

static int parse_special(struct path *path, const char *text, size_t len)
{
    if (len > XENSTORE_REL_PATH_MAX)
        return -EINVAL;
    for (size_t i = 0; i < len; i++)
        if (kind[(unsigned char)text[i]] != NAME)
            return -EINVAL;
    memcpy(path->text, text, len + 1);
    path->len = len;
    path->special_hash = mix(root_hash, path_key(path->text, len), path->text, len);
    path->special = true;
    return 0;
}

/* Describe a component, which begins at `name` in path->text. *hash becomes that of the path up to it. */
static inline void note(struct path *path, unsigned int depth, const char *name, unsigned int len, uint32_t *hash)
{
    uint64_t key = path_key(name, len);

    *hash = mix(*hash, key, name, len);
    path->end[depth] = name + len - path->text;
    path->key[depth] = key;
    path->hash[depth] = *hash;
}

/* Check path->text and find its components. The NUL at its end is of kind BAD. */
static int cut(struct path *path)
{
    const char *p = path->text, *start;
    unsigned int depth = 0;
    uint32_t hash = root_hash;

    if (path->len == 1)
        return 0;
    do {
        start = ++p; /* behind a slash */
        while (kind[(unsigned char)*p] == NAME)
            p++;
        if (p == start)
            return -EINVAL;
        note(path, depth++, start, p - start, &hash);
    } while (*p == '/');
    path->depth = depth;
    return p == path->text + path->len ? 0 : -EINVAL;
}

/* See path.h. */
int path_parse(struct path *path, const char *text, size_t len, unsigned int domid)
{
    int home = 0;

    path->depth = 0;
    path->home_len = 0;
    path->special = false;
    if (!len)
        return -EINVAL;
    if (text[0] == '@')
        return parse_special(path, text, len);
    if (text[0] != '/') {
        if (len > XENSTORE_REL_PATH_MAX)
            return -EINVAL;
        home = sprintf(path->text, "/local/domain/%u/", domid & 0xffff);
    } else if (len > XENSTORE_ABS_PATH_MAX) {
        return -EINVAL;
    }
    memcpy(path->text + home, text, len);
    path->len = home + len;
    path->home_len = home;
    path->text[path->len] = '\0';
    return cut(path);
}

/* See path.h. */
int path_push(struct path *path, const char *name, unsigned int len)
{
    unsigned int start = path->depth ? path->len + 1u : 1u;
    uint32_t hash = path_hash(path, path->depth);

    if (path->depth == PATH_DEPTH_MAX || start + len > XENSTORE_ABS_PATH_MAX)
        return -EINVAL;
    path->text[start - 1] = '/';
    memcpy(path->text + start, name, len);
    path->len = start + len;
    path->text[path->len] = '\0';
    note(path, path->depth++, path->text + start, len, &hash);
    return 0;
}

/* See path.h. */
void path_pop(struct path *path)
{
    path->depth--;
    path->len = path_len(path, path->depth);
    path->text[path->len] = '\0';
}

/* See path.h. */
void path_copy(struct path *to, const struct path *from)
{
    memcpy(to, from, offsetof(struct path, text) + from->len + 1u);
    memcpy(to->end, from->end, from->depth * sizeof(to->end[0]));
    memcpy(to->hash, from->hash, from->depth * sizeof(to->hash[0]));
    memcpy(to->key, from->key, from->depth * sizeof(to->key[0]));
}
