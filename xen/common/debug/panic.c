/* SPDX-License-Identifier: GPL-2.0-only */
/* Giving up, and showing where. */
#include <xen/atomic.h>
#include <xen/console.h>
#include <xen/debug.h>
#include <xen/lib.h>
#include <xen/param.h>
#include <xen/sched.h>
#include <xen/serial.h>
#include <xen/smp.h>
#include <xen/time.h>
#include <asm/processor.h>
#include <asm/sections.h>

static bool opt_noreboot;
boolean_param("noreboot", opt_noreboot);

static int panicking = -1;              /* CPU that is at it */

/* Only the first CPU, and only once, tells its story. */
static void claim_panic(void)
{
    int me = smp_processor_id(), who = cmpxchg(&panicking, -1, me);

    if (who == -1)
        return;
    if (who == me) {
        console_force_unlock();         /* the first may not have come so far */
        printk("panic while in panic\n");
        uart_flush();
        machine_restart();
    }
    for (;;)
        __asm__ volatile ("cli; hlt");
}

static void noreturn stop_machine(void)
{
    printk("\n****************************************\n");
    if (opt_noreboot) {
        printk("Manual reset required ('noreboot')\n");
        uart_flush();
        machine_halt();
    }
    printk("Reboot in five seconds...\n");
    uart_flush();
    for (unsigned i = 0; i < 500; i++)
        udelay(10000);
    machine_restart();
}

static void begin_panic(void)
{
    local_irq_disable();
    claim_panic();
    smp_send_stop();                    /* who has a lock of the console gives it back before */
    console_force_unlock();
    printk("\n****************************************\n");
    printk("Panic on CPU %u:\n", smp_processor_id());
}

void panic(const char *fmt, ...)
{
    va_list ap;

    begin_panic();
    va_start(ap, fmt);
    vprintk(fmt, ap);
    va_end(ap);
    printk("\n");
    dump_execution_state();
    stop_machine();
}

void fatal_trap(const struct cpu_user_regs *regs, const char *what)
{
    begin_panic();
    printk("FATAL TRAP: %s, vector %u, error code %x\n", what, regs->entry_vector & 0xff, regs->error_code);
    show_registers(regs);
    show_stack_trace(regs->rip, regs->rbp);
    stop_machine();
}

void bug(const char *file, int line, const char *what)
{
    panic("BUG at %s:%d: %s", file, line, what);
}

void warn_on(const char *file, int line, const char *what)
{
    printk("WARNING at %s:%d: %s\n", file, line, what);
    dump_execution_state();
}

static void show_context(const struct cpu_user_regs *regs)
{
    const struct vcpu *v = current;

    if (guest_mode(regs) && v)
        printk("CPU:    %u guest d%uv%d, RIP: %04x:[<%016lx>]\n", smp_processor_id(), v->domain->domain_id,
               v->vcpu_id, regs->cs, (unsigned long)regs->rip);
    else {
        printk("CPU:    %u hypervisor, RIP: %04x:[<%016lx>]", smp_processor_id(), regs->cs,
               (unsigned long)regs->rip);
        print_symbol(" %s\n", regs->rip);
    }
}

void show_registers(const struct cpu_user_regs *regs)
{
    show_context(regs);
    printk("RFLAGS: %016lx  CR0: %016lx  CR2: %016lx\n", (unsigned long)regs->rflags, read_cr0(), read_cr2());
    printk("rax: %016lx  rbx: %016lx  rcx: %016lx\n", (unsigned long)regs->rax, (unsigned long)regs->rbx,
           (unsigned long)regs->rcx);
    printk("rdx: %016lx  rsi: %016lx  rdi: %016lx\n", (unsigned long)regs->rdx, (unsigned long)regs->rsi,
           (unsigned long)regs->rdi);
    printk("rbp: %016lx  rsp: %016lx  r8:  %016lx\n", (unsigned long)regs->rbp, (unsigned long)regs->rsp,
           (unsigned long)regs->r8);
    printk("r9:  %016lx  r10: %016lx  r11: %016lx\n", (unsigned long)regs->r9, (unsigned long)regs->r10,
           (unsigned long)regs->r11);
    printk("r12: %016lx  r13: %016lx  r14: %016lx\n", (unsigned long)regs->r12, (unsigned long)regs->r13,
           (unsigned long)regs->r14);
    printk("r15: %016lx  CR3: %016lx  CR4: %016lx  ss: %04x\n", (unsigned long)regs->r15, read_cr3(),
           read_cr4_hw(), regs->ss);
}

static bool on_this_stack(unsigned long va)
{
    unsigned long sp = (unsigned long)__builtin_frame_address(0);

    return (va & 7) == 0 && va >= (sp & ~(STACK_SIZE - 1UL)) && va < (unsigned long)get_cpu_info() - 16;
}

void show_stack_trace(unsigned long rip, unsigned long rbp)
{
    printk("Call trace:\n");
    for (unsigned i = 0; i < 32; i++) {
        const unsigned long *frame = (const unsigned long *)rbp;

        if (is_kernel_text(rip)) {
            printk("   [<%016lx>]", rip);
            print_symbol(" %s\n", rip);
        }
        if (!on_this_stack(rbp) || (i && frame[1] == 0))
            break;
        rip = frame[1];
        if (frame[0] <= rbp)
            break;
        rbp = frame[0];
    }
}

noinline void dump_execution_state(void)
{
    unsigned long rip;

    __asm__ volatile ("lea (%%rip), %0" : "=r" (rip));
    printk("CPU:    %u, RSP: %016lx, CR2: %016lx, CR3: %016lx\n", smp_processor_id(),
           (unsigned long)__builtin_frame_address(0), read_cr2(), read_cr3());
    show_stack_trace(rip, (unsigned long)__builtin_frame_address(0));
}
