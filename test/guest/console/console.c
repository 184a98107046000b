/* SPDX-License-Identifier: GPL-2.0-only */
/* console_io as domain 0 uses it from its first moment. */
#include "child.h"
#include "test.h"

#include <public/errno.h>
#include <public/sched.h>

static struct child child;

static void write(void)
{
    static char text[] = "sixteen letters\n";

    CHECK_EQ(HYPERCALL(console_io, CONSOLEIO_write, sizeof(text) - 1, text), 0);
    CHECK_EQ(HYPERCALL(console_io, CONSOLEIO_write, 0, text), 0);
}

static void read(void)
{
    char buffer[16];

    CHECK_EQ(HYPERCALL(console_io, CONSOLEIO_read, sizeof(buffer), buffer), 0);     /* nobody typed */
}

static void refusals(void)
{
    char letter = '.';

    CHECK_EQ(HYPERCALL(console_io, CONSOLEIO_read, ~0u, &letter), -XEN_E2BIG);
    CHECK_EQ(HYPERCALL(console_io, 9, 1, 0x1000), -XEN_ENOSYS);
    CHECK_EQ(HYPERCALL(console_io, CONSOLEIO_write, 8, 0x1000), -XEN_EFAULT);
    CHECK_EQ(HYPERCALL(console_io, CONSOLEIO_write, 8, HYPERVISOR_ADDRESS), -XEN_EFAULT);
}

static void ask_as_child(void *unused)
{
    char buffer[16];

    CHECK_EQ(HYPERCALL(console_io, CONSOLEIO_read, sizeof(buffer), buffer), -XEN_EPERM);
}

/* What is typed is domain 0's. */
static void unprivileged(void)
{
    CHECK_EQ(child_run(&child, ask_as_child, NULL), SHUTDOWN_poweroff);
    CHECK(child_destroy(&child));
}

const struct test tests[] = {
    { "console.write", write },
    { "console.read", read },
    { "console.refusals", refusals },
    { "console.unprivileged", unprivileged },
    { NULL, NULL },
};
