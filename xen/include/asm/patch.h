/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Code that is chosen at boot: a site is assembled for the processor that needs nothing, or, in the thunks of indirect
 * branches, for the one that needs most; the linker collects what replaces it, of the same length, and cpu/patch.c puts
 * that there before another processor runs and before any guest does. The replacement is instructions that don't depend on
 * where they stand, or one CALL or JMP.
 */
#ifndef ASM_PATCH_H
#define ASM_PATCH_H

/* What a replacement is for, a mask. */
#define PATCH_SMAP          1       /* the processor has it: STAC, CLAC */
#define PATCH_GUARD         2       /* entries and exits have more to do: pv/guard.S */
#define PATCH_THUNK_LFENCE  4       /* indirect branches: "lfence; jmp *reg" */
#define PATCH_THUNK_JMP     8       /* "jmp *reg" */

#ifdef __ASSEMBLER__
/* \insn instead of what is at \site, for what \when says. */
.macro PATCH site, when, insn:vararg
        .pushsection .init.rodata.patch, "a"
772:    \insn
773:    .popsection
        .pushsection .init.patches, "a"
        .balign 4
        .long   \site - ., 772b - .
        .short  773b - 772b, \when
        .popsection
.endm
#else
#include <xen/types.h>

struct patch {
    int32_t site, with;             /* each relative to itself */
    uint16_t length, when;
};

/* In C: three bytes of nothing that become one instruction. */
#define PATCH_INSN(when, insn)                                                          \
    "771: .byte 0x0f, 0x1f, 0x00\n"                                                                \
    ".pushsection .init.rodata.patch, \"a\"\n772: " insn "\n773: .popsection\n"        \
    ".pushsection .init.patches, \"a\"\n.balign 4\n.long 771b - ., 772b - .\n"          \
    ".short 773b - 772b, " STR(when) "\n.popsection\n"

/*
 * Write length bytes of a replacement that was assembled for the address from, to where they will run at the address
 * to. The destination of a leading CALL or JMP stays what it was.
 */
void patch_code(uint8_t *place, unsigned long to, const uint8_t *with, unsigned long from, unsigned length);

/* Put all replacements in that are for one of these purposes. The boot processor, alone. */
void patch_apply(unsigned purposes);
#endif
#endif
