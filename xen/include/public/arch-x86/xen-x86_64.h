/* SPDX-License-Identifier: MIT */
/* 64-bit x86 guests: hypercall convention, selectors, address space and register layout. */
#include "xen.h"

#ifndef __XEN_PUBLIC_ARCH_X86_XEN_X86_64_H__
#define __XEN_PUBLIC_ARCH_X86_XEN_X86_64_H__

/*
 * Hypercall: `call hypercall_page + 32 * number`, arguments in rdi, rsi, rdx, r10, r8, result in rax. A
 * call may clobber the registers of as many arguments as it takes, and (SYSCALL) rcx and r11.
 */

/* Flat ring-3 segments present in every GDT, in the part that belongs to the hypervisor. */
#define FLAT_RING3_CS32 0xe023
#define FLAT_RING3_CS64 0xe033
#define FLAT_RING3_DS32 0xe02b
#define FLAT_RING3_DS64 0x0000
#define FLAT_RING3_SS32 0xe02b
#define FLAT_RING3_SS64 0xe02b

#define FLAT_KERNEL_DS64 FLAT_RING3_DS64
#define FLAT_KERNEL_DS32 FLAT_RING3_DS32
#define FLAT_KERNEL_DS   FLAT_KERNEL_DS64
#define FLAT_KERNEL_CS64 FLAT_RING3_CS64
#define FLAT_KERNEL_CS32 FLAT_RING3_CS32
#define FLAT_KERNEL_CS   FLAT_KERNEL_CS64
#define FLAT_KERNEL_SS64 FLAT_RING3_SS64
#define FLAT_KERNEL_SS32 FLAT_RING3_SS32
#define FLAT_KERNEL_SS   FLAT_KERNEL_SS64

#define FLAT_USER_DS64 FLAT_RING3_DS64
#define FLAT_USER_DS32 FLAT_RING3_DS32
#define FLAT_USER_DS   FLAT_USER_DS64
#define FLAT_USER_CS64 FLAT_RING3_CS64
#define FLAT_USER_CS32 FLAT_RING3_CS32
#define FLAT_USER_CS   FLAT_USER_CS64
#define FLAT_USER_SS64 FLAT_RING3_SS64
#define FLAT_USER_SS32 FLAT_RING3_SS32
#define FLAT_USER_SS   FLAT_USER_SS64

/*
 * Page-table root slots 256 to 271 are the hypervisor's; the machine-to-physical table lies at their start.
 */
#define __HYPERVISOR_VIRT_START 0xFFFF800000000000
#define __HYPERVISOR_VIRT_END   0xFFFF880000000000
#define __MACH2PHYS_VIRT_START  0xFFFF800000000000
#define __MACH2PHYS_VIRT_END    0xFFFF804000000000

#ifndef HYPERVISOR_VIRT_START
#define HYPERVISOR_VIRT_START xen_mk_ulong(__HYPERVISOR_VIRT_START)
#define HYPERVISOR_VIRT_END   xen_mk_ulong(__HYPERVISOR_VIRT_END)
#endif

#define MACH2PHYS_VIRT_START  xen_mk_ulong(__MACH2PHYS_VIRT_START)
#define MACH2PHYS_VIRT_END    xen_mk_ulong(__MACH2PHYS_VIRT_END)
#define MACH2PHYS_NR_ENTRIES  ((MACH2PHYS_VIRT_END - MACH2PHYS_VIRT_START) >> 3)
#ifndef machine_to_phys_mapping
#define machine_to_phys_mapping ((unsigned long *)HYPERVISOR_VIRT_START)
#endif

/* set_segment_base(which, base): any guest. base must be canonical. 0, -EINVAL. */
#define SEGBASE_FS          0
#define SEGBASE_GS_USER     1
#define SEGBASE_GS_KERNEL   2
#define SEGBASE_GS_USER_SEL 3   /* base is a selector to load into the user %gs */

