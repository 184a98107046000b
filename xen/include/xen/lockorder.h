/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lock order, outermost first. A lock may be taken only while holding locks above it.
 *
 *   domctl_lock              one domctl/sysctl at a time where the whole machine is concerned
 *   trace_lock               making and choosing what trace buffers are for
 *   domain->domain_lock      domctl on one domain, vcpu creation
 *   domain->shutdown_lock    stopping all vcpus
 *   domain->event_lock       binding of ports and pirqs        (two domains: lower address first)
 *   grant_table->lock        table size and version            (of two tables: lower address first)
 *   active->lock             one entry of a grant table        (two: the one granted on first)
 *   maptrack_lock            handles of a domain's mappings
 *   domlist_lock             list and hash of domains
 *   virq_handler_lock        who gets global virqs; IRQ-safe
 *   vcpu->virq_lock, evtchn->lock   sending; state of a port. IRQ-safe (two ports: lower address first)
 *   FIFO queue lock          IRQ-safe (two queues: lower address first)
 *   domain->arch.page lock   PG_locked of a page table frame   (two frames: never)
 *   vcpu->arch.shadow_ldt_lock  pages of its LDT that are mapped
 *   domain->arch.shadow.lock shadow page tables, log of written frames
 *   domain->page_alloc_lock  page lists and counts
 *   irq_desc->lock           IRQ-safe
 *   credit_lock              lists of the credit scheduler
 *   scheduler's CPU lock     IRQ-safe (the second by trylock)
 *   timers' CPU lock         IRQ-safe (two CPUs: lower number first)
 *   heap_lock                free frames
 *   console_lock             IRQ-safe, innermost
 */
