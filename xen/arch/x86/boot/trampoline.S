/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Start of every other processor. smp/boot.c copies trampoline_start..trampoline_end to a page below 1 MiB,
 * fills in the three addresses marked "patched", and sends a start-up IPI naming that page. In: real mode, CS =
 * page / 16, IP = 0. Goes straight to long mode on boot_l4, which maps the page at its own address.
 */
#include <asm/memmap.h>

        .section .rodata
        .balign 16
        .globl trampoline_start, trampoline_end, trampoline_gdt_base, trampoline_jump, trampoline_cr3
        .code16
trampoline_start:
        cli
        cld
        mov     %cs, %ax
        mov     %ax, %ds
        lgdtl   trampoline_gdt_ptr - trampoline_start
        mov     $0xa0, %eax
        mov     %eax, %cr4
        mov     trampoline_cr3 - trampoline_start, %eax
        mov     %eax, %cr3
        mov     $0xc0000080, %ecx
        rdmsr
        or      $0x901, %eax
        wrmsr
        mov     $0x80010033, %eax
        mov     %eax, %cr0
        ljmpl   *(trampoline_jump - trampoline_start)
        .code64
trampoline64:
        movabs  $secondary_high, %rax
        jmp     *%rax

        .balign 8
trampoline_cr3:
        .long   0                                   /* patched: boot_l4 */
trampoline_jump:
        .long   trampoline64 - trampoline_start     /* patched: page added */
        .short  0x08
        .balign 8
trampoline_gdt:
        .quad   0
        .quad   0x00af9b000000ffff
        .quad   0x00cf93000000ffff
trampoline_gdt_end:
        .short  0                                   /* aligns the base */
trampoline_gdt_ptr:
        .short  trampoline_gdt_end - trampoline_gdt - 1
trampoline_gdt_base:
        .long   trampoline_gdt - trampoline_start   /* patched: page added */
trampoline_end:

        .section .text.head, "ax", @progbits
/* Out: start_secondary() on the page tables and the stack that smp/boot.c left in secondary_cr3 and secondary_stack. */
secondary_high:
        xor     %eax, %eax
        mov     %eax, %ds
        mov     %eax, %es
        mov     %eax, %fs
        mov     %eax, %gs
        mov     %eax, %ss
        mov     secondary_cr3(%rip), %rax
        mov     %rax, %cr3
        mov     secondary_stack(%rip), %rsp
        push    $0
        push    $0
        mov     %rsp, %rbp
        call    start_secondary
        ud2
