/* SPDX-License-Identifier: GPL-2.0-only */
/* Instructions that a ring-3 kernel may try, returns to any state, accesses to any address, vcpus in any state. */
#include "instruction.h"

#include <public/errno.h>
#include <public/sched.h>
#include <public/vcpu.h>

INSTRUCTION(cli, "cli") INSTRUCTION(sti, "sti") INSTRUCTION(clts, "clts") INSTRUCTION(invd, "invd")
INSTRUCTION(wbinvd, "wbinvd") INSTRUCTION(popf_random, "push %%" AX "; andl $~0x100, (%%" STACK_POINTER "); popf")
INSTRUCTION(read_cr0, "mov %%cr0, %%" AX) INSTRUCTION(write_cr0, "mov %%" AX ", %%cr0")
INSTRUCTION(read_cr2, "mov %%cr2, %%" AX) INSTRUCTION(write_cr2, "mov %%" AX ", %%cr2")
INSTRUCTION(read_cr3, "mov %%cr3, %%" AX) INSTRUCTION(read_cr4, "mov %%cr4, %%" AX)
INSTRUCTION(write_cr4, "mov %%" AX ", %%cr4") 
INSTRUCTION(read_cr1, ".byte 0x0f, 0x20, 0xc8")
INSTRUCTION(lmsw, "lmsw %%ax")
INSTRUCTION(smsw, "smsw %%" AX) INSTRUCTION(read_dr6, "mov %%db6, %%" AX) INSTRUCTION(write_dr3, "mov %%" AX ", %%db3")
INSTRUCTION(write_dr6, "mov %%" AX ", %%db6") INSTRUCTION(write_dr7, "and $~0x2000, %%eax; mov %%" AX ", %%db7; xor %%eax, %%eax; mov %%" AX ", %%db7")
INSTRUCTION(read_dr4, "mov %%db4, %%" AX) INSTRUCTION(rdmsr, "rdmsr") INSTRUCTION(wrmsr, "wrmsr")
INSTRUCTION(rdpmc, "rdpmc") INSTRUCTION(rdtscp, "rdtscp") INSTRUCTION(cpuid, "cpuid")
INSTRUCTION(forced_cpuid, "ud2; .ascii \"xen\"; cpuid") INSTRUCTION(forced_other, "ud2; .ascii \"xen\"; rdtsc")
INSTRUCTION(invlpg, "invlpg (%%" AX ")") INSTRUCTION(lgdt, "lgdt (%%" AX ")") INSTRUCTION(lidt, "lidt (%%" AX ")")
INSTRUCTION(lldt, "lldt %%ax") INSTRUCTION(ltr, "ltr %%ax") INSTRUCTION(sgdt, "sgdt -64(%%" STACK_POINTER ")")
INSTRUCTION(sidt, "sidt -64(%%" STACK_POINTER ")") INSTRUCTION(sldt, "sldt %%" AX) INSTRUCTION(str, "str %%" AX)
INSTRUCTION(lar, "lar %%ax, %%ecx") INSTRUCTION(lsl, "lsl %%ax, %%ecx") INSTRUCTION(verr, "verr %%ax")
INSTRUCTION(verw, "verw %%ax") INSTRUCTION(swapgs, ".byte 0x0f, 0x01, 0xf8") 
INSTRUCTION(sysexit, ".byte 0x0f, 0x35") INSTRUCTION(int_2, "int $2")
INSTRUCTION(int_8, "int $8") INSTRUCTION(int_14, "int $14") INSTRUCTION(int_80, "int $0x80")
INSTRUCTION(int_ff, "int $0xff") INSTRUCTION(int_3, "int3")
INSTRUCTION(icebp, ".byte 0xf1") INSTRUCTION(xsetbv, "xsetbv") INSTRUCTION(xgetbv, "xgetbv")
INSTRUCTION(monitor, "monitor") INSTRUCTION(vmcall, "vmcall") INSTRUCTION(vmmcall, "vmmcall")
INSTRUCTION(vmrun, ".byte 0x0f, 0x01, 0xd8") INSTRUCTION(vmload, ".byte 0x0f, 0x01, 0xda")
INSTRUCTION(vmsave, ".byte 0x0f, 0x01, 0xdb") INSTRUCTION(stgi, ".byte 0x0f, 0x01, 0xdc")
INSTRUCTION(clgi, ".byte 0x0f, 0x01, 0xdd") INSTRUCTION(skinit, ".byte 0x0f, 0x01, 0xde")
INSTRUCTION(vmxon, ".byte 0xf3, 0x0f, 0xc7, 0x30") INSTRUCTION(invpcid, "invpcid (%%" AX "), %%" CX)

