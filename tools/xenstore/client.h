/* SPDX-License-Identifier: GPL-2.0-only */
/* The command-line clients of the store: one program, which acts by the name it is called by. */
#ifndef CLIENT_H
#define CLIENT_H

#include <xenstore.h>

/* What the options of a command have set, and the connection it uses. */
struct client {
    struct xs_handle *xs;
    xs_transaction_t tx;
    bool prefix;    /* -p: print paths before values; xenstore-ls: permissions */
    bool flat;      /* -f: full paths */
    bool raw;       /* -R: values as they are */
    bool tidy;      /* -t: remove parents that have become empty */
    bool recursive; /* -r: below as well */
    bool upwards;   /* -u: above as well */
    int events;     /* -n: how many to wait for, -1: for ever */
};

/* A command. It says what went wrong and returns false. In a transaction it may be run several times. */
struct command {
    const char *name;
    const char *options; /* its own letters, as for getopt() */
    const char *args;    /* for the usage line */
    int min_args;
    bool (*run)(struct client *client, int argc, char **argv);
    bool transaction;    /* run as a whole or not at all */
};

extern const struct command commands[];

/* Print an error with the command's name before it. */
void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A path's children. NULL with errno set on failure. */
char **children(struct client *client, const char *path, unsigned int *num);
/* The path of a child, to be freed. */
char *child_path(const char *parent, const char *name);
/* The path of the parent, to be freed; NULL for the root. */
char *parent_path(const char *path);

/* A value as text in which every byte can be seen, to be freed; and back, in place: the new length, -1 if
 * it is malformed. */
char *escape(const char *value, unsigned int len);
int unescape(char *text);

/* Permissions as text ("n0,r5"), to be freed; NULL with errno set on failure. */
char *permissions(struct client *client, const char *path);

/* xenstore-ls */
bool list_tree(struct client *client, int argc, char **argv);

#endif /* CLIENT_H */
