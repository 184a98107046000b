/* SPDX-License-Identifier: GPL-2.0-only */
/* Copies that a page fault may end: the exception table leads to the count of what is left. */

#define EXTABLE(insn, fixup) .pushsection .ex_table, "a"; .balign 4; .long insn - ., fixup - .; .popsection

/*
 * size_t copy_until_fault(void *dst (rdi), const void *src (rsi), size_t n (rdx)): bytes not copied.
 * Clobbers rcx, rdx, rsi, rdi. Direction flag clear on entry, as everywhere.
 */
        .text
        .globl copy_until_fault
        .hidden copy_until_fault
        .type copy_until_fault, @function
copy_until_fault:
        mov     %rdx, %rcx
        shr     $3, %rcx
        and     $7, %edx
1:      rep movsq
        mov     %edx, %ecx
2:      rep movsb
        mov     %rcx, %rax
        ret
3:      lea     (%rdx, %rcx, 8), %rcx   /* what is left: byte by byte up to the fault */
4:      rep movsb
5:      mov     %rcx, %rax
        ret
        .size copy_until_fault, . - copy_until_fault
        EXTABLE(1b, 3b)
        EXTABLE(2b, 5b)
        EXTABLE(4b, 5b)

/* size_t clear_until_fault(void *dst (rdi), size_t n (rsi)): bytes not cleared. Clobbers rcx, rsi, rdi. */
        .globl clear_until_fault
        .hidden clear_until_fault
        .type clear_until_fault, @function
clear_until_fault:
        mov     %rsi, %rcx
        shr     $3, %rcx
        and     $7, %esi
        xor     %eax, %eax
1:      rep stosq
        mov     %esi, %ecx
2:      rep stosb
        mov     %rcx, %rax
        ret
3:      lea     (%rsi, %rcx, 8), %rcx
4:      rep stosb
5:      mov     %rcx, %rax
        ret
        .size clear_until_fault, . - clear_until_fault
        EXTABLE(1b, 3b)
        EXTABLE(2b, 5b)
        EXTABLE(4b, 5b)
