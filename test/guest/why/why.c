/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reasons of refused requests: what is noted, how repeats are counted, that emulated instructions are told
 * apart.
 */
#include "test.h"

#include <public/errno.h>
#include <public/vcpu.h>

#define ROOM   8
#define NOBODY 99

static xen_why_note_t notes[ROOM];

static long ask(void)
{
    return ask_why(notes, ROOM);
}

static bool offered(void)
{
    bool yes = tells_why();

    if (!yes)
        skip("this hypervisor doesn't tell");
    return yes;
}

static void repeats(void)
{
    if (!offered())
        return;
    for (int i = 0; i < 5; i++)
        CHECK_EQ(HYPERCALL(vcpu_op, VCPUOP_up, NOBODY), -XEN_ENOENT);
    CHECK_EQ(HYPERCALL(xen_version, NOBODY), -XEN_ENOSYS);
    CHECK_EQ(HYPERCALL(vcpu_op, VCPUOP_up, NOBODY), -XEN_ENOENT);
    CHECK(ask() >= 3);
    CHECK_EQ(notes[0].times, 1);
    CHECK_EQ(notes[0].hypercall, __HYPERVISOR_vcpu_op);
    CHECK_EQ(notes[0].error, -XEN_ENOENT);
    CHECK_EQ(notes[1].hypercall, __HYPERVISOR_xen_version);
    CHECK_EQ(notes[2].times, 5);
    CHECK(!memcmp(notes[2].reason, "vcpu_op:", 8));
    CHECK(notes[0].when >= notes[2].when);
}

/* Of nobody, and to nowhere. */
static void hostile(void)
{
    xen_domctl_t op = { .cmd = XEN_DOMCTL_why, .interface_version = XEN_DOMCTL_INTERFACE_VERSION, .domain = DOMID_IO };
    struct xen_domctl_why *why = (void *)&op.u;

    if (!offered())
        return;
    why->nr = ROOM;
    set_xen_guest_handle(why->notes, notes);
    CHECK_EQ(HYPERCALL(domctl, &op), -XEN_ESRCH);
    CHECK_EQ(ask_why((xen_why_note_t *)0x1000, ROOM), -XEN_EFAULT);
    CHECK_EQ(ask_why((xen_why_note_t *)HYPERVISOR_ADDRESS, ~0u), -XEN_EFAULT);
    op.interface_version++;
    CHECK_EQ(HYPERCALL(domctl, &op), -XEN_EACCES);
}

static void load_dr7(void *value)
{
    asm volatile("mov %0, %%dr7" : : "r"(value));
}

static void instruction(void)
{
    struct fault fault;

    if (!offered())
        return;
    CHECK(probe(&fault, load_dr7, (void *)0x2000));
    CHECK_EQ(fault.frame.vector, 13);
    CHECK(ask() >= 1);
    CHECK_EQ(notes[0].hypercall, XEN_WHY_INSTRUCTION);
    CHECK_EQ(notes[0].error, -XEN_EPERM);
}

const struct test tests[] = {
    { "why.repeats", repeats },
    { "why.instruction", instruction },
    { "why.hostile", hostile },
    { NULL, NULL },
};
