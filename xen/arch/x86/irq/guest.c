/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupts of guests. A domain names a physical interrupt by a pirq and binds it to an event channel. A
 * line (level triggered) is masked when it fires and unmasked when every domain it was sent to has said EOI;
 * a message or an edge needs no EOI.
 *
 * Locks: a domain's table of pirqs, and pirq->irq, under its event_lock; who is on an irq, and pirq->masked,
 * under desc->lock.
 */
#include <xen/event.h>
#include <xen/lib.h>
#include <xen/mm.h>
#include <xen/sched.h>
#include <asm/irq.h>

#define EXTRA_DOMU_PIRQS 32

void domain_init_pirqs(struct domain *d)
{
    d->nr_pirqs = is_privileged(d) ? nr_irqs : nr_irqs_gsi + EXTRA_DOMU_PIRQS;
}

/* The domain's table is as long as the machine has interrupts: allocated with its first pirq. */
static bool have_table(struct domain *d)
{
    if (d->pirqs)
        return true;
    d->pirqs = xzalloc_array(struct pirq *, d->nr_pirqs);
    return d->pirqs != NULL;
}

/* Holder of the event lock. NULL: out of range, not there, or no memory. */
struct pirq *pirq_get(struct domain *d, unsigned nr, bool create)
{
    struct pirq *p;

    if (!d->pirqs && (!create || !have_table(d)))
        return NULL;
    if (nr >= d->nr_pirqs)
        return NULL;
    p = d->pirqs[nr];
    if (p || !create)
        return p;
    p = xzalloc(struct pirq);
    if (!p)
        return NULL;
    p->pirq = nr;
    p->irq = -1;
    d->pirqs[nr] = p;
    return p;
}

static struct irq_desc *lock_desc(const struct pirq *pirq, unsigned long *flags)
{
    struct irq_desc *desc;

    if (pirq->irq < 0)
        return NULL;
    desc = irq_to_desc(pirq->irq);
    spin_lock_irqsave(&desc->lock, *flags);
    return desc;
}

/* Tell the guest's EOI map, if it has one, whether this pirq needs an EOI. */
static void note_needs_eoi(struct domain *d, unsigned pirq, bool needs)
{
    if (!d->arch.pirq_eoi_map || pirq >= PAGE_SIZE * 8)
        return;
    if (needs)
        set_bit(pirq, d->arch.pirq_eoi_map);
    else
        clear_bit(pirq, d->arch.pirq_eoi_map);
}

static int add_guest(struct irq_desc *desc, struct vcpu *v, struct pirq *pirq, bool will_share)
{
    cpumask_t here = cpumask_of(v->processor);
    int err;

    if (desc->handler)
        return refuse(-EBUSY, "bind_pirq: the hypervisor uses this interrupt itself");
    if (desc->nr_guests && (!desc->shareable || !will_share))
        return refuse(-EBUSY, "bind_pirq: another domain has it and one of the two won't share");
    if (desc->nr_guests == IRQ_MAX_GUESTS)
        return refuse(-EBUSY, "bind_pirq: too many domains share this interrupt");
    if (desc->nr_guests == 0) {
        desc->shareable = will_share;
        desc->in_flight = 0;
        err = irq_startup(desc, &here);
        if (err)
            return refuse(-ENOSPC, "bind_pirq: no processor has a free vector");
    }
    pirq->masked = false;
    pirq->level = desc->level;
    desc->guest[desc->nr_guests++] = (struct irq_guest) { v->domain, pirq };
    return 0;
}

int pirq_guest_bind(struct vcpu *v, struct pirq *pirq, bool will_share)
{
    unsigned long flags;
    struct irq_desc *desc = lock_desc(pirq, &flags);
    int err;

    if (!desc)
        return refuse(-EINVAL, "bind_pirq: no interrupt behind this pirq");
    err = add_guest(desc, v, pirq, will_share);
    spin_unlock_irqrestore(&desc->lock, flags);
    if (!err)
        note_needs_eoi(v->domain, pirq->pirq, pirq->level);
    return err;
}

