/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xenconsoled: gives every domain's console a pseudo terminal (its name stands in the store, `xm console`
 * opens it),
 * and keeps logs of guests' and the hypervisor's output. One loop, no threads.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "console.h"
#include "daemon.h"

#define EVENTS_PER_ROUND    64
#define HYPERVISOR_READ     16384
#define HYPERVISOR_READS    1024    /* the largest ring there is */

struct options {
    struct log_options log;
    const char *pid_file;
    bool foreground;
};

struct server {
    struct service service;
    struct options options;
    struct console *consoles;
    unsigned int consoles_count;
    struct log hypervisor_log;
    uint32_t hypervisor_index;      /* how far its ring has been read */
    int hypervisor_port;            /* -1: not logged */
    int64_t period_end;
    int signals;
    bool stop, failed;
};

static const char help[] =
    "xenconsoled: serves the consoles of domains\n"
    "usage: xenconsoled [OPTIONS]\n"
    "  -i, --interactive      stay in the foreground, messages to stderr too\n"
    "  -l, --log=WHAT         log to files: none, guest, hv (the hypervisor) or all\n"
    "  -D, --log-dir=DIR      where (/var/log/xen/console)\n"
    "  -t, --timestamp=WHAT   put the time before each line of: none, guest, hv or all\n"
    "  -p, --pid-file=FILE    (/run/xen/xenconsoled.pid)\n"
    "  -V, --version          print the version\n"
    "  -h, --help             print this\n"
    "SIGHUP reopens the log files.\n";

/* --- Options --- */

static bool what(const char *text, bool *guest, bool *hypervisor)
{
    *guest = !strcmp(text, "guest") || !strcmp(text, "all");
    *hypervisor = !strcmp(text, "hv") || !strcmp(text, "all");
    if (*guest || *hypervisor || !strcmp(text, "none"))
        return true;
    fprintf(stderr, "xenconsoled: '%s' is none of none, guest, hv and all\n", text);
    return false;
}

/* -1: go on; else the exit status. */
static int read_options(int argc, char **argv, struct options *options)
{
    static const struct option names[] = {
        { "interactive", no_argument, NULL, 'i' },    { "log", required_argument, NULL, 'l' },
        { "log-dir", required_argument, NULL, 'D' },  { "timestamp", required_argument, NULL, 't' },
        { "pid-file", required_argument, NULL, 'p' }, { "version", no_argument, NULL, 'V' },
        { "help", no_argument, NULL, 'h' },           { NULL, 0, NULL, 0 },
    };
    struct log_options *log = &options->log;
    int option;

    while ((option = getopt_long(argc, argv, "il:D:t:p:Vh", names, NULL)) != -1)
        switch (option) {
        case 'i': options->foreground = true; break;
        case 'l': if (!what(optarg, &log->guest, &log->hypervisor)) return 2; break;
        case 't': if (!what(optarg, &log->guest_times, &log->hypervisor_times)) return 2; break;
        case 'D': log->dir = optarg; break;
        case 'p': options->pid_file = optarg; break;
        case 'V': printf("xenconsoled %s\n", VERSION); return 0;
        case 'h': fputs(help, stdout); return 0;
        default: fputs("xenconsoled --help lists the options\n", stderr); return 2;
        }
    if (optind == argc)
        return -1;
    fprintf(stderr, "xenconsoled: what is '%s'? --help lists the options\n", argv[optind]);
    return 2;
}

/* --- The hypervisor's log --- */

static void read_hypervisor(struct server *server)
{
    char data[HYPERVISOR_READ];
    long length = sizeof(data);

    /* To the end, as nobody calls for the rest; but for messages that come faster than they are read. */
    for (int i = 0; i < HYPERVISOR_READS && length == sizeof(data); i++) {
        length = xc_read_console(server->service.xc, data, sizeof(data), false, &server->hypervisor_index);
        if (length > 0)
            log_write(&server->hypervisor_log, data, (size_t)length);
    }
}

