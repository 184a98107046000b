/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * L1 terminal fault: a vulnerable processor that meets an entry which is not present goes on for a moment with the
 * address in it, and can read what its level 1 cache has of that memory, whosever it is. Guests write such entries
 * as they like, and a kernel that knows writes none that name memory: Linux inverts the frame number. A guarded domain
 * that writes one, by whatever way, is ended.
 *
 * Memory is all below the end of RAM, and below 4 GiB, where firmware keeps some to itself. Frame 0 is safe: it holds
 * the real mode's vectors. So are addresses above, up to the bits that the cache compares.
 */
#include <xen/console.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/param.h>
#include <asm/init.h>
#include <asm/processor.h>
#include "internal.h"

/* Intel's guidance: from this model of family 6 on (Nehalem) caches compare 44 bits, whatever CPUID reports. */
#define FIRST_44_BITS_MODEL 0x1a
#define LOW_MEMORY_END      (4UL << 30)

/* -1: as the processor needs it. */
static int opt_dom0 = -1, opt_domu = -1;
static bool guard_dom0, guard_domu;
static paddr_t memory_end, compared_bits;

static init_text int parse_l1tf(const char *s)
{
    return parse_per_domain(s, &opt_dom0, &opt_domu);
}
custom_param("pv-l1tf", parse_l1tf);

/* See asm/init.h. What says that a processor doesn't have Meltdown says the same of this. Domain 0 is trusted. */
init_text void l1tf_init(void)
{
    unsigned bits = boot_cpu.phys_bits;

    if (boot_cpu.intel && boot_cpu.family == 6 && boot_cpu.model >= FIRST_44_BITS_MODEL)
        bits = max(bits, 44U);
    compared_bits = PTE_ADDR_MASK & ((1UL << bits) - 1);
    memory_end = max((paddr_t)max_page << PAGE_SHIFT, (paddr_t)LOW_MEMORY_END);
    guard_dom0 = opt_dom0 > 0;
    guard_domu = opt_domu < 0 ? boot_cpu.meltdown : opt_domu;
    printk("L1TF guard (pv-l1tf): domain 0 %s, other guests %s; the processor %s L1TF\n", guard_dom0 ? "yes" : "no",
           guard_domu ? "yes" : "no", boot_cpu.meltdown ? "has" : "does not have");
}

/* Is the domain to be guarded? */
bool l1tf_guards(const struct domain *d)
{
    return d->domain_id == 0 ? guard_dom0 : guard_domu;
}

static bool names_memory(pte_t e)
{
    paddr_t address = e & compared_bits;

    return !(e & _PAGE_PRESENT) && address && address < memory_end;
}

/* Would the entry, not present, let d read memory? Then d is crashed, and it is not to be written. */
bool l1tf_refuses_entry(pte_t e, unsigned level, struct domain *d)
{
    if (!names_memory(e))
        return false;
    printk(LOG_ERR "Domain %u: page-table entry %016lx of level %u is not present but names memory at %lx (L1TF). If "
           "its kernel can't do without and is trusted: pv-l1tf=%s=no\n", d->domain_id, e, level,
           e & compared_bits, d->domain_id ? "domu" : "dom0");
    domain_crash(d, "wrote a page-table entry that lets it read all memory on this processor (L1TF)");
    return true;
}

/* The same of a frame of d's that is to become a table of this type. */
bool l1tf_refuses_table(const pte_t *t, uint64_t type, struct domain *d)
{
    for (unsigned i = 0; i < PT_ENTRIES; i++)
        if (names_memory(t[i]) && is_guest_slot(type, d, i))
            return l1tf_refuses_entry(t[i], table_level(type), d);
    return false;
}
