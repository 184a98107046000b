/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writable page tables: a guest kernel writes to a level 1 table through its read-only mapping, as natively.
 * The write faults, we decode the instruction and carry it out as a checked update of the entry. Decoded is
 * what compilers and kernels use on page-table entries: moves, exchanges, compare-and-exchange, logic and bit
 * operations, with or without lock prefix. The fault's address tells which operand in memory is meant, so its
 * address is skipped, not computed.
 */
#include <xen/guest.h>
#include <xen/lib.h>
#include <xen/perfc.h>
#include <xen/trace.h>
#include <asm/processor.h>
#include <asm/pv.h>
#include <public/why.h>
#include "internal.h"

#define MAX_INSN 15
#define MOV_TO_ADDRESS 0xa2     /* and 0xa3: the accumulator to an address, without ModRM */
#define FLAG_CF  0x001UL
#define FLAG_PF  0x004UL
#define FLAG_ZF  0x040UL
#define FLAG_SF  0x080UL
#define FLAG_OF  0x800UL

enum operation { OP_NONE, OP_MOV, OP_OR, OP_AND, OP_XOR, OP_XCHG, OP_CMPXCHG, OP_CMPXCHG8B, OP_BTS, OP_BTR,
                 OP_BTC };

struct insn {
    enum operation op;
    unsigned size;                  /* of the operand in memory: 1, 2, 4, 8 */
    unsigned length;
    unsigned reg;                   /* source register, if no immediate */
    bool has_rex, is_imm;
    uint64_t imm;
};

/* Bytes of the instruction being decoded. */
struct code {
    uint8_t byte[MAX_INSN];
    unsigned len, pos;
    bool overrun;
};

static uint8_t next_byte(struct code *c)
{
    if (c->pos >= c->len) {
        c->overrun = true;
        return 0;
    }
    return c->byte[c->pos++];
}

static int64_t next_signed(struct code *c, unsigned bytes)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < bytes; i++)
        v |= (uint64_t)next_byte(c) << (8 * i);
    return (int64_t)(v << (64 - 8 * bytes)) >> (64 - 8 * bytes);
}

static uint64_t mask_of(unsigned size)
{
    return ~0UL >> (64 - 8 * size);
}

static unsigned long *register_of(struct cpu_user_regs *r, unsigned n)
{
    unsigned long *const at[16] = { &r->rax, &r->rcx, &r->rdx, &r->rbx, &r->rsp, &r->rbp, &r->rsi, &r->rdi,
                                    &r->r8, &r->r9, &r->r10, &r->r11, &r->r12, &r->r13, &r->r14, &r->r15 };
    return at[n];
}

/* AH, CH, DH, BH are registers 4 to 7 of byte instructions without REX. */
static bool is_high_byte(const struct insn *in, unsigned n)
{
    return in->size == 1 && !in->has_rex && n >= 4 && n < 8;
}

static uint64_t read_register(struct cpu_user_regs *r, const struct insn *in, unsigned n)
{
    if (is_high_byte(in, n))
        return (*register_of(r, n - 4) >> 8) & 0xff;
    return *register_of(r, n) & mask_of(in->size);
}

static void write_register(struct cpu_user_regs *r, const struct insn *in, unsigned n, uint64_t v)
{
    unsigned long *p;

    if (is_high_byte(in, n)) {
        p = register_of(r, n - 4);
        *p = (*p & ~0xff00UL) | (v << 8);
        return;
    }
    p = register_of(r, n);
    *p = in->size >= 4 ? v : (*p & ~mask_of(in->size)) | v;
}

/* Skip the address bytes after ModRM. False: the operand is a register. */
static bool skip_memory_operand(struct code *c, uint8_t modrm)
{
    unsigned mod = modrm >> 6, rm = modrm & 7, base = rm;

    if (mod == 3)
        return false;
    if (rm == 4)
        base = next_byte(c) & 7;
    if (mod == 1)
        next_byte(c);
    else if (mod == 2 || base == 5)
        next_signed(c, 4);
    return true;
}

/* Operations of one-byte opcodes: 0x08 to 0x31 to memory, groups 0x80 to 0x83, moves and exchanges. */
static enum operation one_byte_operation(uint8_t opcode, uint8_t modrm)
{
    static const enum operation group1[8] = { [1] = OP_OR, [4] = OP_AND, [6] = OP_XOR };
    unsigned ext = (modrm >> 3) & 7;

