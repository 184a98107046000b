/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Faults within handlers of faults, upcalls and NMIs: told to the kernel as long as there is a way to it, deep ones too.
 * Where there is none, because a frame can't be written or read, a domain ends as crashed: that is tried in children.
 */
#include "child.h"
#include "test.h"

#include <public/callback.h>
#include <public/errno.h>
#include <public/sched.h>
#include <public/vcpu.h>

#define NMI         2
#define BREAKPOINT  3
#define UNDEFINED   6
#define PROTECTION  13
#define PAGE_FAULT  14
#define NOWHERE     0x1000ul
#define BEYOND_GDT  0xfff8

static struct child child;

static void undefined(void *unused)
{
    asm volatile("ud2");
}

static void read_nowhere(void *unused)
{
    (void)*(volatile char *)NOWHERE;
}

/* ---- handlers that lead nowhere: a page fault at their first instruction */

static void check_nowhere(const char *what, void (*body)(void *))
{
    struct fault fault;

    if (!probe(&fault, body, NULL) || fault.frame.vector != PAGE_FAULT || fault.frame.rip != NOWHERE)
        fail("%s: vector %lu at %#lx", what, fault.taken ? fault.frame.vector : ~0ul, fault.frame.rip);
    install_traps();
}

static void to_exception(void *unused)
{
    struct trap_info table[2] = { { .vector = UNDEFINED, .cs = FLAT_KERNEL_CS, .address = NOWHERE } };

    HYPERCALL(set_trap_table, table);
    undefined(NULL);
}

static void register_callback(unsigned int type, unsigned long to)
{
    struct callback_register callback = { .type = type, .address = CALLBACK_TO(to) };

    CHECK_EQ(HYPERCALL(callback_op, CALLBACKOP_register, &callback), 0);
}

static void to_nmi(void *unused)
{
    register_callback(CALLBACKTYPE_nmi, NOWHERE);
    HYPERCALL(vcpu_op, VCPUOP_send_nmi, 0, 0);
}

static struct evtchn_bind_ipi ipi;

/* An event, and upcalls let in. */
static void take_upcall(void *unused)
{
    ipi.vcpu = 0;
    HYPERCALL(event_channel_op, EVTCHNOP_bind_ipi, &ipi);
    shared->evtchn_mask[0] = 0;
    notify(ipi.port);
    upcalls(true);
}

static void end_upcall(void)
{
    struct evtchn_close close = { .port = ipi.port };

    this_vcpu()->evtchn_upcall_mask = 1;
    shared->evtchn_pending[0] = 0;
    this_vcpu()->evtchn_pending_sel = 0;
    this_vcpu()->evtchn_upcall_pending = 0;
    CHECK_EQ(HYPERCALL(event_channel_op, EVTCHNOP_close, &close), 0);
}

/* The way back from a fault allows upcalls: one that is still pending would lead nowhere again. */
static bool take_back(struct frame *frame)
{
    this_vcpu()->evtchn_upcall_pending = 0;
    return false;
}

static void to_upcall(void *unused)
{
    frame_hook = take_back;
    register_callback(CALLBACKTYPE_event, NOWHERE);
    take_upcall(NULL);
}

static unsigned int nmis, upcalls_taken, inner_faults;

static bool count_nmi(struct frame *frame)
{
    nmis += frame->vector == NMI;
    return frame->vector == NMI;
}

/* After an NMI whose handler never ran to its iret, the next one comes. */
static void next_nmi(void)
{
    struct callback_unregister none = { .type = CALLBACKTYPE_nmi };

    nmis = 0;
    frame_hook = count_nmi;
    register_callback(CALLBACKTYPE_nmi, STUB(NMI));
    HYPERCALL(vcpu_op, VCPUOP_send_nmi, 0, 0);
    frame_hook = NULL;
    CHECK_EQ(nmis, 1);
    CHECK_EQ(HYPERCALL(callback_op, CALLBACKOP_unregister, &none), 0);
}

static void nowhere(void)
{
    check_nowhere("exception", to_exception);
    check_nowhere("upcall", to_upcall);
    frame_hook = NULL;
    end_upcall();
    check_nowhere("NMI", to_nmi);
    next_nmi();
}

#ifndef __x86_64__
static void to_data_segment(void *unused)
{
    frame_hook = take_back;
    CHECK_EQ(HYPERCALL(set_callbacks, FLAT_RING1_DS, event_upcall, FLAT_KERNEL_CS, failsafe), 0);
    take_upcall(NULL);
}

