/* SPDX-License-Identifier: GPL-2.0-only */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "spec.h"

static size_t trimmed(const char *text, size_t from, size_t *to)
{
    while (from < *to && isspace((unsigned char)text[from]))
        from++;
    while (*to > from && isspace((unsigned char)text[*to - 1]))
        --*to;
    return from;
}

static bool key_char(char c)
{
    return isalnum((unsigned char)c) || c == '-' || c == '_';
}

/* Takes the next part off; false when none is left. */
bool spec_next(struct spec_reader *reader, struct spec_part *part)
{
    const char *text = reader->value->string;
    size_t end, start, equals, stop;

    if (reader->done)
        return false;
    stop = end = reader->at + strcspn(text + reader->at, ",");
    start = trimmed(text, reader->at, &stop);
    for (equals = start; equals < stop && key_char(text[equals]); equals++)
        ;
    *part = (struct spec_part){ .key_at = start, .at = start };
    if (equals < stop && text[equals] == '=' && equals > start) {
        part->key = pool_strndup(reader->pool, text + start, equals - start);
        /* A target is last and may hold commas. */
        if (reader->last_key && !strcmp(part->key, reader->last_key)) {
            end = strlen(text);
            stop = end;
        }
        part->at = trimmed(text, equals + 1, &stop);
    }
    part->text = pool_strndup(reader->pool, text + part->at, stop - part->at);
    reader->done = !text[end];
    reader->at = end + 1;
    return true;
}

/* See spec.h. */
int spec_number(const struct spec_reader *reader, const struct spec_part *part, uint32_t max,
                uint32_t *number)
{
    char *end;
    unsigned long value;

    errno = 0;
    value = strtoul(part->text, &end, 0);
    if (!isdigit((unsigned char)part->text[0]) || *end)
        return cfg_error(reader->value, part->at, "'%s' is no number", part->text);
    if (errno || value > max)
        return cfg_error(reader->value, part->at, "%s is more than the maximum, %u", part->text, max);
    *number = (uint32_t)value;
    return 0;
}

/* See spec.h. */
int spec_unknown(const struct spec_reader *reader, const struct spec_part *part, const char *device,
                 const char *known)
{
    return cfg_error(reader->value, part->key_at, "a %s has no '%s': use %s", device,
                     part->key ? part->key : part->text, known);
}
