/* SPDX-License-Identifier: MIT */
/*
 * CPUID leaves of the hypervisor. They start at 0x40000000, or for a guest that sees another hypervisor's
 * leaves there, at the next multiple of 0x100 that bears the signature. PV guests use XEN_CPUID of xen.h to
 * reach them.
 */
#ifndef __XEN_PUBLIC_ARCH_X86_CPUID_H__
#define __XEN_PUBLIC_ARCH_X86_CPUID_H__

#define XEN_CPUID_FIRST_LEAF 0x40000000
#define XEN_CPUID_LEAF(i)    (XEN_CPUID_FIRST_LEAF + (i))

/* Leaf 0: eax = last leaf, "XenVMMXenVMM". */
#define XEN_CPUID_SIGNATURE_EBX 0x566e6558
#define XEN_CPUID_SIGNATURE_ECX 0x65584d4d
#define XEN_CPUID_SIGNATURE_EDX 0x4d4d566e

/* Leaf 1: eax = major << 16 | minor. */

/* Leaf 2: eax = hypercall pages, ebx = MSR to write their address to, ecx = features: */
#define _XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD 0
#define XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD  (1u << 0)

/*
 * Leaf 3, time. Subleaf 0: eax bit 0 TSC emulated, 1 it is reliable, 2 RDTSCP; ebx TSC mode, ecx kHz, edx
 * incarnation. Subleaf 1: ebx:eax TSC offset, ecx multiplier, edx shift. Subleaf 2: eax host's kHz.
 */

/* Leaf 4, HVM guests: eax = bits below; ebx = vcpu number, ecx = domain number if the bits say so. */
#define XEN_HVM_CPUID_APIC_ACCESS_VIRT (1u << 0)
#define XEN_HVM_CPUID_X2APIC_VIRT      (1u << 1)
#define XEN_HVM_CPUID_IOMMU_MAPPINGS   (1u << 2)    /* grants and foreign pages are mapped for devices too */
#define XEN_HVM_CPUID_VCPU_ID_PRESENT  (1u << 3)
#define XEN_HVM_CPUID_DOMID_PRESENT    (1u << 4)
#define XEN_HVM_CPUID_EXT_DEST_ID      (1u << 5)    /* 15-bit interrupt destinations */
#define XEN_HVM_CPUID_UPCALL_VECTOR    (1u << 6)    /* per-vcpu upcall vectors behave like the local APIC's */

/* Leaf 5, PV guests: ebx bits 0-7 = width of machine addresses. */
#define XEN_CPUID_MACHINE_ADDRESS_WIDTH_MASK (0xffu << 0)

#define XEN_CPUID_MAX_NUM_LEAVES 5

#endif
