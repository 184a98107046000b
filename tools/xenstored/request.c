/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <public/xen.h>

#include "domain.h"
#include "log.h"
#include "request.h"
#include "transaction.h"
#include "watch.h"

static int reply_text(struct request *request, const char *text)
{
    size_t len = strlen(text) + 1;

    memcpy(request->reply, text, len);
    return len;
}

static int done(struct request *request, int error)
{
    return error ? error : reply_text(request, "OK");
}

/* The string at byte `at` of the body; *at moves behind its NUL. NULL if there is none. */
static const char *next_string(const struct request *request, size_t *at)
{
    const char *text = request->body + *at;
    const char *end = memchr(text, '\0', request->header->len - *at);

    if (!end)
        return NULL;
    *at += end + 1 - text;
    return text;
}

/* Take the path at the start of the body; *at moves behind its NUL. */
static int take_path(struct request *request, size_t *at)
{
    const struct client *client = &request->conn->client;
    const uint64_t *limit = request->conn->store->limit;
    const char *text;

    *at = 0;
    text = next_string(request, at);
    if (!text)
        return -EINVAL;
    if (!client->privileged && *at - 1 > limit[QUOTA_PATH_MAX])
        return quota_refuse(request->conn->store, client->domid, QUOTA_PATH_MAX);
    return path_parse(request->path, text, *at - 1, client->domid);
}

/* Take a body that is one path and nothing else. */
static int take_only_path(struct request *request)
{
    size_t at;
    int error = take_path(request, &at);

    if (!error && at != request->header->len)
        error = -EINVAL;
    return error;
}

/* Take the next string as a decimal number up to max. */
static int take_number(const struct request *request, size_t *at, uint64_t max, uint64_t *number)
{
    const char *text = next_string(request, at);

    if (!text || !*text)
        return -EINVAL;
    for (*number = 0; *text; text++) {
        unsigned int digit = *text - '0';

        if (digit > 9 || *number > (max - digit) / 10)
            return -EINVAL;
        *number = *number * 10 + digit;
    }
    return 0;
}

/* Take the next string as a domain's number, DOMID_SELF being the client's own. */
static int take_domid(const struct request *request, size_t *at, unsigned int *domid)
{
    uint64_t number;
    int error = take_number(request, at, DOMID_LIMIT - 1, &number);

    if (error)
        return error;
    *domid = number == DOMID_SELF ? request->conn->client.domid : number;
    return 0;
}

static int do_read(struct request *request)
{
    struct node *node;
    int error = take_only_path(request);

    if (!error)
        error = store_read(&request->view, request->path, &node);
    if (error)
        return error;
    memcpy(request->reply, node_value(node), node->value_len);
    return node->value_len;
}

static int do_write(struct request *request)
{
    size_t at;
    int error = take_path(request, &at);

    if (!error)
        error = store_write(&request->view, request->path, request->body + at, request->header->len - at);
    return done(request, error);
}

static int do_mkdir(struct request *request)
{
    int error = take_only_path(request);

    return done(request, error ? error : store_mkdir(&request->view, request->path));
}

static int do_rm(struct request *request)
{
    int error = take_only_path(request);

    return done(request, error ? error : store_remove(&request->view, request->path));
}

static int do_directory(struct request *request)
{
    const struct names *names;
    struct node *node;
    int error = take_only_path(request);

    if (!error)
        error = store_list(&request->view, request->path, &node);
    if (error)
        return error;
    names = listing_of(&request->conn->store->listing, node);
    if (names->len > XENSTORE_PAYLOAD_MAX)
        return -E2BIG;
    memcpy(request->reply, names->text, names->len);
    return names->len;
}

/* Copy those of the names behind the first `skip` bytes that fit whole. The length; *all: to the last of them. */
static size_t copy_part(const struct names *names, size_t skip, char *text, size_t room, bool *all)
{
    size_t len = skip < names->len ? names->len - skip : 0;
    const char *from = names->text + (len ? skip : 0);

    *all = len <= room;
    if (!*all)
        len = (const char *)memrchr(from, '\0', room) + 1 - from;
    memcpy(text, from, len);
    return len;
}

