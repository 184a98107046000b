/* SPDX-License-Identifier: MIT */
/*
 * The ways into a 32-bit kernel, and the switch between threads.
 *
 * Before it enters a handler the hypervisor pushes, on the stack that the kernel was using, lowest address
 * first:
 *
 *     [error code]  eip  cs  eflags
 *
 * and above that esp and ss if it was user mode that was interrupted, which this kernel doesn't have. A
 * handler returns by the hypercall iret, which takes the same without the error code and lets events in again
 * if IF is set in eflags. All segments are flat and nobody changes them, so they need not be saved.
 */
#include <public/xen.h>

#include "arch.h"
#include "thread.h"
#include "trap.h"

    .section .note.GNU-stack, "", @progbits
    .text

/*
 * In: esi the address of the start info page; events are masked, no handler is registered. Out: doesn't
 * return.
 */
    .globl  _start
_start:
    cld
    mov     $boot_stack + STACK_SIZE, %esp
    xor     %ebp, %ebp                      /* the end of the chain of frames, for debuggers */
    sub     $12, %esp                       /* the stack is aligned to 16 where arguments begin */
    push    %esi
    call    start
    ud2

/* The hypervisor writes a stub of 32 bytes for each hypercall into this page before the kernel runs. */
    .balign 4096
    .globl  hypercall_page
hypercall_page:
    .fill   4096, 1, 0x90

/*
 * In: on the stack a vector, an error code (or 0), and what the hypervisor pushed from eip on. Out: to what
 * was interrupted, as the frame says after the handler has seen it.
 */
enter:
    push    %eax
    push    %ecx
    push    %edx
    push    %ebx
    push    %ebp
    push    %esi
    push    %edi
    cld
    mov     %esp, %ebx
    and     $-16, %esp
    sub     $12, %esp
    push    %ebx                            /* struct frame * */
    call    trap
    mov     %ebx, %esp
    pop     %edi
    pop     %esi
    pop     %ebp
    pop     %ebx
    pop     %edx
    pop     %ecx
    pop     %eax
    add     $2 * 4, %esp                    /* drop vector and error code */
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
    push    $0
    push    $VECTOR_EVENT
    jmp     enter

/*
 * A segment register of what was to be resumed could not be loaded; ds, es, fs and gs are pushed below eip.
 */
    .globl  failsafe_callback
failsafe_callback:
    add     $4 * 4, %esp
    push    $0
    push    $VECTOR_FAILSAFE
    jmp     enter

/*
 * void switch_stack(unsigned long *save, unsigned long load) Leave one thread, its stack pointer stored at
 * *save, and go on in the one whose stack pointer was stored as load.
 */
    .globl  switch_stack
switch_stack:
    mov     4(%esp), %eax
    mov     8(%esp), %ecx
    push    %ebx
    push    %ebp
    push    %esi
    push    %edi
    mov     %esp, (%eax)
    mov     %ecx, %esp
    pop     %edi
    pop     %esi
    pop     %ebp
    pop     %ebx
    ret
