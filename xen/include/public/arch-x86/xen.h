/* SPDX-License-Identifier: MIT */
/* The x86 part of the interface: guest handles, descriptor tables, a vcpu's state. */
#include "../xen.h"

#ifndef __XEN_PUBLIC_ARCH_X86_XEN_H__
#define __XEN_PUBLIC_ARCH_X86_XEN_H__

/*
 * XEN_GUEST_HANDLE(type): a guest pointer inside a structure (since 3.2.1 wrapped, so that nobody follows
 * it by mistake); XEN_GUEST_HANDLE_PARAM: one that is a hypercall argument, on x86 the same. Each defined
 * name also gets const_name.
 */
#if __XEN_INTERFACE_VERSION__ >= 0x00030201
#define ___DEFINE_XEN_GUEST_HANDLE(name, type) typedef struct { type *p; } __guest_handle_##name
#else
#define ___DEFINE_XEN_GUEST_HANDLE(name, type) typedef type *__guest_handle_##name
#endif
#define __DEFINE_XEN_GUEST_HANDLE(name, type) \
    ___DEFINE_XEN_GUEST_HANDLE(name, type); ___DEFINE_XEN_GUEST_HANDLE(const_##name, const type)
#define DEFINE_XEN_GUEST_HANDLE(name)       __DEFINE_XEN_GUEST_HANDLE(name, name)
#define __XEN_GUEST_HANDLE(name)            __guest_handle_##name
#define XEN_GUEST_HANDLE(name)              __XEN_GUEST_HANDLE(name)
#define XEN_GUEST_HANDLE_PARAM(name)        XEN_GUEST_HANDLE(name)
#define set_xen_guest_handle_raw(hnd, val)  do { (hnd).p = val; } while (0)
#define set_xen_guest_handle(hnd, val)      set_xen_guest_handle_raw(hnd, val)

#if defined(__i386__)
#include "xen-x86_32.h"
#elif defined(__x86_64__)
#include "xen-x86_64.h"
#endif

#define XEN_HAVE_PV_GUEST_ENTRY 1   /* struct start_info exists */
#define XEN_HAVE_PV_UPCALL_MASK 1   /* vcpu_info.evtchn_upcall_mask exists */

/*
 * set_gdt(frames[], entries): any guest. Frames of its own that hold only harmless descriptors become the
 * GDT's first pages. The pages from FIRST_RESERVED_GDT_PAGE on are the hypervisor's. 0, -EINVAL, -EFAULT.
 * update_descriptor(maddr, desc): any guest. Writes one 8-byte descriptor in a descriptor or writable page.
 * 0, -EINVAL.
 */
#define FIRST_RESERVED_GDT_PAGE  14
#define FIRST_RESERVED_GDT_BYTE  (FIRST_RESERVED_GDT_PAGE * 4096)
#define FIRST_RESERVED_GDT_ENTRY (FIRST_RESERVED_GDT_BYTE / 8)

/* vcpus that have their vcpu_info in the shared page; the others must register one. */
#define XEN_LEGACY_MAX_VCPUS 32

#ifndef __ASSEMBLY__

typedef unsigned long xen_pfn_t;    /* a frame number: of the machine for PV guests */
#define PRI_xen_pfn "lx"
#define PRIu_xen_pfn "lu"
typedef unsigned long xen_ulong_t;  /* a register */
#define PRI_xen_ulong "lx"

/*
 * set_trap_table(traps[]): any guest, for the calling vcpu. The list ends at the first entry with address
 * 0; a null pointer removes all handlers. flags: bits 0-1 the least privileged ring that may raise the
 * vector by INT n (0 nobody, 3 user mode too), bit 2 enter with events masked. 0, -EFAULT, -EINVAL.
 * stack_switch(ss, sp): any guest. The stack user mode enters the kernel on. 0.
 */
#define TI_GET_DPL(_ti)       ((_ti)->flags & 3)
#define TI_GET_IF(_ti)        ((_ti)->flags & 4)
#define TI_SET_DPL(_ti, _dpl) ((_ti)->flags |= (_dpl))
#define TI_SET_IF(_ti, _if)   ((_ti)->flags |= ((!!(_if)) << 2))
typedef struct trap_info {
    uint8_t vector;
    uint8_t flags;
    uint16_t cs;
    unsigned long address;
} trap_info_t;
DEFINE_XEN_GUEST_HANDLE(trap_info_t);

typedef uint64_t tsc_timestamp_t;

/*
 * All of a vcpu's state: IN of VCPUOP_initialise and XEN_DOMCTL_setvcpucontext, OUT of
 * XEN_DOMCTL_getvcpucontext.
 */
typedef struct vcpu_guest_context {
    struct { char x[512]; } fpu_ctxt;       /* FXSAVE image, 16-byte aligned by its place */
#define VGCF_I387_VALID                (1 << 0)
#define VGCF_IN_KERNEL                 (1 << 2)
#define _VGCF_i387_valid               0
#define VGCF_i387_valid                (1 << _VGCF_i387_valid)
#define _VGCF_in_kernel                2
#define VGCF_in_kernel                 (1 << _VGCF_in_kernel)
#define _VGCF_failsafe_disables_events 3
#define VGCF_failsafe_disables_events  (1 << _VGCF_failsafe_disables_events)
#define _VGCF_syscall_disables_events  4
#define VGCF_syscall_disables_events   (1 << _VGCF_syscall_disables_events)
#define _VGCF_online                   5
#define VGCF_online                    (1 << _VGCF_online)
    unsigned long flags;                    /* VGCF_* */
    struct cpu_user_regs user_regs;
    struct trap_info trap_ctxt[256];
    unsigned long ldt_base, ldt_ents;       /* virtual address, number of entries */
    unsigned long gdt_frames[16], gdt_ents; /* machine frames, number of entries */
    unsigned long kernel_ss, kernel_sp;
    unsigned long ctrlreg[8];               /* 64-bit guests: [1] is the user-mode page-table root */
    unsigned long debugreg[8];
#ifdef __i386__
    unsigned long event_callback_cs, event_callback_eip;
    unsigned long failsafe_callback_cs, failsafe_callback_eip;
#else
    unsigned long event_callback_eip;
    unsigned long failsafe_callback_eip;
#ifdef __XEN__
    union {
        unsigned long syscall_callback_eip;
        struct { unsigned int event_callback_cs, failsafe_callback_cs; };   /* of a 32-bit guest */
    };
#else
    unsigned long syscall_callback_eip;
#endif
#endif
    unsigned long vm_assist;                /* bitmap of VMASST_TYPE_* */
#ifdef __x86_64__
    uint64_t fs_base;
    uint64_t gs_base_kernel;
    uint64_t gs_base_user;
#endif
} vcpu_guest_context_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_guest_context_t);

