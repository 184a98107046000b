/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Isolation on processors with Meltdown, whose user code can read whatever the page tables map, allowed or not.
 * While an isolated guest runs, CR3 is a root of the CPU's own: a copy of the guest's entries, and of the
 * hypervisor what the processor and the first instructions of an entry touch: the entry code, the CPU's stack,
 * IDT and TSS, and the guest's own GDT and LDT. An entry goes on to the full root it left, an exit refreshes the
 * copy if a top-level entry of any guest has changed since, and loads it: guard.S, which costs nothing where it is not
 * needed.
 *
 * A stale copy can lack an entry (a fault, which finds nothing wrong and refreshes it on its way out) or have one
 * too many: then the table it names is not reused before this CPU has flushed its TLB, which is an entry too.
 *
 * Global mappings would survive in the TLB: with isolation there are none.
 */
#include <xen/lib.h>
#include <xen/param.h>
#include <xen/percpu.h>
#include <xen/sched.h>
#include <asm/desc.h>
#include <asm/entry.h>
#include <asm/init.h>
#include <asm/processor.h>
#include <asm/pv.h>
#include <asm/sections.h>

#define TABLE_FLAGS  (_PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED | _PAGE_DIRTY)

/* -1: as the processor needs it. */
static int opt_dom0 = -1, opt_domu = -1;

static init_text int parse_xpti(const char *s)
{
    return parse_per_domain(s, &opt_dom0, &opt_domu);
}
custom_param("xpti", parse_xpti);

static bool isolate_dom0, isolate_domu;

/* Any top-level entry of any guest has been written, or a table has become a top-level one. */
uint32_t l4_changes;

/* One for a guest's user mode, one for its kernel: a system call goes from one to the other and back. */
struct guest_root {
    pte_t *root;
    unsigned long source;       /* CR3 that it was copied from, */
    uint32_t changes;           /* and l4_changes at that time */
};
static DEFINE_PER_CPU(struct guest_root[2], guest_roots);

/* ---- building a CPU's root ---- */

static pte_t *lower_table(pte_t *e)
{
    if (!*e) {
        void *t = zalloc_xenheap_page();

        if (!t)
            return NULL;
        *e = pte_make(virt_to_mfn(t), TABLE_FLAGS);
    }
    return mfn_to_virt(pte_mfn(*e));
}

/* Show [from, from + size), as it is mapped everywhere, in the root. */
static bool expose(pte_t *root, const void *from, unsigned long size, uint64_t flags)
{
    unsigned long va = (unsigned long)from & ~(PAGE_SIZE - 1UL), end = (unsigned long)from + size;

    for (; va < end; va += PAGE_SIZE) {
        pte_t *e = &root[pt_index(va, 4)];

        for (unsigned level = 3; level && e; level--) {
            pte_t *t = lower_table(e);

            e = t ? &t[pt_index(va, level)] : NULL;
        }
        if (!e)
            return false;
        *e = pte_make(mfn(virt_to_maddr((void *)va) >> PAGE_SHIFT), flags & ~_PAGE_GLOBAL);
    }
    return true;
}

/* See asm/init.h. */
bool xpti_init_cpu(unsigned cpu, const void *stack)
{
    struct guest_root *r = per_cpu(guest_roots, cpu);
    pte_t *root;

    if (!isolate_dom0 && !isolate_domu)
        return true;
    root = r[0].root = zalloc_xenheap_page();
    r[1].root = zalloc_xenheap_page();
    if (!root || !r[1].root || !expose(root, _sentry, _eentry - _sentry, PAGE_HYPERVISOR_RX) ||
        !expose(root, syscall_cpu, NR_CPUS * sizeof(syscall_cpu[0]), PAGE_HYPERVISOR) ||
        !expose(root, per_cpu(idt, cpu), PAGE_SIZE, PAGE_HYPERVISOR_RO) ||
        !expose(root, &per_cpu(tss, cpu), sizeof(struct tss64), PAGE_HYPERVISOR) ||
        !expose(root, stack, STACK_SIZE, PAGE_HYPERVISOR))
        return false;
    memcpy(r[1].root, root, PAGE_SIZE);
    return true;
}

/* ---- boot ---- */

/* See asm/init.h. */
init_text bool xpti_init(void)
{
    isolate_dom0 = opt_dom0 < 0 ? boot_cpu.meltdown : opt_dom0;
    isolate_domu = opt_domu < 0 ? boot_cpu.meltdown : opt_domu;
    printk("Isolation (xpti): domain 0 %s, other 64-bit guests %s; the processor %s Meltdown\n",
           isolate_dom0 ? "yes" : "no", isolate_domu ? "yes" : "no", boot_cpu.meltdown ? "has" : "does not have");
    if (!isolate_dom0 && !isolate_domu)
        return false;
    mmu_cr4_features &= ~X86_CR4_PGE;
    get_cpu_info()->cr4 = mmu_cr4_features;
    write_cr4_hw(mmu_cr4_features);
    if (!xpti_init_cpu(0, (const void *)((unsigned long)get_cpu_info() & ~(STACK_SIZE - 1UL))))
        panic("no memory for isolation");
    return true;
}

/* ---- at each exit: called from guard.S ---- */

bool xpti_isolates(const struct domain *d)
{
    return !d->arch.is_32bit_pv && (d == dom0 ? isolate_dom0 : isolate_domu);
}

static void refresh(struct guest_root *r, unsigned long source)
{
    const pte_t *l4 = __va(source);

    r->source = source;
    r->changes = READ_ONCE(l4_changes);
    smp_rmb();
    memcpy(r->root, l4, HYPERVISOR_SLOT_FIRST * sizeof(*l4));
    memcpy(r->root + HYPERVISOR_SLOT_LAST + 1, l4 + HYPERVISOR_SLOT_LAST + 1,
           (PT_ENTRIES - HYPERVISOR_SLOT_LAST - 1) * sizeof(*l4));
    r->root[pt_index(RO_MPT_VIRT_START, 4)] = l4[pt_index(RO_MPT_VIRT_START, 4)];
    r->root[PERDOMAIN_SLOT] = l4[PERDOMAIN_SLOT];
}

/* The root that the current vcpu shall run on, made ready; 0: the one that is loaded. Interrupts are off. */
unsigned long xpti_prepare(void);
unsigned long xpti_prepare(void)
{
    struct cpu_info *info = get_cpu_info();
    const struct vcpu *v = info->current_vcpu;
    struct guest_root *r = &this_cpu(guest_roots)[v->arch.kernel_mode];
    unsigned long source = read_cr3();

    if (!xpti_isolates(v->domain))
        return 0;
    if (r->source != source || r->changes != READ_ONCE(l4_changes))
        refresh(r, source);
    info->full_root = source;
    info->guest_root = virt_to_maddr(r->root);
    return info->guest_root;
}
