/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What only a 32-bit kernel has: ring 1 below it and ring 3 above, selectors with each handler, segments with bases
 * and limits.
 */
#include "test.h"

#include <public/callback.h>
#include <public/errno.h>
#include <public/physdev.h>

#define EFLAGS_VM 0x20000

/* ---- user mode: code and stack on pages of their own */

/* In: eax what to do, edi its argument. */
extern const char user_code[], user_store[], user_step[];
asm("    .pushsection .text.user, \"ax\", @progbits\n"
    "    .balign 4096\n"
    "user_code:\n"
    "    mov %ss, %ecx; mov %ecx, %ds; mov %ecx, %es\n"
    "    jmp *%eax\n"
    "user_int3:     int3\n"
    "user_hypercall: int $0x82\n"
    "user_store:    mov %edi, (%edi)\n"
    "user_halt:     hlt\n"
    "user_ins:      mov $0x80, %edx; insb; int3\n"
    "user_outs:     mov $0x80, %edx; mov %edi, %esi; outsb; int3\n"
    "user_sysenter: mov %esp, %ebp; sysenter\n"
    "user_syscall:  syscall\n"
    "user_step:     nop\n"
    "user_flags_sysenter: push %edi; popf; sysenter\n"
    "user_flags_syscall: push %edi; popf; syscall\n"
    "    .balign 4096\n"
    "    .popsection\n");
extern const char user_int3[], user_hypercall[], user_halt[], user_sysenter[], user_syscall[];
extern const char user_flags_sysenter[], user_flags_syscall[], user_ins[], user_outs[];

static unsigned long user_stack;

static const char *what;
static unsigned long with;

/* By iret, the hypercall or the instruction. */
static void enter_by_hypercall(void *unused)
{
    asm volatile("push %0; push %1; push $0x202; push %2; push %3; jmp hypercall_page + 23 * 32"
                 : : "i"(FLAT_RING3_SS), "r"(user_stack), "i"(FLAT_RING3_CS), "r"(user_code), "a"(what), "D"(with)
                 : "memory");
}

static void enter_by_iret(void *unused)
{
    asm volatile("push %0; push %1; push $0x202; push %2; push %3; iretl"
                 : : "i"(FLAT_RING3_SS), "r"(user_stack), "i"(FLAT_RING3_CS), "r"(user_code), "a"(what), "D"(with)
                 : "memory");
}

/* Run what of user mode, until it faults. */
static struct fault in_user_mode(void (*enter)(void *), const char *at, const void *argument)
{
    struct fault fault;

    what = at;
    with = (unsigned long)argument;
    user_stack = (unsigned long)page_alloc() + PAGE_SIZE;
    remap((void *)(user_stack - PAGE_SIZE), PTE_DATA);
    HYPERCALL(stack_switch, FLAT_KERNEL_SS, ((unsigned long)&fault & ~15ul) - 4096);
    probe(&fault, enter, NULL);
    return fault;
}

static void user(void (*enter)(void *))
{
    struct fault fault;

    CHECK_EQ(remap((void *)user_code, PTE_PRESENT | PTE_USER), 0);
    fault = in_user_mode(enter, user_int3, NULL);
    CHECK(fault.taken);
    CHECK_EQ(fault.frame.vector, 3);
    CHECK_EQ(fault.frame.cs & 0xffff, FLAT_RING3_CS);
    CHECK_EQ(fault.frame.ss, FLAT_RING3_SS);
    CHECK_EQ(fault.frame.rsp, user_stack);
    CHECK_EQ(fault.frame.rip, (unsigned long)user_int3 + 1);
    fault = in_user_mode(enter, user_halt, NULL);
    CHECK_EQ(fault.frame.vector, 13);
    CHECK_EQ(fault.frame.rip, (unsigned long)user_halt);
}

static void user_by_hypercall(void)
{
    user(enter_by_hypercall);
}

static void user_by_iret(void)
{
    user(enter_by_iret);
}

