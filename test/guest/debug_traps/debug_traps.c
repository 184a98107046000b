/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * #DB where it comes in between: steps over a hypercall and a return, breakpoints on what the hypervisor writes for the
 * kernel, on a load of SS before an instruction that enters the hypervisor, an NMI in the handler. It is the kernel's, once,
 * and never the hypervisor's.
 */
#include "test.h"

#include <public/callback.h>
#include <public/vcpu.h>
#include <public/version.h>

#define DEBUG      1
#define NMI        2
#define BREAKPOINT 3
#define UNDEFINED  6
#define TF         0x100
#define RF         0x10000

/* DR7 for the first breakpoint. */
#define ON_EXECUTION 0x00000001
#define ON_WRITE     0x000d0001         /* 4 bytes */
#define ON_ACCESS    0x000f0001
#define DR6_FIRST    1
#define DR6_STEP     0x4000

static unsigned int debugs, breakpoints, nmis;
static unsigned long first_rip, status;

/* Counts, and lets what follows run. */
static bool count(struct frame *frame)
{
    if (frame->vector == DEBUG) {
        if (!debugs++)
            first_rip = frame->rip;
        status |= HYPERCALL_UNSEEN(get_debugreg, 6) & (DR6_FIRST | DR6_STEP);
        HYPERCALL_UNSEEN(set_debugreg, 6, 0);
        frame->rflags |= RF;
        if (debugs > 10)
            HYPERCALL_UNSEEN(set_debugreg, 7, 0);
        return true;
    }
    breakpoints += frame->vector == BREAKPOINT;
    return frame->vector == BREAKPOINT;
}

static void start(const volatile void *address, unsigned long control)
{
    debugs = breakpoints = 0;
    status = first_rip = 0;
    frame_hook = count;
    CHECK_EQ(HYPERCALL(set_debugreg, 6, 0), 0);
    CHECK_EQ(HYPERCALL(set_debugreg, 0, address), 0);
    CHECK_EQ(HYPERCALL(set_debugreg, 7, control), 0);
}

static void stop(void)
{
    CHECK_EQ(HYPERCALL(set_debugreg, 7, 0), 0);
    CHECK_EQ(HYPERCALL(set_debugreg, 0, 0), 0);
    frame_hook = NULL;
}

/* ---- steps */

#ifdef __x86_64__
#define NO_ARGUMENTS "xor %%edi, %%edi; xor %%esi, %%esi;"
#define ARGUMENT_REGISTERS "rdi", "rsi", "rcx", "r11"
#else
#define NO_ARGUMENTS "xor %%ebx, %%ebx; xor %%ecx, %%ecx;"
#define ARGUMENT_REGISTERS "ebx", "ecx"
#endif

extern const char step_after[];

/* Each instruction is one step; a hypercall ends before or after the next, depending on how it returns. */
static void steps(void)
{
    unsigned long version;

    start(NULL, 0);
    asm volatile(NO_ARGUMENTS "mov %[number], %%eax\n"
                 "pushf; orl $0x100, (%%" STACK_POINTER "); popf\n"
                 ".globl step_after\n"
                 HYPERCALL_INSTRUCTION "\n"
                 "step_after: nop; nop; pushf; andl $~0x100, (%%" STACK_POINTER "); popf; nop"
                 : "=a"(version) : [number] "i"(__HYPERVISOR_xen_version) : ARGUMENT_REGISTERS, "memory", "cc");
    stop();
    CHECK_EQ(version >> 16, 4);
    CHECK_EQ(status, DR6_STEP);
    CHECK(first_rip == (unsigned long)step_after || first_rip == (unsigned long)step_after + 1);
    CHECK_EQ(debugs, first_rip == (unsigned long)step_after ? 6 : 5);
}

/* ---- breakpoints on code */

extern const char broken_nop[];

/* RF lets it run after that: the way back from the handler must keep it. */
static void on_code(void)
{
    start(broken_nop, ON_EXECUTION);
    asm volatile(".globl broken_nop\nnop; broken_nop: nop; nop");
    stop();
    CHECK_EQ(debugs, 1);
    CHECK_EQ(first_rip, (unsigned long)broken_nop);
    CHECK_EQ(status, DR6_FIRST);
}

/* Where a hypercall goes on. */
static void on_hypercall(void)
{
    const char *instruction = hypercall_page + 32 * __HYPERVISOR_xen_version;

    while (*(const uint16_t *)instruction != (sizeof(long) == 8 ? 0x050f : 0x82cd))
        instruction++;
    start(instruction, ON_EXECUTION);
    CHECK_EQ(HYPERCALL(xen_version, XENVER_version, 0) >> 16, 4);
    stop();
    CHECK_EQ(debugs, 1);
    CHECK_EQ(first_rip, instruction);
    CHECK_EQ(status, DR6_FIRST);
}

