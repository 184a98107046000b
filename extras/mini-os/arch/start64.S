/* SPDX-License-Identifier: MIT */
/*
 * The ways into a 64-bit kernel, and the switch between threads.
 *
 * Before it enters a handler the hypervisor pushes, on the stack that the kernel was using, lowest address
 * first:
 *
 *     rcx  r11  [error code]  rip  cs  rflags  rsp  ss
 *
 * rcx and r11 are there because SYSRET, by which the handler may be entered, needs them for itself. A handler
 * returns by the hypercall iret, which takes
 *
 *     flags  rip  cs  rflags  rsp  ss
 *
 * and lets events in again if IF is set in rflags.
 */
#include <public/xen.h>

#include "arch.h"
#include "thread.h"
#include "trap.h"

    .section .note.GNU-stack, "", @progbits
    .text

/*
 * In: rsi the address of the start info page; events are masked, no handler is registered. Out: doesn't
 * return.
 */
    .globl  _start
_start:
    cld
    lea     boot_stack + STACK_SIZE(%rip), %rsp
    mov     %rsi, %rdi
    xor     %ebp, %ebp                      /* the end of the chain of frames, for debuggers */
    call    start
    ud2

/* The hypervisor writes a stub of 32 bytes for each hypercall into this page before the kernel runs. */
    .balign 4096
    .globl  hypercall_page
hypercall_page:
    .fill   4096, 1, 0x90

/*
 * In: on the stack a vector, an error code (or 0), and what the hypervisor pushed from rip on; rcx and r11
 * are back in their registers. Out: to what was interrupted, as the frame says after the handler has seen it.
 */
enter:
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
    mov     %rsp, %rdi                      /* struct frame * */
    mov     %rsp, %rbx
    and     $-16, %rsp
    call    trap
    mov     %rbx, %rsp
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
    add     $8, %rsp                        /* drop the vector; the error code's place becomes flags: none */
    movq    $0, (%rsp)
    jmp     hypercall_page + __HYPERVISOR_iret * 32

/*
 * A stub for each of the processor's exceptions, STUB_SIZE bytes apart. These push an error code by
 * themselves:
 */
#define HAS_ERROR_CODE(vector) vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21

    .balign STUB_SIZE
    .globl  exception_stubs
exception_stubs:
    .set    vector, 0
    .rept   EXCEPTIONS
    .balign STUB_SIZE
    pop     %rcx
    pop     %r11
    .if     !(HAS_ERROR_CODE(vector))
    push    $0
    .endif
    push    $vector
    jmp     enter
    .set    vector, vector + 1
    .endr

/* Events are pending. */
    .globl  event_callback
event_callback:
    pop     %rcx
    pop     %r11
    push    $0
    push    $VECTOR_EVENT
    jmp     enter

/* A segment register of what was to be resumed could not be loaded; ds, es, fs and gs follow rcx and r11. */
    .globl  failsafe_callback
failsafe_callback:
    pop     %rcx
    pop     %r11
    add     $4 * 8, %rsp
    push    $0
    push    $VECTOR_FAILSAFE
    jmp     enter

/*
 * void switch_stack(unsigned long *save, unsigned long load) Leave one thread, its stack pointer stored at
 * *save, and go on in the one whose stack pointer was stored as load.
 */
    .globl  switch_stack
switch_stack:
    push    %rbx
    push    %rbp
    push    %r12
    push    %r13
    push    %r14
    push    %r15
    mov     %rsp, (%rdi)
    mov     %rsi, %rsp
    pop     %r15
    pop     %r14
    pop     %r13
    pop     %r12
    pop     %rbp
    pop     %rbx
    ret
