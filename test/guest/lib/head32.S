/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entry points of a 32-bit test kernel: start of day, exceptions, the event upcall, recovery from a fault.
 *
 * The frame that the hypervisor builds on the stack before it enters a handler, lowest address first:
 *
 *     [error code]  eip  cs  eflags  [esp  ss]
 *                                    from outside of ring 1
 *
 * The stubs and lib/width32.c turn it into struct frame (lib/test.h), and back for the hypercall iret.
 */
#include "stack.h"

    .section .note.GNU-stack, "", @progbits
    .text

/* In: %esi the start info page's address, upcalls masked. Out: doesn't return. */
    .globl _start
_start:
    mov     %esp, initial_rsp
    mov     $stacks + STACK_SIZE, %esp
    cld
    xor     %ebp, %ebp
    push    %esi
    call    start
    ud2

/* In: esi the argument, edi the body for the C function start_cpu, on a second virtual CPU. */
    .globl _start_cpu
_start_cpu:
    cld
    xor     %ebp, %ebp
    push    %esi
    push    %edi
    call    start_cpu
    ud2

    .balign 4096
    .globl hypercall_page
hypercall_page:
    .fill   4096, 1, 0x90

/*
 * Common part of exceptions and upcalls.
 * In: the frame, the error code pushed (0 where the hypervisor pushes none), the vector pushed last. Out: to where
 * the frame says, whatever the handler made of it.
 */
entry:
    push    %eax
    push    %ecx
    push    %edx
    push    %ebx
    push    %ebp
    push    %esi
    push    %edi
    push    %ds
    push    %es
    push    %ss
    push    %ss
    pop     %ds
    pop     %es
    cld
    mov     %esp, %eax
    push    %eax
    call    handle_frame_32         /* where the frame to return to is now */
    mov     %eax, %esp
    pop     %es
    pop     %ds
    pop     %edi
    pop     %esi
    pop     %ebp
    pop     %ebx
    pop     %edx
    pop     %ecx
    pop     %eax
    jmp     hypercall_page + 23 * 32

/* One stub a vector, 32 bytes apart. */
    .balign 32
    .globl  exception_stubs
exception_stubs:
    .set    vector, 0
    .rept   256
    .balign 32
    .if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21)
    push    $0
    .endif
    push    $vector
    jmp     entry
    .set    vector, vector + 1
    .endr

    .globl  event_upcall
event_upcall:
    push    $0
    push    $256
    jmp     entry

/* Entered when the hypervisor could not load what an iret asked for: ds, es, fs, gs come first. */
    .globl  failsafe
failsafe:
    add     $16, %esp
    push    $0
    push    $257
    jmp     entry

/* Entered by a SYSCALL or SYSENTER of guest user mode; frame as for an exception without an error code. */
    .globl  syscall_entry
syscall_entry:
    push    $0
    push    $258
    jmp     entry

/*
 * bool call_recoverable(struct recovery *r, void (*body)(void *), void *argument)
 * In: where to keep the callee-saved registers, whom to call. Out: eax 0 when body returned, 1 when a fault
 * ended it (see recover). Clobbers what a C call may.
 */
    .globl  call_recoverable
call_recoverable:
    mov     4(%esp), %eax
    mov     8(%esp), %ecx
    mov     12(%esp), %edx
    mov     %ebx, 0(%eax)
    mov     %ebp, 4(%eax)
    mov     %esi, 8(%eax)
    mov     %edi, 12(%eax)
    mov     %esp, 24(%eax)
    push    %edx
    call    *%ecx
    add     $4, %esp
    xor     %eax, %eax
    ret

/*
 * In: eax what call_recoverable got first. Out: returns 1 from that call. A fault's handler irets to here. The way to user
 * mode, or the fault, may have emptied ds and es.
 */
    .globl  recover
recover:
    mov     %ss, %ecx
    mov     %ecx, %ds
    mov     %ecx, %es
    mov     0(%eax), %ebx
    mov     4(%eax), %ebp
    mov     8(%eax), %esi
    mov     12(%eax), %edi
    mov     24(%eax), %esp
    mov     $1, %eax
    ret
