/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ways to die, one a test, to be chosen by only=: each must end this domain, at once and alone. A line says
 * which before it happens, and the test fails by going on.
 */
#include "test.h"

#include <public/sched.h>

static void null_jump(void)
{
    HYPERCALL(set_trap_table, 0);
    ((void (*)(void))0)();
}

/* An exception whose frame can't be written anywhere. */
static void with_stack(uint64_t rsp)
{
    asm volatile("mov %0, %%rsp; ud2" : : "r"(rsp) : "memory");
}

static void null_stack(void)
{
    with_stack(0);
}

static void hypervisor_stack(void)
{
    with_stack(HYPERVISOR_VIRT_START + (1ul << 39));
}

static void non_canonical_stack(void)
{
    with_stack(0x0000800000000000);
}

static void machphys_stack(void)
{
    with_stack(MACH2PHYS_VIRT_START + PAGE_SIZE);
}

/* The frame straddles a good page and one that isn't there. */
static void straddling_stack(void)
{
    char *first = page_alloc(), *second = page_alloc();

    remap(first, 0);
    with_stack((uint64_t)second + 16);
}

/* The handler faults at its first instruction, until the stack has used up what lies below it. */
static void handler_faults(void)
{
    struct trap_info table[3] = { { .vector = 6, .cs = FLAT_KERNEL_CS, .address = 0x1000 },
                                  { .vector = 14, .cs = FLAT_KERNEL_CS, .address = 0x1000 } };

    HYPERCALL(set_trap_table, table);
    asm volatile("ud2");
}

static void upcall_nowhere(void)
{
    struct evtchn_bind_ipi ipi = { .vcpu = 0 };

    HYPERCALL(set_trap_table, 0);
    HYPERCALL(set_callbacks, 0x1000, 0x1000, 0x1000);
    HYPERCALL(event_channel_op, EVTCHNOP_bind_ipi, &ipi);
    shared->evtchn_mask[0] = 0;
    notify(ipi.port);
    upcalls(true);
}

/* The hypervisor reads an iret's frame from the stack. */
static void iret_without_stack(void)
{
    asm volatile("xor %%esp, %%esp; jmp hypercall_page + 23 * 32" : : : "memory");
}

/* What the hypercall page pushes is there, what it expects above that isn't. */
static void iret_from_straddling_stack(void)
{
    char *first = page_alloc(), *second = page_alloc();

    CHECK(second == first + PAGE_SIZE);
    remap(second, 0);
    asm volatile("mov %0, %%rsp; jmp hypercall_page + 23 * 32" : : "r"(second) : "memory");
}

static void iret_to_nowhere(void)
{
    HYPERCALL(set_trap_table, 0);
    asm volatile("pushq %0; pushq $0x7000; pushq $0x202; pushq $0x33; pushq $0; pushq $0; pushq $0; pushq $0\n"
                 "jmp hypercall_page + 23 * 32" : : "i"(0x2b) : "memory");
}

/* The pages of the code are gone, and with them any handler. */
static void no_code(void)
{
    for (uint64_t at = (uint64_t)exception_stubs & ~(PAGE_SIZE - 1); at < (uint64_t)end; at += PAGE_SIZE)
        remap((void *)at, 0);
    for (uint64_t at = VIRT_BASE + 0x100000; at < (uint64_t)end; at += PAGE_SIZE)
        remap((void *)at, 0);
}

/* A top-level table with nothing in it but what the hypervisor adds. */
static void empty_tables(void)
{
    char *table = page_alloc();
    struct mmuext_op switch_to = { .cmd = MMUEXT_NEW_BASEPTR, .arg1.mfn = virt_to_mfn(table) };

    remap(table, PTE_PRESENT | PTE_USER);
    HYPERCALL(mmuext_op, &switch_to, 1, 0, DOMID_SELF);
}

static void watchdog(void)
{
    struct sched_watchdog dog = { .timeout = 1 };

    HYPERCALL(sched_op, SCHEDOP_watchdog, &dog);
    for (;;)
        barrier();
}

static void says_so(void)
{
    struct sched_shutdown crash = { .reason = SHUTDOWN_crash };

    HYPERCALL(sched_op, SCHEDOP_shutdown, &crash);
}

static void unknown_reason(void)
{
    struct sched_shutdown crash = { .reason = 0xdeadbeef };

    HYPERCALL(sched_op, SCHEDOP_shutdown, &crash);
}

#define WAY(name)                                   \
    static void name##_ends_us(void)                \
    {                                               \
        print("crash: %s\n", #name);                \
        name();                                     \
        fail("still alive");                        \
    }

WAY(null_jump)
WAY(null_stack)
WAY(hypervisor_stack)
WAY(non_canonical_stack)
WAY(machphys_stack)
WAY(straddling_stack)
WAY(handler_faults)
WAY(upcall_nowhere)
WAY(iret_without_stack)
WAY(iret_from_straddling_stack)
WAY(iret_to_nowhere)
WAY(no_code)
WAY(empty_tables)
WAY(watchdog)
WAY(says_so)
WAY(unknown_reason)

const struct test tests[] = {
    { "crash.null_jump", null_jump_ends_us },
    { "crash.null_stack", null_stack_ends_us },
    { "crash.hypervisor_stack", hypervisor_stack_ends_us },
    { "crash.non_canonical_stack", non_canonical_stack_ends_us },
    { "crash.machphys_stack", machphys_stack_ends_us },
    { "crash.straddling_stack", straddling_stack_ends_us },
    { "crash.handler_faults", handler_faults_ends_us },
    { "crash.upcall_nowhere", upcall_nowhere_ends_us },
    { "crash.iret_without_stack", iret_without_stack_ends_us },
    { "crash.iret_from_straddling_stack", iret_from_straddling_stack_ends_us },
    { "crash.iret_to_nowhere", iret_to_nowhere_ends_us },
    { "crash.no_code", no_code_ends_us },
    { "crash.empty_tables", empty_tables_ends_us },
    { "crash.watchdog", watchdog_ends_us },
    { "crash.says_so", says_so_ends_us },
    { "crash.unknown_reason", unknown_reason_ends_us },
    { NULL, NULL },
};
