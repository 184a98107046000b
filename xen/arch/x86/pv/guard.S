/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What keeps a guest's code from what it must not know, on processors that leak: other page tables while it runs
 * (xpti.c), predictors that it hasn't taught while we run, buffers that hold nothing of ours when it goes on
 * (cpu/speculation.c). entry.S has a no-op at each place that becomes a call of one of these if the boot chose any of it.
 *
 * An NMI or #DB, or the fault of an IRET, may hit while the guest's page tables and settings are loaded already or still:
 * only code in the entry section runs so. Its frame then says what to load again on the way back.
 */
#include <asm/asm-macros.h>
#include <asm/desc.h>
#include <asm/entry.h>
#include <asm/memmap.h>
#include <asm/speculation.h>

#define TRAP_GUEST_ROOT    0x200        /* in a frame's entry_vector: the guest's root was loaded, */
#define TRAP_GUEST_CONTROL 0x400        /* its SPEC_CTRL was, */
#define TRAP_IN_ENTRY      0x800        /* code of the entry section was interrupted */

        .section .text.entry, "ax", @progbits

/* \reg = cpu_info of this CPU. */
.macro GET_CPU_INFO reg
        mov     %rsp, \reg
        or      $(STACK_SIZE - 1), \reg
        sub     $(CPUINFO_sizeof - 1), \reg
.endm

/* SPEC_CTRL = what cpu_info \info has at \member. Clobbers RAX, RCX, RDX. */
.macro LOAD_CONTROL info, member
        mov     $MSR_SPEC_CTRL, %ecx
        mov     \member(\info), %eax
        xor     %edx, %edx
        wrmsr
.endm

/*
 * Called with a whole frame behind the return address, from wherever: to our root, to our predictions. Clobbers R11. The
 * LFENCE: no prediction gets past what is done here.
 */
FUNC(guard_enter)
        GET_CPU_INFO %r11
        mov     %cr3, %rcx
        cmp     CPUINFO_guest_root(%r11), %rcx
        jne     1f
        mov     CPUINFO_full_root(%r11), %rcx
        mov     %rcx, %cr3
        testb   $3, 8 + UREGS_cs(%rsp)
        jnz     from_guest
        orl     $TRAP_GUEST_ROOT, 8 + UREGS_entry_vector(%rsp)
1:      testb   $3, 8 + UREGS_cs(%rsp)
        jnz     from_guest
        lea     _sentry(%rip), %rcx
        cmp     %rcx, 8 + UREGS_rip(%rsp)
        jb      enter_done
        lea     _eentry(%rip), %rcx
        cmp     %rcx, 8 + UREGS_rip(%rsp)
        jae     enter_done
        orl     $TRAP_IN_ENTRY, 8 + UREGS_entry_vector(%rsp)
        testb   $GUARD_IBRS, CPUINFO_guards(%r11)
        jz      returns
        mov     $MSR_SPEC_CTRL, %ecx
        rdmsr
        cmp     CPUINFO_own_control(%r11), %eax
        je      returns
        orl     $TRAP_GUEST_CONTROL, 8 + UREGS_entry_vector(%rsp)
from_guest:
        testb   $GUARD_IBRS, CPUINFO_guards(%r11)
        jz      returns
        LOAD_CONTROL %r11, CPUINFO_own_control
returns:
        testb   $GUARD_RSB, CPUINFO_guards(%r11)
        jz      enter_done
        call    stuff_return_predictor
enter_done:
        lfence
        mov     8 + UREGS_rax(%rsp), %rax
        mov     8 + UREGS_rcx(%rsp), %rcx
        mov     8 + UREGS_rdx(%rsp), %rdx
        ret
ENDFUNC(guard_enter)

/*
 * Called last before the guest's registers are restored, interrupts off. VERW, given a writable segment in memory, empties
 * the processor's buffers (SDM vol. 2, MD_CLEAR). Clobbers what C does.
 */
FUNC(guard_leave)
        call    xpti_prepare
        mov     %rax, %r8
        GET_CPU_INFO %r11
        testb   $GUARD_IBRS, CPUINFO_guards(%r11)
        jz      1f
        LOAD_CONTROL %r11, CPUINFO_guest_control
1:      test    %r8, %r8
        jz      2f
        mov     %r8, %cr3
2:      testb   $GUARD_VERW, CPUINFO_guards(%r11)
        jz      3f
        verw    writable_segment(%rip)
3:      ret
ENDFUNC(guard_leave)

/* Called before the registers of interrupted hypervisor code are restored. Clobbers RAX, RCX, RDX, R11. */
FUNC(guard_return)
        testl   $TRAP_IN_ENTRY, 8 + UREGS_entry_vector(%rsp)
        jz      3f
        GET_CPU_INFO %r11
        testl   $TRAP_GUEST_CONTROL, 8 + UREGS_entry_vector(%rsp)
        jz      1f
        LOAD_CONTROL %r11, CPUINFO_guest_control
1:      testl   $TRAP_GUEST_ROOT, 8 + UREGS_entry_vector(%rsp)
        jz      2f
        mov     CPUINFO_guest_root(%r11), %rcx
        mov     %rcx, %cr3
2:      testb   $GUARD_VERW, CPUINFO_guards(%r11)
        jz      3f
        verw    writable_segment(%rip)
3:      ret
ENDFUNC(guard_return)

/* In place of the fast way out of a hypercall: the return address is dropped. */
FUNC(guard_slow_exit)
        add     $8, %rsp
        jmp     restore_guest
ENDFUNC(guard_slow_exit)

writable_segment:
        .short  HYPERVISOR_DS
