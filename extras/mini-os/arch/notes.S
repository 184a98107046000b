/* SPDX-License-Identifier: MIT */
/*
 * What the builder of a domain must know about the kernel, in ELF notes: README, "The file".
 */
#include <public/elfnote.h>
#include <public/features.h>
#include <public/xen.h>

#include "arch.h"

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

    note XEN_ELFNOTE_GUEST_OS,       .asciz "mini-os"
    note XEN_ELFNOTE_GUEST_VERSION,  .asciz "1"
    note XEN_ELFNOTE_XEN_VERSION,    .asciz "xen-3.0"
    note XEN_ELFNOTE_LOADER,         .asciz "generic"
    note XEN_ELFNOTE_VIRT_BASE,      WORD VIRT_BASE
    note XEN_ELFNOTE_PADDR_OFFSET,   WORD 0
    note XEN_ELFNOTE_ENTRY,          WORD _start
    note XEN_ELFNOTE_HYPERCALL_PAGE, WORD hypercall_page
    note XEN_ELFNOTE_SUPPORTED_FEATURES, WORD 1 << XENFEAT_dom0
    note XEN_ELFNOTE_PAE_MODE,       .asciz "yes"
#if WIDTH == 32
    note XEN_ELFNOTE_HV_START_LOW,   WORD __HYPERVISOR_VIRT_START
#endif

    .section .note.GNU-stack, "", @progbits
