/* SPDX-License-Identifier: MIT */
/* The requests, each turned into a message and its reply into C. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "handle.h"

#define PARTS(...)                     \
    (struct iovec[]){ __VA_ARGS__ }, \
        sizeof((struct iovec[]){ __VA_ARGS__ }) / sizeof(struct iovec)

/* A list of names as it is put together from one or more replies. */
struct name_list {
    char *text;
    size_t len;
};

static bool append(struct name_list *list, const char *text, size_t len)
{
    char *bigger = realloc(list->text, list->len + len + 1);

    if (!bigger)
        return false;
    memcpy(bigger + list->len, text, len);
    list->text = bigger;
    list->len += len;
    return true;
}

/* Turn NUL-terminated names into an array of pointers that is freed as one. */
static char **name_array(const char *text, size_t len, unsigned int *num)
{
    unsigned int count = xs_count_strings(text, len);
    char **names = malloc(count * sizeof(*names) + len + 1), *copy;

    if (!names)
        return NULL;
    copy = memcpy(names + count, text, len);
    for (unsigned int i = 0; i < count; i++) {
        names[i] = copy;
        copy += strlen(copy) + 1;
    }
    *num = count;
    return names;
}

/* Ask for the names from byte list->len on. 1: that was the last of them, 0: there are more, -1: error,
 * -2: the list has changed since the part before. */
static int directory_part(struct xs_handle *h, xs_transaction_t t, const char *path, char *generation,
                          size_t room, struct name_list *list)
{
    char offset[MAX_STRLEN(size_t)];
    unsigned int len;
    size_t skip;
    char *reply;
    int result = -1;

    snprintf(offset, sizeof(offset), "%zu", list->len);
    reply = xs_talk(h, t, XS_DIRECTORY_PART, PARTS(xs_part(path), xs_part(offset)), &len);
    if (!reply)
        return -1;
    skip = strlen(reply) + 1;
    if (skip > len || skip > room) {
        errno = EIO;
    } else if (list->len && strcmp(generation, reply)) {
        result = -2;
    } else {
        bool last = len == skip || (len - skip == 1 && !reply[skip]) ||
                    (len - skip > 1 && !reply[len - 1] && !reply[len - 2]);

        strcpy(generation, reply);
        /* the last part ends with an empty name, which is not part of the list */
        if (append(list, reply + skip, len - skip - (last && len > skip)))
            result = last;
    }
    free(reply);
    return result;
}

/* A directory too big for one reply, read part by part until no change has come between. */
static char **big_directory(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *num)
{
    struct name_list list = { NULL, 0 };
    char generation[32];
    char **names = NULL;
    int part;

    do {
        part = directory_part(h, t, path, generation, sizeof(generation), &list);
        if (part == -2)
            list.len = 0;
    } while (part == 0 || part == -2);
    if (part == 1)
        names = name_array(list.text, list.len, num);
    free(list.text);
    return names;
}

/* See xenstore.h. */
char **xs_directory(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *num)
{
    unsigned int len;
    char *reply = xs_talk(h, t, XS_DIRECTORY, PARTS(xs_part(path)), &len);
    char **names;

    if (!reply)
        return errno == E2BIG ? big_directory(h, t, path, num) : NULL;
    names = name_array(reply, len, num);
    free(reply);
    return names;
}

/* See xenstore.h. */
void *xs_read(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *len)
{
    return xs_talk(h, t, XS_READ, PARTS(xs_part(path)), len);
}

/* See xenstore.h. */
bool xs_write(struct xs_handle *h, xs_transaction_t t, const char *path, const void *data,
              unsigned int len)
{
    return xs_tell(h, t, XS_WRITE, PARTS(xs_part(path), { (void *)data, len }));
}

/* See xenstore.h. */
bool xs_mkdir(struct xs_handle *h, xs_transaction_t t, const char *path)
{
    return xs_tell(h, t, XS_MKDIR, PARTS(xs_part(path)));
}

/* See xenstore.h. */
bool xs_rm(struct xs_handle *h, xs_transaction_t t, const char *path)
{
    return xs_tell(h, t, XS_RM, PARTS(xs_part(path)));
}

/* See xenstore.h. */
bool xs_restrict(struct xs_handle *h, unsigned int domid)
{
    errno = ENOSYS;
    return false;
}

/* See xenstore.h. */
struct xs_permissions *xs_get_permissions(struct xs_handle *h, xs_transaction_t t, const char *path,
                                          unsigned int *num)
{
    struct xs_permissions *perms = NULL;
    unsigned int len, count;
    char *reply = xs_talk(h, t, XS_GET_PERMS, PARTS(xs_part(path)), &len);

    if (!reply)
        return NULL;
    count = xs_count_strings(reply, len);
    perms = count ? malloc(count * sizeof(*perms)) : NULL;
    if (!count) {
        errno = EIO;
    } else if (perms && !xs_strings_to_perms(perms, count, reply)) {
        free(perms);
        perms = NULL;
    }
    if (perms)
        *num = count;
    free(reply);
    return perms;
}

/* See xenstore.h. */
bool xs_set_permissions(struct xs_handle *h, xs_transaction_t t, const char *path,
                        struct xs_permissions *perms, unsigned int num_perms)
{
    char text[XENSTORE_PAYLOAD_MAX];
    size_t len = 0;