/* Holder of desc->lock: this guest is done with the interrupt it was sent. */
static void finish(struct irq_desc *desc, struct pirq *pirq)
{
    if (!pirq->masked)
        return;
    pirq->masked = false;
    if (--desc->in_flight == 0 && desc->nr_guests)
        irq_unmask(desc);
}

void pirq_guest_unbind(struct domain *d, struct pirq *pirq)
{
    unsigned long flags;
    struct irq_desc *desc = lock_desc(pirq, &flags);

    if (!desc)
        return;
    for (unsigned i = 0; i < desc->nr_guests; i++) {
        if (desc->guest[i].pirq != pirq)
            continue;
        desc->guest[i] = desc->guest[--desc->nr_guests];
        finish(desc, pirq);
        if (desc->nr_guests == 0)
            irq_shutdown(desc);
        break;
    }
    spin_unlock_irqrestore(&desc->lock, flags);
    note_needs_eoi(d, pirq->pirq, false);
}

void pirq_guest_eoi(struct domain *d, struct pirq *pirq)
{
    unsigned long flags;
    struct irq_desc *desc = READ_ONCE(pirq->masked) ? lock_desc(pirq, &flags) : NULL;

    if (!desc)
        return;
    finish(desc, pirq);
    spin_unlock_irqrestore(&desc->lock, flags);
}

bool pirq_guest_shared(const struct pirq *pirq)
{
    unsigned long flags;
    struct irq_desc *desc = lock_desc(pirq, &flags);
    bool shared;

    if (!desc)
        return false;
    shared = desc->nr_guests > 1;
    spin_unlock_irqrestore(&desc->lock, flags);
    return shared;
}

bool pirq_guest_needs_eoi(struct domain *d, struct pirq *pirq)
{
    return pirq->level;
}

void pirq_set_affinity(struct domain *d, unsigned nr, const cpumask_t *set)
{
    struct pirq *pirq = pirq_get(d, nr, false);
    unsigned long flags;
    struct irq_desc *desc = pirq ? lock_desc(pirq, &flags) : NULL;

    if (!desc)
        return;
    irq_move(desc, set);
    spin_unlock_irqrestore(&desc->lock, flags);
}

/*
 * An interrupt has come for its guests. Holder of desc->lock, interrupts off; the lock is dropped before the
 * event is sent because the port's lock comes before it, so the domains are held by references. Their pirqs aren't.
 */
void irq_to_guests(struct irq_desc *desc)
{
    struct { struct domain *d; uint32_t port; } to[IRQ_MAX_GUESTS];
    unsigned n = 0;

    for (unsigned i = 0; i < desc->nr_guests; i++) {
        struct irq_guest *g = &desc->guest[i];

        if (!domain_get(g->d))
            continue;
        to[n].d = g->d;
        to[n++].port = READ_ONCE(g->pirq->evtchn);
        if (desc->level && !g->pirq->masked) {
            g->pirq->masked = true;
            desc->in_flight++;
        }
    }
    spin_unlock(&desc->lock);
    for (unsigned i = 0; i < n; i++) {
        send_guest_pirq(to[i].d, to[i].port);
        domain_put(to[i].d);
    }
}

/*
 * The domain is dying, its ports are closed: forget all its pirqs. Its controller may unmap some at the same time,
 * until the table is gone; none are mapped any more.
 */
void domain_free_pirqs(struct domain *d)
{
    struct pirq **pirqs;

    spin_lock(&d->event_lock);
    pirqs = d->pirqs;
    d->pirqs = NULL;
    spin_unlock(&d->event_lock);
    for (unsigned i = 0; pirqs && i < d->nr_pirqs; i++) {
        struct pirq *p = pirqs[i];

        if (!p)
            continue;
        pirq_guest_unbind(d, p);
        if (p->irq >= (int)nr_irqs_gsi)
            msi_unmap(p->irq);
        xfree(p);
    }
    xfree(pirqs);
}
