/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * store PID COUNTER DOMAINS...: a client of the store daemon with that process number. For each number of domains: the
 * nodes that a toolstack writes for so many guests are made, then each operation is done some times and what one of
 * them costs is printed, "COST operation/domains number", in the cheapest of some rounds. COUNTER says what is counted:
 *   tsc     ticks, of everything the machine does for it
 *   daemon  user instructions of the daemon, which runs under valgrind's callgrind
 */
#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <x86intrin.h>

#include <public/io/xs_wire.h>

#define SOCKET   "/run/xenstored/socket"
#define DUMPS    "/run/store.callgrind"     /* .1, .2 ... are written by callgrind when told to */
#define TIMES    60                         /* of an operation in one round */
#define FEW      6                          /* of a long one */
#define ROUNDS   3
#define NEW      20000                      /* number of a domain that isn't there */
#define KEYS     20                         /* of a domain that is created, and writes in the long transaction */

static int fd;
static unsigned domains;                    /* present */
static const char *daemon_pid;
static bool counts_daemon;
static unsigned dumps;
static unsigned events;                     /* received and not yet awaited */

static void __attribute__((noreturn, format(printf, 1, 2))) fail(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    printf("FAIL ");
    vprintf(format, args);
    va_end(args);
    printf("\n");
    exit(1);
}

/* ---- the wire */

struct message {
    struct xsd_sockmsg header;
    char body[XENSTORE_PAYLOAD_MAX + 1];
};

static void connect_daemon(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = SOCKET };

    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)))
        fail("%s: %s", SOCKET, strerror(errno));
}

/* The next message from the daemon. What is received beyond it is kept for the next call. */
static const struct message *receive(void)
{
    static char buffer[4 * sizeof(struct message)];
    static struct message message;
    static size_t have;
    size_t whole;

    for (;;) {
        const struct xsd_sockmsg *header = (const struct xsd_sockmsg *)buffer;
        ssize_t n;

        whole = sizeof(*header) + (have >= sizeof(*header) ? header->len : 0);
        if (have >= sizeof(*header) && have >= whole)
            break;
        n = recv(fd, buffer + have, sizeof(buffer) - have, 0);
        if (n <= 0)
            fail("recv: %s", n ? strerror(errno) : "end of file");
        have += n;
    }
    memcpy(&message, buffer, whole);
    message.body[message.header.len] = '\0';
    have -= whole;
    memmove(buffer, buffer + whole, have);
    return &message;
}

/* Send a request, whose reply is to be received sometime. */
static void post(uint32_t type, uint32_t tx, const char *body, size_t len)
{
    static struct message out;

    out.header = (struct xsd_sockmsg){ type, 0, tx, len };
    memcpy(out.body, body, len);
    if (send(fd, &out, sizeof(out.header) + len, 0) != (ssize_t)(sizeof(out.header) + len))
        fail("send: %s", strerror(errno));
}

/* The reply to a request of that type, which must be none of an error. */
static const struct message *reply_to(uint32_t type)
{
    const struct message *reply;

    while ((reply = receive())->header.type == XS_WATCH_EVENT)
        events++;
    if (reply->header.type != type)
        fail("request %u: %s", type, reply->body);
    return reply;
}

static const struct message *request(uint32_t type, uint32_t tx, const char *body, size_t len)
{
    post(type, tx, body, len);
    return reply_to(type);
}

/* A path, NUL included. */
static size_t __attribute__((format(printf, 2, 3))) format_path(char *body, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(body, XENSTORE_ABS_PATH_MAX, format, args);
    va_end(args);
    return n + 1;
}

static void post_write(uint32_t tx, const char *path, const char *value)
{
    char body[256];
    size_t len = strlen(path) + 1;

    memcpy(body, path, len);
    memcpy(body + len, value, strlen(value));
    post(XS_WRITE, tx, body, len + strlen(value));
}

static void write_node(uint32_t tx, const char *path, const char *value)
{
    post_write(tx, path, value);
    reply_to(XS_WRITE);
}

/* Two entries: the owner, with nothing for others, and who else may read. */
static void post_permissions(uint32_t tx, const char *path, unsigned owner, unsigned reader)
{
    char body[256];
    size_t len = format_path(body, "%s", path);

    len += format_path(body + len, "n%u", owner);
    len += format_path(body + len, "r%u", reader);
    post(XS_SET_PERMS, tx, body, len);
}

