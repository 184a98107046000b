/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What CPUID tells a paravirtual guest: a list of leaves per domain, at first the machine's own with what
 * such a guest can't use masked out, then what the tools set, never more than that maximum. The hypervisor's
 * own leaves and a few fields that change as the vcpu runs are added when asked.
 */
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <xen/version.h>
#include <public/arch-x86/cpuid.h>
#include <asm/processor.h>
#include <asm/pv.h>
#include <asm/speculation.h>
#include <asm/xstate.h>

#define NO_SUBLEAF      XEN_CPUID_NO_SUBLEAF
#define ALL             0xffffffffu
#define B(n)            (1u << (n))
#define LEAF_XEN        0x40000000u
#define LEAF_EXTENDED   0x80000000u
#define LEAF_XSTATE     0xd
#define MAX_BASIC       0xd
#define VIRTUAL_BITS    48      /* four levels of page tables */

#define L1C_XSAVE       B(26)
#define L1C_OSXSAVE     B(27)
#define L1C_HYPERVISOR  B(31)
#define L1D_SEP         B(11)
#define L1D_COMMON      0x0183f3ffu     /* repeated by AMD in 0x80000001 */
#define E7D_ITSC        B(8)
#define L7B_FSGSBASE    B(0)
#define E1C_LAHF        B(0)
#define E1D_SYSCALL     B(11)
#define E1D_LM          B(29)

/* fpu de tsc msr pae mce cx8 apic sep mca cmov pat clflush acpi mmx fxsr sse sse2 ss htt */
#define FEATURES_1D (B(0) | B(2) | B(4) | B(5) | B(6) | B(7) | B(8) | B(9) | B(11) | B(14) | B(15) | B(16) | \
                     B(19) | B(22) | B(23) | B(24) | B(25) | B(26) | B(27) | B(28))
/* sse3 pclmul ssse3 cx16 sse4.1 sse4.2 movbe popcnt aes rdrand, and what needs XSAVE: fma avx f16c */
#define FEATURES_1C (B(0) | B(1) | B(9) | B(13) | B(19) | B(20) | B(22) | B(23) | B(25) | B(30))
#define FEATURES_1C_XSAVE (L1C_XSAVE | B(12) | B(28) | B(29))
/*
 * fsgsbase bmi1 fdp_excptn bmi2 erms no_fpu_sel rdseed adx clflushopt clwb sha; avx2; avx512 f dq ifma pf er
 * cd bw vl
 */
#define FEATURES_7B (B(0) | B(3) | B(6) | B(8) | B(9) | B(13) | B(18) | B(19) | B(23) | B(24) | B(29))
#define FEATURES_7B_AVX (B(5))
#define FEATURES_7B_AVX512 (B(16) | B(17) | B(21) | B(26) | B(27) | B(28) | B(30) | B(31))
/* gfni rdpid cldemote movdiri movdir64b; vaes vpclmul; vbmi vbmi2 vnni bitalg vpopcntdq */
#define FEATURES_7C (B(8) | B(22) | B(25) | B(27) | B(28))
#define FEATURES_7C_AVX (B(9) | B(10))
#define FEATURES_7C_AVX512 (B(1) | B(6) | B(11) | B(12) | B(14))
/* fsrm serialize, and what speculation.c lets guests have */
#define FEATURES_7D (B(4) | B(14))
#define CONTROLS_7D (EDX7_MD_CLEAR | EDX7_IBRS_IBPB | EDX7_STIBP | EDX7_SSBD)
/* xsaveopt xsavec xgetbv1 */
#define FEATURES_DA (B(0) | B(1) | B(2))
/* lahf cmp_legacy abm sse4a misalignsse 3dnowprefetch tbm; xop fma4 */
#define FEATURES_E1C (B(0) | B(1) | B(5) | B(6) | B(7) | B(8) | B(21))
#define FEATURES_E1C_AVX (B(11) | B(16))
/* syscall nx mmxext rdtscp lm 3dnowext 3dnow */
#define FEATURES_E1D (B(11) | B(20) | B(22) | B(27) | B(29) | B(30) | B(31))
/* clzero rstr_fp_err_ptrs, likewise */
#define FEATURES_E8B (B(0) | B(2))
#define CONTROLS_E8B (EBX8_IBPB | EBX8_IBRS | EBX8_STIBP | EBX8_SSBD)

