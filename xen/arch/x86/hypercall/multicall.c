/* SPDX-License-Identifier: GPL-2.0-only */
/* Many calls in one, and calls that stop for softirqs and go on. */
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <xen/smp.h>
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

/* Call one entry. False: it wants to go on later. */
static bool call_entry(struct multicall_state *mc, struct vcpu *v, struct multicall_entry *entry)
{
    if (unlikely(entry->op >= NR_HYPERCALLS))
        entry->result = -ENOSYS;
    else if (unlikely(entry->op == __HYPERVISOR_multicall))
        entry->result = refuse(-EINVAL, "multicall: inside a multicall");
    else {
        mc->entry = entry;
        v->current_hypercall = entry->op;
        this_cpu(hypercall_count)[entry->op]++;
        entry->result = width_differs() ? call_narrow(entry) : call(entry->op, entry->args);
        mc->entry = NULL;
        if (unlikely(mc->continued)) {
            mc->continued = false;
            return false;
        }
    }
    return true;
}

/*
 * Entries are read in batches, so one that changes a later one has no effect within a batch. Each result is
 * written as its call is done. Stops for softirqs between two calls.
 */
long do_multicall(void *list, unsigned nr)
{
    struct multicall_state *mc = &this_cpu(multicall_state);
    struct vcpu *v = current;
    struct multicall_entry *guest = list;
    struct multicall_entry batch[BATCH];

    while (nr) {
        unsigned count = min(nr, (unsigned)BATCH);

        if (guest_get_n(batch, guest, count))
            return refuse(-EFAULT, "multicall: unreadable list");
        for (unsigned i = 0; i < count; i++, guest = guest_at(guest, 1), nr--) {
            if (!call_entry(mc, v, &batch[i])) {
                if (put_guest(guest, &batch[i]))
                    return refuse(-EFAULT, "multicall: the list can't be written");
                return hypercall_continue(__HYPERVISOR_multicall, 2, guest, (unsigned long)nr);
            }
            if (put_guest_member(guest, &batch[i], result))
                return refuse(-EFAULT, "multicall: the list can't be written");
            if (unlikely(softirq_pending(smp_processor_id())) && nr > 1)
                return hypercall_continue(__HYPERVISOR_multicall, 2, guest_at(guest, 1), nr - 1UL);
        }
    }
    return 0;
}
