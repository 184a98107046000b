/* SPDX-License-Identifier: GPL-2.0-only */
/* What only the 64-bit kernels need. */
#include "test.h"

void set_callback_segments(struct vcpu_guest_context *context)
{
    context->syscall_callback_eip = (unsigned long)syscall_entry;
}

void print_registers(const struct frame *f)
{
    print("rax %016lx rbx %016lx rcx %016lx rdx %016lx\n", f->rax, f->rbx, f->rcx, f->rdx);
    print("rsi %016lx rdi %016lx rbp %016lx rsp %016lx\n", f->rsi, f->rdi, f->rbp, f->rsp);
    print("r8  %016lx r9  %016lx r10 %016lx r11 %016lx\n", f->r8, f->r9, f->r10, f->r11);
    print("cs %04lx ss %04lx rflags %08lx\n", f->cs, f->ss, f->rflags);
}
