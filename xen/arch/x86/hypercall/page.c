/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypercall page: 32 bytes of code for each number, which a guest calls.
 *   all but iret: push %rcx; push %r11; mov $nr, %eax; syscall; pop %r11; pop %rcx; ret
 *   iret:         push %rcx; push %r11; push %rax; mov $nr, %eax; syscall
 * Of iret the guest has pushed the rest of its frame.
 */
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <asm/pv.h>

#define SLOT_SIZE 32

static void fill_slot(uint8_t *p, uint32_t nr)
{
    static const uint8_t call[] = { 0x51, 0x41, 0x53, 0xb8, 0, 0, 0, 0, 0x0f, 0x05, 0x41, 0x5b, 0x59, 0xc3 };
    static const uint8_t iret[] = { 0x51, 0x41, 0x53, 0x50, 0xb8, 0, 0, 0, 0, 0x0f, 0x05 };

    if (nr == __HYPERVISOR_iret) {
        memcpy(p, iret, sizeof(iret));
        memcpy(p + 5, &nr, sizeof(nr));
    } else {
        memcpy(p, call, sizeof(call));
        memcpy(p + 4, &nr, sizeof(nr));
    }
}

void hypercall_page_fill(void *page)
{
    memset(page, 0xcc, PAGE_SIZE);
    for (unsigned nr = 0; nr < PAGE_SIZE / SLOT_SIZE; nr++)
        fill_slot((uint8_t *)page + nr * SLOT_SIZE, nr);
}

/* Into a page of the domain's, which must be an ordinary writable one. 0 or -errno */
int hypercall_page_write(struct domain *d, gfn_t where)
{
    struct page_info *pg = get_page_from_gfn(d, where);

    if (!pg)
        return refuse(-EACCES, "hypercall page: no such frame of the domain");
    if (get_page_type(pg, PGT_writable_page)) {
        put_page(pg);
        return refuse(-EACCES, "hypercall page: the frame is not an ordinary writable one");
    }
    hypercall_page_fill(page_to_virt(pg));
    put_page_and_type(pg);
    return 0;
}
