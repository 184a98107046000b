/* SPDX-License-Identifier: GPL-2.0-only */
/* A kernel that does nothing but use its CPU. Linked by test/guest/lib/kernel.lds. */
#include <public/elfnote.h>

.macro note type, data:vararg
    .pushsection .note.Xen, "a", @note
    .balign 4
    .long   2f - 1f, 4f - 3f, \type
1:  .asciz  "Xen"
2:  .balign 4
3:  \data
4:  .balign 4
    .popsection
.endm

    note XEN_ELFNOTE_GUEST_OS,     .asciz "spin"
    note XEN_ELFNOTE_XEN_VERSION,  .asciz "xen-3.0"
    note XEN_ELFNOTE_VIRT_BASE,    .quad 0xffffffff80000000
    note XEN_ELFNOTE_PADDR_OFFSET, .quad 0
    note XEN_ELFNOTE_ENTRY,        .quad _start
    note XEN_ELFNOTE_PAE_MODE,     .asciz "yes"
    note XEN_ELFNOTE_LOADER,       .asciz "generic"

    .section .note.GNU-stack, "", @progbits
    .text
    .globl _start
_start:
    jmp     _start
