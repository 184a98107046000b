/* SPDX-License-Identifier: GPL-2.0-only */
/* What only the 32-bit kernels need: frames of ring 1, which lack a stack pointer, and division of 64-bit numbers. */
#include "test.h"

#define RAW_WORDS(f) ((FROM_RING1(f) ? offsetof(struct frame, rsp) : sizeof(struct frame)) / sizeof(long))
#define FROM_RING1(f) (((f)->cs & 3) == 1)

unsigned long *handle_frame_32(unsigned long *raw);
uint64_t __udivmoddi4(uint64_t a, uint64_t b, uint64_t *rest);
uint64_t __udivdi3(uint64_t a, uint64_t b);
uint64_t __umoddi3(uint64_t a, uint64_t b);

/* Without a loop around it, which the cost of exceptions would show. */
static void copy_words(void *to, const void *from, size_t words)
{
    asm volatile("rep movsl" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
}

/*
 * raw: struct frame as far as it is there. Returns where one lies that the hypercall iret, after the general
 * registers, takes the kernel or the user on from.
 */
unsigned long *handle_frame_32(unsigned long *raw)
{
    struct frame frame;
    unsigned long *at = raw + RAW_WORDS((struct frame *)raw);

    copy_words(&frame, raw, at - raw);
    if (FROM_RING1(&frame)) {
        frame.rsp = (unsigned long)at;
        frame.ss = FLAT_KERNEL_SS;
    }
    handle_frame(&frame);
    if (FROM_RING1(&frame))
        at = (unsigned long *)frame.rsp - 3;
    else {
        at -= 5;
        at[3] = frame.rsp;
        at[4] = frame.ss;
    }
    at[0] = frame.rip;
    at[1] = frame.cs & 0xffff;
    at[2] = frame.rflags;
    at -= offsetof(struct frame, vector) / sizeof(*at);
    copy_words(at, &frame, offsetof(struct frame, vector) / sizeof(*at));
    return at;
}

void set_callback_segments(struct vcpu_guest_context *context)
{
    context->event_callback_cs = context->failsafe_callback_cs = FLAT_KERNEL_CS;
}

void print_registers(const struct frame *f)
{
    print("eax %08lx ebx %08lx ecx %08lx edx %08lx\n", f->rax, f->rbx, f->rcx, f->rdx);
    print("esi %08lx edi %08lx ebp %08lx esp %08lx\n", f->rsi, f->rdi, f->rbp, f->rsp);
    print("cs %04lx ss %04lx ds %04lx es %04lx eflags %08lx\n", f->cs & 0xffff, f->ss, f->ds, f->es, f->rflags);
}

/* The compiler's 64-bit division. */
uint64_t __udivmoddi4(uint64_t a, uint64_t b, uint64_t *rest)
{
    uint64_t quotient = 0;

    *rest = 0;
    for (int bit = 63; bit >= 0; bit--) {
        *rest = *rest << 1 | (a >> bit & 1);
        if (*rest >= b) {
            *rest -= b;
            quotient |= (uint64_t)1 << bit;
        }
    }
    return quotient;
}

uint64_t __udivdi3(uint64_t a, uint64_t b)
{
    uint64_t rest;

    return __udivmoddi4(a, b, &rest);
}

uint64_t __umoddi3(uint64_t a, uint64_t b)
{
    uint64_t rest;

    __udivmoddi4(a, b, &rest);
    return rest;
}
