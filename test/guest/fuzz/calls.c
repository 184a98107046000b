/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hypercalls made from a table (ops.h): what goes into which register, and the shape of the structure that one of
 * them points to. A letter is a field:
 *
 *   1 byte    b number  . zero
 *   2 bytes   h number  d domain  s selector
 *   4 bytes   w number  n count  p port  i virtual CPU  q physical interrupt  r grant reference  g grant handle
 *             x grant flags  z order  V virtual interrupt  D domain  ! the command  u any command  I J K versions
 *   a word    l number  m machine frame  v virtual address to play with  k code  N count  G grant or frame
 *             P Q F B pointers: to frames, ports, guest frames, bytes
 *   8 bytes   L number  M machine frame  a where an entry is in the machine  e an entry  t a time soon
 *             A where to map a grant  j descriptor  c code of a callback  ? any of these
 *   | aligns to a word
 *
 * In registers also: C the command, * pointer to the structures, # their count, U flush flags, O where to say how
 * many were done.
 */
#include "fuzz.h"

#include <public/callback.h>
#include <public/domctl.h>
#include <public/grant_table.h>
#include <public/memory.h>
#include <public/nmi.h>
#include <public/physdev.h>
#include <public/platform.h>
#include <public/sched.h>
#include <public/sysctl.h>
#include <public/vcpu.h>
#include <public/version.h>

#define LIST      24            /* entries of a list that a structure points to */
#define STRUCTURE 1024          /* bytes of structures at most */
#define REGISTERS 6
#define BATCH     8             /* calls at once */

struct op {
    unsigned int number, command;
    const char *registers, *shape;
    unsigned int most;          /* structures in an array */
};

static const struct op ops[] = {
#include "ops.h"
};

/* ---- memory for arguments: one page, used up from its beginning by each call anew */

static void *take(unsigned int size)
{
    struct fuzzer *f = me();

    f->used = (f->used + 7) & ~7u;
    if (f->used + size > PAGE_SIZE)
        f->used = 0;
    f->used += size;
    return f->arguments + f->used - size;
}

/* The bytes somewhere, at times across the end of what is mapped, as far as they fit; or no good place at all. */
static unsigned long place(const void *bytes, unsigned int size)
{
    char *at = take(size + 8);
    unsigned int fits = size;

    if (chance(4))
        return chance(50) ? hostile_address() : number();
    if (chance(4) && size > 1) {
        fits = 1 + below(size - 1);
        at = me()->arguments + PAGE_SIZE - fits;
    } else if (chance(5)) {
        at += below(8);
    }
    memcpy(at, bytes, fits);
    return (unsigned long)at;
}

static unsigned long list_of(char kind)
{
    unsigned long list[LIST];
    uint32_t ports[LIST];

    if (chance(5))
        return 0;
    for (unsigned int i = 0; i < LIST; i++) {
        ports[i] = port();
        list[i] = kind == 'P' ? frame() : kind == 'B' ? number() : ((unsigned long)play[below(PLAY_PAGES)] - VIRT_BASE) >> PAGE_SHIFT;
    }
    return kind == 'Q' ? place(ports, sizeof(ports)) : place(list, sizeof(list));
}

/* ---- fields */

static uint64_t grant_address(void)
{
    return chance(60) ? play_address() & ~(PAGE_SIZE - 1) : chance(70) ? play_entry_machine[below(PLAY_PAGES)] : entry_machine();
}

static uint64_t descriptor(void)
{
    uint64_t access = chance(70) ? 0xf0 | below(16) : below(256);

    return chance(20) ? number() : access << 40 | (uint64_t)below(16) << 52 | below(0x10000);
}

/* Selector and address, or the address alone. */
static uint64_t callback(void)
{
    return sizeof(long) == 8 ? code_address() : selector() | (uint64_t)code_address() << 32;
}

static uint64_t anything(void)
{
    switch (below(8)) {
    case 0: return number();
    case 1: return list_of('B');
    case 2: return frame();
    case 3: return play_address();
    case 4: return list_of('P');
    default: return small();
    }
}

/* Structures of control interfaces are the same in both widths. */
static bool words_are_wide(const struct op *op)
{
    return op->number == __HYPERVISOR_domctl || op->number == __HYPERVISOR_sysctl;
}

