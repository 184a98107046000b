/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel tells the hypervisor about itself: ELF notes, in either width. */
#include <public/elfnote.h>
#include <public/features.h>

#include "stack.h"

#ifdef __x86_64__
#define WORD .quad
#else
#define WORD .long
#endif

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

    note XEN_ELFNOTE_GUEST_OS,       .asciz "test"
    note XEN_ELFNOTE_GUEST_VERSION,  .asciz "1"
    note XEN_ELFNOTE_XEN_VERSION,    .asciz "xen-3.0"
    note XEN_ELFNOTE_VIRT_BASE,      WORD VIRT_BASE
    note XEN_ELFNOTE_PADDR_OFFSET,   WORD 0
    note XEN_ELFNOTE_ENTRY,          WORD _start
    note XEN_ELFNOTE_HYPERCALL_PAGE, WORD hypercall_page
    note XEN_ELFNOTE_FEATURES,       .asciz "!writable_page_tables"
    note XEN_ELFNOTE_SUPPORTED_FEATURES, WORD (1 << XENFEAT_dom0)
    note XEN_ELFNOTE_PAE_MODE,       .asciz "yes"
    note XEN_ELFNOTE_LOADER,         .asciz "generic"


    .section .note.GNU-stack, "", @progbits