/* Written by the guest, read by the tools that save it: where its pseudo-physical to machine map is. */
typedef struct arch_shared_info {
    unsigned long max_pfn;                  /* entries of the map */
    xen_pfn_t pfn_to_mfn_frame_list_list;   /* root of the tree; 0: not yet, ~0: only the linear map */
    unsigned long nmi_reason;               /* OUT: XEN_NMIREASON_*, dom0 only */
    unsigned long p2m_cr3;                  /* root (cr3 form) the next is valid in; 0: no linear map */
    unsigned long p2m_vaddr;                /* the map as one array */
    unsigned long p2m_generation;           /* odd while the guest changes its mappings */
#ifdef __i386__
    uint32_t wc_sec_hi;
#endif
} arch_shared_info_t;

#if defined(__XEN__) || defined(__XEN_TOOLS__)
/* Part of XEN_DOMCTL_createdomain: devices to emulate (none for PV, except the PIT), and oddities. */
struct xen_arch_domainconfig {
#define _XEN_X86_EMU_LAPIC    0
#define XEN_X86_EMU_LAPIC     (1U << _XEN_X86_EMU_LAPIC)
#define _XEN_X86_EMU_HPET     1
#define XEN_X86_EMU_HPET      (1U << _XEN_X86_EMU_HPET)
#define _XEN_X86_EMU_PM       2
#define XEN_X86_EMU_PM        (1U << _XEN_X86_EMU_PM)
#define _XEN_X86_EMU_RTC      3
#define XEN_X86_EMU_RTC       (1U << _XEN_X86_EMU_RTC)
#define _XEN_X86_EMU_IOAPIC   4
#define XEN_X86_EMU_IOAPIC    (1U << _XEN_X86_EMU_IOAPIC)
#define _XEN_X86_EMU_PIC      5
#define XEN_X86_EMU_PIC       (1U << _XEN_X86_EMU_PIC)
#define _XEN_X86_EMU_VGA      6
#define XEN_X86_EMU_VGA       (1U << _XEN_X86_EMU_VGA)
#define _XEN_X86_EMU_IOMMU    7
#define XEN_X86_EMU_IOMMU     (1U << _XEN_X86_EMU_IOMMU)
#define _XEN_X86_EMU_PIT      8
#define XEN_X86_EMU_PIT       (1U << _XEN_X86_EMU_PIT)
#define _XEN_X86_EMU_USE_PIRQ 9
#define XEN_X86_EMU_USE_PIRQ  (1U << _XEN_X86_EMU_USE_PIRQ)
#define _XEN_X86_EMU_VPCI     10
#define XEN_X86_EMU_VPCI      (1U << _XEN_X86_EMU_VPCI)
#define XEN_X86_EMU_ALL       0x7ffU    /* all of the above */
    uint32_t emulation_flags;
#define XEN_X86_MSR_RELAXED   (1u << 0) /* unknown MSRs read as 0 and ignore writes instead of faulting */
    uint32_t misc_flags;
};
#define XEN_X86_MISC_FLAGS_MAX XEN_X86_MSR_RELAXED
#endif

/* One CPUID leaf and one MSR of a CPU policy, as control calls carry them. */
typedef struct xen_cpuid_leaf {
#define XEN_CPUID_NO_SUBLEAF 0xffffffffu
    uint32_t leaf, subleaf;
    uint32_t a, b, c, d;
} xen_cpuid_leaf_t;
DEFINE_XEN_GUEST_HANDLE(xen_cpuid_leaf_t);

typedef struct xen_msr_entry {
    uint32_t idx;
    uint32_t flags;     /* must be 0 */
    uint64_t val;
} xen_msr_entry_t;
DEFINE_XEN_GUEST_HANDLE(xen_msr_entry_t);

#endif

/*
 * fpu_taskswitch(set): any guest. Sets or clears CR0.TS. 0. set_debugreg(n, value), get_debugreg(n): any
 * guest. The latter returns the register, or -EINVAL in disguise.
 */

/* ud2 and "xen": makes the next instruction (CPUID) one the hypervisor emulates. */
#ifdef __ASSEMBLY__
#define XEN_EMULATE_PREFIX .byte 0x0f,0x0b,0x78,0x65,0x6e ;
#define XEN_CPUID          XEN_EMULATE_PREFIX cpuid
#else
#define XEN_EMULATE_PREFIX ".byte 0x0f,0x0b,0x78,0x65,0x6e ; "
#define XEN_CPUID          XEN_EMULATE_PREFIX "cpuid"
#endif

/* Bytes written to this port appear on the hypervisor's console. */
#define XEN_HVM_DEBUGCONS_IOPORT 0xe9

#endif
