/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Privileged instructions of a guest, which runs in ring 3 and gets #GP for them. One small decoder for the
 * few that are allowed; all else is left to the guest as the #GP it was.
 *
 * A handler returns one of: EMULATED (RIP goes past the instruction), RETRY (RIP stays; the guest comes
 * back), FAULTED (an exception was injected), NOT_OURS.
 */
#include <xen/guest.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <xen/softirq.h>
#include <public/why.h>
#include <asm/processor.h>
#include <asm/pv.h>
#include <asm/time.h>
#include <asm/xstate.h>

#define MAX_INSN 15
#define REX_W 8
#define REX_R 4
#define REX_B 1
#define STRING_CHUNK 256        /* iterations of rep ins/outs between two looks at softirqs */

enum outcome { EMULATED, RETRY, FAULTED, NOT_OURS };

struct insn {
    struct vcpu *v;
    struct cpu_user_regs *regs;
    uint8_t bytes[MAX_INSN];
    unsigned available, length; /* bytes read; used so far */
    uint8_t rex, opcode;
    bool operand16, address32, rep, segment, mode64;
};

/* Is the guest's code segment a 64-bit one? (bit 21 of LAR: L) */
static bool is_64bit_code(uint16_t cs)
{
    uint32_t rights = 0;

    if (cs == FLAT_RING3_CS64)
        return true;
    __asm__ volatile ("lar %1, %0" : "+r" (rights) : "r" ((uint32_t)cs) : "cc");
    return rights & (1u << 21);
}

/* As many bytes as can be read: the instruction may end at the end of a page. */
static void fetch(struct insn *i)
{
    i->available = MAX_INSN - raw_copy_from_guest(i->bytes, (const void *)i->regs->rip, MAX_INSN);
}

static int next_byte(struct insn *i)
{
    return i->length < i->available ? i->bytes[i->length++] : -1;
}

static bool prefix(struct insn *i, int byte)
{
    switch (byte) {
    case 0x66:
        return i->operand16 = true;
    case 0x67:
        return i->address32 = true;
    case 0x26: case 0x2e: case 0x36: case 0x3e: case 0x64: case 0x65:
        return i->segment = true;
    case 0xf2: case 0xf3:
        return i->rep = true;
    case 0xf0:
        return true;
    case 0x40 ... 0x4f:
        if (!i->mode64)
            return false;
        i->rex = byte;
        return true;
    default:
        return false;
    }
}

static uint64_t *general_register(struct cpu_user_regs *regs, unsigned nr)
{
    uint64_t *const r[16] = {
        &regs->rax, &regs->rcx, &regs->rdx, &regs->rbx, &regs->rsp, &regs->rbp, &regs->rsi, &regs->rdi,
        &regs->r8, &regs->r9, &regs->r10, &regs->r11, &regs->r12, &regs->r13, &regs->r14, &regs->r15,
    };

    return r[nr & 15];
}

/* ---- ports ---- */

static unsigned port_operand_bytes(const struct insn *i)
{
    return !(i->opcode & 1) ? 1 : i->operand16 ? 2 : 4;
}

static enum outcome in_out(struct insn *i, unsigned port)
{
    unsigned bytes = port_operand_bytes(i);
    uint32_t value;

    if (!guest_port_allowed(i->v, port, bytes))
        return NOT_OURS;
    if (i->opcode & 2) {
        guest_port_write(i->v, port, bytes, i->regs->eax);
        return EMULATED;
    }
    value = guest_port_read(i->v, port, bytes);
    if (bytes == 4)
        i->regs->rax = value;
    else if (bytes == 2)
        i->regs->ax = value;
    else
        i->regs->al = value;
    return EMULATED;
}

/* One element of ins or outs. */
static bool string_element(struct insn *i, unsigned bytes, unsigned long *index, bool write)
{
    unsigned port = i->regs->dx;
    unsigned long va = i->address32 || !i->mode64 ? (uint32_t)*index : *index;
    uint32_t value = 0;

    if (write) {
        if (raw_copy_from_guest(&value, (const void *)va, bytes)) {
            inject_page_fault(va, 0);
            return false;
        }
        guest_port_write(i->v, port, bytes, value);
    } else {
        value = guest_port_read(i->v, port, bytes);
        if (raw_copy_to_guest((void *)va, &value, bytes)) {
            inject_page_fault(va, PFEC_write);
            return false;
        }
    }
    *index += i->regs->rflags & X86_EFLAGS_DF ? -(long)bytes : bytes;
    return true;
}

