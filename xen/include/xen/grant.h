/* SPDX-License-Identifier: GPL-2.0-only */
/* Grant tables: what other files need of them. The life cycle is described in common/grant/table.c. */
#ifndef XEN_GRANT_H
#define XEN_GRANT_H

#include <xen/frame.h>
#include <public/grant_table.h>

struct domain;
struct grant_table;

/*
 * Limits of 0xffffffff mean the defaults (gnttab_max_frames=64, gnttab_max_maptrack_frames=1024). 0 or
 * -errno
 */
int grant_table_init(struct domain *d, int max_frames, int max_maptrack, unsigned max_version);
/* A dying domain's mappings of others' frames are dropped; preemptible: 0, -ERESTART. */
int grant_table_release_mappings(struct domain *d);
void grant_table_drop_shared(struct domain *d);       /* dying: give its shared frames back */
void grant_table_destroy(struct domain *d);
void grant_table_warn_active(struct domain *d);
/*
 * XENMEM_acquire_resource / add_to_physmap: the frame backing index idx (XENMAPIDX_grant_table_status set:
 * status frame).
 */
int grant_table_frame(struct domain *d, unsigned long idx, bool status, mfn_t *frame);
unsigned grant_table_max_frames(struct domain *d, bool status);    /* it may grow to */

/*
 * arch/x86/mm/grant.c: put a mapping into, or take it out of, the current vcpu's page tables. addr is a
 * virtual address (or the machine address of a PTE with GNTMAP_contains_pte). They return GNTST_*. The
 * frame's references are the caller's.
 */
int create_grant_host_mapping(uint64_t addr, mfn_t frame, unsigned flags);
int replace_grant_host_mapping(uint64_t addr, mfn_t frame, uint64_t new_addr, unsigned flags);

#endif
