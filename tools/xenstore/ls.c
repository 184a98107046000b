/* SPDX-License-Identifier: GPL-2.0-only */
/* xenstore-ls: a tree, indented or by full paths, fitted into the terminal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "client.h"

#define DEFAULT_WIDTH 80

/* Where permissions begin if a value leaves room for them. */
static unsigned int perms_column;
static unsigned int width;

static void measure_terminal(void)
{
    struct winsize size;

    width = DEFAULT_WIDTH;
    if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col > 20)
        width = size.ws_col;
    perms_column = width - 20;
}

/* Print value in quotes, cut to what is left of the line unless full paths are wanted, which are for
 * programs. Returns the width used. */
static unsigned int print_value(const struct client *client, const char *text, unsigned int used)
{
    unsigned int room = used + 8 < width ? width - used - 8 : 0;

    if (client->flat || strlen(text) <= room + 3)
        return printf(" = \"%s\"", text);
    return printf(" = \"%.*s\\...\"", (int)room, text);
}

static void print_permissions(struct client *client, const char *path, unsigned int used)
{
    char *text = permissions(client, path);

    if (!text)
        return; /* gone meanwhile */
    if (client->flat) {
        printf("   (%s)", text);
    } else {
        putchar(' ');
        for (used++; used < perms_column; used++)
            putchar(used % 2 ? '.' : ' ');
        printf("  (%s)", text);
    }
    free(text);
}

static void print_node(struct client *client, const char *path, const char *name, unsigned int depth)
{
    unsigned int len, used;
    char *value = xs_read(client->xs, client->tx, path, &len);
    char *text;

    if (client->flat)
        used = printf("%s", path);
    else
        used = printf("%*s%s", (int)depth, "", name);
    if (value) {
        text = escape(value, len);
        used += print_value(client, text, used);
        free(text);
        free(value);
    } else {
        used += printf(": (%s)", strerror(errno));
    }
    if (client->prefix)
        print_permissions(client, path, used);
    putchar('\n');
}

static bool list_below(struct client *client, const char *path, unsigned int depth)
{
    unsigned int count;
    char **names = children(client, path, &count);

    if (!names) {
        if (depth && (errno == ENOENT || errno == EACCES))
            return true; /* gone since its parent was listed, or not for us */
        fail("could not list path %s: %s", path, strerror(errno));
        return false;
    }
    for (unsigned int i = 0; i < count; i++) {
        char *child = child_path(path, names[i]);

        print_node(client, child, names[i], depth);
        list_below(client, child, depth + 1);
        free(child);
    }
    free(names);
    return true;
}

/* See client.h. */
bool list_tree(struct client *client, int argc, char **argv)
{
    bool good = true;

    measure_terminal();
    if (!argc)
        return list_below(client, "/", 0);
    for (int i = 0; i < argc; i++)
        good = list_below(client, argv[i], 0) && good;
    return good;
}