static uint32_t begin(void)
{
    return strtoul(request(XS_TRANSACTION_START, 0, "", 1)->body, NULL, 10);
}

static void commit(uint32_t tx)
{
    request(XS_TRANSACTION_END, tx, "T", 2);
}

/* ---- the nodes of a guest, as a toolstack writes them */

static const struct node {
    const char *path;       /* %1$u: the domain */
    const char *value;
    bool shared;            /* with the guest: permissions are set, those below inherit them */
} nodes[] = {
    { "/vm/00000000-0000-4000-8000-%1$012u/name", "guest", false },
    { "/vm/00000000-0000-4000-8000-%1$012u/uuid", "00000000-0000-4000-8000-000000000000", false },
    { "/vm/00000000-0000-4000-8000-%1$012u/start_time", "1704067200.00", false },
    { "/vm/00000000-0000-4000-8000-%1$012u/image/ostype", "linux", false },
    { "/vm/00000000-0000-4000-8000-%1$012u/image/kernel", "/boot/vmlinuz-6.1.0-57-amd64", false },
    { "/vm/00000000-0000-4000-8000-%1$012u/image/ramdisk", "/boot/initrd.img-6.1.0-57-amd64", false },
    { "/vm/00000000-0000-4000-8000-%1$012u/image/cmdline", "root=/dev/xvda1 ro console=hvc0", false },
    { "/local/domain/%1$u", "", true },
    { "/local/domain/%1$u/vm", "/vm/00000000-0000-4000-8000-000000000000", false },
    { "/local/domain/%1$u/name", "guest", false },
    { "/local/domain/%1$u/domid", "1", false },
    { "/local/domain/%1$u/cpu/0/availability", "online", false },
    { "/local/domain/%1$u/cpu/1/availability", "online", false },
    { "/local/domain/%1$u/memory/static-max", "524288", false },
    { "/local/domain/%1$u/memory/target", "524289", false },
    { "/local/domain/%1$u/memory/videoram", "-1", false },
    { "/local/domain/%1$u/device", "", true },
    { "/local/domain/%1$u/control", "", true },
    { "/local/domain/%1$u/control/shutdown", "", true },
    { "/local/domain/%1$u/control/feature-poweroff", "1", true },
    { "/local/domain/%1$u/control/feature-reboot", "1", true },
    { "/local/domain/%1$u/control/platform-feature-multiprocessor-suspend", "1", false },
    { "/local/domain/%1$u/data", "", true },
    { "/local/domain/%1$u/drivers", "", true },
    { "/local/domain/%1$u/error", "", true },
    { "/local/domain/%1$u/store/port", "1", false },
    { "/local/domain/%1$u/store/ring-ref", "133122", false },
    { "/local/domain/%1$u/console", "", true },
    { "/local/domain/%1$u/console/backend", "/local/domain/0/backend/console/1/0", false },
    { "/local/domain/%1$u/console/backend-id", "0", false },
    { "/local/domain/%1$u/console/limit", "1048576", false },
    { "/local/domain/%1$u/console/type", "xenconsoled", false },
    { "/local/domain/%1$u/console/port", "2", false },
    { "/local/domain/%1$u/console/ring-ref", "133121", false },
    { "/local/domain/%1$u/console/tty", "/dev/pts/1", false },
    { "/local/domain/%1$u/device/vbd/51712", "", true },
    { "/local/domain/%1$u/device/vbd/51712/backend", "/local/domain/0/backend/vbd/1/51712", false },
    { "/local/domain/%1$u/device/vbd/51712/backend-id", "0", false },
    { "/local/domain/%1$u/device/vbd/51712/state", "4", false },
    { "/local/domain/%1$u/device/vbd/51712/virtual-device", "51712", false },
    { "/local/domain/%1$u/device/vbd/51712/ring-ref", "8", false },
    { "/local/domain/%1$u/device/vbd/51712/event-channel", "15", false },
    { "/local/domain/%1$u/device/vif/0", "", true },
    { "/local/domain/%1$u/device/vif/0/backend", "/local/domain/0/backend/vif/1/0", false },
    { "/local/domain/%1$u/device/vif/0/backend-id", "0", false },
    { "/local/domain/%1$u/device/vif/0/state", "4", false },
    { "/local/domain/%1$u/device/vif/0/handle", "0", false },
    { "/local/domain/%1$u/device/vif/0/mac", "00:16:3e:00:00:01", false },
    { "/local/domain/%1$u/device/vif/0/event-channel", "16", false },
    { "/local/domain/0/backend/vbd/%1$u/51712", "", true },
    { "/local/domain/0/backend/vbd/%1$u/51712/frontend", "/local/domain/1/device/vbd/51712", false },
    { "/local/domain/0/backend/vbd/%1$u/51712/params", "/dev/vg/guest-disk", false },
    { "/local/domain/0/backend/vbd/%1$u/51712/state", "4", false },
    { "/local/domain/0/backend/vif/%1$u/0", "", true },
    { "/local/domain/0/backend/vif/%1$u/0/frontend", "/local/domain/1/device/vif/0", false },
    { "/local/domain/0/backend/vif/%1$u/0/mac", "00:16:3e:00:00:01", false },
    { "/local/domain/0/backend/vif/%1$u/0/bridge", "xenbr0", false },
    { "/local/domain/0/backend/vif/%1$u/0/script", "/etc/xen/scripts/vif-bridge", false },
    { "/local/domain/0/backend/vif/%1$u/0/state", "4", false },
};
#define NODES (sizeof(nodes) / sizeof(nodes[0]))

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static const char *path_of(const struct node *node, unsigned domain)
{
    static char path[128];

    snprintf(path, sizeof(path), node->path, domain);
    return path;
}
#pragma GCC diagnostic pop

