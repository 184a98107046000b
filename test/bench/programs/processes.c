/* SPDX-License-Identifier: GPL-2.0-only */
/* Processes that come and go, and what is made of them: a script and a compiler. */
#include <stddef.h>
#include <unistd.h>

#include "bench.h"

static void fork_exit(void)
{
    if (!fork())
        _exit(0);
    reap();
}

static void run(const char *program, char *const arguments[])
{
    if (!fork()) {
        execv(program, arguments);
        _exit(1);
    }
    reap();
}
#define RUN(program, ...) run(program, (char *[]){ program, __VA_ARGS__, NULL })

/* This program again, which ends at once then. */
static void fork_exec(void)
{
    RUN("/init", "exit");
}

/* The shell starts a process for the program, for it has more to do after that. */
static void fork_shell(void)
{
    RUN("/bin/sh", "-c", "/init exit; exit $?");
}

void processes(void)
{
    cost("fork_exit", fork_exit, 10, 1);
    cost("fork_exec", fork_exec, 10, 1);
    cost("fork_sh", fork_shell, 5, 1);
}

static void script(void)
{
    RUN("/bin/sh", "/bench/script");
}

static void compile(void)
{
    RUN("/usr/bin/tcc", "-nostdinc", "-c", "-o", "/bench/sample.o", "/bench/sample.c");
}

void workloads(void)
{
    cost("script", script, 1, 1);
    cost("compile", compile, 1, 1);
}
