/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way back to the guest: what the processor refuses of a frame is the guest's exception; data segments that are
 * gone when a virtual CPU gets its processor back are told to the failsafe callback; NMIs come one at a time.
 */
#include "test.h"

#include <public/callback.h>
#include <public/errno.h>
#include <public/sched.h>
#include <public/vcpu.h>

#define BEYOND_GDT  0xfff8
#define HYPERVISORS 0xe008          /* its own code segment */

struct selectors {
    unsigned long cs, ss;
};

/* The hypercall iret, to a place with these selectors. */
static void iret_to(void *argument)
{
    struct selectors *s = argument;

#ifdef __x86_64__
    asm volatile("mov %%rsp, %%rcx; push %0; push %%rcx; push $0x202; push %1; push $1f; push $0\n"
                 "jmp hypercall_page + 23 * 32; 1:" : : "r"(s->ss), "r"(s->cs) : "rax", "rcx", "r11", "memory");
#else
    asm volatile("mov %%esp, %%ecx; push %0; push %%ecx; push $0x202; push %1; push $1f\n"
                 "jmp hypercall_page + 23 * 32; 1: mov %%ecx, %%esp"
                 : : "r"(s->ss), "r"(s->cs) : "eax", "ecx", "memory");
#endif
}

/* From where the frame says user mode was interrupted the kernel starts at the top of a stack: a part of ours. */
static struct fault refused(unsigned long cs, unsigned long ss)
{
    struct selectors s = { cs, ss };
    struct fault fault;

    HYPERCALL(stack_switch, FLAT_KERNEL_SS, ((unsigned long)&fault & ~15ul) - 4096);
    probe(&fault, iret_to, &s);
    return fault;
}

static void good(void)
{
    CHECK(!refused(RETURN_CS, FLAT_KERNEL_SS).taken);
}

static void code_segments(void)
{
    static const unsigned long selectors[] = { BEYOND_GDT, HYPERVISORS, 0x18, 0x7 };

    for (unsigned int i = 0; i < ARRAY_SIZE(selectors); i++) {
        unsigned long cs = (selectors[i] & ~3ul) | (RETURN_CS & 3);
        struct fault fault = refused(cs, FLAT_KERNEL_SS);

        CHECK(fault.taken);
        CHECK_EQ(fault.frame.vector, 13);
        CHECK_EQ(fault.frame.error, cs & ~3ul);
        CHECK_EQ(fault.frame.cs & 0xffff, cs);
    }
}

static void stack_segments(void)
{
    static const unsigned long selectors[] = { BEYOND_GDT | 3, HYPERVISORS | 3, 0x1b, 0x7 };

    for (unsigned int i = 0; i < ARRAY_SIZE(selectors); i++) {
        struct fault fault = refused(STACK_TEST_CS, selectors[i]);

        CHECK(fault.taken);
        CHECK_EQ(fault.frame.vector, 13);
        CHECK_EQ(fault.frame.error, selectors[i] & ~3ul);
        CHECK_EQ(fault.frame.ss & 0xffff, selectors[i]);
    }
}

#ifdef __x86_64__
struct place {
    unsigned long rip, flags;
};

/* The hypercall iret in the kernel's mode, to this address, by the processor's IRET or SYSRET. */
static void iret_far(void *argument)
{
    struct place *p = argument;

    asm volatile("mov %%rsp, %%rcx; push %[ss]; push %%rcx; push $0x202; push %[cs]; push %[rip]; push %[flags]\n"
                 "jmp hypercall_page + 23 * 32"
                 : : [ss] "r"((unsigned long)FLAT_KERNEL_SS), [cs] "r"((unsigned long)RETURN_CS), [rip] "r"(p->rip),
                     [flags] "r"(p->flags) : "rax", "rcx", "r11", "memory");
}

/* SYSRET to such an address would fault in ring 0, on the guest's stack. */
static void no_address(void)
{
    static const unsigned long addresses[] = { 1ul << 47, (1ul << 47) - 1, ~0ul << 47, (~0ul << 47) - 1, 1ul << 63,
                                               HYPERVISOR_ADDRESS };

    for (unsigned int i = 0; i < 2 * ARRAY_SIZE(addresses); i++) {
        struct place p = { addresses[i / 2], i % 2 ? VGCF_IN_SYSCALL : 0 };
        struct fault fault;

        CHECK(probe(&fault, iret_far, &p));
        CHECK(fault.frame.vector == 13 || fault.frame.vector == 14);
        CHECK_EQ(fault.frame.rip, p.rip);
    }
}

/* The hypercall iret with this stack, which is used when the instruction after it has put ours back. */
static void iret_with_stack(void *argument)
{
    struct place *p = argument;

    asm volatile("mov %%rsp, %%rbx; push %[ss]; push %[rsp]; push $0x202; push %[cs]; push $1f; push %[flags]\n"
                 "jmp hypercall_page + 23 * 32; 1: mov %%rbx, %%rsp"
                 : : [ss] "r"((unsigned long)FLAT_KERNEL_SS), [cs] "r"((unsigned long)RETURN_CS), [rsp] "r"(p->rip),
                     [flags] "r"(p->flags) : "rax", "rbx", "rcx", "r11", "memory");
}

/* Nothing is wrong with such a stack as long as nobody uses it. */
static void no_stack(void)
{
    static const unsigned long addresses[] = { 0, 1ul << 47, 0xffff7ffffffffff8, 1ul << 63, HYPERVISOR_ADDRESS };

    for (unsigned int i = 0; i < 2 * ARRAY_SIZE(addresses); i++) {
        struct place p = { addresses[i / 2], i % 2 ? VGCF_IN_SYSCALL : 0 };
        struct fault fault;

        CHECK(!probe(&fault, iret_with_stack, &p));
    }
}

