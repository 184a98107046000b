/* SPDX-License-Identifier: GPL-2.0-only */
/* The small calls that change the caller's own processor state. */
#include <xen/guest.h>
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <asm/guest_word.h>
#include <asm/processor.h>
#include <asm/pv.h>

/* The guest's NMI handler ended with an iret: the next NMI may come. */
void nmi_handler_done(struct vcpu *v)
{
    v->arch.in_nmi = false;
    if (v->arch.nmi_again) {
        v->arch.nmi_again = false;
        v->nmi_pending = true;
    }
}

/* Word by word, without a call: each system call of a guest's program ends here. False: the stack can't be read. */
static always_inline bool read_iret_context(struct iret_context *c, const struct iret_context *from)
{
    if (unlikely(!guest_range_ok(from, sizeof(*from))))
        return false;
    user_access_begin();
    if (load8(&c->rax, &from->rax) && load8(&c->r11, &from->r11) && load8(&c->rcx, &from->rcx) &&
        load8(&c->flags, &from->flags) && load8(&c->rip, &from->rip) && load8(&c->cs, &from->cs) &&
        load8(&c->rflags, &from->rflags) && load8(&c->rsp, &from->rsp) && load8(&c->ss, &from->ss)) {
        user_access_end();
        return true;
    }
    user_access_end();
    return false;
}

/* struct iret_context is at the guest's stack pointer. Back to user mode if RPL of cs is 3, else the kernel goes on. */
static noinline long iret_64(void)
{
    struct vcpu *v = current;
    struct cpu_user_regs *regs = guest_cpu_user_regs();
    struct iret_context c;

    if (unlikely(!read_iret_context(&c, (const struct iret_context *)regs->rsp))) {
        domain_crash(v->domain, "iret: the guest kernel's stack can't be read");
        return 0;
    }
    if ((c.cs & 3) == 3) {
        if (v->arch.guest_table_user.n == 0) {
            domain_crash(v->domain, "iret: to user mode without page tables for it");
            return 0;
        }
        toggle_guest_mode(v);
    }
    if (vm_assist(v->domain, VMASST_TYPE_architectural_iopl))
        v->arch.iopl = (c.rflags & X86_EFLAGS_IOPL) >> 12;
    regs->rip = c.rip;
    regs->rflags = guest_flags(c.rflags);
    regs->rsp = c.rsp;
    if (c.flags & VGCF_in_syscall) {
        regs->cs = FLAT_USER_CS64;
        regs->ss = FLAT_USER_SS64;
    } else {
        regs->entry_vector = 0;
        regs->cs = c.cs | 3;
        regs->ss = c.ss | 3;
        regs->r11 = c.r11;
        regs->rcx = c.rcx;
    }
    v->vcpu_info->evtchn_upcall_mask = !(c.rflags & X86_EFLAGS_IF);
    if (unlikely(v->arch.in_nmi))
        nmi_handler_done(v);
    return c.rax;
}

/* HYPERVISOR_iret: the frame depends on the width. A stack that can't be read crashes the domain. */
long do_iret(void)
{
    return width_differs() ? ring1_iret() : iret_64();
}

/* HYPERVISOR_stack_switch(ss, sp): where the kernel's stack starts when its user mode is interrupted. */
long do_stack_switch(unsigned long ss, unsigned long sp)
{
    struct vcpu *v = current;

    v->arch.kernel_ss = ss;
    v->arch.kernel_sp = sp;
    return 0;
}

/* HYPERVISOR_fpu_taskswitch(set): the guest's CR0.TS. */
long do_fpu_taskswitch(int set)
{
    struct vcpu *v = current;

    if (set) {
        v->arch.ctrlreg[0] |= X86_CR0_TS;
        stts();
    } else {
        v->arch.ctrlreg[0] &= ~X86_CR0_TS;
        clts();
    }
    return 0;
}

/* %gs of user mode, with its base; a selector that can't be loaded becomes null. */
static void load_user_gs(uint16_t sel)
{
    __asm__ volatile ("swapgs\n"
                      "1: mov %0, %%gs\n"
                      "2: swapgs\n"
                      ".pushsection .text.unlikely, \"ax\"\n"
                      "3: xor %0, %0; mov %0, %%gs; jmp 2b\n"
                      ".popsection\n"
                      ASM_EXTABLE(1b, 3b) : "+r" ((unsigned){ sel }));
}

/* HYPERVISOR_set_segment_base(which, base). Errors: -EINVAL; -ENOSYS: 32-bit guests' are in descriptors */
long do_set_segment_base(unsigned which, unsigned long base)
{
    if (width_differs())
        return refuse(-ENOSYS, "set_segment_base: for 64-bit guests");
    if (which != SEGBASE_GS_USER_SEL && !is_canonical(base))
        return refuse(-EINVAL, "set_segment_base: base not canonical");
    switch (which) {
    case SEGBASE_FS:
        wrmsr(MSR_FS_BASE, base);
        return 0;
    case SEGBASE_GS_USER:
        wrmsr(MSR_SHADOW_GS_BASE, base);
        return 0;
    case SEGBASE_GS_KERNEL:
        wrmsr(MSR_GS_BASE, base);
        return 0;
    case SEGBASE_GS_USER_SEL:
        load_user_gs(base);
        return 0;
    default:
        return refuse(-EINVAL, "set_segment_base: unknown segment");
    }
}

/*
 * 4gb_segments and its notice to the guest are about segments of 32-bit guests that would reach a hypervisor at the
 * end of their 4 GiB. Ours is above, where no such segment reaches: accepted, nothing to do.
 */
#define VM_ASSIST_VALID ((1UL << VMASST_TYPE_4gb_segments) | (1UL << VMASST_TYPE_4gb_segments_notify) |     \
                         (1UL << VMASST_TYPE_writable_pagetables) | (1UL << VMASST_TYPE_pae_extended_cr3) | \
                         (1UL << VMASST_TYPE_architectural_iopl) |                                          \
                         (1UL << VMASST_TYPE_runstate_update_flag) |                                        \
                         (1UL << VMASST_TYPE_m2p_strict))

/* HYPERVISOR_vm_assist(cmd, type). Errors: -EINVAL: no such type; -ENOSYS: no such command */
long do_vm_assist(unsigned cmd, unsigned type)
{
    struct domain *d = current->domain;

    if (type >= BITS_PER_LONG || !(VM_ASSIST_VALID & (1UL << type)))
        return refuse(-EINVAL, "vm_assist: unknown type");
    switch (cmd) {
    case VMASST_CMD_enable:
        set_bit(type, &d->vm_assist);
        return 0;
    case VMASST_CMD_disable:
        clear_bit(type, &d->vm_assist);
        return 0;
    default:
        return refuse(-ENOSYS, "vm_assist: unknown command");
    }
}
