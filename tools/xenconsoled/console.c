/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <syslog.h>
#include <termios.h>
#include <unistd.h>

#include "console.h"

#define PATH_MAX_LENGTH 96

/* --- The store --- */

static char *read_node(struct service *service, domid_t domid, const char *name)
{
    char path[PATH_MAX_LENGTH];
    unsigned int length;

    snprintf(path, sizeof(path), "/local/domain/%u/%s", domid, name);
    return xs_read(service->store, XBT_NULL, path, &length);
}

static bool read_number(struct service *service, domid_t domid, const char *name, uint64_t *number)
{
    char *text = read_node(service, domid, name), *end;
    bool good;

    errno = 0;
    *number = text ? strtoull(text, &end, 10) : 0;
    good = text && *text && !*end && !errno;
    free(text);
    return good;
}

static void watch_path(domid_t domid, char path[static PATH_MAX_LENGTH], char token[static PATH_MAX_LENGTH])
{
    snprintf(path, PATH_MAX_LENGTH, "/local/domain/%u/console", domid);
    snprintf(token, PATH_MAX_LENGTH, "console:%u", domid);
}

/* Write the node if the domain's console still stands. False: errno says why, EAGAIN: somebody interfered. */
static bool try_publish(struct service *service, const char *folder, const char *node, const char *tty)
{
    xs_transaction_t transaction = xs_transaction_start(service->store);
    unsigned int length;
    char *standing;
    bool written;
    int err;

    if (transaction == XBT_NULL)
        return false;
    standing = xs_read(service->store, transaction, folder, &length);
    written = standing && xs_write(service->store, transaction, node, tty, (unsigned int)strlen(tty));
    err = written || (!standing && errno == ENOENT) ? 0 : errno;
    free(standing);
    if (!xs_transaction_end(service->store, transaction, !written) && !err)
        err = errno;
    errno = err;
    return !err;
}

/*
 * Tell where the console is; "": nowhere. In a transaction, as the domain may be torn down meanwhile: a node must
 * not come to life again below a domain that is gone.
 */
static void publish(struct service *service, const struct console *console, const char *tty)
{
    char folder[PATH_MAX_LENGTH], node[PATH_MAX_LENGTH], token[PATH_MAX_LENGTH];
    bool done;

    watch_path(console->domid, folder, token);
    snprintf(node, sizeof(node), "/local/domain/%u/console/tty", console->domid);
    do
        done = try_publish(service, folder, node, tty);
    while (!done && errno == EAGAIN);
    if (!done)
        syslog(LOG_WARNING, "domain %u: can't write %s: %s", console->domid, node, strerror(errno));
}

/* --- The pty --- */

