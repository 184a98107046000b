/* SPDX-License-Identifier: GPL-2.0-only */
/* Each part of the image gets the permissions it needs, in the 2 MiB pages it was given. */
#include <asm/page.h>
#include <asm/init.h>
#include <asm/processor.h>
#include <asm/sections.h>

extern pte_t boot_l2_xen[PT_ENTRIES];

static init_text void set_part(const char *from, const char *to, uint64_t flags)
{
    for (unsigned long va = (unsigned long)from; va < (unsigned long)to; va += 0x200000)
        boot_l2_xen[pt_index(va, 2)] = virt_to_maddr((const void *)va) | flags | _PAGE_PSE;
}

/*
 * Text read-only, data not executable, nothing else of the image's gigabyte mapped. Init text and data stay
 * until they are freed.
 */
init_text void image_protect(void)
{
    for (unsigned i = 0; i < PT_ENTRIES; i++) {
        unsigned long va = XEN_VIRT_START + i * 0x200000UL;

        if (va < (unsigned long)_start || va >= (unsigned long)_end)
            boot_l2_xen[i] = 0;
    }
    set_part(_stext, _etext, PAGE_HYPERVISOR_RX);
    set_part(__init_begin, __init_end, PAGE_HYPERVISOR_RX | _PAGE_RW);
    set_part(_srodata, _erodata, PAGE_HYPERVISOR_RO);
    set_part(_sdata, _end, PAGE_HYPERVISOR);
    write_cr3(read_cr3());
}
