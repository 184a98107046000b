/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XM_CFG_H
#define XM_CFG_H

#include <stdbool.h>
#include <stddef.h>

#include "pool.h"

/*
 * The syntax of configuration files: what is written where, nothing about what it means (that is config.c).
 * A small part of Python's:
 *
 *     name = "guest"          # comment
 *     memory = 256; vcpus = 2
 *     disk = [ 'phy:/dev/vg/guest,xvda,w',
 *              'file:/srv/data.img,xvdb,r', ]
 *     extra += " quiet"       # appends to a string or a list
 *
 * Strings are in '..', "..", '''..''' or """..""" (over several lines), with Python's escapes; numbers
 * are decimal, 0x.. or 0..; True and False are 1 and 0.
 */

/* A text being read and the name errors call it by. Every value points into its source. */
struct cfg_source {
    const char *name;
    const char *text;
    size_t length;
};

enum cfg_kind { CFG_STRING, CFG_NUMBER, CFG_LIST };

struct cfg_value {
    enum cfg_kind kind;
    const struct cfg_source *source;
    size_t at;                      /* offset of its first character; of a string: after the quote */
    bool verbatim;                  /* a string without escapes: character i was written at `at` + i */
    const char *string;
    long long number;
    struct cfg_value *items;
    size_t count;
};

struct cfg_setting {
    const char *key;
    const struct cfg_source *source;
    size_t at;                      /* of the key */
    struct cfg_value value;
};

struct cfg {
    struct pool *pool;
    struct cfg_setting *settings;   /* each key once: a later assignment replaces the earlier one */
    size_t count;
};

/* Adds the settings of a text. 0, or -EINVAL after an error message. */
int cfg_parse(struct cfg *cfg, const struct cfg_source *source);
/* Adds those of a file: also -errno if it can't be read (with a message too). */
int cfg_parse_file(struct cfg *cfg, const char *path);
/* Adds a command line's KEY=VALUE, where VALUE may also be a string without quotes. */
int cfg_parse_argument(struct cfg *cfg, const char *argument);
/* A string that was not read from a file, e.g. a device given on the command line. */
struct cfg_value cfg_string(struct pool *pool, const char *source_name, const char *text);

const struct cfg_setting *cfg_find(const struct cfg *cfg, const char *key);

/*
 * "file:line:col: error: message", the line itself and a mark below the place. The place is character `index`
 * of a
 * string value. Both return -EINVAL.
 */
int cfg_error(const struct cfg_value *value, size_t index, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int cfg_source_error(const struct cfg_source *source, size_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same as a warning, for what can be ignored. */
void cfg_warn(const struct cfg_source *source, size_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