    for (unsigned int i = 0; i < num_perms; i++) {
        if (sizeof(text) - len < MAX_STRLEN(unsigned int) + 1) {
            errno = E2BIG;
            return false;
        }
        if (!xs_perm_to_string(&perms[i], text + len, sizeof(text) - len))
            return false;
        len += strlen(text + len) + 1;
    }
    return xs_tell(h, t, XS_SET_PERMS, PARTS(xs_part(path), { text, len }));
}

/* See xenstore.h. */
xs_transaction_t xs_transaction_start(struct xs_handle *h)
{
    char *reply = xs_talk(h, XBT_NULL, XS_TRANSACTION_START, PARTS(xs_part("")), NULL);
    xs_transaction_t t = XBT_NULL;

    if (reply)
        t = strtoul(reply, NULL, 0);
    free(reply);
    return t;
}

/* See xenstore.h. */
bool xs_transaction_end(struct xs_handle *h, xs_transaction_t t, bool abort)
{
    return xs_tell(h, t, XS_TRANSACTION_END, PARTS(xs_part(abort ? "F" : "T")));
}

/* A request about a domain that takes no more than its number. */
static char *ask_of_domain(struct xs_handle *h, enum xsd_sockmsg_type type, unsigned int domid)
{
    char id[MAX_STRLEN(domid)];

    snprintf(id, sizeof(id), "%u", domid);
    return xs_talk(h, XBT_NULL, type, PARTS(xs_part(id)), NULL);
}

static bool tell_of_domain(struct xs_handle *h, enum xsd_sockmsg_type type, unsigned int domid)
{
    char *reply = ask_of_domain(h, type, domid);
    bool ok = reply;

    free(reply);
    return ok;
}

/* See xenstore.h. */
bool xs_introduce_domain(struct xs_handle *h, unsigned int domid, unsigned long mfn,
                         unsigned int eventchn)
{
    char id[MAX_STRLEN(domid)], frame[MAX_STRLEN(mfn)], port[MAX_STRLEN(eventchn)];

    snprintf(id, sizeof(id), "%u", domid);
    snprintf(frame, sizeof(frame), "%lu", mfn);
    snprintf(port, sizeof(port), "%u", eventchn);
    return xs_tell(h, XBT_NULL, XS_INTRODUCE, PARTS(xs_part(id), xs_part(frame), xs_part(port)));
}

/* See xenstore.h. */
bool xs_set_target(struct xs_handle *h, unsigned int domid, unsigned int target)
{
    char id[MAX_STRLEN(domid)], target_id[MAX_STRLEN(target)];

    snprintf(id, sizeof(id), "%u", domid);
    snprintf(target_id, sizeof(target_id), "%u", target);
    return xs_tell(h, XBT_NULL, XS_SET_TARGET, PARTS(xs_part(id), xs_part(target_id)));
}

/* See xenstore.h. */
bool xs_resume_domain(struct xs_handle *h, unsigned int domid)
{
    return tell_of_domain(h, XS_RESUME, domid);
}

/* See xenstore.h. */
bool xs_release_domain(struct xs_handle *h, unsigned int domid)
{
    return tell_of_domain(h, XS_RELEASE, domid);
}

/* See xenstore.h. */
char *xs_get_domain_path(struct xs_handle *h, unsigned int domid)
{
    return ask_of_domain(h, XS_GET_DOMAIN_PATH, domid);
}

/* See xenstore.h. */
bool xs_is_domain_introduced(struct xs_handle *h, unsigned int domid)
{
    char *reply = ask_of_domain(h, XS_IS_DOMAIN_INTRODUCED, domid);
    bool known = reply && !strcmp(reply, "T");

    free(reply);
    return known;
}

/* See xenstore.h. */
char *xs_control_command(struct xs_handle *h, const char *cmd, void *data, unsigned int len)
{
    return xs_talk(h, XBT_NULL, XS_CONTROL, PARTS(xs_part(cmd), { data, len }), NULL);
}

/* See xenstore.h. */
char *xs_debug_command(struct xs_handle *h, const char *cmd, void *data, unsigned int len)
{
    return xs_control_command(h, cmd, data, len);
}

/* See xenstore.h. */
int xs_suspend_evtchn_port(int domid)
{
    struct xs_handle *h = xs_open(0);
    char path[64], *value;
    int port = -1;

    if (!h)
        return -1;
    snprintf(path, sizeof(path), "/local/domain/%d/device/suspend/event-channel", domid);
    value = xs_read(h, XBT_NULL, path, NULL);
    if (value)
        port = atoi(value);
    free(value);
    xs_close(h);
    return port;
}

/* See xenstore.h. */
struct xs_handle *xs_daemon_open(void)
{
    return xs_open(0);
}

/* See xenstore.h. */
struct xs_handle *xs_domain_open(void)
{
    return xs_open(0);
}

/* See xenstore.h. */
struct xs_handle *xs_daemon_open_readonly(void)
{
    return xs_open(0);
}

/* See xenstore.h. */
void xs_daemon_close(struct xs_handle *h)
{
    xs_close(h);
}
