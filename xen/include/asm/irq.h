/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Vectors and physical interrupts.
 *
 * A vector is one CPU's: (CPU, vector) names an irq through the CPU's vector table. Each irq has one target
 * CPU and one vector there; when it moves, the old place stays valid until the next move, so that an
 * interrupt already under way is not lost.
 */
#ifndef ASM_IRQ_H
#define ASM_IRQ_H

#include <xen/irq.h>
#include <xen/pci.h>
#include <xen/spinlock.h>

/*
 * 0x20-0x2f: where the 8259s are put, masked. 0x30-0xef: devices. Above: the hypervisor's own, highest
 * priority.
 */
#define LEGACY_VECTOR         0x20
#define FIRST_DYNAMIC_VECTOR  0x30
#define LAST_DYNAMIC_VECTOR   0xef
#define LOCAL_TIMER_VECTOR    0xf9
#define CALL_FUNCTION_VECTOR  0xfb
#define EVENT_CHECK_VECTOR    0xfc
#define INVALIDATE_TLB_VECTOR 0xfd
#define ERROR_APIC_VECTOR     0xfe
#define SPURIOUS_APIC_VECTOR  0xff

#define IRQ_MAX_GUESTS 7          /* domains sharing one line */

struct msi_desc;
struct irq_desc {
    spinlock_t lock;
    enum { IRQ_NONE, IRQ_IOAPIC, IRQ_MSI } kind;
    bool level, low;              /* trigger mode, polarity */
    bool set_up;                  /* by domain 0 (gsi_setup) */
    bool masked;
    uint8_t vector, old_vector;   /* 0: none */
    uint16_t cpu, old_cpu;
    s_time_t moved;               /* when old_vector was given up */
    irq_handler_t handler;        /* the hypervisor's own */
    void *data;
    const char *name;
    unsigned nr_guests, in_flight;    /* in_flight: guests that have not yet said EOI */
    bool shareable;
    struct irq_guest { struct domain *d; struct pirq *pirq; } guest[IRQ_MAX_GUESTS];
    struct msi_desc *msi;
    unsigned long count;
};
extern struct irq_desc *irq_descs;
static inline struct irq_desc *irq_to_desc(unsigned irq) { return &irq_descs[irq]; }
static inline unsigned desc_to_irq(const struct irq_desc *desc) { return desc - irq_descs; }

/* Entry of every vector above 0x1f, interrupts off. */
void do_IRQ(struct cpu_user_regs *regs);
/* Handler of one of the hypervisor's own vectors; it is acknowledged before the call. */
void set_direct_vector(uint8_t vector, void (*handler)(void));

/* vector.c: holder of desc->lock */
int irq_assign_vector(struct irq_desc *desc, const cpumask_t *allowed);  /* a CPU of the set, a vector */
void irq_release_vectors(struct irq_desc *desc);
int vector_to_irq(unsigned cpu, uint8_t vector);                         /* -1: none */

/* irq.c: holder of desc->lock */
void irq_mask(struct irq_desc *desc);
void irq_unmask(struct irq_desc *desc);
int irq_startup(struct irq_desc *desc, const cpumask_t *preferred);      /* routed and unmasked */
void irq_shutdown(struct irq_desc *desc);
void irq_move(struct irq_desc *desc, const cpumask_t *allowed);
int irq_alloc_msi(void);          /* a free irq above the GSIs: -ENOSPC */

/* guest.c */
void irq_to_guests(struct irq_desc *desc);        /* holder of desc->lock, which it drops */

/* ioapic.c */
void ioapic_init(void);
void ioapic_mask(unsigned gsi);
void ioapic_unmask(unsigned gsi);
void ioapic_route(unsigned gsi, const struct irq_desc *desc);            /* left masked */
bool ioapic_has_gsi(unsigned gsi);
int ioapic_guest_read(paddr_t base, uint32_t reg, uint32_t *value);
int ioapic_guest_write(paddr_t base, uint32_t reg, uint32_t value);      /* the GSI opened, or -ENOENT */
int gsi_setup(unsigned gsi, bool level, bool low);                       /* -EEXIST: done, or in use */
void i8259_init(void);

/* msi.c */
int msi_map(pci_sbdf_t dev, bool msix, unsigned entry, unsigned irq);
void msi_unmap(unsigned irq);
void msi_write(struct irq_desc *desc);            /* the message for the irq's CPU and vector */
void msi_set_mask(struct irq_desc *desc, bool mask);
bool msi_is_mapped(pci_sbdf_t dev, bool msix);    /* any of the device's */
int msi_restore(pci_sbdf_t dev);

/* physdev_pci.c: those operations, and -ENOSYS */
long physdev_pci_op(int cmd, const void *arg);

#endif