static void open_hypervisor(struct server *server)
{
    server->hypervisor_port = -1;
    if (!server->options.log.hypervisor)
        return;
    log_open(&server->hypervisor_log, server->options.log.dir, "hypervisor",
             server->options.log.hypervisor_times);
    server->hypervisor_port = xc_evtchn_bind_virq(server->service.evtchn, VIRQ_CON_RING);
    if (server->hypervisor_port < 0)
        syslog(LOG_ERR, "can't be told of the hypervisor's messages: %s", strerror(-server->hypervisor_port));
    read_hypervisor(server);
}

/* --- Which domains there are --- */

static struct console *find_console(struct server *server, unsigned int domid)
{
    for (struct console *console = server->consoles; console; console = console->next)
        if (console->domid == domid)
            return console;
    return NULL;
}

static void add_console(struct server *server, domid_t domid)
{
    struct console *console = console_new(&server->service, domid);

    if (!console)
        return;
    console->seen = true;
    console->next = server->consoles;
    server->consoles = console;
    server->consoles_count++;
}

static void drop_unseen(struct server *server)
{
    struct console **link = &server->consoles;

    while (*link) {
        struct console *console = *link;

        if (console->seen) {
            link = &console->next;
            continue;
        }
        *link = console->next;
        server->consoles_count--;
        console_free(&server->service, console);
    }
}

/* Domain 0's console is the hypervisor's; a dying domain has nothing more to say. */
static void look_for_domains(struct server *server)
{
    struct xen_domctl_getdomaininfo *info;
    int count = xc_domain_list_all(server->service.xc, &info);

    if (count < 0) {
        syslog(LOG_ERR, "can't list the domains: %s", xc_error(server->service.xc));
        return;
    }
    for (struct console *console = server->consoles; console; console = console->next)
        console->seen = false;
    for (int i = 0; i < count; i++) {
        struct console *console = find_console(server, info[i].domain);

        if (!info[i].domain || (info[i].flags & XEN_DOMINF_dying))
            continue;
        if (console)
            console->seen = true;
        else
            add_console(server, info[i].domain);
    }
    free(info);
    drop_unseen(server);
}

static void handle_watch(struct server *server, const char *token)
{
    struct console *console;
    unsigned int domid;

    if (sscanf(token, "console:%u", &domid) == 1) {
        console = find_console(server, domid);
        if (console)
            console_update(&server->service, console);
    } else {
        look_for_domains(server);
    }
}

static void handle_store(struct server *server)
{
    char **event;

    errno = 0;
    while ((event = xs_check_watch(server->service.store))) {
        handle_watch(server, event[XS_WATCH_TOKEN]);
        free(event);
        errno = 0;
    }
    if (errno && errno != EAGAIN && errno != EINTR) {
        syslog(LOG_ERR, "lost the store: %s", strerror(errno));
        server->failed = server->stop = true;
    }
}

/* --- Events --- */

static void handle_event(struct server *server)
{
    int port = xc_evtchn_pending(server->service.evtchn);

    if (port < 0)
        return;
    if (port == server->hypervisor_port) {
        read_hypervisor(server);
        xc_evtchn_unmask(server->service.evtchn, (evtchn_port_t)port);
        return;
    }
    for (struct console *console = server->consoles; console; console = console->next)
        if (console->port == port) {
            console_event(&server->service, console);
            return;
        }
}

static void handle_events(struct server *server)
{
    struct pollfd fd = { .fd = xc_evtchn_fd(server->service.evtchn), .events = POLLIN };

    for (int i = 0; i < EVENTS_PER_ROUND && poll(&fd, 1, 0) == 1; i++)
        handle_event(server);
}

static void handle_signal(struct server *server)
{
    struct signalfd_siginfo info;

    if (read(server->signals, &info, sizeof(info)) != sizeof(info))
        return;
    if (info.ssi_signo != SIGHUP) {
        server->stop = true;
        return;
    }
    log_reopen(&server->hypervisor_log);
    for (struct console *console = server->consoles; console; console = console->next)
        log_reopen(&console->log);
}

/* --- The loop --- */

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* How long to wait: for ever, unless a console is held back to the end of the period. */
static int timeout(struct server *server)
{
    int64_t now = now_ms();
    bool held_back = false;

    if (now >= server->period_end) {
        server->period_end = now + PERIOD_MS;
        for (struct console *console = server->consoles; console; console = console->next)
            console_new_period(&server->service, console);
    }
    for (struct console *console = server->consoles; console; console = console->next)
        held_back = held_back || console->held_back;
    return held_back ? (int)(server->period_end - now) : -1;
}

