/* SPDX-License-Identifier: GPL-2.0-only */
/* Many calls in one, and calls that stop for softirqs and go on. */
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/param.h>
#include <xen/perfc.h>
#include <xen/sched.h>
#include <xen/trace.h>
#include <asm/guest_word.h>
#include <asm/processor.h>
#include <asm/pv.h>
#include <asm/nospec.h>

#define BATCH 16
#define SYSCALL_LENGTH 2            /* of SYSCALL and of int 0x82 */

/* The entry this CPU's multicall is at, NULL outside; continued: its body asked to be called again. */
struct multicall_state {
    struct multicall_entry *entry;
    bool continued;
};
static DEFINE_PER_CPU(struct multicall_state, multicall_state);

/*
 * Outside a multicall the guest's registers become those of the call to make next, and RIP goes back to the
 * SYSCALL: pending softirqs are seen on the way out, and the guest enters again by itself. Inside, the entry
 * takes the arguments.
 */
long hypercall_continue(unsigned op, unsigned nargs, ...)
{
    struct multicall_state *mc = &this_cpu(multicall_state);
    struct cpu_user_regs *regs = guest_cpu_user_regs();
    uint64_t *const registers[] = { &regs->rdi, &regs->rsi, &regs->rdx, &regs->r10, &regs->r8 };
    uint64_t *const registers32[] = { &regs->rbx, &regs->rcx, &regs->rdx, &regs->rsi, &regs->rdi, &regs->rbp };
    unsigned wide = width_differs() ? hypercall_wide_args[op] : 0;
    va_list ap;

    va_start(ap, nargs);
    for (unsigned i = 0, word = 0; i < nargs; i++) {
        unsigned long arg = va_arg(ap, unsigned long);

        for (unsigned part = 0; part <= ((wide >> i) & 1); part++, word++, arg >>= 32)
            if (mc->entry)
                mc->entry->args[word] = arg;
            else if (width_differs())
                *registers32[word] = (uint32_t)arg;
            else
                *registers[word] = arg;
    }
    va_end(ap);
    if (mc->entry) {
        mc->entry->op = op;
        mc->continued = true;
    } else
        regs->rip -= SYSCALL_LENGTH;
    return op;
}

static always_inline long call(unsigned op, const unsigned long *arg)
{
    return hypercall_table[op](arg[0], arg[1], arg[2], arg[3], arg[4]);
}

/* A 32-bit guest's arguments, the 64-bit ones of which stand in two words each. */
static void widen_args(const struct multicall_entry *entry, unsigned long op, unsigned long arg[5])
{
    uint32_t word[6];

    for (unsigned i = 0; i < ARRAY_SIZE(word); i++)
        word[i] = entry->args[i];
    hypercall_widen_args(op, word, arg);
}

/*
 * Calls that need more than their body, by number: in a multicall of a 64-bit guest, in one of a 32-bit guest, and, when
 * all are traced, in any.
 */
enum { SPECIAL_WIDE, SPECIAL_NARROW, SPECIAL_TRACED };
static uint8_t special[3][NR_HYPERCALLS];

static init_text int multicall_init(void)
{
    memcpy(special[SPECIAL_NARROW], hypercall_wide_args, NR_HYPERCALLS);
    memset(special[SPECIAL_TRACED], 1, NR_HYPERCALLS);
    special[SPECIAL_WIDE][__HYPERVISOR_multicall] = special[SPECIAL_NARROW][__HYPERVISOR_multicall] = 1;
    return 0;
}
initcall(multicall_init);

static noinline long call_special(const struct multicall_entry *entry, unsigned long op, bool narrow)
{
    unsigned long arg[5];
    const unsigned long *args = narrow ? arg : entry->args;

    if (op == __HYPERVISOR_multicall)
        return refuse(-EINVAL, "multicall: inside a multicall");
    if (narrow)
        widen_args(entry, op, arg);
    if (tracing)
        trace_hypercall(TRC_PV_HYPERCALL_SUBCALL, op, args);
    return call(op, args);
}

/* What a multicall asks for again and again, found once. */
struct multicall {
    struct multicall_state *state;
    struct vcpu *v;
    uint32_t *counts;                       /* of this CPU, by number */
    const unsigned long *softirqs;          /* pending on this CPU */
    const uint8_t *special;
};

/* Call one entry. False: it wants to go on later. */
static always_inline bool call_entry(const struct multicall *m, struct multicall_entry *entry, bool narrow)
{
    unsigned long op = entry->op;

    if (unlikely(op >= NR_HYPERCALLS))
        entry->result = -ENOSYS;
    else {
        op = array_index_nospec(op, NR_HYPERCALLS);
        m->state->entry = entry;
        m->v->current_hypercall = op;
        m->counts[op]++;
        entry->result = unlikely(m->special[op]) ? call_special(entry, op, narrow) : call(op, entry->args);
        if (unlikely(m->state->continued)) {
            m->state->continued = false;
            return false;
        }
    }
    return true;
}

/* The list's place was checked when the entry was read. */
static always_inline bool put_result(void *guest, long result, bool narrow)
{
    return narrow ? guest_store4(guest_moved(guest, offsetof(struct multicall_entry_32, result)), result)
                  : guest_store8(guest_moved(guest, offsetof(struct multicall_entry, result)), result);
}

/* narrow: the width is asked for once a list, so this is compiled for either. */
static always_inline long run(const struct multicall *m, void *guest, unsigned nr, bool narrow)
{
    const size_t size = narrow ? sizeof(struct multicall_entry_32) : sizeof(struct multicall_entry);
    struct multicall_entry batch[BATCH];

    while (nr) {
        unsigned count = min(nr, (unsigned)BATCH);

        if (guest_get_n(batch, guest, count))
            return refuse(-EFAULT, "multicall: unreadable list");
        perfc_add(multicall_entries, count);
        for (struct multicall_entry *entry = batch; entry < batch + count; entry++, guest += size, nr--) {
            if (!call_entry(m, entry, narrow)) {
                m->state->entry = NULL;
                return put_guest(guest, entry) ? refuse(-EFAULT, "multicall: the list can't be written")
                       : hypercall_continue(__HYPERVISOR_multicall, 2, guest, (unsigned long)nr);
            }
            if (unlikely(!put_result(guest, entry->result, narrow)))
                return refuse(-EFAULT, "multicall: the list can't be written");
            if (unlikely(READ_ONCE(*m->softirqs)) && nr > 1) {
                m->state->entry = NULL;
                return hypercall_continue(__HYPERVISOR_multicall, 2, guest + size, nr - 1UL);
            }
        }
    }
    return 0;
}

/*
 * Entries are read in batches, so one that changes a later one has no effect within a batch. Each result is
 * written as its call is done. Stops for softirqs between two calls.
 */
long do_multicall(void *list, unsigned nr)
{
    bool narrow = width_differs();
    const struct multicall m = {
        .state = &this_cpu(multicall_state), .v = current, .counts = this_cpu(hypercall_count),
        .softirqs = &this_cpu(softirq_pending),
        .special = special[tracing ? SPECIAL_TRACED : narrow ? SPECIAL_NARROW : SPECIAL_WIDE],
    };
    long rc = narrow ? run(&m, list, nr, true) : run(&m, list, nr, false);

    m.state->entry = NULL;
    return rc;
}
