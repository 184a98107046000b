/* SPDX-License-Identifier: GPL-2.0-only */
/* The 32-bit interface, as tests of both widths see it: names are those of 64 bits where they say the same. */
#ifndef WIDTH32_H
#define WIDTH32_H

#include <stdint.h>

#define TOP_LEVEL 3                 /* of page tables */
#define PIN_TOP   MMUEXT_PIN_L3_TABLE

struct frame {
    unsigned long es, ds, rdi, rsi, rbp, rbx, rdx, rcx, rax;
    unsigned long vector, error;
    unsigned long rip, cs, rflags, rsp, ss;
};

#define RETURN_CS FLAT_KERNEL_CS
#define STACK_TEST_CS FLAT_RING3_CS                   /* one that comes with a stack of the kernel's choice */
#define FRAME_MASK(f) ((f)->cs >> 16 & 0xff)    /* the upcall mask as it was */
#define FRAME_ARGUMENT rax                      /* as recover expects it */

/* Members of the public struct cpu_user_regs, and a callback's address. */
#define REG(name) e##name
#define CALLBACK_TO(entry) { FLAT_KERNEL_CS, (unsigned long)(entry) }

/* Of the hypervisor's addresses one that a guest can't read, and what its capabilities call such a guest. */
#define HYPERVISOR_ADDRESS  0xff000000
#define HYPERVISOR_VIRT_END 0x100000000ull
#define HYPERVISOR_STEP    (1ul << 24)     /* to the next part, maybe */
#define CAPABILITY          "xen-3.0-x86_32p"
#define LEAST_RING          1       /* of the rings a guest has the most privileged */

#define STACK_POINTER         "esp"
#define HYPERCALL_INSTRUCTION "int $0x82"
#define HYPERCALL_CLOBBERS

/* A hypercall's argument of type uint64_t. */
#define WIDE(value) (unsigned long)(value), (unsigned long)((uint64_t)(value) >> 32)

extern const char hypercall_page[];

/* The hypercall with number n and up to five arguments, through the hypercall page. */
static inline long hypercall(unsigned int n, unsigned long a, unsigned long b, unsigned long c,
                             unsigned long d, unsigned long e)
{
    long result;

    asm volatile("call *%%eax"
                 : "=a"(result), "+b"(a), "+c"(b), "+d"(c), "+S"(d), "+D"(e)
                 : "0"(hypercall_page + 32 * n) : "memory", "cc");
    return result;
}

#endif