static unsigned int size_of(char letter, const struct op *op)
{
    switch (letter) {
    case 'b': case '.':
        return 1;
    case 'h': case 'd': case 's':
        return 2;
    case 'l': case 'm': case 'v': case 'k': case 'N': case 'G': case 'P': case 'Q': case 'F': case 'B':
        return words_are_wide(op) ? 8 : sizeof(long);
    case 'L': case 'M': case 'a': case 'e': case 't': case 'A': case 'j': case 'c': case '?':
        return 8;
    default:
        return 4;
    }
}

static uint64_t field(char letter, const struct op *op)
{
    switch (letter) {
    case '.': return 0;
    case 'd': case 'D': return domain();
    case 's': return selector();
    case 'n': return small();
    case 'p': return port();
    case 'i': return chance(80) ? below(CPUS_MAX) : (uint32_t)number();
    case 'q': return chance(80) ? below(64) : (uint32_t)number();
    case 'r': return chance(90) ? below(64) : (uint32_t)number();
    case 'g': return chance(90) ? below(128) : (uint32_t)number();
    case 'x': return chance(70) ? GNTMAP_host_map | below(8) << 2 : (uint32_t)number();
    case 'z': return chance(90) ? below(3) : (uint32_t)number();
    case 'V': return chance(90) ? below(NR_VIRQS + 2) : (uint32_t)number();
    case '!': case 'C': return op->command;
    case 'u': return below(32);
    case 'I': return XENPF_INTERFACE_VERSION;
    case 'J': return XEN_SYSCTL_INTERFACE_VERSION;
    case 'K': return XEN_DOMCTL_INTERFACE_VERSION;
    case 'm': case 'M': return frame();
    case 'v': return chance(85) ? play_address() : hostile_address();
    case 'a': return entry_machine();
    case 'e': return entry_value();
    case 'k': return code_address();
    case 'c': return callback();
    case 't': return soon();
    case 'N': return chance(85) ? below(LIST) : number();
    case 'A': return grant_address();
    case 'G': return chance(50) ? below(64) : frame();
    case 'j': return descriptor();
    case '?': return anything();
    case 'P': case 'Q': case 'F': case 'B': return list_of(letter);
    case 'U': return chance(90) ? below(8) : list_of('B') | below(4);
    case 'O': return chance(80) ? 0 : (unsigned long)take(8);
    default: return chance(60) ? small() : number();
    }
}

/* Write one structure; how long it is. */
static unsigned int fill_structure(char *to, const struct op *op)
{
    unsigned int used = 0;

    for (const char *letter = op->shape; *letter; letter++) {
        unsigned int size = *letter == '|' ? 0 : size_of(*letter, op);
        unsigned int widest = words_are_wide(op) ? 8 : sizeof(long), align = size && size < widest ? size : widest;
        uint64_t value;

        used = (used + align - 1) & ~(align - 1);
        value = size ? field(*letter, op) : 0;
        memcpy(to + used, &value, size);
        used += size;
    }
    return words_are_wide(op) ? (used + 7) & ~7u : (used + sizeof(long) - 1) & ~(sizeof(long) - 1);
}

static unsigned long structures(const struct op *op, unsigned int *count)
{
    uint64_t buffer[STRUCTURE / 8] = { 0 };
    char *bytes = (char *)buffer;
    unsigned int used = 0;

    *count = op->most > 1 ? 1 + below(op->most) : 1;
    for (unsigned int i = 0; i < *count; i++)
        used += fill_structure(bytes + used, op);
    if (used >= 8 && chance(8))
        buffer[below(used / 8)] = number();
    return place(buffer, used);
}

/* ---- calls */

/* A value of 64 bits takes two registers of 32. */
static bool prepare_call(const struct op *op, unsigned long *registers)
{
    unsigned int count = 1, used = 0;

    memset(registers, 0, REGISTERS * sizeof(*registers));
    for (const char *letter = op->registers; *letter && used < REGISTERS; letter++)
        if (*letter == '*')
            registers[used++] = structures(op, &count);
        else if (*letter == '#')
            registers[used++] = chance(95) ? count : (uint32_t)number();
        else {
            uint64_t value = field(*letter, op);

            registers[used++] = value;
            if (size_of(*letter, op) > sizeof(long) && used < REGISTERS)
                registers[used++] = value >> 32;
        }
    if (chance(4))
        registers[below(5)] = number();
    return !forbidden(op->number, registers);
}

