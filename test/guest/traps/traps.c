/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exceptions come back to the guest kernel with the vector, error code, instruction pointer and fault address
 * that the processor's manual gives, seen from a kernel that believes to be privileged.
 */
#include "test.h"

/* Each faulting instruction stands alone behind a label, so that the reported address can be exact. */
#define FAULTING(name, code)                                                                    \
    extern const char name##_at[], name##_after[];                                              \
    static void name(void *argument)                                                            \
    {                                                                                           \
        asm volatile(".globl " #name "_at, " #name "_after\n" #name "_at: " code "\n" #name "_after:"        \
                     : : "a"(argument), "d"(0ul), "c"(0ul) : "memory", "cc");                   \
    }

FAULTING(divide, "div %%ecx")
FAULTING(breakpoint, "int3")
FAULTING(undefined, "ud2")
FAULTING(read_word, "mov (%0), %%edx")
FAULTING(write_word, "mov %%edx, (%0)")
FAULTING(execute, "jmp *%0")
FAULTING(load_ds, "mov %%eax, %%ds")
FAULTING(load_fs, "mov %%eax, %%fs")
FAULTING(int_80, "int $0x80")
FAULTING(x87, "fnop")
FAULTING(out_port, "outl %%eax, %%dx")

struct expected {
    unsigned long vector, error, rip, address;
};

static void expect(const char *what, void (*body)(void *), void *argument, struct expected e)
{
    struct fault fault;

    if (!probe(&fault, body, argument))
        fail("%s: no fault", what);
    else if (fault.frame.vector != e.vector || fault.frame.error != e.error)
        fail("%s: vector %lu error %#lx, not %lu and %#lx", what, fault.frame.vector, fault.frame.error,
             e.vector, e.error);
    else if (e.rip && fault.frame.rip != e.rip)
        fail("%s: at %#lx, not %#lx", what, fault.frame.rip, e.rip);
    else if (e.vector == 14 && fault.address != e.address)
        fail("%s: address %#lx, not %#lx", what, fault.address, e.address);
}

#define EXPECT(body, argument, vector_, error_, rip_)                                                       \
    expect(#body, body, (void *)(argument),                                                                 \
           (struct expected){ .vector = vector_, .error = error_, .rip = (unsigned long)(rip_),                   \
                              .address = (unsigned long)(argument) })

static void plain(void)
{
    EXPECT(divide, 0, 0, 0, divide_at);
    EXPECT(breakpoint, 0, 3, 0, breakpoint_after);
    EXPECT(undefined, 0, 6, 0, undefined_at);
    EXPECT(int_80, 0, 0x80, 0, int_80_after);
}

/* An error code's user bit tells guest user from guest kernel, though both run in ring 3. */
static void page_faults(void)
{
    char *page = page_alloc();

    EXPECT(read_word, 0x1000, 14, 0, read_word_at);
    EXPECT(write_word, 0x1000, 14, 2, write_word_at);
    EXPECT(write_word, start_info->pt_base, 14, 3, write_word_at);
    remap(page, PTE_PRESENT | PTE_NX);
    EXPECT(write_word, page, 14, 3, write_word_at);
    EXPECT(execute, page, 14, 0x11, page);
    remap(page, 0);
    EXPECT(read_word, page + 8, 14, 0, read_word_at);
    remap(page, PTE_DATA);
}

static void hypervisor_addresses(void)
{
    struct fault fault;

    /* Readable, not writable: the machine-to-physical table. */
    CHECK(!probe(&fault, read_word, (void *)MACH2PHYS_VIRT_START));
    CHECK(probe(&fault, write_word, (void *)MACH2PHYS_VIRT_START));
    CHECK_EQ(fault.frame.vector, 14);
    CHECK(fault.frame.error & 2);
    /* Neither: the rest of the hypervisor's range. */
    for (uint64_t at = HYPERVISOR_VIRT_START + HYPERVISOR_STEP; at < HYPERVISOR_VIRT_END; at += HYPERVISOR_STEP) {
        CHECK(probe(&fault, read_word, (void *)(unsigned long)at));
        CHECK_EQ(fault.frame.vector, 14);
        CHECK_EQ(fault.address, (unsigned long)at);
        CHECK(probe(&fault, write_word, (void *)(unsigned long)at));
        CHECK_EQ(fault.frame.vector, 14);
    }
}

#ifdef __x86_64__
FAULTING(stack_read, "push %%rbp; mov %%rax, %%rbp; mov (%%rbp), %%rdx")

/* Relative to the stack's base register it is a stack fault; QEMU 7.2 makes it a protection fault. */
static void non_canonical(void)
{
    struct fault fault;

    EXPECT(read_word, 0x0000800000000000, 13, 0, read_word_at);
    EXPECT(write_word, 0xffff7fffffffffff, 13, 0, write_word_at);
    CHECK(probe(&fault, stack_read, (void *)0x0000800000000000));
    CHECK(fault.frame.vector == 12 || fault.frame.vector == 13);
    CHECK_EQ(fault.frame.error, 0);
}
#endif

