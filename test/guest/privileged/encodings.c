/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instructions that the hypervisor has to emulate or refuse, in encodings and with operands that a kernel has no use for:
 * prefixes, lengths, reserved registers, values that would change the machine under the hypervisor's feet.
 */
#include "privileged.h"

#include <public/physdev.h>

#define NO_FAULT    -1
#define UNDEFINED   6
#define PROTECTION  13
#define PAGE_FAULT  14
#define PORT        0x80                /* that nothing listens to */
#define CONFIG_KEY  0x510               /* of QEMU's firmware configuration: which file, */
#define CONFIG_DATA 0x511               /* and the next byte of it; file 0 is "QEMU" */
#define OSXSAVE     (1ul << 18)         /* in CR4 */
#define FETCH       0x10                /* in a page fault's error code */

struct attempt {
    const char *name;
    int vector;
    const char *code;
    unsigned int length;
    uint32_t a, c, d;                   /* registers */
};

#define TRY(name_, vector_, code_, ...)                                                                \
    { .name = name_, .vector = vector_, .code = code_, .length = sizeof(code_) - 1, ##__VA_ARGS__ }

static const struct attempt attempts[] = {
    /* Ports, which the kernel may use meanwhile: the longest instruction, and one that is longer. */
    TRY("in", NO_FAULT, "\xe4\x80"),
    TRY("in with 13 prefixes", NO_FAULT, "\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\xe4\x80"),
    TRY("in with 14 prefixes", PROTECTION, "\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\xe4\x80"),
    TRY("lock in", UNDEFINED, "\xf0\xe4\x80"),
    TRY("lock out", UNDEFINED, "\xf0\xee", .d = PORT),
    TRY("rep in", NO_FAULT, "\xf3\xe4\x80"),
    TRY("out of a word", NO_FAULT, "\x66\xef", .d = PORT),
    TRY("rep outsb of nothing", NO_FAULT, "\xf3\x6e", .d = PORT),
    /* Control registers, and values that they can't have. */
    TRY("mov from cr0", NO_FAULT, "\x0f\x20\xc0"),
    TRY("mov to cr0: no paging", PROTECTION, "\x0f\x22\xc0", .a = 0x11),
    TRY("mov to cr0: 0", PROTECTION, "\x0f\x22\xc0"),
    TRY("mov to cr3: frame of nobody", PROTECTION, "\x0f\x22\xd8", .a = 0x7ffff000),
    TRY("mov to cr3: 0", PROTECTION, "\x0f\x22\xd8"),
    TRY("invd", PROTECTION, "\x0f\x08"),
    TRY("rdpmc", PROTECTION, "\x0f\x33", .c = 0x40000000),
    TRY("rsm", UNDEFINED, "\x0f\xaa"),
    TRY("vmmcall", UNDEFINED, "\x0f\x01\xd9"),
    TRY("vmcall", UNDEFINED, "\x0f\x01\xc1"),
    TRY("lldt", PROTECTION, "\x0f\x00\xd0"),
    /* Extended control registers, while CR4 says that there are any. */
    TRY("xsetbv: nothing", PROTECTION, "\x0f\x01\xd1"),
    TRY("xsetbv: without x87", PROTECTION, "\x0f\x01\xd1", .a = 2),
    TRY("xsetbv: AVX without SSE", PROTECTION, "\x0f\x01\xd1", .a = 5),
    TRY("xsetbv: all", PROTECTION, "\x0f\x01\xd1", .a = ~0u, .d = ~0u),
    TRY("xsetbv: register 1", PROTECTION, "\x0f\x01\xd1", .a = 3, .c = 1),
    /* The escape that asks for emulation, before what isn't meant by it. */
    TRY("escape and ret", UNDEFINED, "\x0f\x0bxen"),
    TRY("escape and in", UNDEFINED, "\x0f\x0bxen\xe4\x80"),
    TRY("escape and rdmsr", UNDEFINED, "\x0f\x0bxen\x0f\x32", .c = 0x1b),
    TRY("escape and lock cpuid", UNDEFINED, "\x0f\x0bxen\xf0\x0f\xa2"),
    TRY("half an escape", UNDEFINED, "\x0f\x0bxe\x0f\xa2"),
    /* Model-specific registers: reserved bits and values. */
#ifdef __x86_64__
    TRY("wrmsr EFER: no long mode", PROTECTION, "\x0f\x30", .a = 0x801, .c = 0xc0000080),
    TRY("mov from cr8", PROTECTION, "\x44\x0f\x20\xc0"),
    TRY("mov from cr0, the prefix that would make it cr8 not being the last", NO_FAULT, "\x44\x66\x0f\x20\xc0"),
#endif
    TRY("wrmsr EFER: reserved", PROTECTION, "\x0f\x30", .a = ~0u, .c = 0xc0000080, .d = ~0u),
    TRY("wrmsr FS base: not canonical", PROTECTION, "\x0f\x30", .c = 0xc0000100, .d = 0x8000),
    TRY("wrmsr GS base: not canonical", PROTECTION, "\x0f\x30", .c = 0xc0000101, .d = 0x8000),
    TRY("wrmsr user GS base: not canonical", PROTECTION, "\x0f\x30", .c = 0xc0000102, .d = 0x8000),
    TRY("wrmsr SPEC_CTRL: reserved", PROTECTION, "\x0f\x30", .a = ~0u, .c = 0x48, .d = ~0u),
    TRY("wrmsr PRED_CMD: reserved", PROTECTION, "\x0f\x30", .a = ~0u, .c = 0x49, .d = ~0u),
    TRY("wrmsr one that there isn't", PROTECTION, "\x0f\x30", .c = 0x12345678),
};

static char *code_page;

static void run_code(void *argument)
{
    const struct attempt *t = argument;
    static uint64_t source[2];
    unsigned long a = t->a, c = t->c, d = t->d, source_at = (unsigned long)source, at = (unsigned long)code_page;

    asm volatile("call *%[at]" : "+a"(a), "+c"(c), "+d"(d), "+S"(source_at), [at] "+D"(at) : : "ebx", "memory", "cc");
}

static void try_one(const struct attempt *t)
{
    struct fault fault;
    int vector;

    memcpy(code_page, t->code, t->length);
    code_page[t->length] = 0xc3;
    vector = probe(&fault, run_code, (void *)t) ? (int)fault.frame.vector : NO_FAULT;
    if (vector != t->vector)
        fail("%s: vector %d, not %d", t->name, vector, t->vector);
}

static void extended_registers(bool on)
{
    unsigned long cr4;

    asm volatile("mov %%cr4, %0" : "=r"(cr4));
    cr4 = on ? cr4 | OSXSAVE : cr4 & ~OSXSAVE;
    asm volatile("mov %0, %%cr4" : : "r"(cr4));
}

static long allow_ports(bool allow)
{
    struct physdev_set_iopl level = { .iopl = allow ? LEAST_RING : 0 };

    return HYPERCALL(physdev_op, PHYSDEVOP_set_iopl, &level);
}

void encodings(void)
{
    static const struct attempt without = TRY("xsetbv that there isn't", UNDEFINED, "\x0f\x01\xd1", .a = 3);

    code_page = page_alloc();
    CHECK_EQ(allow_ports(true), 0);
    extended_registers(true);
    for (unsigned int i = 0; i < ARRAY_SIZE(attempts); i++)
        try_one(&attempts[i]);
    extended_registers(false);
    try_one(&without);
    CHECK_EQ(allow_ports(false), 0);
}

/* ---- an instruction or its operands at the end of a page, before one that isn't there */

static char *gap;

static void make_gap(void)
{
    if (gap)
        return;
    code_page = page_alloc();
    gap = page_alloc();
    CHECK_EQ(gap - code_page, PAGE_SIZE);
}

static void call_before_gap(void *offset)
{
    unsigned long at = (unsigned long)gap - (unsigned long)offset;

    asm volatile("call *%0" : "+a"(at) : : "memory", "cc");
}

static void outs_before_gap(void *offset)
{
    unsigned long from = (unsigned long)gap - (unsigned long)offset, n = 100;

    asm volatile("rep outsb" : "+S"(from), "+c"(n) : "d"(PORT) : "memory");
}

static void ins_to(void *to)
{
    asm volatile("rep insb" : "+D"(to) : "c"(1), "d"(PORT) : "memory");
}

/* Operands on two pages, the second of which isn't there. */
static void outs_across(void *from)
{
    asm volatile("outsl" : "+S"(from) : "d"(PORT) : "memory");
}

static void ins_across(void *to)
{
    asm volatile("insl" : "+D"(to) : "d"(PORT) : "memory");
}

static void ins_configuration(void *to)
{
    asm volatile("insb" : "+D"(to) : "d"(CONFIG_DATA) : "memory");
}

static void check_page_fault(void (*body)(void *), const void *argument, unsigned long error, const char *address)
{
    struct fault fault;

    CHECK(probe(&fault, body, (void *)argument));
    CHECK_EQ(fault.frame.vector, PAGE_FAULT);
    CHECK_EQ(fault.frame.error, error);
    CHECK_EQ(fault.address, address);
    if (body == outs_before_gap)
        CHECK_EQ(fault.frame.rcx, 100 - (unsigned long)argument);       /* as far as it came */
}

/* What isn't there is told as it is of other instructions, and nothing is written where the kernel couldn't. */
void ends_of_pages(void)
{
    static const uint8_t in_and_return[] = { 0xe4, PORT, 0xc3 };
    char *table = (char *)start_info->pt_base;

    make_gap();
    CHECK_EQ(allow_ports(true), 0);
    memcpy(gap - 2, in_and_return, 2);
    CHECK_EQ(remap(gap, 0), 0);
    check_page_fault(call_before_gap, (void *)2, FETCH, gap);           /* after the instruction */
    gap[-1] = 0xe4;
    check_page_fault(call_before_gap, (void *)1, FETCH, gap);           /* within it */
    check_page_fault(outs_before_gap, (void *)7, 0, gap);
    check_page_fault(ins_to, gap, 2, gap);
    check_page_fault(ins_to, table, 2, table);                          /* there, but not to be written */
    check_page_fault(outs_across, gap - 2, 0, gap);
    check_page_fault(ins_across, gap - 2, 2, gap);
    CHECK_EQ(remap(gap, PTE_DATA), 0);
    CHECK_EQ(allow_ports(false), 0);
}

/* What a device gives only once isn't read as long as there is no place for it. */
void nothing_read_in_vain(void)
{
    make_gap();
    CHECK_EQ(allow_ports(true), 0);
    CHECK_EQ(remap(gap, 0), 0);
    asm volatile("outw %0, %1" : : "a"((uint16_t)0), "d"((uint16_t)CONFIG_KEY));
    check_page_fault(ins_configuration, gap, 2, gap);
    CHECK_EQ(remap(gap, PTE_DATA), 0);
    ins_configuration(gap);
    CHECK_EQ(gap[0], 'Q');
    CHECK_EQ(allow_ports(false), 0);
}
