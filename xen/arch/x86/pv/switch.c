/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From one vcpu to another. A vcpu's registers are on its CPU's stack and in the processor while it runs, in
 * v->arch at all other times, also while the idle vcpu runs: nothing is left behind lazily.
 *
 * The descriptor table in use must be mapped whatever page tables are loaded, even if an NMI comes in
 * between: so the CPU's own copy of the table first, then the page tables, then the table in the new vcpu's
 * per-domain area.
 */
#include <xen/lib.h>
#include <xen/percpu.h>
#include <xen/sched.h>
#include <xen/smp.h>
#include <xen/softirq.h>
#include <asm/desc.h>
#include <asm/processor.h>
#include <asm/pv.h>
#include <asm/speculation.h>
#include <asm/xstate.h>

#define READ_SELECTOR(name) ({ uint16_t sel_; __asm__ volatile ("mov %%" #name ", %0" : "=r" (sel_)); sel_; })
/* True if the selector was loaded; the register keeps a null selector otherwise. */
#define LOAD_SELECTOR(name, sel) ({                                     \
    unsigned bad_ = 0;                                                  \
    __asm__ volatile ("1: mov %1, %%" #name "\n2:\n"                    \
                      ".pushsection .text.unlikely, \"ax\"\n"           \
                      "3: mov %0, %%" #name "; inc %0; jmp 2b\n"        \
                      ".popsection\n" ASM_EXTABLE(1b, 3b)               \
                      : "+r" (bad_) : "r" ((unsigned)(sel)));           \
    bad_ == 0; })

static DEFINE_PER_CPU(uint64_t, loaded_tsc_aux);        /* 0 when a CPU starts: cpu_init() */

struct table_pointer { uint16_t limit; uint64_t base; } packed_struct;

void read_selectors(struct cpu_user_regs *regs)
{
    regs->ds = READ_SELECTOR(ds);
    regs->es = READ_SELECTOR(es);
    regs->fs = READ_SELECTOR(fs);
    regs->gs = READ_SELECTOR(gs);
}

/* Of 32-bit guests a base comes with its selector alone. */
static void save_bases(struct vcpu *v)
{
    unsigned long gs, shadow;

    if (v->domain->arch.is_32bit_pv)
        return;
    shadow = rdmsr(MSR_SHADOW_GS_BASE);
    if (boot_cpu.fsgsbase) {
        __asm__ volatile ("rdfsbase %0" : "=r" (v->arch.fs_base));
        __asm__ volatile ("rdgsbase %0" : "=r" (gs));
    } else {
        v->arch.fs_base = rdmsr(MSR_FS_BASE);
        gs = rdmsr(MSR_GS_BASE);
    }
    v->arch.gs_base_kernel = v->arch.kernel_mode ? gs : shadow;
    v->arch.gs_base_user = v->arch.kernel_mode ? shadow : gs;
}

/* Selectors first: loading one may change its base. False: one of them can't be loaded. */
static bool load_segments(const struct vcpu *v)
{
    const struct cpu_user_regs *regs = &v->arch.user_regs;
    bool ok = true;

    if (regs->ds | READ_SELECTOR(ds))
        ok &= LOAD_SELECTOR(ds, regs->ds);
    if (regs->es | READ_SELECTOR(es))
        ok &= LOAD_SELECTOR(es, regs->es);
    if (regs->fs | READ_SELECTOR(fs))
        ok &= LOAD_SELECTOR(fs, regs->fs);
    if (regs->gs | READ_SELECTOR(gs))
        ok &= LOAD_SELECTOR(gs, regs->gs);
    if (v->domain->arch.is_32bit_pv)
        return ok;
    wrmsr(MSR_FS_BASE, v->arch.fs_base);
    wrmsr(MSR_GS_BASE, v->arch.kernel_mode ? v->arch.gs_base_kernel : v->arch.gs_base_user);
    wrmsr(MSR_SHADOW_GS_BASE, v->arch.kernel_mode ? v->arch.gs_base_user : v->arch.gs_base_kernel);
    return ok;
}

static void load_own_gdt(void)
{
    struct table_pointer gdtr = { FIRST_RESERVED_GDT_BYTE + PAGE_SIZE - 1,
                                  (unsigned long)this_cpu(gdt_page) - FIRST_RESERVED_GDT_BYTE };

    __asm__ volatile ("lgdt %0" :: "m" (gdtr));
}