static enum outcome string_in_out(struct insn *i)
{
    unsigned bytes = port_operand_bytes(i);
    bool write = i->opcode & 2;
    unsigned long *index = write ? (unsigned long *)&i->regs->rsi : (unsigned long *)&i->regs->rdi;

    if (i->segment || !guest_port_allowed(i->v, i->regs->dx, bytes))
        return NOT_OURS;
    if (!i->rep)
        return string_element(i, bytes, index, write) ? EMULATED : FAULTED;
    for (unsigned n = 0; i->regs->rcx; n++) {
        if (n == STRING_CHUNK)
            return RETRY;
        if (!string_element(i, bytes, index, write))
            return FAULTED;
        i->regs->rcx--;
    }
    return EMULATED;
}

/* ---- system registers ---- */

static enum outcome move_control(struct insn *i, int modrm)
{
    unsigned reg = ((modrm >> 3) & 7) | (i->rex & REX_R ? 8 : 0);
    uint64_t *general = general_register(i->regs, (modrm & 7) | (i->rex & REX_B ? 8 : 0));

    if (modrm < 0xc0 || (reg != 0 && reg != 2 && reg != 3 && reg != 4))
        return NOT_OURS;
    if (i->opcode == 0x20)
        *general = guest_read_cr(i->v, reg);
    else if (!guest_write_cr(i->v, reg, *general))
        return NOT_OURS;
    return EMULATED;
}

static enum outcome move_debug(struct insn *i, int modrm)
{
    unsigned reg = (modrm >> 3) & 7;
    uint64_t *general = general_register(i->regs, (modrm & 7) | (i->rex & REX_B ? 8 : 0));

    if (modrm < 0xc0 || reg == 4 || reg == 5)
        return NOT_OURS;
    if (i->opcode == 0x21)
        *general = i->v->arch.debugreg[reg];
    else if (set_debugreg(i->v, reg, *general))
        return NOT_OURS;
    return EMULATED;
}

static void set_edx_eax(struct cpu_user_regs *regs, uint64_t value)
{
    regs->rax = (uint32_t)value;
    regs->rdx = value >> 32;
}

static uint64_t get_edx_eax(const struct cpu_user_regs *regs)
{
    return regs->eax | (uint64_t)regs->edx << 32;
}

/*
 * A kernel that reads a register we don't have before it has a #GP handler would only crash: it reads 0. Its
 * next reads find the handler.
 */
static enum outcome read_msr(struct insn *i)
{
    uint64_t value = 0;

    if (!guest_rdmsr(i->v, i->regs->ecx, &value) && i->v->arch.trap_ctxt[TRAP_gp_fault].address)
        return NOT_OURS;
    set_edx_eax(i->regs, value);
    return EMULATED;
}

static enum outcome write_msr(struct insn *i)
{
    return guest_wrmsr(i->v, i->regs->ecx, get_edx_eax(i->regs)) ? EMULATED : NOT_OURS;
}

static enum outcome cpuid_insn(struct vcpu *v, struct cpu_user_regs *regs)
{
    uint32_t out[4];

    guest_cpuid(v, regs->eax, regs->ecx, out);
    regs->rax = out[0];
    regs->rbx = out[1];
    regs->rcx = out[2];
    regs->rdx = out[3];
    return EMULATED;
}

static enum outcome group_0f01(struct insn *i, int modrm)
{
    if (modrm == 0xd1 && i->v->arch.kernel_mode && (i->v->arch.ctrlreg[4] & X86_CR4_OSXSAVE))
        return xstate_set_xcr0(i->v, i->regs->ecx, get_edx_eax(i->regs)) ? EMULATED : NOT_OURS;
    if (modrm == 0xf9 && boot_cpu.rdtscp &&
        (i->v->arch.kernel_mode || !(i->v->arch.ctrlreg[4] & X86_CR4_TSD))) {
        set_edx_eax(i->regs, guest_tsc(i->v->domain));
        i->regs->rcx = (uint32_t)i->v->arch.msr_tsc_aux;
        return EMULATED;
    }
    return NOT_OURS;
}

