/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trace records of what a guest's code does (TRC_PV). Addresses take two words and the event has TRC_64_FLAG when the guest is
 * a 64-bit one. All are called only while somebody traces.
 */
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <xen/trace.h>
#include <asm/pv.h>

struct record {
    unsigned n;
    uint32_t word[TRACE_EXTRA_MAX];
};

static void add(struct record *r, uint64_t value, unsigned words)
{
    r->word[r->n++] = value;
    if (words > 1)
        r->word[r->n++] = value >> 32;
}

static unsigned address_words(void)
{
    return width_differs() ? 1 : 2;
}

static void finish(const struct record *r, uint32_t event)
{
    trace_record(event | (width_differs() ? 0 : TRC_64_FLAG), r->word, r->n);
}

void trace_at(uint32_t event, const struct cpu_user_regs *regs)
{
    struct record r = { 0 };

    add(&r, regs->rip, address_words());
    finish(&r, event);
}

void trace_trap(unsigned vector, bool has_error_code, uint32_t error_code)
{
    struct record r = { 0 };

    add(&r, guest_cpu_user_regs()->rip, address_words());
    add(&r, vector | has_error_code << 15 | error_code << 16, 1);
    finish(&r, TRC_PV_TRAP);
}

void trace_page_fault(unsigned long va, uint32_t error_code)
{
    struct record r = { 0 };

    add(&r, guest_cpu_user_regs()->rip, address_words());
    add(&r, va, address_words());
    add(&r, error_code, 1);
    finish(&r, TRC_PV_PAGE_FAULT);
}

void trace_fixup(uint32_t event, const struct cpu_user_regs *regs, unsigned long va)
{
    struct record r = { 0 };

    add(&r, regs->rip, address_words());
    add(&r, va, address_words());
    finish(&r, event);
}

void trace_ptwr(const struct cpu_user_regs *regs, unsigned long va, pte_t new)
{
    struct record r = { 0 };

    add(&r, new, 2);
    add(&r, va, address_words());
    add(&r, regs->rip, address_words());
    finish(&r, width_differs() ? TRC_PV_PTWR_EMULATION_PAE : TRC_PV_PTWR_EMULATION);
}

/* The arguments that are numbers, those with a high half in two words, as far as there is room. */
void trace_hypercall(uint32_t event, unsigned nr, const unsigned long arg[5])
{
    struct record r = { 0 };

    add(&r, nr, 1);
    for (unsigned i = 0; i < 5; i++) {
        unsigned words = arg[i] >> 32 ? 2 : 1;

        if (!(hypercall_number_args[nr] >> i & 1) || r.n + words > TRACE_EXTRA_MAX)
            continue;
        r.word[0] |= words == 1 ? TRC_PV_HYPERCALL_V2_ARG_32(i) : TRC_PV_HYPERCALL_V2_ARG_64(i);
        add(&r, arg[i], words);
    }
    trace_record(event, r.word, r.n);
}

/* ---- hypercalls: while they are traced, calls go through another table, whose only entry is this ---- */

static long traced_hypercall(unsigned long a, unsigned long b, unsigned long c, unsigned long d, unsigned long e)
{
    unsigned nr = current->current_hypercall;

    trace_hypercall(TRC_PV_HYPERCALL_V2, nr, (unsigned long []) { a, b, c, d, e });
    return hypercall_table[nr](a, b, c, d, e);
}

static hypercall_fn *const traced_table[NR_HYPERCALLS] = { [0 ... NR_HYPERCALLS - 1] = traced_hypercall };

void arch_trace(bool on)
{
    __atomic_add_fetch(&fault_watchers, on ? 1 : -1, __ATOMIC_SEQ_CST);
    WRITE_ONCE(hypercall_dispatch, on ? traced_table : hypercall_table);
}
