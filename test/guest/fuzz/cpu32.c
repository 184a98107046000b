/* SPDX-License-Identifier: GPL-2.0-only */
/* What only the 32-bit kernel, in ring 1, can do to a processor. */
#include "instruction.h"

#include <public/vcpu.h>

INSTRUCTION(load_es, "mov %%es, %%ecx; mov %%eax, %%es; mov %%ecx, %%es") INSTRUCTION(into, "into")
INSTRUCTION(bound, "bound %%eax, (%%eax)") INSTRUCTION(arpl, "arpl %%ax, %%cx") INSTRUCTION(lfs, "lfs (%%eax), %%ecx")
INSTRUCTION(read_fs, "mov %%fs:(%%eax), %%ecx") INSTRUCTION(write_gs, "mov %%ecx, %%gs:(%%eax)")
INSTRUCTION(read_code, "mov %%cs:(%%eax), %%ecx") INSTRUCTION(write_code, "mov %%ecx, %%cs:(%%eax)")
INSTRUCTION(sysret, "sysret") INSTRUCTION(aad, ".byte 0xd5, 0")

/* Not among them: int 0x82 (it is a hypercall), syscall and sysenter (they lose where they came from). */
body *const own_instructions[] = {
    load_es, into, bound, arpl, lfs, read_fs, write_gs, read_code, write_code, sysret, aad, NULL,
};

const uint16_t good_selectors[GOOD_SELECTORS] = {
    FLAT_RING1_CS, FLAT_RING1_DS, FLAT_RING1_SS, FLAT_RING3_CS, FLAT_RING3_DS, FLAT_RING3_SS, 0, 3,
};

/* The limit of flat segments, the reverse table, the hole's later part, the lower half's end. */
unsigned long odd_address(void)
{
    switch (below(4)) {
    case 0: return HYPERVISOR_VIRT_START - 16 + below(32);
    case 1: return MACH2PHYS_VIRT_END - 16 + below(32);
    case 2: return HYPERVISOR_VIRT_START + below(HYPERVISOR_VIRT_END - HYPERVISOR_VIRT_START);
    default: return 0x7ffffff0 + below(32);
    }
}

/* In the hypervisor's part or the last page: three tables of few entries lead to all others. */
unsigned long hostile_code(void)
{
    unsigned long at = hostile_address();

    while (at - HYPERVISOR_VIRT_START >= HYPERVISOR_VIRT_END - HYPERVISOR_VIRT_START && at < ~0ul - PAGE_SIZE)
        at = hostile_address();
    return at;
}

long numbered_call(unsigned long number_, const unsigned long *r)
{
    unsigned long a = r[0], b = r[1], c = r[2], d = r[3], e = r[4];
    long result;

    asm volatile("int $0x82" : "=a"(result), "+b"(a), "+c"(b), "+d"(c), "+S"(d), "+D"(e) : "0"(number_) : "memory", "cc");
    return result;
}

/*
 * Each ends in a trap. None returns to what lies on its stack, a page of anything: user mode sees the kernel's code here, and
 * on that stack it would do anything to us.
 */
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
    "    mov %eax, (%esp); ud2;   .balign 16\n"
    "    rdmsr; ud2;              .balign 16\n"
    "    mov %cr0, %eax; ud2;     .balign 16\n"
    "    mov %eax, %ds; ud2;      .balign 16\n"
    "    mov %eax, %gs:(%ecx); ud2; .balign 16\n"
    "    pushf; popf; ud2;        .balign 16\n"
    "    int3; ud2;               .balign 16\n"
    "    push %cs; push $iret_lands; lret; ud2;                .balign 16\n"
    "    pushf; push %eax; push $iret_lands; iret; ud2;        .balign 16\n"
    "iret_lands:\n"
    "    ud2\n");

/* From the stack the hypercall takes eip, cs, eflags and, if it isn't for ring 1, esp and ss. */
void hypercall_iret(void *argument)
{
    const struct landing *to = argument;
    unsigned long frame[] = { to->rip, to->cs, to->rflags, to->rsp, to->ss };

    asm volatile("sub $20, %%esp; mov %%esp, %%edi; mov $5, %%ecx; rep movsl; jmp hypercall_page + 23 * 32"
                 : : "S"(frame) : "edi", "ecx", "memory");
}

void random_rest(struct vcpu_guest_context *c)
{
    c->ctrlreg[3] = xen_pfn_to_cr3(chance(60) ? base_mfn : frame());
    c->event_callback_cs = selector();
    c->failsafe_callback_cs = selector();
}
