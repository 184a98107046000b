/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypercall page: 32 bytes of code for each number, which a guest calls.
 *   64-bit, all but iret: push %rcx; push %r11; mov $nr, %eax; syscall; pop %r11; pop %rcx; ret
 *   64-bit iret:          push %rcx; push %r11; push %rax; mov $nr, %eax; syscall
 *   32-bit, all but iret: mov $nr, %eax; int $0x82; ret
 *   32-bit iret:          push %eax; mov $nr, %eax; int $0x82
 * Of iret the guest has pushed the rest of its frame.
 */
#include <xen/hypercall.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <asm/pv.h>

#define SLOT_SIZE 32

/* Code of a slot, and where in it the number goes. */
struct slot { uint8_t length, number_at, code[14]; };

static const struct slot call = { 14, 4, { 0x51, 0x41, 0x53, 0xb8, 0, 0, 0, 0, 0x0f, 0x05, 0x41, 0x5b, 0x59, 0xc3 } };
static const struct slot iret = { 11, 5, { 0x51, 0x41, 0x53, 0x50, 0xb8, 0, 0, 0, 0, 0x0f, 0x05 } };
static const struct slot call_32 = { 8, 1, { 0xb8, 0, 0, 0, 0, 0xcd, HYPERCALL_VECTOR, 0xc3 } };
static const struct slot iret_32 = { 8, 2, { 0x50, 0xb8, 0, 0, 0, 0, 0xcd, HYPERCALL_VECTOR } };

static const struct slot *slot_of(uint32_t nr, bool narrow)
{
    if (nr == __HYPERVISOR_iret)
        return narrow ? &iret_32 : &iret;
    return narrow ? &call_32 : &call;
}

void hypercall_page_fill(void *page, bool narrow)
{
    memset(page, 0xcc, PAGE_SIZE);
    for (uint32_t nr = 0; nr < PAGE_SIZE / SLOT_SIZE; nr++) {
        const struct slot *slot = slot_of(nr, narrow);
        uint8_t *to = (uint8_t *)page + nr * SLOT_SIZE;

        memcpy(to, slot->code, slot->length);
        memcpy(to + slot->number_at, &nr, sizeof(nr));
    }
}

/* Into a page of the domain's, which must be an ordinary writable one. 0 or -errno */
int hypercall_page_write(struct domain *d, gfn_t where)
{
    struct page_info *pg = get_page_from_gfn(d, where);

    if (!pg)
        return refuse(-EINVAL, "hypercall page: no such frame of the domain");
    if (get_page_type(pg, PGT_writable_page)) {
        put_page(pg);
        return refuse(-EPERM, "hypercall page: the frame is not an ordinary writable one");
    }
    hypercall_page_fill(page_to_virt(pg), d->arch.is_32bit_pv);
    mark_dirty(pg);
    put_page_and_type(pg);
    return 0;
}
