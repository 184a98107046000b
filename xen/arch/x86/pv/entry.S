/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Into the hypervisor and out of it.
 *
 * The frame (struct cpu_user_regs), higher addresses first. For an entry from a guest it ends right below the
 * selectors at the top of the CPU's stack, so that the rest of struct cpu_info is at constant offsets from
 * RSP:
 *
 *            gs fs ds es                      filled at a context switch only
 *   RSP0 ->  ss rsp rflags cs rip             pushed by the processor, or by us for SYSCALL
 *            entry_vector:error_code          the vector, with TRAP_syscall set when SYSRET may end it
 *            rdi rsi rdx rcx rax r8 r9 r10 r11
 *            rbx rbp r12 r13 r14 r15
 *   RSP  ->
 *
 * Interrupts: every way in comes with them off. A hypercall turns them on at once; C handlers of exceptions
 * do when the interrupted code had them on; device interrupts leave them off. Every way out turns them off
 * before it looks for pending work for the last time, and the guest always runs with them on.
 *
 * The IST stacks (#DB, NMI, #DF, #MC) are for events that may hit while RSP is not ours yet. From a guest the
 * frame is moved to the CPU's main stack first; from the hypervisor the handler runs where it is and may not
 * schedule.
 */
#include <asm/asm-macros.h>
#include <asm/desc.h>
#include <asm/entry.h>
#include <asm/memmap.h>

#define TRAP_SYSCALL    0x100
#define EFLAGS_IF       0x200
#define ENOSYS          38

        .section .text.entry, "ax", @progbits

/* A no-op that becomes a call of \to where a guest and we are to be kept apart: guard.S. */
.macro GUARD_SITE to
771:    .byte   0x0f, 0x1f, 0x44, 0x00, 0x00
        PATCH   771b, PATCH_GUARD, call \to
.endm

/* Call what a table has for number RAX, which is lost; so is \tmp. \get: lea of a table, mov of a pointer to one. */
.macro CALL_FROM_TABLE get, table, tmp
        \get     \table(%rip), \tmp
        mov     (\tmp, %rax, 8), %rax
        call    __x86_indirect_thunk_rax
.endm

/* ---- IDT stubs: one line a vector ---- */

.macro stub vec, to, error=0
        .balign ENTRY_STUB_SIZE
        .if !\error
        push    $0
        .endif
        movl    $\vec, 4(%rsp)
        jmp     \to
.endm

FUNC(entry_stubs)
        vec = 0
        .rept 256
        .if vec == 1 || vec == 2 || vec == 18
        stub    vec, entry_ist
        .elseif vec == 8
        stub    vec, entry_ist, 1
        .elseif vec == 14
        stub    vec, entry_page_fault, 1
        .elseif (vec >= 10 && vec <= 13) || vec == 17 || vec == 21
        stub    vec, entry_exception, 1
        .elseif vec == HYPERCALL_VECTOR
        stub    vec, entry_hypercall32
        .elseif vec < 32 || vec == INT80_VECTOR
        stub    vec, entry_exception
        .else
        stub    vec, entry_interrupt
        .endif
        vec = vec + 1
        .endr
        .balign ENTRY_STUB_SIZE
ENDFUNC(entry_stubs)

/* ---- Exceptions and interrupts. In: vector and error code pushed. ---- */

FUNC(entry_exception)
        SAVE_REGS
        GUARD_SITE guard_enter
        ENTER_C
        movzbl  UREGS_entry_vector(%rsp), %eax
        mov     %rsp, %rdi
        CALL_FROM_TABLE lea, exception_table, %rdx
        jmp     return_from_exception
ENDFUNC(entry_exception)

/* The most frequent one, without the table. */
FUNC(entry_page_fault)
        SAVE_REGS
        GUARD_SITE guard_enter
        ENTER_C
        mov     %rsp, %rdi
        call    handle_page_fault
        jmp     return_from_exception
ENDFUNC(entry_page_fault)

FUNC(entry_interrupt)
        SAVE_REGS
        GUARD_SITE guard_enter
        ENTER_C
        mov     %rsp, %rdi
        call    do_IRQ
        jmp     return_from_exception
ENDFUNC(entry_interrupt)

/* In: RSP at a whole frame, of the guest or of ourselves. */
FUNC(return_from_exception)
        testb   $3, UREGS_cs(%rsp)
        jnz     exit_to_guest
        GUARD_SITE guard_return
        RESTORE_REGS
        add     $8, %rsp
        iretq
ENDFUNC(return_from_exception)

FUNC(entry_ist)
        SAVE_REGS
        GUARD_SITE guard_enter
        ENTER_C
        testb   $3, UREGS_cs(%rsp)
        jz      1f
        mov     %rsp, %rsi
        mov     %rsp, %rdi
        or      $(STACK_SIZE - 1), %rdi
        sub     $(CPUINFO_sizeof - 1), %rdi
        mov     %rdi, %rbx
        mov     $(UREGS_es / 8), %ecx
        rep movsq
        mov     %rbx, %rsp
        /* The frame goes back by SYSRET perhaps: only IRET lets the next NMI in. */
        mov     %ss, %eax
        push    %rax
        push    %rbx
        pushfq
        push    $HYPERVISOR_CS64
        lea     1f(%rip), %rax
        push    %rax
        iretq
1:      movzbl  UREGS_entry_vector(%rsp), %eax
        mov     %rsp, %rdi
        CALL_FROM_TABLE lea, exception_table, %rdx
        jmp     return_from_exception
ENDFUNC(entry_ist)

/*
 * ---- SYSCALL and SYSENTER ----
 * The processor leaves the guest's RSP in place and gives us no register, so each CPU has stubs of its own
 * that know where to keep that RSP and where the CPU's stack is: syscall_cpu[cpu] = { RSP kept, RSP0 }.
 */
.macro syscall_stub to
        .balign SYSCALL_STUB_SIZE
        mov     %rsp, syscall_cpu + cpu * 16(%rip)
        mov     syscall_cpu + cpu * 16 + 8(%rip), %rsp
        push    $RING3_DS_SEL
        push    syscall_cpu + cpu * 16(%rip)
        jmp     \to
        cpu = cpu + 1
.endm

        .balign SYSCALL_STUB_SIZE
FUNC(syscall64_stubs)
        cpu = 0
        .rept NR_CPUS
        syscall_stub entry_syscall64
        .endr
ENDFUNC(syscall64_stubs)

        .balign SYSCALL_STUB_SIZE
FUNC(syscall32_stubs)
        cpu = 0
        .rept NR_CPUS
        syscall_stub entry_syscall32
        .endr
ENDFUNC(syscall32_stubs)

/*
 * Is there anything to do before vcpu \v returns to its guest? In: RSP at the guest's frame. Clobbers RAX,
 * RCX.
 */
.macro JUMP_IF_WORK v, to
        lea     per_cpu__softirq_pending(%rip), %rax
        mov     CPUINFO_percpu(%rsp), %rcx
        cmpq    $0, (%rax, %rcx)
        jne     \to
        mov     VCPU_vcpu_info(\v), %rax
        cmpb    $0, VCPUINFO_upcall_pending(%rax)
        je      .Lno_event\@
        cmpb    $0, VCPUINFO_upcall_mask(%rax)
        je      \to
.Lno_event\@:
        cmpb    $0, VCPU_nmi_pending(\v)
        jne     \to
.endm

/* SYSRET to a non-canonical address would fault in ring 0 on the guest's stack. */
.macro JUMP_UNLESS_CANONICAL rip, tmp, to
        mov     \rip, \tmp
        shl     $16, \tmp
        sar     $16, \tmp
        cmp     \rip, \tmp
        jne     \to
.endm

/*
 * 64-bit SYSCALL. From a guest's kernel a hypercall: number in RAX, arguments in RDI, RSI, RDX, R10, R8,
 * result in RAX; RCX and R11 are lost by SYSCALL itself, all else is preserved. From its user mode a system
 * call of the guest. In: RSP at rsp, ss of the frame.
 */
FUNC(entry_syscall64)
        push    %r11
        push    $RING3_CS64_SEL
        push    %rcx
        push    $0
        movl    $TRAP_SYSCALL, 4(%rsp)
        SAVE_REGS
        GUARD_SITE guard_enter
        mov     CPUINFO_current(%rsp), %rcx
        sti
        cmpb    $0, VCPU_kernel_mode(%rcx)
        je      guest_syscall64
        cmp     $NR_HYPERCALLS, %rax
        jae     bad_hypercall
        sbb     %r11, %r11              /* all ones, but zeros where the branch is mispredicted */
        and     %r11, %rax
        mov     %ax, VCPU_hypercall(%rcx)
        lea     per_cpu__hypercall_count(%rip), %r11
        add     CPUINFO_percpu(%rsp), %r11
        incl    (%r11, %rax, 4)
        mov     %r10, %rcx
        CALL_FROM_TABLE mov, hypercall_dispatch, %r11
hypercall_done:
        mov     %rax, UREGS_rax(%rsp)
hypercall_exit:
        cli
        mov     CPUINFO_current(%rsp), %rdi
        JUMP_IF_WORK %rdi, hypercall_work
        GUARD_SITE guard_slow_exit
        testl   $TRAP_SYSCALL, UREGS_entry_vector(%rsp)
        jz      restore_guest
        mov     UREGS_rip(%rsp), %rcx
        JUMP_UNLESS_CANONICAL %rcx, %rdi, restore_guest
        mov     UREGS_rflags(%rsp), %r11
        add     $UREGS_r10, %rsp        /* C has preserved the registers below */
        pop     %r10
        pop     %r9
        pop     %r8
        pop     %rax
        pop     %rdx                    /* not RCX */
        pop     %rdx
        pop     %rsi
        pop     %rdi
        mov     UREGS_rsp - UREGS_error_code(%rsp), %rsp
        sysretq

bad_hypercall:
        mov     $-ENOSYS, %eax
        cltq
        jmp     hypercall_done
hypercall_work:
        call    guest_exit_work
        jmp     hypercall_exit
guest_syscall64:
        mov     %rsp, %rdi
        call    syscall64_from_user
        jmp     exit_to_guest
ENDFUNC(entry_syscall64)

/*
 * int 0x82, which the gate allows to ring 1 only, the kernel of a 32-bit guest: a hypercall. Number in EAX, arguments
 * in EBX, ECX, EDX, ESI, EDI, EBP, result in EAX; all else is preserved. In: vector pushed. The upper halves of the
 * registers are undefined.
 */
FUNC(entry_hypercall32)
        SAVE_REGS
        GUARD_SITE guard_enter
        ENTER_C
        mov     CPUINFO_current(%rsp), %r11
        mov     %eax, %eax
        sti
        cmp     $NR_HYPERCALLS, %eax
        jae     bad_hypercall
        mov     %ax, VCPU_hypercall(%r11)
        sbb     %r11, %r11
        and     %r11, %rax
        lea     per_cpu__hypercall_count(%rip), %r11
        add     CPUINFO_percpu(%rsp), %r11
        incl    (%r11, %rax, 4)
        lea     hypercall_wide_args(%rip), %r11
        cmpb    $0, (%r11, %rax)
        jne     wide_hypercall32
        mov     %edi, %r8d
        mov     %esi, %r9d
        mov     %ebx, %edi
        mov     %ecx, %esi
        mov     %r9d, %ecx
        mov     %edx, %edx
        CALL_FROM_TABLE mov, hypercall_dispatch, %r11
hypercall32_done:
        mov     %eax, %eax
        jmp     hypercall_done
wide_hypercall32:
        mov     %eax, %edi
        mov     %rsp, %rsi
        call    hypercall_with_wide_args
        jmp     hypercall32_done
ENDFUNC(entry_hypercall32)

/* SYSCALL of a 32-bit program. In: RSP at rsp, ss of the frame. */
FUNC(entry_syscall32)
        push    %r11
        push    $RING3_CS32_SEL
        push    %rcx
        push    $0
        movl    $TRAP_SYSCALL, 4(%rsp)
        SAVE_REGS
        GUARD_SITE guard_enter
        sti
        mov     %rsp, %rdi
        call    syscall32_from_user
        jmp     exit_to_guest
ENDFUNC(entry_syscall32)

/*
 * SYSENTER of a 32-bit program, which tells neither where it comes from nor its stack. The processor leaves
 * TF and NT on. With TF on each instruction raises #DB, which is dropped, until the flags have been saved (traps.c).
 */
FUNC(entry_sysenter)
        push    $RING3_DS_SEL
        push    $0
        pushfq
        .globl  sysenter_flags_saved
        .hidden sysenter_flags_saved
sysenter_flags_saved:
        orl     $EFLAGS_IF, (%rsp)
        push    $RING3_CS32_SEL
        push    $0
        push    $0
        popfq
        push    $0
        SAVE_REGS
        GUARD_SITE guard_enter
        ENTER_C
        sti
        mov     %rsp, %rdi
        call    sysenter_from_user
        jmp     exit_to_guest
ENDFUNC(entry_sysenter)

/* ---- Out ---- */

/*
 * In: RSP at the guest's frame, current set. Looks once, in the common case, at what is pending. Never
 * returns.
 */
FUNC(exit_to_guest)
        cli
        mov     CPUINFO_current(%rsp), %rbx
        JUMP_IF_WORK %rbx, 1f
        .globl  restore_guest
        .hidden restore_guest
restore_guest:
        GUARD_SITE guard_leave
        testl   $TRAP_SYSCALL, UREGS_entry_vector(%rsp)
        jz      2f
        mov     UREGS_rip(%rsp), %rcx
        JUMP_UNLESS_CANONICAL %rcx, %rdi, 2f
        RESTORE_REGS
        mov     UREGS_rip - UREGS_error_code(%rsp), %rcx
        mov     UREGS_rflags - UREGS_error_code(%rsp), %r11
        mov     UREGS_rsp - UREGS_error_code(%rsp), %rsp
        sysretq
1:      call    guest_exit_work
        jmp     exit_to_guest
2:      RESTORE_REGS
        add     $8, %rsp
        .globl  guest_iret
        .hidden guest_iret
guest_iret:
        iretq
        EXTABLE guest_iret, guest_iret_failed
ENDFUNC(exit_to_guest)

/*
 * The guest's frame can't be loaded: a bad selector or address. In: the general registers are the guest's
 * already, RSP at rip of its frame; the fault's own frame has been dropped, traps.c has noted what it was. It
 * becomes the guest's.
 */
guest_iret_failed:
        push    $0
        SAVE_REGS
        GUARD_SITE guard_enter
        sti
        call    guest_frame_refused
        jmp     exit_to_guest

        .section .bss.page_aligned, "aw", @nobits      /* isolated guests' page tables show it */
        .balign 4096
        .globl  syscall_cpu
        .hidden syscall_cpu
syscall_cpu:
        .skip   NR_CPUS * 16
        .balign 4096