    switch (opcode & ~1) {
    case 0x08: return OP_OR;
    case 0x20: return OP_AND;
    case 0x30: return OP_XOR;
    case 0x80: return group1[ext];
    case 0x82: return opcode == 0x83 ? group1[ext] : OP_NONE;
    case 0x86: return OP_XCHG;
    case 0x88: return OP_MOV;
    case MOV_TO_ADDRESS: return OP_MOV;
    case 0xc6: return ext == 0 ? OP_MOV : OP_NONE;
    default:   return OP_NONE;
    }
}

static enum operation two_byte_operation(uint8_t opcode, uint8_t modrm)
{
    static const enum operation group8[8] = { [5] = OP_BTS, [6] = OP_BTR, [7] = OP_BTC };
    unsigned ext = (modrm >> 3) & 7;

    switch (opcode) {
    case 0xb0: case 0xb1: return OP_CMPXCHG;
    case 0xab: return OP_BTS;
    case 0xb3: return OP_BTR;
    case 0xbb: return OP_BTC;
    case 0xba: return group8[ext];
    case 0xc3: return OP_MOV;               /* MOVNTI */
    case 0xc7: return ext == 1 ? OP_CMPXCHG8B : OP_NONE;
    default:   return OP_NONE;
    }
}

static unsigned immediate_bytes(bool two_byte, uint8_t opcode, unsigned size)
{
    if (two_byte)
        return opcode == 0xba ? 1 : 0;
    switch (opcode) {
    case 0x80: case 0x83: case 0xc6: return 1;
    case 0x81: case 0xc7: return min(size, 4u);
    default: return 0;
    }
}

/* LOCK, REPNE, REP, segments. */
static bool is_other_prefix(uint8_t byte)
{
    return byte == 0xf0 || byte == 0xf2 || byte == 0xf3 || (byte & 0xe7) == 0x26 || (byte & 0xfe) == 0x64;
}

/* False: not an instruction we carry out. */
static bool decode(struct code *c, bool is_32bit, struct insn *in)
{
    uint8_t rex = 0, opcode, modrm;
    bool size16 = false, two_byte, has_modrm;
    unsigned imm;

    for (;;) {
        opcode = next_byte(c);
        if (opcode == 0x66)
            size16 = true;
        else if (!is_other_prefix(opcode))
            break;
    }
    if (!is_32bit && (opcode & 0xf0) == 0x40) {
        rex = opcode;
        opcode = next_byte(c);
    }
    two_byte = opcode == 0x0f;
    if (two_byte)
        opcode = next_byte(c);
    has_modrm = two_byte || (opcode & ~1) != MOV_TO_ADDRESS;
    modrm = has_modrm ? next_byte(c) : 0;
    if (!has_modrm)
        next_signed(c, is_32bit ? 4 : 8);
    else if (c->overrun || !skip_memory_operand(c, modrm))
        return false;
    in->op = two_byte ? two_byte_operation(opcode, modrm) : one_byte_operation(opcode, modrm);
    in->has_rex = rex;
    in->reg = has_modrm ? ((modrm >> 3) & 7) | (rex & 4 ? 8 : 0) : 0;
    in->size = rex & 8 ? 8 : size16 ? 2 : 4;
    if (two_byte ? opcode == 0xb0 : !(opcode & 1))
        in->size = 1;
    if (in->op == OP_CMPXCHG8B) {
        if (rex & 8)
            return false;                   /* 16 bytes: two entries */
        in->size = 8;
    }
    imm = immediate_bytes(two_byte, opcode, in->size);
    in->is_imm = imm;
    in->imm = imm ? next_signed(c, imm) & mask_of(in->size) : 0;
    in->length = c->pos;
    return in->op != OP_NONE && !c->overrun;
}

/* Flags of a logic operation's result. */
static void set_logic_flags(struct cpu_user_regs *regs, uint64_t result, unsigned size)
{
    regs->rflags &= ~(FLAG_CF | FLAG_PF | FLAG_ZF | FLAG_SF | FLAG_OF);
    if (!result)
        regs->rflags |= FLAG_ZF;
    if (result >> (8 * size - 1))
        regs->rflags |= FLAG_SF;
    if (!(__builtin_popcount(result & 0xff) & 1))
        regs->rflags |= FLAG_PF;
}

static void set_flag(struct cpu_user_regs *regs, unsigned long flag, bool on)
{
    regs->rflags = on ? regs->rflags | flag : regs->rflags & ~flag;
}

static uint64_t cmpxchg_accumulator(const struct cpu_user_regs *r, const struct insn *in)
{
    return in->op == OP_CMPXCHG8B ? (uint32_t)r->rax | r->rdx << 32 : r->rax & mask_of(in->size);
}