/* 0f xx. All but CPUID and RDTSC are the guest kernel's alone. */
static enum outcome two_byte_opcode(struct insn *i)
{
    int opcode = next_byte(i);

    i->opcode = opcode;
    switch (opcode) {
    case 0x01:
        return group_0f01(i, next_byte(i));
    case 0x31:
        if (!i->v->arch.kernel_mode && (i->v->arch.ctrlreg[4] & X86_CR4_TSD))
            return NOT_OURS;
        set_edx_eax(i->regs, guest_tsc(i->v->domain));
        return EMULATED;
    case 0xa2:
        return cpuid_insn(i->v, i->regs);
    }
    if (!i->v->arch.kernel_mode)
        return NOT_OURS;
    switch (opcode) {
    case 0x06:
        guest_write_cr(i->v, 0, guest_read_cr(i->v, 0) & ~X86_CR0_TS);
        return EMULATED;
    case 0x08: case 0x09:
        flush_area_local(NULL, FLUSH_CACHE);
        return EMULATED;
    case 0x20: case 0x22:
        return move_control(i, next_byte(i));
    case 0x21: case 0x23:
        return move_debug(i, next_byte(i));
    case 0x30:
        return write_msr(i);
    case 0x32:
        return read_msr(i);
    default:
        return NOT_OURS;
    }
}

static enum outcome execute(struct insn *i)
{
    switch (i->opcode) {
    case 0x0f:
        return two_byte_opcode(i);
    case 0x6c ... 0x6f:
        return string_in_out(i);
    case 0xe4 ... 0xe7:
        return in_out(i, next_byte(i));
    case 0xec ... 0xef:
        return in_out(i, i->regs->dx);
    case 0xf4:
        if (!i->v->arch.kernel_mode)
            return NOT_OURS;
        vcpu_block();
        return EMULATED;
    case 0xfa: case 0xfb:
        /* POPF couldn't be trapped, so the virtual interrupt flag is not touched: allowed, no effect. */
        return i->v->arch.iopl >= (i->v->arch.kernel_mode ? 1 : 3) ? EMULATED : NOT_OURS;
    default:
        return NOT_OURS;
    }
}

static void advance(struct cpu_user_regs *regs, unsigned length)
{
    regs->rip += length;
    regs->rflags &= ~(uint64_t)X86_EFLAGS_RF;
    if (regs->rflags & X86_EFLAGS_TF) {
        current->arch.debugreg[6] |= 0x4000 | 0xffff0ff0UL;
        inject_exception(TRAP_debug, 0);
    }
}

bool emulate_privileged(struct cpu_user_regs *regs)
{
    struct insn i = { .v = current, .regs = regs, .mode64 = is_64bit_code(regs->cs) };
    int byte;

    i.v->current_hypercall = XEN_WHY_INSTRUCTION;
    fetch(&i);
    do
        byte = next_byte(&i);
    while (prefix(&i, byte));
    if (byte < 0)
        return false;
    i.opcode = byte;
    switch (execute(&i)) {
    case EMULATED:
        advance(regs, i.length);
        return true;
    case NOT_OURS:
        return false;
    default:
        return true;
    }
}

/* ud2; .ascii "xen"; cpuid: the way to see the CPUID leaves meant for the guest on every processor. */
bool emulate_forced_cpuid(struct cpu_user_regs *regs)
{
    static const uint8_t signature[] = { 0x0f, 0x0b, 0x78, 0x65, 0x6e, 0x0f, 0xa2 };
    uint8_t bytes[sizeof(signature)];

    if (raw_copy_from_guest(bytes, (const void *)regs->rip, sizeof(bytes)) ||
        memcmp(bytes, signature, sizeof(bytes)))
        return false;
    cpuid_insn(current, regs);
    advance(regs, sizeof(bytes));
    return true;
}