/* The kernel's pages lack the user bit: there and in error codes ring 3 is told from ring 1. */
static void user_page_faults(void)
{
    char *page = page_alloc();
    struct fault fault;

    CHECK_EQ(remap(page, PTE_PRESENT | PTE_WRITE), 0);
    *(volatile char *)page = 1;
    fault = in_user_mode(enter_by_hypercall, user_store, page);
    CHECK_EQ(fault.frame.vector, 14);
    CHECK_EQ(fault.frame.error, 7);
    CHECK_EQ(fault.address, page);
    CHECK_EQ(remap(page, 0), 0);
    fault = in_user_mode(enter_by_hypercall, user_store, page);
    CHECK_EQ(fault.frame.error, 6);
    fault = in_user_mode(enter_by_hypercall, user_store, (void *)0xff000000);
    CHECK_EQ(fault.frame.vector, 14);
    CHECK_EQ(fault.frame.error & 6, 6);
    CHECK_EQ(remap(page, PTE_DATA), 0);
}

/* A program that may use ports reaches no more of the memory by them than otherwise. */
static void user_ports(void)
{
    struct physdev_set_iopl level = { .iopl = 3 };
    static const char *const instructions[] = { user_ins, user_outs };
    volatile char *page = page_alloc();
    struct fault fault;

    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_set_iopl, &level), 0);
    for (unsigned int i = 0; i < ARRAY_SIZE(instructions); i++) {
        CHECK_EQ(remap((void *)page, PTE_PRESENT | PTE_WRITE), 0);
        *page = 1;
        fault = in_user_mode(enter_by_hypercall, instructions[i], (void *)page);
        CHECK_EQ(fault.frame.vector, 14);
        CHECK_EQ(fault.frame.error & 6, i ? 4 : 6);
        CHECK_EQ(fault.address, page);
        CHECK_EQ(*page, 1);
        CHECK_EQ(remap((void *)page, PTE_DATA), 0);
        fault = in_user_mode(enter_by_hypercall, instructions[i], (void *)page);
        CHECK_EQ(fault.frame.vector, 3);
    }
    level.iopl = 0;
    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_set_iopl, &level), 0);
}

/* Hypercalls are for the kernel: from user mode int 0x82 is like any other vector without permission. */
static void no_hypercalls_for_user_mode(void)
{
    struct fault fault = in_user_mode(enter_by_hypercall, user_hypercall, NULL);

    CHECK_EQ(fault.frame.vector, 13);
    CHECK_EQ(fault.frame.error & 7, 2);
    CHECK_EQ(fault.frame.rip, (unsigned long)user_hypercall);
}

/* Which of the two instructions a processor has in compatibility mode depends on its maker. */
static void fast_system_calls(void)
{
    struct callback_register enter = { .type = CALLBACKTYPE_sysenter, .address = CALLBACK_TO(syscall_entry) };
    struct callback_register call = { .type = CALLBACKTYPE_syscall32, .address = CALLBACK_TO(syscall_entry) };
    struct fault fault[2];
    unsigned int taken = 0;

    fault[0] = in_user_mode(enter_by_hypercall, user_sysenter, NULL);
    fault[1] = in_user_mode(enter_by_hypercall, user_syscall, NULL);
    for (unsigned int i = 0; i < 2; i++)
        CHECK(fault[i].frame.vector == 6 || fault[i].frame.vector == 13);
    CHECK_EQ(HYPERCALL(callback_op, CALLBACKOP_register, &enter), 0);
    CHECK_EQ(HYPERCALL(callback_op, CALLBACKOP_register, &call), 0);
    fault[0] = in_user_mode(enter_by_hypercall, user_sysenter, NULL);
    fault[1] = in_user_mode(enter_by_hypercall, user_syscall, NULL);
    for (unsigned int i = 0; i < 2; i++) {
        if (fault[i].frame.vector != VECTOR_SYSCALL)
            continue;
        taken++;
        CHECK_EQ(fault[i].frame.cs & 0xffff, FLAT_RING3_CS);
        CHECK_EQ(fault[i].frame.ss, FLAT_RING3_SS);
    }
    CHECK(taken);
    if (fault[1].frame.vector == VECTOR_SYSCALL)
        CHECK_EQ(fault[1].frame.rip, (unsigned long)user_step);
}

