/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Into the guest's kernel: exceptions, events, system calls and NMIs. Of a 32-bit guest: ring1.c.
 *
 * What a handler finds on the guest kernel's stack, lowest address first:
 *
 *     rcx  r11  [ds es fs gs]  [error code]  rip  cs  rflags  rsp  ss
 *               failsafe only
 *
 * Bits 0..1 of cs are 0 if the kernel itself was interrupted (it runs in ring 3, but this is what it
 * expects), byte 4 of the slot is the upcall mask as it was, rflags.IF its opposite. The stack is the
 * kernel's own, or kernel_sp when the guest's user mode was interrupted, aligned to 16. Since rcx and r11 are
 * saved there, SYSRET may start the handler.
 */
#include <xen/lib.h>
#include <xen/perfc.h>
#include <xen/sched.h>
#include <xen/guest.h>
#include <xen/smp.h>
#include <xen/softirq.h>
#include <xen/trace.h>
#include <asm/guest_word.h>
#include <asm/processor.h>
#include <asm/pv.h>
#include <asm/shared.h>

#define FRAME_WORDS 7           /* and those between r11 and rip */
/* A handler starts with these clear. */
#define FLAGS_CLEARED (X86_EFLAGS_TF | X86_EFLAGS_DF | X86_EFLAGS_NT | X86_EFLAGS_RF | X86_EFLAGS_VM | \
                       X86_EFLAGS_AC)
#define VECTORS_WITH_ERROR_CODE 0x227d00u     /* 8, 10 - 14, 17, 21 */

/* A 32-bit guest: its vcpus are never in kernel mode, so 64-bit kernels pay nothing for the question. */
static always_inline bool is_narrow(const struct vcpu *v, bool kernel)
{
    return unlikely(!kernel) && width_differs();
}

/*
 * The frame for what the registers are, word by word, without a copy of it or a call; extra: what goes between r11 and
 * rip. False: the stack can't take it.
 */
static always_inline bool write_frame(uint64_t *to, const struct cpu_user_regs *regs, uint64_t cs, uint64_t flags,
                                      const uint64_t *extra, unsigned nr_extra)
{
    bool good;

    if (unlikely(!guest_range_ok(to, (FRAME_WORDS + nr_extra) * sizeof(*to))))
        return false;
    user_access_begin();
    good = store8(to, regs->rcx) && store8(to + 1, regs->r11);
    to += 2;
    while (nr_extra-- && good)
        good = store8(to++, *extra++);
    if (good && store8(to, regs->rip) && store8(to + 1, cs) && store8(to + 2, flags) && store8(to + 3, regs->rsp) &&
        store8(to + 4, regs->ss)) {
        user_access_end();
        return true;
    }
    user_access_end();
    return false;
}

/* Flags as they are in a frame: interrupts are on unless upcalls are masked. */
static always_inline uint64_t frame_flags(const struct vcpu *v, const struct cpu_user_regs *regs, uint8_t masked)
{
    uint64_t flags = regs->rflags & ~(uint64_t)(X86_EFLAGS_IF | X86_EFLAGS_IOPL);

    if (!masked)
        flags |= X86_EFLAGS_IF;
    if (vm_assist(v->domain, VMASST_TYPE_architectural_iopl))
        flags |= v->arch.iopl << 12;
    return flags;
}

/* Make the current vcpu enter its kernel at a handler, whose address was checked when it was registered. */
static always_inline void enter_handler(unsigned long handler, bool mask, const uint64_t *extra, unsigned nr_extra)
{
    struct vcpu *v = current;
    struct cpu_user_regs *regs = guest_cpu_user_regs();
    uint8_t masked = v->vcpu_info->evtchn_upcall_mask;
    uint64_t cs = regs->cs | (uint64_t)masked << 32;
    unsigned long sp = regs->rsp;

    if (v->arch.kernel_mode)
        cs &= ~3UL;
    else {
        toggle_guest_mode(v);
        sp = v->arch.kernel_sp;
    }
    if (unlikely(!handler)) {
        domain_crash(v->domain, "event or exception without a handler in the guest's kernel");
        return;
    }
    sp = (sp & ~15UL) - (FRAME_WORDS + nr_extra) * sizeof(uint64_t);
    if (unlikely(!write_frame((uint64_t *)sp, regs, cs, frame_flags(v, regs, masked), extra, nr_extra))) {
        domain_crash(v->domain, "the guest kernel's stack can't take the frame of an event or exception");
        return;
    }
    regs->rsp = sp;
    regs->rip = handler;
    regs->rflags = (regs->rflags & ~(uint64_t)FLAGS_CLEARED) | X86_EFLAGS_IF;
    regs->cs = FLAT_KERNEL_CS64;
    regs->ss = FLAT_KERNEL_SS64;
    regs->entry_vector = TRAP_syscall;
    if (mask)
        v->vcpu_info->evtchn_upcall_mask = 1;
}

