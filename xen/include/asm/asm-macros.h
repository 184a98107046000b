/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What assembly files share: functions, the exception table, saving and restoring a frame's general
 * registers.
 */
#ifndef ASM_ASM_MACROS_H
#define ASM_ASM_MACROS_H

#include <asm/offsets.h>
#include <asm/patch.h>

#define FUNC(name)    .globl name; .hidden name; .type name, @function; .balign 16; name:
#define ENDFUNC(name) .size name, . - name

/* A fault at insn goes on at fixup. */
.macro EXTABLE insn, fixup
        .pushsection .ex_table, "a"
        .balign 4
        .long   \insn - ., \fixup - .
        .popsection
.endm

/* struct cpu_user_regs from rdi down to r15. */
.macro SAVE_REGS
        push    %rdi
        push    %rsi
        push    %rdx
        push    %rcx
        push    %rax
        push    %r8
        push    %r9
        push    %r10
        push    %r11
        push    %rbx
        push    %rbp
        push    %r12
        push    %r13
        push    %r14
        push    %r15
.endm

/* The reverse; RSP is at error_code afterwards. */
.macro RESTORE_REGS
        pop     %r15
        pop     %r14
        pop     %r13
        pop     %r12
        pop     %rbp
        pop     %rbx
        pop     %r11
        pop     %r10
        pop     %r9
        pop     %r8
        pop     %rax
        pop     %rcx
        pop     %rdx
        pop     %rsi
        pop     %rdi
.endm

/*
 * What C takes for granted and the interrupted code may have changed: direction up, no access to user pages.
 */
.macro ENTER_C
        cld
774:    .byte   0x0f, 0x1f, 0x00
        PATCH   774b, PATCH_SMAP, clac
.endm

#endif
