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

static inline uint32_t mix(uint32_t hash, unsigned char c)
{
    return (hash ^ c) * 16777619u;
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
    uint32_t hash = root_hash;

    if (len > XENSTORE_REL_PATH_MAX)
        return -EINVAL;
    for (size_t i = 0; i < len; i++) {
        if (kind[(unsigned char)text[i]] != NAME)
            return -EINVAL;
        hash = mix(hash, text[i]);
    }
    memcpy(path->text, text, len + 1);
    path->len = len;
    path->special_hash = hash;
    path->special = true;
    return 0;
}

/* Check path->text and find its components. The NUL at its end is of kind BAD. */
static int cut(struct path *path)
{
    const unsigned char *text = (const unsigned char *)path->text, *p = text, *start;
    unsigned int depth = 0;
    uint32_t hash = root_hash;

    if (path->len == 1)
        return 0;
    for (;;) {
        start = ++p; /* behind a slash */
        for (; kind[*p] == NAME; p++)
            hash = mix(hash, *p);
        if (p == start)
            return -EINVAL;
        path->end[depth] = p - text;
        path->hash[depth++] = hash;
        if (*p != '/')
            break;
        hash = mix(hash, '/');
    }
    path->depth = depth;
    return p == text + path->len ? 0 : -EINVAL;
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
    if (path->depth) {
        hash = mix(hash, '/');
        path->text[path->len] = '/';
    }
    for (unsigned int i = 0; i < len; i++)
        hash = mix(hash, name[i]);
    memcpy(path->text + start, name, len);
    path->len = start + len;
    path->text[path->len] = '\0';
    path->end[path->depth] = path->len;
    path->hash[path->depth++] = hash;
    return 0;
}

/* See path.h. */
void path_pop(struct path *path)
{
    path->depth--;
    path->len = path_len(path, path->depth);
    path->text[path->len] = '\0';
}
