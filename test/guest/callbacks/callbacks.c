/* SPDX-License-Identifier: GPL-2.0-only */
/* callback_op, nmi_op, set_callbacks, set_trap_table: each handler registered, taken away, and refused. */
#include "test.h"

#include <public/callback.h>
#include <public/errno.h>
#include <public/nmi.h>
#include <public/vcpu.h>

#define NMI_VECTOR 2

static unsigned int nmis;

static bool count_nmi(struct frame *frame)
{
    nmis += frame->vector == NMI_VECTOR;
    return frame->vector == NMI_VECTOR;
}

static long register_type(unsigned int type, const char *entry)
{
    struct callback_register r = { .type = type, .address = CALLBACK_TO(entry) };

    return HYPERCALL(callback_op, CALLBACKOP_register, &r);
}

static long unregister_type(unsigned int type)
{
    struct callback_unregister u = { .type = type };

    return HYPERCALL(callback_op, CALLBACKOP_unregister, &u);
}

static void types(void)
{
    static const unsigned int all[] = { CALLBACKTYPE_sysenter, CALLBACKTYPE_syscall32, CALLBACKTYPE_syscall,
                                        CALLBACKTYPE_failsafe, CALLBACKTYPE_event };

    for (unsigned int i = 0; i < ARRAY_SIZE(all); i++) {
        CHECK_EQ(register_type(all[i], syscall_entry), 0);
        CHECK_EQ(unregister_type(all[i]), -XEN_EINVAL);     /* a kernel has these for good */
    }
    install_traps();
    CHECK_EQ(register_type(6, syscall_entry), -XEN_ENOSYS);
    CHECK_EQ(register_type(8, syscall_entry), -XEN_ENOSYS);
    CHECK_EQ(register_type(0xffff, syscall_entry), -XEN_ENOSYS);
    CHECK_EQ(unregister_type(6), -XEN_ENOSYS);
    CHECK_EQ(HYPERCALL(callback_op, 2, 0), -XEN_ENOSYS);
    CHECK_EQ(HYPERCALL(callback_op, ~0u, 0), -XEN_ENOSYS);
}

static void take_nmi(void)
{
    frame_hook = count_nmi;
    CHECK_EQ(HYPERCALL(vcpu_op, VCPUOP_send_nmi, 0, 0), 0);
    HYPERCALL(xen_version, 0, 0);
}

/* One comes while a handler is there, and none after it was taken away. */
static void nmi(void)
{
    nmis = 0;
    CHECK_EQ(register_type(CALLBACKTYPE_nmi, (const char *)STUB(NMI_VECTOR)), 0);
    take_nmi();
    CHECK_EQ(nmis, 1);
    CHECK_EQ(unregister_type(CALLBACKTYPE_nmi), 0);
    CHECK_EQ(unregister_type(CALLBACKTYPE_nmi), 0);
}

static void old_nmi(void)
{
    struct xennmi_callback to = { .handler_address = STUB(NMI_VECTOR) };

    nmis = 0;
    CHECK_EQ(HYPERCALL(nmi_op, XENNMI_register_callback, &to), 0);
    take_nmi();
    CHECK_EQ(nmis, 1);
    CHECK_EQ(HYPERCALL(nmi_op, XENNMI_unregister_callback, 0), 0);
    CHECK_EQ(HYPERCALL(nmi_op, XENNMI_unregister_callback, HYPERVISOR_ADDRESS), 0);     /* no argument, none there */
    CHECK_EQ(HYPERCALL(nmi_op, XENNMI_register_callback, 0), -XEN_EFAULT);
    CHECK_EQ(HYPERCALL(nmi_op, XENNMI_register_callback, HYPERVISOR_ADDRESS), -XEN_EFAULT);
    CHECK_EQ(HYPERCALL(nmi_op, 2, 0), -XEN_ENOSYS);
}

/* Entries before one that can't be read stay; a table that never ends is one that can't be read at last. */
static void trap_table(void)
{
    struct trap_info *traps = (struct trap_info *)page_alloc();
    char *next = page_alloc();
    const unsigned int n = PAGE_SIZE / sizeof(*traps);

    CHECK_EQ(next - (char *)traps, PAGE_SIZE);
    CHECK_EQ(remap(next, 0), 0);
    for (unsigned int i = 0; i < n; i++)
        traps[i] = (struct trap_info){ .vector = 3, .flags = 3, .cs = FLAT_KERNEL_CS, .address = STUB(3) };
    CHECK_EQ(HYPERCALL(set_trap_table, traps), -XEN_EFAULT);
    traps[n - 1].address = 0;
    CHECK_EQ(HYPERCALL(set_trap_table, traps), 0);
    CHECK_EQ(HYPERCALL(set_trap_table, HYPERVISOR_ADDRESS), -XEN_EFAULT);
    CHECK_EQ(HYPERCALL(set_trap_table, 0), 0);
    install_traps();
    CHECK_EQ(remap(next, PTE_DATA), 0);
}

#ifdef __x86_64__
#define EVENT_AND_FAILSAFE event_upcall, failsafe, syscall_entry
#else
#define EVENT_AND_FAILSAFE FLAT_KERNEL_CS, event_upcall, FLAT_KERNEL_CS, failsafe
#endif

static void set_callbacks(void)
{
    CHECK_EQ(HYPERCALL(set_callbacks, EVENT_AND_FAILSAFE), 0);
}

#ifdef __x86_64__
/* An address that isn't canonical must not come near a return from the hypervisor. */
static void not_canonical(void)
{
    static const unsigned long bad[] = { 1ul << 47, 1ul << 63, 0xffff7fffffffffff };
    struct trap_info traps[2] = { { .vector = 3, .cs = FLAT_KERNEL_CS } };

    for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
        const char *at = (const char *)bad[i];
        struct xennmi_callback to = { .handler_address = bad[i] };

        for (unsigned int type = 0; type < 8; type++)
            if (type != CALLBACKTYPE_sysenter_deprecated && type != 6)
                CHECK_EQ(register_type(type, at), -XEN_EINVAL);
        if (tells_why()) {      /* Debian's hypervisor gives 0 */
            CHECK_EQ(HYPERCALL(set_callbacks, at, failsafe, syscall_entry), -XEN_EINVAL);
            CHECK_EQ(HYPERCALL(set_callbacks, event_upcall, at, syscall_entry), -XEN_EINVAL);
            CHECK_EQ(HYPERCALL(set_callbacks, event_upcall, failsafe, at), -XEN_EINVAL);
        }
        CHECK_EQ(HYPERCALL(nmi_op, XENNMI_register_callback, &to), -XEN_EINVAL);
        traps[0].address = bad[i];
        CHECK_EQ(HYPERCALL(set_trap_table, traps), -XEN_EINVAL);
    }
}
#endif

const struct test tests[] = {
    { "callbacks.types", types },
    { "callbacks.nmi", nmi },
    { "callbacks.old_nmi", old_nmi },
    { "callbacks.trap_table", trap_table },
    { "callbacks.set_callbacks", set_callbacks },
#ifdef __x86_64__
    { "callbacks.not_canonical", not_canonical },
#endif
    { NULL, NULL },
};
