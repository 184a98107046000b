/* SPDX-License-Identifier: GPL-2.0-only */
/* Start of day, the loop over the tests, exceptions and recovery from them, further virtual CPUs. */
#include "test.h"

#include <public/callback.h>
#include <public/errno.h>
#include <public/sched.h>
#include <public/vcpu.h>

struct recovery {
    unsigned long callee_saved[7];
};

bool call_recoverable(struct recovery *recovery, void (*body)(void *), void *argument);
void recover(void);
void _start_cpu(void);
void start(struct start_info *info);
void start_cpu(void (*body)(void *), void *argument);

struct start_info *start_info;
struct shared_info *shared;
unsigned long initial_rsp;
bool (*frame_hook)(struct frame *frame);

static char shared_page[PAGE_SIZE] __attribute__((aligned(4096)));
char stacks[CPUS_MAX][STACK_SIZE] __attribute__((aligned(STACK_SIZE)));

static enum { PASSED, FAILED, SKIPPED } verdict;
static const char *running;

void fail(const char *format, ...)
{
    va_list args;

    if (verdict == FAILED)
        return;
    verdict = FAILED;
    print("TEST %s: FAIL ", running);
    va_start(args, format);
    vprint(format, args);
    va_end(args);
    print("\n");
}

void skip(const char *why)
{
    verdict = SKIPPED;
    print("TEST %s: SKIP %s\n", running, why);
}

/* A guest stays, with nothing to do, if its option stay=1 says so. */
static void __attribute__((noreturn)) finish(void)
{
    struct sched_shutdown reset = { .reason = is_domain_0() ? SHUTDOWN_reboot : SHUTDOWN_poweroff };

    see_calls();
    audit_frames();
    call_without_return(__HYPERVISOR_sched_op, SCHEDOP_shutdown);
    print_calls("end", false);
    print("END\n");
    while (option("stay", 0))
        HYPERCALL(sched_op, SCHEDOP_block, 0);
    for (;;)
        HYPERCALL(sched_op, SCHEDOP_shutdown, &reset);
}

/* A fault that no test asked for: say where, and stop, since nothing after it can be trusted. */
static void __attribute__((noreturn)) die(const struct frame *f)
{
    fail("unexpected vector %lu error %#lx at %#lx, cr2 %#lx", f->vector, f->error, f->rip,
         shared ? this_vcpu()->arch.cr2 : 0);
    print_registers(f);
    if (f->rip >= VIRT_BASE && f->rip < (unsigned long)end)
        print("code %016llx\n", *(unsigned long long *)f->rip);
    finish();
}

void handle_frame(struct frame *frame)
{
    if (frame->rip == (unsigned long)peek_at) {
        frame->rip = (unsigned long)peek_end;
        return;
    }
    if (frame_hook && frame_hook(frame))
        return;
    if (frame->vector == VECTOR_UPCALL) {
        this_vcpu()->evtchn_upcall_pending = 0;
        barrier();
        this_vcpu()->evtchn_pending_sel = 0;
        return;
    }

    struct cpu *cpu = this_cpu();

    if (!cpu->recovery)
        die(frame);
    cpu->fault->taken = true;
    cpu->fault->address = this_vcpu()->arch.cr2;
    cpu->fault->frame = *frame;
    frame->rip = (unsigned long)recover;
    frame->FRAME_ARGUMENT = (unsigned long)cpu->recovery;
    frame->cs = RETURN_CS;
    frame->ss = FLAT_KERNEL_SS;
    frame->rflags = 0x202;
    frame->rsp = cpu->recovery->callee_saved[6];
}

bool probe(struct fault *fault, void (*body)(void *), void *argument)
{
    struct recovery here;
    struct cpu *cpu = this_cpu(), outer = *cpu;
    uint8_t mask = this_vcpu()->evtchn_upcall_mask;

    *fault = (struct fault){ 0 };
    cpu->fault = fault;
    cpu->recovery = &here;
    call_recoverable(&here, body, argument);
    cpu->recovery = outer.recovery;
    cpu->fault = outer.fault;
    if (fault->taken)
        call_without_return(__HYPERVISOR_iret, 0);
    this_vcpu()->evtchn_upcall_mask = mask;
    return fault->taken;
}

void install_traps(void)
{
    static struct trap_info table[257];
    struct callback_register event = { .type = CALLBACKTYPE_event, .address = CALLBACK_TO(event_upcall) };
    struct callback_register broken = { .type = CALLBACKTYPE_failsafe, .address = CALLBACK_TO(failsafe) };
    struct callback_register call = { .type = CALLBACKTYPE_syscall, .address = CALLBACK_TO(syscall_entry) };
    unsigned int n = 0;

    for (unsigned int vector = 0; vector < 256; vector++) {
        if (vector == 2 || vector == 15)    /* NMI has its own callback; 15 is reserved */
            continue;
        table[n++] = (struct trap_info){
            .vector = vector, .flags = vector == 3 || vector == 4 ? 3 : 0,
            .cs = FLAT_KERNEL_CS, .address = STUB(vector),
        };
    }
    table[n] = (struct trap_info){ 0 };
    HYPERCALL(set_trap_table, table);
    HYPERCALL(callback_op, CALLBACKOP_register, &event);
    HYPERCALL(callback_op, CALLBACKOP_register, &broken);
    HYPERCALL(callback_op, CALLBACKOP_register, &call);
}

