/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the files of the domain builder. */
#ifndef LIBXC_GUEST_H
#define LIBXC_GUEST_H

#include <xen/elf.h>
#include <xen/layout.h>

#include <xc_guest.h>

#include "internal.h"

struct xc_guest_kernel {
    char *path;
    uint8_t *mapping;               /* of the file, or memory it was unpacked to: munmap() */
    size_t mapping_size;
    const uint8_t *image;           /* the ELF file, inside of the mapping */
    size_t image_size;
    const char *cache;              /* while it is opened: the folder to keep it in; NULL for none */
    int kept;                       /* the file there that it was unpacked to, -1 if to memory alone */
    struct elf_kernel elf;
};

/* A domain while it is built. */
struct guest {
    struct xc *xc;
    const struct xc_guest_config *config;
    const struct elf_kernel *kernel;
    struct layout layout;
    uint64_t ramdisk_size;
    int ramdisk_fd;                 /* -1: none */
    xen_pfn_t *p2m;                 /* machine frame of each pfn */
    xen_pfn_t shared_info_mfn;
};

/* guest_start.c: in the guest's own width. to, page: its list of frames, zeroed start_info, shared_info, as mapped. */
void guest_write_p2m(const struct guest *g, void *to);
void guest_write_start_info(const struct guest *g, void *page);
void guest_init_shared_info(void *page);        /* events are masked until the guest has set up its callback */
int guest_start_vcpu(const struct guest *g);

/* The layout request for a kernel with a ramdisk in a domain of so many pages. */
struct layout_request guest_layout_request(const struct elf_kernel *kernel, uint64_t pages,
                                           uint64_t ramdisk_size);

#endif
