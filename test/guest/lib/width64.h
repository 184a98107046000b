/* SPDX-License-Identifier: GPL-2.0-only */
/* The 64-bit interface, as tests of both widths see it. */
#ifndef WIDTH64_H
#define WIDTH64_H

#include <stdint.h>

#define TOP_LEVEL 4                 /* of page tables */
#define PIN_TOP   MMUEXT_PIN_L4_TABLE

struct frame {
    uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rdi, rsi, rdx, rcx, rax;
    uint64_t vector, error;
    uint64_t rip, cs, rflags, rsp, ss;
};

/* In frames, the lowest two bits of cs tell guest kernel (0) from guest user (3). */
#define RETURN_CS (FLAT_KERNEL_CS & ~3)
#define STACK_TEST_CS RETURN_CS                       /* one that comes with a stack of the kernel's choice */
#define FRAME_MASK(f) ((f)->cs >> 32 & 0xff)    /* the upcall mask as it was */
#define FRAME_ARGUMENT rdi                      /* the first of a C function */

/* Members of the public struct cpu_user_regs, and a callback's address. */
#define REG(name) r##name
#define CALLBACK_TO(entry) (unsigned long)(entry)

/* Of the hypervisor's addresses one that a guest can't read, and what its capabilities call such a guest. */
#define HYPERVISOR_ADDRESS (HYPERVISOR_VIRT_START + 0x1000000000)
#define HYPERVISOR_STEP    (1ul << 39)     /* to the next part, maybe */
#define CAPABILITY         "xen-3.0-x86_64"
#define LEAST_RING         3        /* of the rings a guest has the most privileged */

#define STACK_POINTER         "rsp"
#define HYPERCALL_INSTRUCTION "syscall"
#define HYPERCALL_CLOBBERS    "rcx", "r11",

/* A hypercall's argument of type uint64_t. */
#define WIDE(value) (value)

extern const char hypercall_page[];

/* The hypercall with number n and up to five arguments, through the hypercall page. */
static inline long hypercall(unsigned int n, unsigned long a, unsigned long b, unsigned long c,
                             unsigned long d, unsigned long e)
{
    register unsigned long r10 asm("r10") = d;
    register unsigned long r8 asm("r8") = e;
    long result;

    asm volatile("call *%[entry]"
                 : "=a"(result), "+D"(a), "+S"(b), "+d"(c), "+r"(r10), "+r"(r8)
                 : [entry] "0"(hypercall_page + 32 * n)
                 : "rcx", "r11", "memory", "cc");
    return result;
}

#endif