static void save_state(struct vcpu *v)
{
    memcpy(&v->arch.user_regs, guest_cpu_user_regs(), offsetof(struct cpu_user_regs, es));
    read_selectors(&v->arch.user_regs);
    save_bases(v);
    xstate_save(v);
    if (v->arch.debugreg[7] & ACTIVE_BREAKPOINTS)
        __asm__ volatile ("mov %0, %%dr7" :: "r" (0x400UL));
}

/* See asm/pv.h. */
void load_tsc_aux(const struct vcpu *v)
{
    if (!boot_cpu.rdtscp || this_cpu(loaded_tsc_aux) == v->arch.msr_tsc_aux)
        return;
    wrmsr(MSR_TSC_AUX, v->arch.msr_tsc_aux);
    this_cpu(loaded_tsc_aux) = v->arch.msr_tsc_aux;
}

/* All but the segments. v is current, its page tables are loaded. */
static void load_state(struct vcpu *v)
{
    load_guest_descriptors(v);
    memcpy(guest_cpu_user_regs(), &v->arch.user_regs, sizeof(v->arch.user_regs));
    if (get_cpu_info()->cr4 != guest_cr4_real(v)) {
        get_cpu_info()->cr4 = guest_cr4_real(v);
        write_cr4_hw(get_cpu_info()->cr4);
    }
    load_tsc_aux(v);
    speculation_switch(v);
    xstate_load(v);
    if (v->arch.debugreg[7] & ACTIVE_BREAKPOINTS)
        load_debug_registers(v);
}

/* This CPU is about to hold translations of next's domain, and then none of prev's any more. */
static void switch_page_tables(struct vcpu *prev, struct vcpu *next)
{
    unsigned cpu = smp_processor_id();

    load_own_gdt();
    if (!is_idle_vcpu(next)) {
        cpumask_set(cpu, &next->domain->arch.dirty_cpumask);
        next->dirty_cpu = cpu;
        write_cr3_for(next);
    } else
        write_cr3(virt_to_maddr(idle_pg_table));
    if (!is_idle_vcpu(prev)) {
        if (prev->domain != next->domain)
            cpumask_clear(cpu, &prev->domain->arch.dirty_cpumask);
        prev->dirty_cpu = VCPU_CPU_CLEAN;
    }
}

static void noreturn idle_loop(void)
{
    for (;;) {
        local_irq_disable();
        if (softirq_pending(smp_processor_id())) {
            local_irq_enable();
            do_softirq();
        } else
            safe_halt();
    }
}

/* A new processor's first switch is to its idle vcpu. The scheduler learns that it has nothing to do. */
void arch_startup_cpu_idle_loop(void)
{
    set_current(idle_vcpu[smp_processor_id()]);
    raise_softirq(SCHEDULE_SOFTIRQ);
    reset_stack_and_jump(idle_loop);
}

/*
 * Run state and time go where the guest's kernel has them mapped. The tables of its user mode need not have
 * that, and a vcpu may be switched to in user mode: then it is told when it enters its kernel.
 */
static void publish_runstate(struct vcpu *v)
{
    v->arch.runstate_late = !vcpu_runstate_publish(v) && !v->arch.kernel_mode;
}

void publish_late(struct vcpu *v)
{
    if (v->arch.runstate_late)
        publish_runstate(v);
    if (v->arch.time_late)
        force_update_vcpu_system_time(v);
}

void arch_context_switch(struct vcpu *prev, struct vcpu *next)
{
    bool segments_ok;

    local_irq_disable();
    if (!is_idle_vcpu(prev))
        save_state(prev);
    set_current(next);
    get_cpu_info()->narrow = next->domain->arch.is_32bit_pv;
    switch_page_tables(prev, next);
    if (!is_idle_vcpu(next))
        load_state(next);
    context_saved(prev);
    if (is_idle_vcpu(next))
        reset_stack_and_jump(idle_loop);
    /* A selector may be the first to touch a page of the LDT, which then may have to be flushed on other CPUs. */
    segments_ok = load_segments(next);
    update_vcpu_system_time(next);
    publish_runstate(next);
    if (!segments_ok)
        inject_failsafe();
    reset_stack_and_jump(exit_to_guest);
}

/* The scheduler's caller goes back to where it came from: the way out to the guest, or the idle loop. */
void arch_continue_running(struct vcpu *same)
{
}

/* Never lazily on a CPU (see above). */
void arch_flush_vcpu_state(struct vcpu *v)
{
}