/* The frame has the flags as they were: TF, NT, AC too. The callbacks are registered. */
static void fast_calls_with_flags(void)
{
    static const unsigned long flags[] = { 0x202, 0x302, 0x4202, 0x40202, 0x200ed7, 0x244fd7 };

    for (unsigned int i = 0; i < ARRAY_SIZE(flags); i++) {
        const void *argument = (const void *)flags[i];
        struct fault fault = in_user_mode(enter_by_hypercall, user_flags_sysenter, argument);

        CHECK_EQ(fault.frame.vector, VECTOR_SYSCALL);
        CHECK_EQ(fault.frame.rip, 0);
        CHECK_EQ(fault.frame.rsp, 0);
        CHECK_EQ(fault.frame.rflags, flags[i]);
        fault = in_user_mode(enter_by_hypercall, user_flags_syscall, argument);
        CHECK_EQ(fault.frame.vector, VECTOR_SYSCALL);
        CHECK_EQ(fault.frame.rflags, flags[i]);
    }
}

/* ---- selectors that the kernel gives */

static void breakpoint(void *argument)
{
    asm volatile("int3");
}

/* A handler's ring is 1 whatever the selector says; a segment it can't have is #GP. */
static void handlers_segments(void)
{
    static const struct {
        uint16_t cs;
        unsigned int vector;
    } tries[] = {
        { FLAT_RING1_CS & ~3, 3 }, { FLAT_RING1_CS | 3, 3 }, { 0xe008, 13 }, { 0xe00b, 13 },
        { 0xfff8, 13 }, { FLAT_RING3_CS, 13 }, { FLAT_RING1_DS, 13 },
        { 0, 13 },
    };

    for (unsigned int i = 0; i < ARRAY_SIZE(tries); i++) {
        struct trap_info table[2] = { { .vector = 3, .flags = 3, .cs = tries[i].cs, .address = STUB(3) } };
        struct fault fault;

        CHECK_EQ(HYPERCALL(set_trap_table, table), 0);
        CHECK(probe(&fault, breakpoint, NULL));
        CHECK_EQ(fault.frame.vector, tries[i].vector);
    }
    install_traps();
}

/* kernel_ss too: its ring is 1, and one that is no stack of the kernel's is refused by the processor. */
static void kernel_stack_segment(void)
{
    struct fault fault;

    what = user_int3;
    user_stack = (unsigned long)page_alloc() + PAGE_SIZE;
    HYPERCALL(stack_switch, FLAT_KERNEL_SS & ~3, ((unsigned long)&fault & ~15ul) - 4096);
    CHECK(probe(&fault, enter_by_hypercall, NULL));
    CHECK_EQ(fault.frame.vector, 3);
}

static void callbacks_by_set_callbacks(void)
{
    CHECK_EQ(HYPERCALL(set_callbacks, 0xe008, event_upcall, FLAT_KERNEL_CS & ~3, failsafe), 0);
    CHECK_EQ(HYPERCALL(set_callbacks, FLAT_KERNEL_CS, event_upcall, FLAT_KERNEL_CS, failsafe), 0);
}

/* ---- what a 32-bit guest doesn't have */

static void return_to_virtual_8086(void *unused)
{
    asm volatile("push %0; push $0; push %1; push %2; push $1f; jmp hypercall_page + 23 * 32; 1:"
                 : : "i"(FLAT_RING3_SS), "i"(EFLAGS_VM | 0x202), "i"(FLAT_RING3_CS) : "memory");
}

