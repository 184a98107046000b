/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A vcpu's context as a whole: set by the domain's builder or VCPUOP_initialise, read by the tools.
 * Everything in it is the caller's and is checked before any of it takes effect; what merely could be odd is
 * made harmless instead.
 */
#include <xen/hypercall.h>
#include <xen/debug.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <xen/time.h>
#include <asm/platform.h>
#include <asm/processor.h>
#include <asm/pv.h>
#include <asm/xstate.h>

#define VM_ASSIST_MASK 0x10000003fUL

/* A 32-bit guest's are all right: a 4 GiB space is its own. */
static int check_addresses(const struct domain *d, const struct vcpu_guest_context *c)
{
    if (d->arch.is_32bit_pv)
        return 0;
    if (!is_canonical(c->user_regs.rip))
        return refuse(-EINVAL, "vcpu context: instruction pointer not canonical");
    if (!is_canonical(c->event_callback_eip) || !is_canonical(c->failsafe_callback_eip) ||
        !is_canonical(c->syscall_callback_eip))
        return refuse(-EINVAL, "vcpu context: callback not canonical");
    if (!is_canonical(c->fs_base) || !is_canonical(c->gs_base_kernel) || !is_canonical(c->gs_base_user))
        return refuse(-EINVAL, "vcpu context: segment base not canonical");
    for (unsigned i = 0; i < ARRAY_SIZE(c->trap_ctxt); i++)
        if (!is_canonical(c->trap_ctxt[i].address))
            return refuse(-EINVAL, "vcpu context: trap handler not canonical");
    return 0;
}

static int check_gdt_and_ldt(const struct vcpu_guest_context *c)
{
    if (c->ldt_ents > 8192 || (c->ldt_base & ~PAGE_MASK) || (c->ldt_ents && !is_canonical(c->ldt_base)))
        return refuse(-EINVAL, "vcpu context: bad LDT");
    if (c->gdt_ents > FIRST_RESERVED_GDT_ENTRY)
        return refuse(-EINVAL, "vcpu context: GDT reaches into the hypervisor's part");
    return 0;
}

/* kernel: the frame of the top-level table. Without one the vcpu would run on tables that lack its own GDT. */
static int check_tables(const struct domain *d, const struct vcpu_guest_context *c, mfn_t kernel)
{
    int rc = check_gdt_and_ldt(c);

    if (rc)
        return rc;
    if (!kernel.n)
        return refuse(-EINVAL, "vcpu context: no page tables");
    if (d->arch.is_32bit_pv)
        return c->ctrlreg[1] ? refuse(-EINVAL, "vcpu context: a 32-bit guest has no page tables for user mode alone") : 0;
    if (!(c->flags & VGCF_in_kernel) && !c->ctrlreg[1])
        return refuse(-EINVAL, "vcpu context: in user mode, but no page tables for it");
    return 0;
}

/* The ring of the selectors, and with that the mode. */
static void set_rings(struct vcpu *v, const struct vcpu_guest_context *c)
{
    struct cpu_user_regs *regs = &v->arch.user_regs;

    if (v->domain->arch.is_32bit_pv) {
        if ((regs->cs & 3) < 2 || (c->flags & VGCF_in_kernel)) {
            regs->cs = ring1_selector(regs->cs);
            regs->ss = ring1_selector(regs->ss);
        }
        v->arch.kernel_ss = ring1_selector(c->kernel_ss);
    } else {
        regs->cs |= 3;
        regs->ss |= 3;
        v->arch.kernel_mode = c->flags & VGCF_in_kernel;
        v->arch.kernel_ss = c->kernel_ss | 3;
    }
}

static void set_registers(struct vcpu *v, const struct vcpu_guest_context *c)
{
    struct cpu_user_regs *regs = &v->arch.user_regs;

    *regs = c->user_regs;
    regs->entry_vector = 0;
    v->arch.iopl = (regs->rflags >> 12) & 3;
    regs->rflags = guest_flags(regs->rflags);
    v->arch.kernel_sp = c->kernel_sp;
    set_rings(v, c);
    v->arch.fs_base = c->fs_base;
    v->arch.gs_base_kernel = c->gs_base_kernel;
    v->arch.gs_base_user = c->gs_base_user;
    v->arch.ctrlreg[0] = c->ctrlreg[0] & X86_CR0_TS;
    v->arch.ctrlreg[2] = c->ctrlreg[2];
    v->arch.ctrlreg[4] = guest_cr4_fixup(c->ctrlreg[4]);
    for (unsigned i = 0; i < ARRAY_SIZE(c->debugreg); i++)
        (void)set_debugreg(v, i, c->debugreg[i]);
    if (c->flags & VGCF_I387_VALID)
        xstate_set_legacy(v, &c->fpu_ctxt);
    else
        xstate_reset(v);
    v->fpu_initialised = c->flags & VGCF_I387_VALID;
}

static void set_handlers(struct vcpu *v, const struct vcpu_guest_context *c)
{
    bool narrow = v->domain->arch.is_32bit_pv;

    memcpy(v->arch.trap_ctxt, c->trap_ctxt, sizeof(v->arch.trap_ctxt));
    for (unsigned i = 0; narrow && i < ARRAY_SIZE(v->arch.trap_ctxt); i++)
        v->arch.trap_ctxt[i].cs = ring1_selector(v->arch.trap_ctxt[i].cs);
    v->arch.event_callback = (struct guest_callback) {
        c->event_callback_eip, narrow ? ring1_selector(c->event_callback_cs) : 0, true };
    v->arch.failsafe_callback = (struct guest_callback) {
        c->failsafe_callback_eip, narrow ? ring1_selector(c->failsafe_callback_cs) : 0,
        c->flags & VGCF_failsafe_disables_events };
    if (!narrow)
        v->arch.syscall_callback = (struct guest_callback) {
            c->syscall_callback_eip, 0, c->flags & VGCF_syscall_disables_events };
    invalidate_shadow_ldt(v);
    v->arch.ldt_base = c->ldt_ents ? c->ldt_base : 0;
    v->arch.ldt_ents = c->ldt_ents;
}

