/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon.h"

static void wait_for_daemon(int fd)
{
    char byte;
    ssize_t length;

    do
        length = read(fd, &byte, 1);
    while (length < 0 && errno == EINTR);
    _exit(length == 1 ? 0 : 1);
}

/* See daemon.h. */
int daemon_start(int *ready)
{
    int pipe_fds[2];
    pid_t pid;

    if (pipe2(pipe_fds, O_CLOEXEC))
        return -errno;
    pid = fork();
    if (pid < 0)
        return -errno;
    if (pid) {
        close(pipe_fds[1]);
        wait_for_daemon(pipe_fds[0]);
    }
    close(pipe_fds[0]);
    setsid();
    /* A session's leader could get a terminal by opening one; its child can't. */
    pid = fork();
    if (pid)
        _exit(pid < 0);
    *ready = pipe_fds[1];
    return chdir("/") ? -errno : 0;
}

/* See daemon.h. */
void daemon_ready(int ready)
{
    int null;

    if (ready < 0)
        return;
    null = open("/dev/null", O_RDWR);
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    if (null > STDERR_FILENO)
        close(null);
    if (write(ready, "", 1) == 1)
        close(ready);
}

/* See daemon.h. */
int pid_file_take(const char *path)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    char *dir = strdup(path), *slash = dir ? strrchr(dir, '/') : NULL;
    int fd, err = 0;

    if (slash && slash != dir) {
        *slash = '\0';
        make_directories(dir);
    }
    free(dir);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0 || fcntl(fd, F_SETLK, &lock)) {
        err = -errno;
        fprintf(stderr, "xenconsoled: %s: %s\n", path,
                fd >= 0 && (err == -EAGAIN || err == -EACCES) ? "another one is running" : strerror(-err));
        return err;
    }
    /* The descriptor, and so the lock, stays open to the end. */
    if (ftruncate(fd, 0) || dprintf(fd, "%d\n", (int)getpid()) < 0)
        err = -errno;
    return err;
}

/* See daemon.h. */
int make_directories(const char *path)
{
    char *copy = strdup(path);
    int err = copy ? 0 : -1;

    for (char *slash = copy; !err && slash; ) {
        slash = strchr(slash + 1, '/');
        if (slash)
            *slash = '\0';
        err = mkdir(copy, 0755) && errno != EEXIST ? -1 : 0;
        if (slash)
            *slash = '/';
    }
    free(copy);
    return err;
}
