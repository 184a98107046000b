/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The process behind a domain that acts on its end. It is `xm supervise DOMID` in a session of its own, so it
 * shows as that in ps, outlives the terminal, and can be started by hand should it ever have died. A restarted
 * domain keeps its supervisor. It ends when someone else destroys the domain or the policy leaves nothing to do.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <xc.h>

#include "command.h"
#include "domain.h"
#include "store.h"

#define LOG_DIR             "/var/log/xen"
#define SHORT_LIFE_SECONDS  2       /* a domain that lived no longer ... */
#define SHORT_LIVES_MAX     5       /* ... this many times in a row is not restarted again */

/* --- Starting it --- */

static void become_daemon(const char *log)
{
    int null = open("/dev/null", O_RDWR), fd;

    mkdir(LOG_DIR, 0755);
    fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0640);
    setsid();
    dup2(null, STDIN_FILENO);
    dup2(fd >= 0 ? fd : null, STDOUT_FILENO);
    dup2(fd >= 0 ? fd : null, STDERR_FILENO);
    /* Nothing of the parent's is kept: not its terminal, not the store's socket. */
    close_range(3, ~0u, 0);
    if (chdir("/"))
        _exit(1);
}

/* See domain.h. */
int supervisor_start(struct xm *xm, uint32_t domid)
{
    char *number = pool_printf(&xm->pool, "%u", domid);
    /* Asked before the fork: the store's connection is shared, and two who talk on it get each other's replies. */
    char *log = pool_printf(&xm->pool, LOG_DIR "/xm-%s.log", domain_name(xm, domid));
    pid_t pid;
    int err;

    fflush(stdout);
    pid = fork();
    if (!pid) {
        if (!fork()) {
            become_daemon(log);
            execl("/proc/self/exe", "xm", "supervise", number, (char *)NULL);
            fprintf(stderr, "xm: can't start the supervisor: %s\n", strerror(errno));
        }
        _exit(0);
    }
    if (pid > 0) {
        waitpid(pid, NULL, 0);
        return 0;
    }
    err = -errno;
    fail_errno(err, "can't start the supervisor of domain %u", domid);
    return err;
}

/* --- Acting on the end --- */

struct supervision {
    struct xm *xm;
    uint32_t domid;
    time_t started;
    int short_lives;
};

static const char *event_name(enum shutdown_event event)
{
    static const char *const names[] = { "powered off", "wants to reboot", "has crashed",
                                         "was ended by its watchdog",
                                         "wants a soft reset" };
    return names[event];
}

/* See domain.h. */
enum shutdown_event shutdown_event_of(unsigned int reason)
{
    switch (reason) {
    case SHUTDOWN_poweroff:     return ON_POWEROFF;
    case SHUTDOWN_reboot:       return ON_REBOOT;
    case SHUTDOWN_watchdog:     return ON_WATCHDOG;
    case SHUTDOWN_soft_reset:   return ON_SOFT_RESET;
    default:                    return ON_CRASH;
    }
}

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void note(const char *format, ...)
{
    time_t now = time(NULL);
    struct tm local;
    char stamp[32];
    va_list args;

    strftime(stamp, sizeof(stamp), "%F %T", localtime_r(&now, &local));
    printf("%s ", stamp);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf("\n");
    fflush(stdout);
}

static time_t uptime_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    return now.tv_sec;
}

/* A guest that dies as soon as it starts must not keep the machine busy for ever. */
static bool restarts_too_fast(struct supervision *s)
{
    s->short_lives = uptime_clock() - s->started <= SHORT_LIFE_SECONDS ? s->short_lives + 1 : 0;
    return s->short_lives >= SHORT_LIVES_MAX;
}

static int start_again(struct supervision *s, struct domain_config *config)
{
    uint32_t domid;
    int err = domain_create(s->xm, config, &domid);

    if (err)
        return err;
    s->domid = domid;
    s->started = uptime_clock();
    err = xc_domain_unpause(s->xm->xc, (domid_t)domid);
    if (err)
        fail_xc(s->xm, err, "can't start domain %u", domid);
    else
        note("started again as domain %u", domid);
    return err;
}

static int restart(struct supervision *s)
{
    struct domain_config config;
    int err;

    if (restarts_too_fast(s)) {
        note("not restarted: it has lived less than %d seconds %d times in a row", SHORT_LIFE_SECONDS + 1,
             SHORT_LIVES_MAX);
        domain_teardown(s->xm, s->domid, false);
        return -ELOOP;
    }
    err = domain_config_load(s->xm, s->domid, &config);
    if (!err)
        err = domain_teardown(s->xm, s->domid, true);
    if (!err)
        err = start_again(s, &config);
    return err;
}

