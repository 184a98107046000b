/* SPDX-License-Identifier: GPL-2.0-only */
/* Privileged instructions of a ring-3 kernel: emulated where a PV kernel relies on them, else #GP. */
#include "privileged.h"

#include <public/errno.h>
#include <public/sched.h>

#define PREFIX "ud2; .ascii \"xen\";"

static void read_word(void *address)
{
    (void)*(volatile unsigned long *)address;
}

static void control_registers(void)
{
    unsigned long cr0, cr2, cr4;
    struct fault fault;

    asm volatile("mov %%cr0, %0; mov %%cr2, %1; mov %%cr4, %2" : "=r"(cr0), "=r"(cr2), "=r"(cr4));
    CHECK_EQ(cr0 & 0x80000001, 0x80000001);         /* paging, protection */
    CHECK(cr4 & 0x20);                              /* physical address extension */
    CHECK(probe(&fault, read_word, (void *)0x1238));
    asm volatile("mov %%cr2, %0" : "=r"(cr2));
    CHECK_EQ(cr2, 0x1238);
}

static void task_switched(void)
{
    unsigned long cr0;

    CHECK_EQ(HYPERCALL(fpu_taskswitch, 1), 0);
    asm volatile("mov %%cr0, %0" : "=r"(cr0));
    CHECK_EQ(cr0 & 8, 8);
    asm volatile("clts; mov %%cr0, %0" : "=r"(cr0));
    CHECK_EQ(cr0 & 8, 0);
}

static void same(const char *a, const uint32_t *words)
{
    char text[13] = { 0 };

    memcpy(text, words, 12);
    if (memcmp(a, text, 12))
        fail("signature is %s", text);
}

/* The hypervisor's leaves, by the escape that a PV kernel uses. */
static void cpuid(void)
{
    uint32_t r[4];

    asm volatile(PREFIX "cpuid" : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3]) : "a"(0x40000000), "c"(0));
    CHECK(r[0] >= 0x40000002);
    same("XenVMMXenVMM", r + 1);
    asm volatile(PREFIX "cpuid" : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3]) : "a"(0x40000001), "c"(0));
    CHECK_EQ(r[0], 4 << 16 | 17);
    asm volatile(PREFIX "cpuid" : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3]) : "a"(1), "c"(0));
    CHECK(r[3] & 1);                                /* x87 */
    CHECK(r[2] >> 31);                              /* a hypervisor is present */
    CHECK_EQ(r[2] >> 27 & 1, r[2] >> 26 & 1);       /* OSXSAVE if XSAVE: it may be set in CR4, and isn't yet */
}

static uint64_t read_msr(uint32_t index)
{
    uint32_t low, high;

    asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(index));
    return low | (uint64_t)high << 32;
}

