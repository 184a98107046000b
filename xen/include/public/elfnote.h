/* SPDX-License-Identifier: MIT */
/*
 * ELF notes named "Xen": what a kernel says about itself, and what is in crash images. Numbers are 4 or 8
 * bytes.
 */
#ifndef __XEN_PUBLIC_ELFNOTE_H__
#define __XEN_PUBLIC_ELFNOTE_H__

#define XEN_ELFNOTE_INFO               0    /* numbers the kernel's own tools understand */
#define XEN_ELFNOTE_ENTRY              1    /* virtual address of the entry point */
#define XEN_ELFNOTE_HYPERCALL_PAGE     2    /* virtual address of a page to fill with hypercall stubs */
#define XEN_ELFNOTE_VIRT_BASE          3    /* virtual address of pseudo-physical 0; default 0 */
#define XEN_ELFNOTE_PADDR_OFFSET       4    /* where the file's addresses start; default VIRT_BASE */
#define XEN_ELFNOTE_XEN_VERSION        5    /* string, "xen-3.0" */
#define XEN_ELFNOTE_GUEST_OS           6    /* string */
#define XEN_ELFNOTE_GUEST_VERSION      7    /* string */
#define XEN_ELFNOTE_LOADER             8    /* string, "generic" */
#define XEN_ELFNOTE_PAE_MODE           9    /* string, 32-bit: "yes", "no", "bimodal" */
#define XEN_ELFNOTE_FEATURES           10   /* string of features, '!' before indispensable ones */
#define XEN_ELFNOTE_BSD_SYMTAB         11   /* string, "yes": load the symbols too */
#define XEN_ELFNOTE_HV_START_LOW       12   /* lowest address the hypervisor may take; 32-bit */
#define XEN_ELFNOTE_L1_MFN_VALID       13   /* pairs of mask and value: entries that hold a frame */
#define XEN_ELFNOTE_SUSPEND_CANCEL     14   /* nonzero: knows the result 1 of SHUTDOWN_suspend */
#define XEN_ELFNOTE_INIT_P2M           15   /* virtual address to put the initial frame list at */
#define XEN_ELFNOTE_MOD_START_PFN      16   /* nonzero: the module needn't be mapped */
#define XEN_ELFNOTE_SUPPORTED_FEATURES 17   /* number: bitmap of XENFEAT_* */
#define XEN_ELFNOTE_PHYS32_ENTRY       18   /* physical address of the PVH entry point */
#define XEN_ELFNOTE_MAX                XEN_ELFNOTE_PHYS32_ENTRY

#define XEN_ELFNOTE_CRASH_INFO 0x1000001    /* about the hypervisor, in a crash kernel's view of memory */
#define XEN_ELFNOTE_CRASH_REGS 0x1000002    /* cr0, cr2, cr3, cr4 of a CPU */

#define XEN_ELFNOTE_DUMPCORE_NONE           0x2000000
#define XEN_ELFNOTE_DUMPCORE_HEADER         0x2000001
#define XEN_ELFNOTE_DUMPCORE_XEN_VERSION    0x2000002
#define XEN_ELFNOTE_DUMPCORE_FORMAT_VERSION 0x2000003

#endif