void inject_callback(const struct guest_callback *to)
{
    if (is_narrow(current, current->arch.kernel_mode))
        enter_ring1(to->address, to->cs, to->mask, NULL, 0);
    else
        enter_handler(to->address, to->mask, NULL, 0);
}

static noinline void warn_unhandled(unsigned vector, uint32_t error_code)
{
    printk(LOG_GUEST LOG_ERR "d%dv%d: unhandled %s, error code %04x\n", current->domain->domain_id, current->vcpu_id,
           trap_name(vector), error_code);
}

static noinline void inject_trap_32(unsigned vector, bool has_error_code, uint32_t error_code)
{
    const struct trap_info *ti = &current->arch.trap_ctxt[vector];

    if (unlikely(!ti->address))
        warn_unhandled(vector, error_code);
    enter_ring1(ti->address, ti->cs, TI_GET_IF(ti), &error_code, has_error_code);
}

static noinline void inject_trap_64(unsigned vector, bool has_error_code, uint32_t error_code)
{
    const struct trap_info *ti = &current->arch.trap_ctxt[vector];

    if (unlikely(tracing) && vector != TRAP_page_fault)
        trace_trap(vector, has_error_code, error_code);
    if (unlikely(!ti->address))
        warn_unhandled(vector, error_code);
    if (has_error_code)
        enter_handler(ti->address, TI_GET_IF(ti), (uint64_t []) { error_code }, 1);
    else
        enter_handler(ti->address, TI_GET_IF(ti), NULL, 0);
}

static always_inline void inject_trap(unsigned vector, bool has_error_code, uint32_t error_code)
{
    if (is_narrow(current, current->arch.kernel_mode))
        inject_trap_32(vector, has_error_code, error_code);
    else
        inject_trap_64(vector, has_error_code, error_code);
}

void inject_exception(unsigned vector, uint32_t error_code)
{
    inject_trap(vector, (VECTORS_WITH_ERROR_CODE >> vector) & 1, error_code);
}

/* The guest's kernel counts as supervisor, whatever ring it runs in. */
void bounce_page_fault(unsigned long va, uint32_t error_code)
{
    struct vcpu *v = current;

    v->arch.ctrlreg[2] = va;
    set_guest_cr2(v, va);
    error_code &= ~PFEC_user;
    if (!in_guest_kernel(v, guest_cpu_user_regs()))
        error_code |= PFEC_user;
    inject_trap(TRAP_page_fault, true, error_code);
}

void inject_page_fault(unsigned long va, uint32_t error_code)
{
    if (unlikely(tracing))
        trace_page_fault(va, error_code);
    bounce_page_fault(va, error_code);
}

/* int n that is allowed, RIP past it. */
void inject_software_interrupt(unsigned vector)
{
    inject_trap(vector, false, 0);
}

/* int n in the guest: allowed by its trap table? length: of the instruction, still ahead of RIP. */
bool software_interrupt(struct cpu_user_regs *regs, unsigned vector, unsigned length)
{
    struct vcpu *v = current;
    const struct trap_info *ti = &v->arch.trap_ctxt[vector];

    if (!ti->address || TI_GET_DPL(ti) < (in_guest_kernel(v, regs) ? 1 : 3))
        return false;
    regs->rip += length;
    inject_trap(vector, false, 0);
    return true;
}

/*
 * A selector of the guest's (regs->ds .. gs) can't be loaded at a context switch. The guest tells which it was by
 * comparing the selectors it is told with those in the registers.
 */
