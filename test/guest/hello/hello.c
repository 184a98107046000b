/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The smallest: the hypervisor enters the kernel, hypercalls work, the console prints, the machine resets.
 * The first to try while bringing a hypervisor up.
 */
#include "test.h"

#include <public/version.h>

static void prints(void)
{
    print("hello from a virtual machine\n");
}

static void hypercall_answers(void)
{
    CHECK_EQ(HYPERCALL(xen_version, XENVER_version, 0) >> 16, 4);
}

const struct test tests[] = {
    { "hello.prints", prints },
    { "hello.hypercall_answers", hypercall_answers },
    { NULL, NULL },
};
