/* SPDX-License-Identifier: GPL-2.0-only */
/* Control registers, MSRs, CPUID, interrupts flag: thin wrappers. Intel SDM vol. 3 and 4, AMD APM vol. 2. */
#ifndef ASM_PROCESSOR_H
#define ASM_PROCESSOR_H

#include <xen/types.h>

#define X86_EFLAGS_CF   0x1
#define X86_EFLAGS_TF   0x100
#define X86_EFLAGS_IF   0x200
#define X86_EFLAGS_DF   0x400
#define X86_EFLAGS_IOPL 0x3000
#define X86_EFLAGS_NT   0x4000
#define X86_EFLAGS_RF   0x10000
#define X86_EFLAGS_VM   0x20000
#define X86_EFLAGS_AC   0x40000

#define X86_CR0_PE 0x1UL
#define X86_CR0_MP 0x2UL
#define X86_CR0_EM 0x4UL
#define X86_CR0_TS 0x8UL
#define X86_CR0_ET 0x10UL
#define X86_CR0_NE 0x20UL
#define X86_CR0_WP 0x10000UL
#define X86_CR0_AM 0x40000UL
#define X86_CR0_NW 0x20000000UL
#define X86_CR0_CD 0x40000000UL
#define X86_CR0_PG 0x80000000UL
#define X86_CR4_VME 0x1UL
#define X86_CR4_PVI 0x2UL
#define X86_CR4_TSD 0x4UL
#define X86_CR4_DE  0x8UL
#define X86_CR4_PSE 0x10UL
#define X86_CR4_PAE 0x20UL
#define X86_CR4_MCE 0x40UL
#define X86_CR4_PGE 0x80UL
#define X86_CR4_PCE 0x100UL
#define X86_CR4_OSFXSR 0x200UL
#define X86_CR4_OSXMMEXCPT 0x400UL
#define X86_CR4_UMIP 0x800UL
#define X86_CR4_FSGSBASE 0x10000UL
#define X86_CR4_OSXSAVE 0x40000UL
#define X86_CR4_SMEP 0x100000UL
#define X86_CR4_SMAP 0x200000UL

#define MSR_APIC_BASE 0x1b
#define MSR_SYSENTER_CS 0x174
#define MSR_SYSENTER_ESP 0x175
#define MSR_SYSENTER_EIP 0x176
#define MSR_PAT 0x277
#define MSR_EFER 0xc0000080u
#define MSR_STAR 0xc0000081u
#define MSR_LSTAR 0xc0000082u
#define MSR_CSTAR 0xc0000083u
#define MSR_SYSCALL_MASK 0xc0000084u
#define MSR_FS_BASE 0xc0000100u
#define MSR_GS_BASE 0xc0000101u
#define MSR_SHADOW_GS_BASE 0xc0000102u
#define MSR_TSC_AUX 0xc0000103u
#define EFER_SCE 0x1
#define EFER_LME 0x100
#define EFER_LMA 0x400
#define EFER_NX 0x800
#define EFER_SVME 0x1000

/* Exceptions */
enum { TRAP_divide_error, TRAP_debug, TRAP_nmi, TRAP_int3, TRAP_overflow, TRAP_bounds, TRAP_invalid_op,
       TRAP_no_device, TRAP_double_fault, TRAP_copro_seg, TRAP_invalid_tss, TRAP_no_segment, TRAP_stack_error,
       TRAP_gp_fault, TRAP_page_fault, TRAP_spurious_int, TRAP_copro_error, TRAP_alignment_check,
       TRAP_machine_check, TRAP_simd_error, TRAP_virtualisation, TRAP_control_protection };
#define PFEC_present 1
#define PFEC_write   2
#define PFEC_user    4
#define PFEC_reserved 8
#define PFEC_insn    16

#define READER(name, insn) \
    static always_inline unsigned long name(void) \
    { unsigned long v; __asm__ volatile (insn : "=r" (v)); return v; }
#define WRITER(name, insn) \
    static always_inline void name(unsigned long v) { __asm__ volatile (insn :: "r" (v) : "memory"); }
