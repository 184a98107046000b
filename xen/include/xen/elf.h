/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reader for paravirtual kernels in ELF form: load segments and the notes by which a kernel tells its loader
 * where it wants to live. Used by the hypervisor's dom0 build and by libxc, and compiled unchanged on the
 * host for its tests. It allocates nothing and trusts nothing in the image.
 *
 *     struct elf_kernel kernel;
 *     const char *why = elf_kernel_parse(&kernel, image, size);
 *     if (why) refuse(why);                  // e.g. "ELF: a segment lies beyond the end of the file"
 *     ... layout_compute() (layout.h), allocate, map pseudo-physical [phys_start, phys_end) at dest ...
 *     elf_kernel_load(&kernel, dest);
 *
 * The image must stay in place while the struct is used: segments point into it.
 *
 * Addresses: a pseudo-physical address is the segment's p_paddr minus paddr_offset; the guest sees it at
 * virt_base + pseudo-physical address.
 */
#ifndef XEN_ELF_H
#define XEN_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ELF_MAX_SEGMENTS 16
#define ELF_MAX_STRING   32

enum elf_pae {
    ELF_PAE_NO,
    ELF_PAE_YES,
    ELF_PAE_BIMODAL,
};

/* One loadable segment. phys is pseudo-physical, paddr_offset already taken off. */
struct elf_segment {
    uint64_t phys;
    uint64_t file_size;
    uint64_t mem_size;              /* >= file_size; the rest is zero */
    const uint8_t *data;
    uint32_t flags;                 /* PF_X 1, PF_W 2, PF_R 4 */
};

struct elf_kernel {
    unsigned int bits;              /* 64 (x86-64) or 32 (i386, PAE) */
    bool legacy_notes;              /* found in section __xen_guest, not in ELF notes */

    struct elf_segment segments[ELF_MAX_SEGMENTS];
    unsigned int nr_segments;
    uint64_t phys_start, phys_end;  /* bytes covered by the segments, pseudo-physical */
    uint64_t virt_start, virt_end;  /* the same, where the guest sees them */

    uint64_t entry;                 /* virtual address of the first instruction */
    uint64_t virt_base;             /* virtual address of pseudo-physical address 0 */
    uint64_t paddr_offset;

    bool has_hypercall_page;
    bool has_init_p2m;
    bool has_hv_start_low;
    bool has_l1_mfn_valid;
    bool has_phys32_entry;
    uint64_t hypercall_page;        /* virtual, page aligned, inside the kernel */
    uint64_t init_p2m;              /* virtual address the p2m list is wanted at, page aligned */
    uint64_t hv_start_low;
    uint64_t l1_mfn_mask, l1_mfn_value;
    uint64_t phys32_entry;

    bool mod_start_pfn;             /* takes an initrd that is not mapped (start_info: SIF_MOD_START_PFN) */
    bool suspend_cancel;
    bool bsd_symtab;
    enum elf_pae pae;
    uint32_t features_supported;    /* bit n: XENFEAT_ number n */
    uint32_t features_required;     /* subset of features_supported */

    char guest_os[ELF_MAX_STRING];
    char guest_version[ELF_MAX_STRING];
    char xen_version[ELF_MAX_STRING];
    char loader[ELF_MAX_STRING];
};

/* True when the bytes start like an ELF file, whatever comes after. */
bool elf_is(const void *image, size_t size);

/* Parse and check everything. NULL on success, else a constant reason that starts with "ELF: ". */
const char *elf_kernel_parse(struct elf_kernel *kernel, const void *image, size_t size);

/*
 * Copy the segments, zero their tails. dest is where pseudo-physical phys_start is mapped, phys_end -
 * phys_start bytes long. Gaps between segments aren't written. Segments are already known to fit.
 */
void elf_kernel_load(const struct elf_kernel *kernel, void *dest);

#endif
