/* SPDX-License-Identifier: GPL-2.0-only */
/* Many calls in one, and calls that stop for softirqs and go on. */
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <asm/guest_word.h>
#include <asm/processor.h>

#define BATCH 8
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

static long call_narrow(const struct multicall_entry *entry)
{
    uint32_t word[6];
    unsigned long arg[5];

    for (unsigned i = 0; i < ARRAY_SIZE(word); i++)
        word[i] = entry->args[i];
    hypercall_widen_args(entry->op, word, arg);
    return call(entry->op, arg);
}

/* What a multicall asks for again and again, found once. */
struct multicall {
    struct multicall_state *state;
    struct vcpu *v;
    uint32_t *counts;                       /* of this CPU, by number */
    const unsigned long *softirqs;          /* pending on this CPU */
    bool narrow;
};

/* Call one entry. False: it wants to go on later. */
static always_inline bool call_entry(const struct multicall *m, struct multicall_entry *entry)
{
    unsigned long op = entry->op;

    if (unlikely(op >= NR_HYPERCALLS))
        entry->result = -ENOSYS;
    else if (unlikely(op == __HYPERVISOR_multicall))
        entry->result = refuse(-EINVAL, "multicall: inside a multicall");
    else {
        m->state->entry = entry;
        m->v->current_hypercall = op;
        m->counts[op]++;
        entry->result = unlikely(m->narrow) ? call_narrow(entry) : call(op, entry->args);
        if (unlikely(m->state->continued)) {
            m->state->continued = false;
            return false;
        }
    }
    return true;
}

/* The list's place was checked when the entry was read. */
static always_inline bool put_result(const struct multicall *m, struct multicall_entry *guest,
                                     const struct multicall_entry *entry)
{
    return unlikely(m->narrow) ? !put_guest_member(guest, entry, result)
                               : guest_store_word(&guest->result, entry->result);
}

static long run(const struct multicall *m, struct multicall_entry *guest, unsigned nr)
{
    struct multicall_entry batch[BATCH], *next;

    while (nr) {
        unsigned count = min(nr, (unsigned)BATCH);

        if (guest_get_n(batch, guest, count))
            return refuse(-EFAULT, "multicall: unreadable list");
        for (struct multicall_entry *entry = batch; entry < batch + count; entry++, guest = next, nr--) {
            next = unlikely(m->narrow) ? guest_at(guest, 1) : guest + 1;
            if (!call_entry(m, entry)) {
                m->state->entry = NULL;
                return put_guest(guest, entry) ? refuse(-EFAULT, "multicall: the list can't be written")
                       : hypercall_continue(__HYPERVISOR_multicall, 2, guest, (unsigned long)nr);
            }
            if (unlikely(!put_result(m, guest, entry)))
                return refuse(-EFAULT, "multicall: the list can't be written");
            if (unlikely(READ_ONCE(*m->softirqs)) && nr > 1) {
                m->state->entry = NULL;
                return hypercall_continue(__HYPERVISOR_multicall, 2, next, nr - 1UL);
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
    const struct multicall m = {
        .state = &this_cpu(multicall_state), .v = current, .counts = this_cpu(hypercall_count),
        .softirqs = &this_cpu(softirq_pending), .narrow = width_differs(),
    };
    long rc = run(&m, list, nr);

    m.state->entry = NULL;
    return rc;
}