/* The operand's new value. False: it stays. */
static bool compute(struct cpu_user_regs *r, const struct insn *in, uint64_t old, uint64_t *new)
{
    uint64_t src = in->is_imm ? in->imm : read_register(r, in, in->reg);
    uint64_t bit = 1UL << (src & (8 * in->size - 1));

    switch (in->op) {
    case OP_MOV:
    case OP_XCHG: *new = src; return true;
    case OP_OR:   *new = old | src; return true;
    case OP_AND:  *new = old & src; return true;
    case OP_XOR:  *new = old ^ src; return true;
    case OP_BTS:  *new = old | bit; return true;
    case OP_BTR:  *new = old & ~bit; return true;
    case OP_BTC:  *new = old ^ bit; return true;
    case OP_CMPXCHG: *new = src; return old == cmpxchg_accumulator(r, in);
    case OP_CMPXCHG8B: *new = (uint32_t)r->rbx | r->rcx << 32; return old == cmpxchg_accumulator(r, in);
    default: return false;
    }
}

/* The instruction took effect: registers and flags. */
static void retire(struct cpu_user_regs *r, const struct insn *in, uint64_t old, uint64_t new, bool written)
{
    uint64_t src = in->is_imm ? in->imm : read_register(r, in, in->reg);

    switch (in->op) {
    case OP_XCHG:
        write_register(r, in, in->reg, old);
        break;
    case OP_OR:
    case OP_AND:
    case OP_XOR:
        set_logic_flags(r, new, in->size);
        break;
    case OP_BTS:
    case OP_BTR:
    case OP_BTC:
        set_flag(r, FLAG_CF, (old >> (src & (8 * in->size - 1))) & 1);
        break;
    case OP_CMPXCHG:
        set_flag(r, FLAG_ZF, written);
        if (!written)
            write_register(r, in, 0, old);
        break;
    case OP_CMPXCHG8B:
        set_flag(r, FLAG_ZF, written);
        if (!written) {
            r->rax = (uint32_t)old;
            r->rdx = old >> 32;
        }
        break;
    default:
        break;
    }
    r->rip += in->length;
    r->rflags &= ~X86_EFLAGS_RF;
}

/* Carry the instruction out on an entry of a locked table. 0, -EAGAIN: run it again; -errno: refused. */
static int run_locked(struct cpu_user_regs *regs, const struct insn *in, struct page_info *table, unsigned long va,
               struct domain *d)
{
    pte_t *slot = (pte_t *)page_to_virt(table) + (va & (PAGE_SIZE - 1)) / sizeof(pte_t);
    struct pt_update u = { .how = PT_IF_SAME, .expected = READ_ONCE(*slot), .from = d };
    unsigned shift = 8 * (va & 7);
    uint64_t mask = mask_of(in->size), old = (u.expected >> shift) & mask, new = old;
    bool write = compute(regs, in, old, &new);
    int rc = 0;

    if (write) {
        u.val = (u.expected & ~(mask << shift)) | (new & mask) << shift;
        rc = update_entry(table, slot, &u);
    }
    if (unlikely(tracing) && write && !rc)
        trace_ptwr(regs, va, u.val);
    if (!rc)
        retire(regs, in, old, new & mask, write);
    return rc;
}

/* The same when it is locked and still of level 1: in others there might be something to drop. Also -ERESTART: again. */
static int run(struct cpu_user_regs *regs, const struct insn *in, struct page_info *table, unsigned long va,
               struct domain *d)
{
    int rc = lock_table(table);

    if (unlikely(rc))
        return rc;
    rc = likely(table_level(table->type_info) == 1) ? run_locked(regs, in, table, va, d) : -EINVAL;
    unlock_table(table);
    return rc;
}

/*
 * A write to va, which the tables map by entry, read-only. True: it was to a level 1 table, and was carried
 * out or will be retried.
 */
bool emulate_table_write(struct vcpu *v, unsigned long va, pte_t entry, struct cpu_user_regs *regs)
{
    struct domain *d = v->domain;
    struct page_info *pg = get_page_from_mfn(pte_mfn(entry), d);
    struct code code = { .pos = 0 };
    struct insn in;
    int rc = -EINVAL;

    if (!pg)
        return false;
    perfc_incr(ptwr);
    if (table_level(READ_ONCE(pg->type_info)) == 1) {
        v->current_hypercall = XEN_WHY_INSTRUCTION;
        code.len = MAX_INSN - fetch_code(regs, code.byte, MAX_INSN);
        if (decode(&code, d->arch.is_32bit_pv, &in) && (va & 7) + in.size <= 8)
            rc = run(regs, &in, pg, va, d);
    }
    put_page(pg);
    return !rc || rc == -EAGAIN || rc == -ERESTART;
}
