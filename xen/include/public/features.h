/* SPDX-License-Identifier: MIT */
/* Feature bits: of XENVER_get_features, and of a kernel's XEN_ELFNOTE_FEATURES (by name without XENFEAT_). */
#ifndef __XEN_PUBLIC_FEATURES_H__
#define __XEN_PUBLIC_FEATURES_H__

#define XENFEAT_writable_page_tables       0    /* page tables may be mapped writable */
#define XENFEAT_writable_descriptor_tables 1    /* so may GDT and LDT pages */
#define XENFEAT_auto_translated_physmap    2    /* frame numbers are the guest's own */
#define XENFEAT_supervisor_mode_kernel     3    /* the kernel runs in ring 0 */
#define XENFEAT_pae_pgdir_above_4gb        4    /* 32-bit roots may be above 4 GiB */
#define XENFEAT_mmu_pt_update_preserve_ad  5    /* MMU_PT_UPDATE_PRESERVE_AD is known */
#define XENFEAT_highmem_assist             6    /* MMUEXT_CLEAR_PAGE and COPY_PAGE are known */
#define XENFEAT_gnttab_map_avail_bits      7    /* GNTMAP_guest_avail* is honoured */
#define XENFEAT_hvm_callback_vector        8
#define XENFEAT_hvm_safe_pvclock           9
#define XENFEAT_hvm_pirqs                 10
#define XENFEAT_dom0                      11    /* can be, or is, the first domain */
#define XENFEAT_memory_op_vnode_supported 13    /* XENMEMF_vnode is known */
#define XENFEAT_ARM_SMCCC_supported       14
#define XENFEAT_linux_rsdp_unrestricted   15    /* a kernel finds the RSDP by its boot parameters */
#define XENFEAT_not_direct_mapped         16    /* memory is not mapped one to one */
#define XENFEAT_direct_mapped             17    /* memory is mapped one to one */
#define XENFEAT_NR_SUBMAPS 1

#endif