/*
 * Leaves a guest sees, and which bits of them; others read as zeros. Sub-leaves of 4 and 0x8000001d are added
 * up to the last.
 */
struct mask { uint32_t leaf, subleaf, a, b, c, d; };

static const struct mask masks[] = {
    { 0, NO_SUBLEAF, ALL, ALL, ALL, ALL },
    { 1, NO_SUBLEAF, ALL, 0x00ffff00, FEATURES_1C | FEATURES_1C_XSAVE, FEATURES_1D },
    { 2, NO_SUBLEAF, ALL, ALL, ALL, ALL },
    { 4, 0, ALL, ALL, ALL, ALL }, { 4, 1, ALL, ALL, ALL, ALL }, { 4, 2, ALL, ALL, ALL, ALL },
    { 4, 3, ALL, ALL, ALL, ALL },
    { 7, 0, 0, FEATURES_7B | FEATURES_7B_AVX | FEATURES_7B_AVX512,
      FEATURES_7C | FEATURES_7C_AVX | FEATURES_7C_AVX512,
      FEATURES_7D | CONTROLS_7D },
    { LEAF_XSTATE, 0, ALL, ALL, ALL, 0 }, { LEAF_XSTATE, 1, FEATURES_DA, 0, 0, 0 },
    { LEAF_XSTATE, 2, ALL, ALL, 0, 0 }, { LEAF_XSTATE, 5, ALL, ALL, 0, 0 },
    { LEAF_XSTATE, 6, ALL, ALL, 0, 0 },
    { LEAF_XSTATE, 7, ALL, ALL, 0, 0 },
    { LEAF_EXTENDED, NO_SUBLEAF, ALL, ALL, ALL, ALL },
    { LEAF_EXTENDED + 1, NO_SUBLEAF, ALL, 0, FEATURES_E1C | FEATURES_E1C_AVX, FEATURES_E1D | L1D_COMMON },
    { LEAF_EXTENDED + 2, NO_SUBLEAF, ALL, ALL, ALL, ALL },
    { LEAF_EXTENDED + 3, NO_SUBLEAF, ALL, ALL, ALL, ALL },
    { LEAF_EXTENDED + 4, NO_SUBLEAF, ALL, ALL, ALL, ALL },
    { LEAF_EXTENDED + 5, NO_SUBLEAF, ALL, ALL, ALL, ALL },
    { LEAF_EXTENDED + 6, NO_SUBLEAF, ALL, ALL, ALL, ALL },
    { LEAF_EXTENDED + 7, NO_SUBLEAF, 0, 0, 0, E7D_ITSC },
    { LEAF_EXTENDED + 8, NO_SUBLEAF, 0xffff, FEATURES_E8B | CONTROLS_E8B, 0, 0 },
};

static struct xen_cpuid_leaf pv_max[ARRAY_SIZE(masks)];
static unsigned nr_pv_max;

static struct xen_cpuid_leaf *find(struct xen_cpuid_leaf *leaves, unsigned nr, uint32_t leaf,
                                   uint32_t subleaf)
{
    for (unsigned i = 0; i < nr; i++)
        if (leaves[i].leaf == leaf && (leaves[i].subleaf == subleaf || leaves[i].subleaf == NO_SUBLEAF))
            return &leaves[i];
    return NULL;
}

