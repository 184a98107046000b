/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Segments of the current guest, read from its descriptor tables as the processor does, for what we access in its
 * place: instructions, operands of ins and outs, a 32-bit kernel's stack. They say where the guest's access would
 * be; whether it may is asked of the page tables by the access itself.
 */
#include <xen/guest.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <asm/desc.h>
#include <asm/guest_word.h>
#include <asm/memmap.h>
#include <asm/processor.h>
#include <asm/pv.h>

#define SELECTOR_LDT    4
#define DESC_S          (1u << 12)
#define DESC_P          (1u << 15)
#define DESC_G          (1u << 23)
#define FLAT_CODE_64    (SEGMENT_LONG | SEGMENT_CODE | SEGMENT_ACCESS)

/* What the two words of a descriptor say. */
struct segment segment_from(uint32_t a, uint32_t b)
{
    uint32_t limit = (a & 0xffff) | (b & 0xf0000);

    return (struct segment) {
        .base = a >> 16 | (b & 0xff) << 16 | (b & 0xff000000),
        .limit = b & DESC_G ? limit << 12 | 0xfff : limit,
        .rights = b,
    };
}

/* May bytes at offset be read or written through s, a code or data segment? */
bool segment_allows(const struct segment *s, uint32_t offset, unsigned bytes, bool write)
{
    uint32_t last = offset + bytes - 1;

    if (last < offset || (s->rights & SEGMENT_CODE ? write || !(s->rights & SEGMENT_ACCESS)
                                                   : write && !(s->rights & SEGMENT_ACCESS)))
        return false;
    if (!(s->rights & SEGMENT_CODE) && (s->rights & SEGMENT_DOWN))
        return offset > s->limit && last <= (s->rights & SEGMENT_BIG ? 0xffffffff : 0xffff);
    return last <= s->limit;
}

/*
 * As the processor reads them, through the per-domain area: GDT pages that a vcpu lacks are mapped too, and show absent
 * descriptors; those of the LDT are mapped when they are touched.
 */
static bool read_descriptor(const struct vcpu *v, uint16_t selector, uint64_t *desc)
{
    unsigned offset = selector & 0xfff8;

    if (selector & SELECTOR_LDT)
        return offset < v->arch.ldt_ents * sizeof(*desc) &&
               load8(desc, (const uint64_t *)(LDT_VIRT_START(v) + offset));
    if (offset > FIRST_RESERVED_GDT_BYTE + PAGE_SIZE - sizeof(*desc))
        return false;
    *desc = READ_ONCE(*(const uint64_t *)(GDT_VIRT_START(v) + offset));
    return true;
}

/* False: no present code or data segment. v is current. */
bool read_segment(const struct vcpu *v, uint16_t selector, struct segment *s)
{
    uint64_t desc;

    if (!(selector & ~3) || !read_descriptor(v, selector, &desc))
        return false;
    *s = segment_from(desc, desc >> 32);
    return (s->rights & (DESC_P | DESC_S)) == (DESC_P | DESC_S);
}

/* The code segment that the guest was in. 64-bit code has no base; its selector is no 32-bit guest's code. */
bool code_segment(const struct vcpu *v, const struct cpu_user_regs *regs, struct segment *s)
{
    if (likely(regs->cs == RING3_CS64_SEL)) {
        *s = (struct segment) { .limit = ~0u, .rights = FLAT_CODE_64 };
        return true;
    }
    if (!read_segment(v, regs->cs, s) || !(s->rights & SEGMENT_CODE))
        return false;
    if (s->rights & SEGMENT_LONG)
        s->base = 0;
    return true;
}

/* Where the guest's next instruction is. */
static unsigned long code_address(const struct segment *s, const struct cpu_user_regs *regs)
{
    return s->rights & SEGMENT_LONG ? regs->rip : (uint32_t)(s->base + regs->eip);
}

/* The next bytes that the current vcpu would execute, but for flat 64-bit code: how many of n could not be read. */
size_t fetch_other_code(const struct cpu_user_regs *regs, void *bytes, size_t n)
{
    struct segment s;

    if (!code_segment(current, regs, &s))
        return n;
    return raw_copy_from_guest(bytes, (const void *)code_address(&s, regs), n);
}