READER(read_cr0, "mov %%cr0, %0") WRITER(write_cr0, "mov %0, %%cr0")
READER(read_cr2, "mov %%cr2, %0") WRITER(write_cr2, "mov %0, %%cr2")
READER(read_cr3, "mov %%cr3, %0") WRITER(write_cr3, "mov %0, %%cr3")
READER(read_cr4_hw, "mov %%cr4, %0") WRITER(write_cr4_hw, "mov %0, %%cr4")
#undef READER
#undef WRITER
static always_inline void clts(void) { __asm__ volatile ("clts"); }
static always_inline void stts(void) { write_cr0(read_cr0() | X86_CR0_TS); }
static always_inline void invlpg(const void *va)
{
    __asm__ volatile ("invlpg %0" :: "m" (*(const char *)va) : "memory");
}
static always_inline void wbinvd(void) { __asm__ volatile ("wbinvd" ::: "memory"); }
static always_inline uint64_t rdtsc(void)
{
    uint32_t lo, hi;
    __asm__ volatile ("rdtsc" : "=a" (lo), "=d" (hi));
    return lo | ((uint64_t)hi << 32);
}
static always_inline uint64_t rdmsr(unsigned msr)
{
    uint32_t lo, hi;
    __asm__ volatile ("rdmsr" : "=a" (lo), "=d" (hi) : "c" (msr));
    return lo | ((uint64_t)hi << 32);
}
static always_inline void wrmsr(unsigned msr, uint64_t v)
{
    __asm__ volatile ("wrmsr" :: "c" (msr), "a" ((uint32_t)v), "d" ((uint32_t)(v >> 32)) : "memory");
}
/* False if the access faults. Need the exception table. */
struct cpu_user_regs;
bool rdmsr_safe(unsigned msr, uint64_t *v);
bool wrmsr_safe(unsigned msr, uint64_t v);
static always_inline void cpuid(unsigned leaf, unsigned sub, uint32_t *a, uint32_t *b, uint32_t *c,
                                uint32_t *d)
{
    __asm__ volatile ("cpuid" : "=a" (*a), "=b" (*b), "=c" (*c), "=d" (*d) : "0" (leaf), "2" (sub));
}

static always_inline void local_irq_disable(void) { __asm__ volatile ("cli" ::: "memory"); }
static always_inline void local_irq_enable(void) { __asm__ volatile ("sti" ::: "memory"); }
static always_inline unsigned long local_irq_save_(void)
{
    unsigned long f;
    __asm__ volatile ("pushfq; popq %0; cli" : "=r" (f) :: "memory");
    return f;
}
#define local_irq_save(f) ((f) = local_irq_save_())
static always_inline void local_irq_restore(unsigned long f)
{
    if (f & X86_EFLAGS_IF)
        local_irq_enable();
}
static always_inline bool local_irq_is_enabled(void)
{
    unsigned long f;
    __asm__ volatile ("pushfq; popq %0" : "=r" (f));
    return f & X86_EFLAGS_IF;
}
static always_inline void safe_halt(void) { __asm__ volatile ("sti; hlt" ::: "memory"); }

/* Features of the machine, one bit each: found at boot by arch/x86/cpu/features.c */
struct cpu_features {
    bool fsgsbase, smep, smap, xsave, xsaveopt, xsavec, xsaves, pcid, invpcid, nx, page1gb, rdtscp,
         constant_tsc, nonstop_tsc, tsc_deadline, x2apic, arat, erms, fxsr_opt, umip, syscall32, sysenter,
         mwait, svm, vmx, amd, intel, meltdown, itlb_multihit, keeps_x87_addresses;
    unsigned family, model, stepping, phys_bits, virt_bits, max_leaf, max_ext_leaf;
    uint64_t xcr0_mask;              /* states we let guests use */
    unsigned xsave_size;             /* bytes for all of them */
    unsigned cpu_khz;
};
extern struct cpu_features boot_cpu;
void cpu_features_init(void);        /* boot CPU; prints */
void cpu_init(void);                 /* this CPU: CR0/CR4/EFER, GDT, TSS, IDT, SYSCALL MSRs, PAT */
/* CR4 as the hypervisor wants it for all guests. */
extern unsigned long mmu_cr4_features;

/* Exception table: a fault at insn goes on at fixup. Assembly: _ASM_EXTABLE(insn, fixup). Sorted at boot. */
#define ASM_EXTABLE(insn, fixup) \
    ".pushsection .ex_table, \"a\"; .balign 4; .long " #insn " - ., " #fixup " - .; .popsection\n"
unsigned long search_exception_table(unsigned long rip);     /* 0: none */
bool fixup_exception(struct cpu_user_regs *regs);

#endif
