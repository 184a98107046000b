/* SPDX-License-Identifier: GPL-2.0-only */
/* Control and debug registers, as the guest sees them and as they are loaded for it. */
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <asm/processor.h>
#include <asm/pv.h>
#include <asm/shared.h>
#include <asm/xstate.h>

/*
 * CR0 of a guest is ours but for TS. CR4: what it sees of ours, what it may change, and what it may switch on for itself
 * where we have it.
 */
#define CR0_OF_GUEST  (X86_CR0_PE | X86_CR0_MP | X86_CR0_ET | X86_CR0_NE | X86_CR0_WP | X86_CR0_AM | \
                       X86_CR0_PG)
#define CR4_CHANGEABLE (X86_CR4_TSD | X86_CR4_DE)
#define CR4_VISIBLE   (X86_CR4_PAE | X86_CR4_MCE | X86_CR4_OSFXSR | X86_CR4_OSXMMEXCPT | X86_CR4_FSGSBASE)
#define CR4_VIRTUAL   X86_CR4_OSXSAVE

#define DR7_MUST_BE_SET     0x400UL
#define DR7_MUST_BE_CLEAR   0xffffffff0000d800UL    /* upper half, reserved bits */
#define DR7_GENERAL_DETECT  0x2000UL
#define DR6_MUST_BE_SET     0xffff0ff0UL
#define DR_IO               2                       /* RW field: I/O breakpoint */

/*
 * CR4 to be loaded for the vcpu. A 32-bit guest's kernel is supervisor to the page tables, but may run and read what
 * its user mode may too.
 */
unsigned long guest_cr4_real(const struct vcpu *v)
{
    unsigned long tsd = v->domain->arch.vtsc ? X86_CR4_TSD : 0;
    unsigned long hidden = v->domain->arch.is_32bit_pv ? X86_CR4_SMEP | X86_CR4_SMAP : 0;

    return (mmu_cr4_features & ~(CR4_CHANGEABLE | hidden)) | (v->arch.ctrlreg[4] & CR4_CHANGEABLE) | tsd;
}

/* What CR4 becomes if a guest asks for value: bits it may not change keep their state. */
unsigned long guest_cr4_fixup(unsigned long value)
{
    return (mmu_cr4_features & (CR4_VISIBLE | (value & CR4_VIRTUAL))) | (value & CR4_CHANGEABLE);
}

/* CR3 of a 32-bit guest holds more than 20 bits of frame number: the high ones are in the low 12. */
mfn_t guest_cr3_frame(const struct domain *d, unsigned long cr3)
{
    return mfn(d->arch.is_32bit_pv ? (uint32_t)cr3 >> 12 | (uint32_t)cr3 << 20 : cr3 >> PAGE_SHIFT);
}

unsigned long guest_cr3_from(const struct domain *d, mfn_t m)
{
    return d->arch.is_32bit_pv ? (uint32_t)(m.n << 12 | m.n >> 20) : m.n << PAGE_SHIFT;
}

unsigned long guest_read_cr(struct vcpu *v, unsigned reg)
{
    switch (reg) {
    case 0:
        return CR0_OF_GUEST | (v->arch.ctrlreg[0] & X86_CR0_TS);
    case 2:
        return v->arch.ctrlreg[2];
    case 3:
        return guest_cr3_from(v->domain, v->arch.guest_table);
    default:
        return v->arch.ctrlreg[4];
    }
}

static bool guest_write_cr0(struct vcpu *v, unsigned long value)
{
    if ((value ^ CR0_OF_GUEST) & ~X86_CR0_TS)
        return false;
    do_fpu_taskswitch(!!(value & X86_CR0_TS));
    return true;
}

static void guest_write_cr4(struct vcpu *v, unsigned long value)
{
    v->arch.ctrlreg[4] = guest_cr4_fixup(value);
    get_cpu_info()->cr4 = guest_cr4_real(v);
    write_cr4_hw(get_cpu_info()->cr4);
}