INSTRUCTION(load_ds, "mov %%ds, %%ecx; mov %%eax, %%ds; mov %%ecx, %%ds")
INSTRUCTION(load_fs, "mov %%eax, %%fs") INSTRUCTION(load_gs, "mov %%eax, %%gs")
INSTRUCTION(load_ss, "mov %%ss, %%ecx; mov %%eax, %%ss; mov %%ecx, %%ss") INSTRUCTION(in_byte, "inb %%dx, %%al")
INSTRUCTION(in_long, "inl %%dx, %%eax") INSTRUCTION(ins, "mov %%" AX ", %%" DI "; mov $3, %%ecx; rep insb")
INSTRUCTION(out_byte, "outb %%al, %%dx") INSTRUCTION(out_long, "outl %%eax, %%dx")
INSTRUCTION(outs, "mov %%" AX ", %%" SI "; mov $3, %%ecx; rep outsb") INSTRUCTION(far_call, "lcall *(%%" AX ")")
INSTRUCTION(far_jump, "ljmp *(%%" AX ")") INSTRUCTION(clflush, "clflush (%%" AX ")") INSTRUCTION(fxrstor, "fxrstor (%%" AX ")")
INSTRUCTION(xrstor, "xrstor (%%" AX ")") INSTRUCTION(fninit, "fninit; fwait") INSTRUCTION(wrpkru, ".byte 0x0f, 0x01, 0xef")
INSTRUCTION(getsec, "getsec") INSTRUCTION(rsm, "rsm") INSTRUCTION(encls, ".byte 0x0f, 0x01, 0xcf")
INSTRUCTION(jump, "jmp *%%" AX) INSTRUCTION(lock_nop, ".byte 0xf0, 0x90") INSTRUCTION(wbnoinvd, ".byte 0xf3, 0x0f, 0x09")

/* Left out: hlt and mwait (sleep_a_little sleeps), writes to cr3 (switch_table), syscall (it is a hypercall). */
static body *const plain[] = {
    cli, sti, clts, invd, wbinvd, popf_random, read_cr0, write_cr0, read_cr2, write_cr2, read_cr3,
    read_cr4, write_cr4, read_cr1, lmsw, smsw, read_dr6, write_dr3,
    write_dr6, write_dr7, read_dr4, rdmsr, wrmsr, rdpmc, rdtscp, cpuid, forced_cpuid, forced_other,
    invlpg, lgdt, lidt, lldt, ltr, sgdt, sidt, sldt, str, lar, lsl, verr, verw, swapgs, sysexit,
    int_2, int_8, int_14, int_80, int_ff, int_3, icebp, xsetbv, xgetbv, monitor,
    vmcall, vmmcall, vmrun, vmload, vmsave, stgi, clgi, skinit, vmxon, invpcid, 
    load_ds, load_fs, load_gs, load_ss, far_call, far_jump, clflush, fxrstor, xrstor, fninit,
    wrpkru, getsec, rsm, encls, jump, lock_nop, wbnoinvd,
};
static body *const on_model_specific[] = { rdmsr, wrmsr };
static body *const on_ports[] = { in_byte, in_long, ins, out_byte, out_long, outs };

