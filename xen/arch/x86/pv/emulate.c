/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Privileged instructions of a guest, which runs in ring 3 or 1 and gets #GP for them. One small decoder for the
 * few that are allowed; all else is left to the guest as the #GP it was.
 *
 * A handler returns one of: EMULATED (RIP goes past the instruction), RETRY (RIP stays; the guest comes
 * back), FAULTED (an exception was injected), NOT_OURS.
 */
#include <xen/guest.h>
#include <xen/lib.h>
#include <xen/perfc.h>
#include <xen/sched.h>
#include <xen/softirq.h>
#include <xen/trace.h>
#include <public/why.h>
#include <asm/processor.h>
#include <asm/pv.h>
#include <asm/time.h>
#include <asm/width.h>
#include <asm/xstate.h>

#define MAX_INSN 15
#define FORCED_CPUID        0xa20f6e65780b0fUL  /* ud2, "xen", cpuid */
#define FORCED_CPUID_LENGTH 7
#define REX_W 8
#define REX_R 4
#define REX_B 1
#define STRING_CHUNK 256        /* iterations of rep ins/outs between two looks at softirqs */

enum outcome { EMULATED, RETRY, FAULTED, NOT_OURS };

enum segment_register { ES, CS, SS, DS, FS, GS };

struct insn {
    struct vcpu *v;
    struct cpu_user_regs *regs;
    struct segment code;
    uint8_t bytes[MAX_INSN];
    unsigned available, length; /* bytes read; used so far */
    unsigned operand, address;  /* their sizes in bytes; operand: 4 also where REX.W would say 8 */
    uint8_t rex, opcode;
    bool operand_prefix, address_prefix, rep, lock, override;
    enum segment_register segment;      /* if override */
};

static bool is_mode64(const struct insn *i)
{
    return i->code.rights & SEGMENT_LONG;
}

/* As many bytes as can be read: the instruction may end at the end of a page. False: no code there. */
static bool fetch(struct insn *i)
{
    i->available = MAX_INSN - fetch_code(i->regs, i->bytes, MAX_INSN);
    return i->available && code_segment(i->v, i->regs, &i->code);
}

static int next_byte(struct insn *i)
{
    return i->length < i->available ? i->bytes[i->length++] : -1;
}

static bool override(struct insn *i, enum segment_register segment)
{
    i->segment = segment;
    return i->override = true;
}

static bool legacy_prefix(struct insn *i, int byte)
{
    switch (byte) {
    case 0x66:
        return i->operand_prefix = true;
    case 0x67:
        return i->address_prefix = true;
    case 0x26: return override(i, ES);
    case 0x2e: return override(i, CS);
    case 0x36: return override(i, SS);
    case 0x3e: return override(i, DS);
    case 0x64: return override(i, FS);
    case 0x65: return override(i, GS);
    case 0xf2: case 0xf3:
        return i->rep = true;
    case 0xf0:
        return i->lock = true;
    default:
        return false;
    }
}

/* Does the instruction go on after this byte? REX counts only as the last prefix. */
static bool prefix(struct insn *i, int byte)
{
    bool rex = is_mode64(i) && byte >= 0x40 && byte <= 0x4f;

    if (!rex && !legacy_prefix(i, byte))
        return false;
    i->rex = rex ? byte : 0;
    return true;
}