/* The dead domain stays to be looked at, under another name and UUID; its disks go to the new one. */
static int rename_restart(struct supervision *s)
{
    struct xm *xm = s->xm;
    struct store_batch batch = { .xm = xm };
    struct domain_config config;
    const char *name = domain_name(xm, s->domid), *vm;
    uint8_t uuid[16];
    int err = domain_config_load(xm, s->domid, &config);

    if (!err)
        err = domain_release_devices(xm, s->domid);
    if (err)
        return err;
    uuid_generate(uuid);
    vm = pool_printf(&xm->pool, "/vm/%s", uuid_format(&xm->pool, uuid));
    store_remove(&batch, store_read(xm, "/local/domain/%u/vm", s->domid));
    store_make(&batch, vm, (struct store_access){ 0, s->domid });
    store_put(&batch, pool_printf(&xm->pool, "%s/uuid", vm), "%s", uuid_format(&xm->pool, uuid));
    store_put(&batch, pool_printf(&xm->pool, "%s/name", vm), "%s-%u", name, s->domid);
    store_put(&batch, pool_printf(&xm->pool, "/local/domain/%u/vm", s->domid), "%s", vm);
    store_put(&batch, pool_printf(&xm->pool, "/local/domain/%u/name", s->domid), "%s-%u", name, s->domid);
    err = xc_domain_set_handle(xm->xc, (domid_t)s->domid, uuid);
    if (!err)
        err = store_commit(&batch);
    note("the dead domain is kept as %s-%u", name, s->domid);
    return err ? err : start_again(s, &config);
}

/* Between the two domains nobody has the name: whoever wants to end the one that will have it is to know of it. */
static int succeed(struct supervision *s, int (*make_successor)(struct supervision *s))
{
    uint32_t old = s->domid;
    int err;

    domain_mark_restart(s->xm, old, true);
    err = make_successor(s);
    domain_mark_restart(s->xm, old, false);
    return err;
}

static int act(struct supervision *s, enum shutdown_action action)
{
    switch (action) {
    case ACTION_RESTART:
        return succeed(s, restart);
    case ACTION_RENAME_RESTART:
        return succeed(s, rename_restart);
    case ACTION_PRESERVE:
        note("kept as it is: xm destroy %s removes it", domain_name(s->xm, s->domid));
        return -ECANCELED;
    default:
        domain_teardown(s->xm, s->domid, false);
        return -ECANCELED;
    }
}

/* Whoever had the lock before may have destroyed the domain: what that one ended is not to be revived. */
static int act_on_end(struct supervision *s)
{
    struct xen_domctl_getdomaininfo info;
    struct domain_config config;
    enum shutdown_event event;
    int err;

    if (xc_domain_info(s->xm->xc, (domid_t)s->domid, &info) || (info.flags & XEN_DOMINF_dying) ||
        !(info.flags & XEN_DOMINF_shutdown)) {
        note("domain %u was destroyed", s->domid);
        return -ESRCH;
    }
    if (xc_info_shutdown_reason(&info) == SHUTDOWN_suspend) {
        note("domain %u is suspended; whoever asked for that goes on with it", s->domid);
        return -ECANCELED;
    }
    err = domain_config_load(s->xm, s->domid, &config);
    if (err)
        return err;
    event = shutdown_event_of(xc_info_shutdown_reason(&info));
    note("domain %u (%s) %s: %s", s->domid, config.name, event_name(event), action_name(config.on[event]));
    return act(s, config.on[event]);
}

/* One life of the domain. 0 if there is another to watch, -errno if that was the last. */
static int watch_life(struct supervision *s)
{
    int err = domain_wait_shutdown(s->xm, s->domid, WAIT_FOREVER), lock;

    if (err) {
        fail_errno(err, "lost the store");
        return err;
    }
    lock = domain_lock(s->xm, s->domid);
    err = lock < 0 ? lock : act_on_end(s);
    domain_unlock(lock);
    return err;
}

/* The command `supervise`. */
int cmd_supervise(struct xm *xm, int argc, char **argv)
{
    struct supervision s = { .xm = xm, .started = uptime_clock() };
    int err;

    if (argc != 2)
        return bad_usage(argv[0]);
    if (domain_find(xm, argv[1], &s.domid))
        return 1;
    signal(SIGPIPE, SIG_IGN);
    note("watching domain %u (%s)", s.domid, domain_name(xm, s.domid));
    do {
        err = watch_life(&s);
        /* What a life took from the pool is given back, the handles stay. */
        pool_free(&xm->pool);
    } while (!err);
    return err == -ECANCELED || err == -ESRCH ? 0 : 1;
}