static void write_msr(uint32_t index, uint64_t value)
{
    asm volatile("wrmsr" : : "c"(index), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
}

#ifdef __x86_64__
static void model_specific(void)
{
    static volatile uint64_t word = 0x77;
    uint64_t read;

    CHECK(read_msr(0xc0000080) & 1 << 10);          /* EFER: long mode active */
    write_msr(0xc0000100, 0x12345000);              /* FS base */
    CHECK_EQ(read_msr(0xc0000100), 0x12345000);
    write_msr(0xc0000100, (uint64_t)&word);
    asm volatile("mov %%fs:0, %0" : "=r"(read));
    CHECK_EQ(read, 0x77);
    write_msr(0xc0000100, 0);
}
#else
/* Bases come with segments, and long mode is not there. */
static void model_specific(void)
{
    CHECK_EQ(read_msr(0xc0000080) & 1 << 10, 0);
    CHECK_EQ(read_msr(0xc0000080) & 1 << 11, 1 << 11);      /* EFER: no-execute */
}
#endif

static void read_unknown_msr(void *argument)
{
    read_msr(0x12345678);
}

static void write_non_canonical_base(void *argument)
{
    write_msr(0xc0000100, 0x800000000000);
}

static void bad_msr(void)
{
    struct fault fault;

    CHECK(probe(&fault, read_unknown_msr, NULL));
    CHECK_EQ(fault.frame.vector, 13);
    CHECK_EQ(fault.frame.error, 0);
    CHECK(probe(&fault, write_non_canonical_base, NULL));
    CHECK_EQ(fault.frame.vector, 13);
}

#define INSTRUCTION(name, code)                                     \
    static void name(void *argument)                                \
    {                                                               \
        static uint64_t memory[2];                                  \
        asm volatile(code : : "a"(memory), "c"(0), "d"(0) : "memory", "ebx");   \
    }

INSTRUCTION(lgdt, "lgdt (%0)")
INSTRUCTION(lidt, "lidt (%0)")
INSTRUCTION(ltr, "ltr %%ax")
INSTRUCTION(wbinvd, "wbinvd")
INSTRUCTION(in_port, "inb $0x80")
#ifdef __x86_64__
INSTRUCTION(swapgs, "swapgs")
INSTRUCTION(sysret, "mov $0xf0f0, %%ecx; sysretq")
#endif

static void refused(void)
{
    static const struct {
        const char *name;
        void (*body)(void *);
    } all[] = {
        { "lgdt", lgdt }, { "lidt", lidt }, { "ltr", ltr }, { "in", in_port },
#ifdef __x86_64__
        { "swapgs", swapgs }, { "sysret", sysret },
#endif
    };
    struct fault fault;

    for (unsigned int i = 0; i < ARRAY_SIZE(all); i++)
        if (!probe(&fault, all[i].body, NULL) || fault.frame.vector != 13 || fault.frame.error != 0)
            fail("%s: vector %lu error %#lx", all[i].name, fault.taken ? fault.frame.vector : ~0ul,
                 fault.frame.error);
}

static void harmless(void)
{
    struct fault fault;

    CHECK(!probe(&fault, wbinvd, NULL));
}

static void debug_registers(void)
{
    unsigned long value;

    CHECK_EQ(HYPERCALL(set_debugreg, 0, 0x100000), 0);
    CHECK_EQ(HYPERCALL(get_debugreg, 0), 0x100000);
    asm volatile("mov %%db0, %0" : "=r"(value));
    CHECK_EQ(value, 0x100000);
    CHECK_EQ(HYPERCALL(set_debugreg, 0, 0), 0);
    CHECK_EQ(HYPERCALL(set_debugreg, 99, 0), -XEN_ENODEV);
    CHECK_EQ(HYPERCALL(get_debugreg, 8), -XEN_ENODEV);
    CHECK_EQ(HYPERCALL(get_debugreg, ~0u), -XEN_ENODEV);
#ifdef __x86_64__       /* a 32-bit guest can't name where the hypervisor is */
    CHECK_EQ(HYPERCALL(set_debugreg, 0, HYPERVISOR_VIRT_START), -XEN_EPERM);
#endif
}

static volatile uint64_t watched;

static void touch(void *argument)
{
    watched = 1;
    asm volatile("nop");
}

/* A watchpoint of the guest's own on a word of its own. */
static void watchpoint(void)
{
    struct fault fault;

    CHECK_EQ(HYPERCALL(set_debugreg, 0, &watched), 0);
    CHECK_EQ(HYPERCALL(set_debugreg, 7, 0x000d0001), 0);     /* write, 4 bytes, enabled */
    probe(&fault, touch, NULL);
    CHECK_EQ(HYPERCALL(set_debugreg, 7, 0), 0);
    CHECK(fault.taken);
    CHECK_EQ(fault.frame.vector, 1);
    CHECK_EQ(HYPERCALL(get_debugreg, 6) & 1, 1);
}

/* Registers in use are of a kind that is then switched off, and no longer offered to be loaded. */
static void switch_off_extended_registers(void *unused)
{
    unsigned long cr4;

    asm volatile("mov %%cr4, %0" : "=r"(cr4));
    asm volatile("mov %0, %%cr4" : : "r"(cr4 | 1ul << 18));     /* OSXSAVE */
    asm volatile("xsetbv" : : "a"(7), "d"(0), "c"(0));
    asm volatile("vpcmpeqd %xmm0, %xmm0, %xmm0; vinsertf128 $1, %xmm0, %ymm0, %ymm0");
    asm volatile("xsetbv" : : "a"(3), "d"(0), "c"(0));
    HYPERCALL(sched_op, SCHEDOP_yield, 0);
    asm volatile("xsetbv" : : "a"(1), "d"(0), "c"(0));
    asm volatile("xsetbv" : : "a"(3), "d"(0), "c"(0));
}

static void extended_registers(void)
{
    uint32_t a = 1, b, c = 0, d;
    struct fault fault;

    asm volatile(PREFIX "cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    if (!(c & 1u << 28))
        return skip("no AVX");
    CHECK(!probe(&fault, switch_off_extended_registers, NULL));
}

const struct test tests[] = {
    { "privileged.control_registers", control_registers },
    { "privileged.task_switched", task_switched },
    { "privileged.cpuid", cpuid },
    { "privileged.model_specific", model_specific },
    { "privileged.bad_msr", bad_msr },
    { "privileged.refused", refused },
    { "privileged.harmless", harmless },
    { "privileged.debug_registers", debug_registers },
    { "privileged.watchpoint", watchpoint },
    { "privileged.extended_registers", extended_registers },
    { "privileged.encodings", encodings },
    { "privileged.ends_of_pages", ends_of_pages },
    { "privileged.nothing_read_in_vain", nothing_read_in_vain },
    { NULL, NULL },
};
