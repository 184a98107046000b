/* SPDX-License-Identifier: GPL-2.0-only */
/* Options of the command line: name=value, separated by blanks. */
#include "test.h"

/* The text after "name=", or NULL. */
static const char *find(const char *name)
{
    const char *at = (const char *)start_info->cmd_line;
    size_t length = strlen(name);

    for (; *at; at++)
        if ((at == (const char *)start_info->cmd_line || at[-1] == ' ') && strlen(at) > length &&
            !memcmp(at, name, length) && at[length] == '=')
            return at + length + 1;
    return NULL;
}

uint64_t option(const char *name, uint64_t otherwise)
{
    const char *text = find(name);
    uint64_t value = 0;

    if (!text)
        return otherwise;
    for (; *text >= '0' && *text <= '9'; text++)
        value = value * 10 + *text - '0';
    return value;
}

bool option_given(const char *name)
{
    return find(name);
}

bool option_is(const char *name, const char *value)
{
    const char *text = find(name);
    size_t length = strlen(value);

    return text && strlen(text) >= length && !memcmp(text, value, length) &&
           (text[length] == ' ' || !text[length]);
}
