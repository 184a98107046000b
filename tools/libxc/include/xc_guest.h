/* SPDX-License-Identifier: MIT */
/*
 * Building paravirtual domains from a kernel file.
 *
 *     struct xc_guest_kernel *kernel;
 *     struct xc_guest_result result;
 *     xc_guest_kernel_open(xc, "/boot/vmlinuz", NULL, &kernel);    unpacks it: before anything is created
 *     xc_domain_create(...); xc_domain_max_vcpus(...); xc_domain_max_mem(...);
 *     store_port = xc_evtchn_alloc_unbound(xc, domid, store_domid); console_port likewise
 *     xc_guest_build(xc, &config, &result);
 *     xc_guest_kernel_close(kernel);
 *     introduce to xenstored with result.store_mfn and the port, and the like; xc_domain_unpause()
 *
 * Whatever fails leaves no mapping or memory behind in the caller; the domain itself is the caller's to
 * destroy.
 */
#ifndef XC_GUEST_H
#define XC_GUEST_H

#include <xc.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xc_guest_kernel;

/*
 * Open and unpack a kernel: ELF or Linux bzImage, plain or compressed with gzip, xz, lzma, zstd, lz4 or
 * bzip2. Then its notes are checked. The error names the file and the cause.
 * cache: a folder in which unpacked bzImages are kept for the next time, as far as there is room: at most four, in at most
 * an eighth of the memory and half of what the file system has free. It is made if need be, and not used if others than
 * the caller's user may. NULL: nothing is kept.
 */
int xc_guest_kernel_open(struct xc *xc, const char *path, const char *cache, struct xc_guest_kernel **kernel);
void xc_guest_kernel_close(struct xc_guest_kernel *kernel);

unsigned int xc_guest_kernel_bits(const struct xc_guest_kernel *kernel);       /* 64 or 32 */
const char *xc_guest_kernel_os(const struct xc_guest_kernel *kernel);          /* note GUEST_OS, "" if none */

/* The least memory, in pages, that a domain must have to start this kernel with a ramdisk of that size. */
uint64_t xc_guest_kernel_min_pages(const struct xc_guest_kernel *kernel, uint64_t ramdisk_size);

struct xc_guest_config {
    domid_t domid;                      /* created, without memory, paused */
    const struct xc_guest_kernel *kernel;
    const char *ramdisk;                /* file, NULL for none; copied as it is */
    const char *cmdline;                /* NULL for none; at most 1023 bytes */
    uint64_t pages;                     /* of memory to start with */
    uint64_t max_pages;                 /* that it may balloon up to; 0: pages */
    uint32_t start_flags;               /* SIF_* besides those the builder sets */
    domid_t store_domid, console_domid; /* who serves them; usually 0 */
    evtchn_port_t store_port, console_port;
    /* Told about steps, pages done and in all; may be NULL. */
    void (*progress)(void *context, const char *what, uint64_t done, uint64_t total);
    void *progress_context;
};

struct xc_guest_result {
    xen_pfn_t store_mfn, console_mfn;
    xen_pfn_t store_pfn, console_pfn;
    uint64_t virt_entry, virt_base;
};

/* Give the domain memory, kernel, page tables and a first vcpu that is ready to run. */
int xc_guest_build(struct xc *xc, const struct xc_guest_config *config, struct xc_guest_result *result);

#ifdef __cplusplus
}
#endif

#endif
