/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupts of devices. An IRQ number below nr_irqs_gsi is a GSI (a line of an I/O APIC); above, an MSI.
 * Each has one owner: the hypervisor (setup_irq) or guests (pirqs bound to event channels). arch/x86/irq
 */
#ifndef XEN_IRQ_H
#define XEN_IRQ_H

#include <xen/types.h>
#include <xen/cpumask.h>
#include <asm/regs.h>

typedef void (*irq_handler_t)(unsigned irq, void *data, struct cpu_user_regs *regs);

extern unsigned nr_irqs_gsi, nr_irqs;

int setup_irq(unsigned irq, irq_handler_t handler, void *data, const char *name);   /* -EBUSY: taken */
void release_irq(unsigned irq);

struct domain; struct vcpu;
/* A pirq of a domain and the physical interrupt behind it; created on first use, freed with the domain. */
struct pirq {
    unsigned pirq;              /* the domain's number */
    int irq;                    /* physical, -1: none mapped */
    uint32_t evtchn;            /* port bound, 0: none. Under the domain's event lock */
    bool masked;                /* sent, no EOI yet. Under the lock of the irq's descriptor */
    bool level;
    bool reserved;              /* PHYSDEVOP_get_free_pirq gave it out */
};
struct pirq *pirq_get(struct domain *d, unsigned nr, bool create);
/*
 * Bind the physical interrupt behind the pirq to guest v; called with d's event lock held by event_channel.
 * 0 or -errno
 */
int pirq_guest_bind(struct vcpu *v, struct pirq *pirq, bool will_share);
void pirq_guest_unbind(struct domain *d, struct pirq *pirq);
void pirq_guest_eoi(struct domain *d, struct pirq *pirq);    /* the guest unmasked it, or PHYSDEVOP_eoi */
bool pirq_guest_shared(const struct pirq *pirq);             /* by several domains */
bool pirq_guest_needs_eoi(struct domain *d, struct pirq *pirq);
void pirq_set_affinity(struct domain *d, unsigned pirq, const cpumask_t *set);
void domain_init_pirqs(struct domain *d);           /* how many it may have: before it runs */
void domain_free_pirqs(struct domain *d);
/* drop the frame of PHYSDEVOP_pirq_eoi_gmfn; when the domain's frames go */
void pirq_eoi_map_release(struct domain *d);

#endif