/* Only to flush: other page tables come by MMUEXT_NEW_BASEPTR. */
static bool reload_cr3(struct vcpu *v, unsigned long value)
{
    if (guest_cr3_frame(v->domain, value).n != v->arch.guest_table.n)
        return false;
    flush_area_local(NULL, FLUSH_TLB);
    return true;
}

/* False: #GP. */
bool guest_write_cr(struct vcpu *v, unsigned reg, unsigned long value)
{
    switch (reg) {
    case 0:
        return guest_write_cr0(v, value);
    case 2:
        v->arch.ctrlreg[2] = value;
        set_guest_cr2(v, value);
        return true;
    case 3:
        return reload_cr3(v, value);
    case 4:
        guest_write_cr4(v, value);
        return true;
    default:
        return false;
    }
}

/* ---- debug registers ---- */

#define DR_WRITER(n) \
    static void write_dr##n(unsigned long value) { __asm__ volatile ("mov %0, %%dr" #n :: "r" (value)); }
DR_WRITER(0) DR_WRITER(1) DR_WRITER(2) DR_WRITER(3) DR_WRITER(6) DR_WRITER(7)
#undef DR_WRITER

static void write_dr(unsigned reg, unsigned long value)
{
    static void (*const writers[8])(unsigned long) = {
        write_dr0, write_dr1, write_dr2, write_dr3, NULL, NULL, write_dr6, write_dr7,
    };

    writers[reg](value);
}

/* The vcpu's breakpoints into this CPU; DR7 last. Only if any is active. */
void load_debug_registers(struct vcpu *v)
{
    for (unsigned i = 0; i < 4; i++)
        write_dr(i, v->arch.debugreg[i]);
    write_dr(6, v->arch.debugreg[6] | DR6_MUST_BE_SET);
    write_dr(7, v->arch.debugreg[7] | DR7_MUST_BE_SET);
}

static long set_dr7(struct vcpu *v, unsigned long value)
{
    if (value & (DR7_GENERAL_DETECT | 0xffffffff00000000UL))
        return refuse(-EPERM, "set_debugreg: reserved bits of DR7");
    value = (value & ~DR7_MUST_BE_CLEAR) | DR7_MUST_BE_SET;
    for (unsigned i = 0; i < 4; i++)
        if (((value >> (2 * i)) & 3) && ((value >> (16 + 4 * i)) & 3) == DR_IO)
            return refuse(-EPERM, "set_debugreg: I/O breakpoints are not for guests");
    v->arch.debugreg[7] = value;
    if (v != current)
        return 0;
    if (value & ACTIVE_BREAKPOINTS)
        load_debug_registers(v);
    else
        write_dr(7, value);
    return 0;
}

/* Also for a vcpu that does not run. Errors: -ENODEV, -EPERM */
long set_debugreg(struct vcpu *v, unsigned reg, unsigned long value)
{
    switch (reg) {
    case 0 ... 3:
        if (!is_canonical(value) || (value >= HYPERVISOR_START && value < HYPERVISOR_END))
            return refuse(-EPERM, "set_debugreg: address not canonical or the hypervisor's");
        v->arch.debugreg[reg] = value;
        if (v == current && (v->arch.debugreg[7] & ACTIVE_BREAKPOINTS))
            write_dr(reg, value);
        return 0;
    case 6:
        if (value >> 32)
            return refuse(-EPERM, "set_debugreg: reserved bits of DR6");
        v->arch.debugreg[6] = (value & 0xe00f) | DR6_MUST_BE_SET;
        return 0;
    case 7:
        return set_dr7(v, value);
    default:
        return refuse(-ENODEV, "set_debugreg: no such register");
    }
}

/* HYPERVISOR_set_debugreg(reg, value). Errors: -ENODEV, -EPERM */
long do_set_debugreg(int reg, unsigned long value)
{
    return set_debugreg(current, reg, value);
}

/* HYPERVISOR_get_debugreg(reg): its value, or -ENODEV */
long do_get_debugreg(int reg)
{
    struct vcpu *v = current;

    if (reg < 0 || reg > 7 || reg == 4 || reg == 5)
        return refuse(-ENODEV, "get_debugreg: no such register");
    return v->arch.debugreg[reg];
}
