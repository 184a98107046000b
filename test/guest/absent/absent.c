/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What docs/hypercalls.md lists as refused is refused with the error it says, whatever comes with it. Debian's hypervisor
 * has some of it, or has other errors.
 */
#include "test.h"

#include <public/arch-x86/xen-mca.h>
#include <public/callback.h>
#include <public/errno.h>
#include <public/memory.h>

#define RESET_CONT 14       /* EVTCHNOP_reset_cont: in the header for hypervisors only */

static void hypercalls(void)
{
    static const unsigned int numbers[] = {
        __HYPERVISOR_xsm_op, __HYPERVISOR_xenoprof_op, __HYPERVISOR_hvm_op, __HYPERVISOR_kexec_op,
        __HYPERVISOR_tmem_op, __HYPERVISOR_argo_op, __HYPERVISOR_xenpmu_op, __HYPERVISOR_dm_op, __HYPERVISOR_hypfs_op,
        __HYPERVISOR_arch_1, __HYPERVISOR_arch_2, __HYPERVISOR_arch_3, __HYPERVISOR_arch_4, __HYPERVISOR_arch_5,
        __HYPERVISOR_arch_6, __HYPERVISOR_arch_7,
    };

    for (unsigned int i = 0; i < ARRAY_SIZE(numbers); i++) {
        CHECK_EQ(seen_call(numbers[i], 0, 0, 0, 0, 0), -XEN_ENOSYS);
        CHECK_EQ(seen_call(numbers[i], HYPERVISOR_ADDRESS, ~0ul, ~0ul, ~0ul, ~0ul), -XEN_ENOSYS);
    }
}

/* Each with nothing at its pointer, and with zeroes. */
static void memory_operations(void)
{
    static const struct {
        unsigned int operation;
        long error;
    } refused[] = {
        { XENMEM_add_to_physmap, -XEN_EACCES }, { XENMEM_add_to_physmap_batch, -XEN_EACCES },
        { XENMEM_remove_from_physmap, -XEN_EACCES }, { XENMEM_set_pod_target, -XEN_EINVAL },
        { XENMEM_get_pod_target, -XEN_EINVAL }, { XENMEM_paging_op, -XEN_EOPNOTSUPP },
        { XENMEM_access_op, -XEN_EOPNOTSUPP }, { XENMEM_sharing_op, -XEN_EOPNOTSUPP },
        { XENMEM_get_vnumainfo, -XEN_EOPNOTSUPP },
    };
    char *zeroes = page_alloc();

    for (unsigned int i = 0; i < ARRAY_SIZE(refused); i++)
        CHECK_EQ(HYPERCALL(memory_op, refused[i].operation, zeroes), refused[i].error);
}

static void operations(void)
{
    struct mmuext_op op = { .cmd = MMUEXT_MARK_SUPER };
    struct callback_register sysenter = { .type = CALLBACKTYPE_sysenter_deprecated, .address = CALLBACK_TO(event_upcall) };
    struct callback_unregister gone = { .type = CALLBACKTYPE_sysenter_deprecated };

    CHECK_EQ(HYPERCALL(mmuext_op, &op, 1, 0, DOMID_SELF), -XEN_EOPNOTSUPP);
    op.cmd = MMUEXT_UNMARK_SUPER;
    CHECK_EQ(HYPERCALL(mmuext_op, &op, 1, 0, DOMID_SELF), -XEN_EOPNOTSUPP);
    CHECK_EQ(HYPERCALL(callback_op, CALLBACKOP_register, &sysenter), -XEN_ENOSYS);
    CHECK_EQ(HYPERCALL(callback_op, CALLBACKOP_unregister, &gone), -XEN_ENOSYS);
    CHECK_EQ(HYPERCALL(event_channel_op, RESET_CONT, page_alloc()), -XEN_ENOSYS);
}

static void machine_checks(void)
{
    static const uint32_t refused[] = { XEN_MC_msrinject, XEN_MC_mceinject, XEN_MC_inject_v2 };
    static xen_mc_t op;

    for (unsigned int i = 0; i < ARRAY_SIZE(refused); i++) {
        op = (xen_mc_t){ .cmd = refused[i], .interface_version = XEN_MCA_INTERFACE_VERSION };
        CHECK_EQ(HYPERCALL(mca, &op), -XEN_ENOSYS);
    }
}

/* Operations that nobody has defined, next to the last one and far away. */
static void unknown(void)
{
    CHECK_EQ(HYPERCALL(vm_assist, VMASST_CMD_enable, 31), -XEN_EINVAL);
    CHECK_EQ(HYPERCALL(vm_assist, VMASST_CMD_enable, ~0u), -XEN_EINVAL);
    CHECK_EQ(HYPERCALL(vm_assist, 77, VMASST_TYPE_writable_pagetables), -XEN_ENOSYS);
    CHECK_EQ(HYPERCALL(nmi_op, 77, 0), -XEN_ENOSYS);
    CHECK_EQ(HYPERCALL(sched_op, 8, 0), -XEN_ENOSYS);
    CHECK_EQ(HYPERCALL(sched_op, ~0u, 0), -XEN_ENOSYS);
    CHECK_EQ(HYPERCALL(sched_op_compat, 3, 0), -XEN_ENOSYS);
    CHECK_EQ(HYPERCALL(callback_op, 77, 0), -XEN_ENOSYS);
    CHECK_EQ(HYPERCALL(console_io, 77, 0, 0), -XEN_ENOSYS);
}

static void ours(void (*test)(void))
{
    if (tells_why())
        test();
    else
        skip("for this project's hypervisor");
}

#define OURS(test) static void our_##test(void) { ours(test); }
OURS(hypercalls)
OURS(memory_operations)
OURS(operations)
OURS(machine_checks)

const struct test tests[] = {
    { "absent.hypercalls", our_hypercalls },
    { "absent.memory_operations", our_memory_operations },
    { "absent.operations", our_operations },
    { "absent.machine_checks", our_machine_checks },
    { "absent.unknown", unknown },
    { NULL, NULL },
};
