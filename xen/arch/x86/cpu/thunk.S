/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where indirect branches go: the compiler (-mindirect-branch=thunk-extern) and entry.S call or jump to the thunk of the
 * register that holds the destination. As assembled it is a retpoline: the processor predicts the RET from the CALL
 * before it, which leads to a loop that does nothing, never from what a guest has taught its predictors. The boot may
 * put something shorter at its beginning: cpu/speculation.c.
 */
#include <asm/asm-macros.h>

        .text

.macro thunk reg
FUNC(__x86_indirect_thunk_\reg)
.Lthunk_\reg:
        call    2f
1:      pause
        lfence
        jmp     1b
2:      mov     %\reg, (%rsp)
        ret
        int3
        PATCH   .Lthunk_\reg, PATCH_THUNK_JMP, jmp *%\reg
        PATCH   .Lthunk_\reg, PATCH_THUNK_LFENCE, thunk_lfence \reg
ENDFUNC(__x86_indirect_thunk_\reg)
.endm

.macro thunk_lfence reg
        lfence
        jmp     *%\reg
.endm

        .irp    reg, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
        thunk   \reg
        .endr

/*
 * void stuff_return_predictor(void): the processor's predictions of returns, of which it keeps at most 32, are ours. Clobbers
 * RCX, flags; needs 256 bytes of stack.
 */
FUNC(stuff_return_predictor)
        mov     $16, %ecx
1:      call    3f
2:      pause
        lfence
        jmp     2b
3:      call    5f
4:      pause
        lfence
        jmp     4b
5:      dec     %ecx
        jnz     1b
        lfence
        add     $32 * 8, %rsp
        ret
ENDFUNC(stuff_return_predictor)