/* A callback's segment is looked at when it is entered. */
static void callback_segment(void)
{
    struct fault fault;

    CHECK(probe(&fault, to_data_segment, NULL));
    frame_hook = NULL;
    install_traps();
    end_upcall();
    CHECK_EQ(fault.frame.vector, PROTECTION);
    CHECK_EQ(fault.frame.error, FLAT_RING1_DS & ~3);
}
#endif

/* ---- faults in handlers that deal with them */

static bool fault_inside(struct frame *frame)
{
    struct fault inner;

    if (frame->vector != NMI && frame->vector != VECTOR_UPCALL && frame->vector != BREAKPOINT)
        return false;
    this_vcpu()->evtchn_upcall_pending = 0;
    inner_faults += probe(&inner, read_nowhere, NULL) && inner.frame.vector == PAGE_FAULT;
    if (frame->vector == BREAKPOINT) {
        HYPERCALL(vcpu_op, VCPUOP_send_nmi, 0, 0);
    } else if (frame->vector == NMI) {
        nmis++;
        take_upcall(NULL);
    } else {
        upcalls_taken++;
    }
    return true;
}

/* An upcall in an NMI's handler in a breakpoint's, a page fault in each. */
static void all_at_once(void)
{
    struct callback_unregister none = { .type = CALLBACKTYPE_nmi };

    nmis = upcalls_taken = inner_faults = 0;
    register_callback(CALLBACKTYPE_nmi, STUB(NMI));
    frame_hook = fault_inside;
    asm volatile("int3");
    frame_hook = NULL;
    end_upcall();
    CHECK_EQ(HYPERCALL(callback_op, CALLBACKOP_unregister, &none), 0);
    CHECK_EQ(nmis, 1);
    CHECK_EQ(upcalls_taken, 1);
    CHECK_EQ(inner_faults, 3);
}

#define DEEP 20

static unsigned int depth;

static bool go_deeper(struct frame *frame)
{
    if (frame->vector != BREAKPOINT)
        return false;
    if (++depth < DEEP)
        asm volatile("int3");
    return true;
}

static void deep(void)
{
    depth = 0;
    frame_hook = go_deeper;
    asm volatile("int3");
    CHECK_EQ(depth, DEEP);
}

/* ---- no way on: in a child, before which the pages it needs are made */

static char *above_gap;                 /* a page; the one before it isn't mapped */

static void make_gap(void)
{
    above_gap = page_alloc();
    remap(above_gap, 0);
    above_gap = page_alloc();
}

static const unsigned long bad_stacks[] = {
    0, NOWHERE, HYPERVISOR_ADDRESS, MACH2PHYS_VIRT_START + PAGE_SIZE, ~0ul,
#ifdef __x86_64__
    1ul << 47, 1ul << 63, 0xffff7ffffffffff0, HYPERVISOR_VIRT_START, HYPERVISOR_VIRT_END,
#endif
};

#define CRASHES(body, argument)                                                                 \
    do {                                                                                        \
        int reason_ = child_run(&child, body, (void *)(argument));                              \
        if (reason_ != SHUTDOWN_crash)                                                          \
            return fail("%s(%#lx): reason %d", #body, (unsigned long)(argument), reason_);      \
    } while (0)

static void fault_on_stack(void *stack)
{
    asm volatile("mov %0, %%" STACK_POINTER "; ud2" : : "r"(stack) : "memory");
}

static void fault_above_gap(void *offset)
{
    make_gap();
    fault_on_stack(above_gap + (long)offset);
}

static void fault_on_table(void *unused)
{
    fault_on_stack((char *)start_info->pt_base + PAGE_SIZE);
}

/* The frame of an exception can't be written. */
static void stacks_for_exceptions(void)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(bad_stacks); i++)
        CRASHES(fault_on_stack, bad_stacks[i]);
    CRASHES(fault_above_gap, 0);
    CRASHES(fault_above_gap, 8);
    CRASHES(fault_on_table, 0);
    CHECK(child_destroy(&child));
}

/* A page fault at the first instruction of its handler, again and again. */
static void handler_faults(void *unused)
{
    struct trap_info table[2] = { { .vector = PAGE_FAULT, .cs = FLAT_KERNEL_CS, .address = NOWHERE } };

    make_gap();
    HYPERCALL(set_trap_table, table);
    asm volatile("mov %0, %%" STACK_POINTER "; jmp *%1" : : "r"(above_gap + PAGE_SIZE), "r"(NOWHERE) : "memory");
}

