/* SPDX-License-Identifier: MIT */
/*
 * Exceptions. The hypervisor gets them all from the processor and bounces them to the handler that the kernel
 * registered: it is entered with a frame on the stack as the processor would make it, but for a page fault's
 * address, which is in the shared page since CR2 belongs to the hypervisor.
 *
 * One instruction may be marked as allowed to fault: the section .fixup has pairs of its address and where to
 * go on.
 */
#include "trap.h"

#include <public/sched.h>

#include "event.h"
#include "hypercall.h"
#include "print.h"
#include "shutdown.h"
#include "start.h"
#include "thread.h"

#define VECTOR_NMI        2     /* has a callback of its own */
#define VECTOR_BREAKPOINT 3
#define VECTOR_OVERFLOW   4
#define VECTOR_PAGE_FAULT 14
#define VECTOR_RESERVED   15

struct fixup {
    unsigned long fault, resume;
};
extern const struct fixup fixups[], fixups_end[];

static unsigned int breakpoints;

static const char *const names[EXCEPTIONS] = {
    [0] = "division error", [1] = "debug", [2] = "NMI", [3] = "breakpoint", [4] = "overflow",
    [5] = "bound range", [6] = "invalid opcode", [7] = "no FPU", [8] = "double fault",
    [10] = "invalid TSS", [11] = "segment not present",
    [12] = "stack fault", [13] = "general protection", [14] = "page fault", [16] = "FPU error",
    [17] = "alignment check", [18] = "machine check", [19] = "SIMD error",
};

static bool fixed_up(struct frame *frame)
{
    for (const struct fixup *fixup = fixups; fixup < fixups_end; fixup++)
        if (fixup->fault == frame->ip) {
            frame->ip = fixup->resume;
            return true;
        }
    return false;
}

static void print_registers(const struct frame *frame)
{
    unsigned int column = 0;

#define PRINT_REGISTER(name) \
    print("%5s " WORD_FORMAT "%s", #name, (unsigned long)frame->name, ++column % 4 ? "" : "\n");
    FRAME_REGISTERS(PRINT_REGISTER)
    print("   ip " WORD_FORMAT " flags %08lx cs %04lx\n", (unsigned long)frame->ip,
          (unsigned long)frame->flags, (unsigned long)frame->cs & 0xffff);
}

static void __attribute__((noreturn)) die(const struct frame *frame)
{
    static bool dying;
    const char *name = frame->vector < EXCEPTIONS ? names[frame->vector] : "failsafe callback";

    if (dying)
        shut_down(SHUTDOWN_crash);      /* what we print made another exception */
    dying = true;
    print_registers(frame);
    if (frame->vector == VECTOR_PAGE_FAULT)
        print("address %lx\n", this_vcpu->arch.cr2);
    panic("%s (vector %lu, error %lx) in thread %s", name ? name : "reserved exception",
          (unsigned long)frame->vector, (unsigned long)frame->error, thread_current()->name);
}

void trap(struct frame *frame)
{
    if (frame->vector == VECTOR_EVENT)
        events_deliver();
    else if (frame->vector == VECTOR_BREAKPOINT)
        breakpoints++;
    else if (frame->vector == VECTOR_FAILSAFE || !fixed_up(frame))
        die(frame);
}

void traps_init(void)
{
    static struct trap_info table[EXCEPTIONS + 1];      /* the last one's address is 0: the end */
    unsigned int n = 0;

    for (unsigned int vector = 0; vector < EXCEPTIONS; vector++) {
        if (vector == VECTOR_NMI || vector == VECTOR_RESERVED)
            continue;
        table[n].vector = vector;
        /* Who may raise it by INT: INT3 and INTO everybody, the others nobody. */
        table[n].flags = vector == VECTOR_BREAKPOINT || vector == VECTOR_OVERFLOW ? 3 : 0;
        table[n].cs = FLAT_KERNEL_CS;
        table[n].address = (unsigned long)exception_stubs + vector * STUB_SIZE;
        n++;
    }
    if (HYPERCALL(set_trap_table, table))
        panic("the table of exception handlers is refused");
    if (HYPERCALL(set_callbacks, ENTRY_POINT(event_callback), ENTRY_POINT(failsafe_callback), 0))
        panic("the callbacks are refused");
}

unsigned int breakpoint(void)
{
    asm volatile("int3");
    return breakpoints;
}

#define MAY_FAULT                                       \
    "    mov $1, %[done]\n"                             \
    "2:\n"                                              \
    "    .pushsection .fixup, \"a\"\n"                  \
    "    " WORD_TEXT " 1b, 2b\n"                        \
    "    .popsection\n"

bool try_read(const void *address, unsigned long *value)
{
    unsigned int done = 0;
    unsigned long word = 0;

    asm volatile("1:  mov %[from], %[word]\n" MAY_FAULT
                 : [word] "+r"(word), [done] "+r"(done) : [from] "m"(*(const unsigned long *)address));
    *value = word;
    return done;
}

bool try_write(void *address, unsigned long value)
{
    unsigned int done = 0;

    asm volatile("1:  mov %[word], %[to]\n" MAY_FAULT
                 : [to] "=m"(*(unsigned long *)address), [done] "+r"(done) : [word] "r"(value));
    return done;
}
