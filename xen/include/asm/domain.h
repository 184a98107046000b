/* SPDX-License-Identifier: GPL-2.0-only */
/* What an x86 PV domain and vcpu have beyond the common ones. */
#ifndef ASM_DOMAIN_H
#define ASM_DOMAIN_H

#include <xen/cpumask.h>
#include <xen/frame.h>
#include <xen/spinlock.h>
#include <asm/page.h>
#include <asm/regs.h>
#include <asm/shadow.h>
#include <public/xen.h>
#include <public/arch-x86/cpuid.h>

struct rangeset; struct page_info; struct vcpu;

#define NR_CPUID_LEAVES 128

/* Where a guest's kernel is entered. cs: in ring 1, 32-bit guests only; mask: with events masked. */
struct guest_callback {
    unsigned long address;
    uint16_t cs;
    bool mask;
};

struct arch_domain {
    pte_t *perdomain_l3;                /* slot 260 */
    struct rangeset *ioport_caps;       /* x86 ports */
    uint32_t pci_cf8;                   /* configuration address register as the domain wrote it */
    bool is_32bit_pv;
    bool l1tf_guard;                    /* page-table entries that are not present must not name memory: mm/l1tf.c */
    bool vtsc;                          /* TSC emulated */
    uint32_t tsc_mode, tsc_khz, tsc_incarnation;
    uint64_t vtsc_offset, vtsc_mult;    /* system time at its 0; ticks in a ns, 32.32 fixed point */
    cpumask_t dirty_cpumask;            /* CPUs that may hold TLB entries of it */
    struct xen_cpuid_leaf *cpuid;       /* [NR_CPUID_LEAVES], sorted: what its guests see */
    unsigned nr_cpuid;
    unsigned long *pirq_eoi_map;        /* guest frame: bit per pirq that needs an EOI; event_lock */
    bool pirq_auto_unmask;              /* EOI unmasks the port too (pirq_eoi_gmfn_v1) */
    struct e820_entry *e820;            /* memory map its toolstack made */
    unsigned nr_e820;
    spinlock_t e820_lock;
    struct shadow_mode shadow;
};

struct arch_vcpu {
    uint8_t debug_event;                /* vector that stopped the domain for its debugger, 0: none */
    uint8_t debugger_pauses;            /* of this vcpu alone; domain_lock */
    struct cpu_user_regs user_regs;     /* while not running */
    void *xsave_area;                   /* FXSAVE/XSAVE image */
    /* Page tables */
    mfn_t guest_table, guest_table_user;  /* top level; 0: none */
    unsigned long cr3;                  /* to load now */
    pte_t *pae_l4;                      /* of 32-bit guests, ours: slot 0 is guest_table, a level 3 table */
    pte_t *shadow_root[2];              /* kernel, user: what the processor gets of a domain that runs on shadows */
    bool kernel_mode;                   /* 64-bit: in guest kernel, not user. 32-bit: never, see in_guest_kernel() */
    bool runstate_late, time_late;      /* to be written when the guest enters its kernel: pv/switch.c */
    struct page_info *validating, *dropping;    /* page tables it was interrupted in: arch/x86/mm/frame.c */
    pte_t *perdomain_ptes;              /* [PERDOMAIN_PTES]: they map its GDT and LDT */
    /* Trap table, callbacks */
    struct trap_info trap_ctxt[256];
    struct guest_callback event_callback, failsafe_callback, syscall_callback, syscall32_callback, sysenter_callback;
    unsigned long kernel_sp, kernel_ss;
    bool in_nmi, nmi_again;             /* the guest's handler runs; another NMI waits for its iret */
    /* Descriptor tables */
    unsigned long gdt_frames[14];
    unsigned gdt_ents;
    unsigned long ldt_base;
    unsigned ldt_ents;
    unsigned shadow_ldt_mapped;         /* pages faulted in */
    unsigned long ldt_fault;            /* in the LDT's area, where IRET failed; or 0 */
    uint16_t iret_vector, iret_error;   /* the exception that IRET to the guest raised; or 0 */
    spinlock_t shadow_ldt_lock;
    /* Segment bases (saved while not running; selectors are in user_regs) */
    unsigned long fs_base, gs_base_kernel, gs_base_user;
    /* Control and debug registers as the guest sees them */
    unsigned long ctrlreg[5];
    unsigned long debugreg[8];
    /* I/O privilege */
    unsigned iopl;
    uint8_t *iobmp;                     /* guest virtual address (physdev SET_IOBITMAP) */
    unsigned iobmp_limit;
    uint64_t xcr0;
    uint64_t msr_tsc_aux, msr_misc_features;
    /* cpu/speculation.c: SPEC_CTRL as the guest set it; and who it is, of all vcpus that ever were */
    uint32_t spec_ctrl;
    uint64_t predictor_id;
};

#endif