/* Features that make no sense without others which are missing. */
static void drop_dependents(struct xen_cpuid_leaf *leaves, unsigned nr)
{
    struct xen_cpuid_leaf *l1 = find(leaves, nr, 1, NO_SUBLEAF), *l7 = find(leaves, nr, 7, 0);
    struct xen_cpuid_leaf *e1 = find(leaves, nr, LEAF_EXTENDED + 1, NO_SUBLEAF);
    bool xsave = l1 && (l1->c & L1C_XSAVE), avx = xsave && (boot_cpu.xcr0_mask & XSTATE_AVX);

    if (l1 && !avx)
        l1->c &= ~FEATURES_1C_XSAVE | (xsave ? L1C_XSAVE : 0);
    if (e1 && !avx)
        e1->c &= ~FEATURES_E1C_AVX;
    if (l7 && !avx) {
        l7->b &= ~FEATURES_7B_AVX;
        l7->c &= ~FEATURES_7C_AVX;
    }
    if (l7 && !(avx && (boot_cpu.xcr0_mask & 0xe0))) {
        l7->b &= ~FEATURES_7B_AVX512;
        l7->c &= ~FEATURES_7C_AVX512;
    }
}

/* Fields that the machine's own leaf doesn't have as a guest should see them. */
static void adjust(struct xen_cpuid_leaf *l)
{
    if (l->leaf == 0)
        l->a = min(l->a, (uint32_t)MAX_BASIC);
    else if (l->leaf == 1) {
        l->c |= L1C_HYPERVISOR;
        if (boot_cpu.amd)
            l->d &= ~L1D_SEP;   /* not for 32-bit programs of a 64-bit kernel there */
        if (!boot_cpu.xsave)
            l->c &= ~FEATURES_1C_XSAVE;
    } else if (l->leaf == LEAF_EXTENDED)
        l->a = min(l->a, LEAF_EXTENDED + 8);
    else if (l->leaf == LEAF_EXTENDED + 1 && !boot_cpu.amd)
        l->d &= ~L1D_COMMON;
    else if (l->leaf == LEAF_EXTENDED + 1)
        l->d &= ~L1D_COMMON | FEATURES_1D;
    else if (l->leaf == LEAF_EXTENDED + 8) {
        l->a = (l->a & 0xff) | VIRTUAL_BITS << 8;
        l->b &= FEATURES_E8B | speculation.ebx8;
    } else if (l->leaf == 7)
        l->d &= FEATURES_7D | speculation.edx7;
    else if (l->leaf == LEAF_XSTATE && l->subleaf == 0) {
        l->a = boot_cpu.xcr0_mask;
        l->c = boot_cpu.xsave_size;
    }
}

static void make_maximum(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(masks); i++) {
        const struct mask *m = &masks[i];
        struct xen_cpuid_leaf *l = &pv_max[nr_pv_max];

        if (m->leaf > (m->leaf >= LEAF_EXTENDED ? boot_cpu.max_ext_leaf : boot_cpu.max_leaf))
            continue;
        if (m->leaf == LEAF_XSTATE &&
            (!boot_cpu.xsave || (m->subleaf > 1 && !((boot_cpu.xcr0_mask >> m->subleaf) & 1))))
            continue;
        l->leaf = m->leaf;
        l->subleaf = m->subleaf;
        cpuid(m->leaf, m->subleaf == NO_SUBLEAF ? 0 : m->subleaf, &l->a, &l->b, &l->c, &l->d);
        l->a &= m->a;
        l->b &= m->b;
        l->c &= m->c;
        l->d &= m->d;
        adjust(l);
        nr_pv_max++;
    }
    drop_dependents(pv_max, nr_pv_max);
}

const struct xen_cpuid_leaf *cpuid_policy_max(unsigned *nr)
{
    if (!nr_pv_max)
        make_maximum();
    *nr = nr_pv_max;
    return pv_max;
}

/*
 * What has a meaning in 64-bit mode only is not shown to 32-bit guests, whatever their policy says: fsgsbase; lahf
 * there; lm, and of Intel's processors syscall; wider virtual addresses.
 */
static void narrow_leaf(uint32_t leaf, uint32_t subleaf, uint32_t out[4])
{
    if (leaf == 7 && subleaf == 0)
        out[1] &= ~L7B_FSGSBASE;
    if (leaf == LEAF_EXTENDED + 1) {
        out[2] &= ~E1C_LAHF;
        out[3] &= ~(E1D_LM | (boot_cpu.amd ? 0 : E1D_SYSCALL));
    }
    if (leaf == LEAF_EXTENDED + 8)
        out[0] = (out[0] & 0xff) | 32 << 8;
}

