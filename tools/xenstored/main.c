/* SPDX-License-Identifier: GPL-2.0-only */
/* xenstored: options, becoming a daemon, the loop. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <xenstore_lib.h>

#include "conn.h"
#include "host.h"
#include "log.h"
#include "loop.h"
#include "socket.h"

static const char usage[] =
    "Usage: xenstored [OPTION]...\n"
    "Serve the store to domain 0 by a Unix socket and to all domains by their rings.\n"
    "\n"
    "  -F, --foreground         don't become a daemon, messages also to standard error\n"
    "  -N, --no-domain-init     serve the socket only, use no hypervisor\n"
    "  -p, --pid-file FILE      write the process number there\n"
    "  -P, --output-pid         print the process number\n"
    "  -T, --trace-file FILE    append messages to FILE\n"
    "  -V, --verbose            record every request, in the log file or on standard error\n"
    "  -Q, --quota WHAT=NUMBER  set a quota of unprivileged domains, see below\n"
    "  -E, -S, -W, -t, -A, -M NUMBER\n"
    "      --entry-nb, --entry-size, --watch-nb, --transaction, --perm-nb, --path-max NUMBER\n"
    "                           the same for nodes, node-size, watches, transactions,\n"
    "                           permissions and path-max\n"
    "  -h, --help               this text\n"
    "      --version            the version\n"
    "\n"
    "Quotas, with what they are if not set:\n";

enum { OPT_VERSION = 256 };

static const struct option long_options[] = {
    { "foreground", no_argument, NULL, 'F' },
    { "no-fork", no_argument, NULL, 'F' },
    { "no-domain-init", no_argument, NULL, 'N' },
    { "pid-file", required_argument, NULL, 'p' },
    { "output-pid", no_argument, NULL, 'P' },
    { "trace-file", required_argument, NULL, 'T' },
    { "verbose", no_argument, NULL, 'V' },
    { "quota", required_argument, NULL, 'Q' },
    { "entry-nb", required_argument, NULL, 'E' },
    { "entry-size", required_argument, NULL, 'S' },
    { "watch-nb", required_argument, NULL, 'W' },
    { "transaction", required_argument, NULL, 't' },
    { "perm-nb", required_argument, NULL, 'A' },
    { "path-max", required_argument, NULL, 'M' },
    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, OPT_VERSION },
    { NULL, 0, NULL, 0 },
};

/* Quotas with a letter of their own. */
static const struct {
    int letter;
    enum quota quota;
} quota_letters[] = {
    { 'E', QUOTA_NODES },        { 'S', QUOTA_NODE_SIZE },   { 'W', QUOTA_WATCHES },
    { 't', QUOTA_TRANSACTIONS }, { 'A', QUOTA_PERMISSIONS }, { 'M', QUOTA_PATH_MAX },
};

static struct {
    bool foreground, no_domains, output_pid;
    const char *pid_file, *log_file;
} options;

static void print_usage(void)
{
    fputs(usage, stdout);
    for (unsigned int i = 0; i < QUOTA_COUNT; i++)
        printf("  %-18s %8llu  %s\n", quota_kinds[i].name, (unsigned long long)quota_kinds[i].initial,
               quota_kinds[i].what);
}

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *format, ...)
{
    va_list args;

    fputs("xenstored: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    exit(1);
}

static uint64_t number(const char *text)
{
    unsigned long long value;
    char *end;

    errno = 0;
    value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || value > INT64_MAX)
        die("'%s' is no number", text);
    return value;
}

static void set_quota(struct store *store, const char *text)
{
    const char *sign = strchr(text, '=');
    char name[32];

    if (!sign || sign - text >= (int)sizeof(name))
        die("quota '%s': expected WHAT=NUMBER", text);
    snprintf(name, sizeof(name), "%.*s", (int)(sign - text), text);
    if (quota_set(store->limit, name, number(sign + 1)))
        die("there is no quota '%s', see --help", name);
}

static void set_lettered_quota(struct store *store, int letter, const char *text)
{
    for (unsigned int i = 0; i < sizeof(quota_letters) / sizeof(quota_letters[0]); i++)
        if (quota_letters[i].letter == letter)
            store->limit[quota_letters[i].quota] = number(text);
}

static void handle_option(struct store *store, int option)
{
    switch (option) {
    case 'F':
        options.foreground = true;
        break;
    case 'N':
        options.no_domains = true;
        break;
    case 'p':
        options.pid_file = optarg;
        break;
    case 'P':
        options.output_pid = true;
        break;
    case 'T':
        options.log_file = optarg;
        break;
    case 'V':
        log_tracing = true;
        break;
    case 'Q':
        set_quota(store, optarg);
        break;
    case 'h':
        print_usage();
        exit(0);
    case OPT_VERSION:
        puts("xenstored " XEN_RELEASE);
        exit(0);
    case '?':
        fputs("Try 'xenstored --help'.\n", stderr);
        exit(1);
    default:
        set_lettered_quota(store, option, optarg);
    }
}

