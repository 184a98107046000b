/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "domain.h"
#include "hotplug.h"

#define SCRIPT_DIR          "/etc/xen/scripts"
#define SCRIPT_TIMEOUT_MS   60000
#define LINK_TIMEOUT_MS     5000

/* See hotplug.h. */
char *hotplug_script(struct xm *xm, const char *name)
{
    return strchr(name, '/') ? pool_strdup(&xm->pool, name) : pool_printf(&xm->pool, SCRIPT_DIR "/%s", name);
}

/* The backend says InitWait a moment before the kernel makes its network interface: wait for the
   announcement. */
static int wait_for_interface(const char *name)
{
    struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK };
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), err = 0;
    struct pollfd pollfd = { .fd = fd, .events = POLLIN };
    char drain[8192];

    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)))
        err = -errno;
    while (!err && !if_nametoindex(name)) {
        int ready = poll(&pollfd, 1, LINK_TIMEOUT_MS);

        if (!ready)
            err = -ETIMEDOUT;
        else if (ready > 0 && recv(fd, drain, sizeof(drain), MSG_DONTWAIT) < 0 && errno != ENOBUFS &&
                 errno != EAGAIN)
            err = -errno;
    }
    if (fd >= 0)
        close(fd);
    return err;
}

static void describe(struct xm *xm, const struct device *device, const char *script)
{
    const char *kind = device_kind_name(device->kind);

    setenv("script", script, 1);
    setenv("XENBUS_TYPE", kind, 1);
    setenv("XENBUS_BASE_PATH", "backend", 1);
    setenv("XENBUS_PATH", pool_printf(&xm->pool, "backend/%s/%u/%u", kind, device->frontend, device->devid),
           1);
    if (device->kind == DEVICE_VIF) {
        setenv("vif", pool_printf(&xm->pool, "vif%u.%u", device->frontend, device->devid), 1);
        setenv("type_if", "vif", 1);
    }
}

/* A script that has told its reason by the store is not reported here as well. */
static int await_script(struct xm *xm, const struct device *device, pid_t pid, const char *script,
                        const char *verb)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, 0), status;
    struct pollfd pollfd = { .fd = fd, .events = POLLIN };
    int ready = 1;
    bool late;

    if (fd >= 0) {
        do
            ready = poll(&pollfd, 1, SCRIPT_TIMEOUT_MS);
        while (ready < 0 && errno == EINTR);
        close(fd);
    }
    late = !ready;
    /* With all it has started: the group is its own. */
    if (late)
        kill(-pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -errno;
    if (late) {
        fail("%s %s has not ended within %d seconds", script, verb, SCRIPT_TIMEOUT_MS / 1000);
        return -ETIMEDOUT;
    }
    if (WIFEXITED(status) && !WEXITSTATUS(status))
        return 0;
    if (store_read(xm, "%s/hotplug-error", device_backend_path(xm, device)))
        return -EIO;
    if (WIFEXITED(status))
        fail("%s %s has failed (status %d)", script, verb, WEXITSTATUS(status));
    else
        fail("%s %s was killed by signal %d", script, verb, WTERMSIG(status));
    return -EIO;
}

static int run_script(struct xm *xm, const struct device *device, const char *script, const char *verb)
{
    pid_t pid = fork();
    sigset_t none;

    if (pid < 0)
        return -errno;
    if (!pid) {
        setpgid(0, 0);
        describe(xm, device, script);
        signal(SIGPIPE, SIG_DFL);
        /* domain_teardown() holds signals off; what the script starts shall not. */
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        execl(script, script, verb, (char *)NULL);
        fprintf(stderr, "xm: can't run %s: %s\n", script, strerror(errno));
        _exit(127);
    }
    /* By both, as it is not known who comes first. */
    setpgid(pid, pid);
    return await_script(xm, device, pid, script, verb);
}

/* See hotplug.h. */
int hotplug_run(struct xm *xm, const struct device *device, bool up)
{
    bool vif = device->kind == DEVICE_VIF;
    const char *verb = vif ? (up ? "online" : "offline") : up ? "add" : "remove", *script;
    char *interface;
    int err, lock;

    script = store_read(xm, "%s/script", device_backend_path(xm, device));
    if (device->backend || !script || (!up && access(script, X_OK)))
        return 0;
    interface = pool_printf(&xm->pool, "vif%u.%u", device->frontend, device->devid);
    if (vif && up) {
        err = wait_for_interface(interface);
        if (err) {
            fail_errno(err, "the network interface %s has not appeared", interface);
            return err;
        }
    }
    progress("%s %s (%s of domain %u)", script, verb, device_kind_name(device->kind), device->frontend);
    /* Scripts look for a free loop device, for other users of a disk: one at a time. */
    lock = domain_lock(xm, LOCK_HOTPLUG);
    err = lock < 0 ? lock : run_script(xm, device, script, verb);
    domain_unlock(lock);
    return err;
}
