/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>

#include "json.h"

/* How many bytes the character takes whose first one this is; 0 if it isn't one in UTF-8. */
static size_t character(const unsigned char *c)
{
    size_t length = *c < 0x80 ? 1 : *c < 0xc2 ? 0 : *c < 0xe0 ? 2 : *c < 0xf0 ? 3 : *c < 0xf5 ? 4 : 0;

    for (size_t i = 1; i < length; i++)
        if ((c[i] & 0xc0) != 0x80)
            return 0;
    /* Longer than need be, half of a pair of UTF-16, or beyond the last. */
    if ((*c == 0xe0 && c[1] < 0xa0) || (*c == 0xed && c[1] >= 0xa0) || (*c == 0xf0 && c[1] < 0x90) ||
        (*c == 0xf4 && c[1] >= 0x90))
        return 0;
    return length;
}

/* JSON is UTF-8; names of files and domains needn't be. */
static void quote(FILE *out, const char *text)
{
    fputc('"', out);
    for (const unsigned char *c = (const unsigned char *)text; *c;) {
        size_t length = character(c);

        if (!length)
            fputs("\\ufffd", out);
        else if (*c == '"' || *c == '\\')
            fprintf(out, "\\%c", *c);
        else if (*c < ' ' || *c == 0x7f)
            fprintf(out, "\\u%04x", *c);
        else
            fwrite(c, 1, length, out);
        c += length ? length : 1;
    }
    fputc('"', out);
}

static void begin(struct json *json, const char *key)
{
    if (json->filled)
        fputc(',', json->out);
    if (json->depth)
        fprintf(json->out, "\n%*s", json->depth * 4, "");
    if (key) {
        quote(json->out, key);
        fputs(": ", json->out);
    }
    json->filled = true;
}

/* Opens an object or a list. */
void json_open(struct json *json, const char *key, char bracket)
{
    begin(json, key);
    fputc(bracket, json->out);
    json->depth++;
    json->filled = false;
}

/* Closes the innermost one; the outermost ends the line too. */
void json_close(struct json *json, char bracket)
{
    json->depth--;
    if (json->filled)
        fprintf(json->out, "\n%*s", json->depth * 4, "");
    fputc(bracket, json->out);
    json->filled = true;
    if (!json->depth)
        fputc('\n', json->out);
}

/* Puts a string or null. */
void json_string(struct json *json, const char *key, const char *value)
{
    begin(json, key);
    if (value)
        quote(json->out, value);
    else
        fputs("null", json->out);
}

/* Puts a whole number. */
void json_number(struct json *json, const char *key, int64_t value)
{
    begin(json, key);
    fprintf(json->out, "%" PRId64, value);
}

/* Puts a number with a fraction of three digits (times in seconds). */
void json_decimal(struct json *json, const char *key, double value)
{
    begin(json, key);
    fprintf(json->out, "%.3f", value);
}

/* Puts true or false. */
void json_bool(struct json *json, const char *key, bool value)
{
    begin(json, key);
    fputs(value ? "true" : "false", json->out);
}
