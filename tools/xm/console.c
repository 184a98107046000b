/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "command.h"
#include "console.h"
#include "domain.h"
#include "store.h"

#define TTY_TIMEOUT_MS  30000       /* a busy machine may take its time */
#define ESCAPE          '\x1d'      /* ^] */

static int has_tty(struct xm *xm, void *arg)
{
    const uint32_t *domid = arg;
    const char *tty = store_read(xm, "/local/domain/%u/console/tty", *domid);

    return tty && *tty;
}

static int open_tty(struct xm *xm, uint32_t domid)
{
    const char *path = pool_printf(&xm->pool, "/local/domain/%u/console/tty", domid), *tty;
    int err = store_wait(xm, &path, 1, TTY_TIMEOUT_MS, has_tty, &domid), fd;

    if (err && err != -ETIMEDOUT) {
        fail_errno(err, "can't wait for the console of domain %u", domid);
        return err;
    }
    if (err) {
        fail("the console of domain %u is served by nobody", domid);
        hint("is the console daemon running? systemctl start xenconsoled, or /etc/init.d/xencommons start");
        return -ENXIO;
    }
    tty = store_read(xm, "%s", path);
    if (!tty || strncmp(tty, "/dev/", 5)) {
        fail("the console of domain %u has a strange name: %s", domid, tty ? tty : "(none)");
        return -ENXIO;
    }
    fd = open(tty, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        err = -errno;
        fail_errno(err, "can't open %s, the console of domain %u", tty, domid);
        if (err == -ENOENT)
            hint("is the console daemon running? systemctl start xenconsoled, or "
                 "/etc/init.d/xencommons start");
        return err;
    }
    return fd;
}

static bool write_all(int fd, const char *data, size_t length)
{
    while (length) {
        ssize_t done = write(fd, data, length);

        if (done < 0 && errno != EINTR)
            return false;
        if (done > 0) {
            data += done;
            length -= (size_t)done;
        }
    }
    return true;
}

/* Passes on what there is. False when it is over: the end of the data, or ^] from the keyboard. */
static bool pass_on(int from, int to, bool keyboard)
{
    char data[4096], *escape;
    ssize_t length = read(from, data, sizeof(data));

    if (length < 0 && (errno == EINTR || errno == EAGAIN))
        return true;
    if (length <= 0)
        return false;
    escape = keyboard ? memchr(data, ESCAPE, (size_t)length) : NULL;
    return write_all(to, data, escape ? (size_t)(escape - data) : (size_t)length) && !escape;
}

static void relay(int tty)
{
    struct pollfd fds[2] = { { .fd = STDIN_FILENO, .events = POLLIN }, { .fd = tty, .events = POLLIN } };

    while (poll(fds, 2, -1) >= 0 || errno == EINTR) {
        if (fds[1].revents && !pass_on(tty, STDOUT_FILENO, false))
            return;
        if (fds[0].revents && !pass_on(STDIN_FILENO, tty, isatty(STDIN_FILENO))) {
            if (isatty(STDIN_FILENO))
                return;
            /* Input from a file or a pipe has been sent: go on showing what the guest says. */
            fds[0].fd = -1;
        }
    }
}

/* See console.h. */
int console_attach(struct xm *xm, uint32_t domid, int (*ready)(struct xm *xm, uint32_t domid))
{
    struct termios before, raw;
    bool terminal = !tcgetattr(STDIN_FILENO, &before);
    int tty = open_tty(xm, domid), err;

    if (tty < 0)
        return tty;
    if (!tcgetattr(tty, &raw)) {
        cfmakeraw(&raw);
        tcsetattr(tty, TCSANOW, &raw);
    }
    err = ready ? ready(xm, domid) : 0;
    if (!err) {
        if (terminal) {
            raw = before;
            cfmakeraw(&raw);
            tcsetattr(STDIN_FILENO, TCSANOW, &raw);
        }
        relay(tty);
        if (terminal)
            tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
    }
    close(tty);
    return err;
}

/* The command `console`. */
int cmd_console(struct xm *xm, int argc, char **argv)
{
    uint32_t domid;

    if (argc != 2)
        return bad_usage(argv[0]);
    return domain_find(xm, argv[1], &domid) || console_attach(xm, domid, NULL) ? 1 : 0;
}