/* The call, and the beginning of the structures that its registers point to. */
static void show(const char *what, unsigned int number_, const unsigned long *r)
{
    me()->number = number_;
    memcpy(me()->registers, r, sizeof(me()->registers));
    if (!tracing)
        return;
    print("fuzz: %s %u (%#lx, %#lx, %#lx, %#lx, %#lx)", what, number_, r[0], r[1], r[2], r[3], r[4]);
    for (unsigned int i = 0; i < 5; i++)
        if (in_arguments(r[i], 48)) {
            const unsigned long *word = (const unsigned long *)r[i];

            print(" {%#lx, %#lx, %#lx, %#lx, %#lx, %#lx}", word[0], word[1], word[2], word[3], word[4], word[5]);
        }
    print("\n");
}

void account_call(unsigned int number_, long result)
{
    if (number_ < HYPERCALLS) {
        me()->made[number_]++;
        me()->taken[number_] += result >= 0;
    }
    account(result);
}

void account(long result)
{
    if (result < 0)
        me()->refused++;
    else
        me()->accepted++;
}

/* Calls that change what repair() puts back. */
static const bool disturbing[HYPERCALLS] = {
    [__HYPERVISOR_set_trap_table] = true,   [__HYPERVISOR_stack_switch] = true, [__HYPERVISOR_set_callbacks] = true,
    [__HYPERVISOR_fpu_taskswitch] = true,   [__HYPERVISOR_set_debugreg] = true, [__HYPERVISOR_vm_assist] = true,
    [__HYPERVISOR_nmi_op] = true,           [__HYPERVISOR_sched_op] = true,     [__HYPERVISOR_callback_op] = true,
    [__HYPERVISOR_sched_op_compat] = true,  [__HYPERVISOR_domctl] = true,       [__HYPERVISOR_sysctl] = true,
    [__HYPERVISOR_platform_op] = true,      [__HYPERVISOR_event_channel_op] = true,
};

void structured_call(void)
{
    const struct op *op = &ops[below(ARRAY_SIZE(ops))];
    unsigned long r[REGISTERS];

    if (!prepare_call(op, r))
        return;
    show("call", op->number, r);
    account_call(op->number, hypercall(op->number, r[0], r[1], r[2], r[3], r[4]));
    if (disturbing[op->number])
        repair();
}

void raw_call(void)
{
    unsigned long r[REGISTERS], words[16];
    unsigned long which = chance(90) ? below(HYPERCALLS) : number() | HYPERCALLS;

    for (unsigned int i = 0; i < ARRAY_SIZE(words); i++)
        words[i] = anything();
    for (unsigned int i = 0; i < REGISTERS; i++)
        r[i] = chance(40) ? place(words, sizeof(words)) : chance(50) ? small() : number();
    if (forbidden(which, r))
        return;
    show("raw call", which, r);
    account_call(which, which < HYPERCALLS ? hypercall(which, r[0], r[1], r[2], r[3], r[4]) : numbered_call(which, r));
    repair();
}

/* What a call before it writes to the arguments' page can make its end come never. */
static bool sleeps(const struct op *op)
{
    return (op->number == __HYPERVISOR_sched_op || op->number == __HYPERVISOR_sched_op_compat) &&
           op->command == SCHEDOP_poll;
}

/*
 * Several calls in one, which may be continued in the middle. They aren't in the arguments' page, which one of
 * them could change, and nothing lies behind them, should the count be too large.
 */
void batched_calls(void)
{
    struct multicall_entry *entries = (struct multicall_entry *)(me()->batch + PAGE_SIZE) - BATCH;
    unsigned int count = 0;
    unsigned long r[REGISTERS];

    memset(entries, 0xff, BATCH * sizeof(*entries));
    for (unsigned int i = 1 + below(BATCH); i && me()->used < PAGE_SIZE * 3 / 8; i--) {
        const struct op *op = &ops[below(ARRAY_SIZE(ops))];

        if (sleeps(op) || !prepare_call(op, r))
            continue;
        entries[count].op = op->number;
        memcpy(entries[count].args, r, sizeof(r));
        show("batched", op->number, r);
        me()->made[op->number]++;
        count++;
    }
    if (!count)
        return;
    account_call(__HYPERVISOR_multicall, HYPERCALL(multicall, entries, chance(97) ? count : number()));
    repair();
}