/* The node's generation, names, and a further NUL behind the last of all names. */
static int do_directory_part(struct request *request)
{
    struct node *node;
    uint64_t skip;
    size_t at;
    int len, error = take_path(request, &at);
    bool all;

    if (!error)
        error = take_number(request, &at, UINT32_MAX, &skip);
    if (!error)
        error = store_list(&request->view, request->path, &node);
    if (error)
        return error;
    len = 1 + sprintf(request->reply, "%llu", (unsigned long long)node->kids_gen);
    len += copy_part(listing_of(&request->conn->store->listing, node), skip, request->reply + len,
                     XENSTORE_PAYLOAD_MAX - 1 - len, &all);
    if (all)
        request->reply[len++] = '\0';
    return len;
}

static int do_get_perms(struct request *request)
{
    struct node *node;
    int error = take_only_path(request);

    if (!error)
        error = store_read(&request->view, request->path, &node);
    if (error)
        return error;
    return perms_format(node->perms, request->reply, XENSTORE_PAYLOAD_MAX);
}

static int do_set_perms(struct request *request)
{
    struct perms *perms;
    size_t at;
    int error = take_path(request, &at);

    if (!error)
        error = perms_parse(request->body + at, request->header->len - at, &perms);
    if (error)
        return error;
    error = store_set_perms(&request->view, request->path, perms);
    if (error)
        perms_put(perms);
    return done(request, error);
}

/* Take path and token, which are all of the body. */
static int take_watch(struct request *request, const char **token)
{
    size_t at;
    int error = take_path(request, &at);

    if (error)
        return error;
    *token = next_string(request, &at);
    return *token && at == request->header->len ? 0 : -EINVAL;
}

static int do_watch(struct request *request)
{
    const char *token;
    int error = take_watch(request, &token);

    if (!error && request->path->len - request->path->home_len + strlen(token) + 2 > XENSTORE_PAYLOAD_MAX)
        error = -E2BIG;
    if (!error)
        error = watch_add(request->conn, request->path, token);
    return done(request, error);
}

static int do_unwatch(struct request *request)
{
    const char *token;
    int error = take_watch(request, &token);

    return done(request, error ? error : watch_remove(request->conn, request->path, token));
}

static int do_reset_watches(struct request *request)
{
    watches_drop(request->conn);
    transactions_drop(request->conn);
    return done(request, 0);
}

static int do_transaction_start(struct request *request)
{
    struct transaction *tx;
    int error = request->view.tx ? -EBUSY : transaction_start(request->conn, &tx);

    if (error)
        return error;
    return 1 + sprintf(request->reply, "%u", tx->id);
}

static int do_transaction_end(struct request *request)
{
    size_t at = 0;
    const char *text = next_string(request, &at);

    if (!text || (strcmp(text, "T") && strcmp(text, "F")))
        return -EINVAL;
    if (!request->view.tx)
        return -ENOENT;
    return done(request, transaction_end(request->conn, request->view.tx, text[0] == 'T'));
}

static int do_introduce(struct request *request)
{
    struct store *store = request->conn->store;
    uint64_t frame, port;
    unsigned int domid;
    size_t at = 0;
    int error = take_domid(request, &at, &domid);

    if (!error)
        error = take_number(request, &at, UINT64_MAX, &frame);
    if (!error)
        error = take_number(request, &at, UINT32_MAX, &port);
    return done(request, error ? error : domain_introduce(store, domid, frame, port));
}

static int do_release(struct request *request)
{
    unsigned int domid;
    size_t at = 0;
    int error = take_domid(request, &at, &domid);

    return done(request, error ? error : domain_release(request->conn->store, domid));
}

static int do_resume(struct request *request)
{
    unsigned int domid;
    size_t at = 0;
    int error = take_domid(request, &at, &domid);

    return done(request, error ? error : domain_resume(request->conn->store, domid));
}

static int do_set_target(struct request *request)
{
    unsigned int domid, target;
    size_t at = 0;
    int error = take_domid(request, &at, &domid);

    if (!error)
        error = take_domid(request, &at, &target);
    return done(request, error ? error : domain_set_target(request->conn->store, domid, target));
}

static int do_get_domain_path(struct request *request)
{
    unsigned int domid;
    size_t at = 0;
    int error = take_domid(request, &at, &domid);

    return error ? error : 1 + sprintf(request->reply, "/local/domain/%u", domid);
}