static uint64_t model_specific(void)
{
    static const uint32_t known[] = {
        0x10, 0x17, 0x1b, 0x2c, 0x3a, 0x3b, 0x48, 0x49, 0x79, 0x8b, 0xc1, 0xce, 0xe2, 0xfe, 0x10a, 0x10b, 0x122,
        0x140, 0x174, 0x175, 0x176, 0x179, 0x186, 0x198, 0x199, 0x19a, 0x1a0, 0x1b0, 0x1d9, 0x200, 0x201, 0x250,
        0x277, 0x2ff, 0x345, 0x38f, 0x400, 0x401, 0x480, 0x4c1, 0x600, 0x6e0, 0x800, 0x830, 0xc90, 0xda0,
        0x40000000, 0x40000001, 0xc0000080, 0xc0000081, 0xc0000082, 0xc0000083, 0xc0000084, 0xc0000100, 0xc0000101,
        0xc0000102, 0xc0000103, 0xc0010000, 0xc0010010, 0xc0010015, 0xc001001f, 0xc0010055, 0xc0010058, 0xc0010061,
        0xc0010062, 0xc0010063, 0xc0010114, 0xc0010117, 0xc0010140, 0xc0011029,
    };

    return known[below(ARRAY_SIZE(known))];
}

/* Domain 0 may drive devices, the power and reset ones too: only ports that are the hypervisor's, or nobody's. */
static uint64_t some_port(void)
{
    static const uint16_t safe[] = { 0x20, 0x21, 0xa0, 0xa1, 0x40, 0x41, 0x43, 0x80, 0xed, 0x3f8, 0x3f9, 0x4d0 };

    if (is_domain_0())
        return safe[below(ARRAY_SIZE(safe))];
    return chance(30) ? 0xcf8 + below(8) : (uint16_t)rnd();
}

/* An operand in memory: rubbish in our page, or any address. */
static unsigned long operand(void)
{
    unsigned long *page = (unsigned long *)me()->arguments;

    for (unsigned int i = 0; i < 4; i++)
        page[i] = number();
    switch (below(5)) {
    case 0: return hostile_address();
    case 1: return play_address();
    case 2: return number();
    case 3: return (unsigned long)page + PAGE_SIZE - below(16);
    default: return (unsigned long)page;
    }
}

void instruction(void)
{
    struct registers r = { chance(50) ? operand() : number(), number(), number() };
    body *what = plain[below(ARRAY_SIZE(plain))];
    unsigned int own = 0;
    struct fault fault;

    if (what == jump)               /* our pages aren't to be executed: anything may be in them */
        r.rax = hostile_code();
    else if (chance(20))
        r.rax = selector();
    if (chance(10)) {
        what = on_model_specific[below(ARRAY_SIZE(on_model_specific))];
        r.rcx = model_specific();
    } else if (chance(10)) {
        what = on_ports[below(ARRAY_SIZE(on_ports))];
        r.rdx = some_port();
    } else if (chance(10)) {
        while (own_instructions[own])
            own++;
        what = own_instructions[below(own)];
    }
    if (tracing)
        print("fuzz: instruction at %p rax %#lx rcx %#lx rdx %#lx\n", what, r.rax, r.rcx, r.rdx);
    if (probe(&fault, what, &r))
        me()->faults++;
    else
        me()->accepted++;
    repair();
}

/*
 * To user mode, anywhere with any stack; or back to ourselves with any selectors and flags. In kernel mode the
 * stack is a good one, as exceptions need it.
 */
