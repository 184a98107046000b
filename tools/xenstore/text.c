/* SPDX-License-Identifier: GPL-2.0-only */
/* Values, paths and permissions as text. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

/* Bytes with a letter of their own after a backslash, and the letters. */
static const char special[] = "\t\n\r\\", letter[] = "tnr\\";

char *escape(const char *value, unsigned int len)
{
    char *text = malloc(4 * (size_t)len + 1), *to = text;

    if (!text)
        abort();
    for (unsigned int i = 0; i < len; i++) {
        unsigned char c = value[i];
        const char *known = c ? strchr(special, c) : NULL;

        if (known)
            to += sprintf(to, "\\%c", letter[known - special]);
        else if (isprint(c))
            *to++ = c;
        else
            to += sprintf(to, "\\%03o", c);
    }
    *to = '\0';
    return text;
}

/* Up to max digits of a number to that base; moves *from behind them. -1 if there are none. */
static int digits(const char **from, int base, int max)
{
    int value = -1;

    for (; max && isxdigit((unsigned char)**from); max--, ++*from) {
        int digit = isdigit((unsigned char)**from) ? **from - '0' : (**from | 32) - 'a' + 10;

        if (digit >= base)
            break;
        value = (value < 0 ? 0 : value) * base + digit;
    }
    return value;
}

/* See client.h. */
int unescape(char *text)
{
    const char *from = text;
    char *to = text;

    while (*from) {
        const char *known;
        int value;

        if (*from != '\\') {
            *to++ = *from++;
            continue;
        }
        from++;
        known = *from ? strchr(letter, *from) : NULL;
        if (known) {
            value = special[known - letter];
            from++;
        } else if (*from == 'x') {
            from++;
            value = digits(&from, 16, 2);
        } else {
            value = digits(&from, 8, 3);
        }
        if (value < 0 || value > 255)
            return -1;
        *to++ = (char)value;
    }
    *to = '\0';
    return (int)(to - text);
}

/* See client.h. */
char **children(struct client *client, const char *path, unsigned int *num)
{
    return xs_directory(client->xs, client->tx, path, num);
}

/* See client.h. */
char *child_path(const char *parent, const char *name)
{
    char *path;

    if (asprintf(&path, "%s/%s", strcmp(parent, "/") ? parent : "", name) < 0)
        abort();
    return path;
}

/* See client.h. */
char *parent_path(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!slash || !slash[1])
        return NULL;
    return slash == path ? strdup("/") : strndup(path, slash - path);
}

/* See client.h. */
char *permissions(struct client *client, const char *path)
{
    unsigned int count;
    struct xs_permissions *perms = xs_get_permissions(client->xs, client->tx, path, &count);
    char *text, *to;

    if (!perms)
        return NULL;
    to = text = malloc(count * (MAX_STRLEN(unsigned int) + 2) + 1);
    if (!text)
        abort();
    for (unsigned int i = 0; i < count; i++) {
        if (i)
            *to++ = ',';
        xs_perm_to_string(&perms[i], to, MAX_STRLEN(unsigned int) + 1);
        to += strlen(to);
    }
    free(perms);
    return text;
}
