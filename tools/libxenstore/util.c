/* SPDX-License-Identifier: MIT */
/* Helpers without a connection: where the daemon is, permissions as text, paths. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <xenstore.h>

/* See xenstore_lib.h. */
const char *xs_daemon_rundir(void)
{
    const char *dir = getenv("XENSTORED_RUNDIR");

    return dir ? dir : "/var/run/xenstored";
}

/* See xenstore_lib.h. */
const char *xs_daemon_socket(void)
{
    static char path[PATH_MAX];
    const char *set = getenv("XENSTORED_PATH");

    if (set)
        return set;
    snprintf(path, sizeof(path), "%s/socket", xs_daemon_rundir());
    return path;
}

/* See xenstore_lib.h. */
const char *xs_daemon_socket_ro(void)
{
    return xs_daemon_socket();
}

/* See xenstore_lib.h. */
bool xs_write_all(int fd, const void *data, unsigned int len)
{
    while (len) {
        ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

        if (n < 0 && errno == ENOTSOCK)
            n = write(fd, data, len);
        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0) {
            data = (const char *)data + n;
            len -= n;
        }
    }
    return true;
}

/* Permissions by their letters; the index is the mask of XS_PERM_READ and XS_PERM_WRITE. */
static const char perm_letters[] = "nrwb";

bool xs_strings_to_perms(struct xs_permissions *perms, unsigned int num, const char *strings)
{
    for (unsigned int i = 0; i < num; i++) {
        const char *letter = *strings ? strchr(perm_letters, *strings) : NULL;
        unsigned long id = 0;
        char *end = NULL;

        if (letter && strings[1] >= '0' && strings[1] <= '9')
            id = strtoul(strings + 1, &end, 10);
        if (!end || *end || id > UINT_MAX) {
            errno = EINVAL;
            return false;
        }
        perms[i].id = (unsigned int)id;
        perms[i].perms = letter - perm_letters;
        strings = end + 1;
    }
    return true;
}

/* See xenstore_lib.h. */
bool xs_perm_to_string(const struct xs_permissions *perm, char *buffer, size_t buf_len)
{
    int len = -1;

    if (perm->perms <= (XS_PERM_READ | XS_PERM_WRITE))
        len = snprintf(buffer, buf_len, "%c%u", perm_letters[perm->perms], perm->id);
    if (len >= 0 && (size_t)len < buf_len)
        return true;
    errno = EINVAL;
    return false;
}

/* See xenstore_lib.h. */
unsigned int xs_count_strings(const char *strings, unsigned int len)
{
    unsigned int count = 0;

    for (unsigned int i = 0; i < len; i++)
        count += strings[i] == '\0';
    return count;
}

/* See xenstore.h. */
bool xs_path_is_subpath(const char *parent, const char *child)
{
    size_t len = strlen(parent);

    if (!strcmp(parent, "/"))
        return child[0] == '/';
    return !strncmp(parent, child, len) && (child[len] == '/' || child[len] == '\0');
}