void random_iret(void)
{
    struct landing to = { .rflags = chance(70) ? 0x202 : number(), .ss = selector(), .cs = selector() };
    struct fault fault;

    to.flags = chance(80) ? 0 : number();
    if (chance(60)) {
        user_table();
        to.cs |= 3;
        /* No code of the kernel's: in user mode, on any stack, it would do anything to us. */
        to.rip = chance(80) ? (unsigned long)user_snippets + USER_SNIPPET_SIZE * below(USER_SNIPPETS) : hostile_code();
        to.rsp = chance(50) ? hostile_address() : play_address();
        to.rsp += !to.rsp;
    } else {
        to.cs = kernel_code(to.cs);
        to.rip = chance(80) ? (unsigned long)iret_lands : hostile_code();
    }
    if (tracing)
        print("fuzz: iret flags %#lx to %#lx:%#lx flags %#lx stack %#lx:%#lx\n", to.flags, to.cs, to.rip, to.rflags,
              to.ss, to.rsp);
    me()->made[__HYPERVISOR_iret]++;
    if (probe(&fault, hypercall_iret, &to))
        me()->faults++;
    repair();
}

static void read_at(void *address)
{
    (void)*(volatile unsigned long *)address;
}

static void write_at(void *address)
{
    *(volatile unsigned long *)address = 0x6675;
}

static void call_at(void *address)
{
    ((void (*)(void))address)();
}

/* The hypervisor's addresses and those that aren't any. */
void touch_memory(void)
{
    static void (*const ways[])(void *) = { read_at, write_at, call_at };
    void (*way)(void *) = ways[below(ARRAY_SIZE(ways))];
    struct fault fault;

    if (probe(&fault, way, (void *)(way == call_at ? hostile_code() : hostile_address())))
        me()->faults++;
    else
        me()->accepted++;
}

static void random_context(struct vcpu_guest_context *c)
{
    unsigned long *words = (unsigned long *)c;

    memset(c, 0, sizeof(*c));
    if (chance(20))
        for (unsigned int i = 0; i < sizeof(*c) / sizeof(*words); i++)
            words[i] = number();
    c->flags = chance(70) ? VGCF_IN_KERNEL : number();
    c->user_regs.REG(ip) = code_address();
    c->user_regs.REG(sp) = play_address();
    c->user_regs.cs = selector();
    c->user_regs.ss = selector();
    c->user_regs.ds = selector();
    c->user_regs.fs = selector();
    c->user_regs.REG(flags) = number();
    c->kernel_ss = selector();
    c->kernel_sp = play_address();
    for (unsigned int i = 0; i < 4; i++)
        c->trap_ctxt[below(256)] = (struct trap_info){ .vector = below(256), .flags = number(), .cs = selector(),
                                                       .address = code_address() };
    c->gdt_ents = chance(50) ? 0 : number();
    for (unsigned int i = 0; i < 16; i++)
        c->gdt_frames[i] = frame();
    c->ldt_base = chance(50) ? 0 : play_address();
    c->ldt_ents = chance(50) ? 0 : number();
    c->ctrlreg[0] = chance(50) ? 0 : number();
    c->ctrlreg[4] = chance(50) ? 0 : number();
    c->debugreg[7] = chance(80) ? 0 : number();
    c->event_callback_eip = code_address();
    c->failsafe_callback_eip = code_address();
    random_rest(c);
}

/* A state for a virtual CPU that doesn't work for us; it is never let run, that would end us all. */
void garbage_vcpu(void)
{
    static struct vcpu_guest_context contexts[CPUS_MAX];
    struct vcpu_guest_context *c = &contexts[this_cpu()->number];

    random_context(c);
    account_call(__HYPERVISOR_vcpu_op, HYPERCALL(vcpu_op, VCPUOP_initialise, chance(80) ? cpus : (uint32_t)number(), c));
}

/* Blocked, polling and halted, with a timer to wake us. */
void sleep_a_little(void)
{
    struct sched_poll poll = { .timeout = soon() };
    struct vcpu_set_singleshot_timer shot = { .timeout_abs_ns = soon() };

    HYPERCALL(vcpu_op, VCPUOP_set_singleshot_timer, this_cpu()->number, &shot);
    account(HYPERCALL(sched_op, SCHEDOP_poll, &poll));
}