/*
 * iret: any guest, takes an iret_context on the kernel stack and does not return if that is sound. CS.RPL 0
 * to 2 selects kernel mode, 3 user mode. With VGCF_in_syscall in flags only rax, rip, rflags and rsp are
 * restored (SYSRET).
 */
#define _VGCF_in_syscall 8
#define VGCF_in_syscall  (1 << _VGCF_in_syscall)
#define VGCF_IN_SYSCALL  VGCF_in_syscall

#ifndef __ASSEMBLY__

struct iret_context {           /* rsp at the call points at rax */
    uint64_t rax, r11, rcx, flags, rip, cs, rflags, rsp, ss;
};

/*
 * Names a register goes by: all widths for the hypervisor and tools, rax and eax (both 64 bits) and _eax
 * for GNU C, else only the 64-bit name.
 */
#if defined(__XEN__) || defined(__XEN_TOOLS__)
#define __XEN_REG_LETTER(n) \
    union { uint64_t r##n##x; uint32_t e##n##x; uint16_t n##x; struct { uint8_t n##l, n##h; }; }
#define __XEN_REG_INDEX(n)   union { uint64_t r##n; uint32_t e##n; uint16_t n; uint8_t n##l; }
#define __XEN_REG_CONTROL(n) union { uint64_t r##n; uint32_t e##n; uint16_t n; }
#define __XEN_REG_NUMBER(n)  union { uint64_t r##n; uint32_t r##n##d; uint16_t r##n##w; uint8_t r##n##b; }
#else
#if defined(__GNUC__) && !defined(__STRICT_ANSI__)
#define __XEN_REG_INDEX(n)   union { uint64_t r##n, e##n; uint32_t _e##n; }
#else
#define __XEN_REG_INDEX(n)   uint64_t r##n
#endif
#define __XEN_REG_LETTER(n)  __XEN_REG_INDEX(n##x)
#define __XEN_REG_CONTROL(n) __XEN_REG_INDEX(n)
#define __XEN_REG_NUMBER(n)  uint64_t r##n
#endif

typedef struct cpu_user_regs {
    __XEN_REG_NUMBER(15);
    __XEN_REG_NUMBER(14);
    __XEN_REG_NUMBER(13);
    __XEN_REG_NUMBER(12);
    __XEN_REG_INDEX(bp);
    __XEN_REG_LETTER(b);
    __XEN_REG_NUMBER(11);
    __XEN_REG_NUMBER(10);
    __XEN_REG_NUMBER(9);
    __XEN_REG_NUMBER(8);
    __XEN_REG_LETTER(a);
    __XEN_REG_LETTER(c);
    __XEN_REG_LETTER(d);
    __XEN_REG_INDEX(si);
    __XEN_REG_INDEX(di);
    uint32_t error_code;        /* these two are the hypervisor's own */
    uint32_t entry_vector;
    __XEN_REG_CONTROL(ip);
    uint16_t cs, _pad0[1];
    uint8_t saved_upcall_mask;  /* rflags.IF shows its inverse */
    uint8_t _pad1[3];
    __XEN_REG_CONTROL(flags);
    __XEN_REG_INDEX(sp);
    uint16_t ss, _pad2[3];
    uint16_t es, _pad3[3];
    uint16_t ds, _pad4[3];
    uint16_t fs, _pad5[3];
    uint16_t gs, _pad6[3];
} cpu_user_regs_t;
DEFINE_XEN_GUEST_HANDLE(cpu_user_regs_t);

#undef __XEN_REG_LETTER
#undef __XEN_REG_INDEX
#undef __XEN_REG_CONTROL
#undef __XEN_REG_NUMBER

#define xen_pfn_to_cr3(pfn) ((unsigned long)(pfn) << 12)
#define xen_cr3_to_pfn(cr3) ((unsigned long)(cr3) >> 12)

typedef struct arch_vcpu_info {
    unsigned long cr2;          /* OUT: address of the last page fault bounced to the guest */
    unsigned long pad;          /* struct vcpu_info is 64 bytes */
} arch_vcpu_info_t;

typedef unsigned long xen_callback_t;

#endif
#endif