static void choose_sizes(struct insn *i)
{
    bool big = i->code.rights & SEGMENT_BIG;

    if (is_mode64(i)) {
        i->operand = i->operand_prefix ? 2 : 4;
        i->address = i->address_prefix ? 4 : 8;
    } else {
        i->operand = big != i->operand_prefix ? 4 : 2;
        i->address = big != i->address_prefix ? 4 : 2;
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
    return i->opcode & 1 ? i->operand : 1;
}

/* port: negative if the instruction has none, being too long. */
static enum outcome in_out(struct insn *i, int port)
{
    unsigned bytes = port_operand_bytes(i);
    uint32_t value;

    if (port < 0 || !guest_port_allowed(i->v, port, bytes))
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

static uint16_t selector(const struct insn *i, enum segment_register segment)
{
    struct cpu_user_regs *regs = i->regs;

    if (segment == CS)
        return regs->cs;
    if (segment == SS)
        return regs->ss;
    read_selectors(regs);
    return segment == ES ? regs->es : segment == DS ? regs->ds : segment == FS ? regs->fs : regs->gs;
}

/* Linear address of an operand. False: not within its segment. */
static bool operand_address(const struct insn *i, enum segment_register segment, unsigned long offset,
                            unsigned bytes, bool write, unsigned long *va)
{
    struct segment s;

    if (is_mode64(i)) {
        *va = offset + (segment == FS ? rdmsr(MSR_FS_BASE) : segment == GS ? rdmsr(MSR_GS_BASE) : 0);
        return true;
    }
    if (!read_segment(i->v, selector(i, segment), &s) || !segment_allows(&s, offset, bytes, write))
        return false;
    *va = (uint32_t)(s.base + offset);
    return true;
}

static uint64_t index_mask(const struct insn *i)
{
    return i->address == 8 ? ~0UL : i->address == 4 ? 0xffffffff : 0xffff;
}

/* Count in a register as wide as addresses are: 32 bits clear the upper half, 16 bits keep it. */
static void count(const struct insn *i, uint64_t *reg, long by)
{
    uint64_t mask = index_mask(i), kept = i->address == 2 ? *reg & ~mask : 0;

    *reg = kept | ((*reg + by) & mask);
}

static bool from_port(const struct insn *i)
{
    return !(i->opcode & 2);
}

/* A 32-bit guest's programs and its kernel share page tables: what is the kernel's alone we could reach, they can't. */
static bool reaches(const struct insn *i, unsigned long va, bool write)
{
    uint32_t access = (in_ring1(i->regs) ? 0 : PFEC_user) | (write ? PFEC_write : 0);
    pte_t entry;

    return access_allowed(i->v, va, access, &entry);
}

/* False: the guest has got a page fault, for the page of the operand that it can't access. */
static bool reach_operand(const struct insn *i, unsigned long va, unsigned bytes, bool write)
{
    unsigned long last = va + bytes - 1;

    if (reaches(i, va, write)) {
        if (reaches(i, last, write))
            return true;
        va = last & PAGE_MASK;
    }
    inject_page_fault(va, write ? PFEC_write : 0);
    return false;
}

/* One element of ins or outs: all but the count of rep. A device may give a value only once: not before it has a place. */
static enum outcome string_element(struct insn *i, unsigned bytes)
{
    uint64_t *index = from_port(i) ? &i->regs->rdi : &i->regs->rsi;
    enum segment_register segment = from_port(i) ? ES : i->override ? i->segment : DS;
    unsigned long va;
    uint32_t value = 0;

    if (!operand_address(i, segment, *index & index_mask(i), bytes, from_port(i), &va))
        return NOT_OURS;
    if (!reach_operand(i, va, bytes, from_port(i)))
        return FAULTED;
    if (from_port(i))
        value = guest_port_read(i->v, i->regs->dx, bytes);
    if (from_port(i) ? raw_copy_to_guest((void *)va, &value, bytes)
                     : raw_copy_from_guest(&value, (const void *)va, bytes)) {
        inject_page_fault(va, from_port(i) ? PFEC_write : 0);
        return FAULTED;
    }
    if (!from_port(i))
        guest_port_write(i->v, i->regs->dx, bytes, value);
    count(i, index, i->regs->rflags & X86_EFLAGS_DF ? -(long)bytes : bytes);
    return EMULATED;
}

static enum outcome string_in_out(struct insn *i)
{
    unsigned bytes = port_operand_bytes(i);

    if (!guest_port_allowed(i->v, i->regs->dx, bytes))
        return NOT_OURS;
    if (!i->rep)
        return string_element(i, bytes);
    for (unsigned n = 0; i->regs->rcx & index_mask(i); n++) {
        enum outcome done;

        if (n == STRING_CHUNK)
            return RETRY;
        done = string_element(i, bytes);
        if (done != EMULATED)
            return done;
        count(i, &i->regs->rcx, -1);
    }
    return EMULATED;
}

/* ---- system registers ---- */

/* The operand of a move to a system register. */
static uint64_t written(const struct insn *i, const uint64_t *general)
{
    return is_mode64(i) ? *general : (uint32_t)*general;
}

static enum outcome move_control(struct insn *i, int modrm)
{
    unsigned reg = ((modrm >> 3) & 7) | (i->rex & REX_R ? 8 : 0);
    uint64_t *general = general_register(i->regs, (modrm & 7) | (i->rex & REX_B ? 8 : 0));

    if (modrm < 0xc0 || (reg != 0 && reg != 2 && reg != 3 && reg != 4))
        return NOT_OURS;
    if (i->opcode == 0x20)
        *general = guest_read_cr(i->v, reg);
    else if (!guest_write_cr(i->v, reg, written(i, general)))
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
    else if (set_debugreg(i->v, reg, written(i, general)))
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

static enum outcome undefined(void)
{
    inject_exception(TRAP_invalid_op, 0);
    return FAULTED;
}

static enum outcome xsetbv(struct insn *i)
{
    if (!(i->v->arch.ctrlreg[4] & X86_CR4_OSXSAVE))
        return undefined();
    return in_guest_kernel(i->v, i->regs) && xstate_set_xcr0(i->v, i->regs->ecx, get_edx_eax(i->regs)) ? EMULATED
                                                                                                   : NOT_OURS;
}

static enum outcome group_0f01(struct insn *i, int modrm)
{
    if (modrm == 0xd1)
        return xsetbv(i);
    if (modrm == 0xf9 && boot_cpu.rdtscp &&
        (in_guest_kernel(i->v, i->regs) || !(i->v->arch.ctrlreg[4] & X86_CR4_TSD))) {
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
        if (!in_guest_kernel(i->v, i->regs) && (i->v->arch.ctrlreg[4] & X86_CR4_TSD))
            return NOT_OURS;
        set_edx_eax(i->regs, guest_tsc(i->v->domain));
        return EMULATED;
    case 0xa2:
        return cpuid_insn(i->v, i->regs);
    }
    if (!in_guest_kernel(i->v, i->regs))
        return NOT_OURS;
    switch (opcode) {
    case 0x06:
        guest_write_cr(i->v, 0, guest_read_cr(i->v, 0) & ~X86_CR0_TS);
        return EMULATED;
    case 0x09:
        if (may_bypass_cache(i->v->domain))
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
        if (!in_guest_kernel(i->v, i->regs))
            return NOT_OURS;
        vcpu_block();
        return EMULATED;
    case 0xfa: case 0xfb:
        /* POPF couldn't be trapped, so the virtual interrupt flag is not touched: allowed, no effect. */
        return i->v->arch.iopl >= (in_guest_kernel(i->v, i->regs) ? 1 : 3) ? EMULATED : NOT_OURS;
    default:
        return NOT_OURS;
    }
}

/* None of ours can be: processors tell that by themselves, emulators may not. What can be has its own reason for #GP. */
static enum outcome execute_locked(struct insn *i)
{
    int second;

    switch (i->opcode) {
    case 0x0f:
        second = next_byte(i);
        return (second >= 0 && second < 0x40) || second == 0xa2 ? undefined() : NOT_OURS;
    case 0x6c ... 0x6f: case 0xe4 ... 0xe7: case 0xec ... 0xef: case 0xf4: case 0xfa: case 0xfb:
        return undefined();
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
    struct insn i = { .v = current, .regs = regs };
    int byte;

    perfc_incr(privileged);
    if (unlikely(tracing))
        trace_at(TRC_PV_EMULATE_PRIVOP, regs);
    i.v->current_hypercall = XEN_WHY_INSTRUCTION;
    if (!fetch(&i))
        return false;
    do
        byte = next_byte(&i);
    while (prefix(&i, byte));
    if (byte < 0)
        return false;
    choose_sizes(&i);
    i.opcode = byte;
    switch (i.lock ? execute_locked(&i) : execute(&i)) {
    case EMULATED:
        if (!is_mode64(&i))
            regs->rip = (uint32_t)(regs->rip + i.length) - (uint64_t)i.length;   /* wraps at 4 GiB */
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
    uint64_t bytes = 0;

    if (fetch_code(regs, &bytes, FORCED_CPUID_LENGTH) || bytes != FORCED_CPUID)
        return false;
    perfc_incr(forced_cpuid);
    if (unlikely(tracing))
        trace_at(TRC_PV_FORCED_INVALID_OP, regs);
    cpuid_insn(current, regs);
    advance(regs, FORCED_CPUID_LENGTH);
    return true;
}