void upcalls(bool allowed)
{
    this_vcpu()->evtchn_upcall_mask = !allowed;
    barrier();
    if (allowed && this_vcpu()->evtchn_upcall_pending)
        HYPERCALL(xen_version, 0, 0);   /* any way into the hypervisor delivers what is pending */
}

uint64_t system_time(void)
{
    volatile struct vcpu_time_info *time = &this_vcpu()->time;
    uint64_t delta, base;
    uint32_t version, factor;
    int8_t shift;

    do {
        version = time->version;
        barrier();
        base = time->system_time;
        delta = rdtsc() - time->tsc_timestamp;
        factor = time->tsc_to_system_mul;
        shift = time->tsc_shift;
        barrier();
    } while (version & 1 || version != time->version);
    delta = shift < 0 ? delta >> -shift : delta << shift;
    return base + (delta >> 32) * factor + ((uint32_t)delta * (uint64_t)factor >> 32);
}

void notify(evtchn_port_t port)
{
    struct evtchn_send send = { .port = port };

    HYPERCALL(event_channel_op, EVTCHNOP_send, &send);
}

static void map_shared_info(void)
{
    HYPERCALL(update_va_mapping, shared_page, WIDE(start_info->shared_info | PTE_DATA), UVMF_INVLPG);
    shared = (struct shared_info *)shared_page;
}

/* The option only= leaves one test of several: kernel.NAME. */
static bool chosen(const char *name)
{
    const char *part = name;

    while (*part && *part != '.')
        part++;
    return !option_given("only") || (*part && option_is("only", part + 1));
}

/*
 * Some memory the hypervisor takes when it is first asked for something, and keeps for the next time: a test that takes
 * frames is run again, and must not take more.
 */
static void run(const struct test *test)
{
    bool leak;

    watch_leaks();
    see_calls();
    test->run();
    if (verdict == PASSED && took_frames()) {
        frame_hook = NULL;
        watch_leaks();
        test->run();
    }
    leak = check_leaks();
    if (verdict == PASSED)
        print("TEST %s: ok\n", running);
    print_calls(running, leak);
}

void begin(struct start_info *info)
{
    start_info = info;
    install_traps();
    map_shared_info();
}

/* Entered from _start. */
void start(struct start_info *info)
{
    running = "start";
    begin(info);
    for (const struct test *test = tests; test->name; test++) {
        if (!chosen(test->name))
            continue;
        running = test->name;
        verdict = PASSED;
        frame_hook = NULL;
        run(test);
    }
    finish();
}

/* Entered from _start_cpu on a virtual CPU other than the first. */
void start_cpu(void (*body)(void *), void *argument)
{
    body(argument);
    for (;;)
        HYPERCALL(sched_op, SCHEDOP_block, 0);
}

void fill_context(struct vcpu_guest_context *context, unsigned int n, void (*body)(void *), void *argument)
{
    memset(context, 0, sizeof(*context));
    context->flags = VGCF_IN_KERNEL;
    context->user_regs.REG(ip) = (unsigned long)_start_cpu;
    context->user_regs.cs = FLAT_KERNEL_CS;
    context->user_regs.ss = context->user_regs.ds = context->user_regs.es = FLAT_KERNEL_SS;
    context->user_regs.REG(flags) = 0x200;
    context->user_regs.REG(di) = (unsigned long)body;
    context->user_regs.REG(si) = (unsigned long)argument;
    context->user_regs.REG(sp) = (unsigned long)stacks[n] + STACK_SIZE;
    context->kernel_ss = FLAT_KERNEL_SS;
    context->kernel_sp = context->user_regs.REG(sp);
    context->event_callback_eip = (unsigned long)event_upcall;
    context->failsafe_callback_eip = (unsigned long)failsafe;
    set_callback_segments(context);
}

long start_vcpu(unsigned int n, void (*body)(void *), void *argument)
{
    static struct vcpu_guest_context context;
    long error;

    if (n >= CPUS_MAX)
        return -XEN_ENOENT;
    fill_context(&context, n, body, argument);
    ((struct cpu *)stacks[n])->number = n;
    context.ctrlreg[3] = xen_pfn_to_cr3(virt_to_mfn((void *)start_info->pt_base));
    error = HYPERCALL(vcpu_op, VCPUOP_initialise, n, &context);
    return error ? error : HYPERCALL(vcpu_op, VCPUOP_up, n, 0);
}