static void absent(void)
{
    struct fault fault;

    for (unsigned int which = 0; which < 6; which++)
        CHECK_EQ(HYPERCALL(set_segment_base, which, 0), -XEN_ENOSYS);
    CHECK(probe(&fault, return_to_virtual_8086, NULL));
    CHECK_EQ(fault.frame.vector, 13);
    CHECK_EQ(fault.frame.error, 0);
}

static void vm_assists(void)
{
    CHECK_EQ(HYPERCALL(vm_assist, VMASST_CMD_enable, VMASST_TYPE_4gb_segments), 0);
    CHECK_EQ(HYPERCALL(vm_assist, VMASST_CMD_enable, VMASST_TYPE_4gb_segments_notify), 0);
    CHECK_EQ(HYPERCALL(vm_assist, VMASST_CMD_disable, VMASST_TYPE_4gb_segments), 0);
}

/* ---- ports through segments */

#define DATA_WITH_BASE(base, limit, type)                                                                       \
    ((uint64_t)((limit) & 0xffff) | (uint64_t)((base) & 0xffffff) << 16 | (uint64_t)(type) << 40 |              \
     (uint64_t)((base) >> 24) << 56 | (uint64_t)0x40 << 48)
#define UNUSED_PORT 0x80

static void outs_by_fs(void *offset)
{
    asm volatile("mov $0x0b, %%eax; mov %%eax, %%fs; rep outsb %%fs:(%%esi), %%dx"
                 : "+S"(offset) : "d"(UNUSED_PORT), "c"(1) : "eax", "memory");
}

/* outs reads where its segment says, up to its limit. */
static void segment_overrides(void)
{
    struct physdev_set_iopl level = { .iopl = 1 };
    uint64_t *gdt = page_alloc();
    char *page = page_alloc();
    xen_pfn_t frame = virt_to_mfn(gdt);
    struct fault fault;

    gdt[1] = DATA_WITH_BASE((unsigned long)page, 7, 0xf3);
    CHECK_EQ(remap(gdt, PTE_PRESENT | PTE_USER), 0);
    CHECK_EQ(HYPERCALL(set_gdt, &frame, 512), 0);
    CHECK(probe(&fault, outs_by_fs, (void *)0));
    CHECK_EQ(fault.frame.vector, 13);               /* no right to ports yet */
    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_set_iopl, &level), 0);
    CHECK(!probe(&fault, outs_by_fs, (void *)7));
    CHECK(probe(&fault, outs_by_fs, (void *)8));    /* beyond the limit */
    CHECK_EQ(fault.frame.vector, 13);
    CHECK_EQ(fault.frame.error, 0);
    CHECK_EQ(remap(page, 0), 0);
    CHECK(probe(&fault, outs_by_fs, (void *)4));
    CHECK_EQ(fault.frame.vector, 14);
    CHECK_EQ(fault.frame.error, 0);
    CHECK_EQ(fault.address, page + 4);
    CHECK_EQ(remap(page, PTE_DATA), 0);
    level.iopl = 0;
    CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_set_iopl, &level), 0);
    asm volatile("mov %0, %%fs" : : "r"(0));
    CHECK_EQ(HYPERCALL(set_gdt, 0, 0), 0);
}

const struct test tests[] = {
    { "ring1.user_by_hypercall", user_by_hypercall },
    { "ring1.user_by_iret", user_by_iret },
    { "ring1.user_page_faults", user_page_faults },
    { "ring1.user_ports", user_ports },
    { "ring1.no_hypercalls_for_user_mode", no_hypercalls_for_user_mode },
    { "ring1.fast_system_calls", fast_system_calls },
    { "ring1.fast_calls_with_flags", fast_calls_with_flags },
    { "ring1.handlers_segments", handlers_segments },
    { "ring1.kernel_stack_segment", kernel_stack_segment },
    { "ring1.callbacks_by_set_callbacks", callbacks_by_set_callbacks },
    { "ring1.absent", absent },
    { "ring1.vm_assists", vm_assists },
    { "ring1.segment_overrides", segment_overrides },
    { NULL, NULL },
};
