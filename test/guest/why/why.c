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
    { NULL, NULL },
};