/* All requests for a domain are posted before the first reply is awaited, which saves most of the time this takes. */
static void add_domain(unsigned domain)
{
    for (size_t i = 0; i < NODES; i++) {
        const char *path = path_of(&nodes[i], domain);

        post_write(0, path, nodes[i].value);
        if (nodes[i].shared)
            post_permissions(0, path, 0, domain);
    }
    for (size_t i = 0; i < NODES; i++) {
        reply_to(XS_WRITE);
        if (nodes[i].shared)
            reply_to(XS_SET_PERMS);
    }
}

static void populate(unsigned wanted)
{
    while (domains < wanted)
        add_domain(++domains);
}

/* ---- operations: number i of a round, done once. Those in a row are about different domains. */

static unsigned some_domain(unsigned i)
{
    return 1 + i * 37 % domains;
}

static const char *state_of(unsigned domain)
{
    static char path[128];

    format_path(path, "/local/domain/%u/device/vif/0/state", domain);
    return path;
}

static void read_state(unsigned i)
{
    const char *path = state_of(some_domain(i));

    request(XS_READ, 0, path, strlen(path) + 1);
}

static void write_state(unsigned i)
{
    write_node(0, state_of(some_domain(i)), i % 2 ? "4" : "5");
}

static void list_device(unsigned i)
{
    char path[128];
    size_t len = format_path(path, "/local/domain/%u/device/vif/0", some_domain(i));

    request(XS_DIRECTORY, 0, path, len);
}

static void list_domains(unsigned i)
{
    static const char path[] = "/local/domain";

    (void)i;
    request(XS_DIRECTORY, 0, path, sizeof(path));
}

/* The node is below the one that is watched. */
static void write_watched(unsigned i)
{
    write_node(0, state_of(1), i % 2 ? "4" : "5");
    while (!events) {
        if (receive()->header.type != XS_WATCH_EVENT)
            fail("an answer to nothing");
        events++;
    }
    events--;
}

static void transaction_1(unsigned i)
{
    uint32_t tx = begin();

    write_node(tx, state_of(some_domain(i)), i % 2 ? "4" : "5");
    commit(tx);
}

static void transaction_20(unsigned i)
{
    uint32_t tx = begin();

    for (unsigned key = 0; key < KEYS; key++)
        write_node(tx, state_of(some_domain(KEYS * i + key)), i % 2 ? "4" : "5");
    commit(tx);
}

/* The first keys of a domain in its own folder, with permissions, in one transaction. */
static void create_domain(unsigned i)
{
    const struct node *node = nodes;
    uint32_t tx = begin();

    while (strncmp(node->path, "/local", 6))
        node++;
    for (const struct node *end = node + KEYS; node < end; node++) {
        const char *path = path_of(node, NEW + i);

        write_node(tx, path, node->value);
        if (node->shared) {
            post_permissions(tx, path, 0, NEW + i);
            reply_to(XS_SET_PERMS);
        }
    }
    commit(tx);
}

