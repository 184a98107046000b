/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entry from the boot loader: Multiboot 1 (EAX 0x2badb002) or 2 (EAX 0x36d76289), EBX the information
 * structure; 32-bit protected mode, paging and interrupts off, flat segments. Turns on long mode with the
 * page tables below and goes on in start_xen() at the linked address, on cpu0_stack.
 *
 * A Multiboot 2 loader may put the image elsewhere than at 2 MiB, where firmware may keep something: at any other multiple
 * of 2 MiB below IMAGE_LIMIT. PHYS() is where things are if it didn't, EBP what is to be added.
 */
#include <asm/memmap.h>
#include <asm/page.h>

#define PHYS(sym)   ((sym) - XEN_VIRT_START)
#define PTE_TABLE   0x063                 /* present, writable, accessed, dirty */
#define PTE_LARGE   0x1e3                 /* the same, large, global */
#define IMAGE_L2_ENTRIES 16               /* 32 MiB */
#define IMAGE_ALIGN      0x200000
#define IMAGE_LIMIT      0x40000000       /* what boot_l2_identity maps */
#define MB2_MAGIC        0x36d76289

        .section .multiboot, "a", @progbits
        .balign 8
multiboot1_header:
        .set MB1_FLAGS, 0x3               /* modules on page borders, memory sizes wanted */
        .long 0x1badb002, MB1_FLAGS, -(0x1badb002 + MB1_FLAGS)
        .balign 8
multiboot2_header:
        .long 0xe85250d6, 0, multiboot2_end - multiboot2_header
        .long -(0xe85250d6 + (multiboot2_end - multiboot2_header))
        .balign 8
        .short 6, 1                       /* modules on page borders, optional */
        .long 8
        .short 10, 1                      /* relocatable, optional: from, to, alignment, the lowest rather */
        .long 24, IMAGE_ALIGN, IMAGE_LIMIT - 1, IMAGE_ALIGN, 1
        .short 0, 0                       /* end */
        .long 8
multiboot2_end:

        .section .text.head, "ax", @progbits
        .code32
        .globl start
start:
        cld
        cli
        mov     %eax, %edi                /* arguments of start_xen */
        mov     %ebx, %esi
        xor     %ebp, %ebp
        cmp     $MB2_MAGIC, %eax
        jne     1f
        lea     8(%ebx), %esp             /* a reserved word of the information is all the stack that there is */
        call    0f
0:      pop     %ebp
        sub     $PHYS(0b), %ebp
1:      add     %ebp, PHYS(boot_gdt_ptr) + 2(%ebp)
        lgdt    PHYS(boot_gdt_ptr)(%ebp)
        mov     $0x10, %ecx
        mov     %ecx, %ds
        mov     %ecx, %es
        mov     %ecx, %ss
        lea     PHYS(cpu0_stack) + STACK_SIZE - 1024(%ebp), %esp
        call    relocate_tables

        /* Long mode and no-execute, or nothing. */
        mov     $0x80000000, %eax
        cpuid
        cmp     $0x80000001, %eax
        jb      no_long_mode
        mov     $0x80000001, %eax
        cpuid
        and     $(1 << 29) | (1 << 20), %edx
        cmp     $(1 << 29) | (1 << 20), %edx
        jne     no_long_mode

        mov     $0xa0, %eax               /* PAE, global pages */
        mov     %eax, %cr4
        lea     PHYS(boot_l4)(%ebp), %eax
        mov     %eax, %cr3
        mov     $0xc0000080, %ecx         /* EFER: SYSCALL, long mode, no-execute */
        rdmsr
        or      $0x901, %eax
        wrmsr
        mov     $0x80010033, %eax         /* paging, write protect, numeric error, monitor FPU, protection */
        mov     %eax, %cr0
        lea     PHYS(start64)(%ebp), %eax
        push    $0x08
        push    %eax
        lret

no_long_mode:
        add     $PHYS(no_long_mode_text), %ebp
        mov     $0xb8000, %ebx
1:      movzbl  (%ebp), %eax
        test    %eax, %eax
        jz      2f
        mov     $0x0f, %ah
        mov     %ax, (%ebx)
        mov     $0x3f8, %edx
        out     %al, %dx
        inc     %ebp
        add     $2, %ebx
        jmp     1b