static void selectors(void)
{
    EXPECT(load_ds, 0xfffb, 13, 0xfff8, load_ds_at);
    EXPECT(load_fs, 0x000f, 13, 0x000c, load_fs_at);
}

static void device_not_available(void)
{
    struct fault fault;

    CHECK_EQ(HYPERCALL(fpu_taskswitch, 1), 0);
    EXPECT(x87, 0, 7, 0, x87_at);
    CHECK_EQ(HYPERCALL(fpu_taskswitch, 0), 0);
    CHECK(!probe(&fault, x87, NULL));
}

static void port_without_permission(void)
{
    EXPECT(out_port, 0, 13, 0, out_port_at);
}

static unsigned int steps;
static unsigned long step_rip[4];

static bool count_step(struct frame *frame)
{
    if (frame->vector != 1)
        return false;
    if (steps < ARRAY_SIZE(step_rip))
        step_rip[steps] = frame->rip;
    steps++;
    return true;
}

/* The trap flag steps through instructions one by one, and iret brings it back each time. */
static void single_step(void)
{
    extern const char stepped[];

    steps = 0;
    frame_hook = count_step;
    asm volatile("pushf; orl $0x100, (%%" STACK_POINTER "); popf\n"
                 ".globl stepped\n"
                 "stepped: nop; nop; pushf; andl $~0x100, (%%" STACK_POINTER "); popf; nop" : : : "memory", "cc");
    CHECK_EQ(steps, 5);
    CHECK_EQ(step_rip[0], stepped + 1);
    CHECK_EQ(step_rip[1], stepped + 2);
}

static struct frame seen;

static bool look(struct frame *frame)
{
    seen = *frame;
    return frame->vector == 3;
}

/* Every register survives a trap and its iret. */
static void registers_kept(void)
{
    unsigned long sum;

    frame_hook = look;
#ifdef __x86_64__
    asm volatile("mov $0x1111, %%rax; mov $0x2222, %%rbx; mov $0x3333, %%rcx; mov $0x4444, %%rdx\n"
                 "mov $0x5555, %%r8; mov $0x6666, %%r11; mov $0x7777, %%r15; mov $0x8888, %%r10\n"
                 "int3\n"
                 "add %%rbx, %%rax; add %%rcx, %%rax; add %%rdx, %%rax; add %%r8, %%rax\n"
                 "add %%r11, %%rax; add %%r15, %%rax; add %%r10, %%rax"
                 : "=a"(sum) : : "rbx", "rcx", "rdx", "r8", "r10", "r11", "r15", "cc", "memory");
    CHECK_EQ(sum, 0x1111 * (1 + 2 + 3 + 4 + 5 + 6 + 7 + 8));
    CHECK_EQ(seen.r11, 0x6666);
#else
    asm volatile("mov $0x1111, %%eax; mov $0x2222, %%ebx; mov $0x3333, %%ecx; mov $0x4444, %%edx\n"
                 "mov $0x5555, %%esi; mov $0x6666, %%edi\n"
                 "int3\n"
                 "add %%ebx, %%eax; add %%ecx, %%eax; add %%edx, %%eax; add %%esi, %%eax; add %%edi, %%eax"
                 : "=a"(sum) : : "ebx", "ecx", "edx", "esi", "edi", "cc", "memory");
    CHECK_EQ(sum, 0x1111 * (1 + 2 + 3 + 4 + 5 + 6));
#endif
    CHECK_EQ(seen.rcx, 0x3333);
    CHECK_EQ(seen.cs & 0xffff, RETURN_CS);
    CHECK_EQ(seen.ss, FLAT_KERNEL_SS);
}

/* A handler registered with flag 4 starts with upcalls masked; the frame says how they were. */
static void mask_on_entry(void)
{
    struct trap_info table[2] = { { .vector = 3, .flags = 3 | 4, .cs = FLAT_KERNEL_CS, .address = STUB(3) } };
    struct fault fault;

    vcpu0->evtchn_upcall_mask = 0;
    CHECK_EQ(HYPERCALL(set_trap_table, table), 0);
    frame_hook = look;
    probe(&fault, breakpoint, NULL);
    CHECK(!fault.taken);
    CHECK_EQ(FRAME_MASK(&seen), 0);
    CHECK(seen.rflags & 0x200);
    CHECK_EQ(vcpu0->evtchn_upcall_mask, 0);
    vcpu0->evtchn_upcall_mask = 1;
    probe(&fault, breakpoint, NULL);
    CHECK_EQ(FRAME_MASK(&seen), 1);
    CHECK(!(seen.rflags & 0x200));
    CHECK_EQ(vcpu0->evtchn_upcall_mask, 1);
    install_traps();
}

const struct test tests[] = {
    { "traps.plain", plain },
    { "traps.page_faults", page_faults },
    { "traps.hypervisor_addresses", hypervisor_addresses },
#ifdef __x86_64__
    { "traps.non_canonical", non_canonical },
#endif
    { "traps.selectors", selectors },
    { "traps.device_not_available", device_not_available },
    { "traps.port_without_permission", port_without_permission },
    { "traps.single_step", single_step },
    { "traps.registers_kept", registers_kept },
    { "traps.mask_on_entry", mask_on_entry },
    { NULL, NULL },
};