static bool open_pty(struct service *service, struct console *console)
{
    struct termios raw;
    const char *name;

    console->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    name = console->master >= 0 && !grantpt(console->master) && !unlockpt(console->master)
        ? ptsname(console->master)
                                                                                         : NULL;
    console->slave = name ? open(name, O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;
    if (console->slave < 0) {
        syslog(LOG_ERR, "domain %u: can't make a pty: %s (is devpts mounted?)", console->domid,
               strerror(errno));
        if (console->master >= 0)
            close(console->master);
        console->master = -1;
        return false;
    }
    /* Before anyone reads: what the guest prints must not come back to it as an echo. */
    if (!tcgetattr(console->slave, &raw)) {
        cfmakeraw(&raw);
        tcsetattr(console->slave, TCSANOW, &raw);
    }
    publish(service, console, name);
    return true;
}

static void close_pty(struct console *console)
{
    if (console->master >= 0) {
        close(console->master);
        close(console->slave);
    }
    console->master = console->slave = -1;
}

/* As much of the buffer as the pty takes. */
static void feed_pty(struct console *console)
{
    ssize_t done;

    while (console->master >= 0 && console->output.used) {
        done = write(console->master, buffer_front(&console->output), console->output.used);
        if (done <= 0)
            return;
        buffer_consume(&console->output, (size_t)done);
    }
}

/* --- The ring: the guest may change everything in it at any time, so each index is read once, then checked
   --- */

static uint32_t load(const uint32_t *index)
{
    return __atomic_load_n(index, __ATOMIC_ACQUIRE);
}

static bool drain_output(struct console *console)
{
    struct xencons_interface *ring = console->ring;
    uint32_t consumed = load(&ring->out_cons), produced = load(&ring->out_prod), length = produced - consumed;
    char data[sizeof(ring->out)];

    if (!length)
        return false;
    if (length > sizeof(ring->out)) {
        /* Nonsense; start afresh where the guest says it is. */
        __atomic_store_n(&ring->out_cons, produced, __ATOMIC_RELEASE);
        return true;
    }
    for (uint32_t i = 0; i < length; i++)
        data[i] = ring->out[MASK_XENCONS_IDX(consumed + i, ring->out)];
    __atomic_store_n(&ring->out_cons, produced, __ATOMIC_RELEASE);
    log_write(&console->log, data, length);
    buffer_add(&console->output, data, length);
    return true;
}

static uint32_t input_room(const struct console *console)
{
    const struct xencons_interface *ring = console->ring;
    uint32_t waiting = load(&ring->in_prod) - load(&ring->in_cons);

    return waiting < sizeof(ring->in) ? (uint32_t)sizeof(ring->in) - waiting : 0;
}

static bool take_input(struct console *console)
{
    struct xencons_interface *ring = console->ring;
    uint32_t room = input_room(console), produced = load(&ring->in_prod);
    char data[sizeof(ring->in)];
    ssize_t length = room ? read(console->master, data, room) : 0;

    if (length <= 0)
        return false;
    for (ssize_t i = 0; i < length; i++)
        ring->in[MASK_XENCONS_IDX(produced + (uint32_t)i, ring->in)] = data[i];
    __atomic_store_n(&ring->in_prod, produced + (uint32_t)length, __ATOMIC_RELEASE);
    return true;
}

/* --- Connecting --- */

static bool map_ring(struct service *service, struct console *console)
{
    uint32_t ref = GNTTAB_RESERVED_CONSOLE;

    console->ring = NULL;
    if (service->gntdev)
        console->ring = xc_gntdev_map(service->gntdev, console->domid, &ref, 1, PROT_READ | PROT_WRITE);
    console->granted = console->ring;
    if (!console->ring)
        console->ring = xc_map_foreign_range(service->xc, console->domid, PROT_READ | PROT_WRITE,
                                             console->ring_ref, 1);
    return console->ring;
}

static void disconnect(struct service *service, struct console *console)
{
    if (!console->ring)
        return;
    /* The last words of a guest that has died count. */
    drain_output(console);
    feed_pty(console);
    if (console->port >= 0)
        xc_evtchn_unbind(service->evtchn, (evtchn_port_t)console->port);
    if (console->granted)
        xc_gntdev_unmap(service->gntdev, console->ring, 1);
    else
        xc_unmap(service->xc, console->ring, 1);
    console->ring = NULL;
    console->port = -1;
    console->held_back = false;
}

static void open_log(struct service *service, struct console *console)
{
    char *name, *file;

    if (!service->log->guest || console->log.path)
        return;
    name = read_node(service, console->domid, "name");
    if (asprintf(&file, "guest-%s", name && *name ? name : "unnamed") >= 0) {
        log_open(&console->log, service->log->dir, file, service->log->guest_times);
        free(file);
    }
    free(name);
}

static bool connect_ring(struct service *service, struct console *console, uint64_t ref, uint32_t port)
{
    console->ring_ref = ref;
    console->remote_port = port;
    if (!map_ring(service, console)) {
        syslog(LOG_ERR, "domain %u: can't map its console: %s", console->domid, xc_error(service->xc));
        return false;
    }
    console->port = xc_evtchn_bind_interdomain(service->evtchn, console->domid, port);
    if (console->port < 0) {
        syslog(LOG_ERR, "domain %u: can't bind to port %u: %s", console->domid, port,
               strerror(-console->port));
        disconnect(service, console);
        return false;
    }
    open_log(service, console);
    if (console->master < 0 && !open_pty(service, console)) {
        disconnect(service, console);
        return false;
    }
    return true;
}

static bool is_ours(struct service *service, const struct console *console)
{
    char *type = read_node(service, console->domid, "console/type");
    bool ours = !type || !*type || !strcmp(type, "xenconsoled");

    free(type);
    return ours;
}

/* See console.h. */
void console_update(struct service *service, struct console *console)
{
    uint64_t ref, port, limit;
    bool present = read_number(service, console->domid, "console/ring-ref", &ref) &&
                   read_number(service, console->domid, "console/port", &port) && port &&
                       port <= UINT32_MAX &&
                   is_ours(service, console);

    if (present && console->ring && ref == console->ring_ref && port == console->remote_port)
        return;
    disconnect(service, console);
    if (!present)
        return;
    if (read_number(service, console->domid, "console/limit", &limit) && limit >= BUFFER_MIN_LIMIT &&
        limit <= BUFFER_MAX_LIMIT)
        console->output.limit = (size_t)limit;
    /* It may have written, or been written to, before we came. */
    if (connect_ring(service, console, ref, (uint32_t)port))
        console_event(service, console);
}

/* See console.h. */
struct console *console_new(struct service *service, domid_t domid)
{
    struct console *console = calloc(1, sizeof(*console));
    char path[PATH_MAX_LENGTH], token[PATH_MAX_LENGTH];

    if (!console) {
        syslog(LOG_ERR, "domain %u: no memory for its console", domid);
        return NULL;
    }
    console->domid = domid;
    console->port = console->master = console->slave = console->log.fd = -1;
    console->output.limit = BUFFER_MAX_LIMIT;
    watch_path(domid, path, token);
    /* The watch fires at once, which leads to the first console_update(). */
    console->watched = xs_watch(service->store, path, token);
    return console;
}

/* See console.h. */
void console_free(struct service *service, struct console *console)
{
    char path[PATH_MAX_LENGTH], token[PATH_MAX_LENGTH];

    disconnect(service, console);
    /* If only the daemon ends, the name may soon stand for another's terminal. */
    if (console->master >= 0)
        publish(service, console, "");
    watch_path(console->domid, path, token);
    if (console->watched)
        xs_unwatch(service->store, path, token);
    close_pty(console);
    buffer_free(&console->output);
    log_close(&console->log);
    free(console);
}

/* --- Serving --- */

static void serve(struct service *service, struct console *console)
{
    bool output = drain_output(console);

    feed_pty(console);
    if (output)
        xc_evtchn_notify(service->evtchn, (evtchn_port_t)console->port);
}

/* See console.h. */
void console_event(struct service *service, struct console *console)
{
    if (!console->ring)
        return;
    serve(service, console);
    console->held_back = ++console->events >= EVENTS_PER_PERIOD;
    if (!console->held_back)
        xc_evtchn_unmask(service->evtchn, (evtchn_port_t)console->port);
}

/* See console.h. */
void console_new_period(struct service *service, struct console *console)
{
    bool held_back = console->held_back;

    console->events = 0;
    console->held_back = false;
    if (held_back)
        console_event(service, console);
}

/* See console.h. */
short console_wants(const struct console *console)
{
    short events = 0;

    if (console->master < 0)
        return 0;
    if (console->output.used)
        events |= POLLOUT;
    if (console->ring && input_room(console))
        events |= POLLIN;
    return events;
}

/* See console.h. */
void console_pty_ready(struct service *service, struct console *console, short events)
{
    if (events & POLLOUT)
        feed_pty(console);
    if ((events & POLLIN) && console->ring && take_input(console))
        xc_evtchn_notify(service->evtchn, (evtchn_port_t)console->port);
}
