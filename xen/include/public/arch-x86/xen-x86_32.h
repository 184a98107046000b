/* SPDX-License-Identifier: MIT */
/* 32-bit x86 guests: hypercall convention, selectors, address space and register layout. */
#include "xen.h"

#ifndef __XEN_PUBLIC_ARCH_X86_XEN_X86_32_H__
#define __XEN_PUBLIC_ARCH_X86_XEN_X86_32_H__

/*
 * Hypercall: `call hypercall_page + 32 * number`, arguments in ebx, ecx, edx, esi, edi, result in eax. A
 * call may clobber the registers of as many arguments as it takes.
 */

/* Flat segments present in every GDT, in the part that belongs to the hypervisor. */
#define FLAT_RING1_CS 0xe019
#define FLAT_RING1_DS 0xe021
#define FLAT_RING1_SS 0xe021
#define FLAT_RING3_CS 0xe02b
#define FLAT_RING3_DS 0xe033
#define FLAT_RING3_SS 0xe033

#define FLAT_KERNEL_CS FLAT_RING1_CS
#define FLAT_KERNEL_DS FLAT_RING1_DS
#define FLAT_KERNEL_SS FLAT_RING1_SS
#define FLAT_USER_CS   FLAT_RING3_CS
#define FLAT_USER_DS   FLAT_RING3_DS
#define FLAT_USER_SS   FLAT_RING3_SS

/* What lies at and above these addresses is the hypervisor's. Two-level paging is history, its names stay. */
#define __HYPERVISOR_VIRT_START_PAE    0xF5800000
#define __MACH2PHYS_VIRT_START_PAE     0xF5800000
#define __MACH2PHYS_VIRT_END_PAE       0xF6800000
#define HYPERVISOR_VIRT_START_PAE      xen_mk_ulong(__HYPERVISOR_VIRT_START_PAE)
#define MACH2PHYS_VIRT_START_PAE       xen_mk_ulong(__MACH2PHYS_VIRT_START_PAE)
#define MACH2PHYS_VIRT_END_PAE         xen_mk_ulong(__MACH2PHYS_VIRT_END_PAE)

#define __HYPERVISOR_VIRT_START_NONPAE 0xFC000000
#define __MACH2PHYS_VIRT_START_NONPAE  0xFC000000
#define __MACH2PHYS_VIRT_END_NONPAE    0xFC400000
#define HYPERVISOR_VIRT_START_NONPAE   xen_mk_ulong(__HYPERVISOR_VIRT_START_NONPAE)
#define MACH2PHYS_VIRT_START_NONPAE    xen_mk_ulong(__MACH2PHYS_VIRT_START_NONPAE)
#define MACH2PHYS_VIRT_END_NONPAE      xen_mk_ulong(__MACH2PHYS_VIRT_END_NONPAE)

#define __HYPERVISOR_VIRT_START __HYPERVISOR_VIRT_START_PAE
#define __MACH2PHYS_VIRT_START  __MACH2PHYS_VIRT_START_PAE
#define __MACH2PHYS_VIRT_END    __MACH2PHYS_VIRT_END_PAE

#ifndef HYPERVISOR_VIRT_START
#define HYPERVISOR_VIRT_START xen_mk_ulong(__HYPERVISOR_VIRT_START)
#endif

#define MACH2PHYS_VIRT_START  xen_mk_ulong(__MACH2PHYS_VIRT_START)
#define MACH2PHYS_VIRT_END    xen_mk_ulong(__MACH2PHYS_VIRT_END)
#define MACH2PHYS_NR_ENTRIES  ((MACH2PHYS_VIRT_END - MACH2PHYS_VIRT_START) >> 2)
#ifndef machine_to_phys_mapping
#define machine_to_phys_mapping ((unsigned long *)MACH2PHYS_VIRT_START)
#endif

/*
 * Control interfaces have one layout for both widths: 64-bit fields are aligned to 8, their handles are 8
 * bytes.
 */
#if defined(__XEN__) || defined(__XEN_TOOLS__)
#undef ___DEFINE_XEN_GUEST_HANDLE
#define ___DEFINE_XEN_GUEST_HANDLE(name, type) \
    typedef struct { type *p; } __guest_handle_##name; \
    typedef struct { union { type *p; uint64_aligned_t q; }; } __guest_handle_64_##name
#undef set_xen_guest_handle_raw
#define set_xen_guest_handle_raw(hnd, val) \
    do { \
        if (sizeof(hnd) == 8) \
            *(uint64_t *)&(hnd) = 0; \
        (hnd).p = val; \
    } while (0)
#define int64_aligned_t  int64_t __attribute__((aligned(8)))
#define uint64_aligned_t uint64_t __attribute__((aligned(8)))
#define __XEN_GUEST_HANDLE_64(name) __guest_handle_64_##name
#define XEN_GUEST_HANDLE_64(name)   __XEN_GUEST_HANDLE_64(name)
#endif

#ifndef __ASSEMBLY__

/* The hypervisor and tools may name parts of a register, others only the whole one. */
#if defined(__XEN__) || defined(__XEN_TOOLS__)
#define __XEN_REG_LETTER(n) union { uint32_t e##n##x; uint16_t n##x; struct { uint8_t n##l, n##h; }; }
#define __XEN_REG_OTHER(n)  union { uint32_t e##n, _e##n; uint16_t n; }
#else
#define __XEN_REG_LETTER(n) uint32_t e##n##x
#define __XEN_REG_OTHER(n)  uint32_t e##n
#endif

typedef struct cpu_user_regs {
    __XEN_REG_LETTER(b);
    __XEN_REG_LETTER(c);
    __XEN_REG_LETTER(d);
    __XEN_REG_OTHER(si);
    __XEN_REG_OTHER(di);
    __XEN_REG_OTHER(bp);
    __XEN_REG_LETTER(a);
    uint16_t error_code;        /* these two are the hypervisor's own */
    uint16_t entry_vector;
    __XEN_REG_OTHER(ip);
    uint16_t cs;
    uint8_t saved_upcall_mask;  /* eflags.IF shows its inverse */
    uint8_t _pad0;
    __XEN_REG_OTHER(flags);
    __XEN_REG_OTHER(sp);
    uint16_t ss, _pad1;
    uint16_t es, _pad2;
    uint16_t ds, _pad3;
    uint16_t fs, _pad4;
    uint16_t gs, _pad5;
} cpu_user_regs_t;
DEFINE_XEN_GUEST_HANDLE(cpu_user_regs_t);

#undef __XEN_REG_LETTER
#undef __XEN_REG_OTHER

/* A root above 4 GiB does not fit cr3: its frame number is rotated, the high bits go to the low 12. */
#define xen_pfn_to_cr3(pfn) (((unsigned)(pfn) << 12) | ((unsigned)(pfn) >> 20))
#define xen_cr3_to_pfn(cr3) (((unsigned)(cr3) >> 12) | ((unsigned)(cr3) << 20))

typedef struct arch_vcpu_info {
    unsigned long cr2;          /* OUT: address of the last page fault bounced to the guest */
    unsigned long pad[5];       /* struct vcpu_info is 64 bytes */
} arch_vcpu_info_t;

typedef struct xen_callback {
    unsigned long cs;
    unsigned long eip;
} xen_callback_t;

#endif
#endif
