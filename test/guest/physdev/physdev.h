/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of this test share: calls, ports, and two devices that can be made to interrupt. */
#ifndef PHYSDEV_H
#define PHYSDEV_H

#include "child.h"
#include "test.h"

#include <public/errno.h>
#include <public/physdev.h>
#include <public/sched.h>

/* physdev_op with its structure, which most operations have: PHYSDEV(eoi, struct physdev_eoi, .irq = 8). */
#define PHYSDEV(operation, type, ...) HYPERCALL(physdev_op, PHYSDEVOP_##operation, (&(type){ __VA_ARGS__ }))
#define EOI(n) PHYSDEV(eoi, struct physdev_eoi, .irq = (n))

/* An operation with an argument that can't be read. */
#define CHECK_UNREADABLE(operation)                                                                 \
    do {                                                                                            \
        CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_##operation, 0), -XEN_EFAULT);                     \
        CHECK_EQ(HYPERCALL(physdev_op, PHYSDEVOP_##operation, HYPERVISOR_ADDRESS), -XEN_EFAULT);    \
    } while (0)

extern struct child child;

/* ---- ports: of a domain that may use them */

uint8_t in8(uint16_t port);
void out8(uint16_t port, uint8_t value);
uint32_t in32(uint16_t port);
void out32(uint16_t port, uint32_t value);
void out16(uint16_t port, uint16_t value);
long io_privilege(uint32_t level);

/* ---- lines, pirqs, and the event channels bound to them */

long map_line(domid_t domain, int line, int *pirq);        /* *pirq is asked for, -1: any; and had */
long map_message(int type, int devfn, int entry, uint64_t table, int *pirq);
long setup(int line, uint8_t triggering, uint8_t polarity);
long unmap(domid_t domain, int pirq);
long bind(uint32_t pirq, uint32_t flags, evtchn_port_t *port);
long close(evtchn_port_t port);
bool comes(evtchn_port_t port);         /* an event is pending now, or soon; it no longer is then */
bool stays_away(evtchn_port_t port);    /* none comes for a while */

/* ---- the clock's periodic interrupt: an edge */

#define CLOCK_LINE  8
#define CLOCK_PORT  0x70
void clock_start(void);
void clock_stop(void);
void clock_serve(void);                 /* it may interrupt again */

#define PTE_UNCACHED (pte_t)0x18        /* for registers */

/* ---- a network card, which interrupts when it is asked to, by line (a level), MSI or MSI-X */

#define CARD       (5 << 3)             /* its device and function */
#define CARD_LINE  21
#define CARD_MESSAGES 5                 /* entries of its MSI-X table */

uint32_t config_read(unsigned int devfn, unsigned int offset);
void config_write(unsigned int devfn, unsigned int offset, uint16_t value);
unsigned int capability(unsigned int devfn, uint8_t id);
uint64_t card_memory(void);             /* machine address of its registers */
bool card_map(uint64_t machine);        /* its registers, quiet */
void card_unmap(void);
long card_line(domid_t domain);         /* maps its line for a domain */
void card_raise(void);
void card_raise_message(unsigned int entry);    /* of MSI-X */
void card_serve(void);                  /* takes back what it has raised */

/* ---- the tests */

void ports_allowed(void);
void ports_by_bitmap(void);
void ports_hostile(void);
void apic_registers(void);
void apic_opens_line(void);
void apic_hostile(void);
void vectors(void);
void lines(void);
void lines_hostile(void);
void lines_setup(void);
void lines_of_others(void);
void free_pirqs(void);
void binding(void);
void binding_hostile(void);
void unmapped_while_bound(void);
void edge(void);
void level(void);
void message(void);
void table_of_messages(void);
void messages_hostile(void);
void eoi_page_v1(void);
void eoi_page_v2(void);
void eoi_page_hostile(void);
void devices(void);
void devices_old(void);
void devices_hostile(void);
void config_window(void);
void debug_port(void);
void unknown(void);
void unprivileged(void);

#endif