/* ---- on what the hypervisor writes */

static void on_result(void)
{
    static xen_extraversion_t text;

    memset(text, 0, sizeof(text));
    start(text, ON_WRITE);
    CHECK_EQ(HYPERCALL(xen_version, XENVER_extraversion, text), 0);
    stop();
    CHECK(text[0]);
    CHECK_EQ(debugs, 0);
}

/* Words of a breakpoint's frame, as the hypervisor pushes it; the handler writes to some of them as well. */
static void on_frame(void)
{
    unsigned long at;

    asm volatile("mov %%" STACK_POINTER ", %0" : "=r"(at));
    for (unsigned int words = 1; words < 12; words++) {
        start((void *)(at - 64 - words * sizeof(long)), ON_WRITE);
        asm volatile("sub $64, %%" STACK_POINTER "; int3; add $64, %%" STACK_POINTER : : : "memory", "cc");
        stop();
        CHECK_EQ(breakpoints, 1);
    }
}

/* ---- on a load of SS, after which #DB waits for an instruction */

static uint32_t watched_ss = FLAT_KERNEL_SS;

#define AFTER_SS(name, instruction)                                                                             \
    static void name(void *unused)                                                                              \
    {                                                                                                           \
        asm volatile("mov %[number], %%eax; mov %[ss], %%ss; " instruction                                          \
                     : : [ss] "m"(watched_ss), [number] "i"(__HYPERVISOR_xen_version) : "eax", HYPERCALL_CLOBBERS "memory", "cc");                      \
    }

AFTER_SS(ss_int3, "int3")
AFTER_SS(ss_hypercall, HYPERCALL_INSTRUCTION)
AFTER_SS(ss_undefined, "ud2")
AFTER_SS(ss_ss, "mov %[ss], %%ss; int3")

/* A processor may drop what would come within the hypervisor; an emulator doesn't make it wait. */
static void on_stack_segment(void)
{
    static const struct {
        void (*body)(void *);
        unsigned int loads, int3;
        bool fault;
    } all[] = { { ss_int3, 1, 1, false }, { ss_hypercall, 1, 0, false }, { ss_undefined, 1, 0, true }, { ss_ss, 2, 1, false } };

    for (unsigned int i = 0; i < ARRAY_SIZE(all); i++) {
        struct fault fault;

        start(&watched_ss, ON_ACCESS);
        probe(&fault, all[i].body, NULL);
        stop();
        CHECK(debugs <= all[i].loads);
        CHECK_EQ(breakpoints, all[i].int3);
        CHECK_EQ(fault.taken, all[i].fault);
        CHECK(!fault.taken || fault.frame.vector == UNDEFINED);
    }
}

/* ---- an NMI in the handler, and #DB in its own */

static volatile uint32_t watched;

static bool nest(struct frame *frame)
{
    if (frame->vector == NMI) {
        nmis++;
        watched = 2;
        return true;
    }
    if (frame->vector != DEBUG)
        return false;
    if (!debugs++)
        HYPERCALL(vcpu_op, VCPUOP_send_nmi, 0, 0);
    return true;
}

static void with_nmi(void)
{
    struct callback_register callback = { .type = CALLBACKTYPE_nmi, .address = CALLBACK_TO(STUB(NMI)) };
    struct callback_unregister none = { .type = CALLBACKTYPE_nmi };

    nmis = 0;
    CHECK_EQ(HYPERCALL(callback_op, CALLBACKOP_register, &callback), 0);
    start(&watched, ON_WRITE);
    frame_hook = nest;
    watched = 1;
    stop();
    CHECK_EQ(HYPERCALL(callback_op, CALLBACKOP_unregister, &none), 0);
    CHECK_EQ(nmis, 1);
    CHECK_EQ(debugs, 2);
    CHECK_EQ(watched, 2);
}

const struct test tests[] = {
    { "debug_traps.steps", steps },
    { "debug_traps.on_code", on_code },
    { "debug_traps.on_hypercall", on_hypercall },
    { "debug_traps.on_result", on_result },
    { "debug_traps.on_frame", on_frame },
    { "debug_traps.on_stack_segment", on_stack_segment },
    { "debug_traps.with_nmi", with_nmi },
    { NULL, NULL },
};