2:      hlt
        jmp     2b

/* In: EBP. Clobbers EAX, ECX */
relocate_tables:
        lea     PHYS(tables_to_relocate)(%ebp), %eax
        mov     $(tables_relocated - tables_to_relocate) / 8, %ecx
1:      testb   $1, (%eax)
        jz      2f
        add     %ebp, (%eax)
2:      add     $8, %eax
        loop    1b
        ret

        .code64
start64:
        movabs  $start_high, %rax
        jmp     *%rax
start_high:
        xor     %eax, %eax
        mov     %eax, %ds
        mov     %eax, %es
        mov     %eax, %fs
        mov     %eax, %gs
        mov     %eax, %ss
        lea     PHYS(idle_pg_table)(%ebp), %eax   /* leave the identity map */
        mov     %rax, %cr3
        lea     cpu0_stack + STACK_SIZE - 1024(%rip), %rsp
        push    $0                        /* end of the frame-pointer chain */
        push    $0
        mov     %rsp, %rbp
        mov     %edi, %edi
        mov     %esi, %esi
        call    start_xen
        ud2

        .section .rodata
no_long_mode_text:
        .asciz  "This hypervisor needs a 64-bit processor with no-execute pages.\r\n"
        .balign 8
boot_gdt:
        .quad   0
        .quad   0x00af9b000000ffff        /* 64-bit code */
        .quad   0x00cf93000000ffff        /* data */
boot_gdt_end:
boot_gdt_ptr:
        .short  boot_gdt_end - boot_gdt - 1
        .quad   PHYS(boot_gdt)

/*
 * First page tables, complete at link time for an image that isn't moved. boot_l4 is the same as idle_pg_table but also
 * has the first gigabyte at its own address; processors use it only until they run at the linked address.
 */
        .section .data.page_aligned, "aw", @progbits
        .balign 4096
        .globl boot_l4, idle_pg_table, boot_l3_directmap, boot_l3_xen, boot_l2_xen, boot_l2_directmap
tables_to_relocate:
boot_l4:
        .quad   PHYS(boot_l3_identity) + PTE_TABLE
        .fill   260, 8, 0
        .quad   PHYS(boot_l3_xen) + PTE_TABLE
        .quad   PHYS(boot_l3_directmap) + PTE_TABLE
        .fill   249, 8, 0
idle_pg_table:
        .fill   261, 8, 0
        .quad   PHYS(boot_l3_xen) + PTE_TABLE
        .quad   PHYS(boot_l3_directmap) + PTE_TABLE
        .fill   249, 8, 0
boot_l3_identity:
        .quad   PHYS(boot_l2_identity) + PTE_TABLE
        .fill   511, 8, 0
boot_l3_xen:                              /* slot 261; the image's gigabyte is entry 320 */
        .fill   320, 8, 0
        .quad   PHYS(boot_l2_xen) + PTE_TABLE
        .fill   191, 8, 0
boot_l3_directmap:                        /* slot 262: 4 GiB, not executable */
        .set    addr, 0
        .rept   4
        .quad   PHYS(boot_l2_directmap) + addr + PTE_TABLE
        .set    addr, addr + 4096
        .endr
        .fill   508, 8, 0
boot_l2_xen:
        .set    addr, 0
        .rept   IMAGE_L2_ENTRIES
        .quad   addr + PTE_LARGE
        .set    addr, addr + 0x200000
        .endr
        .fill   512 - IMAGE_L2_ENTRIES, 8, 0
tables_relocated:
boot_l2_identity:
        .set    addr, 0
        .rept   512
        .quad   addr + (PTE_LARGE & ~0x100)
        .set    addr, addr + 0x200000
        .endr
boot_l2_directmap:
        .set    addr, 0
        .rept   2048
        .quad   addr + PTE_LARGE + 0x8000000000000000
        .set    addr, addr + 0x200000
        .endr

        .section .bss.stack, "aw", @nobits
        .balign STACK_SIZE
        .globl cpu0_stack
cpu0_stack:
        .fill   STACK_SIZE, 1, 0
