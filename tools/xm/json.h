/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XM_JSON_H
#define XM_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Writes JSON as it goes: open and close objects and lists, put values; commas, quoting and indentation are
 * done here.
 * `key` is NULL for a list's elements and for the outermost value.
 */
struct json {
    FILE *out;
    int depth;
    bool filled;        /* the innermost open object or list has a value already */
};

void json_open(struct json *json, const char *key, char bracket);    /* '{' or '[' */
void json_close(struct json *json, char bracket);                    /* '}' or ']' */
void json_string(struct json *json, const char *key, const char *value);    /* NULL puts null */
void json_number(struct json *json, const char *key, int64_t value);
void json_decimal(struct json *json, const char *key, double value);
void json_bool(struct json *json, const char *key, bool value);

#endif
