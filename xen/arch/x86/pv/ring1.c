/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Into a 32-bit guest's kernel, which runs in ring 1, and back out of it.
 *
 * What a handler finds on its stack are 32-bit words, lowest address first:
 *
 *     [ds es fs gs]  [error code]  eip  cs  eflags  [esp ss]
 *     failsafe only                                 unless ring 1 was interrupted
 *
 * Byte 2 of the word of cs is the upcall mask as it was, eflags.IF its opposite. The stack is the interrupted
 * kernel's own, or else kernel_ss:kernel_sp. All its selectors are its own business but for their ring, which is
 * made 1 wherever it tells us one: a descriptor is checked by the processor when the guest is returned to, and
 * what it refuses becomes the guest's exception. Virtual-8086 mode does not exist under a 64-bit hypervisor.
 */
#include <xen/guest.h>
#include <xen/lib.h>
#include <xen/sched.h>
#include <asm/desc.h>
#include <asm/guest_word.h>
#include <asm/processor.h>
#include <asm/pv.h>

#define RING1_FRAME_WORDS 9

/* A handler starts with these clear. */
#define FLAGS_CLEARED (X86_EFLAGS_TF | X86_EFLAGS_NT | X86_EFLAGS_RF | X86_EFLAGS_VM | X86_EFLAGS_AC)

/* The frame for what the registers were: its words, and how many. extra: what goes below eip. */
static always_inline unsigned make_frame(uint32_t *word, const struct cpu_user_regs *regs, uint8_t mask, unsigned iopl,
                                         const uint32_t *extra, unsigned nr_extra)
{
    uint32_t *next = word;

    while (nr_extra--)
        *next++ = *extra++;
    *next++ = regs->eip;
    *next++ = regs->cs | (uint32_t)mask << 16;
    *next++ = (regs->eflags & ~(X86_EFLAGS_IF | X86_EFLAGS_IOPL)) | (mask ? 0 : X86_EFLAGS_IF) | iopl << 12;
    if (!in_ring1(regs)) {
        *next++ = regs->esp;
        *next++ = regs->ss;
    }
    return next - word;
}

/* The current guest's stack segment: most often the flat one that we provide. False: there is no such segment. */
static always_inline bool read_stack(const struct vcpu *v, uint16_t ss, uint32_t *base, uint32_t *mask)
{
    struct segment stack;

    *base = 0;
    *mask = 0xffffffff;
    if (likely(ss == RING1_DS_SEL))
        return true;
    if (!read_segment(v, ss, &stack))
        return false;
    *base = stack.base;
    if (!(stack.rights & SEGMENT_BIG))
        *mask = 0xffff;
    return true;
}

/* Few words to or from a 32-bit guest's memory, whose addresses can't reach ours. False: they can't be accessed. */
static always_inline bool put_words(uint32_t at, const uint32_t *word, unsigned n)
{
    uint32_t *guest = (uint32_t *)(unsigned long)at;
    bool good = true;

    user_access_begin();
#pragma GCC unroll 6
    for (unsigned i = 0; i < n && good; i++)
        good = store4(guest + i, word[i]);
    user_access_end();
    return good;
}

static always_inline bool get_words(uint32_t *word, uint32_t at, unsigned n)
{
    const uint32_t *guest = (const uint32_t *)(unsigned long)at;
    bool good = true;

    user_access_begin();
#pragma GCC unroll 6
    for (unsigned i = 0; i < n && good; i++)
        good = load4(word + i, guest + i);
    user_access_end();
    return good;
}

/* Write words below ss:sp. The new sp, or false: there is no such stack. */
static always_inline bool push_words(const struct vcpu *v, uint16_t ss, uint32_t *sp, const uint32_t *word, unsigned n)
{
    uint32_t base, mask;

    if (!read_stack(v, ss, &base, &mask))
        return false;
    *sp = (*sp & ~mask) | ((*sp - n * sizeof(*word)) & mask);
    return put_words(base + (*sp & mask), word, n);
}

