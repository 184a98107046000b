/* SPDX-License-Identifier: GPL-2.0-only */
/* Model-specific registers of a guest: a short list, #GP for all others. */
#include <xen/lib.h>
#include <xen/sched.h>
#include <asm/machine_check.h>
#include <asm/processor.h>
#include <asm/pv.h>
#include <asm/speculation.h>
#include <asm/time.h>
#include <asm/width.h>

#define MSR_TSC             0x10
#define MSR_PLATFORM_ID     0x17
#define MSR_UCODE_REVISION  0x8b        /* AMD: patch level */
#define MSR_MISC_ENABLE     0x1a0
#define MCE_BANKS           2
#define MSR_XEN_HYPERCALL   0x40000000u
#define MSR_K8_HWCR         0xc0010015u
#define MSR_K8_SYSCFG       0xc0010010u
#define MSR_K8_TSEG_ADDR    0xc0010112u
#define APIC_BASE_BSP       0x100
#define APIC_BASE_ENABLE    0x800
#define APIC_BASE_DEFAULT   0xfee00000u
#define EFER_OF_GUEST       (EFER_SCE | EFER_LME | EFER_LMA | EFER_NX)
#define PAT_OF_GUEST        0x050100070406UL

/* Read-only facts about the machine that kernels ask for at boot. */
static bool read_machine_msr(uint32_t msr, uint64_t *value)
{
    switch (msr) {
    case MSR_PLATFORM_ID:
    case MSR_UCODE_REVISION:
    case MSR_MISC_ENABLE:
    case MSR_K8_HWCR:
    case MSR_K8_SYSCFG:
    case MSR_K8_TSEG_ADDR:
        return rdmsr_safe(msr, value);
    default:
        return false;
    }
}

/* A machine check architecture that never finds anything: the machine's own errors are ours to handle. */
static bool is_mce_bank(uint32_t msr)
{
    return msr >= MSR_MC0_CTL && msr < MSR_MC0_CTL + 4 * MCE_BANKS;
}

static bool is_mce_msr(uint32_t msr)
{
    return msr == MSR_MCG_CAP || msr == MSR_MCG_STATUS || is_mce_bank(msr);
}

static uint64_t read_mce_msr(uint32_t msr)
{
    if (msr == MSR_MCG_CAP)
        return MCE_BANKS;
    return is_mce_bank(msr) && msr % 4 == MSR_MC0_CTL % 4 ? ~0UL : 0;
}

/* Of the two registers that control predictions a guest has what its CPUID policy says. PRED_CMD can't be read. */
static bool read_speculation_msr(const struct vcpu *v, uint64_t *value)
{
    bool barrier;

    *value = v->arch.spec_ctrl;
    return cpuid_policy_spec_ctrl(v->domain, &barrier) != 0;
}

static bool write_speculation_msr(struct vcpu *v, uint32_t msr, uint64_t value)
{
    bool barrier;
    uint32_t mask = cpuid_policy_spec_ctrl(v->domain, &barrier);

    return msr == MSR_SPEC_CTRL ? mask && guest_write_spec_ctrl(v, value, mask) : barrier && guest_write_pred_cmd(value);
}

/* What a 32-bit guest has not: segment bases apart from segments, long mode, 64-bit system calls. */
static bool is_wide_msr(uint32_t msr)
{
    return msr >= MSR_FS_BASE && msr <= MSR_SHADOW_GS_BASE;
}

static uint64_t efer_mask(void)
{
    return width_differs() ? EFER_OF_GUEST & ~(EFER_LME | EFER_LMA) : EFER_OF_GUEST;
}

bool guest_rdmsr(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    if (width_differs() && is_wide_msr(msr))
        return false;
    switch (msr) {
    case MSR_FS_BASE:
    case MSR_GS_BASE:
    case MSR_SHADOW_GS_BASE:
        *value = rdmsr(msr);
        return true;
    case MSR_EFER:
        *value = rdmsr(msr) & efer_mask();
        return true;
    case MSR_APIC_BASE:
        *value = APIC_BASE_DEFAULT | APIC_BASE_ENABLE | (v->vcpu_id == 0 ? APIC_BASE_BSP : 0);
        return true;
    case MSR_PAT:
        *value = PAT_OF_GUEST;
        return true;
    case MSR_TSC_AUX:
        *value = v->arch.msr_tsc_aux;
        return boot_cpu.rdtscp;
    case MSR_TSC:
        *value = guest_tsc(v->domain);
        return true;
    case MSR_XEN_HYPERCALL:
        *value = 0;
        return true;
    case MSR_SPEC_CTRL:
        return read_speculation_msr(v, value);
    default:
        if (!is_mce_msr(msr))
            return read_machine_msr(msr, value);
        *value = read_mce_msr(msr);
        return true;
    }
}

static bool write_base(uint32_t msr, uint64_t value)
{
    if (!is_canonical(value))
        return false;
    wrmsr(msr, value);
    return true;
}

/* Bits 0..11 choose the page if there are several: there is one. */
static bool write_hypercall_msr(struct vcpu *v, uint64_t value)
{
    return !(value & (PAGE_SIZE - 1)) && hypercall_page_write(v->domain, gfn(value >> PAGE_SHIFT)) == 0;
}

bool guest_wrmsr(struct vcpu *v, uint32_t msr, uint64_t value)
{
    if (width_differs() && is_wide_msr(msr))
        return false;
    switch (msr) {
    case MSR_FS_BASE:
    case MSR_GS_BASE:
    case MSR_SHADOW_GS_BASE:
        return write_base(msr, value);
    case MSR_EFER:
        return ((value ^ rdmsr(MSR_EFER)) & efer_mask() & ~(uint64_t)EFER_LMA) == 0 && !(value & ~efer_mask());
    case MSR_PAT:
        return value == PAT_OF_GUEST;
    case MSR_TSC_AUX:
        if (!boot_cpu.rdtscp || value >> 32)
            return false;
        v->arch.msr_tsc_aux = value;
        load_tsc_aux(v);
        return true;
    case MSR_UCODE_REVISION:
        return value == 0;      /* how the revision is asked for */
    case MSR_SPEC_CTRL:
    case MSR_PRED_CMD:
        return write_speculation_msr(v, msr, value);
    case MSR_XEN_HYPERCALL:
        return write_hypercall_msr(v, value);
    default:
        return is_mce_msr(msr) && msr != MSR_MCG_CAP;
    }
}