static bool has_gdt(const struct vcpu *v, const struct vcpu_guest_context *c)
{
    for (unsigned i = 0; i < DIV_ROUND_UP(c->gdt_ents, 512); i++)
        if (c->gdt_frames[i] != v->arch.gdt_frames[i])
            return false;
    return c->gdt_ents == v->arch.gdt_ents;
}

/*
 * The vcpu does not run. 0, -EINVAL, -EOPNOTSUPP: other page tables or GDT than it has, -ERESTART: call
 * again with the same context.
 */
int arch_set_info_guest(struct vcpu *v, const struct vcpu_guest_context *c)
{
    struct domain *d = v->domain;
    mfn_t kernel = guest_cr3_frame(d, c->ctrlreg[3]), user = mfn(c->ctrlreg[1] >> PAGE_SHIFT);
    int rc = check_addresses(d, c);

    if (!rc)
        rc = check_tables(d, c, kernel);
    if (rc)
        return rc;
    if (v->is_initialised) {
        if (!mfn_eq(kernel, v->arch.guest_table) || !mfn_eq(user, v->arch.guest_table_user))
            return refuse(-EOPNOTSUPP, "vcpu context: page tables can't be changed once it has some");
        if (!has_gdt(v, c))
            return refuse(-EOPNOTSUPP, "vcpu context: the GDT can't be changed once it has one");
    } else {
        rc = set_guest_gdt(v, c->gdt_frames, c->gdt_ents);
        if (rc)
            return rc;
        rc = vcpu_set_guest_cr3(v, kernel, user);
        if (rc)
            return rc;
    }
    set_registers(v, c);
    set_handlers(v, c);
    update_cr3(v);
    if (v->vcpu_id == 0) {
        d->vm_assist = c->vm_assist & VM_ASSIST_MASK;
        update_domain_wallclock(d);     /* the builder has cleared the shared page before */
    }
    v->is_initialised = true;
    if (c->flags & VGCF_online)
        clear_bit(VPF_down, &v->pause_flags);
    else
        set_bit(VPF_down, &v->pause_flags);
    return 0;
}

static unsigned long context_flags(const struct vcpu *v)
{
    return VGCF_I387_VALID | (in_guest_kernel(v, &v->arch.user_regs) ? VGCF_in_kernel : 0) |
           (test_bit(VPF_down, &v->pause_flags) ? 0 : VGCF_online) |
           (v->arch.failsafe_callback.mask ? VGCF_failsafe_disables_events : 0) |
           (v->arch.syscall_callback.mask ? VGCF_syscall_disables_events : 0);
}

/* The vcpu does not run. The caller has cleared *c. */
void arch_get_info_guest(struct vcpu *v, struct vcpu_guest_context *c)
{
    c->flags = context_flags(v);
    xstate_get_legacy(v, &c->fpu_ctxt);
    c->user_regs = v->arch.user_regs;
    c->user_regs.entry_vector = 0;
    c->user_regs.rflags |= (uint64_t)v->arch.iopl << 12;
    memcpy(c->trap_ctxt, v->arch.trap_ctxt, sizeof(c->trap_ctxt));
    c->ldt_base = v->arch.ldt_base;
    c->ldt_ents = v->arch.ldt_ents;
    memcpy(c->gdt_frames, v->arch.gdt_frames, sizeof(v->arch.gdt_frames));
    c->gdt_ents = v->arch.gdt_ents;
    c->kernel_ss = v->arch.kernel_ss;
    c->kernel_sp = v->arch.kernel_sp;
    for (unsigned i = 0; i < 5; i++)
        c->ctrlreg[i] = guest_read_cr(v, i);
    c->ctrlreg[1] = v->arch.guest_table_user.n << PAGE_SHIFT;
    memcpy(c->debugreg, v->arch.debugreg, sizeof(c->debugreg));
    c->event_callback_eip = v->arch.event_callback.address;
    c->failsafe_callback_eip = v->arch.failsafe_callback.address;
    if (v->domain->arch.is_32bit_pv) {
        c->event_callback_cs = v->arch.event_callback.cs;
        c->failsafe_callback_cs = v->arch.failsafe_callback.cs;
    } else
        c->syscall_callback_eip = v->arch.syscall_callback.address;
    c->vm_assist = v->domain->vm_assist;
    c->fs_base = v->arch.fs_base;
    c->gs_base_kernel = v->arch.gs_base_kernel;
    c->gs_base_user = v->arch.gs_base_user;
}

/* To the console: registers, and where it is if it runs. */
void arch_dump_vcpu(struct vcpu *v)
{
    const struct cpu_user_regs *regs = v == current ? guest_cpu_user_regs() : &v->arch.user_regs;

    printk("d%dv%d: %s mode, CR3 %lx, user CR3 %lx\n", v->domain->domain_id, v->vcpu_id,
           in_guest_kernel(v, regs) ? "kernel" : "user", v->arch.guest_table.n << PAGE_SHIFT,
           v->arch.guest_table_user.n << PAGE_SHIFT);
    show_registers(regs);
}