static void read_options(struct store *store, int argc, char **argv)
{
    int option;

    while ((option = getopt_long(argc, argv, "FNp:PT:VQ:E:S:W:t:A:M:h", long_options, NULL)) != -1)
        handle_option(store, option);
    if (optind < argc)
        die("unexpected argument '%s'", argv[optind]);
}

/* Create the directory that the file is to be in, if its parent exists. */
static void make_directory(const char *file)
{
    char dir[PATH_MAX];
    char *slash;

    snprintf(dir, sizeof(dir), "%s", file);
    slash = strrchr(dir, '/');
    if (!slash || slash == dir)
        return;
    *slash = '\0';
    if (mkdir(dir, 0755) && errno != EEXIST)
        log_warning("can't create %s: %s", dir, strerror(errno));
}

/* Fork; the parent exits when the child says that it serves. Returns the descriptor for saying so. */
static int become_daemon(void)
{
    int pipe_fds[2], status;
    char byte;
    pid_t pid;

    if (pipe2(pipe_fds, O_CLOEXEC))
        die("pipe: %s", strerror(errno));
    pid = fork();
    if (pid < 0)
        die("fork: %s", strerror(errno));
    if (pid) {
        close(pipe_fds[1]);
        status = read(pipe_fds[0], &byte, 1) == 1 ? 0 : 1;
        _exit(status);
    }
    close(pipe_fds[0]);
    setsid();
    return pipe_fds[1];
}

static void close_standard_files(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (chdir("/"))
        log_warning("chdir: %s", strerror(errno));
    for (int fd = 0; fd < 3; fd++)
        dup2(null, fd);
    close(null);
}

static void write_pid(void)
{
    FILE *file;

    if (options.output_pid) {
        printf("%d\n", getpid());
        fflush(stdout);
    }
    if (!options.pid_file)
        return;
    make_directory(options.pid_file);
    file = fopen(options.pid_file, "we");
    if (!file)
        die("%s: %s", options.pid_file, strerror(errno));
    fprintf(file, "%d\n", getpid());
    fclose(file);
}

/* Tell systemd, if it has started us and wants to know. */
static void tell_systemd(const char *text)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    const char *path = getenv("NOTIFY_SOCKET");
    size_t len = path ? strlen(path) : 0;
    int fd;

    if (!len || len >= sizeof(address.sun_path))
        return;
    memcpy(address.sun_path, path, len);
    if (path[0] == '@')
        address.sun_path[0] = '\0';
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&address,
               offsetof(struct sockaddr_un, sun_path) + len) < 0)
        log_warning("can't notify systemd: %s", strerror(errno));
    close(fd);
}

static bool stopping;

static void signal_ready(struct source *source, uint32_t events)
{
    struct signalfd_siginfo info;

    if (read(source->fd, &info, sizeof(info)) != sizeof(info))
        return;
    if (info.ssi_signo != SIGHUP)
        stopping = true;
    else if (options.log_file && log_file(options.log_file)) /* it may have been rotated away */
        log_warning("can't reopen %s", options.log_file);
}

static void catch_signals(void)
{
    static struct source source = { -1, signal_ready };
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    source.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (source.fd < 0 || loop_add(&source, EPOLLIN))
        die("signalfd: %s", strerror(errno));
}

/* One descriptor per client: as many as we may have. */
static void raise_limits(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit))
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void seed_hashes(void)
{
    uint32_t seeds[2];

    if (getrandom(seeds, sizeof(seeds), 0) != sizeof(seeds))
        die("getrandom: %s", strerror(errno));
    path_seed(seeds[0]);
    tree_seed(seeds[1]);
}

static void start_serving(struct store *store)
{
    const char *path = xs_daemon_socket();
    int error;

    make_directory(path);
    error = socket_listen(store, path);
    if (error == -EADDRINUSE)
        die("%s: another store daemon is running", path);
    if (error)
        die("%s: %s", path, strerror(-error));
    if (!options.no_domains && host_open(store)) {
        socket_unlisten();
        die("can't serve domains, is this domain 0? (-N serves the socket only)");
    }
    if (options.no_domains)
        store_domain(store, 0)->introduced = true;
}

int main(int argc, char **argv)
{
    struct store *store;
    int ready = -1;

    seed_hashes();
    store = store_new();
    read_options(store, argc, argv);
    log_start(options.foreground);
    if (options.log_file && log_file(options.log_file))
        die("%s: %s", options.log_file, strerror(errno));
    if (!options.foreground)
        ready = become_daemon();
    raise_limits();
    if (loop_init())
        die("epoll: %s", strerror(errno));
    catch_signals();
    start_serving(store);
    write_pid();
    tell_systemd("READY=1");
    if (ready >= 0) {
        close_standard_files();
        if (write(ready, "", 1) != 1)
            log_warning("nobody has waited for us to start");
        close(ready);
    }
    log_info("serving %s", xs_daemon_socket());

    while (!stopping) {
        conns_run_again(store);
        loop_turn(!store->again);
    }
    tell_systemd("STOPPING=1");
    socket_unlisten();
    if (options.pid_file)
        unlink(options.pid_file);
    log_info("stopped");
    return 0;
}
