/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instructions that may fault, and where to go on then. Entries are relative to their own place; sorted by
 * instruction at boot.
 */
#include <xen/lib.h>
#include <asm/init.h>
#include <asm/processor.h>
#include <asm/regs.h>

struct ex_entry { int32_t insn, fixup; };

extern struct ex_entry __ex_table_start[], __ex_table_end[];

static unsigned long insn_of(const struct ex_entry *e) { return (unsigned long)&e->insn + e->insn; }
static unsigned long fixup_of(const struct ex_entry *e) { return (unsigned long)&e->fixup + e->fixup; }

static init_text void place(struct ex_entry *e, unsigned long insn, unsigned long fixup)
{
    e->insn = insn - (unsigned long)&e->insn;
    e->fixup = fixup - (unsigned long)&e->fixup;
}

init_text void exception_table_init(void)
{
    for (struct ex_entry *e = __ex_table_start + 1; e < __ex_table_end; e++)
        for (struct ex_entry *p = e; p > __ex_table_start && insn_of(p - 1) > insn_of(p); p--) {
            unsigned long insn = insn_of(p), fixup = fixup_of(p);

            place(p, insn_of(p - 1), fixup_of(p - 1));
            place(p - 1, insn, fixup);
        }
}

unsigned long search_exception_table(unsigned long rip)
{
    const struct ex_entry *lo = __ex_table_start, *hi = __ex_table_end;

    while (lo < hi) {
        const struct ex_entry *mid = lo + (hi - lo) / 2;

        if (insn_of(mid) == rip)
            return fixup_of(mid);
        if (insn_of(mid) < rip)
            lo = mid + 1;
        else
            hi = mid;
    }
    return 0;
}

/* Did an instruction that may fault do so? Then regs go on at its fixup. */
bool fixup_exception(struct cpu_user_regs *regs)
{
    unsigned long fixup = search_exception_table(regs->rip);

    if (!fixup)
        return false;
    regs->rip = fixup;
    return true;
}