enum { FD_STORE, FD_EVENTS, FD_SIGNALS, FD_CONSOLES };

static bool one_round(struct server *server, struct pollfd **fds)
{
    int wait = timeout(server);
    nfds_t count = FD_CONSOLES;
    struct pollfd *bigger = realloc(*fds, (FD_CONSOLES + server->consoles_count) * sizeof(**fds));

    if (!bigger) {
        syslog(LOG_ERR, "out of memory");
        return false;
    }
    *fds = bigger;
    bigger[FD_STORE] = (struct pollfd){ .fd = xs_fileno(server->service.store), .events = POLLIN };
    bigger[FD_EVENTS] = (struct pollfd){ .fd = xc_evtchn_fd(server->service.evtchn), .events = POLLIN };
    bigger[FD_SIGNALS] = (struct pollfd){ .fd = server->signals, .events = POLLIN };
    for (struct console *console = server->consoles; console; console = console->next) {
        short events = console_wants(console);

        console->pollfd = &bigger[count++];
        *console->pollfd = (struct pollfd){ .fd = events ? console->master : -1, .events = events };
    }
    if (poll(bigger, count, wait) < 0)
        return errno == EINTR;
    for (struct console *console = server->consoles; console; console = console->next)
        if (console->pollfd->revents)
            console_pty_ready(&server->service, console, console->pollfd->revents);
    if (bigger[FD_EVENTS].revents)
        handle_events(server);
    if (bigger[FD_SIGNALS].revents)
        handle_signal(server);
    if (bigger[FD_STORE].revents)
        handle_store(server);
    return true;
}

static int serve(struct server *server)
{
    struct pollfd *fds = NULL;
    bool good = true;

    while (good && !server->stop)
        good = one_round(server, &fds);
    free(fds);
    while (server->consoles) {
        struct console *console = server->consoles;

        server->consoles = console->next;
        console_free(&server->service, console);
    }
    log_close(&server->hypervisor_log);
    return good && !server->failed ? 0 : 1;
}

/* --- Start --- */

static int open_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int complain(const char *what_failed, const char *why)
{
    fprintf(stderr, "xenconsoled: %s: %s\n", what_failed, why);
    return 1;
}

static int open_all(struct server *server)
{
    struct service *service = &server->service;

    server->signals = open_signals();
    if (xc_open(&service->xc))
        return complain("no hypervisor", xc_error(NULL));
    if (xc_evtchn_open(&service->evtchn))
        return complain("no event channels", xc_error(NULL));
    if (xc_gntdev_open(&service->gntdev))
        syslog(LOG_NOTICE, "no grant device (%s): consoles are mapped by frame number", xc_error(NULL));
    service->store = xs_open(XS_OPEN_SOCKETONLY);
    if (!service->store)
        return complain("can't reach xenstored", strerror(errno));
    service->log = &server->options.log;
    if ((service->log->guest || service->log->hypervisor) && make_directories(service->log->dir))
        return complain(service->log->dir, strerror(errno));
    if (!xs_watch(service->store, "@introduceDomain", "domains") ||
        !xs_watch(service->store, "@releaseDomain", "domains"))
        return complain("can't watch the store", strerror(errno));
    open_hypervisor(server);
    return 0;
}

int main(int argc, char **argv)
{
    struct server server = { .options = { .log.dir = "/var/log/xen/console",
                                          .pid_file = "/run/xen/xenconsoled.pid" } };
    int status = read_options(argc, argv, &server.options), ready = -1;

    if (status >= 0)
        return status;
    umask(027);
    openlog("xenconsoled", LOG_PID | (server.options.foreground ? LOG_PERROR : 0), LOG_DAEMON);
    if (!server.options.foreground && daemon_start(&ready))
        return 1;
    if (pid_file_take(server.options.pid_file) || open_all(&server))
        return 1;
    daemon_ready(ready);
    status = serve(&server);
    unlink(server.options.pid_file);
    return status;
}