/* What the flags are after the hypercall iret, in the kernel's mode, with these. */
static unsigned long flags_after(unsigned long flags, unsigned long how)
{
    unsigned long after;

    asm volatile("mov %%rsp, %%rbx; push %[ss]; push %%rbx; push %[flags]; push %[cs]; push $1f; push %[how]\n"
                 "jmp hypercall_page + 23 * 32; 1: pushf; pop %%rdx; push $2; popf"
                 : "=&d"(after) : [ss] "r"((unsigned long)FLAT_KERNEL_SS), [cs] "r"((unsigned long)RETURN_CS),
                   [flags] "r"(flags), [how] "r"(how) : "rax", "rbx", "rcx", "r11", "memory", "cc");
    return after;
}

/* Interrupts stay on, their flag is the mask of upcalls; IOPL is 0; a mode that 64-bit code can't have is left out. */
static void flags(void)
{
    static const struct {
        unsigned long asked, got;
    } tries[] = {
        { 0x202, 0x202 }, { 0, 0x202 }, { 0x2, 0x202 }, { 0x3202, 0x202 }, { 0x4202, 0x4202 }, { 0x602, 0x602 },
        { 0xad7, 0xad7 }, { 0x10202, 0x202 }, { 0x20202, 0x202 }, { 0x40202, 0x40202 }, { 0x180202, 0x202 },
        { 0x200202, 0x200202 }, { ~0x100ul, 0x244ed7 }, { 0xffffffff00000202, 0x202 },
    };

    for (unsigned int i = 0; i < 2 * ARRAY_SIZE(tries); i++) {
        unsigned long asked = tries[i / 2].asked, got = flags_after(asked, i % 2 ? VGCF_IN_SYSCALL : 0);
        uint8_t mask = this_vcpu()->evtchn_upcall_mask;

        this_vcpu()->evtchn_upcall_mask = 1;
        CHECK_EQ(got, tries[i / 2].got);
        CHECK_EQ(mask, !(asked & 0x200));
    }
}
#endif

/* The handler's own frames are as good as any other's: it works again and again. */
static void many(void)
{
    for (unsigned int i = 0; i < 1000; i++)
        CHECK_EQ(refused(BEYOND_GDT | (RETURN_CS & 3), FLAT_KERNEL_SS).frame.vector, 13);
}

/* Sleep, with a segment loaded that isn't there any more: long enough to be a sleep on a slow machine. */
static void sleep(void *unused)
{
    struct sched_poll nothing = { .timeout = system_time() + 50000000 };

    HYPERCALL(sched_op, SCHEDOP_poll, &nothing);
}

static void lost_segment(void)
{
    uint64_t *gdt = page_alloc();
    xen_pfn_t frame = virt_to_mfn(gdt);
    struct fault fault;
    uint16_t fs;

    if (!tells_why()) {
        skip("Debian's hypervisor comes back from idling without loading segments again");
        return;
    }
    gdt[1] = 0x00cff3000000ffffull;
    CHECK_EQ(remap(gdt, PTE_PRESENT | PTE_USER), 0);
    CHECK_EQ(HYPERCALL(set_gdt, &frame, 512), 0);
    asm volatile("mov %0, %%fs" : : "r"(0xb));
    CHECK_EQ(HYPERCALL(set_gdt, 0, 0), 0);
    CHECK(probe(&fault, sleep, NULL));
    CHECK_EQ(fault.frame.vector, VECTOR_FAILSAFE);
    asm volatile("mov %%fs, %0" : "=r"(fs));
    CHECK_EQ(fs, 0);
}

static unsigned int nmis, depth, deepest;
static struct frame nmi_frame;

static bool count_nmi(struct frame *frame)
{
    if (frame->vector != 2)
        return false;
    nmi_frame = *frame;
    deepest = ++depth > deepest ? depth : deepest;
    if (++nmis < 3) {
        HYPERCALL(vcpu_op, VCPUOP_send_nmi, 0, 0);
        HYPERCALL(vcpu_op, VCPUOP_send_nmi, 0, 0);
    }
    depth--;
    return true;
}

/* An NMI raised in its handler waits for the handler's iret; two are one. The handler starts with upcalls masked. */
static void nmi(void)
{
    struct callback_register callback = { .type = CALLBACKTYPE_nmi, .address = CALLBACK_TO(STUB(2)) };
    struct callback_unregister none = { .type = CALLBACKTYPE_nmi };

    nmis = deepest = 0;
    frame_hook = count_nmi;
    this_vcpu()->evtchn_upcall_mask = 0;
    CHECK_EQ(HYPERCALL(callback_op, CALLBACKOP_register, &callback), 0);
    CHECK_EQ(HYPERCALL(vcpu_op, VCPUOP_send_nmi, 0, 0), 0);
    CHECK_EQ(nmis, 3);
    CHECK_EQ(deepest, 1);
    CHECK_EQ(FRAME_MASK(&nmi_frame), 0);
    CHECK_EQ(this_vcpu()->evtchn_upcall_mask, 0);
    CHECK_EQ(HYPERCALL(callback_op, CALLBACKOP_unregister, &none), 0);
    HYPERCALL(vcpu_op, VCPUOP_send_nmi, 0, 0);
    CHECK_EQ(nmis, 3);
    this_vcpu()->evtchn_upcall_mask = 1;
}

const struct test tests[] = {
    { "returns.good", good },
    { "returns.code_segments", code_segments },
    { "returns.stack_segments", stack_segments },
#ifdef __x86_64__
    { "returns.no_address", no_address },
    { "returns.no_stack", no_stack },
    { "returns.flags", flags },
#endif
    { "returns.many", many },
    { "returns.lost_segment", lost_segment },
    { "returns.nmi", nmi },
    { NULL, NULL },
};
