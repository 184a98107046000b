/* SPDX-License-Identifier: GPL-2.0-only */
/* vm_assist: each type that the width has is switched on and off; commands and types that aren't are refused. */
#include "test.h"

#include <public/errno.h>

static const unsigned int both[] = {
    VMASST_TYPE_4gb_segments, VMASST_TYPE_4gb_segments_notify, VMASST_TYPE_writable_pagetables,
    VMASST_TYPE_pae_extended_cr3, VMASST_TYPE_architectural_iopl, VMASST_TYPE_runstate_update_flag,
};

/* Twice the same is as good as once. */
static void on_and_off(void)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(both); i++)
        for (unsigned int twice = 0; twice < 2; twice++) {
            CHECK_EQ(HYPERCALL(vm_assist, VMASST_CMD_disable, both[i]), 0);
            CHECK_EQ(HYPERCALL(vm_assist, VMASST_CMD_enable, both[i]), 0);
        }
    for (unsigned int i = 0; i < ARRAY_SIZE(both); i++)
        CHECK_EQ(HYPERCALL(vm_assist, VMASST_CMD_disable, both[i]), 0);
}

static void strict(void)
{
    CHECK_EQ(HYPERCALL(vm_assist, VMASST_CMD_enable, VMASST_TYPE_m2p_strict), 0);
    CHECK_EQ(HYPERCALL(vm_assist, VMASST_CMD_disable, VMASST_TYPE_m2p_strict), 0);
}

/* No number of a type makes the hypervisor write beside its bits. */
static void refusals(void)
{
    static const unsigned int types[] = { 6, 31, 33, 63, 64, 128, 0x7fffffff, ~0u };

    for (unsigned int i = 0; i < ARRAY_SIZE(types); i++) {
        CHECK_EQ(HYPERCALL(vm_assist, VMASST_CMD_enable, types[i]), -XEN_EINVAL);
        CHECK_EQ(HYPERCALL(vm_assist, VMASST_CMD_disable, types[i]), -XEN_EINVAL);
    }
    for (unsigned int i = 0; i < ARRAY_SIZE(both); i++)
        CHECK_EQ(HYPERCALL(vm_assist, 2, both[i]), -XEN_ENOSYS);
    CHECK_EQ(HYPERCALL(vm_assist, ~0u, VMASST_TYPE_m2p_strict), -XEN_ENOSYS);
}

const struct test tests[] = {
    { "assists.on_and_off", on_and_off },
    { "assists.strict", strict },
    { "assists.refusals", refusals },
    { NULL, NULL },
};
