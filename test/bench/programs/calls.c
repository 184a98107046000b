/* SPDX-License-Identifier: GPL-2.0-only */
/* System calls that do little, and signals. */
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"

static void null_call(void)
{
    syscall(SYS_getppid);
}

static void stat_file(void)
{
    struct stat s;

    need(!stat("/init", &s), "stat");
}

static void open_close(void)
{
    int fd = open("/init", O_RDONLY);

    need(fd >= 0, "open");
    close(fd);
}

void calls(void)
{
    cost("null_call", null_call, 1000, 1);
    cost("stat", stat_file, 200, 1);
    cost("open_close", open_close, 200, 1);
}

static void handler(int number)
{
    (void)number;
}

static void signal_install(void)
{
    signal(SIGUSR1, handler);
}

static void signal_deliver(void)
{
    syscall(SYS_kill, 1, SIGUSR1);
}

void signals(void)
{
    cost("signal_install", signal_install, 200, 1);
    cost("signal_deliver", signal_deliver, 200, 1);
}