static int do_is_domain_introduced(struct request *request)
{
    unsigned int domid;
    size_t at = 0;
    int error = take_domid(request, &at, &domid);

    if (error)
        return error;
    return reply_text(request, domain_is_introduced(request->conn->store, domid) ? "T" : "F");
}

static const struct {
    const char *name;
    int (*handle)(struct request *request);
    bool privileged;
} kinds[XS_TYPE_COUNT] = {
    [XS_CONTROL]              = { "CONTROL", control_request, true },
    [XS_DIRECTORY]            = { "DIRECTORY", do_directory, false },
    [XS_READ]                 = { "READ", do_read, false },
    [XS_GET_PERMS]            = { "GET_PERMS", do_get_perms, false },
    [XS_WATCH]                = { "WATCH", do_watch, false },
    [XS_UNWATCH]              = { "UNWATCH", do_unwatch, false },
    [XS_TRANSACTION_START]    = { "TRANSACTION_START", do_transaction_start, false },
    [XS_TRANSACTION_END]      = { "TRANSACTION_END", do_transaction_end, false },
    [XS_INTRODUCE]            = { "INTRODUCE", do_introduce, true },
    [XS_RELEASE]              = { "RELEASE", do_release, true },
    [XS_GET_DOMAIN_PATH]      = { "GET_DOMAIN_PATH", do_get_domain_path, false },
    [XS_WRITE]                = { "WRITE", do_write, false },
    [XS_MKDIR]                = { "MKDIR", do_mkdir, false },
    [XS_RM]                   = { "RM", do_rm, false },
    [XS_SET_PERMS]            = { "SET_PERMS", do_set_perms, false },
    [XS_IS_DOMAIN_INTRODUCED] = { "IS_DOMAIN_INTRODUCED", do_is_domain_introduced, false },
    [XS_RESUME]               = { "RESUME", do_resume, true },
    [XS_SET_TARGET]           = { "SET_TARGET", do_set_target, true },
    [XS_RESET_WATCHES]        = { "RESET_WATCHES", do_reset_watches, false },
    [XS_DIRECTORY_PART]       = { "DIRECTORY_PART", do_directory_part, false },
};

/* The name by which the protocol knows an error. */
static const char *error_name(int error)
{
    for (size_t i = 0; i < sizeof(xsd_errors) / sizeof(xsd_errors[0]); i++)
        if (xsd_errors[i].errnum == -error)
            return xsd_errors[i].errstring;
    return "EINVAL";
}

/* Carry the request out. The length of the answer, or -Exxx. */
static int handle(struct request *request)
{
    struct conn *conn = request->conn;
    uint32_t type = request->header->type, tx_id = request->header->tx_id;

    if (type >= XS_TYPE_COUNT || !kinds[type].handle)
        return -ENOSYS;
    if (kinds[type].privileged && !conn->client.privileged)
        return -EACCES;
    if (tx_id) {
        request->view.tx = transaction_find(conn, tx_id);
        if (!request->view.tx)
            return -ENOENT;
    }
    return kinds[type].handle(request);
}

static void trace(const struct request *request, int result)
{
    uint32_t type = request->header->type;
    const char *name = type < XS_TYPE_COUNT && kinds[type].name ? kinds[type].name : "?";

    log_trace("domain %u %s tx %u %.*s: %s", request->conn->client.domid, name, request->header->tx_id,
              (int)strnlen(request->body, request->header->len), request->body,
              result < 0 ? error_name(result) : "OK");
}

/* See request.h. */
void request_handle(struct conn *conn, const struct xsd_sockmsg *header, const char *body)
{
    static char buffer[sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX + 1];
    static struct path path;
    struct request request = {
        .conn = conn,
        .header = header,
        .body = body,
        .view = { conn->store, &conn->client, NULL },
        .reply = buffer + sizeof(*header),
        .path = &path,
    };
    uint32_t type = header->type;
    int result = handle(&request);

    if (conn->store->gen >= conn->store->next_sweep)
        transactions_sweep(conn->store);
    if (__builtin_expect(log_tracing, 0))
        trace(&request, result);
    if (result < 0) {
        type = XS_ERROR;
        result = reply_text(&request, error_name(result));
    }
    conn_reply(conn, header, type, request.reply, result);
    if (type == XS_WATCH)
        watch_greet(conn);
}
