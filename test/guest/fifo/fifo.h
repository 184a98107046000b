/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest's side of the FIFO ABI (queues.c), and what the files of this test share. */
#ifndef FIFO_TEST_H
#define FIFO_TEST_H

#include "ports.h"
#include "test.h"

#define PORTS   EVTCHN_FIFO_NR_CHANNELS
#define WORDS   (PAGE_SIZE / sizeof(event_word_t))      /* in a page */
#define PAGES   (PORTS / WORDS)
#define VCPUS   2

#define PENDING (1u << EVTCHN_FIFO_PENDING)
#define MASKED  (1u << EVTCHN_FIFO_MASKED)
#define LINKED  (1u << EVTCHN_FIFO_LINKED)
#define BUSY    (1u << EVTCHN_FIFO_BUSY)
#define LINK(port) (port)                               /* in a word: the next port of the queue */

#define PRIORITY EVTCHN_FIFO_PRIORITY_DEFAULT

extern event_word_t words[PORTS];                       /* all of the event array */

/* Where vcpu's control block is: of the two, one is the first that fits into its page, one the last. */
evtchn_fifo_control_block_t *control(unsigned int vcpu);

long init_control(unsigned int vcpu, uint64_t frame, uint32_t offset);
long expand_array(uint64_t frame);
long set_priority(evtchn_port_t port, unsigned int priority);

/* Give the control block of vcpu, cleared; and one more page of the array. 0 or an error. */
long give_control(unsigned int vcpu);
long give_page(unsigned int page);

/* From the 2-level form, or whatever a test left, to that many vcpus' queues and pages; nothing is bound. */
long begin_fifo(unsigned int vcpus, unsigned int pages);

/* As a kernel does: the next event's port, taken off vcpu's queues; 0 if they are empty. */
evtchn_port_t take(unsigned int vcpu);
/* vcpu has been told that there is something to take; it is no more. */
bool told(unsigned int vcpu);

/* Other than by the calls, words change only so. */
void set_bits(evtchn_port_t port, event_word_t bits);
void clear_bits(evtchn_port_t port, event_word_t bits);

/* refusals.c */
void control_refused(void);
void array_refused(void);
void priority_refused(void);
void frames_of_others(void);
void held(void);

/* many.c */
void above_two_levels(void);
void last_port(void);
void all_ports(void);

/* hostile.c */
void own_linked(void);
void own_links(void);
void own_control(void);
void own_all_ones(void);
void only_itself(void);
void scribbling(void);

/* races.c */
void nothing_lost(void);
void nothing_lost_moving(void);

#endif