int cpuid_policy_create(struct domain *d)
{
    unsigned nr;
    const struct xen_cpuid_leaf *from = cpuid_policy_max(&nr);
    struct xen_cpuid_leaf *e7;

    BUILD_BUG_ON(ARRAY_SIZE(masks) > NR_CPUID_LEAVES);
    d->arch.cpuid = xzalloc_array(struct xen_cpuid_leaf, nr);
    if (!d->arch.cpuid)
        return -ENOMEM;
    memcpy(d->arch.cpuid, from, nr * sizeof(*from));
    d->arch.nr_cpuid = nr;
    /* A domain that may be moved to another machine can't rely on the rate of this one's TSC. */
    e7 = find(d->arch.cpuid, nr, LEAF_EXTENDED + 7, NO_SUBLEAF);
    if (e7 && !is_privileged(d))
        e7->d = 0;
    return 0;
}

/* Feature words may only lose bits; the rest (names, caches, topology) is the tools' to say. */
static void set_leaf(struct xen_cpuid_leaf *to, const struct xen_cpuid_leaf *from,
                     const struct xen_cpuid_leaf *most)
{
    struct xen_cpuid_leaf l = *from;

    l.subleaf = to->subleaf;
    if (l.leaf == 1) {
        l.c &= most->c;
        l.d &= most->d;
    } else if (l.leaf == 7 || l.leaf == LEAF_EXTENDED + 1 || l.leaf == LEAF_EXTENDED + 8 ||
               l.leaf == LEAF_EXTENDED + 7 || l.leaf == LEAF_XSTATE) {
        l.a = l.leaf == LEAF_XSTATE ? l.a & most->a : most->a;
        l.b &= most->b;
        l.c &= most->c;
        l.d &= most->d;
    } else if (l.leaf == 0 || l.leaf == LEAF_EXTENDED)
        l.a = min(l.a, most->a);
    *to = l;
}

/* XEN_DOMCTL_set_cpuid_policy. Leaves a PV guest has nothing of are accepted and ignored. */
long cpuid_policy_set(struct domain *d, const struct xen_cpuid_leaf *leaves, unsigned nr)
{
    for (unsigned i = 0; i < nr; i++) {
        struct xen_cpuid_leaf *to = find(d->arch.cpuid, d->arch.nr_cpuid, leaves[i].leaf, leaves[i].subleaf);
        const struct xen_cpuid_leaf *most = find(pv_max, nr_pv_max, leaves[i].leaf, leaves[i].subleaf);

        if (to && most)
            set_leaf(to, &leaves[i], most);
    }
    drop_dependents(d->arch.cpuid, d->arch.nr_cpuid);
    return 0;
}

/* See asm/pv.h. Intel's processors tell in leaf 7 what AMD's tell in leaf 0x80000008. */
uint32_t cpuid_policy_spec_ctrl(const struct domain *d, bool *barrier)
{
    const struct xen_cpuid_leaf *l7 = find(d->arch.cpuid, d->arch.nr_cpuid, 7, 0);
    const struct xen_cpuid_leaf *e8 = find(d->arch.cpuid, d->arch.nr_cpuid, LEAF_EXTENDED + 8, NO_SUBLEAF);
    uint32_t edx7 = l7 ? l7->d : 0, ebx8 = e8 ? e8->b : 0;

    *barrier = (edx7 & EDX7_IBRS_IBPB) || (ebx8 & EBX8_IBPB);
    return ((edx7 & EDX7_IBRS_IBPB) || (ebx8 & EBX8_IBRS) ? SPEC_CTRL_IBRS : 0) |
           ((edx7 & EDX7_STIBP) || (ebx8 & EBX8_STIBP) ? SPEC_CTRL_STIBP : 0) |
           ((edx7 & EDX7_SSBD) || (ebx8 & EBX8_SSBD) ? SPEC_CTRL_SSBD : 0);
}