/* Make the current vcpu enter its kernel. A guest without handler or stack is crashed. */
void enter_ring1(unsigned long address, uint16_t cs, bool mask, const uint32_t *extra, unsigned nr_extra)
{
    struct vcpu *v = current;
    struct cpu_user_regs *regs = guest_cpu_user_regs();
    bool inside = in_ring1(regs);
    uint16_t ss = inside ? regs->ss : v->arch.kernel_ss;
    uint32_t sp = inside ? regs->esp : v->arch.kernel_sp, word[RING1_FRAME_WORDS];
    unsigned iopl = vm_assist(v->domain, VMASST_TYPE_architectural_iopl) ? v->arch.iopl : 0;
    unsigned n = make_frame(word, regs, v->vcpu_info->evtchn_upcall_mask, iopl, extra, nr_extra);

    if (unlikely(!address)) {
        domain_crash(v->domain, "event or exception without a handler in the guest's kernel");
        return;
    }
    if (unlikely(!push_words(v, ss, &sp, word, n))) {
        domain_crash(v->domain, "the guest kernel's stack can't take the frame of an event or exception");
        return;
    }
    regs->rsp = sp;
    regs->ss = ring1_selector(ss);
    regs->rip = (uint32_t)address;
    regs->cs = ring1_selector(cs);
    regs->rflags = (regs->eflags & ~FLAGS_CLEARED) | X86_EFLAGS_IF;
    regs->entry_vector = 0;
    if (mask)
        v->vcpu_info->evtchn_upcall_mask = 1;
}

struct iret_frame { uint32_t eax, eip, cs, eflags, esp, ss; };

/* esp and ss are there unless ring 1 is to go on. */
static bool is_outward(const struct iret_frame *c)
{
    return (c->cs & 3) > 1;
}

/* Read the frame at ss:esp, and what esp and ss are to be. False: the stack can't be read. */
static always_inline bool pop_frame(const struct vcpu *v, const struct cpu_user_regs *regs, struct iret_frame *c)
{
    uint32_t at, base, mask;

    if (!read_stack(v, regs->ss, &base, &mask))
        return false;
    at = base + (regs->esp & mask);
    if (!get_words(&c->eax, at, offsetof(struct iret_frame, esp) / sizeof(uint32_t)))
        return false;
    at += offsetof(struct iret_frame, esp);
    if (is_outward(c))
        return get_words(&c->esp, at, 2);
    c->cs = ring1_selector(c->cs);
    c->esp = regs->esp + offsetof(struct iret_frame, esp);
    c->ss = regs->ss;
    return true;
}

/*
 * HYPERVISOR_iret of a 32-bit guest. At ss:esp: eax, eip, cs, eflags, and esp, ss unless cs is ring 1's. Returns
 * what goes to eax. A stack that can't be read crashes the domain; virtual-8086 mode is #GP at the call.
 */
long ring1_iret(void)
{
    struct vcpu *v = current;
    struct cpu_user_regs *regs = guest_cpu_user_regs();
    struct iret_frame c;

    if (!pop_frame(v, regs, &c)) {
        domain_crash(v->domain, "iret: the guest kernel's stack can't be read");
        return 0;
    }
    if (c.eflags & X86_EFLAGS_VM) {
        inject_exception(TRAP_gp_fault, 0);
        return regs->eax;
    }
    if (vm_assist(v->domain, VMASST_TYPE_architectural_iopl))
        v->arch.iopl = (c.eflags & X86_EFLAGS_IOPL) >> 12;
    regs->rip = c.eip;
    regs->cs = c.cs;
    regs->rflags = guest_flags(c.eflags);
    regs->rsp = c.esp;
    regs->ss = c.ss;
    v->vcpu_info->evtchn_upcall_mask = !(c.eflags & X86_EFLAGS_IF);
    if (unlikely(v->arch.in_nmi))
        nmi_handler_done(v);
    return c.eax;
}