static void without_handler(void *unused)
{
    HYPERCALL(set_trap_table, 0);
    undefined(NULL);
}

static void endless(void)
{
    CRASHES(handler_faults, 0);
    CRASHES(without_handler, 0);
    CHECK(child_destroy(&child));
}

/* The hypercall iret finds its frame at the stack pointer. */
static void iret_from(void *stack)
{
    call_that_ends(__HYPERVISOR_iret, 0);
    asm volatile("mov %0, %%" STACK_POINTER "; jmp hypercall_page + 23 * 32" : : "r"(stack) : "memory");
}

static void iret_from_page_end(void *unused)
{
    make_gap();
    iret_from(above_gap - 8);
}

static void frames_for_iret(void)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(bad_stacks); i++)
        if (bad_stacks[i] != MACH2PHYS_VIRT_START + PAGE_SIZE)      /* readable */
            CRASHES(iret_from, bad_stacks[i]);
    CRASHES(iret_from_page_end, 0);
    CHECK(child_destroy(&child));
}

/*
 * Where the kernel is entered from user mode, and the frame that is refused says it comes from there: to a segment that
 * isn't there, with a stack that isn't either.
 */
static void enter_kernel_on(void *stack)
{
    CHECK_EQ(HYPERCALL(stack_switch, FLAT_KERNEL_SS, stack), 0);
#ifdef __x86_64__
    asm volatile("push %0; push %1; push $0x202; push %2; push $0x1000; push $0; jmp hypercall_page + 23 * 32"
                 : : "r"((unsigned long)FLAT_KERNEL_SS), "r"(stack), "r"((unsigned long)BEYOND_GDT) : "memory");
#else
    asm volatile("push %0; push %1; push $0x202; push %2; push $0x1000; jmp hypercall_page + 23 * 32"
                 : : "r"(FLAT_RING3_SS), "r"(stack), "r"(BEYOND_GDT | 3) : "memory");
#endif
}

static void stacks_of_the_kernel(void)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(bad_stacks); i++)
        CRASHES(enter_kernel_on, bad_stacks[i]);
    CHECK(child_destroy(&child));
}

#ifdef __x86_64__
/* To user mode, for which there are no page tables. */
static void iret_to_user_mode(void *unused)
{
    call_that_ends(__HYPERVISOR_iret, 0);
    asm volatile("push %0; push %%rsp; push $0x202; push %1; push $0x1000; push $0; jmp hypercall_page + 23 * 32"
                 : : "r"((unsigned long)FLAT_USER_SS64), "r"((unsigned long)FLAT_USER_CS64) : "memory");
}

static void no_user_tables(void)
{
    CRASHES(iret_to_user_mode, 0);
    CHECK(child_destroy(&child));
}
#else
/* Segments that are no stack of the kernel's. */
static void enter_kernel_in(void *segment)
{
    static char stack[PAGE_SIZE];

    CHECK_EQ(HYPERCALL(stack_switch, segment, stack + sizeof(stack)), 0);
    asm volatile("push %0; push %1; push $0x202; push %2; push $0x1000; jmp hypercall_page + 23 * 32"
                 : : "r"(FLAT_RING3_SS), "r"(stack + sizeof(stack)), "r"(BEYOND_GDT | 3) : "memory");
}

static void segments_of_the_kernel(void)
{
    static const unsigned long segments[] = { 0, BEYOND_GDT, 0xe008, 0xe010, FLAT_RING1_CS, FLAT_RING3_SS, 7 };

    for (unsigned int i = 0; i < ARRAY_SIZE(segments); i++)
        CRASHES(enter_kernel_in, segments[i]);
    CHECK(child_destroy(&child));
}
#endif

const struct test tests[] = {
    { "nested.nowhere", nowhere },
#ifndef __x86_64__
    { "nested.callback_segment", callback_segment },
#endif
    { "nested.all_at_once", all_at_once },
    { "nested.deep", deep },
    { "nested.stacks_for_exceptions", stacks_for_exceptions },
    { "nested.endless", endless },
    { "nested.frames_for_iret", frames_for_iret },
    { "nested.stacks_of_the_kernel", stacks_of_the_kernel },
#ifdef __x86_64__
    { "nested.no_user_tables", no_user_tables },
#else
    { "nested.segments_of_the_kernel", segments_of_the_kernel },
#endif
    { NULL, NULL },
};
