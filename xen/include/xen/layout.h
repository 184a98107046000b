/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where everything lies in a paravirtual guest's memory when its first instruction runs, and the contents of
 * its initial page tables. One computation for dom0 (the hypervisor) and for other domains (libxc).
 *
 *     struct layout_request request = {
 *         .levels = 4, .nr_pages = pages of the domain, .virt_base = kernel.virt_base,
 *         .kernel_end = kernel.phys_end, .module_size = bytes, .module_unmapped = kernel.mod_start_pfn,
 *         .has_init_p2m = kernel.has_init_p2m, .init_p2m = kernel.init_p2m,
 *     };
 *     struct layout layout;
 *     const char *why = layout_compute(&layout, &request);
 *     if (why) refuse(why);
 *     for (i = 0; i < layout_nr_tables(&layout); i++) {
 *         map the page with pfn layout_table_pfn(&layout, i);
 *         layout_fill_table(&layout, i, entries, pfn_to_mfn, context);
 *     }
 *
 * Table 0 is the top level one (CR3). Fill tables in any order; pin table 0 when all are written.
 * start_info takes: pt_base = tables.virt, nr_pt_frames = tables.count, mfn_list = p2m.virt; when p2m_apart
 * also first_p2m_pfn = p2m.pfn, nr_p2m_frames = p2m.count + p2m_tables.count. mod_start = module.virt, or
 * with flag SIF_MOD_START_PFN module.pfn when module_mapped is false. The stack pointer is stack.virt + 4096.
 *
 * Pseudo-physical memory, from 0 up:
 *
 *     kernel | module (1) | p2m (2) | start_info | xenstore (3) | console (3) | page tables | stack | padding
 *     ^virt_base                                                              ^pt_base              ^virt_end
 *     then, not mapped there: module (1) | p2m (2), mapped at init_p2m | its page tables
 *
 * (1) unmapped if module_unmapped, (2) outside if has_init_p2m, (3) not for dom0. The mapped region ends on a
 * 4 MiB boundary with at least 512 KiB of padding; where memory ends before, the mapping ends with memory,
 * but the 512 KiB are always there.
 */
#ifndef XEN_LAYOUT_H
#define XEN_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LAYOUT_MAX_LEVELS 4

struct layout_request {
    unsigned int levels;            /* of page tables: 4 (x86-64), 3 (32-bit PAE) */
    bool dom0;                      /* no xenstore and console pages */
    bool module_unmapped;
    bool has_init_p2m;
    uint64_t init_p2m;              /* virtual address for the p2m list, page aligned; 4 levels only */
    uint64_t virt_base;             /* virtual address of pfn 0, page aligned */
    uint64_t kernel_end;            /* bytes from pfn 0 to the kernel's end */
    uint64_t module_size;           /* bytes, 0 for none */
    uint64_t nr_pages;              /* of the domain: the p2m list's length */
};

/* count pages from pfn on; virt is where the guest sees them, 0 if it doesn't. count 0: not there. */
struct layout_area {
    uint64_t pfn, count, virt;
};

/* Page tables of one level for one contiguous run of addresses. A slot is the range that one table covers. */
struct layout_run {
    uint64_t slot, count, pfn;
};

struct layout {
    unsigned int levels;
    uint64_t nr_pages;
    uint64_t virt_base, virt_end;   /* of the bootstrap region */
    uint64_t mapped_pages;          /* pfns 0 .. mapped_pages - 1 are mapped at virt_base */
    uint64_t used_pages;            /* pfns from here on hold nothing and aren't mapped */
    bool module_mapped;
    bool p2m_apart;                 /* the p2m list is outside the bootstrap region, at init_p2m */
    struct layout_area module, p2m, start_info, xenstore, console, tables, stack;
    struct layout_area p2m_tables;  /* those of has_init_p2m that the bootstrap's tables don't include */
    struct layout_run runs[2][LAYOUT_MAX_LEVELS + 1]; /* [bootstrap, p2m][level 1 ..] */
};

/* NULL on success, else a constant reason that starts with "layout: ". */
const char *layout_compute(struct layout *layout, const struct layout_request *request);

/* tables.count + p2m_tables.count */
unsigned int layout_nr_tables(const struct layout *layout);

/* Page and level (1: maps pages) of a page table; index < layout_nr_tables(). */
uint64_t layout_table_pfn(const struct layout *layout, unsigned int index);
unsigned int layout_table_level(const struct layout *layout, unsigned int index);

/* Machine frame behind a pfn of the domain. */
typedef uint64_t layout_mfn_fn(void *context, uint64_t pfn);

/*
 * Write all 512 entries of a table. Page tables are mapped read-only, all else writable; entries carry
 * PRESENT|ACCESSED, and USER where the guest kernel's ring needs it.
 */
void layout_fill_table(const struct layout *layout, unsigned int index, uint64_t entries[512],
                       layout_mfn_fn *mfn_of, void *context);

#endif
