/* SPDX-License-Identifier: GPL-2.0-only */
/* System control, the architecture's share: what the processors can do. */
#include <xen/guest.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <public/sysctl.h>
#include <asm/processor.h>
#include <asm/pv.h>

/* Feature words in the order of the ABI. */
enum reg { EAX, EBX, ECX, EDX };
static const struct { uint32_t leaf, subleaf; enum reg reg; } feature_words[] = {
    { 1, 0, EDX }, { 1, 0, ECX }, { 0x80000001, 0, EDX }, { 0x80000001, 0, ECX }, { 0xd, 1, EAX },
    { 7, 0, EBX }, { 7, 0, ECX }, { 0x80000007, 0, EDX }, { 0x80000008, 0, EBX }, { 7, 0, EDX },
    { 7, 1, EAX }, { 0x80000021, 0, EAX }, { 7, 1, EBX }, { 7, 2, EDX },
};

static uint32_t machine_word(unsigned i)
{
    uint32_t r[4] = { 0 }, leaf = feature_words[i].leaf;

    if (leaf <= (leaf >> 31 ? boot_cpu.max_ext_leaf : boot_cpu.max_leaf))
        cpuid(leaf, feature_words[i].subleaf, &r[EAX], &r[EBX], &r[ECX], &r[EDX]);
    return r[feature_words[i].reg];
}

static uint32_t pv_word(unsigned i)
{
    unsigned nr;
    const struct xen_cpuid_leaf *l = cpuid_policy_max(&nr);

    for (; nr; nr--, l++)
        if (l->leaf == feature_words[i].leaf &&
            (l->subleaf == XEN_CPUID_NO_SUBLEAF || l->subleaf == feature_words[i].subleaf)) {
            const uint32_t r[4] = { l->a, l->b, l->c, l->d };

            return r[feature_words[i].reg];
        }
    return 0;
}

static void hardware_capabilities(struct xen_sysctl_physinfo *p)
{
    for (unsigned i = 0; i < ARRAY_SIZE(p->hw_cap); i++)
        p->hw_cap[i] = machine_word(i);
}

static long feature_set(struct xen_sysctl_cpu_featureset *op)
{
    bool machine = op->index == XEN_SYSCTL_cpu_featureset_raw || op->index == XEN_SYSCTL_cpu_featureset_host;
    unsigned nr = min(op->nr_features, (uint32_t)ARRAY_SIZE(feature_words));

    if (op->index > XEN_SYSCTL_cpu_featureset_hvm_max)
        return refuse(-EINVAL, "get_cpu_featureset: unknown set");
    if (op->index == XEN_SYSCTL_cpu_featureset_hvm || op->index == XEN_SYSCTL_cpu_featureset_hvm_max)
        return refuse(-EOPNOTSUPP, "get_cpu_featureset: no HVM guests");
    if (guest_handle_is_null(op->features)) {
        op->nr_features = ARRAY_SIZE(feature_words);
        return 0;
    }
    for (unsigned i = 0; i < nr; i++) {
        uint32_t word = machine ? machine_word(i) : pv_word(i);

        if (copy_to_guest_offset(op->features, i, &word, 1))
            return -EFAULT;
    }
    op->nr_features = nr;
    return nr < ARRAY_SIZE(feature_words) ? -ENOBUFS : 0;
}

static long cpu_policy(struct xen_sysctl_cpu_policy *op)
{
    unsigned nr;
    const struct xen_cpuid_leaf *leaves = cpuid_policy_max(&nr);

    if (op->index > XEN_SYSCTL_cpu_policy_hvm_default)
        return refuse(-EINVAL, "get_cpu_policy: unknown policy");
    if (op->index == XEN_SYSCTL_cpu_policy_hvm_max || op->index == XEN_SYSCTL_cpu_policy_hvm_default)
        return refuse(-EOPNOTSUPP, "get_cpu_policy: no HVM guests");
    if (guest_handle_is_null(op->leaves)) {
        op->nr_leaves = NR_CPUID_LEAVES;
        op->nr_msrs = 0;
        return 0;
    }
    if (op->nr_leaves < nr)
        return -ENOBUFS;
    if (copy_to_guest(op->leaves, leaves, nr))
        return -EFAULT;
    op->nr_leaves = nr;
    op->nr_msrs = 0;
    return 0;
}

/* physinfo: only what is the architecture's, the rest is filled in. */
long arch_do_sysctl(struct xen_sysctl *op, bool *copyback)
{
    *copyback = true;
    switch (op->cmd) {
    case XEN_SYSCTL_physinfo:               hardware_capabilities(&op->u.physinfo); return 0;
    case XEN_SYSCTL_get_cpu_levelling_caps: op->u.cpu_levelling_caps.caps = 0; return 0;
    case XEN_SYSCTL_get_cpu_featureset:     return feature_set(&op->u.cpu_featureset);
    case XEN_SYSCTL_get_cpu_policy:         return cpu_policy(&op->u.cpu_policy);
    default:
        *copyback = false;
        return refuse(-ENOSYS, "sysctl: unknown command");
    }
}
