/* SPDX-License-Identifier: GPL-2.0-only */
/* What only the 64-bit kernel can do to a processor. */
#include "instruction.h"

#include <public/vcpu.h>

INSTRUCTION(read_cr8, "mov %%cr8, %%rax") INSTRUCTION(write_cr8, "mov %%rax, %%cr8")
INSTRUCTION(write_cr15, ".byte 0x44, 0x0f, 0x22, 0xf8") INSTRUCTION(sysret, "sysretq") INSTRUCTION(sysenter, "sysenter")
INSTRUCTION(int_82, "int $0x82") INSTRUCTION(rdfsbase, "rdfsbase %%rax") INSTRUCTION(wrfsbase, "wrfsbase %%rax")
INSTRUCTION(wrgsbase, "wrgsbase %%rax") INSTRUCTION(read_fs, "mov %%fs:(%%rax), %%rcx")

body *const own_instructions[] = {
    read_cr8, write_cr8, write_cr15, sysret, sysenter, int_82, rdfsbase, wrfsbase, wrgsbase, read_fs, NULL,
};

const uint16_t good_selectors[GOOD_SELECTORS] = {
    FLAT_KERNEL_CS, FLAT_KERNEL_SS, FLAT_USER_CS, FLAT_USER_SS, FLAT_USER_CS32, 0, 3,
};

/* Not canonical, at the end of the lower half, anywhere in the hypervisor. */
unsigned long odd_address(void)
{
    switch (below(3)) {
    case 0: return 0x0000800000000000 + (rnd() >> 18);
    case 1: return 0x00007ffffffffff0 + below(16);
    default: return HYPERVISOR_VIRT_START + (rnd() & 0x7ffffffffff);
    }
}

unsigned long hostile_code(void)
{
    return hostile_address();
}

long numbered_call(unsigned long number_, const unsigned long *r)
{
    register unsigned long r10 asm("r10") = r[3];
    register unsigned long r8 asm("r8") = r[4];
    unsigned long a = r[0], b = r[1], c = r[2];
    long result;

    asm volatile("syscall" : "=a"(result), "+D"(a), "+S"(b), "+d"(c), "+r"(r10), "+r"(r8)
                 : "0"(number_) : "rcx", "r11", "memory", "cc");
    return result;
}

/* Each ends in a trap. */
asm("    .text\n"
    "    .globl user_snippets, iret_lands\n"
    "    .balign 16\n"
    "user_snippets:\n"
    "    syscall; ud2;            .balign 16\n"
    "    int $0x80; ud2;          .balign 16\n"
    "    int $0x82; ud2;          .balign 16\n"
    "    hlt; ud2;                .balign 16\n"
    "    sysenter; ud2;           .balign 16\n"
    "    cli; ud2;                .balign 16\n"
    "    inb $0x80, %al; ud2;     .balign 16\n"
    "    mov %rax, (%rsp); ud2;   .balign 16\n"
    "    rdmsr; ud2;              .balign 16\n"
    "    mov %cr0, %rax; ud2;     .balign 16\n"
    "    swapgs; ud2;             .balign 16\n"
    "    wrfsbase %rax; ud2;      .balign 16\n"
    "    pushf; popf; ud2;        .balign 16\n"
    "    int3; ud2;               .balign 16\n"
    "    lretq; ud2;              .balign 16\n"
    "    iretq; ud2;              .balign 16\n"
    "iret_lands:\n"
    "    ud2\n");

/* From the stack the hypercall takes flags, rip, cs, rflags, rsp and ss. */
void hypercall_iret(void *argument)
{
    const struct landing *to = argument;
    unsigned long frame[] = { to->flags, to->rip, to->cs, to->rflags, to->rsp, to->ss };

    if (!frame[4])
        asm volatile("lea -512(%%rsp), %0" : "=r"(frame[4]));
    asm volatile("sub $48, %%rsp; mov %%rsp, %%rdi; mov $6, %%ecx; rep movsq; jmp hypercall_page + 23 * 32"
                 : : "S"(frame) : "rdi", "rcx", "memory");
}

void random_rest(struct vcpu_guest_context *c)
{
    c->ctrlreg[3] = (chance(60) ? base_mfn : frame()) << PAGE_SHIFT;
    c->ctrlreg[1] = chance(50) ? 0 : frame() << PAGE_SHIFT | 1;
    c->syscall_callback_eip = code_address();
    c->fs_base = chance(50) ? 0 : number();
    c->gs_base_user = chance(50) ? 0 : number();
}