void inject_failsafe(void)
{
    struct vcpu *v = current;
    const struct guest_callback *to = &v->arch.failsafe_callback;
    const struct cpu_user_regs *regs = guest_cpu_user_regs();

    if (is_narrow(v, v->arch.kernel_mode))
        enter_ring1(to->address, to->cs, to->mask, (uint32_t []) { regs->ds, regs->es, regs->fs, regs->gs }, 4);
    else
        enter_handler(to->address, to->mask, (uint64_t []) { regs->ds, regs->es, regs->fs, regs->gs }, 4);
}

/* A 32-bit kernel's handler of the very exception that kept it from being entered can't be entered either. */
static bool is_hopeless(const struct vcpu *v, const struct cpu_user_regs *regs, unsigned vector)
{
    const struct trap_info *ti = &v->arch.trap_ctxt[vector];

    return in_ring1(regs) && regs->rip == ti->address && regs->cs == ti->cs;
}

/*
 * From entry.S, when IRET to the guest faulted. It is tried again if all that was missing is a page of the LDT; else
 * the exception is the guest's, as if its own instruction at the frame's rip had raised it.
 */
void guest_frame_refused(void);
void guest_frame_refused(void)
{
    struct vcpu *v = current;
    unsigned long ldt_fault = v->arch.ldt_fault;
    unsigned vector = v->arch.iret_vector;

    v->arch.ldt_fault = 0;
    v->arch.iret_vector = 0;
    if (ldt_fault && map_ldt_page(v, ldt_fault))
        return;
    if (is_hopeless(v, guest_cpu_user_regs(), vector ? vector : TRAP_page_fault))
        domain_crash(v->domain, "the guest kernel's exception handler has no valid segment");
    else if (vector)
        inject_exception(vector, v->arch.iret_error);
    else
        inject_page_fault(v->arch.ldt_base + (ldt_fault - LDT_VIRT_START(v)), 0);
}

/* ---- system calls of the guest's programs: called from entry.S ---- */

void syscall64_from_user(void);
void syscall64_from_user(void)
{
    struct vcpu *v = current;

    inject_callback(&v->arch.syscall_callback);
}

/*
 * The instruction does not tell where it was: as if in flat segments of ring 3, which the entry code has filled in as
 * 64-bit guests have them.
 */
static void user_selectors(struct cpu_user_regs *regs)
{
    if (width_differs()) {
        regs->cs = COMPAT_RING3_CS_SEL;
        regs->ss = COMPAT_RING3_DS_SEL;
    }
}

void syscall32_from_user(struct cpu_user_regs *regs);
void syscall32_from_user(struct cpu_user_regs *regs)
{
    struct vcpu *v = current;

    user_selectors(regs);
    if (v->arch.syscall32_callback.address)
        inject_callback(&v->arch.syscall32_callback);
    else {
        regs->rip -= 2;
        inject_exception(TRAP_invalid_op, 0);
    }
}

void sysenter_from_user(struct cpu_user_regs *regs);
void sysenter_from_user(struct cpu_user_regs *regs)
{
    struct vcpu *v = current;

    user_selectors(regs);
    if (v->arch.sysenter_callback.address)
        inject_callback(&v->arch.sysenter_callback);
    else
        inject_exception(TRAP_gp_fault, 0);
}

/* ---- what is pending when a vcpu is about to go on ---- */

static bool event_deliverable(const struct vcpu *v)
{
    return v->vcpu_info->evtchn_upcall_pending && !v->vcpu_info->evtchn_upcall_mask;
}

/* One NMI at a time: the next waits for the handler's iret. */
static void deliver_nmi(struct vcpu *v)
{
    v->nmi_pending = false;
    if (!v->arch.trap_ctxt[TRAP_nmi].address)
        return;
    if (v->arch.in_nmi) {
        v->arch.nmi_again = true;
        return;
    }
    v->arch.in_nmi = true;
    inject_trap(TRAP_nmi, false, 0);
}

/*
 * Exit work of the current vcpu, which may be another's when it comes back: softirqs, then NMI and events of
 * the vcpu. In and out: interrupts off.
 */
void guest_exit_work(void)
{
    struct vcpu *v;

    do {
        local_irq_enable();
        if (softirq_pending(smp_processor_id()))
            do_softirq();
        v = current;
        if (v->nmi_pending)
            deliver_nmi(v);
        else if (event_deliverable(v)) {
            perfc_incr(upcalls);
            inject_callback(&v->arch.event_callback);
        }
        local_irq_disable();
    } while (softirq_pending(smp_processor_id()) || v->nmi_pending || event_deliverable(v));
}
