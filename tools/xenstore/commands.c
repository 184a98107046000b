/* SPDX-License-Identifier: GPL-2.0-only */
/* The commands but for xenstore-ls. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

static bool do_read(struct client *client, int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        unsigned int len;
        char *value = xs_read(client->xs, client->tx, argv[i], &len);

        if (!value) {
            fail("couldn't read path %s: %s", argv[i], strerror(errno));
            return false;
        }
        if (client->prefix)
            printf("%s: ", argv[i]);
        if (client->raw) {
            fwrite(value, 1, len, stdout);
        } else {
            char *text = escape(value, len);

            puts(text);
            free(text);
        }
        free(value);
    }
    return true;
}

static bool write_one(struct client *client, const char *path, const char *text)
{
    char *value = strdup(text);
    int len = client->raw ? (int)strlen(text) : unescape(value);
    bool good = false;

    if (len < 0)
        fail("value '%s': malformed escape", text);
    else if (!xs_write(client->xs, client->tx, path, value, len))
        fail("could not write path %s: %s", path, strerror(errno));
    else
        good = true;
    free(value);
    return good;
}

static bool do_write(struct client *client, int argc, char **argv)
{
    if (argc % 2) {
        fail("path %s has no value", argv[argc - 1]);
        return false;
    }
    for (int i = 0; i < argc; i += 2)
        if (!write_one(client, argv[i], argv[i + 1]))
            return false;
    return true;
}

static bool do_list(struct client *client, int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        unsigned int count;
        char **names = children(client, argv[i], &count);

        if (!names) {
            fail("could not list path %s: %s", argv[i], strerror(errno));
            return false;
        }
        for (unsigned int n = 0; n < count; n++) {
            char *path = child_path(argv[i], names[n]);

            puts(client->prefix ? path : names[n]);
            free(path);
        }
        free(names);
    }
    return true;
}

/* Remove the parents of a removed node as long as they have neither children nor a value. */
static bool remove_empty_parents(struct client *client, const char *path)
{
    char *parent = parent_path(path), *above;

    while (parent && (above = parent_path(parent))) {
        unsigned int count = 1, len = 1;

        free(children(client, parent, &count));
        if (!count)
            free(xs_read(client->xs, client->tx, parent, &len));
        if (count || len) {
            free(above);
            break;
        }
        if (!xs_rm(client->xs, client->tx, parent)) {
            fail("could not remove path %s: %s", parent, strerror(errno));
            free(above);
            free(parent);
            return false;
        }
        free(parent);
        parent = above;
    }
    free(parent);
    return true;
}

static bool do_rm(struct client *client, int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        if (!xs_rm(client->xs, client->tx, argv[i])) {
            fail("could not remove path %s: %s", argv[i], strerror(errno));
            return false;
        }
        if (client->tidy && !remove_empty_parents(client, argv[i]))
            return false;
    }
    return true;
}

static bool do_exists(struct client *client, int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        char *value = xs_read(client->xs, client->tx, argv[i], NULL);

        if (!value) {
            if (errno != ENOENT)
                fail("%s: %s", argv[i], strerror(errno));
            return false;
        }
        free(value);
    }
    return true;
}

struct new_perms {
    struct xs_permissions *entry;
    unsigned int count;
};

static bool set_permissions(struct client *client, const char *path, const struct new_perms *perms)
{
    if (xs_set_permissions(client->xs, client->tx, path, perms->entry, perms->count))
        return true;
    fail("could not set permissions of %s: %s", path, strerror(errno));
    return false;
}

static bool set_below(struct client *client, const char *path, const struct new_perms *perms)
{
    unsigned int count;
    char **names = children(client, path, &count);
    bool good = names;

    if (!names)
        fail("could not list path %s: %s", path, strerror(errno));
    for (unsigned int i = 0; good && i < count; i++) {
        char *child = child_path(path, names[i]);

        good = set_permissions(client, child, perms) && set_below(client, child, perms);
        free(child);
    }
    free(names);
    return good;
}

/* The root is left as it is: everything else inherits from it. */
static bool set_above(struct client *client, const char *path, const struct new_perms *perms)
{
    char *parent = parent_path(path);
    bool good = true;

    while (good && parent && strcmp(parent, "/")) {
        char *above = parent_path(parent);

        good = set_permissions(client, parent, perms);
        free(parent);
        parent = above;
    }
    free(parent);
    return good;
}

static bool do_chmod(struct client *client, int argc, char **argv)
{
    struct new_perms perms = { calloc(argc, sizeof(*perms.entry)), argc - 1 };
    bool good = true;

    for (int i = 1; good && i < argc; i++) {
        good = xs_strings_to_perms(&perms.entry[i - 1], 1, argv[i]);
        if (!good)
            fail("'%s' is no permission: it takes n, r, w or b and the number of a domain", argv[i]);
    }
    good = good && set_permissions(client, argv[0], &perms);
    if (good && client->recursive)
        good = set_below(client, argv[0], &perms);
    if (good && client->upwards)
        good = set_above(client, argv[0], &perms);
    free(perms.entry);
    return good;
}

static bool do_watch(struct client *client, int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        if (!xs_watch(client->xs, argv[i], argv[i])) {
            fail("could not watch %s: %s", argv[i], strerror(errno));
            return false;
        }
    }
    while (client->events < 0 || client->events-- > 0) {
        unsigned int count;
        char **event = xs_read_watch(client->xs, &count);

        if (!event) {
            fail("lost the connection to the store: %s", strerror(errno));
            return false;
        }
        puts(event[XS_WATCH_PATH]);
        fflush(stdout);
        free(event);
    }
    return true;
}

static bool do_control(struct client *client, int argc, char **argv)
{
    char args[XENSTORE_PAYLOAD_MAX];
    unsigned int len = 0;
    char *answer;

    for (int i = 1; i < argc; i++) {
        size_t more = strlen(argv[i]) + 1;

        if (more > sizeof(args) - len) {
            fail("the arguments are too long");
            return false;
        }
        memcpy(args + len, argv[i], more);
        len += (unsigned int)more;
    }
    answer = xs_control_command(client->xs, argv[0], args, len);
    if (!answer) {
        fail("%s: %s", argv[0], strerror(errno));
        return false;
    }
    fputs(answer, stdout);
    if (*answer && answer[strlen(answer) - 1] != '\n')
        putchar('\n');
    free(answer);
    return true;
}

const struct command commands[] = {
    { "chmod", "ru", "PATH PERMISSION...", 2, do_chmod, true },
    { "control", "", "COMMAND [ARGUMENT]...", 1, do_control, false },
    { "exists", "", "PATH...", 1, do_exists, false },
    { "list", "p", "PATH...", 1, do_list, true },
    { "ls", "fp", "[PATH]...", 0, list_tree, false },
    { "read", "pR", "PATH...", 1, do_read, true },
    { "rm", "t", "PATH...", 1, do_rm, true },
    { "watch", "n:", "PATH...", 1, do_watch, false },
    { "write", "R", "PATH VALUE [PATH VALUE]...", 2, do_write, true },
    { .name = NULL },
};