/* ---- measuring */

/* Have callgrind do something; it is done when this returns. */
static void tell_callgrind(const char *what)
{
    char command[128];

    snprintf(command, sizeof(command), "vgdb --pid=%s %s >/dev/null 2>&1", daemon_pid, what);
    if (system(command))
        fail("%s", command);
}

/* Instructions since callgrind was told "zero". */
static uint64_t daemon_instructions(void)
{
    char name[64], line[256];
    uint64_t total = 0;
    FILE *file;

    tell_callgrind("dump");
    snprintf(name, sizeof(name), "%s.%u", DUMPS, ++dumps);
    file = fopen(name, "r");
    while (file && fgets(line, sizeof(line), file) && !total)
        if (!strncmp(line, "totals: ", 8))
            total = strtoull(line + 8, NULL, 10);
    if (!total)
        fail("%s: no total", name);
    fclose(file);
    unlink(name);
    return total;
}

static uint64_t round_of(void (*operation)(unsigned), unsigned times)
{
    uint64_t start;

    if (counts_daemon)
        tell_callgrind("zero");
    start = __rdtsc();
    for (unsigned i = 0; i < times; i++)
        operation(i);
    return counts_daemon ? daemon_instructions() : __rdtsc() - start;
}

/* Undo create_domain(), not measured. */
static void remove_created(void)
{
    char path[64];

    for (unsigned i = 0; i < FEW; i++)
        request(XS_RM, 0, path, format_path(path, "/local/domain/%u", NEW + i));
}

static void nothing(void)
{
}

/* tidy: after each round. The first round, which may have to make room, is not counted. */
static void cost(const char *name, void (*operation)(unsigned), unsigned times, void (*tidy)(void))
{
    uint64_t least = UINT64_MAX;

    for (unsigned i = 0; i < times; i++)
        operation(i);
    tidy();
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint64_t ticks = round_of(operation, times);

        tidy();
        least = ticks < least ? ticks : least;
    }
    printf("COST %s/%u %lu\n", name, domains, least / times);
    fflush(stdout);
}

static void watched(void)
{
    static const char body[] = "/local/domain/1/device/vif/0\0token";

    request(XS_WATCH, 0, body, sizeof(body));
    if (!events)
        events += receive()->header.type == XS_WATCH_EVENT;
    events = 0;         /* the first, which says nothing */
    cost("watch", write_watched, TIMES, nothing);
    request(XS_UNWATCH, 0, body, sizeof(body));
}

/* Memory of the daemon's own, KiB. */
static void memory(void)
{
    char name[64], line[128];
    unsigned long size = 0;
    FILE *file;

    snprintf(name, sizeof(name), "/proc/%s/smaps_rollup", daemon_pid);
    file = fopen(name, "r");
    while (file && fgets(line, sizeof(line), file))
        if (sscanf(line, "Anonymous: %lu", &size) == 1)
            break;
    if (!size)
        fail("%s: no size", name);
    fclose(file);
    printf("COST memory/%u %lu\n", domains, size);
}

static void measure(unsigned wanted)
{
    populate(wanted);
    if (counts_daemon)
        tell_callgrind("instrumentation on");
    else
        memory();
    cost("read", read_state, TIMES, nothing);
    cost("write", write_state, TIMES, nothing);
    cost("directory", list_device, TIMES, nothing);
    cost("domains", list_domains, TIMES, nothing);
    watched();
    cost("transaction_1", transaction_1, TIMES, nothing);
    cost("transaction_20", transaction_20, FEW, nothing);
    cost("create", create_domain, FEW, remove_created);
    if (counts_daemon)
        tell_callgrind("instrumentation off");
}

/* Who shall run is then never a matter of who has run for how long: the daemon whenever it can, else we. */
static void yield_to_daemon(void)
{
    if (sched_setscheduler(0, SCHED_IDLE, &(struct sched_param){ 0 }))
        fail("sched_setscheduler: %s", strerror(errno));
}

int main(int count, char **arguments)
{
    if (count < 4)
        fail("usage: store PID tsc|daemon DOMAINS...");
    daemon_pid = arguments[1];
    counts_daemon = !strcmp(arguments[2], "daemon");
    yield_to_daemon();
    connect_daemon();
    for (int i = 3; i < count; i++)
        measure(atoi(arguments[i]));
    printf("END\n");
    return 0;
}