/* ---- the hypervisor's own leaves ---- */

static void time_leaf(const struct domain *d, uint32_t subleaf, uint32_t out[4])
{
    const struct vcpu_time_info *t = &current->vcpu_info->time;

    switch (subleaf) {
    case 0:
        out[0] = (d->arch.vtsc ? 1 : 0) | (boot_cpu.constant_tsc ? 2 : 0) | (boot_cpu.rdtscp ? 4 : 0);
        out[1] = d->arch.tsc_mode;
        out[2] = d->arch.tsc_khz;
        out[3] = d->arch.tsc_incarnation;
        break;
    case 1:
        out[0] = (uint32_t)d->arch.vtsc_offset;
        out[1] = d->arch.vtsc_offset >> 32;
        out[2] = t->tsc_to_system_mul;
        out[3] = (uint8_t)t->tsc_shift;
        break;
    case 2:
        out[0] = tsc_khz();
        break;
    }
}

static void hypervisor_leaf(const struct domain *d, uint32_t leaf, uint32_t subleaf, uint32_t out[4])
{
    switch (leaf - LEAF_XEN) {
    case 0:
        out[0] = LEAF_XEN + XEN_CPUID_MAX_NUM_LEAVES;
        out[1] = XEN_CPUID_SIGNATURE_EBX;
        out[2] = XEN_CPUID_SIGNATURE_ECX;
        out[3] = XEN_CPUID_SIGNATURE_EDX;
        break;
    case 1:
        out[0] = XEN_VERSION << 16 | XEN_SUBVERSION;
        break;
    case 2:
        out[0] = 1;
        out[1] = 0x40000000;
        out[2] = XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD;
        break;
    case 3:
        time_leaf(d, subleaf, out);
        break;
    case 5:
        if (subleaf == 0)
            out[1] = boot_cpu.phys_bits & XEN_CPUID_MACHINE_ADDRESS_WIDTH_MASK;
        break;
    }
}

/* ---- asking ---- */

/*
 * Has OSXSAVE been set in CR4? Kernels take that as the hypervisor's word that they may set it; their user mode, as on a
 * real machine, that they did.
 */
static bool sees_osxsave(const struct vcpu *v)
{
    return in_guest_kernel(v, guest_cpu_user_regs()) || (v->arch.ctrlreg[4] & X86_CR4_OSXSAVE);
}

/* What depends on the vcpu and on what it has set up. */
static void running_fields(const struct vcpu *v, uint32_t leaf, uint32_t subleaf, uint32_t out[4])
{
    uint32_t ignored;

    if (leaf == 1) {
        out[1] = (out[1] & 0x00ffffff) | (uint32_t)v->vcpu_id * 2 << 24;
        if ((out[2] & L1C_XSAVE) && sees_osxsave(v))
            out[2] |= L1C_OSXSAVE;
    } else if (leaf == LEAF_XSTATE && subleaf < 2)
        cpuid(leaf, subleaf, &ignored, &out[1], &ignored, &ignored);    /* by XCR0, which is the vcpu's */
}

/* out: EAX, EBX, ECX, EDX. v is current. */
void guest_cpuid(const struct vcpu *v, uint32_t leaf, uint32_t subleaf, uint32_t out[4])
{
    const struct domain *d = v->domain;
    const struct xen_cpuid_leaf *l;

    memset(out, 0, 4 * sizeof(out[0]));
    if (leaf >= LEAF_XEN && leaf <= LEAF_XEN + XEN_CPUID_MAX_NUM_LEAVES) {
        hypervisor_leaf(d, leaf, subleaf, out);
        return;
    }
    l = find(d->arch.cpuid, d->arch.nr_cpuid, leaf, subleaf);
    if (!l)
        return;
    out[0] = l->a;
    out[1] = l->b;
    out[2] = l->c;
    out[3] = l->d;
    if (unlikely(d->arch.is_32bit_pv))
        narrow_leaf(leaf, subleaf, out);
    running_fields(v, leaf, subleaf, out);
}
