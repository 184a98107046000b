/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lock order, outermost first. A lock may be taken only while holding locks above it.
 *
 *   domctl_lock              one domctl/sysctl at a time where the whole machine is concerned
 *   domain->domain_lock      domctl on one domain, vcpu creation
 *   domlist_lock             list and hash of domains
 *   domain->event_lock       binding of ports and pirqs        (two domains: lower address first)
 *   grant_table->lock        table size and version            (two tables: lower address first, if both must be held)
 *   evtchn->lock             state of a port, sending
 *   domain->arch.page lock   PG_locked of a page table frame   (two frames: never)
 *   domain->page_alloc_lock  page lists and counts
 *   irq_desc->lock           IRQ-safe
 *   scheduler's CPU lock     IRQ-safe (two CPUs: lower number first)
 *   timers' CPU lock         IRQ-safe
 *   heap_lock                free frames
 *   console_lock             IRQ-safe, innermost
 */
