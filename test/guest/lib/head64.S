/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entry points of a 64-bit test kernel: start of day, exceptions, the event upcall, recovery from a fault.
 *
 * The frame that the hypervisor builds on the stack before it enters a handler, lowest address first:
 *
 *     rcx  r11  [error code]  rip  cs  rflags  rsp  ss
 *
 * The stubs turn it into struct frame (lib/test.h).
 */
#include "stack.h"

    .section .note.GNU-stack, "", @progbits
    .text

/* In: %rsi the start info page's address, upcalls masked. Out: doesn't return. */
    .globl _start
_start:
    mov     %rsp, initial_rsp(%rip)
    lea     stacks + STACK_SIZE(%rip), %rsp
    cld
    mov     %rsi, %rdi
    xor     %ebp, %ebp
    call    start
    ud2

/* In: as the C function start_cpu expects it, for a second virtual CPU; the stack is set by its context. */
    .globl _start_cpu
_start_cpu:
    cld
    xor     %ebp, %ebp
    call    start_cpu
    ud2

    .balign 4096
    .globl hypercall_page
hypercall_page:
    .fill   4096, 1, 0x90

/*
 * Common part of exceptions and upcalls.
 * In: the stack as in the head comment, rcx and r11 popped, the error code pushed (0 where the hypervisor
 * pushes none), the vector pushed last. Out: to where the frame says, whatever the handler made of it.
 */
entry:
    push    %rax
    push    %rcx
    push    %rdx
    push    %rsi
    push    %rdi
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
    cld
    mov     %rsp, %rdi
    mov     %rsp, %rbp
    and     $-16, %rsp
    call    handle_frame
    mov     %rbp, %rsp
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
    pop     %rdi
    pop     %rsi
    pop     %rdx
    pop     %rcx
    pop     %rax
    add     $8, %rsp                /* the vector; the error code's slot becomes the iret flags */
    movq    $0, (%rsp)
    jmp     hypercall_page + 23 * 32

/* One stub a vector, 32 bytes apart. rcx and r11 keep their values through the pops. */
    .balign 32
    .globl  exception_stubs
exception_stubs:
    .set    vector, 0
    .rept   256
    .balign 32
    pop     %rcx
    pop     %r11
    .if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21)
    pushq   $0
    .endif
    pushq   $vector
    jmp     entry
    .set    vector, vector + 1
    .endr

    .globl  event_upcall
event_upcall:
    pop     %rcx
    pop     %r11
    pushq   $0
    pushq   $256
    jmp     entry

/* Entered when the hypervisor could not load what an iret asked for: ds, es, fs, gs come first. */
    .globl  failsafe
failsafe:
    pop     %rcx
    pop     %r11
    add     $32, %rsp
    pushq   $0
    pushq   $257
    jmp     entry

/* Entered by a SYSCALL of guest user mode; frame as for an exception without an error code. */
    .globl  syscall_entry
syscall_entry:
    pop     %rcx
    pop     %r11
    pushq   $0
    pushq   $258
    jmp     entry

/*
 * bool call_recoverable(struct recovery *r, void (*body)(void *), void *argument)
 * In: rdi where to keep the callee-saved registers, rsi, rdx. Out: eax 0 when body returned, 1 when a fault
 * ended it (see recover). Clobbers what a C call may.
 */
    .globl  call_recoverable
call_recoverable:
    mov     %rbx, 0(%rdi)
    mov     %rbp, 8(%rdi)
    mov     %r12, 16(%rdi)
    mov     %r13, 24(%rdi)
    mov     %r14, 32(%rdi)
    mov     %r15, 40(%rdi)
    mov     %rsp, 48(%rdi)
    sub     $8, %rsp
    mov     %rdx, %rdi
    call    *%rsi
    add     $8, %rsp
    xor     %eax, %eax
    ret

/* In: rdi as call_recoverable got it. Out: returns 1 from that call. A fault's handler irets to here. */
    .globl  recover
recover:
    mov     0(%rdi), %rbx
    mov     8(%rdi), %rbp
    mov     16(%rdi), %r12
    mov     24(%rdi), %r13
    mov     32(%rdi), %r14
    mov     40(%rdi), %r15
    mov     48(%rdi), %rsp
    mov     $1, %eax
    ret
