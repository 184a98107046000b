/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A debugger in domain 0 (gdbsx) has a domain: int3 and #DB in its kernel stop the whole domain instead of reaching the kernel,
 * and domain 0 gets VIRQ_DEBUGGER. Then the debugger reads and writes memory and registers, and unpauses the domain.
 *
 * The pause is one of its own, noted in d->debugger_paused: a trap can't take d->domain_lock, whose holder may be waiting for
 * this very vcpu to stop. Whoever clears that drops the pause. All else is under d->domain_lock, which the
 * callers of the operations hold.
 */
#include <xen/event.h>
#include <xen/guest.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <asm/processor.h>
#include <asm/pv.h>

#define MEMORY_MAX      0x100000u        /* bytes of one request, which is not preemptible */
#define VCPU_PAUSES_MAX 255

bool debugger_takes(struct cpu_user_regs *regs, unsigned vector)
{
    struct vcpu *v = current;
    struct domain *d = v->domain;

    if (likely(!READ_ONCE(d->debugger_attached)) || !in_guest_kernel(v, regs))
        return false;
    WRITE_ONCE(v->arch.debug_event, vector);
    /* Paused before it is noted: whoever finds the note may drop the pause at once. */
    domain_pause_nosync(d);
    if (__atomic_exchange_n(&d->debugger_paused, true, __ATOMIC_SEQ_CST))
        domain_unpause(d);
    send_global_virq(VIRQ_DEBUGGER);
    return true;
}

long set_debugging(struct domain *d, bool on)
{
    struct vcpu *v;

    domain_pause(d);
    WRITE_ONCE(d->debugger_attached, on);
    for_each_vcpu(d, v)
        v->arch.debug_event = 0;
    domain_unpause(d);
    return 0;
}

/* ---- memory ---- */

/*
 * Copy within one page of d's, which its kernel maps at va: to or from the caller's memory. Written is only what could be
 * mapped writable, so no page table.
 */
static int copy_page_part(struct domain *d, struct vcpu *v, unsigned long va, char *buffer, unsigned n, bool write)
{
    pte_t entry = guest_kernel_pte(v, va);
    struct page_info *pg = entry & _PAGE_PRESENT ? get_page_from_mfn(pte_mfn(entry), d) : NULL;
    char *at;
    bool failed;

    if (!pg)
        return refuse(-EFAULT, "gdbsx_guestmemio: no memory of the domain's is mapped there");
    if (write && get_page_type(pg, PGT_writable_page)) {
        put_page(pg);
        return refuse(-EFAULT, "gdbsx_guestmemio: a page table or descriptor table can't be written");
    }
    at = (char *)page_to_virt(pg) + va % PAGE_SIZE;
    failed = write ? raw_copy_from_guest(at, buffer, n) : raw_copy_to_guest(buffer, at, n);
    if (write) {
        mark_dirty(pg);
        put_page_type(pg);
    }
    put_page(pg);
    return failed ? -EFAULT : 0;
}

/* remain stays for what wasn't done. */
long debugger_memory(struct domain *d, struct xen_domctl_gdbsx_memio *op)
{
    struct vcpu *v = domain_vcpu(d, 0);
    unsigned long va = op->gva;
    char *buffer = (char *)op->uva;
    long rc = 0;

    if (!v)
        return refuse(-ESRCH, "gdbsx_guestmemio: the domain has no vcpu");
    if (op->pgd3val)
        return refuse(-EOPNOTSUPP, "gdbsx_guestmemio: only in the page tables of the kernel");
    if (op->len > MEMORY_MAX)
        return refuse(-E2BIG, "gdbsx_guestmemio: more than 1 MiB at once");
    op->remain = op->len;
    domain_pause(d);
    while (op->remain && !rc) {
        unsigned n = min(op->remain, (uint32_t)(PAGE_SIZE - va % PAGE_SIZE));

        rc = copy_page_part(d, v, va, buffer, n, op->gwr);
        if (!rc) {
            va += n;
            buffer += n;
            op->remain -= n;
        }
    }
    domain_unpause(d);
    return rc;
}

/* ---- vcpus ---- */

/* Beyond the pause of the whole domain, which must be there: single vcpus stay behind when it ends. */
long debugger_pause_vcpu(struct domain *d, unsigned id, bool pause)
{
    struct vcpu *v = domain_vcpu(d, id);

    if (!d->controller_pause_count && !READ_ONCE(d->debugger_paused))
        return refuse(-EBUSY, "gdbsx_pausevcpu: the domain is not paused");
    if (!v)
        return refuse(-EINVAL, "gdbsx_pausevcpu: no such vcpu");
    if (pause ? v->arch.debugger_pauses == VCPU_PAUSES_MAX : !v->arch.debugger_pauses)
        return refuse(-EINVAL, "gdbsx_pausevcpu: paused 255 times, or not at all");
    if (pause) {
        v->arch.debugger_pauses++;
        vcpu_pause(v);
    } else {
        v->arch.debugger_pauses--;
        vcpu_unpause(v);
    }
    return 0;
}

/* Which vcpu stopped the domain, told once. */
void debugger_status(struct domain *d, struct xen_domctl_gdbsx_domstatus *op)
{
    struct vcpu *v;

    op->vcpu_id = ~0u;
    op->vcpu_ev = 0;
    op->paused = d->controller_pause_count || READ_ONCE(d->debugger_paused);
    if (!op->paused)
        return;
    for_each_vcpu(d, v)
        if (v->arch.debug_event) {
            op->vcpu_id = v->vcpu_id;
            op->vcpu_ev = v->arch.debug_event;
            v->arch.debug_event = 0;
            return;
        }
}
