/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a processor leaks by executing ahead, and what is done about it. cpu/leaks.c knows processors and decides, from
 * numbers alone; cpu/speculation.c carries out; pv/guard.S is the part on the way in and out. Bits: Intel SDM vol. 4
 * (IA32_SPEC_CTRL, IA32_PRED_CMD, IA32_ARCH_CAPABILITIES) and vol. 2 CPUID leaf 7; AMD APM vol. 2, 3.2.9 and vol. 3 leaf
 * 0x80000008.
 */
#ifndef ASM_SPECULATION_H
#define ASM_SPECULATION_H

#define MSR_SPEC_CTRL 0x48
#define MSR_PRED_CMD  0x49

/* cpu_info.guards: at entries from the current vcpu and exits to it */
#define GUARD_IBRS 1            /* SPEC_CTRL is written at both */
#define GUARD_RSB  2            /* the predictions of returns are made ours at entries */
#define GUARD_VERW 4            /* buffers are emptied at exits */

#ifndef __ASSEMBLER__
#include <xen/types.h>

#define SPEC_CTRL_IBRS  1u
#define SPEC_CTRL_STIBP 2u
#define SPEC_CTRL_SSBD  4u
#define PRED_CMD_IBPB   1u

/* CPUID leaf 7, EDX */
#define EDX7_MD_CLEAR  (1u << 10)
#define EDX7_IBRS_IBPB (1u << 26)
#define EDX7_STIBP     (1u << 27)
#define EDX7_ARCH_CAPS (1u << 29)
#define EDX7_SSBD      (1u << 31)
/* CPUID leaf 0x80000008, EBX */
#define EBX8_IBPB      (1u << 12)
#define EBX8_IBRS      (1u << 14)
#define EBX8_STIBP     (1u << 15)
#define EBX8_SSBD      (1u << 24)
#define EBX8_SSB_NO    (1u << 26)

/* What the choice depends on. */
struct leak_facts {
    bool intel, amd, rtm;
    unsigned family, model;
    uint32_t edx7, ebx8;
    uint64_t arch_caps;         /* 0 where the register isn't there */
};

/* What is asked for; -1: as the processor needs it. */
struct speculation_options {
    int thunk, msr, ibrs, ibpb, ssbd, rsb, verw;
};
#define SPECULATION_DEFAULT (struct speculation_options){ -1, -1, -1, -1, -1, -1, -1 }
enum thunk { THUNK_RETPOLINE, THUNK_LFENCE, THUNK_JMP };

struct speculation_choice {
    enum thunk thunk;
    uint8_t guards;             /* GUARD_* */
    uint32_t own_control;       /* SPEC_CTRL while the hypervisor runs, */
    uint32_t guest_control;     /* and at least while guests do */
    bool barrier;               /* IBPB and our return predictions when a CPU gets another vcpu */
    uint32_t edx7, ebx8;        /* controls that guests may be shown: of the masks above */
};

enum leak { LEAK_MELTDOWN, LEAK_L1TF, LEAK_SPECTRE_V1, LEAK_SPECTRE_V2, LEAK_SSB, LEAK_MDS, LEAK_TAA, LEAK_MMIO, LEAK_RFDS,
            NR_LEAKS };

/* leaks.c, all pure. The leaks are a mask of 1 << LEAK_*. */
unsigned leaks_of(const struct leak_facts *f);
const char *leak_name(enum leak leak);
/* Does a code page whose size changes under the processor stop it by a machine check (iTLB multihit)? */
bool has_multihit(const struct leak_facts *f);
/* "spec-ctrl": 0, or -EINVAL and nothing changed. */
int speculation_parse(const char *s, struct speculation_options *options);
struct speculation_choice speculation_choose(const struct leak_facts *f, const struct speculation_options *options);

/* speculation.c */
struct vcpu;
extern struct speculation_choice speculation;
void find_weaknesses(void);                         /* meltdown and itlb_multihit of boot_cpu, the rest of which is there */
void speculation_init(bool isolates);               /* choose, print, patch the code; isolates: page tables (xpti.c) */
void speculation_init_cpu(void);                    /* this CPU's SPEC_CTRL */
void speculation_switch(const struct vcpu *next);   /* this CPU is about to run next, not idle; interrupts off */
/* The guest's own registers; mask: the bits of SPEC_CTRL that its CPUID policy announces. False: #GP */
bool guest_write_spec_ctrl(struct vcpu *v, uint64_t value, uint32_t mask);
bool guest_write_pred_cmd(uint64_t value);
#endif
#endif
